"""Webhooks in GraphQL."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.access.model import Permission
from api.core import ids
from api.core.graphql import Actor, Info, Node, PageInfo, Repeatable, Written, connected, mutation, query, sending
from api.webhooks import model, rules
from api.webhooks.model import WebhookDeliveryStatus, WebhookTopic

strawberry.enum(WebhookTopic, description="What a webhook may be told of.")
strawberry.enum(
    WebhookDeliveryStatus, description="QUEUED: waits for its next try. DEAD: given up, and may be replayed."
)


@strawberry.type
class Webhook(Node):
    """A system that is told of changes, by signed messages (Standard Webhooks)."""

    id: strawberry.ID
    url: str
    topics: list[WebhookTopic]
    active: bool
    created_at: datetime
    created_by: Actor
    last_delivery_at: datetime | None
    failing: bool = strawberry.field(
        description="Five tries or more failed in a row: what is due waits, and one message at a time is tried."
    )


@strawberry.type
class WebhookDelivery(Node):
    """One message to one webhook; kept for 30 days after it ended."""

    id: strawberry.ID
    webhook_id: strawberry.ID
    at: datetime
    topic: str = strawberry.field(description="As receivers read it: `consent.changed`, or `test`.")
    status: WebhookDeliveryStatus
    attempts: int
    next_at: datetime | None
    last_status: int | None = strawberry.field(description="The HTTP status that the target answered last.")
    error: str | None


@strawberry.type
class WebhookDeliveryEdge:
    """A delivery with its cursor."""

    cursor: str
    node: WebhookDelivery


@strawberry.type
class WebhookDeliveryConnection:
    """A page of deliveries."""

    edges: list[WebhookDeliveryEdge]
    nodes: list[WebhookDelivery]
    page_info: PageInfo


def show(webhook: model.Webhook) -> Webhook:
    """Show a webhook, without its secrets."""
    return Webhook(
        id=strawberry.ID(ids.show(ids.WEBHOOK, webhook.id)),
        url=webhook.url,
        topics=list(webhook.topics),
        active=webhook.active,
        created_at=webhook.created_at,
        created_by=Actor.of(webhook.created_by),
        last_delivery_at=webhook.last_delivery_at,
        failing=webhook.failing,
    )


def show_delivery(delivery: model.Delivery) -> WebhookDelivery:
    """Show a delivery."""
    return WebhookDelivery(
        id=strawberry.ID(ids.show(ids.DELIVERY, delivery.id)),
        webhook_id=strawberry.ID(ids.show(ids.WEBHOOK, delivery.webhook_id)),
        at=delivery.at,
        topic=delivery.type,
        status=delivery.status,
        attempts=delivery.attempts,
        next_at=delivery.next_at if delivery.status is WebhookDeliveryStatus.QUEUED else None,
        last_status=delivery.last_status,
        error=delivery.error,
    )


@strawberry.type
class Query:
    """Queries of this room."""

    @query(needs=Permission.SETTINGS_WEBHOOKS)
    async def webhooks(self, info: Info) -> list[Webhook]:
        """Every webhook, oldest first."""
        return [show(one) for one in await rules.get_all(info.context)]

    @query(needs=Permission.SETTINGS_WEBHOOKS)
    async def webhook_deliveries(
        self,
        info: Info,
        webhook_id: strawberry.ID | None = None,
        status: WebhookDeliveryStatus | None = None,
        first: int | None = 50,
        after: str | None = None,
    ) -> WebhookDeliveryConnection:
        """What was sent and what waits, newest first."""
        rows = await rules.of_deliveries(info.context, webhook_id, status, first, after)
        connection: WebhookDeliveryConnection = connected(
            WebhookDeliveryConnection, WebhookDeliveryEdge, rows, show_delivery
        )
        return connection


@strawberry.input
class WebhookCreateInput(Repeatable):
    """Who is told, and of what."""

    url: str = strawberry.field(description="https://, on the public internet, at most 2,000 characters.")
    topics: list[WebhookTopic]


@strawberry.type
class WebhookCreatePayload(Written):
    """The new webhook and its secret (`whsec_...`), which is shown this once."""

    webhook: Webhook | None = None
    secret: str | None = None


@strawberry.input
class WebhookUpdateInput(Repeatable):
    """What changes; absent or null leaves alone."""

    url: str | None = None
    topics: list[WebhookTopic] | None = None
    active: bool | None = None


@strawberry.type
class WebhookUpdatePayload(Written):
    """The webhook as it is now."""

    webhook: Webhook | None = None


@strawberry.input
class WebhookRotateSecretInput(Repeatable):
    """Nothing more than which."""


@strawberry.type
class WebhookRotateSecretPayload(Written):
    """The new secret, shown this once; the old one signs beside it for 24 hours."""

    webhook: Webhook | None = None
    secret: str | None = None


@strawberry.input
class WebhookDeleteInput(Repeatable):
    """Nothing more than which."""


@strawberry.type
class WebhookDeletePayload(Written):
    """It is told of nothing any more; what waited for it will not be sent."""


@strawberry.input
class WebhookReplayInput(Repeatable):
    """Nothing more than which delivery."""


@strawberry.type
class WebhookReplayPayload(Written):
    """The delivery, queued again under its old id."""

    delivery: WebhookDelivery | None = None


@strawberry.input
class WebhookTestInput(Repeatable):
    """Nothing more than which."""


@strawberry.type
class WebhookTestPayload(Written):
    """The test message; ask `webhookDeliveries` what became of it."""

    delivery: WebhookDelivery | None = None


@strawberry.type
class Mutation:
    """Mutations of this room."""

    @mutation(needs=Permission.SETTINGS_WEBHOOKS)
    async def webhook_create(self, info: Info, input: WebhookCreateInput) -> WebhookCreatePayload:
        """Tell a system of changes from now on."""
        sent = sending("webhookCreate", input)
        made, secret, done = await rules.create(info.context, input.url, input.topics, sent)
        shown = show(made) if made else None
        return WebhookCreatePayload(webhook=shown, secret=secret, applied=done.applied, replayed=done.replayed)

    @mutation(needs=Permission.SETTINGS_WEBHOOKS)
    async def webhook_update(self, info: Info, id: strawberry.ID, input: WebhookUpdateInput) -> WebhookUpdatePayload:
        """Change a webhook, or switch it off and on."""
        change = rules.Change(input.url, input.topics, input.active)
        found, done = await rules.update(info.context, id, change, sending("webhookUpdate", input, id=id))
        return WebhookUpdatePayload(
            webhook=show(found) if found else None, applied=done.applied, replayed=done.replayed
        )

    @mutation(needs=Permission.SETTINGS_WEBHOOKS)
    async def webhook_rotate_secret(
        self, info: Info, id: strawberry.ID, input: WebhookRotateSecretInput
    ) -> WebhookRotateSecretPayload:
        """Give a webhook a new secret."""
        found, secret, done = await rules.rotate(info.context, id, sending("webhookRotateSecret", input, id=id))
        shown = show(found) if found else None
        return WebhookRotateSecretPayload(webhook=shown, secret=secret, applied=done.applied, replayed=done.replayed)

    @mutation(needs=Permission.SETTINGS_WEBHOOKS)
    async def webhook_delete(self, info: Info, id: strawberry.ID, input: WebhookDeleteInput) -> WebhookDeletePayload:
        """Delete a webhook."""
        done = await rules.remove(info.context, id, sending("webhookDelete", input, id=id))
        return WebhookDeletePayload(applied=done.applied, replayed=done.replayed)

    @mutation(needs=Permission.SETTINGS_WEBHOOKS)
    async def webhook_replay(self, info: Info, id: strawberry.ID, input: WebhookReplayInput) -> WebhookReplayPayload:
        """Send a delivery that has ended once more."""
        found, done = await rules.replay(info.context, id, sending("webhookReplay", input, id=id))
        shown = show_delivery(found) if found else None
        return WebhookReplayPayload(delivery=shown, applied=done.applied, replayed=done.replayed)

    @mutation(needs=Permission.SETTINGS_WEBHOOKS)
    async def webhook_test(self, info: Info, id: strawberry.ID, input: WebhookTestInput) -> WebhookTestPayload:
        """Send a test message, once and at once."""
        found, done = await rules.test(info.context, id, sending("webhookTest", input, id=id))
        shown = show_delivery(found) if found else None
        return WebhookTestPayload(delivery=shown, applied=done.applied, replayed=done.replayed)
