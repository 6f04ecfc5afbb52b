"""The outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId

from api.core.context import Context
from api.core.mongo import ASCENDING, DESCENDING, Doc, Filter, Index, Tx, UpdateOne

OUTBOX = "outbox"

COLLECTIONS: dict[str, tuple[Index, ...]] = {
    OUTBOX: (
        Index((("status", ASCENDING), ("next_at", ASCENDING)), "mails that wait for their next try"),
        Index((("personal.to", ASCENDING),), "what was written to a person: for her copy, and for erasing"),
        Index((("about", ASCENDING),), "the report of a run, when somebody goes whose data it was about"),
    ),
}


async def insert(ctx: Context, doc: Doc, tx: Tx | None = None) -> None:
    """Put a mail into the outbox."""
    await ctx.db[OUTBOX].insert_one(doc, tx)


async def claim(ctx: Context, mail_id: ObjectId, now: datetime, until: datetime) -> Doc | None:
    """Take a mail that waits; nobody else gets it before `until`."""
    update = {"$set": {"next_at": until}, "$inc": {"attempts": 1}}
    return await ctx.db[OUTBOX].change_one({"_id": mail_id, "status": "QUEUED", "next_at": {"$lte": now}}, update)


async def put(ctx: Context, mail_id: ObjectId, values: Doc) -> None:
    """Say what became of a mail that was claimed."""
    await ctx.db[OUTBOX].update_one({"_id": mail_id, "status": "QUEUED"}, {"$set": values})


async def due(ctx: Context, now: datetime, limit: int) -> list[ObjectId]:
    """Return mails that wait for a try."""
    docs = await ctx.db[OUTBOX].find({"status": "QUEUED", "next_at": {"$lte": now}}, limit=limit, fields={"_id": 1})
    return [doc["_id"] for doc in docs]


async def sent_to(ctx: Context, addresses: Sequence[str], last: Doc | None, limit: int) -> list[Doc]:
    """Return the next mails to some addresses (at most 1,000), newest first."""
    where: Doc = {"personal.to": {"$in": list(addresses)}, **({"_id": {"$lt": last["_id"]}} if last else {})}
    return await ctx.db[OUTBOX].find(where, limit=limit, sort=[("_id", DESCENDING)])


async def page(ctx: Context, where: Filter, sort: Sequence[tuple[str, int]], limit: int) -> list[Doc]:
    """Return mails in order."""
    return await ctx.db[OUTBOX].find(where, limit=limit, sort=sort)


# --- mails to and about persons who went ---


async def written_to(ctx: Context, addresses: Sequence[str], until: datetime, limit: int, tx: Tx) -> list[ObjectId]:
    """Return mails to some addresses (at most 1,000) that were written up to a moment."""
    return await _found(ctx, {"personal.to": {"$in": list(addresses)}}, {"at": {"$lte": until}}, limit, tx)


async def written_in(
    ctx: Context, times: Sequence[tuple[str, datetime, datetime]], limit: int, tx: Tx
) -> list[ObjectId]:
    """Return mails to addresses (at most 1,000) that each were written between two moments."""
    some: list[Doc] = [{"personal.to": to, "at": {"$gte": begin, "$lte": end}} for to, begin, end in times]
    return await _found(ctx, {"personal.to": {"$in": sorted({to for to, _, _ in times})}}, {"$or": some}, limit, tx)


async def _found(ctx: Context, served: Doc, rest: Doc, limit: int, tx: Tx) -> list[ObjectId]:
    return [doc["_id"] for doc in await ctx.db[OUTBOX].sifted(served, rest, limit=limit, fields={"_id": 1}, tx=tx)]


async def reports_of(ctx: Context, run_ids: Sequence[ObjectId], limit: int, tx: Tx) -> list[ObjectId]:
    """Return the reports of some runs (at most 1,000) that are not blanked."""
    return await _found(ctx, {"about": {"$in": list(run_ids)}}, {"personal": {"$ne": None}}, limit, tx)


async def blank(ctx: Context, mail_ids: Sequence[ObjectId], reason: str, tx: Tx) -> None:
    """Take address, subject and text out of mails; one that waits is not sent any more."""
    unsent = {"status": "FAILED", "error": reason}
    # Two writes for each: what is QUEUED has to end, whatever else it is keeps its status.
    writes = [UpdateOne({"_id": one}, {"$set": {"personal": None}}) for one in mail_ids]
    writes += [UpdateOne({"_id": one, "status": "QUEUED"}, {"$set": unsent}) for one in mail_ids]
    await ctx.db[OUTBOX].bulk(writes, tx)
