"""What was asked for of exports; their selections are kept as those of every run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId

from api.core.context import Context
from api.core.mongo import ASCENDING, DESCENDING, Doc, Index, Tx, UpdateOne

EXPORTS = "exports"
COLLECTIONS: dict[str, tuple[Index, ...]] = {
    EXPORTS: (Index((("expires_at", ASCENDING),), "what the sweep removes"),),
}
DROPPED = 500


async def asked(ctx: Context, digest: str, tx: Tx | None = None) -> Doc | None:
    """Return what was asked for under a digest, and the run that did it last."""
    return await ctx.db[EXPORTS].find_one({"_id": digest}, tx=tx)


async def put_asked(ctx: Context, digest: str, values: Doc, tx: Tx) -> None:
    """Record what is asked for; of two at once, the second's transaction starts anew and sees the first's."""
    await ctx.db[EXPORTS].update_one({"_id": digest}, {"$set": values}, upsert=True, tx=tx)


async def sweep(ctx: Context, now: datetime) -> None:
    """Remove some of what is over."""
    found = await ctx.db[EXPORTS].find({"expires_at": {"$lte": now}}, limit=DROPPED, fields={"_id": 1})
    await ctx.db[EXPORTS].delete_ids([doc["_id"] for doc in found])


async def drop_asked(ctx: Context, digest: str, run_id: ObjectId, tx: Tx | None = None) -> None:
    """Forget what was asked for: its run has ended."""
    await ctx.db[EXPORTS].delete_one({"_id": digest, "run_id": run_id}, tx)


async def asked_of(ctx: Context, limit: int, tx: Tx) -> list[Doc]:
    """Return what was asked for of exports, the latest first; nearly all of them are under way."""
    where: Doc = {"personal": {"$ne": None}}
    return await ctx.db[EXPORTS].find(where, limit=limit, sort=[("expires_at", DESCENDING)], tx=tx)


async def blank_asked(ctx: Context, digests: Sequence[str], tx: Tx) -> None:
    """Take out what was asked for: it names a person who went."""
    await ctx.db[EXPORTS].bulk([UpdateOne({"_id": one}, {"$set": {"personal": None}}) for one in digests], tx)
