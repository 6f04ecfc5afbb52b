"""What may happen to a webhook and its deliveries, and what other rooms, the worker and the scheduler may ask."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bson import ObjectId

from api.core import idempotency, ids
from api.core.context import Context
from api.core.errors import Conflict, Invalid, NotFound
from api.core.idempotency import Done, Once
from api.core.mongo import Doc, Tx
from api.core.paging import Cursors, Order, Slice, cut, page, window
from api.webhooks import signing, store, targets
from api.webhooks.delivering import deliver, due_deliveries, sweep
from api.webhooks.model import (
    MAX_WEBHOOKS,
    TEST,
    Delivery,
    Webhook,
    WebhookDeliveryStatus,
    WebhookTopic,
    anew,
    queued,
)
from api.webhooks.outbox import Prepared, announce, forget, listeners, prepare, register, ring
from api.webhooks.sending import Net

__all__ = [
    "Change", "Prepared", "WebhookTopic", "announce", "create", "deliver", "due_deliveries", "get", "get_all", "listeners",
    "of_deliveries", "prepare", "register", "remove", "replay", "ring", "rotate", "sweep", "test", "update",
]  # fmt: skip

INTERNET = Net()
_CALM: Doc = {"failures": 0, "retry_at": None}


@dataclass(frozen=True, slots=True)
class Change:
    """What is to change of a webhook; None leaves alone."""

    url: str | None = None
    topics: Sequence[WebhookTopic] | None = None
    active: bool | None = None


async def create(
    ctx: Context, url: str, topics: Sequence[WebhookTopic], once: Once, net: Net = INTERNET
) -> tuple[Webhook | None, str | None, Done]:
    """Make a webhook and return it with its secret, which nobody can show again; a repetition answers it without.

    Raises Invalid (INVALID_TARGET, REQUIRED, LIMIT).
    """
    await _check_target(ctx, url, net)
    webhook_id, secret, now = ids.new(), signing.draw(), ctx.now()
    doc: Doc = {
        "_id": webhook_id,
        "url": url,
        "topics": _topics(topics),
        "active": True,
        "created_at": now,
        "created_by": ctx.caller.actor,
        "secrets": [signing.kept(ctx, secret)],
        "last_delivery_at": None,
        **_CALM,
    }

    async def decide(tx: Tx) -> None:
        if len(await store.webhooks(ctx, tx)) >= MAX_WEBHOOKS:
            raise Invalid(f"There are {MAX_WEBHOOKS} webhooks already; delete one first.", code="LIMIT")

    async def write(tx: Tx, _decided: None) -> None:
        await store.insert_webhook(ctx, doc, tx)

    done = await idempotency.act(ctx, once, {"id": webhook_id}, decide, write)
    forget()
    if not done.applied:
        return None, None, done
    return await store.webhook(ctx, done.receipt["id"]), None if done.replayed else secret, done


async def update(
    ctx: Context, webhook_id: str, change: Change, once: Once, net: Net = INTERNET
) -> tuple[Webhook | None, Done]:
    """Change a webhook; a new address, or switching it on again, begins without past failures.

    Raises NotFound, Invalid (INVALID_TARGET, REQUIRED).
    """
    stored_id = ids.read(ids.WEBHOOK, webhook_id)
    put: Doc = {}
    if change.url is not None:
        await _check_target(ctx, change.url, net)
        put |= {"url": change.url, **_CALM}
    if change.topics is not None:
        put["topics"] = _topics(change.topics)
    if change.active is not None:
        put |= {"active": change.active, **(_CALM if change.active else {})}

    async def write(tx: Tx, _found: Webhook) -> None:
        if put:
            await store.put_webhook(ctx, stored_id, put, tx)

    return await _act(ctx, stored_id, once, write)


async def rotate(ctx: Context, webhook_id: str, once: Once) -> tuple[Webhook | None, str | None, Done]:
    """Give a webhook a new secret and return it, once; the old one signs beside it for 24 hours. Raises NotFound."""
    stored_id = ids.read(ids.WEBHOOK, webhook_id)
    secret, now = signing.draw(), ctx.now()
    new = signing.kept(ctx, secret)

    async def write(tx: Tx, found: Webhook) -> None:
        await store.put_webhook(ctx, stored_id, {"secrets": signing.rotated(found, new, now)}, tx)

    webhook, done = await _act(ctx, stored_id, once, write)
    return webhook, secret if done.applied and not done.replayed else None, done


async def remove(ctx: Context, webhook_id: str, once: Once) -> Done:
    """Delete a webhook with its secrets; what waits for it dies when its turn comes. Raises NotFound."""
    stored_id = ids.read(ids.WEBHOOK, webhook_id)

    async def write(tx: Tx, _found: Webhook) -> None:
        await store.remove_webhook(ctx, stored_id, tx)

    _webhook, done = await _act(ctx, stored_id, once, write)
    return done


async def test(ctx: Context, webhook_id: str, once: Once) -> tuple[Delivery | None, Done]:
    """Queue a test message, which is tried once and at once, also for a webhook that fails or is off. Raises NotFound."""
    stored_id = ids.read(ids.WEBHOOK, webhook_id)
    doc = queued(ids.new(), stored_id, TEST, stored_id, ctx.now())

    async def decide(tx: Tx) -> None:
        if await store.webhook(ctx, stored_id, tx) is None:
            raise NotFound

    async def write(tx: Tx, _decided: None) -> None:
        await store.insert_deliveries(ctx, [doc], tx)

    return await _sent(ctx, await idempotency.act(ctx, once, {"id": doc["_id"]}, decide, write))


async def replay(ctx: Context, delivery_id: str, once: Once) -> tuple[Delivery | None, Done]:
    """Queue a delivery that has ended once more, under its old id. Raises NotFound, Conflict (STILL_QUEUED, INACTIVE)."""
    stored_id = ids.read(ids.DELIVERY, delivery_id)
    fresh = anew(ctx.now())

    async def decide(tx: Tx) -> None:
        delivery = await store.delivery(ctx, stored_id, tx)
        webhook = await store.webhook(ctx, delivery.webhook_id, tx) if delivery else None
        if delivery is None or webhook is None:
            raise NotFound("There is no such delivery, or its webhook was deleted.")
        if delivery.status is WebhookDeliveryStatus.QUEUED:
            raise Conflict("This delivery is queued already.", code="STILL_QUEUED", path=("id",))
        if not webhook.active and delivery.topic != TEST:
            raise Conflict("Switch the webhook on first.", code="INACTIVE", path=("id",))

    async def write(tx: Tx, _decided: None) -> None:
        await store.put_delivery(ctx, stored_id, fresh, tx)

    return await _sent(ctx, await idempotency.act(ctx, once, {"id": stored_id}, decide, write))


async def _sent(ctx: Context, done: Done) -> tuple[Delivery | None, Done]:
    if not done.applied:
        return None, done
    delivery_id: ObjectId = done.receipt["id"]
    if not done.replayed:
        await ring(ctx, [str(delivery_id)])
    return await store.delivery(ctx, delivery_id), done


# --- reading ---


async def get_all(ctx: Context) -> list[Webhook]:
    """Return every webhook, oldest first."""
    return await store.webhooks(ctx)


async def get(ctx: Context, webhook_id: str) -> Webhook | None:
    """Return one webhook, or None."""
    return await store.webhook(ctx, ids.read(ids.WEBHOOK, webhook_id))


async def of_deliveries(
    ctx: Context, webhook_id: str | None, status: WebhookDeliveryStatus | None, first: int | None, after: str | None
) -> Slice[Delivery]:
    """Return deliveries, newest first; of one webhook, or that ended one way."""
    where: Doc = {}
    if webhook_id is not None:
        where["webhook_id"] = ids.read(ids.WEBHOOK, webhook_id)
    if status is not None:
        where["status"] = status.value
    cursors = Cursors(ctx.keys, "webhook deliveries", webhook_id, status)
    asked = page(cursors, first, after)
    beyond, sort, limit = window(Order("_id", descending=True), asked)
    rows = await store.page(ctx, {**where, **beyond}, sort, limit)
    return cut(rows, asked, cursors, lambda one: (str(one.id), one.id))


# --- shared by the acts above ---


async def _act(
    ctx: Context, webhook_id: ObjectId, once: Once, write: Callable[[Tx, Webhook], Awaitable[None]]
) -> tuple[Webhook | None, Done]:
    async def decide(tx: Tx) -> Webhook:
        found = await store.webhook(ctx, webhook_id, tx)
        if found is None:
            raise NotFound
        return found

    done = await idempotency.act(ctx, once, {"id": webhook_id}, decide, write)
    forget()
    return await store.webhook(ctx, webhook_id), done


async def _check_target(ctx: Context, url: str, net: Net) -> None:
    local = ctx.settings.webhooks_local
    await targets.addresses(targets.read(url, local=local), net.resolve, local=local)


def _topics(topics: Sequence[WebhookTopic]) -> list[str]:
    if not topics:
        raise Invalid("A webhook is told of at least one topic.", code="REQUIRED", path=("topics",))
    return sorted({one.value for one in topics})
