"""Customers and the identifiers they are found by."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId

from api.core.context import Context
from api.core.mongo import Doc, Filter, Index, InsertOne, ReplaceOne, Tx, UpdateOne

CUSTOMERS = "customers"
IDENTIFIERS = "identifiers"
COLLECTIONS: dict[str, tuple[Index, ...]] = {
    CUSTOMERS: (
        Index((("trashed", 1), ("sort_name", 1), ("_id", 1)), "The list by name, either way; the trash too."),
        Index((("trashed", 1), ("created_at", 1), ("_id", 1)), "The list by the day of creation."),
        Index((("trashed", 1), ("updated_at", 1), ("_id", 1)), "The list by the last save."),
        Index((("trashed", 1), ("sort_last_seen", 1), ("_id", 1)), "The list by when people were last active."),
        Index(
            (("_id", 1), ("version", 1)),
            "A save that holds only for the version it was decided on; some servers read all without it.",
        ),
        Index((("heads", 1),), "Search words of up to three letters, by equality."),
        Index((("tokens", 1),), "Longer search words, by prefix."),
        Index((("standing.keys", 1),), "What people agreed to, by equality; see standing.py."),
    ),
    IDENTIFIERS: (
        Index((("holders", 1),), "Everything that finds one customer: for erasing and checking."),
        Index((("subject", 1),), "The address that a chain of consents belongs to: for checking it."),
    ),
}
HIDDEN = ("tokens", "heads", "words", "folded", "tag_keys", "sort_name", "trashed", "standing")
"""What the list and the page never read: search words and sort keys."""
READ_FIELDS: Doc = dict.fromkeys(HIDDEN, 0)


async def identifiers_by_ids(ctx: Context, ids: Sequence[str], tx: Tx | None) -> dict[str, Doc]:
    """Return identifier documents by id."""
    return await ctx.db[IDENTIFIERS].by_ids(ids, tx=tx)


async def holders_of(ctx: Context, identifier_id: str) -> list[Doc]:
    """Return the customers who hold an identifier, without search words; one command."""
    holders = {"from": CUSTOMERS, "localField": "holders", "foreignField": "_id", "as": "found"}
    hidden = {"$project": {f"found.{name}": 0 for name in HIDDEN}}
    rows = await ctx.db[IDENTIFIERS].aggregate(
        [{"$match": {"_id": identifier_id}}, {"$lookup": holders}, hidden], limit=1
    )
    return list(rows[0]["found"]) if rows else []


async def by_ids(ctx: Context, ids: Sequence[ObjectId], tx: Tx | None = None) -> dict[ObjectId, Doc]:
    """Return whole customers by id, for deciding."""
    return await ctx.db[CUSTOMERS].by_ids(ids, tx=tx)


async def named(ctx: Context, ids: Sequence[ObjectId], tx: Tx | None) -> dict[ObjectId, Doc]:
    """Return customers by id with their version and only what names them."""
    fields = ("version", "reference_id", "emails", "phones", "push_tokens", "bank_accounts")
    return await ctx.db[CUSTOMERS].by_ids(ids, dict.fromkeys(fields, 1), tx)


async def reached(ctx: Context, ids: Sequence[ObjectId], fields: Sequence[str]) -> dict[ObjectId, Doc]:
    """Return customers by id with some of their fields."""
    return await ctx.db[CUSTOMERS].by_ids(ids, dict.fromkeys(fields, 1))


async def to_show(ctx: Context, ids: Sequence[ObjectId]) -> dict[ObjectId, Doc]:
    """Return customers by id, without search words."""
    return await ctx.db[CUSTOMERS].by_ids(ids, READ_FIELDS)


async def listed(ctx: Context, where: Filter, sort: Sequence[tuple[str, int]], limit: int, fields: Filter) -> list[Doc]:
    """Return one page of a list."""
    return await ctx.db[CUSTOMERS].find(where, sort=sort, limit=limit, fields=fields)


def pages(
    ctx: Context, where: Filter, fields: Filter, sort: Sequence[tuple[str, int]], size: int, limit: int, seconds: float
) -> AsyncIterator[list[Doc]]:
    """Yield whoever a filter finds at one moment, a page at a time."""
    return ctx.db[CUSTOMERS].stream(where, limit=limit, size=size, seconds=seconds, fields=fields, sort=sort)


async def some(ctx: Context, ids: Sequence[ObjectId], fields: Filter) -> dict[ObjectId, Doc]:
    """Return customers by id with some of their fields."""
    return await ctx.db[CUSTOMERS].by_ids(ids, fields)


async def meeting(ctx: Context, ids: Sequence[ObjectId], where: Filter) -> set[ObjectId]:
    """Return which of these customers meet a filter; two stages, as some servers choose badly between two indexes."""
    pipeline: list[Doc] = [{"$match": {"_id": {"$in": list(ids)}}}, {"$match": where}, {"$project": {"_id": 1}}]
    return {doc["_id"] for doc in await ctx.db[CUSTOMERS].aggregate(pipeline, limit=max(1, len(ids)))}


async def estimated(ctx: Context) -> int:
    """Return about how many customers there are, those in the trash too."""
    return await ctx.db[CUSTOMERS].estimated_count()


async def count(ctx: Context, where: Filter, limit: int) -> int:
    """Count what a filter matches, at most `limit`."""
    found = await ctx.db[CUSTOMERS].aggregate([{"$match": where}, {"$limit": limit}, {"$count": "n"}], limit=1)
    return int(found[0]["n"]) if found else 0


async def counted_by(ctx: Context, where: Filter, key: Doc, limit: int) -> dict[str, int]:
    """Count what a filter matches by what an expression comes to."""
    pipeline: list[Doc] = [{"$match": where}, {"$group": {"_id": key, "n": {"$sum": 1}}}]
    return {doc["_id"]: int(doc["n"]) for doc in await ctx.db[CUSTOMERS].aggregate(pipeline, limit=limit)}


async def save(
    ctx: Context, tx: Tx, created: Sequence[Doc], updated: Sequence[tuple[int, Doc]], identifiers: Sequence[Any]
) -> bool:
    """Write identifiers, new customers and changed ones (with the version each was decided on); at most 3 commands.

    Answers False when a version has moved, which the transaction's snapshot lets happen only if it was not read in it.
    """
    await ctx.db[IDENTIFIERS].bulk(identifiers, tx)
    await ctx.db[CUSTOMERS].bulk([InsertOne(doc) for doc in created], tx)
    replaced = [ReplaceOne({"_id": doc["_id"], "version": version}, doc) for version, doc in updated]
    return await ctx.db[CUSTOMERS].bulk(replaced, tx) == len(replaced)


async def put_subjects(
    ctx: Context, tx: Tx, subjects: Sequence[tuple[str, Doc, Doc]], standings: Mapping[ObjectId, list[Doc]]
) -> None:
    """Write what is known of identifiers as (id, values, values of a new one), and customers' standing; two commands."""
    updates = [
        UpdateOne({"_id": identifier_id}, {"$set": values, "$setOnInsert": new}, upsert=True)
        for identifier_id, values, new in subjects
    ]
    await ctx.db[IDENTIFIERS].bulk(updates, tx)
    shown = [UpdateOne({"_id": one}, {"$set": {"standing": rows}}) for one, rows in standings.items()]
    await ctx.db[CUSTOMERS].bulk(shown, tx)


