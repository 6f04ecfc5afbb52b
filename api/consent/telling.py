"""What webhooks are told of a consent that changed."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from api.consent import store
from api.consent.model import Entry
from api.consent.receipts import payload
from api.core import ids
from api.core.context import Context
from api.core.mongo import Doc
from api.customers import subjects
from api.webhooks import outbox
from api.webhooks.model import WebhookTopic


async def describe(ctx: Context, entry_id: ObjectId) -> dict[str, Any] | None:
    """Return an entry as its receipt says it, and whose it is now; None for one that was blanked or never was."""
    found = await store.by_ids(ctx, [entry_id])
    entry = Entry.of(found[entry_id]) if entry_id in found else None
    if entry is None or entry.personal is None:
        return None
    chains: dict[ObjectId, Doc] = await subjects.of_chains(ctx, [entry.subject])
    said = payload(ctx, entry)
    said["customerIds"] = [ids.show(ids.CUSTOMER, one) for one in chains.get(entry.subject, {}).get("holders", ())]
    return {"entryId": said.pop("receiptId"), **said}


outbox.register(WebhookTopic.CONSENT_CHANGED, describe)
