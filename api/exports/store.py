"""What was asked for of exports; their selections are kept as those of every run."""

from __future__ import annotations

from datetime import datetime

from api.core.context import Context
from api.core.mongo import ASCENDING, Doc, Index, Tx

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
