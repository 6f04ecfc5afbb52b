"""What the room of consents may do with identifiers and with the standing that customers repeat of them.

An identifier's document holds, beside its holders, what that room knows of the address: `{subject, head, matters,
deliverability, facts}`. Whoever writes it in a transaction conflicts with whoever claims or releases the identifier.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bson import ObjectId

from api.core.context import Context
from api.core.mongo import Doc, Tx
from api.customers import standing, store
from api.customers.rules import identifier_id

_REACHED = (
    "standing",
    "trashed_at",
    "emails",
    "phones",
    "push_tokens",
    "addresses.id",
    "reference_id",
    "locale",
    "version",
)


def own_id(ctx: Context, customer_id: ObjectId) -> str:
    """Return the id of the identifier that stands for the customer itself."""
    return identifier_id(ctx.keys, standing.OWN, str(customer_id))


async def load(ctx: Context, identifier_ids: Sequence[str], tx: Tx | None = None) -> dict[str, Doc]:
    """Return identifiers by id, as they are; one command."""
    return await store.identifiers_by_ids(ctx, identifier_ids, tx)


async def write(
    ctx: Context, tx: Tx, subjects: Sequence[tuple[str, Doc, Doc]], standings: Mapping[ObjectId, list[Doc]]
) -> None:
    """Write what is known of identifiers, and the standing of customers who hold them; at most two commands."""
    await store.put_subjects(ctx, tx, subjects, standings)


async def standings(ctx: Context, customer_ids: Sequence[ObjectId]) -> dict[ObjectId, Doc]:
    """Return customers (at most 1,000) with only what they can be reached at and where they stand; one command."""
    return await store.reached(ctx, customer_ids, _REACHED)


async def of_chains(ctx: Context, subjects: Sequence[ObjectId], tx: Tx | None = None) -> dict[ObjectId, Doc]:
    """Return the identifiers of chains by the chain's subject; one command."""
    return {doc["subject"]: doc for doc in await store.identifiers_of_subjects(ctx, subjects, {"matters": 0}, tx)}


async def chains_after(ctx: Context, after: ObjectId | None, limit: int) -> list[Doc]:
    """Return the next identifiers that have a chain, in the order of their subjects; one command."""
    return await store.subjects_after(ctx, after, limit, {})


async def of_chain(ctx: Context, subject: ObjectId, tx: Tx | None = None) -> list[Doc]:
    """Return whatever identifiers say that a chain is theirs; one of them, where nobody tampered; one command."""
    return await store.identifiers_of_subject(ctx, subject, tx)


async def shown_after(ctx: Context, after: ObjectId | None, limit: int) -> list[Doc]:
    """Return the next customers with their addresses and their standing, in the order of their ids; one command."""
    return await store.standings(ctx, {"_id": {"$gt": after or ObjectId("0" * 24)}}, limit)


async def shown(ctx: Context, customer_ids: Sequence[ObjectId], tx: Tx | None = None) -> dict[ObjectId, Doc]:
    """Return customers (at most 1,000) by id with their addresses and their standing; one command."""
    found = await store.standings(ctx, {"_id": {"$in": list(customer_ids)}}, len(customer_ids), tx)
    return {doc["_id"]: doc for doc in found}


def with_facts(rows: Sequence[Doc], identifier: Doc, kind: str) -> list[Doc]:
    """Return a customer's standing with an identifier's present facts in it."""
    found = standing.element(identifier["_id"], kind, identifier["seen_at"], identifier["facts"])
    others = [one for one in rows if one["i"] != identifier["_id"]]
    place = next((place for place, one in enumerate(rows) if one["i"] == identifier["_id"]), len(others))
    return standing.with_last([*others[:place], found, *others[place:]])
