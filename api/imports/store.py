"""Planned rows, one batch per document, and what a plan remembers of customers while it is made."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bson import ObjectId

from api.core.context import Context
from api.core.mongo import ASCENDING, DESCENDING, Doc, Index, Tx, UpdateOne

ROWS, STATES = "run_rows", "plan_states"

COLLECTIONS: dict[str, tuple[Index, ...]] = {
    ROWS: (
        Index(
            (("run_id", ASCENDING), ("batch", ASCENDING)),
            "the rows of a run in order; a batch is planned once",
            unique=True,
        ),
        Index((("personal.planned.c", ASCENDING),), "the rows about a customer: for her copy, and for erasing"),
        Index((("personal.planned.k", ASCENDING),), "rows that came to nobody, by the email or reference id they gave"),
        Index((("personal.planned.h", ASCENDING),), "the same by every identifier they gave, however it was typed"),
    ),
    STATES: (
        Index(
            (("run_id", ASCENDING), ("keys", ASCENDING)),
            "what earlier rows of the file made of the customer with this key",
        ),
    ),
}
DROPPED = 500
MAX_STATES = 100_000
MAX_BATCH = 200
"""Rows of one document."""


# --- rows ---


async def add_rows(ctx: Context, doc: Doc, tx: Tx) -> None:
    """Record a planned batch."""
    await ctx.db[ROWS].insert_one(doc, tx)


async def batch(ctx: Context, run_id: ObjectId, first_row: int, tx: Tx | None = None) -> Doc | None:
    """Return the planned batch that begins with a row."""
    return await ctx.db[ROWS].find_one({"run_id": run_id, "batch": first_row}, tx=tx)


async def written(ctx: Context, doc: Doc, done: Sequence[str], late: Doc, counts: Mapping[str, int], tx: Tx) -> bool:
    """Add what became of the next rows of a batch; False when rows of it were blanked since it was read."""
    update: Doc = {
        "$push": {"done": {"$each": list(done)}},
        "$inc": {f"outcome.{name}": n for name, n in counts.items()},
    }
    if late:
        update["$set"] = {f"personal.late.{row}": issues for row, issues in late.items()}
        update["$addToSet"] = {"codes": {"$each": sorted({one["code"] for issues in late.values() for one in issues})}}
    unchanged = {"_id": doc["_id"], "blanked": doc.get("blanked")}
    return await ctx.db[ROWS].update_one(unchanged, update, tx=tx) == 1


async def add_late(ctx: Context, row_id: ObjectId, late: Doc, tx: Tx) -> None:
    """Add what was found of rows (their number -> issues) after they were written."""
    codes = sorted({one["code"] for issues in late.values() for one in issues})
    update: Doc = {
        "$push": {f"personal.late.{row}": {"$each": issues} for row, issues in late.items()},
        "$addToSet": {"codes": {"$each": codes}},
    }
    await ctx.db[ROWS].update_one({"_id": row_id}, update, tx=tx)


async def batches(ctx: Context, run_id: ObjectId, begin: int, end: int, where: Doc) -> list[Doc]:
    """Return the batches that begin with these rows (`end` excluded, at most 10,000 rows) and meet a condition, in order."""
    found = {"run_id": run_id, "batch": {"$gte": begin, "$lt": end}, **where}
    return await ctx.db[ROWS].find(found, limit=end - begin, sort=[("run_id", ASCENDING), ("batch", ASCENDING)])


async def planned_for(ctx: Context, customer_id: ObjectId, last: Doc | None, limit: int) -> list[Doc]:
    """Return the places of the next batches that hold rows which were planned for a customer."""
    return await _places(ctx, {"personal.planned.c": customer_id}, last, limit)


async def keyed_by(ctx: Context, keys: Sequence[str], last: Doc | None, limit: int) -> list[Doc]:
    """Return the places of the next batches that hold rows with one of some keys (at most 1,000)."""
    return await _places(ctx, {"personal.planned.k": {"$in": list(keys)}}, last, limit)


async def _places(ctx: Context, where: Doc, last: Doc | None, limit: int) -> list[Doc]:
    beyond: Doc = {"_id": {"$gt": last["_id"]}} if last else {}
    fields = {"run_id": 1, "batch": 1}
    return await ctx.db[ROWS].find({**where, **beyond}, limit=limit, sort=[("_id", ASCENDING)], fields=fields)


async def by_ids(ctx: Context, ids: Sequence[ObjectId]) -> dict[ObjectId, Doc]:
    """Return batches by id."""
    return await ctx.db[ROWS].by_ids(ids)


async def batch_after(ctx: Context, run_id: ObjectId, row: int, tx: Tx) -> Doc | None:
    """Return the first batch that begins after a row."""
    order = [("run_id", ASCENDING), ("batch", ASCENDING)]
    found = await ctx.db[ROWS].find({"run_id": run_id, "batch": {"$gt": row}}, limit=1, sort=order, tx=tx)
    return found[0] if found else None


async def last_row(ctx: Context, run_id: ObjectId, tx: Tx | None = None) -> int:
    """Return the number of a plan's last row; 0 for none."""
    last = [("run_id", DESCENDING), ("batch", DESCENDING)]
    found = await ctx.db[ROWS].find({"run_id": run_id}, limit=1, sort=last, fields={"to_row": 1}, tx=tx)
    return int(found[0]["to_row"]) if found else 0


