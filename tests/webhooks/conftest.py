"""What tests of webhooks need: a context that may send to this machine, a receiver, webhooks and deliveries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeAlias

import pytest
from bson import ObjectId

from api.core import ids
from api.core.context import Context
from api.core.idempotency import Once
from api.core.mongo import Tx
from api.webhooks import outbox, rules
from api.webhooks.model import Webhook, WebhookTopic
from tests.webhooks.receiver import Receiver, receiving

TOPICS = [WebhookTopic.CONSENT_CHANGED]
GONE: set[ObjectId] = set()

Made: TypeAlias = tuple[Webhook, str]
Announce: TypeAlias = Callable[..., Awaitable[list[str]]]


async def describe(_ctx: Context, subject_id: ObjectId) -> dict[str, Any] | None:
    """Stand in for the room that has something to tell."""
    return None if subject_id in GONE else {"entry": ids.show(ids.ENTRY, subject_id), "state": "WITHDRAWN"}


@pytest.fixture(autouse=True)
def described(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this stand-in describe what consents would."""
    monkeypatch.setitem(outbox._describes, WebhookTopic.CONSENT_CHANGED.value, describe)
    outbox.forget()


@pytest.fixture
def local(ctx: Context) -> Context:
    """The system's context, allowed to send to this machine."""
    return replace(ctx, settings=replace(ctx.settings, webhooks_local=True))


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver on this machine."""
    async with receiving() as one:
        yield one


async def a_webhook(ctx: Context, url: str) -> Made:
    """Make a webhook through the rules; return it and its secret."""
    made, secret, _ = await rules.create(ctx, url, TOPICS, Once("webhookCreate"))
    assert made is not None
    assert secret is not None
    return made, secret


async def announced(ctx: Context, *subjects: ObjectId) -> list[str]:
    """Announce some subjects in a transaction, as another room does; return the ids of their deliveries."""
    prepared = await rules.prepare(ctx, WebhookTopic.CONSENT_CHANGED, subjects or (ids.new(),))

    async def body(tx: Tx) -> list[str]:
        return await rules.announce(ctx, tx, prepared, prepared.by_subject)

    return await ctx.db.transact(body)
