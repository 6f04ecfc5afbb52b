"""The log of changes."""

from __future__ import annotations

from collections.abc import Sequence

from bson import ObjectId

from api.core.context import Context
from api.core.mongo import Doc, Index, Tx, UpdateOne

CHANGES = "changes"
COLLECTIONS: dict[str, tuple[Index, ...]] = {
    CHANGES: (
        Index(
            (("customer_id", 1), ("version", 1)),
            "A customer's history in order; no version is recorded twice. Begins with the owner, for sharding.",
            unique=True,
        ),
    ),
}
NEWEST = [("version", -1)]


async def insert(ctx: Context, tx: Tx, docs: Sequence[Doc]) -> None:
    """Append changes."""
    await ctx.db[CHANGES].insert_many(docs, tx)


async def newest(ctx: Context, customer_id: ObjectId, below: int | None, limit: int) -> list[Doc]:
    """Return changes, newest first, below a version."""
    where: Doc = {"customer_id": customer_id, **({"version": {"$lt": below}} if below is not None else {})}
    return await ctx.db[CHANGES].find(where, sort=NEWEST, limit=limit)


async def of_many(ctx: Context, customer_ids: Sequence[ObjectId], limit: int, tx: Tx | None) -> list[Doc]:
    """Return what customers' changes changed, customer by customer in the order of their ids, the oldest first."""
    where = {"customer_id": {"$in": list(customer_ids)}}
    return await _changed(ctx, where, limit, tx)


async def further(ctx: Context, customer_id: ObjectId, version: int, limit: int, tx: Tx | None) -> list[Doc]:
    """Return what a customer's changes after a version changed, the oldest first."""
    return await _changed(ctx, {"customer_id": customer_id, "version": {"$gt": version}}, limit, tx)


async def _changed(ctx: Context, where: Doc, limit: int, tx: Tx | None) -> list[Doc]:
    fields = dict.fromkeys(("customer_id", "version", "at", "personal.paths"), 1)
    order = [("customer_id", 1), ("version", 1)]
    return await ctx.db[CHANGES].find(where, sort=order, limit=limit, fields=fields, tx=tx)


async def unblanked(ctx: Context, customer_ids: Sequence[ObjectId], limit: int, tx: Tx) -> list[ObjectId]:
    """Return changes of customers that still say what they changed."""
    hers, kept = {"customer_id": {"$in": list(customer_ids)}}, {"personal": {"$ne": None}}
    return [doc["_id"] for doc in await ctx.db[CHANGES].sifted(hers, kept, limit=limit, fields={"_id": 1}, tx=tx)]


async def blank(ctx: Context, ids: Sequence[ObjectId], tx: Tx) -> None:
    """Take out of changes what they say: values, reason, and the name of the file that they came from."""
    update = {"$set": {"personal": None}, "$unset": {"run.title": ""}}
    await ctx.db[CHANGES].bulk([UpdateOne({"_id": one}, update) for one in ids], tx)


async def above(ctx: Context, customer_id: ObjectId, version: int, limit: int, tx: Tx | None) -> list[Doc]:
    """Return the changes after a version, newest first."""
    where = {"customer_id": customer_id, "version": {"$gt": version}}
    return await ctx.db[CHANGES].find(where, sort=NEWEST, limit=limit, tx=tx)


async def at_version(ctx: Context, customer_id: ObjectId, version: int, tx: Tx | None = None) -> Doc | None:
    """Return the change that made a version."""
    return await ctx.db[CHANGES].find_one({"customer_id": customer_id, "version": version}, tx=tx)


async def reverting(ctx: Context, customer_id: ObjectId, versions: Sequence[int]) -> list[Doc]:
    """Return which of these versions were taken back, and by which."""
    where = {"customer_id": customer_id, "reverts": {"$in": list(versions)}}
    return await ctx.db[CHANGES].find(where, fields={"version": 1, "reverts": 1}, limit=len(versions) * 4)


async def of_path(ctx: Context, customer_id: ObjectId, path: str, below: int | None, limit: int) -> list[Doc]:
    """Return the changes that touched a path or an item under it, newest first."""
    # A full stop is followed by a slash in the alphabet, so this range holds what begins with `path.`.
    under = {"path": {"$gte": f"{path}.", "$lt": f"{path}/"}}
    where: Doc = {
        "customer_id": customer_id,
        "$or": [{"personal.paths": {"$elemMatch": {"path": path}}}, {"personal.paths": {"$elemMatch": under}}],
    }
    if below is not None:
        where["version"] = {"$lt": below}
    return await ctx.db[CHANGES].find(where, sort=NEWEST, limit=limit)


async def last_per_path(ctx: Context, customer_id: ObjectId, limit: int) -> list[Doc]:
    """Return for each path the newest change of it: `{_id: path, change: {... without the other paths}}`."""
    who = dict.fromkeys(("customer_id", "version", "at", "actor", "source", "action", "run", "personal"), 1)
    return await ctx.db[CHANGES].aggregate(
        [
            {"$match": {"customer_id": customer_id}},
            {"$sort": {"version": -1}},
            {"$project": who},
            {"$unwind": "$personal.paths"},
            {"$group": {"_id": "$personal.paths.path", "change": {"$first": "$$ROOT"}}},
            {"$limit": limit},
        ],
        limit=limit,
    )
