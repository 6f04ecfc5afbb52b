"""What the copy of a person is (GDPR art. 15 and 20): a manifest and one part for each collection that knows her.

The file is JSON without spaces: `{"manifest": {...}, "profile": [...], "identifiers": [...], ...}`. The manifest says of each
part from which collection it is, how many rows it has, and the SHA-256 of its text as it stands in the file. What is small
is made at once; what is larger than `MAX_BYTES` is made by a run, in the same way and with the same bytes.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson

FORMAT = "regulars-copy"
SCHEMA_VERSION = 1
MAX_BYTES = 5 * 1024 * 1024
"""Of a copy that is made at once."""
KEPT_HOURS = 1
RUN_KEPT_HOURS = 24
"""Who has to wait for a copy may be away when it is ready."""
MAX_REASON = 500


def dumped(value: Any) -> bytes:
    """Return a value as JSON without spaces; moments as the API writes them."""
    return orjson.dumps(value, default=_moment, option=orjson.OPT_PASSTHROUGH_DATETIME)


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    raise TypeError
