"""What the copy of a person is (GDPR art. 15 and 20): a manifest and one part for each collection that knows her.

The file is JSON without spaces: `{"manifest": {...}, "profile": [...], "identifiers": [...], ...}`. The manifest says of each
part from which collection it is, how many rows it has, and the SHA-256 of its text as it stands in the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from api.core.mongo import Doc
from api.core.personal import Holding

FORMAT = "regulars-copy"
SCHEMA_VERSION = 1
MAX_BYTES = 5 * 1024 * 1024
KEPT_HOURS = 1
MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class Part:
    """What one holding knows of the person."""

    holding: Holding
    rows: list[Doc]
    text: bytes
    """The rows as JSON, as the file has them."""

    @classmethod
    def of(cls, holding: Holding, rows: list[Doc]) -> Part:
        """Write the rows down."""
        return cls(holding, rows, dumped(rows))

    @property
    def entry(self) -> Doc:
        """Its line of the manifest."""
        return {
            "part": self.holding.part,
            "collection": self.holding.collection,
            "about": self.holding.about,
            "count": len(self.rows),
            "sha256": hashlib.sha256(self.text).hexdigest(),
        }


def document(manifest: Doc, parts: Sequence[Part]) -> bytes:
    """Return the file: the manifest, then the parts with exactly the bytes that were digested."""
    members = [("manifest", dumped(manifest)), *((one.holding.part, one.text) for one in parts)]
    return b"{" + b",".join(b'"%s":%s' % (name.encode(), text) for name, text in members) + b"}"


def dumped(value: Any) -> bytes:
    """Return a value as JSON without spaces; moments as the API writes them."""
    return orjson.dumps(value, default=_moment, option=orjson.OPT_PASSTHROUGH_DATETIME)


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    raise TypeError
