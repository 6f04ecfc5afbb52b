"""The ledger of consent, and the seals of its days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from bson import ObjectId

from api.core.context import Context
from api.core.mongo import Doc, Filter, Index, Tx, UpdateOne

LEDGER = "consent_ledger"
SEALS = "consent_seals"
QUARANTINE = "consent_quarantine"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_IN = 1_000
COLLECTIONS: dict[str, tuple[Index, ...]] = {
    LEDGER: (
        Index((("subject", 1), ("seq", 1)), "A chain in its order, without two entries in one place.", unique=True),
        Index((("subject", 1), ("_id", 1)), "What was recorded last about a person, over her addresses."),
        Index((("recorded_at", 1), ("_id", 1)), "The entries of a day, to seal them."),
    ),
    SEALS: (),
    QUARANTINE: (
        Index((("status", 1), ("_id", 1)), "What still waits for somebody to decide, newest first."),
        Index((("why", 1), ("status", 1), ("_id", 1)), "What waits for one reason."),
        Index((("why", 1), ("_id", 1)), "What came for one reason, whatever was decided."),
        Index((("customer_id", 1), ("_id", 1)), "What waited about a customer: for her copy, and for erasing."),
        Index((("identifier_id", 1),), "What waited about an address: for erasing."),
    ),
}


async def insert(ctx: Context, entries: Sequence[Doc], tx: Tx) -> None:
    """Append entries; nothing ever changes but what is blanked."""
    await ctx.db[LEDGER].insert_many(entries, tx)


async def by_ids(ctx: Context, ids: Sequence[ObjectId], tx: Tx | None = None) -> dict[ObjectId, Doc]:
    """Return entries by id."""
    return await ctx.db[LEDGER].by_ids(ids, tx=tx)


async def listed(ctx: Context, where: Filter, sort: Sequence[tuple[str, int]], limit: int) -> list[Doc]:
    """Return a page of entries."""
    return await ctx.db[LEDGER].find(where, sort=sort, limit=limit)


async def span(ctx: Context, after: ObjectId, upto: ObjectId | None, limit: int) -> list[Doc]:
    """Return entries of all subjects beyond one and up to another, in the order of subjects and their chains."""
    within: Doc = {"$gt": after, **({"$lte": upto} if upto else {})}
    return await ctx.db[LEDGER].find({"subject": within}, sort=[("subject", 1), ("seq", 1)], limit=limit)


async def chain(ctx: Context, subject: ObjectId, seq: int, limit: int, tx: Tx | None = None) -> list[Doc]:
    """Return the entries of a subject beyond a place in its chain, whatever was made of their own place."""
    where: Doc = {"subject": subject, **({"$nor": [{"seq": {"$lte": seq}}]} if seq else {})}
    return await ctx.db[LEDGER].find(where, sort=[("subject", 1), ("seq", 1)], limit=limit, tx=tx)


async def edges(ctx: Context) -> list[Doc]:
    """Return the first and the last entry in the order of subjects; a subject that is no id at all is one of them."""
    ways = ([("subject", way), ("seq", way)] for way in (1, -1))
    return [doc for sort in ways for doc in await ctx.db[LEDGER].find({}, sort=sort, limit=1)]


async def unblanked(ctx: Context, upto: Mapping[ObjectId, int], limit: int, tx: Tx) -> list[Doc]:
    """Return the places of entries that still have what is personal, of each subject up to one, in the order of chains."""
    subjects, found = sorted(upto), list[Doc]()
    for start in range(0, len(subjects), MAX_IN):
        some = subjects[start : start + MAX_IN]
        by_place: dict[int, list[ObjectId]] = defaultdict(list)
        for subject in some:
            by_place[upto[subject]].append(subject)
        hers = [{"subject": {"$in": who}, "seq": {"$lte": seq}} for seq, who in by_place.items()]
        found += await ctx.db[LEDGER].sifted(
            {"subject": {"$in": some}},
            {"$or": hers, "personal": {"$ne": None}, "topic": {"$ne": None}},
            sort=[("subject", 1), ("seq", 1)], limit=limit, fields={"subject": 1, "seq": 1}, tx=tx,
        )  # fmt: skip
        if len(found) >= limit:
            return found[:limit]
    return found


async def blank(ctx: Context, ids: Sequence[ObjectId], tx: Tx) -> None:
    """Take what is personal out of entries; a chained entry must say so."""
    await ctx.db[LEDGER].bulk([UpdateOne({"_id": one}, {"$set": {"personal": None}}) for one in ids], tx)


async def later(ctx: Context, subject: ObjectId, topic: str, seq: int, limit: int, tx: Tx | None = None) -> list[Doc]:
    """Return what was recorded of a subject on a topic after a place in its chain, in order."""
    where = {"subject": subject, "topic": topic, "seq": {"$gt": seq}}
    return await ctx.db[LEDGER].find(where, sort=[("seq", 1)], limit=limit, tx=tx)


async def recorded(
    ctx: Context, start: datetime, end: datetime, beyond: tuple[datetime, ObjectId] | None, limit: int
) -> list[Doc]:
    """Return the next entries of a span of time, oldest first, with only what a seal is made over."""
    span: Doc = {"recorded_at": {"$gte": start, "$lt": end}}
    if beyond:
        at, entry = beyond
        span = {
            "$or": [
                {"recorded_at": at, "_id": {"$gt": entry}},
                {"recorded_at": {"$gt": at, "$lt": end}},
            ]
        }
    fields = {"subject": 1, "seq": 1, "hash": 1, "recorded_at": 1}
    return await ctx.db[LEDGER].find(span, sort=[("recorded_at", 1), ("_id", 1)], limit=limit, fields=fields)


async def put_seal(ctx: Context, seal: Doc, tx: Tx) -> None:
    """Keep the seal of a day."""
    await ctx.db[SEALS].insert_one(seal, tx)


async def seal(ctx: Context, day: str, tx: Tx | None = None) -> Doc | None:
    """Return the seal of a day."""
    return await ctx.db[SEALS].find_one({"_id": day}, tx=tx)


async def first_recorded(ctx: Context) -> datetime | None:
    """Return when the first entry of all was recorded."""
    found = await ctx.db[LEDGER].find(
        {"recorded_at": {"$gt": EPOCH}}, sort=[("recorded_at", 1)], limit=1, fields={"recorded_at": 1}
    )
    return found[0]["recorded_at"] if found else None


async def seals(ctx: Context, where: Filter, sort: Sequence[tuple[str, int]], limit: int) -> list[Doc]:
    """Return seals; their ids are days."""
    return await ctx.db[SEALS].find(where, sort=sort, limit=limit)


async def put_quarantined(ctx: Context, docs: Sequence[Doc], tx: Tx) -> None:
    """Keep consents that somebody has to decide about."""
    await ctx.db[QUARANTINE].insert_many(docs, tx)


async def quarantined(ctx: Context, where: Filter, sort: Sequence[tuple[str, int]], limit: int) -> list[Doc]:
    """Return a page of what is in quarantine."""
    return await ctx.db[QUARANTINE].find(where, sort=sort, limit=limit)


async def quarantined_of(ctx: Context, customer_id: ObjectId, last: Doc | None, limit: int) -> list[Doc]:
    """Return the next that is or was in quarantine about a customer, newest first."""
    where: Doc = {"customer_id": customer_id, **({"_id": {"$lt": last["_id"]}} if last else {})}
    return await ctx.db[QUARANTINE].find(where, sort=[("_id", -1)], limit=limit)


async def quarantined_about(ctx: Context, customer_ids: Sequence[ObjectId], limit: int, tx: Tx) -> list[Doc]:
    """Return what is or was in quarantine about customers: only what tells two apart."""
    fields = {"identifier_id": 1, "topic": 1, "state": 1, "collected_at": 1}
    where = {"customer_id": {"$in": list(customer_ids)}}
    return await ctx.db[QUARANTINE].find(where, limit=limit, fields=fields, tx=tx)


async def quarantined_by_ids(ctx: Context, ids: Sequence[ObjectId], tx: Tx | None = None) -> dict[ObjectId, Doc]:
    """Return what is in quarantine by id."""
    return await ctx.db[QUARANTINE].by_ids(ids, tx=tx)


async def quarantined_to_blank(
    ctx: Context, customer_ids: Sequence[ObjectId], until: Mapping[str, datetime], limit: int, tx: Tx
) -> list[Doc]:
    """Return what was put into quarantine about customers, or until a moment about identifiers, and is not blanked."""
    kept, fields = {"personal": {"$ne": None}}, {"status": 1}
    inner = ctx.db[QUARANTINE]
    found = await inner.sifted({"customer_id": {"$in": list(customer_ids)}}, kept, limit=limit, fields=fields, tx=tx)
    names = sorted(until)
    for start in range(0, len(names), MAX_IN):
        some = names[start : start + MAX_IN]
        times: Doc = {"$or": [{"identifier_id": one, "at": {"$lte": until[one]}} for one in some]}
        found += await inner.sifted({"identifier_id": {"$in": some}}, kept | times, limit=limit, fields=fields, tx=tx)
    return list({doc["_id"]: doc for doc in found}.values())[:limit]


async def review(ctx: Context, decided: Sequence[tuple[ObjectId, Doc]], tx: Tx) -> None:
    """Write what was decided of consents in quarantine."""
    await ctx.db[QUARANTINE].bulk([UpdateOne({"_id": one}, {"$set": values}) for one, values in decided], tx)
