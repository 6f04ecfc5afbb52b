"""What access holds about a person: who looked at her profile. Users and keys are colleagues and programs, no customers."""

from __future__ import annotations

from collections.abc import AsyncIterator

from api.access import clearing, store
from api.core import ids
from api.core.context import Context
from api.core.mongo import Doc
from api.core.personal import PAGE, SELF, STAFF, Holding, Person, pages, told

_COPIED = {
    "_id": "id",
    "at": "at",
    "actor.kind": "actor.kind",
    "actor.name": "actor.name",
    "action": "action",
    "fields": "fields",
    "personal.reason": "reason",
}


async def _looks(ctx: Context, person: Person) -> AsyncIterator[Doc]:
    async def fetch(last: Doc | None) -> list[Doc]:
        return await store.looks_at(ctx, person.customer_id, last, PAGE)

    for look in person.looks:
        yield _told(look)
    async for doc in pages(fetch):
        yield _told(doc)


def _told(doc: Doc) -> Doc:
    return {**told(doc, _COPIED), "id": ids.show(ids.ACCESS, doc["_id"])}


HOLDINGS = (
    Holding(
        collection="access_log",
        part="accessLog",
        about="Who opened the profile, saw bank accounts or made a copy, newest first, this copy included.",
        copy=_looks,
        copied=_COPIED,
        left_out={"customer_id": SELF, "actor.id": STAFF},
        clear=clearing.clear,
    ),
    Holding(
        collection="users",
        excused="Colleagues who sign in; a customer is no user.",
        stays="Colleagues stay when a customer goes, also where somebody is both.",
    ),
    Holding(
        collection="roles",
        excused="What colleagues may do; nobody is named.",
        stays="What colleagues may do names nobody.",
    ),
    Holding(
        collection="api_keys",
        excused="Programs that call; a customer has none.",
        stays="Programs that call are nobody's.",
    ),
    Holding(
        collection="tries",
        excused="How often somebody tried to sign in lately; a customer does not sign in.",
        stays="Accounts of colleagues and network addresses, for a quarter of an hour.",
    ),
)
