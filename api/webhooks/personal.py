"""To which systems something about a person was passed on: told by the room whose subjects they are, by `passed_on`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from urllib.parse import urlsplit

from bson import ObjectId

from api.core import ids
from api.core.context import Context
from api.core.mongo import Doc
from api.core.personal import PAGE, Holding, pages, told
from api.webhooks import store
from api.webhooks.model import Delivery

DELIVERIES = store.DELIVERIES
COPIED = {
    "_id": "id",
    "topic": "type",
    "at": "at",
    "status": "status",
    "webhook_id": "to",
    "subject_id": "subject",
}
"""`subject` is the stored id of what was told; whoever calls shows it."""
LEFT_OUT = {
    "attempts": "How often it was tried.",
    "next_at": "When it is tried next.",
    "last_status": "What the system answered to the last try.",
    "error": "Why the last try failed.",
    "expires_at": "Until when it is tried, and then kept.",
}
_REMOVED = "a system that is no longer told anything"


async def passed_on(ctx: Context, subject_ids: Sequence[ObjectId]) -> AsyncIterator[Doc]:
    """Yield which systems were told of some subjects (at most 1,000), newest first.

    Of an address only the host is told, as the rest may be secret.
    """

    async def fetch(last: Doc | None) -> list[Doc]:
        return await store.about(ctx, subject_ids, last, PAGE)

    hosts: dict[ObjectId, str | None] | None = None
    async for doc in pages(fetch):
        if hosts is None:
            hosts = {one.id: urlsplit(one.url).hostname for one in await store.webhooks(ctx)}
        yield {
            **told(doc, COPIED),
            "id": ids.show(ids.DELIVERY, doc["_id"]),
            "type": Delivery.of(doc).type,
            "to": hosts.get(doc["webhook_id"]) or _REMOVED,
        }


HOLDINGS = (
    Holding(
        collection="webhooks",
        excused="Which systems are told of changes, and their secrets; nobody is named.",
        stays="Systems that are told of changes are no persons.",
    ),
)
