"""The way of a message: prepared before a transaction, announced inside it, rung for after it.

A room that has something to tell registers how it is described, and then

    prepared = await webhooks.prepare(ctx, WebhookTopic.CONSENT_CHANGED, entry_ids)

    async def body(tx):
        ...
        return await webhooks.announce(ctx, tx, prepared, [the entries that were written])

    await webhooks.ring(ctx, await ctx.db.transact(body))
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeAlias

from bson import ObjectId

from api.core import ids
from api.core.context import Context
from api.core.mongo import Doc, Tx
from api.core.queue import Job
from api.webhooks import store
from api.webhooks.model import TEST, Webhook, WebhookTopic, queued

REMEMBERED_SECONDS = 1.0
Describe: TypeAlias = Callable[[Context, ObjectId], Awaitable[dict[str, Any] | None]]

_found: dict[str, tuple[float, tuple[Webhook, ...]]] = {}


async def _test(_ctx: Context, webhook_id: ObjectId) -> dict[str, Any]:
    return {"webhook": ids.show(ids.WEBHOOK, webhook_id)}


_describes: dict[str, Describe] = {TEST: _test}


def register(topic: WebhookTopic, describe: Describe) -> None:
    """Say what a message of a topic holds; called once, when its room is imported.

    `describe` is asked when the message is sent; it answers what JSON can hold, or None when the subject is gone.
    """
    _describes[topic.value] = describe


def describes(topic: str) -> Describe:
    """Return what describes the subjects of a topic."""
    return _describes[topic]


async def listeners(ctx: Context, topic: WebhookTopic) -> list[Webhook]:
    """Return the active webhooks of a topic, as they were at most a second ago."""
    at, known = _found.get(ctx.db.name, (0.0, ()))
    if monotonic() - at >= REMEMBERED_SECONDS:
        known = tuple(one for one in await store.webhooks(ctx) if one.active)
        _found.clear()
        _found[ctx.db.name] = (monotonic(), known)
    return [one for one in known if topic in one.topics]


def forget() -> None:
    """Forget who listens: that has changed."""
    _found.clear()


@dataclass(frozen=True, slots=True)
class Prepared:
    """The deliveries that each subject would make; their ids are drawn."""

    by_subject: Mapping[ObjectId, Sequence[Doc]]


async def prepare(ctx: Context, topic: WebhookTopic, subject_ids: Iterable[ObjectId]) -> Prepared:
    """Draw the deliveries of what may be about to happen; nothing is written. Where nobody listens there are none."""
    now = ctx.now()
    heard = await listeners(ctx, topic)
    return Prepared(
        {
            subject: [queued(ids.new(), webhook.id, topic.value, subject, now) for webhook in heard]
            for subject in subject_ids
            if heard
        }
    )


async def announce(ctx: Context, tx: Tx, prepared: Prepared, subject_ids: Iterable[ObjectId]) -> list[str]:
    """Queue the deliveries of what happened, in the transaction that makes it so; return their ids for `ring`.

    One command, or none where nobody listens; as many documents as subjects times webhooks (at most 10).
    """
    docs = [doc for subject in subject_ids for doc in prepared.by_subject.get(subject, ())]
    await store.insert_deliveries(ctx, docs, tx)
    return [str(doc["_id"]) for doc in docs]


async def ring(ctx: Context, delivery_ids: Iterable[str]) -> None:
    """Ask workers for deliveries that are committed; should nobody hear it, the scheduler asks again."""
    for one in delivery_ids:
        await ctx.enqueue(Job.WEBHOOK, one)
