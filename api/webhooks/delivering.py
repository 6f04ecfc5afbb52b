"""How a delivery is worked off: claimed, described, signed, sent; tried again with growing pauses for 24 hours.

A target that failed five times in a row is left alone: everything for it waits, one delivery at a time is tried when its
pause is over, and the first success lets the others through. Other targets do not notice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakValueDictionary

import orjson
import structlog
from bson import ObjectId

from api.core import ids
from api.core.context import Context
from api.core.keys import KeyMissing
from api.core.mongo import Doc
from api.webhooks import outbox, sending, signing, store
from api.webhooks.model import KEPT, TEST, Delivery, Webhook, WebhookDeliveryStatus, next_try, pause
from api.webhooks.sending import Net, Outcome

LEASE = timedelta(seconds=30)
MAX_DUE = 100
SWEPT = 500
AT_ONCE = 2
"""How many exchanges a worker process has with one target at the same time: a slow one must not take every thread."""
TURN_SECONDS = 1.0
LATER = timedelta(seconds=5)
INTERNET = Net()
BEHIND = "It waits: the target failed several times in a row."

log = structlog.get_logger(__name__)


async def deliver(ctx: Context, delivery_id: str, net: Net = INTERNET) -> None:
    """Try to send a delivery that is due. Called twice, the second call does nothing."""
    delivery = await store.delivery(ctx, ObjectId(delivery_id))
    now = ctx.now()
    if delivery is None or delivery.status is not WebhookDeliveryStatus.QUEUED or delivery.next_at > now:
        return
    webhook = await store.webhook(ctx, delivery.webhook_id)
    tested = delivery.topic == TEST
    if webhook is None:
        await _end(ctx, delivery, "The webhook was deleted.")
    elif not webhook.active and not tested:
        await _end(ctx, delivery, "The webhook is switched off.")
    elif webhook.rests(now) and not tested:
        await _wait(ctx, delivery, webhook.retry_at or now, BEHIND)
    elif webhook.failing and not tested and not await store.take_the_try(ctx, webhook, now + LEASE):
        await _wait(ctx, delivery, now + LEASE, BEHIND)
    else:
        await _in_turn(ctx, delivery, webhook, net)


async def _in_turn(ctx: Context, delivery: Delivery, webhook: Webhook, net: Net) -> None:
    async with _turn(webhook.id) as mine:
        if not mine:
            await _wait(ctx, delivery, ctx.now() + LATER, delivery.error)
            return
        claim = {"$set": {"next_at": ctx.now() + LEASE}, "$inc": {"attempts": 1}}
        claimed = await store.change(ctx, delivery, claim)
        if claimed is None:
            return
        said = await outbox.describes(claimed.topic)(ctx, claimed.subject_id)
        if said is None:
            await _end(ctx, claimed, "What it was about is gone.")
        else:
            await _settle(ctx, claimed, await _send(ctx, claimed, webhook, said, net))


_turns: WeakValueDictionary[ObjectId, asyncio.Semaphore] = WeakValueDictionary()


@asynccontextmanager
async def _turn(webhook_id: ObjectId) -> AsyncIterator[bool]:
    """Wait a moment for one of the places at a target; False when they stay taken."""
    places = _turns.get(webhook_id)
    if places is None:
        places = _turns[webhook_id] = asyncio.Semaphore(AT_ONCE)
    try:
        async with asyncio.timeout(TURN_SECONDS):
            await places.acquire()
    except TimeoutError:
        yield False
        return
    try:
        yield True
    finally:
        places.release()


async def _send(ctx: Context, delivery: Delivery, webhook: Webhook, said: dict[str, Any], net: Net) -> Outcome:
    message_id = ids.show(ids.DELIVERY, delivery.id)
    body = orjson.dumps({"type": delivery.type, "id": message_id, "timestamp": _moment(delivery.at), "data": said})
    try:
        headers = signing.headers(ctx, webhook, message_id, body)
    except KeyMissing:
        return Outcome(error="Its secret cannot be read with this REGULARS_SECRET; give it a new one.")
    return await sending.post(webhook.url, headers, body, net, local=ctx.settings.webhooks_local)


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


# --- what becomes of it ---


async def _settle(ctx: Context, delivery: Delivery, outcome: Outcome) -> None:
    now = ctx.now()
    if outcome.error is None:
        done = {"status": WebhookDeliveryStatus.DELIVERED.value, "expires_at": now + KEPT}
        await store.change(ctx, delivery, {"$set": {**done, "last_status": outcome.status, "error": None}})
        await store.put_webhook(ctx, delivery.webhook_id, {"last_delivery_at": now, "failures": 0, "retry_at": None})
        return
    tested = delivery.topic == TEST
    again = None if tested else next_try(delivery, now)
    # The target's words stay where they are: only what we made of them is kept.
    log.warning(
        "webhook.failed",
        delivery_id=str(delivery.id),
        webhook_id=str(delivery.webhook_id),
        attempt=delivery.attempts,
        status=outcome.status,
        reason=outcome.error,
        final=again is None,
    )
    put: Doc = {"last_status": outcome.status, "error": outcome.error}
    put |= {"next_at": again} if again else _dead(now)
    await store.change(ctx, delivery, {"$set": put})
    if not tested:
        await _note_failure(ctx, delivery.webhook_id, now)


async def _note_failure(ctx: Context, webhook_id: ObjectId, now: datetime) -> None:
    webhook = await store.failed(ctx, webhook_id)
    if webhook is not None and webhook.failing:
        await store.put_webhook(ctx, webhook_id, {"retry_at": now + pause(webhook.failures)})


async def _end(ctx: Context, delivery: Delivery, reason: str) -> None:
    await store.change(ctx, delivery, {"$set": {**_dead(ctx.now()), "error": reason}})


async def _wait(ctx: Context, delivery: Delivery, until: datetime, reason: str | None) -> None:
    await store.change(ctx, delivery, {"$set": {"next_at": until, "error": reason}})


def _dead(now: datetime) -> Doc:
    return {"status": WebhookDeliveryStatus.DEAD.value, "expires_at": now + KEPT}


# --- what the scheduler asks ---


async def due_deliveries(ctx: Context) -> list[str]:
    """Return the ids of deliveries that wait for a try; of a failing target one, and none while it is left alone."""
    now = ctx.now()
    failing = [one for one in await store.webhooks(ctx) if one.failing]
    found = await store.due(ctx, now, MAX_DUE, [one.id for one in failing])
    for one in failing:
        if not one.rests(now):
            found += await store.due_of(ctx, one.id, now, 1)
    return [str(one) for one in found]


async def sweep(ctx: Context) -> int:
    """Give up what was tried for 24 hours, remove what ended 30 days ago, some at a time; return how many."""
    now = ctx.now()
    over = await store.expired(ctx, now, SWEPT)
    queued = [one for one in over if one.status is WebhookDeliveryStatus.QUEUED]
    # One that is under way ends by itself, or its lease runs out.
    overdue = [one for one in queued if one.next_at <= now or one.next_at > now + LEASE]
    await store.give_up(ctx, overdue, _dead(now))
    ended = [one.id for one in over if one.status is not WebhookDeliveryStatus.QUEUED]
    await store.remove(ctx, ended)
    return len(overdue) + len(ended)
