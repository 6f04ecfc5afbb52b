"""Walks all customers: what each repeats of where its addresses stand is what those say."""

from __future__ import annotations

from collections.abc import Mapping

from bson import ObjectId

from api.consent import facts
from api.consent.chain import Fault, FaultKind, Part
from api.core import ids
from api.core.context import Context
from api.core.mongo import Doc, Tx
from api.customers import standing, subjects

CUSTOMERS_TOGETHER = 500
MAX_IN = 1_000


async def walk(ctx: Context, place: Doc | None, budget: int) -> Part:
    """Check the next customers; `budget` only says that there is one."""
    limit = min(CUSTOMERS_TOGETHER, budget)
    docs = await subjects.shown_after(ctx, ObjectId(place["after"]) if place else None, limit)
    known = await _identifiers(ctx, docs)
    part = Part(spent=len(docs))
    part.place = {"after": str(docs[-1]["_id"])} if len(docs) == limit else None
    for doc in docs:
        if wrong(doc, known):
            part.faults += await _again(ctx, doc["_id"])
    return part


async def _again(ctx: Context, customer_id: ObjectId) -> list[Fault]:
    """Check a customer once more, with all that she repeats read at one moment."""

    async def body(tx: Tx) -> list[str]:
        docs = list((await subjects.shown(ctx, [customer_id], tx)).values())
        known = await _identifiers(ctx, docs, tx)
        return [said for doc in docs for said in wrong(doc, known)]

    shown = ids.show(ids.CUSTOMER, customer_id)
    return [Fault(FaultKind.PROJECTION, f"Customer {shown} {said}") for said in await ctx.db.transact(body)]


async def _identifiers(ctx: Context, docs: list[Doc], tx: Tx | None = None) -> dict[str, Doc]:
    names = sorted({one["i"] for doc in docs for one in _rows(doc) if isinstance(one.get("i"), str)})
    found: dict[str, Doc] = {}
    for start in range(0, len(names), MAX_IN):
        found |= await subjects.load(ctx, names[start : start + MAX_IN], tx)
    return found


def wrong(doc: Doc, identifiers: Mapping[str, Doc]) -> list[str]:
    """Return what is wrong with a customer's standing, as sentences without a subject."""
    rows, said = _rows(doc), []
    try:
        kinds = sorted(kind for kind, _ in standing.addresses(doc))
        if sorted(one["kind"] for one in rows if one["kind"] != standing.OWN) != kinds:
            said.append("does not say of each of her addresses where it stands.")
        if any(not _agrees(doc["_id"], one, identifiers.get(one["i"])) for one in rows):
            said.append("stands elsewhere than one of her addresses.")
        if standing.with_last(rows) != rows:
            said.append("has a wrong address as her newest.")
    except (KeyError, TypeError, ValueError, AttributeError):
        said.append("has a standing that cannot be read.")
    return said


def _agrees(customer_id: ObjectId, row: Doc, identifier: Doc | None) -> bool:
    if identifier is None or customer_id not in identifier["holders"]:
        return False
    # What is known of an address with a chain is checked with its chain; of another nothing was ever said.
    meant = identifier["facts"] if "subject" in identifier else facts.of({}, identifier)
    stored = identifier.get("facts", standing.NO_FACTS)
    return bool({name: row[name] for name in standing.NO_FACTS} == meant == stored)


def _rows(doc: Doc) -> list[Doc]:
    rows = doc.get("standing")
    return [one for one in rows if isinstance(one, dict)] if isinstance(rows, list) else []