async def identifiers_of_subjects(
    ctx: Context, subjects: Sequence[ObjectId], fields: Filter, tx: Tx | None
) -> list[Doc]:
    """Return the identifiers that chains belong to."""
    where = {"subject": {"$in": list(subjects)}}
    return await ctx.db[IDENTIFIERS].find(where, limit=len(subjects), fields=fields, tx=tx)


async def subjects_after(ctx: Context, after: ObjectId | None, limit: int, fields: Filter) -> list[Doc]:
    """Return identifiers that have a chain, by its id, after one of them."""
    where = {"subject": {"$gt": after or ObjectId("0" * 24)}}
    return await ctx.db[IDENTIFIERS].find(where, sort=[("subject", 1)], limit=limit, fields=fields)


async def identifiers_of_subject(ctx: Context, subject: ObjectId, tx: Tx | None) -> list[Doc]:
    """Return the identifiers, whole, that say that a chain is theirs; two are enough to see that something is wrong."""
    return await ctx.db[IDENTIFIERS].find({"subject": subject}, limit=2, tx=tx)


async def standings(ctx: Context, where: Filter, limit: int, tx: Tx | None = None) -> list[Doc]:
    """Return customers by id with what they can be reached at and where they stand."""
    fields = dict.fromkeys(("emails", "phones", "push_tokens", "reference_id", "external_ids", "standing"), 1)
    return await ctx.db[CUSTOMERS].find(where, sort=[("_id", 1)], limit=limit, fields=fields, tx=tx)


