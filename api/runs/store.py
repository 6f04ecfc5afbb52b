"""Runs, their leases, requests to cancel, and which workers are there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bson import ObjectId

from api.core.context import Context
from api.core.mongo import ASCENDING, DESCENDING, Doc, DuplicateKeyError, Filter, Index, Sort, Tx, UpdateOne

RUNS, LEASES, CANCELS, WORKERS, SCHEDULERS = "runs", "run_leases", "run_cancels", "workers", "schedulers"
CHUNKS = "run_chunks"
SCHEDULE = "schedule"
DROPPED = 500
MAX_FOUND = 1_000

COLLECTIONS: dict[str, tuple[Index, ...]] = {
    RUNS: (
        Index(
            (("status", ASCENDING), ("wake_at", ASCENDING)),
            "what the scheduler asks for: runs that wait or lost their worker",
        ),
        Index((("kind", ASCENDING), ("_id", DESCENDING)), "the list of one kind, newest first"),
    ),
    CHUNKS: (
        Index((("run_id", ASCENDING), ("n", ASCENDING)), "the next chunks of a run"),
        Index((("expires_at", ASCENDING),), "what the sweep removes"),
        Index((("ids", ASCENDING),), "which runs chose somebody, when she is erased"),
    ),
    LEASES: (),
    CANCELS: (),
    SCHEDULERS: (),
    WORKERS: (Index((("at", ASCENDING),), "who was seen lately, and whom to forget"),),
}


async def insert(ctx: Context, doc: Doc, tx: Tx | None = None) -> None:
    """Record a new run."""
    await ctx.db[RUNS].insert_one(doc, tx)


async def by_id(ctx: Context, run_id: ObjectId, tx: Tx | None = None) -> Doc | None:
    """Return a run."""
    return await ctx.db[RUNS].find_one({"_id": run_id}, tx=tx)


async def by_ids(ctx: Context, ids: Sequence[ObjectId], tx: Tx | None = None) -> dict[ObjectId, Doc]:
    """Return runs (at most 1,000) by id."""
    return await ctx.db[RUNS].by_ids(ids, tx=tx)


async def page(ctx: Context, where: Filter, sort: Sort, limit: int) -> list[Doc]:
    """Return runs in order."""
    return await ctx.db[RUNS].find(where, limit=limit, sort=sort)


async def due(ctx: Context, statuses: Sequence[str], now: datetime, limit: int) -> list[ObjectId]:
    """Return runs that ask for a worker and that nobody holds."""
    waiting = await ctx.db[RUNS].find(
        {"status": {"$in": list(statuses)}, "wake_at": {"$lte": now}}, limit=limit, fields={"_id": 1}
    )
    ids = [doc["_id"] for doc in waiting]
    held = await ctx.db[LEASES].by_ids(ids)
    return [one for one in ids if one not in held or held[one]["until"] <= now]


async def ready(ctx: Context, kinds: Sequence[str], now: datetime, limit: int) -> list[Doc]:
    """Return plans of these kinds that wait, and no longer than until now."""
    where = {"status": "READY", "wake_at": {"$lte": now}, "kind": {"$in": list(kinds)}}
    return await ctx.db[RUNS].find(where, limit=limit, sort=[("status", ASCENDING), ("wake_at", ASCENDING)])


async def lease(ctx: Context, run_id: ObjectId) -> Doc | None:
    """Return who holds a run, or held it last."""
    return await ctx.db[LEASES].find_one({"_id": run_id})


async def claim(
    ctx: Context, run_id: ObjectId, owner: str, line_id: bytes, now: datetime, until: datetime, tx: Tx
) -> Doc | None:
    """Take a run whose lease is free or over; raise its fence. None when somebody holds it or it needs no work."""
    lease = await ctx.db[LEASES].find_one({"_id": run_id}, tx=tx)
    if lease and lease["until"] > now:
        return None
    run = await ctx.db[RUNS].change_one(
        {"_id": run_id, "status": {"$in": ["QUEUED", "RUNNING"]}},
        {"$inc": {"fence": 1, "attempt": 1, "stalled": 1}, "$set": {"status": "RUNNING"}},
        tx=tx,
    )
    if run is None:
        return None
    held = {"owner": owner, "line": line_id, "fence": run["fence"], "until": until}
    await ctx.db[LEASES].update_one({"_id": run_id}, {"$set": held}, upsert=True, tx=tx)
    return run


async def renew(ctx: Context, run_id: ObjectId, fence: int, until: datetime) -> bool:
    """Hold a lease for longer; False when another worker has it."""
    return await ctx.db[LEASES].update_one({"_id": run_id, "fence": fence}, {"$set": {"until": until}}) == 1


async def release(ctx: Context, run_id: ObjectId, fence: int) -> None:
    """Give a lease back, if it is still this worker's."""
    await ctx.db[LEASES].delete_one({"_id": run_id, "fence": fence})


async def advance(ctx: Context, run_id: ObjectId, fence: int, cursor: int, update: Doc, tx: Tx | None = None) -> bool:
    """Write the run as the last write of a batch; False for a worker that lost the run."""
    counted = {**update, "$inc": {**update.get("$inc", {}), "cursor": 1}}
    return await ctx.db[RUNS].update_one({"_id": run_id, "fence": fence, "cursor": cursor}, counted, tx=tx) == 1


async def change(
    ctx: Context, run_id: ObjectId, statuses: Sequence[str], update: Doc, tx: Tx | None = None
) -> Doc | None:
    """Change a run that nobody works on, if it has one of these statuses; return it as it is then."""
    return await ctx.db[RUNS].change_one({"_id": run_id, "status": {"$in": list(statuses)}}, update, tx=tx)


