"""What was recorded about a customer, and where she stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from bson import ObjectId

from api.agreements import rules as agreements
from api.agreements.model import ConsentChannel, Known
from api.consent import facts, fold, store, wishes
from api.consent.fold import Matter
from api.consent.model import ADDRESS_OF, Entry, IdentifierKind, Topic
from api.core.context import Context
from api.core.mongo import Doc
from api.core.paging import Cursors, Order, Slice, cut, page, window
from api.customers import rules as customers, subjects
from api.customers.derive import identifiers as identifiers_of

Paging: TypeAlias = tuple[int | None, str | None, int | None, str | None]
"""first, after, last, before."""
_NEWEST = Order("_id", descending=True)
_OWN_CHANNELS = [channel for channel in ConsentChannel if channel not in ADDRESS_OF]


@dataclass(frozen=True, slots=True)
class HeldIdentifier:
    """An address of a customer, or the customer as such, with what it agreed to."""

    id: str
    kind: IdentifierKind
    value: str | None
    label: str | None
    primary: bool
    channels: list[ConsentChannel]
    deliverable: bool
    deliverability: Doc
    last_seen: bool
    seen_at: datetime | None
    matters: list[tuple[Topic, Matter]]


async def ledger(
    ctx: Context, customer_id: ObjectId, identifier: str | None, topic: Mapping[str, Any] | None, paging: Paging
) -> Slice[Entry]:
    """Return entries of all that a customer holds, newest recorded first; of one identifier or topic only.

    Raises Invalid for sizes, cursors and topics.
    """
    word = wishes.topic_of(await agreements.known(ctx), topic).word if topic else None
    cursors = Cursors(ctx.keys, "consent ledger", customer_id, identifier, word)
    asked = page(cursors, *paging)
    held = await held_by(ctx, customer_id)
    chains = [doc["subject"] for name, doc in held.items() if "subject" in doc and identifier in {None, name}]
    beyond, way, limit = window(_NEWEST, asked)
    where: Doc = {"subject": {"$in": chains}, **({"topic": word} if word else {}), **beyond}
    docs = await store.listed(ctx, where, way, limit) if chains else []
    shown = [doc for doc in docs if doc["topic"] is not None]
    found = cut(shown, asked, cursors, lambda doc: (None, doc["_id"]))
    return Slice([Entry.of(doc) for doc in found.rows], found.cursors, found.has_next, found.has_previous)


async def entry(ctx: Context, entry_id: ObjectId) -> Entry | None:
    """Return one entry."""
    found = await store.by_ids(ctx, [entry_id])
    return Entry.of(found[entry_id]) if entry_id in found and found[entry_id]["topic"] else None


async def holders(ctx: Context, found: Entry) -> list[ObjectId]:
    """Return the customers who have the address that an entry belongs to, or whose own it is; one command."""
    chains = await subjects.of_chains(ctx, [found.subject])
    return list(chains.get(found.subject, {}).get("holders", ()))


async def held_by(ctx: Context, customer_id: ObjectId) -> dict[str, Doc]:
    """Return the identifiers of a customer by id, its own last, remembered for the request; at most two commands."""
    memo: dict[ObjectId, dict[str, Doc]] = ctx.memo.setdefault("held identifiers", {})
    if customer_id not in memo:
        doc = (await subjects.standings(ctx, [customer_id])).get(customer_id)
        rows = doc.get("standing") or [] if doc else []
        names = [one["i"] for one in rows if one["kind"] != "customer"] + [subjects.own_id(ctx, customer_id)]
        found = await subjects.load(ctx, names) if doc else {}
        memo[customer_id] = {name: {**found.get(name, {}), "customer": doc} for name in names} if doc else {}
    return memo[customer_id]


async def do_not_sell(ctx: Context, customer_id: ObjectId) -> bool:
    """Tell whether a customer opted out of the selling of data."""
    for doc in (await held_by(ctx, customer_id)).values():
        rows = doc["customer"].get("standing") or []
        return any(facts.DO_NOT_SELL in one["keys"] for one in rows)
    return False


async def identifiers(ctx: Context, customer_id: ObjectId) -> list[HeldIdentifier]:
    """Return what a customer can be reached at, each with what was agreed to, the customer as such last."""
    known = await agreements.known(ctx)
    held = await held_by(ctx, customer_id)
    if not held:
        return []
    customer = next(iter(held.values()))["customer"]
    items = {
        customers.identifier_id(ctx.keys, kind, value): (value, customer, path)
        for kind, value, path in identifiers_of(customer)
    }
    last = {one["i"]: one for one in customer.get("standing") or []}
    return [_held(known, name, doc, items.get(name), last.get(name, {})) for name, doc in held.items()]


def _held(known: Known, name: str, doc: Doc, held: tuple[str, Doc, tuple[str, ...]] | None, row: Doc) -> HeldIdentifier:
    kind = IdentifierKind(name.partition(":")[0].upper())
    value, customer, path = held or (None, {}, ())
    items: list[Doc] = customer.get(path[0], []) if len(path) > 1 else []
    item = next((one for one in items if one["id"] == path[1]), {})
    return HeldIdentifier(
        id=name,
        kind=kind,
        value=value,
        label=item.get("label"),
        primary=bool(item.get("primary")),
        channels=[channel for channel, of in ADDRESS_OF.items() if of is kind] or _OWN_CHANNELS,
        deliverable=facts.is_deliverable(doc),
        deliverability=doc.get("deliverability") or {},
        last_seen=bool(row.get("last")),
        seen_at=doc.get("seen_at"),
        matters=[(_topic(known, word), matter) for word, matter in fold.read(doc).items()],
    )


def _topic(known: Known, word: str) -> Topic:
    subscribed = known.lists.get(word.partition("/")[2]) if word.startswith("LIST/") else None
    return Topic.of(word, subscribed.channel, subscribed.purpose) if subscribed else Topic.of(word)
