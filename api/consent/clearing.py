"""What becomes of consents when persons go: what is personal is blanked, and each chain says so and still verifies."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId

from api.consent import chain, store
from api.consent.model import REDACTED, QuarantineStatus
from api.core.context import Context
from api.core.mongo import Doc, Tx
from api.core.personal import MAX_CLEARED, Cleared, Gone
from api.customers import subjects

_SECOND_BYTES, _DIGEST_BYTES = 4, 8
_FOR_EACH_CHAIN = 2
"""The entry that says what was blanked, and the head that it becomes."""


async def blank_entries(ctx: Context, tx: Tx, gone: Sequence[Gone]) -> Cleared:
    """Blank the entries of the chains of persons who went, as far as they were theirs, with one entry more in each.

    Where an address stands does not change: no state, basis or date is personal. Five commands; one when nothing is left.
    """
    upto: dict[ObjectId, int] = {}
    for one in gone:
        for subject, seq in one.subjects.items():
            upto[subject] = max(seq, upto.get(subject, 0))
    docs = await store.unblanked(ctx, upto, MAX_CLEARED, tx)
    blanked = _fitting(docs)
    if not blanked:
        return Cleared(0, more=False)
    owners = await subjects.of_chains(ctx, list(blanked), tx)
    # The moment is that of the writing: an older day may be sealed already.
    now = ctx.now()
    entries = {
        subject: redaction(ctx, owners[subject], [doc["seq"] for doc in some], now)
        for subject, some in blanked.items()
        if subject in owners
    }
    heads = []
    for subject, entry in entries.items():
        owner = owners[subject]
        heads.append((owner["_id"], {"head": {"seq": entry["seq"], "hash": entry["hash"]}}, {"type": owner["type"]}))
    await subjects.write(ctx, tx, heads, {})
    await store.insert(ctx, list(entries.values()), tx)
    ids = [doc["_id"] for some in blanked.values() for doc in some]
    await store.blank(ctx, ids, tx)
    return Cleared(len(ids), more=len(ids) < len(docs) or len(docs) == MAX_CLEARED)


def _fitting(docs: Sequence[Doc]) -> dict[ObjectId, list[Doc]]:
    """Return the first entries by their chain, as many as one transaction may blank."""
    found: dict[ObjectId, list[Doc]] = {}
    room = MAX_CLEARED
    for doc in docs:
        room -= 1 if doc["subject"] in found else 1 + _FOR_EACH_CHAIN
        if room < 0:
            break
        found.setdefault(doc["subject"], []).append(doc)
    return found


def redaction(ctx: Context, owner: Mapping[str, Any], seqs: list[int], now: datetime) -> Doc:
    """Return the entry that says which entries of a chain were blanked."""
    subject, head, personal = owner["subject"], owner["head"], chain.salted({})
    seq = head["seq"] + 1
    entry_id = _id(subject, seq, now)
    body: dict[str, Any] = {
        "v": 1, "id": str(entry_id), "subject": str(subject), "seq": seq, "kind": REDACTED, "redacts": seqs,
        "recorded_at": now.isoformat(), "actor": dict(ctx.caller.actor), "personal": chain.personal_digest(personal),
    }  # fmt: skip
    exact, made = chain.link(ctx.keys, subject, head["hash"], body)
    return {
        "_id": entry_id, "subject": subject, "seq": seq, "topic": None, "recorded_at": now,
        "hash": made, "body": exact, "personal": personal,
    }  # fmt: skip


def _id(subject: ObjectId, seq: int, now: datetime) -> ObjectId:
    """Return the id of the entry in a place: none can be drawn before the transaction has found the chains."""
    place = hashlib.sha256(f"{subject}/{seq}".encode()).digest()
    return ObjectId(int(now.timestamp()).to_bytes(_SECOND_BYTES, "big") + place[:_DIGEST_BYTES])


async def blank_quarantined(ctx: Context, tx: Tx, gone: Sequence[Gone]) -> Cleared:
    """Blank what was in quarantine about persons who went, or about what found them; nobody decides of it any more.

    Three commands; two when nothing is left.
    """
    until = {name: one.at for one in sorted(gone, key=lambda one: one.at) for name in one.identifiers}
    docs = await store.quarantined_to_blank(ctx, [one.customer_id for one in gone], until, MAX_CLEARED, tx)
    # The name of a file is often that of somebody in it.
    blank: Doc = {"personal": None, "run.title": None}
    closed = {"status": QuarantineStatus.REJECTED.value, "reviewed_at": ctx.now(), "reviewed_by": ctx.caller.actor}
    waits = QuarantineStatus.OPEN
    await store.review(ctx, [(doc["_id"], blank | (closed if doc["status"] == waits else {})) for doc in docs], tx)
    return Cleared(len(docs), more=len(docs) == MAX_CLEARED)
