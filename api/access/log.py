"""Who looked at whom: each opened profile and each unmasked bank account."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from bson import ObjectId

from api.access import store
from api.access.model import AccessEntry, Permission
from api.core import ids
from api.core.context import Context
from api.core.mongo import Doc, Tx
from api.core.paging import Cursors, Order, Slice, cut, page, window

VISIT_SECONDS = 10.0
MOST_OPENINGS = 10_000
NEWEST_FIRST = Order("at", descending=True)


async def log(ctx: Context, action: str, customer_ids: Sequence[ObjectId], fields: Sequence[str] = ()) -> None:
    """Note that the caller looked at customers: an action such as `profile.opened`, and names of fields, never values.

    One command for all of them. Raises when it cannot be written: what is not logged is not shown.
    """
    await store.log(ctx, [look(ctx, action, one, fields) for one in customer_ids])


def look(
    ctx: Context, action: str, customer_id: ObjectId | None, fields: Sequence[str] = (), reason: str | None = None
) -> Doc:
    """Return an entry that is not written yet; `put` writes it in the transaction of what it is about.

    Without a customer it is about somebody of whom nothing is known any more.
    """
    entry: Doc = {
        "_id": ids.new(),
        "customer_id": customer_id,
        "at": ctx.now(),
        "actor": ctx.caller.actor,
        "action": action,
        "fields": list(fields),
    }
    return {**entry, "personal": {"reason": reason}} if reason else entry


async def put(ctx: Context, entry: Doc, tx: Tx) -> None:
    """Write an entry that `look` returned."""
    await store.log(ctx, [entry], tx)


async def put_all(ctx: Context, entries: Sequence[Doc], tx: Tx) -> None:
    """Write entries that `look` returned, in one command."""
    await store.log(ctx, entries, tx)


async def reason_of(ctx: Context, entry_id: ObjectId) -> str | None:
    """Return the reason that an entry gives; None when it gives none, or was blanked."""
    entry = await store.logged(ctx, entry_id)
    return (entry.get("personal") or {}).get("reason") if entry else None


@dataclass(slots=True)
class _Opening:
    """One caller at one customer, a moment ago."""

    at: float
    fields: frozenset[str]
    written: asyncio.Event
    is_kept: bool = False


_openings: dict[tuple[str, str, str, ObjectId], _Opening] = {}


async def opened(ctx: Context, customer_id: ObjectId, fields: Sequence[str]) -> None:
    """Note that the caller opened a profile; raises as `log` does.

    The app asks for one page in several queries: those of ten seconds that show nothing more are one opening, and each
    waits until that is written.
    """
    name = (ctx.db.name, ctx.caller.kind.value, ctx.caller.id, customer_id)
    known = _openings.get(name)
    if known and monotonic() - known.at < VISIT_SECONDS and known.fields.issuperset(fields):
        await known.written.wait()
        if known.is_kept:
            return
    if len(_openings) >= MOST_OPENINGS:
        _openings.clear()
    mine = _openings[name] = _Opening(monotonic(), frozenset(fields), asyncio.Event())
    try:
        await log(ctx, "profile.opened", [customer_id], fields)
        mine.is_kept = True
    finally:
        mine.written.set()


async def read_log(ctx: Context, customer_id: ObjectId, first: int | None, after: str | None) -> Slice[AccessEntry]:
    """Return who looked at a customer, newest first; asks for `audit.read`."""
    ctx.require(Permission.AUDIT_READ)
    cursors = Cursors(ctx.keys, "access log", str(customer_id))
    asked = page(cursors, first, after)
    beyond, sort, limit = window(NEWEST_FIRST, asked)
    found = await store.read_log(ctx, customer_id, beyond, sort, limit)
    return cut(found, asked, cursors, lambda one: (one.at, one.id))
