"""Files and their parts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId

from api.core.context import Context
from api.core.mongo import ASCENDING, Doc, Index, Tx, UpdateOne
from api.files.model import PART_BYTES, Removal

FILES, PARTS = "files", "file_parts"

COLLECTIONS: dict[str, tuple[Index, ...]] = {
    FILES: (
        Index((("expires_at", ASCENDING),), "what the sweep removes"),
        Index((("about", ASCENDING),), "the copies that were made for a person, when she goes"),
        Index((("removal", ASCENDING),), "files that were removed, and whose bytes have yet to go"),
    ),
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
    there = {"_id": file_id, "uploaded": uploaded, "removal": None}
    return await ctx.db[FILES].update_one(there, {"$set": put}, tx=tx) == 1


async def put(ctx: Context, file_id: ObjectId, values: Doc, tx: Tx | None = None) -> bool:
    """Set fields of a file; False for one that is not there, or was removed."""
    return await ctx.db[FILES].update_one({"_id": file_id, "removal": None}, {"$set": values}, tx=tx) == 1


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


# --- files that held a person who went ---


async def withdraw(ctx: Context, file_ids: Sequence[ObjectId], at: datetime, tx: Tx) -> int:
    """Mark files as removed, and blank what says something of them; return how many were not yet."""
    gone = {
        "removal": Removal.PARTS.value,
        "removed_at": at,
        "complete": False,
        "sha256": None,
        "about": None,
        "personal": None,
    }
    return await ctx.db[FILES].bulk([UpdateOne({"_id": one, "removal": None}, {"$set": gone}) for one in file_ids], tx)


async def about(ctx: Context, customer_ids: Sequence[ObjectId], limit: int, tx: Tx) -> list[ObjectId]:
    """Return files that are copies of what is known of these customers (at most 1,000)."""
    where: Doc = {"about": {"$in": list(customer_ids)}}
    return [doc["_id"] for doc in await ctx.db[FILES].find(where, limit=limit, fields={"_id": 1}, tx=tx)]


async def removing(ctx: Context, limit: int, tx: Tx) -> list[ObjectId]:
    """Return files that were removed, and of which bytes may be left."""
    where = {"removal": Removal.PARTS.value}
    return [doc["_id"] for doc in await ctx.db[FILES].find(where, limit=limit, fields={"_id": 1}, tx=tx)]


async def remove_parts(ctx: Context, file_id: ObjectId, limit: int, tx: Tx) -> int:
    """Remove some parts of a file; return how many."""
    parts = await ctx.db[PARTS].find({"file_id": file_id}, limit=limit, fields={"_id": 1}, tx=tx)
    return await ctx.db[PARTS].delete_ids([part["_id"] for part in parts], tx)


async def removed(ctx: Context, file_id: ObjectId, tx: Tx) -> None:
    """Note that no byte of a removed file is left."""
    await ctx.db[FILES].update_one({"_id": file_id}, {"$set": {"removal": Removal.DONE.value}}, tx=tx)
