"""The ledger of consent, and the seals of its days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId

from api.core.context import Context
from api.core.mongo import Doc, Filter, Index, Tx

LEDGER = "consent_ledger"
SEALS = "consent_seals"
COLLECTIONS: dict[str, tuple[Index, ...]] = {
    LEDGER: (
        Index((("subject", 1), ("seq", 1)), "A chain in its order, without two entries in one place.", unique=True),
        Index((("subject", 1), ("_id", 1)), "What was recorded last about a person, over her addresses."),
        Index((("recorded_at", 1), ("_id", 1)), "The entries of a day, to seal them."),
    ),
    SEALS: (),
}


async def insert(ctx: Context, entries: Sequence[Doc], tx: Tx) -> None:
    """Append entries; nothing ever changes but what is blanked."""
    await ctx.db[LEDGER].insert_many(entries, tx)


async def by_ids(ctx: Context, ids: Sequence[ObjectId], tx: Tx | None = None) -> dict[ObjectId, Doc]:
    """Return entries by id."""
    return await ctx.db[LEDGER].by_ids(ids, tx=tx)


async def listed(ctx: Context, where: Filter, sort: Sequence[tuple[str, int]], limit: int) -> list[Doc]:
    """Return a page of entries."""
    return await ctx.db[LEDGER].find(where, sort=sort, limit=limit)


async def chains(ctx: Context, subjects: Sequence[ObjectId], limit: int) -> list[Doc]:
    """Return the entries of subjects in the order of their chains."""
    where = {"subject": {"$in": list(subjects)}}
    return await ctx.db[LEDGER].find(where, sort=[("subject", 1), ("seq", 1)], limit=limit)


async def after(ctx: Context, subject: ObjectId | None, seq: int, limit: int) -> list[Doc]:
    """Return the entries that follow a place in the ledger, in the order of subjects and their chains."""
    start = subject or ObjectId("0" * 24)
    beyond: Mapping[str, Any] = {"$or": [{"subject": start, "seq": {"$gt": seq}}, {"subject": {"$gt": start}}]}
    return await ctx.db[LEDGER].find(beyond, sort=[("subject", 1), ("seq", 1)], limit=limit)


async def later(ctx: Context, subject: ObjectId, topic: str, seq: int, limit: int, tx: Tx | None = None) -> list[Doc]:
    """Return what was recorded of a subject on a topic after a place in its chain, in order."""
    where = {"subject": subject, "topic": topic, "seq": {"$gt": seq}}
    return await ctx.db[LEDGER].find(where, sort=[("seq", 1)], limit=limit, tx=tx)


async def recorded(
    ctx: Context, start: datetime, end: datetime, beyond: tuple[datetime, ObjectId] | None, limit: int
) -> list[Doc]:
    """Return the next entries of a span of time, oldest first, with only what a seal is made over."""
    span: Doc = {"recorded_at": {"$gte": start, "$lt": end}}
    if beyond:
        at, entry = beyond
        span = {
            "$or": [
                {"recorded_at": at, "_id": {"$gt": entry}},
                {"recorded_at": {"$gt": at, "$lt": end}},
            ]
        }
    fields = {"subject": 1, "seq": 1, "hash": 1, "recorded_at": 1}
    return await ctx.db[LEDGER].find(span, sort=[("recorded_at", 1), ("_id", 1)], limit=limit, fields=fields)


async def put_seal(ctx: Context, seal: Doc) -> None:
    """Keep the seal of a day; raises DuplicateKeyError when it is sealed."""
    await ctx.db[SEALS].insert_one(seal)


async def seals(ctx: Context, where: Filter, sort: Sequence[tuple[str, int]], limit: int) -> list[Doc]:
    """Return seals; their ids are days."""
    return await ctx.db[SEALS].find(where, sort=sort, limit=limit)
