"""What is stored of a customer herself, how it is told to her, and how she is loaded with all that finds her elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from bson import ObjectId

from api.core import ids
from api.core.context import Context
from api.core.fields import camel
from api.core.keys import Keys
from api.core.mongo import Doc
from api.core.personal import ALWAYS, STAFF, Holding, Person, Spans, told
from api.customers import standing, store
from api.customers.derive import identifiers
from api.customers.model import FIELDS, LISTS
from api.customers.rules import identifier_id
from api.history import rules as history
from api.history.model import Change, PathChange

_TOGETHER = 500
_TYPED = {"emails": ("address",), "phones": ("number", "raw")}
"""Parts of items that name a person as they were typed, beside the form that is compared."""
_SEARCH = "Words and keys for search and sorting, made of the copied fields."
_COPIED = {
    "_id": "id",
    "display_name": "displayName",
    **{name: spec.camel for name, spec in FIELDS.items() if not spec.items},
    **{f"{name}.id": f"{spec.camel}.id" for name, spec in LISTS.items()},
    **{f"{name}.{one.name}": f"{spec.camel}.{one.camel}" for name, spec in LISTS.items() for one in spec.items},
    "updated_by.kind": "updatedBy.kind",
    "updated_by.name": "updatedBy.name",
}


# --- what she is told ---


async def _profile(_ctx: Context, person: Person) -> list[Doc]:
    row = told(person.doc, {stored: name for stored, name in _COPIED.items() if stored.partition(".")[0] not in LISTS})
    for name, spec in LISTS.items():
        if person.doc.get(name):
            row[spec.camel] = [person.tell(f"{name}.{item['id']}", item) for item in person.doc[name]]
    return [{**row, "id": ids.show(ids.CUSTOMER, person.customer_id)}]


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
        about="Every field of the profile, bank accounts in clear.",
        copy=_profile,
        copied=_COPIED,
        left_out={
            **dict.fromkeys(("sort_name", "sort_last_seen", "folded", "words", "tag_keys", "tokens", "heads"), _SEARCH),
            "trashed": "It is told as trashedAt.",
            "standing": "It repeats for lists what the part identifiers tells.",
            "bank_accounts.digest": "A digest of the IBAN, which is told in clear.",
            "bank_accounts.masked": "The masked form of the IBAN, which is told in clear.",
            "updated_by.id": STAFF,
        },
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
    changes = [Change.of(one) for one in reversed(await history.stored(ctx, customer_id))]
    spans = _spans(changes)
    present = [(name, value) for name, value in _values(doc) if value]
    spans |= dict.fromkeys(present, ALWAYS)
    now = [identifier_id(ctx.keys, kind, value) for kind, value, _ in identifiers(doc)]
    now.append(identifier_id(ctx.keys, standing.OWN, str(customer_id)))
    once = {identifier_id(ctx.keys, kind, value): found for (kind, value), found in spans.items() if kind}
    known = await _loaded(ctx, sorted({*now, *once}))
    return Person(
        customer_id=customer_id,
        doc=doc,
        identifiers={one: known[one] for one in now if one in known},
        subjects={
            found["subject"]: ALWAYS if one in now else once[one] for one, found in known.items() if "subject" in found
        },
        names=_names(spans),
        tell=lambda path, value: tell(ctx.keys, path, value),
        looks=tuple(looks),
    )


async def _loaded(ctx: Context, names: list[str]) -> dict[str, Doc]:
    found: dict[str, Doc] = {}
    for start in range(0, len(names), _TOGETHER):
        found |= await store.identifiers_by_ids(ctx, names[start : start + _TOGETHER], None)
    return found


def _spans(changes: Iterable[Change]) -> dict[tuple[str, str], Spans]:
    """Return when each (type, value) that names a customer was hers, from her saves, the oldest first."""
    since: dict[tuple[str, str], datetime] = {}
    spans: dict[tuple[str, str], Spans] = {}
    for change in changes:
        for one in change.paths:
            before, after = _named(one, one.before), _named(one, one.after)
            for gone in before - after:
                spans[gone] = (*spans.get(gone, ()), (since.pop(gone, change.at), change.at))
            for come in after - before:
                since.setdefault(come, change.at)
    return spans


def _names(spans: Mapping[tuple[str, str], Spans]) -> dict[str, Spans]:
    found: dict[str, Spans] = {}
    for (_, value), some in spans.items():
        found[value] = (*found.get(value, ()), *some)
    return found


def _named(change: PathChange, value: Any) -> set[tuple[str, str]]:
    name, _, item = change.path.partition(".")
    return set(_values({name: [value] if item else value})) if value is not None else set()


def _values(doc: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (type, value) of what names a customer; without a type what was typed for it and is not compared."""
    for kind, value, _ in identifiers({"_id": "", **doc}):
        yield kind, value
    for name, parts in _TYPED.items():
        for item in doc.get(name) or ():
            yield from (("", item[part]) for part in parts if item.get(part))
