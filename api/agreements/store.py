"""Purposes, terms and lists in MongoDB, and the texts of terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from api.core.context import Context
from api.core.mongo import Doc, Index, Tx, UpdateOne

AGREEMENTS, TEXTS = "agreements", "term_texts"
MAX_AGREEMENTS = 1_000
"""More than the limits of each kind come to."""

COLLECTIONS: dict[str, tuple[Index, ...]] = {AGREEMENTS: (), TEXTS: ()}
"""Both are read by their ids, and agreements as a whole: there are few."""


async def every(ctx: Context, tx: Tx | None = None) -> list[Doc]:
    """Return every stored purpose, term and list, without texts."""
    return await ctx.db[AGREEMENTS].find({}, limit=MAX_AGREEMENTS, sort=[("_id", 1)], tx=tx)


async def one(ctx: Context, stored_id: str, tx: Tx | None = None) -> Doc | None:
    """Return one of them."""
    return await ctx.db[AGREEMENTS].find_one({"_id": stored_id}, tx=tx)


async def insert(ctx: Context, doc: Doc, tx: Tx) -> None:
    """Insert one."""
    await ctx.db[AGREEMENTS].insert_one(doc, tx)


async def put(ctx: Context, values: Mapping[str, Doc], tx: Tx, *, upsert: Doc | None = None) -> None:
    """Set values of several by id in one command; those for which `upsert` holds a value are made with it."""
    made = upsert or {}
    writes = [
        UpdateOne(
            {"_id": stored_id},
            {"$set": value, **({"$setOnInsert": made[stored_id]} if stored_id in made else {})},
            upsert=stored_id in made,
        )
        for stored_id, value in values.items()
    ]
    await ctx.db[AGREEMENTS].bulk(writes, tx)


async def push_version(ctx: Context, stored_id: str, version: Doc, values: Doc, tx: Tx) -> None:
    """Append a version to a term."""
    update = {"$push": {"versions": version}, "$set": values}
    await ctx.db[AGREEMENTS].update_one({"_id": stored_id}, update, tx=tx)


async def insert_texts(ctx: Context, docs: Sequence[Doc], tx: Tx) -> None:
    """Keep the texts of a version; they are never changed."""
    await ctx.db[TEXTS].insert_many(docs, tx)


async def texts(ctx: Context, text_ids: Sequence[str]) -> dict[str, str]:
    """Return texts (at most 1,000) by id."""
    return {found: doc["text"] for found, doc in (await ctx.db[TEXTS].by_ids(text_ids)).items()}
