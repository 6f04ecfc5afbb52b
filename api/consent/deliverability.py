"""Whether anything arrives at an address: told by whoever sends, kept with the address, shown by everybody who holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from api.consent import facts, fold, wishes
from api.consent.model import DeliverabilityReason, IdentifierKind
from api.core import idempotency
from api.core.context import Context
from api.core.errors import Invalid
from api.core.idempotency import Done, Once
from api.core.mongo import Doc, Tx
from api.customers import rules as customers, standing, subjects


@dataclass(frozen=True, slots=True)
class _News:
    deliverable: bool
    reason: DeliverabilityReason | None
    at: datetime

    @property
    def is_soft(self) -> bool:
        return self.reason is DeliverabilityReason.SOFT_BOUNCE


async def update(
    ctx: Context,
    sent: Mapping[str, Any],
    *,
    deliverable: bool,
    reason: DeliverabilityReason | None,
    at: datetime | None,
    once: Once,
) -> Done:
    """Take in what happened to a message, unless something newer is known; nobody is created.

    An address that nobody has remembers it too, so that the answer does not tell who is known. Raises Invalid, Forbidden.
    """
    kind, value = wishes.identifier(ctx, sent)
    if kind is IdentifierKind.REFERENCE_ID:
        message = "Nothing is sent to a reference id: name the address, or for post the customer's id."
        raise Invalid(message, code="CHANNEL_MISMATCH", path=("identifier",))
    news, now = _news(ctx, deliverable=deliverable, reason=reason, at=at), ctx.now()
    name = customers.identifier_id(ctx.keys, kind.value.lower(), value)

    async def body(tx: Tx) -> Done:
        kept = await idempotency.seen(ctx, tx, once)
        if kept is not None:
            return Done(kept, applied=True, replayed=True)
        doc = await _known(ctx, tx, name, kind, value, now)
        told = _told(ctx, doc, news) if doc else None
        if once.dry_run or doc is None or told is None:
            return Done({})
        await idempotency.keep(ctx, tx, once, {})
        await _write(ctx, tx, kind, {**doc, "deliverability": told})
        return Done({}, applied=True)

    return await idempotency.transact(ctx, once, body)


def _news(ctx: Context, *, deliverable: bool, reason: DeliverabilityReason | None, at: datetime | None) -> _News:
    now = ctx.now()
    if at and at > now + wishes.SKEW:
        message = "This lies in the future; check the clock that it comes from."
        raise Invalid(message, code="COLLECTED_IN_FUTURE", path=("at",))
    if not deliverable and reason is None:
        reason = DeliverabilityReason.UNKNOWN
    return _News(deliverable, reason, min(at or now, now))


async def _known(ctx: Context, tx: Tx, name: str, kind: IdentifierKind, value: str, now: datetime) -> Doc | None:
    found = (await subjects.load(ctx, [name], tx)).get(name)
    if found:
        return found
    if kind is not IdentifierKind.CUSTOMER:
        return {"_id": name, "type": kind.value.lower(), "holders": []}
    # What stands for the customer herself comes to be when the first thing is known of it.
    (customer_id,) = holders = [ObjectId(value)]
    if customer_id not in await customers.current(ctx, holders, tx):
        return None
    return {"_id": name, "type": standing.OWN, "holders": holders, "seen_at": now}


def _told(ctx: Context, doc: Doc, news: _News) -> Doc | None:
    """Return what is to be kept; None where nothing changes."""
    before = doc.get("deliverability") or {}
    if before and news.at < before["at"]:
        return None
    # A message that came back for now neither proves that nothing arrives nor that something does.
    if news.is_soft and not facts.is_deliverable(doc):
        return None
    deliverable = news.deliverable or news.is_soft
    reason = news.reason.value if news.reason and (news.is_soft or not deliverable) else None
    told = {"deliverable": deliverable, "reason": reason, "at": news.at, "by": dict(ctx.caller.actor)}
    return None if {**told, "by": before.get("by")} == before else told


async def _write(ctx: Context, tx: Tx, kind: IdentifierKind, doc: Doc) -> None:
    doc["facts"] = facts.of(fold.read(doc), doc)
    doc.setdefault("seen_at", doc["deliverability"]["at"])
    values = {name: doc[name] for name in ("deliverability", "facts", "seen_at")}
    holders = list(doc.get("holders", ()))
    rows = {}
    for one, customer in (await customers.current(ctx, holders, tx)).items():
        rows[one] = subjects.with_facts(customer.get("standing") or [], doc, kind.value.lower())
    await subjects.write(ctx, tx, [(doc["_id"], values, {"type": doc["type"], "holders": holders})], rows)
