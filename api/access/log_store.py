"""The access log in MongoDB: append-only."""

from __future__ import annotations

from collections.abc import Sequence

from bson import ObjectId

from api.access.model import AccessEntry
from api.core.context import Context
from api.core.mongo import Doc, Index

COLLECTIONS: dict[str, tuple[Index, ...]] = {
    "access_log": (Index((("customer_id", 1), ("at", -1), ("_id", -1)), "Who looked at a customer, newest first."),),
}


async def insert(ctx: Context, entries: Sequence[Doc]) -> None:
    """Append entries in one command."""
    await ctx.db["access_log"].insert_many(entries)


async def read(
    ctx: Context, customer_id: ObjectId, beyond: Doc, sort: list[tuple[str, int]], limit: int
) -> list[AccessEntry]:
    """Return a page of a customer's entries."""
    docs = await ctx.db["access_log"].find({"customer_id": customer_id, **beyond}, limit=limit, sort=sort)
    return [AccessEntry.of(doc) for doc in docs]