async def drop_rows(ctx: Context, run_id: ObjectId) -> None:
    """Remove the rows of a plan that will not be finished."""
    while found := await ctx.db[ROWS].find({"run_id": run_id}, limit=DROPPED, fields={"_id": 1}):
        await ctx.db[ROWS].delete_ids([doc["_id"] for doc in found])


# --- states ---


async def states(ctx: Context, run_id: ObjectId, keys: Collection[str], tx: Tx) -> list[Doc]:
    """Return what earlier rows made of the customers with these keys, in the order of the rows."""
    if not keys:
        return []
    found = await ctx.db[STATES].find({"run_id": run_id, "keys": {"$in": sorted(keys)}}, limit=MAX_STATES, tx=tx)
    return sorted(found, key=lambda doc: doc["row"])


async def put_states(ctx: Context, docs: Sequence[Doc], tx: Tx) -> None:
    """Record what this batch made of customers."""
    await ctx.db[STATES].insert_many(docs, tx)


async def drop_states(ctx: Context, run_id: ObjectId, tx: Tx | None = None) -> bool:
    """Remove some of a plan's states; answers whether any may be left."""
    found = await ctx.db[STATES].find({"run_id": run_id}, limit=DROPPED, fields={"_id": 1}, tx=tx)
    await ctx.db[STATES].delete_ids([doc["_id"] for doc in found], tx)
    return len(found) == DROPPED


# --- rows and states of persons who went ---

_WHOSE = {
    "run_id": 1,
    "done": 1,
    **{f"personal.planned.{name}": 1 for name in ("n", "o", "c", "k", "h")},
}


async def rows_by(ctx: Context, name: str, values: Sequence[Any], limit: int, tx: Tx) -> list[Doc]:
    """Return batches with rows that have one of some values (at most 1,000); of their rows only whose they are."""
    where: Doc = {f"personal.planned.{name}": {"$in": list(values)}}
    return await ctx.db[ROWS].find(where, limit=limit, fields=_WHOSE, tx=tx)


async def blank_rows(ctx: Context, rows: Sequence[tuple[ObjectId, Mapping[int, Doc]]], code: str, tx: Tx) -> None:
    """Replace rows of batches: place in the batch -> what is left of that row, which has this code."""
    writes = []
    for batch_id, left in rows:
        update: Doc = {
            "$set": {f"personal.planned.{place}": row for place, row in left.items()},
            "$unset": {f"personal.late.{row['n']}": "" for row in left.values()},
            "$addToSet": {"codes": code},
            "$inc": {"blanked": len(left)},
        }
        writes.append(UpdateOne({"_id": batch_id}, update))
    await ctx.db[ROWS].bulk(writes, tx)


async def states_with(ctx: Context, run_ids: Sequence[ObjectId], keys: Sequence[str], limit: int, tx: Tx) -> list[Doc]:
    """Return what some plans remember under some keys (at most 1,000 of each)."""
    where: Doc = {"run_id": {"$in": list(run_ids)}, "keys": {"$in": list(keys)}}
    return await ctx.db[STATES].find(where, limit=limit, tx=tx)


async def forget_states(ctx: Context, states: Sequence[tuple[Doc, Sequence[str], Sequence[str]]], tx: Tx) -> None:
    """Take customers (by id) and keys out of what plans remember; what then remembers nobody is removed."""
    empty = [doc["_id"] for doc, who, _ in states if not doc["personal"]["after"].keys() - set(who)]
    writes = [
        UpdateOne(
            {"_id": doc["_id"]},
            {"$unset": {f"personal.after.{one}": "" for one in who}, "$pullAll": {"keys": list(keys)}},
        )
        for doc, who, keys in states
        if doc["_id"] not in set(empty)
    ]
    await ctx.db[STATES].bulk(writes, tx)
    await ctx.db[STATES].delete_ids(empty, tx)
