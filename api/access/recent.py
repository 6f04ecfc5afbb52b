"""API keys that were found within the last second, so that a busy caller is not looked up for each request.

A key that is revoked is forgotten at once by the process that revokes it, and dead within a second in every other one.
"""

from __future__ import annotations

from time import monotonic

from api.core.mongo import Doc

SECONDS = 1.0
MOST = 1_000

_found: dict[tuple[str, str], tuple[float, Doc]] = {}


def recall(database: str, digest: str) -> Doc | None:
    """Return the key whose secret has this digest, if it was found a moment ago."""
    at, doc = _found.get((database, digest), (0.0, None))
    return doc if monotonic() - at < SECONDS else None


def remember(database: str, digest: str, doc: Doc) -> None:
    """Keep a key that was found just now."""
    if len(_found) >= MOST:
        _found.clear()
    _found[database, digest] = (monotonic(), doc)


def forget() -> None:
    """Forget all: what a key may do has changed."""
    _found.clear()
