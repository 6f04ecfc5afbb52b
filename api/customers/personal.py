"""What is stored of a customer herself, how it is told to her, and how she is loaded with all that finds her elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any

from bson import ObjectId

from api.core import ids
from api.core.context import Context
from api.core.fields import camel
from api.core.keys import Keys
from api.core.mongo import Doc
from api.core.personal import ALWAYS, STAFF, Holding, Person, together, told
from api.customers import names, standing, store
from api.customers.derive import identifiers
from api.customers.model import FIELDS, LISTS
from api.customers.rules import identifier_id
from api.history import rules as history
from api.history.model import paths_of

_SEARCH = "Words and keys for search and sorting, made of the copied fields."
_COPIED = {
    "_id": "id",
    "display_name": "displayName",
    **{name: spec.camel for name, spec in FIELDS.items() if not spec.items},
    **{f"{name}.id": f"{spec.camel}.id" for name, spec in LISTS.items()},
    **{f"{name}.{one.name}": f"{spec.camel}.{one.camel}" for name, spec in LISTS.items() for one in spec.items},
    "updated_by.kind": "updatedBy.kind",
    "updated_by.name": "updatedBy.name",
    "hold.at": "hold.at",
    "hold.until": "hold.until",
    "hold.by.kind": "hold.by.kind",
    "hold.by.name": "hold.by.name",
    "hold.personal.reason": "hold.reason",
}


# --- what she is told ---


async def _profile(_ctx: Context, person: Person) -> AsyncIterator[Doc]:
    row = told(person.doc, {stored: name for stored, name in _COPIED.items() if stored.partition(".")[0] not in LISTS})
    for name, spec in LISTS.items():
        if person.doc.get(name):
            row[spec.camel] = [person.tell(f"{name}.{item['id']}", item) for item in person.doc[name]]
    yield {**row, "id": ids.show(ids.CUSTOMER, person.customer_id)}


def tell(keys: Keys, path: str, value: Any) -> Any:
    """Return what stands at a path as the person is told it: an item's declared fields, a bank account in clear."""
    spec = FIELDS[path.partition(".")[0]]
    if not spec.items or value is None:
        return value
    item = {camel(name): inner for name, inner in value.items() if name == "id" or name in spec.item}
    return {**item, "iban": keys.decrypt(value["iban"])} if "iban" in value else item


HOLDINGS = (
    Holding(
        collection=store.CUSTOMERS,
        part="profile",
        about="Every field of the profile, bank accounts in clear, and the hold that keeps it.",
        copy=_profile,
        copied=_COPIED,
        left_out={
            **dict.fromkeys(("sort_name", "sort_last_seen", "folded", "words", "tag_keys", "tokens", "heads"), _SEARCH),
            "trashed": "It is told as trashedAt.",
            "standing": "It repeats for lists what the part identifiers tells.",
            "bank_accounts.digest": "A digest of the IBAN, which is told in clear.",
            "bank_accounts.masked": "The masked form of the IBAN, which is told in clear.",
            "updated_by.id": STAFF,
            "hold.by.id": STAFF,
        },
        stays="The act itself deletes it, or puts what is kept in its place, before anything else is cleared.",
    ),
)


# --- loading her ---


async def person(ctx: Context, customer_id: ObjectId, looks: Iterable[Doc] = ()) -> Person | None:
    """Return a customer, in the trash or not, with all that finds her in the collections; None for an unknown one.

    What she holds now is hers with all that is known of it; what she held once only for the time in which she did.
    """
    doc = (await store.by_ids(ctx, [customer_id])).get(customer_id)
    if doc is None:
        return None
    held = names.Held()
    async for saves in history.each(ctx, [customer_id]):
        for one in saves:
            held.take(one["at"], paths_of(one))
    spans = held.spans(doc, ALWAYS)
    now = [identifier_id(ctx.keys, kind, value) for kind, value, _ in identifiers(doc)]
    now.append(identifier_id(ctx.keys, standing.OWN, str(customer_id)))
    once = {identifier_id(ctx.keys, one.kind, one.value): some for one, some in spans.items() if one.value == one.text}
    known = await _loaded(ctx, sorted({*now, *once}))
    return Person(
        customer_id=customer_id,
        doc=doc,
        identifiers={one: known[one] for one in now if one in known},
        subjects={
            found["subject"]: ALWAYS if one in now else once[one] for one, found in known.items() if "subject" in found
        },
        names=names.by_text(spans),
        tell=lambda path, value: tell(ctx.keys, path, value),
        looks=tuple(looks),
    )


async def _loaded(ctx: Context, wanted: list[str]) -> dict[str, Doc]:
    found: dict[str, Doc] = {}
    for some in together(wanted):
        found |= await store.identifiers_by_ids(ctx, some, None)
    return found
