"""The one door through which a customer's history is written, and the ways it is read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId

from api.core import ids
from api.core.context import Context, Source
from api.core.errors import Invalid
from api.core.mongo import Doc, Tx
from api.core.paging import Cursors, Slice, page
from api.core.personal import MAX_CLEARED, PAGE, Cleared, Gone, pages
from api.history import store
from api.history.model import Action, Change, PathChange

MAX_PATHS = 1_000
MAX_SINCE = 1_000
TOGETHER = 1_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A save that is about to be recorded."""

    customer_id: ObjectId
    version: int
    at: datetime
    action: Action
    paths: Sequence[PathChange]
    run: Doc | None = None
    reverts: int | None = None
    id: ObjectId | None = None
    """Its own id where a new one would tell when it was written."""


async def record(ctx: Context, tx: Tx, entries: Sequence[Entry], *, source: Source, reason: str | None = None) -> None:
    """Append changes in the transaction that writes the documents; one command."""
    await store.insert(ctx, tx, [_doc(ctx, entry, source, reason) for entry in entries])


def _doc(ctx: Context, entry: Entry, source: Source, reason: str | None) -> Doc:
    return {
        "_id": entry.id or ids.new(),
        "customer_id": entry.customer_id,
        "version": entry.version,
        "at": entry.at,
        "actor": ctx.caller.actor,
        "source": source.value,
        "action": entry.action.value,
        "run": entry.run,
        "reverts": entry.reverts,
        "personal": {"reason": reason, "paths": [one.doc for one in entry.paths]},
    }


async def timeline(ctx: Context, customer_id: ObjectId, first: int | None, after: str | None) -> Slice[Change]:
    """Return saves, newest first."""
    cursors = Cursors(ctx.keys, "timeline", customer_id)
    asked = page(cursors, first, after)
    below = _version(asked.cursor)
    docs = await store.newest(ctx, customer_id, below, asked.size + 1 if asked.size else 0)
    return _slice(docs, asked.size, cursors, below)


async def of_path(
    ctx: Context, customer_id: ObjectId, path: str, first: int | None, after: str | None
) -> Slice[Change]:
    """Return the saves that touched a path or an item under it (`job_title`, `emails`, `emails.<id>`), newest first."""
    cursors = Cursors(ctx.keys, "path", customer_id, path)
    asked = page(cursors, first, after)
    below = _version(asked.cursor)
    docs = await store.of_path(ctx, customer_id, path, below, asked.size + 1 if asked.size else 0)
    return _slice(docs, asked.size, cursors, below)


def stored(ctx: Context, customer_id: ObjectId) -> AsyncIterator[Doc]:
    """Yield every save as it is stored, newest first."""

    async def fetch(last: Doc | None) -> list[Doc]:
        return await store.newest(ctx, customer_id, last["version"] if last else None, PAGE)

    return pages(fetch)


async def each(ctx: Context, customer_ids: Sequence[ObjectId], tx: Tx | None = None) -> AsyncIterator[list[Doc]]:
    """Yield what customers' saves changed, page by page, each customer's the oldest first; one command where they are few.

    A save is `{customer_id, version, at, personal {paths}}`.
    """
    left = sorted(customer_ids)
    while left:
        docs = await store.of_many(ctx, left, TOGETHER, tx)
        yield docs
        if len(docs) < TOGETHER:
            return
        last = docs[-1]
        while len(docs) == TOGETHER and docs[-1]["customer_id"] == last["customer_id"]:
            last = docs[-1]
            docs = await store.further(ctx, last["customer_id"], last["version"], TOGETHER, tx)
            yield docs
        left = [one for one in left if one > last["customer_id"]]


async def clear(ctx: Context, tx: Tx, gone: Sequence[Gone]) -> Cleared:
    """Blank what the saves of persons who went say; that there were saves, when and by whom, stays. Two commands."""
    found = await store.unblanked(ctx, [one.customer_id for one in gone], MAX_CLEARED, tx)
    await store.blank(ctx, found, tx)
    return Cleared(len(found), more=len(found) == MAX_CLEARED)


async def provenance(ctx: Context, customer_id: ObjectId) -> list[tuple[PathChange, Change]]:
    """Return for each present path who put its value there: the newest change of it."""
    found = []
    for doc in await store.last_per_path(ctx, customer_id, MAX_PATHS):
        one = doc["change"]
        only = one["personal"]["paths"]
        change = Change.of({**one, "personal": {**one["personal"], "paths": [only]}})
        if only["after"] is not None:
            found.append((change.paths[0], change))
    return sorted(found, key=lambda pair: pair[0].path)


async def since(ctx: Context, customer_id: ObjectId, version: int, tx: Tx | None = None) -> list[Change]:
    """Return the saves after a version, newest first; raises Invalid (INVALID) when they are over 1,000."""
    docs = await store.above(ctx, customer_id, version, MAX_SINCE + 1, tx)
    if len(docs) > MAX_SINCE:
        raise Invalid("This version is too old; load the customer again.", path=("expectedVersion",))
    return [Change.of(doc) for doc in docs]


async def at_version(ctx: Context, customer_id: ObjectId, version: int, tx: Tx | None = None) -> Change | None:
    """Return the save that made a version."""
    doc = await store.at_version(ctx, customer_id, version, tx)
    return Change.of(doc) if doc else None


async def reverted(ctx: Context, customer_id: ObjectId, versions: Sequence[int]) -> dict[int, int]:
    """Return which of these versions were taken back: version -> the version that did it."""
    docs = await store.reverting(ctx, customer_id, versions) if versions else []
    return {doc["reverts"]: doc["version"] for doc in docs}


def _version(cursor: tuple[object, ObjectId] | None) -> int | None:
    return None if cursor is None else int(str(cursor[0]))


def _slice(docs: list[Doc], size: int, cursors: Cursors, below: int | None) -> Slice[Change]:
    rows = [Change.of(doc) for doc in docs[:size]]
    names = [cursors.write(row.version, row.id) for row in rows]
    return Slice(rows, names, len(docs) > size, below is not None)
