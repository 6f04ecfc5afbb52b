"""Retention policies, and the days on which they were begun."""

from __future__ import annotations

from bson import ObjectId

from api.core.context import Context
from api.core.mongo import Doc, Index, Tx
from api.retention.model import MAX_POLICIES

POLICIES, DAYS = "retention_policies", "retention_days"
COLLECTIONS: dict[str, tuple[Index, ...]] = {POLICIES: (), DAYS: ()}
"""Policies are few and read as a whole; a day is read by its id: "<id of the policy>:2026-03-12"."""


async def every(ctx: Context, tx: Tx | None = None) -> list[Doc]:
    """Return every policy, oldest first."""
    return await ctx.db[POLICIES].find({}, limit=MAX_POLICIES, sort=[("_id", 1)], tx=tx)


async def one(ctx: Context, policy_id: ObjectId, tx: Tx | None = None) -> Doc | None:
    """Return a policy."""
    return await ctx.db[POLICIES].find_one({"_id": policy_id}, tx=tx)


async def insert(ctx: Context, doc: Doc, tx: Tx) -> None:
    """Insert a policy."""
    await ctx.db[POLICIES].insert_one(doc, tx)


async def put(ctx: Context, policy_id: ObjectId, version: int, values: Doc, tx: Tx | None = None) -> bool:
    """Set values of a policy that is still of a version; False when it moved on, or is gone."""
    where = {"_id": policy_id, "version": version}
    return await ctx.db[POLICIES].update_one(where, {"$set": values}, tx=tx) == 1


async def remove(ctx: Context, policy_id: ObjectId, tx: Tx) -> None:
    """Delete a policy."""
    await ctx.db[POLICIES].delete_one({"_id": policy_id}, tx)


async def days(ctx: Context, day_ids: list[str], tx: Tx | None = None) -> dict[str, Doc]:
    """Return which of these days were begun."""
    return await ctx.db[DAYS].by_ids(day_ids, tx=tx)


async def add_day(ctx: Context, doc: Doc, tx: Tx) -> None:
    """Note that a day was begun."""
    await ctx.db[DAYS].insert_one(doc, tx)
