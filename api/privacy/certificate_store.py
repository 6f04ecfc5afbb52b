"""The certificate of each run that anonymized or erased: `{_id: run id, at, clean, signed}`. They are kept."""

from __future__ import annotations

from collections.abc import Sequence

from bson import ObjectId

from api.core.context import Context
from api.core.mongo import Doc, Index, Tx

CERTIFICATES = "certificates"
COLLECTIONS: dict[str, tuple[Index, ...]] = {CERTIFICATES: ()}


async def put(ctx: Context, doc: Doc, tx: Tx | None = None) -> None:
    """Record a certificate; a run has one."""
    values = {name: value for name, value in doc.items() if name != "_id"}
    await ctx.db[CERTIFICATES].update_one({"_id": doc["_id"]}, {"$setOnInsert": values}, upsert=True, tx=tx)


async def many(ctx: Context, run_ids: Sequence[ObjectId]) -> dict[ObjectId, Doc]:
    """Return the certificates of runs that have one."""
    return await ctx.db[CERTIFICATES].by_ids(run_ids)
