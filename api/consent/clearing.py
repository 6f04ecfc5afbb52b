"""Blanks what is personal in a chain: one more entry says which, so that the chain still verifies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bson import ObjectId

from api.consent import chain, store
from api.consent.model import REDACTED
from api.core.context import Context
from api.core.mongo import Doc, Tx
from api.customers import subjects

MAX_BLANKED = 900
"""In one transaction; MongoDB advises to write at most 1,000 documents in all."""


async def redact(ctx: Context, tx: Tx, subject: ObjectId, entry_id: ObjectId, now: datetime) -> int:
    """Blank up to MAX_BLANKED entries of a subject, oldest first, in the caller's transaction; return how many.

    Call it again, in another transaction, while it returns MAX_BLANKED; with 0 nothing was written. `entry_id` and `now`
    are of the entry that says so. Where somebody stands does not change: no state, basis or date is personal. Five commands.
    """
    owners = await subjects.of_chain(ctx, subject, tx)
    docs = await store.unblanked(ctx, subject, MAX_BLANKED, tx)
    if not docs or not owners:
        return 0
    owner = owners[0]
    entry = _entry(ctx, owner, [doc["seq"] for doc in docs], entry_id, now)
    head = {"seq": entry["seq"], "hash": entry["hash"]}
    await subjects.write(ctx, tx, [(owner["_id"], {"head": head}, {"type": owner["type"]})], {})
    await store.insert(ctx, [entry], tx)
    await store.blank(ctx, [doc["_id"] for doc in docs], tx)
    return len(docs)


def _entry(ctx: Context, owner: Doc, seqs: list[int], entry_id: ObjectId, now: datetime) -> Doc:
    subject, head, personal = owner["subject"], owner["head"], chain.salted({})
    seq = head["seq"] + 1
    body: dict[str, Any] = {
        "v": 1, "id": str(entry_id), "subject": str(subject), "seq": seq, "kind": REDACTED, "redacts": seqs,
        "recorded_at": now.isoformat(), "actor": dict(ctx.caller.actor), "personal": chain.personal_digest(personal),
    }  # fmt: skip
    exact, made = chain.link(ctx.keys, subject, head["hash"], body)
    return {
        "_id": entry_id, "subject": subject, "seq": seq, "topic": None, "recorded_at": now,
        "hash": made, "body": exact, "personal": personal,
    }  # fmt: skip