def claim(identifier_id: str, kind: str, customer_id: ObjectId, at: datetime) -> Any:
    """Return the write that makes a customer a holder of an identifier, and the identifier if it is new."""
    update = {"$addToSet": {"holders": customer_id}, "$setOnInsert": {"type": kind}, "$max": {"seen_at": at}}
    return UpdateOne({"_id": identifier_id}, update, upsert=True)


def release(identifier_id: str, customer_id: ObjectId) -> Any:
    """Return the write that lets an identifier go; its document stays, for the consent that hangs on it."""
    return UpdateOne({"_id": identifier_id}, {"$pull": {"holders": customer_id}})


async def clear(
    ctx: Context, tx: Tx, gone: Sequence[ObjectId], came: Sequence[Doc], identifiers: Sequence[Any], lost: Sequence[str]
) -> None:
    """Write identifiers, delete lost ones, delete customers and put what is left of them; at most 4 commands."""
    await ctx.db[IDENTIFIERS].bulk(identifiers, tx)
    await ctx.db[IDENTIFIERS].delete_ids(lost, tx)
    await ctx.db[CUSTOMERS].delete_ids(gone, tx)
    await ctx.db[CUSTOMERS].insert_many(came, tx)


def left(identifier_id: str, holders: Sequence[ObjectId]) -> Any:
    """Return the write that leaves an identifier to these holders."""
    return UpdateOne({"_id": identifier_id}, {"$set": {"holders": list(holders)}})


def suppress(identifier_id: str, kind: str, suppressed: Doc) -> Any:
    """Return the write that suppresses an identifier that nobody holds, and makes its document if there is none."""
    update = {
        "$set": {"holders": [], "suppressed": suppressed},
        "$setOnInsert": {"type": kind, "seen_at": suppressed["at"]},
    }
    return UpdateOne({"_id": identifier_id}, update, upsert=True)


async def put_hold(ctx: Context, tx: Tx, customer_id: ObjectId, hold: Doc | None) -> None:
    """Write the hold of a customer, or take it away."""
    update = {"$set": {"hold": hold}} if hold else {"$unset": {"hold": ""}}
    await ctx.db[CUSTOMERS].update_one({"_id": customer_id}, update, tx=tx)


def lift(identifier_id: str) -> Any:
    """Return the write that lets an identifier come back."""
    return UpdateOne({"_id": identifier_id}, {"$unset": {"suppressed": ""}})


async def put_identifiers(ctx: Context, tx: Tx, writes: Sequence[Any]) -> None:
    """Write identifiers; one command."""
    await ctx.db[IDENTIFIERS].bulk(writes, tx)


def search_filter(words: Sequence[str], head_letters: int) -> list[Mapping[str, Any]]:
    """Return one condition for each word: short ones by equality with stored heads, longer ones by a range."""
    return [
        {"heads": word}
        if len(word) <= head_letters
        else {"tokens": {"$elemMatch": {"$gte": word, "$lt": f"{word}\U0010ffff"}}}
        for word in words
    ]
