"""Whether a PENDING entry can still be confirmed: once, and not after the person said no."""

from __future__ import annotations

from collections.abc import Sequence

from bson import ObjectId

from api.consent import store
from api.consent.model import REFUSALS, ConsentState, Entry
from api.core.context import Context
from api.core.errors import Conflict, Invalid
from api.core.mongo import Tx

ALREADY_CONFIRMED = "ALREADY_CONFIRMED"
MAX_LATER = 500
"""Entries that are looked at; who said that much on one topic is asked anew."""


async def load(ctx: Context, entry_id: ObjectId, tx: Tx | None = None) -> list[Entry]:
    """Return a PENDING entry and what was recorded on its topic since, in the order of the chain; two commands."""
    found = (await store.by_ids(ctx, [entry_id], tx)).get(entry_id)
    if found is None:
        return []
    later = await store.later(ctx, found["subject"], found["topic"], found["seq"], MAX_LATER, tx)
    return [Entry.of(found), *map(Entry.of, later)]


def check(entries: Sequence[Entry]) -> Entry:
    """Return the entry that may be confirmed, from what `load` found.

    Raises Invalid (TOKEN_INVALID), Conflict (ALREADY_CONFIRMED, CONSENT_BLOCKED).
    """
    if not entries or entries[0].body.get("state") != ConsentState.PENDING:
        raise Invalid("There is nothing to confirm.", code="TOKEN_INVALID", path=("token",))
    pending, *later = entries
    if pending.personal is None:
        message = "What this asked for is no longer kept. Whoever wants it now signs up once more."
        raise Conflict(message, code="CONSENT_BLOCKED", path=("token",))
    states = {ConsentState(one.body["state"]) for one in later}
    if states & REFUSALS or len(later) >= MAX_LATER:
        message = "The person said no since this was asked. Whoever wants it now signs up once more."
        raise Conflict(message, code="CONSENT_BLOCKED", path=("token",))
    if any(one.body["confirms"] == str(pending.id) for one in later):
        raise Conflict("This was confirmed before.", code=ALREADY_CONFIRMED, path=("token",))
    return pending
