"""What a database holds, so that two of them can be compared: drawn values are masked, everything else is as it is."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from bson import ObjectId

from tests.engines import TOKENS

_DRAWN = re.compile(r"^(?:[0-9a-f]{8}:.*|rgl_.*|whsec_.*|\$argon2.*|[0-9a-f]{12}|[0-9a-f]{32}|[0-9a-f]{64}|[\w-]{43})$")
_INSIDE = re.compile(r"(?<![0-9a-f])(?:[0-9a-f]{10}|[0-9a-f]{12}|[0-9a-f]{24})(?![0-9a-f])|[\w-]{22,}(?:\.[\w.-]+)?")


def masked(value: Any) -> Any:
    """Return a value with what was drawn at random replaced by its kind."""
    if isinstance(value, ObjectId):
        return "<id>"
    if isinstance(value, dict):
        # A name of letters only is a field's, however long.
        return {key if key.isalpha() else _text(key): masked(inner) for key, inner in value.items()}
    if isinstance(value, list):
        inside = [masked(inner) for inner in value]
        # What is listed by path is in the order of drawn ids.
        return sorted(inside, key=repr) if any(isinstance(one, dict) and "path" in one for one in inside) else inside
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, datetime):
        return value.isoformat()
    return _text(value) if isinstance(value, str) else value


def _text(value: str) -> str:
    return "<drawn>" if _DRAWN.match(value) else _INSIDE.sub("<drawn>", value)


def dump(database: Any) -> dict[str, list[str]]:
    """Return every document of a database, masked and in a fixed order, by collection."""
    names = sorted(set(database.list_collection_names()) - {TOKENS})
    found = {name: sorted(repr(masked(doc)) for doc in database[name].find()) for name in names}
    return {name: docs for name, docs in found.items() if docs}


def exact(database: Any, *but: str) -> dict[str, list[str]]:
    """Return every document of a database as it is, but for some collections."""
    names = sorted(set(database.list_collection_names()) - {TOKENS, *but})
    found = {name: sorted(repr(doc) for doc in database[name].find()) for name in names}
    return {name: docs for name, docs in found.items() if docs}
