"""Files and their parts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId

from api.core.context import Context
from api.core.mongo import ASCENDING, Doc, Index, Tx
from api.files.model import PART_BYTES

FILES, PARTS = "files", "file_parts"

COLLECTIONS: dict[str, tuple[Index, ...]] = {
    FILES: (Index((("expires_at", ASCENDING),), "what the sweep removes"),),
    PARTS: (
        Index(
            (("file_id", ASCENDING), ("offset", ASCENDING)), "reading on from a byte; one part per offset", unique=True
        ),
    ),
}
SWEPT_PARTS = 50


async def insert(ctx: Context, doc: Doc, tx: Tx | None = None) -> None:
    """Record a new file."""
    await ctx.db[FILES].insert_one(doc, tx)


async def by_id(ctx: Context, file_id: ObjectId, tx: Tx | None = None) -> Doc | None:
    """Return a file."""
    return await ctx.db[FILES].find_one({"_id": file_id}, tx=tx)


async def by_ids(ctx: Context, ids: Sequence[ObjectId]) -> dict[ObjectId, Doc]:
    """Return files by id."""
    return await ctx.db[FILES].by_ids(ids)


async def part_at(ctx: Context, file_id: ObjectId, offset: int, tx: Tx | None = None) -> Doc | None:
    """Return the part that begins at an offset, without its bytes."""
    return await ctx.db[PARTS].find_one({"file_id": file_id, "offset": offset}, {"data": 0}, tx=tx)


async def add_part(ctx: Context, part: Doc, tx: Tx) -> None:
    """Record bytes."""
    await ctx.db[PARTS].insert_one(part, tx)


async def put_whole(ctx: Context, doc: Doc) -> None:
    """Record a file, or find it recorded by an attempt whose answer was lost."""
    values = {name: value for name, value in doc.items() if name != "_id"}
    await ctx.db[FILES].update_one({"_id": doc["_id"]}, {"$setOnInsert": values}, upsert=True)


async def put_part(ctx: Context, part: Doc) -> None:
    """Record bytes outside of a transaction, in the same way."""
    values = {name: value for name, value in part.items() if name != "_id"}
    await ctx.db[PARTS].update_one({"_id": part["_id"]}, {"$setOnInsert": values}, upsert=True)


async def grew(ctx: Context, file_id: ObjectId, uploaded: int, put: Doc, tx: Tx) -> bool:
    """Note how far a file is; False when another request was faster."""
    return await ctx.db[FILES].update_one({"_id": file_id, "uploaded": uploaded}, {"$set": put}, tx=tx) == 1


async def put(ctx: Context, file_id: ObjectId, values: Doc, tx: Tx | None = None) -> None:
    """Set fields of a file."""
    await ctx.db[FILES].update_one({"_id": file_id}, {"$set": values}, tx=tx)


async def covering(ctx: Context, file_id: ObjectId, offset: int) -> Doc | None:
    """Return the part that holds a byte."""
    found = await ctx.db[PARTS].find(
        {"file_id": file_id, "offset": {"$gt": offset - PART_BYTES, "$lte": offset}}, limit=1, sort=[("offset", -1)]
    )
    return found[0] if found else None


async def expired(ctx: Context, now: datetime, limit: int) -> list[ObjectId]:
    """Return files whose time is over."""
    docs = await ctx.db[FILES].find(
        {"expires_at": {"$lte": now}}, limit=limit, fields={"_id": 1}, sort=[("expires_at", 1)]
    )
    return [doc["_id"] for doc in docs]


async def remove(ctx: Context, file_id: ObjectId) -> None:
    """Remove a file's parts, some at a time, and then the file."""
    while True:
        parts = await ctx.db[PARTS].find({"file_id": file_id}, limit=SWEPT_PARTS, fields={"_id": 1})
        if not parts:
            break
        await ctx.db[PARTS].delete_ids([part["_id"] for part in parts])
    await ctx.db[FILES].delete_one({"_id": file_id})
