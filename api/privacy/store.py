"""Requests to anonymize and erase, who was, and what finds them while a run needs it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from bson import ObjectId

from api.core.context import Context
from api.core.mongo import ASCENDING, Doc, Index, Tx, UpdateOne

REQUESTS, ASKED, CLEARINGS, ERASURES = "privacy_requests", "privacy_asked", "clearings", "erasures"
DROPPED = 500
READ, MAX_READ, READ_SECONDS = 500, 2**31 - 1, 600
COLLECTIONS: dict[str, tuple[Index, ...]] = {
    REQUESTS: (Index((("expires_at", ASCENDING),), "what the sweep removes"),),
    ASKED: (
        Index((("expires_at", ASCENDING),), "what the sweep removes"),
        Index((("run_id", ASCENDING),), "who was asked for by a run that ended"),
    ),
    CLEARINGS: (Index((("run_id", ASCENDING), ("n", ASCENDING)), "what a run cleared, in order"),),
    ERASURES: (Index((("run_id", ASCENDING), ("_id", ASCENDING)), "whom a certificate is about"),),
}


# --- requests ---


async def put_request(ctx: Context, doc: Doc, tx: Tx) -> None:
    """Record how somebody is looked for."""
    await ctx.db[REQUESTS].insert_one(doc, tx)


async def keep_consent(ctx: Context, run_id: ObjectId, consent: str, tx: Tx) -> None:
    """Forget how somebody was looked for, but for what was asked of consent."""
    await ctx.db[REQUESTS].update_one({"_id": run_id}, {"$set": {"personal": {"consent": consent}}}, tx=tx)


async def request(ctx: Context, run_id: ObjectId) -> Doc | None:
    """Return how somebody is looked for; once the selection is fixed only what is to be asked again, or None."""
    return await ctx.db[REQUESTS].find_one({"_id": run_id})


async def open_requests(ctx: Context, tx: Tx | None, limit: int) -> list[Doc]:
    """Return requests whose selection is not fixed, or of which something is to be asked again."""
    return await ctx.db[REQUESTS].find({}, limit=limit, sort=[("expires_at", ASCENDING)], tx=tx)


async def blank_requests(ctx: Context, run_ids: Sequence[ObjectId], tx: Tx) -> None:
    """Forget what a request says of somebody; its run then finds nobody to go on with."""
    await ctx.db[REQUESTS].bulk([UpdateOne({"_id": one}, {"$set": {"personal": None}}) for one in run_ids], tx)


async def drop_requests(ctx: Context, run_ids: Sequence[ObjectId], tx: Tx | None = None) -> None:
    """Forget how somebody was looked for."""
    await ctx.db[REQUESTS].delete_ids(run_ids, tx)


async def asked(ctx: Context, customer_ids: Sequence[ObjectId], tx: Tx | None = None) -> dict[ObjectId, Doc]:
    """Return which of these customers were asked for by name, and by which run."""
    return await ctx.db[ASKED].by_ids(customer_ids, tx=tx)


async def put_asked(
    ctx: Context, customer_ids: Sequence[ObjectId], run_id: ObjectId, expires_at: datetime, tx: Tx
) -> None:
    """Record who is asked for; of two at once, the second's transaction starts anew and sees the first's."""
    values = {"run_id": run_id, "expires_at": expires_at}
    await ctx.db[ASKED].bulk([UpdateOne({"_id": one}, {"$set": values}, upsert=True) for one in customer_ids], tx)


async def drop_asked(ctx: Context, run_id: ObjectId, tx: Tx | None = None) -> None:
    """Forget whom a run was asked for."""
    found = await ctx.db[ASKED].find({"run_id": run_id}, limit=DROPPED, fields={"_id": 1}, tx=tx)
    await ctx.db[ASKED].delete_ids([doc["_id"] for doc in found], tx)


# --- who went ---


async def put_erasures(ctx: Context, docs: Sequence[Doc], tx: Tx) -> None:
    """Record who went; of somebody who went before, the later act counts."""
    writes = [
        UpdateOne({"_id": doc["_id"]}, {"$set": {name: doc[name] for name in doc if name != "_id"}}, upsert=True)
        for doc in docs
    ]
    await ctx.db[ERASURES].bulk(writes, tx)


async def erasures(ctx: Context, customer_ids: Sequence[ObjectId]) -> dict[ObjectId, Doc]:
    """Return which of these customers (at most 1,000) went."""
    return await ctx.db[ERASURES].by_ids(customer_ids)


def erasures_of(ctx: Context, run_id: ObjectId) -> AsyncIterator[list[Doc]]:
    """Yield the numbers of the customers who went by a run, in order."""
    return ctx.db[ERASURES].stream(
        {"run_id": run_id}, limit=MAX_READ, size=READ, seconds=READ_SECONDS, fields={"_id": 1},
        sort=[("run_id", ASCENDING), ("_id", ASCENDING)],
    )  # fmt: skip


def every_erasure(ctx: Context) -> AsyncIterator[list[Doc]]:
    """Yield everybody who went, in order."""
    return ctx.db[ERASURES].scan(sort=[("_id", ASCENDING)], size=READ, seconds=READ_SECONDS)


async def erasure(ctx: Context, customer_id: ObjectId) -> Doc | None:
    """Return what was done to a customer who went, and when."""
    return await ctx.db[ERASURES].find_one({"_id": customer_id}, {"act": 1, "at": 1})


# --- clearings ---


async def put_clearing(ctx: Context, doc: Doc, tx: Tx) -> None:
    """Record what finds the persons of a batch."""
    await ctx.db[CLEARINGS].insert_one(doc, tx)


async def clearing(ctx: Context, clearing_id: ObjectId) -> Doc | None:
    """Return what finds the persons of a batch."""
    return await ctx.db[CLEARINGS].find_one({"_id": clearing_id})


async def clearings_of(ctx: Context, run_id: ObjectId, begin: int, limit: int) -> list[Doc]:
    """Return the next clearings of a run, from this number on."""
    # Bounded on both sides: some servers read all that a filter matches before they sort.
    where = {"run_id": run_id, "n": {"$gte": begin, "$lt": begin + limit}}
    return await ctx.db[CLEARINGS].find(where, limit=limit, sort=[("run_id", ASCENDING), ("n", ASCENDING)])


async def drop_clearings(ctx: Context, run_id: ObjectId, tx: Tx | None = None) -> int:
    """Forget some of a run's clearings; return how many."""
    found = await ctx.db[CLEARINGS].find({"run_id": run_id}, limit=DROPPED, fields={"_id": 1}, tx=tx)
    return await ctx.db[CLEARINGS].delete_ids([doc["_id"] for doc in found], tx)


async def sweep(ctx: Context, now: datetime) -> None:
    """Remove some of what is over."""
    for name in (REQUESTS, ASKED):
        found = await ctx.db[name].find({"expires_at": {"$lte": now}}, limit=DROPPED, fields={"_id": 1})
        await ctx.db[name].delete_ids([doc["_id"] for doc in found])