async def note(ctx: Context, run_id: ObjectId, values: Doc, tx: Tx) -> None:
    """Set fields of a run that nobody works on."""
    await ctx.db[RUNS].update_one({"_id": run_id}, {"$set": values}, tx=tx)


async def wake_later(ctx: Context, run_id: ObjectId, fence: int, at: datetime) -> None:
    """Let the scheduler pass over a run until then."""
    await ctx.db[RUNS].update_one({"_id": run_id, "fence": fence}, {"$set": {"wake_at": at}})


async def ask_cancel(ctx: Context, run_id: ObjectId, doc: Doc, tx: Tx) -> None:
    """Record that somebody wants a run to end; asking twice is the same."""
    if await ctx.db[CANCELS].find_one({"_id": run_id}, tx=tx) is None:
        await ctx.db[CANCELS].insert_one({"_id": run_id, **doc}, tx)


async def cancels(ctx: Context, ids: Sequence[ObjectId]) -> set[ObjectId]:
    """Return which of these runs somebody wants to end."""
    return set(await ctx.db[CANCELS].by_ids(ids, {"_id": 1}))


# --- selections ---


async def add_chunks(ctx: Context, chunks: Sequence[Doc], tx: Tx) -> None:
    """Record some of a selection."""
    await ctx.db[CHUNKS].insert_many(chunks, tx)


async def chunks(ctx: Context, run_id: ObjectId, begin: int, limit: int) -> list[list[ObjectId]]:
    """Return the ids of the next chunks, in order."""
    where = {"run_id": run_id, "n": {"$gte": begin, "$lt": begin + limit}}
    found = await ctx.db[CHUNKS].find(where, limit=limit, sort=[("run_id", ASCENDING), ("n", ASCENDING)])
    return [doc["ids"] for doc in found]


async def drop_chunks(ctx: Context, run_id: ObjectId, tx: Tx | None = None) -> int:
    """Remove some of a run's chunks; return how many."""
    found = await ctx.db[CHUNKS].find({"run_id": run_id}, limit=DROPPED, fields={"_id": 1}, tx=tx)
    await ctx.db[CHUNKS].delete_ids([doc["_id"] for doc in found], tx)
    return len(found)


async def runs_with(ctx: Context, customer_ids: Sequence[ObjectId], tx: Tx | None = None) -> list[ObjectId]:
    """Return the runs that chose any of these customers (at most 1,000); one command where each run chose few of them."""
    found: set[ObjectId] = set()
    while True:
        where: Doc = {"ids": {"$in": list(customer_ids)}, "run_id": {"$nin": sorted(found)}}
        docs = await ctx.db[CHUNKS].find(where, limit=MAX_FOUND, fields={"_id": 0, "run_id": 1}, tx=tx)
        found |= {doc["run_id"] for doc in docs}
        if len(docs) < MAX_FOUND:
            return sorted(found)


async def sweep_chunks(ctx: Context, now: datetime) -> None:
    """Remove some selections whose time is over."""
    found = await ctx.db[CHUNKS].find({"expires_at": {"$lte": now}}, limit=DROPPED, fields={"_id": 1})
    await ctx.db[CHUNKS].delete_ids([doc["_id"] for doc in found])


# --- runs that held a person who went ---


async def active(ctx: Context, kind: str, statuses: Sequence[str], limit: int, tx: Tx) -> list[Doc]:
    """Return runs of a kind that have one of these statuses."""
    return await ctx.db[RUNS].find({"status": {"$in": list(statuses)}, "kind": kind}, limit=limit, tx=tx)


async def change_many(
    ctx: Context, updates: Sequence[tuple[ObjectId, Doc]], statuses: Sequence[str] | None, tx: Tx
) -> int:
    """Change runs, if statuses are given only those that have one of them; return how many."""
    which: Doc = {} if statuses is None else {"status": {"$in": list(statuses)}}
    return await ctx.db[RUNS].bulk([UpdateOne({"_id": one, **which}, update) for one, update in updates], tx)


# --- workers and schedulers ---


async def saw_worker(ctx: Context, worker_id: str, now: datetime) -> None:
    """Note that a worker lives."""
    try:
        await ctx.db[WORKERS].update_one({"_id": worker_id}, {"$set": {"at": now}}, upsert=True)
    except DuplicateKeyError:
        # Another thread of the same worker noted it in the same moment.
        return


async def workers(ctx: Context, since: datetime, limit: int = 100) -> list[Doc]:
    """Return the workers seen since then, the latest first."""
    return await ctx.db[WORKERS].find({"at": {"$gte": since}}, limit=limit, sort=[("at", DESCENDING)])


async def forget_workers(ctx: Context, now: datetime) -> None:
    """Drop workers that were not seen for a day."""
    gone = await ctx.db[WORKERS].find({"at": {"$lt": now - timedelta(days=1)}}, limit=100, fields={"_id": 1})
    await ctx.db[WORKERS].delete_ids([doc["_id"] for doc in gone])


async def lead(ctx: Context, owner: str, now: datetime, until: datetime) -> bool:
    """Take or keep the lease of the one scheduler; False while another holds it."""
    free = {"_id": SCHEDULE, "$or": [{"owner": owner}, {"until": {"$lte": now}}]}
    try:
        await ctx.db[SCHEDULERS].update_one(free, {"$set": {"owner": owner, "until": until}}, upsert=True)
    except DuplicateKeyError:
        return False
    return True


async def stop_leading(ctx: Context, owner: str) -> None:
    """Give the scheduler's lease back, if it is this one's."""
    await ctx.db[SCHEDULERS].delete_one({"_id": SCHEDULE, "owner": owner})
