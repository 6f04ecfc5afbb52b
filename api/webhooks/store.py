"""Webhooks, and the deliveries that wait for them or have ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId

from api.core.context import Context
from api.core.mongo import ASCENDING, DESCENDING, Doc, Filter, Index, Tx, UpdateOne
from api.webhooks.model import MAX_WEBHOOKS, Delivery, Webhook

WEBHOOKS, DELIVERIES = "webhooks", "webhook_deliveries"

COLLECTIONS: dict[str, tuple[Index, ...]] = {
    WEBHOOKS: (),
    DELIVERIES: (
        Index((("status", ASCENDING), ("next_at", ASCENDING)), "deliveries that wait for their next try"),
        Index((("status", ASCENDING), ("_id", ASCENDING)), "the list of what died"),
        Index((("webhook_id", ASCENDING), ("_id", ASCENDING)), "the list of one webhook"),
        Index((("expires_at", ASCENDING),), "what the sweep gives up or removes"),
        Index((("subject_id", ASCENDING),), "to whom something was told: for the copy of the person whom it is about"),
    ),
}


# --- webhooks ---


async def webhooks(ctx: Context, tx: Tx | None = None) -> list[Webhook]:
    """Return every webhook, oldest first."""
    docs = await ctx.db[WEBHOOKS].find({}, limit=2 * MAX_WEBHOOKS, sort=[("_id", ASCENDING)], tx=tx)
    return [Webhook.of(doc) for doc in docs]


async def webhook(ctx: Context, webhook_id: ObjectId, tx: Tx | None = None) -> Webhook | None:
    """Return one webhook."""
    doc = await ctx.db[WEBHOOKS].find_one({"_id": webhook_id}, tx=tx)
    return Webhook.of(doc) if doc else None


async def insert_webhook(ctx: Context, doc: Doc, tx: Tx) -> None:
    """Record a new webhook."""
    await ctx.db[WEBHOOKS].insert_one(doc, tx)


async def put_webhook(ctx: Context, webhook_id: ObjectId, values: Doc, tx: Tx | None = None) -> None:
    """Set fields of a webhook."""
    await ctx.db[WEBHOOKS].update_one({"_id": webhook_id}, {"$set": values}, tx=tx)


async def remove_webhook(ctx: Context, webhook_id: ObjectId, tx: Tx) -> None:
    """Remove a webhook with its secrets."""
    await ctx.db[WEBHOOKS].delete_one({"_id": webhook_id}, tx)


async def failed(ctx: Context, webhook_id: ObjectId) -> Webhook | None:
    """Count one more failure in a row."""
    doc = await ctx.db[WEBHOOKS].change_one({"_id": webhook_id}, {"$inc": {"failures": 1}})
    return Webhook.of(doc) if doc else None


async def take_the_try(ctx: Context, webhook: Webhook, until: datetime) -> bool:
    """Take the one try that a failing target gets; False when another was faster."""
    where = {"_id": webhook.id, "failures": webhook.failures, "retry_at": webhook.retry_at}
    return await ctx.db[WEBHOOKS].update_one(where, {"$set": {"retry_at": until}}) == 1


# --- deliveries ---


async def insert_deliveries(ctx: Context, docs: Sequence[Doc], tx: Tx) -> None:
    """Record new deliveries in one command."""
    await ctx.db[DELIVERIES].insert_many(docs, tx)


async def delivery(ctx: Context, delivery_id: ObjectId, tx: Tx | None = None) -> Delivery | None:
    """Return one delivery."""
    doc = await ctx.db[DELIVERIES].find_one({"_id": delivery_id}, tx=tx)
    return Delivery.of(doc) if doc else None


async def change(ctx: Context, delivery: Delivery, update: Doc) -> Delivery | None:
    """Change a queued delivery that nobody has changed since it was read, and return it; None when somebody has."""
    where = {"_id": delivery.id, "status": delivery.status.value, "next_at": delivery.next_at}
    doc = await ctx.db[DELIVERIES].change_one(where, update)
    return Delivery.of(doc) if doc else None


async def put_delivery(ctx: Context, delivery_id: ObjectId, values: Doc, tx: Tx) -> None:
    """Set fields of a delivery."""
    await ctx.db[DELIVERIES].update_one({"_id": delivery_id}, {"$set": values}, tx=tx)


async def due(ctx: Context, now: datetime, limit: int, but: Sequence[ObjectId]) -> list[ObjectId]:
    """Return deliveries that wait for a try, longest waiting first, but for those to some webhooks."""
    where: Doc = {"status": "QUEUED", "next_at": {"$lte": now}}
    if but:
        where["webhook_id"] = {"$nin": list(but)}
    return await _ids(ctx, where, limit)


async def due_of(ctx: Context, webhook_id: ObjectId, now: datetime, limit: int) -> list[ObjectId]:
    """Return deliveries to one webhook that wait for a try."""
    return await _ids(ctx, {"status": "QUEUED", "next_at": {"$lte": now}, "webhook_id": webhook_id}, limit)


async def _ids(ctx: Context, where: Doc, limit: int) -> list[ObjectId]:
    sort = [("next_at", ASCENDING)]
    docs = await ctx.db[DELIVERIES].find(where, limit=limit, fields={"_id": 1}, sort=sort)
    return [doc["_id"] for doc in docs]


async def page(ctx: Context, where: Filter, sort: Sequence[tuple[str, int]], limit: int) -> list[Delivery]:
    """Return deliveries in order."""
    return [Delivery.of(doc) for doc in await ctx.db[DELIVERIES].find(where, limit=limit, sort=sort)]


async def about(ctx: Context, subject_ids: Sequence[ObjectId], last: Doc | None, limit: int) -> list[Doc]:
    """Return the next deliveries that told of some subjects (at most 1,000) as they are stored, newest first."""
    where: Doc = {"subject_id": {"$in": list(subject_ids)}, **({"_id": {"$lt": last["_id"]}} if last else {})}
    return await ctx.db[DELIVERIES].find(where, limit=limit, sort=[("_id", DESCENDING)])


async def expired(ctx: Context, now: datetime, limit: int) -> list[Delivery]:
    """Return deliveries whose time is over."""
    docs = await ctx.db[DELIVERIES].find({"expires_at": {"$lte": now}}, limit=limit, sort=[("expires_at", ASCENDING)])
    return [Delivery.of(doc) for doc in docs]


async def give_up(ctx: Context, deliveries: Sequence[Delivery], values: Doc) -> None:
    """End queued deliveries that nobody has changed since they were read."""
    await ctx.db[DELIVERIES].bulk(
        [UpdateOne({"_id": one.id, "status": "QUEUED", "next_at": one.next_at}, {"$set": values}) for one in deliveries]
    )


async def remove(ctx: Context, delivery_ids: Sequence[ObjectId]) -> None:
    """Remove deliveries."""
    await ctx.db[DELIVERIES].delete_ids(delivery_ids)
