"""Selections of exports in chunks of ids, and what was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId

from api.core.context import Context
from api.core.mongo import ASCENDING, Doc, Index, Tx

CHUNKS, EXPORTS = "run_chunks", "exports"
COLLECTIONS: dict[str, tuple[Index, ...]] = {
    CHUNKS: (
        Index((("run_id", ASCENDING), ("n", ASCENDING)), "the next chunks of a run"),
        Index((("expires_at", ASCENDING),), "what the sweep removes"),
        Index((("ids", ASCENDING),), "which exports hold somebody, when she is erased"),
    ),
    EXPORTS: (Index((("expires_at", ASCENDING),), "what the sweep removes"),),
}
DROPPED = 500
MAX_FOUND = 10_000


async def asked(ctx: Context, digest: str, tx: Tx | None = None) -> Doc | None:
    """Return what was asked for under a digest, and the run that did it last."""
    return await ctx.db[EXPORTS].find_one({"_id": digest}, tx=tx)


async def put_asked(ctx: Context, digest: str, values: Doc, tx: Tx) -> None:
    """Record what is asked for; of two at once, the second's transaction starts anew and sees the first's."""
    await ctx.db[EXPORTS].update_one({"_id": digest}, {"$set": values}, upsert=True, tx=tx)


async def add_chunks(ctx: Context, chunks: Sequence[Doc], tx: Tx) -> None:
    """Record some of a selection."""
    await ctx.db[CHUNKS].insert_many(chunks, tx)


async def chunks(ctx: Context, run_id: ObjectId, begin: int, limit: int) -> list[list[ObjectId]]:
    """Return the ids of the next chunks, in order."""
    where = {"run_id": run_id, "n": {"$gte": begin, "$lt": begin + limit}}
    found = await ctx.db[CHUNKS].find(where, limit=limit, sort=[("run_id", ASCENDING), ("n", ASCENDING)])
    return [doc["ids"] for doc in found]


async def drop_chunks(ctx: Context, run_id: ObjectId, tx: Tx | None = None) -> int:
    """Remove some of a run's chunks; return how many."""
    found = await ctx.db[CHUNKS].find({"run_id": run_id}, limit=DROPPED, fields={"_id": 1}, tx=tx)
    await ctx.db[CHUNKS].delete_ids([doc["_id"] for doc in found], tx)
    return len(found)


async def runs_with(ctx: Context, customer_ids: Sequence[ObjectId]) -> list[ObjectId]:
    """Return the runs that chose any of these customers."""
    found = await ctx.db[CHUNKS].aggregate(
        [{"$match": {"ids": {"$in": list(customer_ids)}}}, {"$limit": MAX_FOUND}, {"$group": {"_id": "$run_id"}}],
        limit=MAX_FOUND,
    )
    return [doc["_id"] for doc in found]


async def sweep(ctx: Context, now: datetime) -> None:
    """Remove some of what is over."""
    for name in (CHUNKS, EXPORTS):
        found = await ctx.db[name].find({"expires_at": {"$lte": now}}, limit=DROPPED, fields={"_id": 1})
        await ctx.db[name].delete_ids([doc["_id"] for doc in found])
