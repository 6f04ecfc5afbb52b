"""The one database in which everything that may be seen or hidden is there to be seen or hidden."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId

from api.core import ids
from api.core.context import Context
from api.imports.model import ColumnRule
from api.runs import rules as runs
from tests.factories import a_customer, a_key, a_user
from tests.imports.steps import csv_of, imported
from tests.whole.mutations import HOOK

Data = Callable[..., Awaitable[dict[str, Any]]]

IBAN = "NL91ABNA0417164300"
ROWS = csv_of(
    ["email", "first_name", "phone_number", "shoe size", "said"],
    ["peter@planted.example", "Peter", "0611111111", "38", "yes"],
    ["no address", "Nobody", "0622222222", "39", "yes"],
)


COLUMNS = [
    (0, "emails.address", ColumnRule.APPEND),
    (1, "given_name", ColumnRule.FILL_EMPTY),
    (2, "phones.number", ColumnRule.APPEND),
    (4, "consent.EMAIL.MARKETING", ColumnRule.APPEND),
]
UNPROVED = {"note": "The form of the shop, signed by Peter.", "collected_at": datetime(2025, 6, 1, tzinfo=UTC)}
"""What is stated of the file's consents: no basis, so that they wait in the quarantine."""


PERSONAL = (
    "anna@planted", "bea@planted", "peter@planted", "612345678", "Plantagenet", "Planted Ltd", "1990-02-03", "Damstraat",
    "1012 JS", "device-1", "0417164300", "x.example", "198.51.100.7", "Signed by Anna", "Asked at the counter",
    "She said so", "signed by Peter",
)  # fmt: skip
"""What stands in the database of persons, and nowhere in an answer to who may not see it."""


@dataclass(slots=True)
class World:
    """The filled database, as ways name what is in it."""

    words: dict[str, str] = field(default_factory=dict)

    def name(self, **found: str) -> None:
        """Give names to ids and texts."""
        self.words |= {name: json.dumps(one) for name, one in found.items()}


async def _people(ctx: Context, data: Data, world: World, staff: str) -> None:
    doc = await a_customer(
        ctx,
        given_name="Ana", family_name="Plantagenet", job_title="Editor", organization="Planted Ltd", gender="FEMALE",
        date_of_birth="1990-02-03", locale="nl-NL", time_zone="Europe/Amsterdam", reference_id="R-1", tags=["press"],
        last_seen_at=ctx.now(),
        emails=[{"address": "anna@planted.example", "label": "home"}],
        phones=[{"number": "0612345678", "label": "home"}],
        addresses=[
            {"street": "Damstraat", "house_number": "1", "extra": "2nd floor", "postal_code": "1012 JS", "city": "Amsterdam",
             "region": "NH", "country_code": "NL", "label": "home"}
        ],
        bank_accounts=[{"iban": IBAN, "holder": "A. Plantagenet", "bic": "ABNANL2A"}],
        social_accounts=[{"provider": "x", "handle": "anna", "url": "https://x.example/anna", "verified": True}],
        push_tokens=[{"token": "device-1", "channel": "PUSH", "label": "phone"}],
    )  # fmt: skip
    world.name(customer=ids.show(ids.CUSTOMER, doc["_id"]), family="Other")
    update = (
        """mutation ($id: ID!, $input: CustomerUpdateInput!) { customerUpdate(id: $id, input: $input) { applied } }"""
    )
    change = {"givenName": "Anna", "reason": "She said so on the phone."}
    answer = await data(update, {"id": ids.show(ids.CUSTOMER, doc["_id"]), "input": change}, as_=staff)
    assert answer["customerUpdate"]["applied"]
    hold = """mutation ($id: ID!, $input: CustomerHoldInput!) { customerHold(id: $id, input: $input) { applied } }"""
    until = (ctx.now() + timedelta(days=365)).isoformat()
    asked = {"id": ids.show(ids.CUSTOMER, doc["_id"]), "input": {"reason": "Anna's claim is open.", "until": until}}
    assert (await data(hold, asked, as_=staff))["customerHold"]["applied"]


async def _agreements(data: Data, world: World) -> None:
    make = """mutation ($term: TermCreateInput!, $list: ListCreateInput!) {
      termCreate(input: $term) { applied } listCreate(input: $list) { applied } }"""
    term = {"key": "newsletter", "name": "Newsletter", "texts": [{"locale": "nl", "text": "Ja, graag."}]}
    weekly = {"key": "weekly", "name": "Weekly", "channel": "EMAIL", "purpose": "MARKETING", "doubleOptIn": False}
    assert await data(make, {"term": term, "list": weekly}) == {
        "termCreate": {"applied": True}, "listCreate": {"applied": True},
    }  # fmt: skip
    record = """mutation ($input: ConsentRecordInput!) { consentRecord(input: $input) { applied entryId } }"""
    said = {
        "identifier": {"email": "anna@planted.example"}, "list": "weekly", "term": "newsletter", "state": "GRANTED",
        "source": "FORM", "locale": "nl", "reason": "Asked at the counter",
        "evidence": {"ip": "198.51.100.7", "userAgent": "Browser", "formUrl": "https://x.example/form",
                     "fileId": "fil_000000000000000000000001", "note": "Signed by Anna"},
    }  # fmt: skip
    found = (await data(record, {"input": said}, as_="key:partner"))["consentRecord"]
    world.name(entry=found["entryId"])
    bounced = """mutation ($input: DeliverabilityUpdateInput!) { deliverabilityUpdate(input: $input) { applied } }"""
    bounce = {"identifier": {"email": "anna@planted.example"}, "deliverable": False, "reason": "HARD_BOUNCE"}
    await data(bounced, {"input": bounce}, as_="key:partner")
    channel = {"identifier": {"email": "bea@planted.example"}, "channel": "EMAIL", "purpose": "MARKETING"}
    await data(record, {"input": {**channel, "state": "GRANTED"}}, as_="key:partner")


async def _files(ctx: Context, stored: Any, data: Data, world: World) -> None:
    run = await imported(ctx, ROWS, COLUMNS, consent=UNPROVED)
    found = stored["customers"].find_one({"emails.address": "peter@planted.example"})
    world.name(
        run=ids.show(ids.RUN, run.id),
        imported=ids.show(ids.CUSTOMER, found["_id"]),
        file=ids.show(ids.FILE, stored["files"].find_one({"kind": "UPLOAD"})["_id"]),
    )
    start = 'mutation { exportStart(input: {columns: ["given_name"]}) { run { id } } }'
    export = (await data(start))["exportStart"]["run"]["id"]
    await runs.work(ctx, export.removeprefix("run_"))
    found = stored["files"].find_one({"kind": "EXPORT"})
    planned = 'mutation { privacyPlan(input: {act: ERASE, search: "peter", reason: "By letter."}) { run { id } } }'
    privacy = (await data(planned))["privacyPlan"]["run"]["id"]
    await runs.work(ctx, privacy.removeprefix("run_"))
    world.name(privacy=privacy)
    world.name(export=export, exported=ids.show(ids.FILE, found["_id"]))


async def _settings(ctx: Context, stored: Any, data: Data, world: World) -> None:
    now = ctx.now()
    user, _ = a_user(stored, now, role="viewer", email="sanne@staff.example", last_sign_in_at=now)
    later = now + timedelta(days=30)
    key, _ = a_key(
        stored, now, role="viewer", scopes=["run.read"], purposes=["MARKETING"], expires_at=later, revoked_at=now
    )
    world.name(
        user=ids.show(ids.USER, user["_id"]), key=ids.show(ids.KEY, key["_id"]), role="rol_000000000000000000000001"
    )
    made = await data(
        "mutation ($input: WebhookCreateInput!) { webhookCreate(input: $input) { webhook { id } } }", {"input": HOOK}
    )
    hook = made["webhookCreate"]["webhook"]["id"]
    tested = await data("mutation ($id: ID!) { webhookTest(id: $id, input: {}) { delivery { id } } }", {"id": hook})
    tried = {"status": "DEAD", "attempts": 1, "last_status": 500, "error": "It answered 500."}
    delivery = ObjectId(tested["webhookTest"]["delivery"]["id"][4:])
    stored["webhook_deliveries"].update_one({"_id": delivery}, {"$set": tried})
    await _retention(stored, data, world)
    # Off, so that nothing is queued for it by what is asked later.
    stored["webhooks"].update_one({}, {"$set": {"last_delivery_at": now, "active": False}})
    stored["outbox"].update_many({}, {"$set": {"error": "550 no such user"}})


async def _retention(stored: Any, data: Data, world: World) -> None:
    make = (
        """mutation ($input: RetentionPolicyCreateInput!) { retentionPolicyCreate(input: $input) { policy { id } } }"""
    )
    policy = {"name": "Gone quiet", "act": "ERASE", "ageOf": "CREATED", "days": 30, "kind": "KNOWN"}
    exempt = {"except": {"tags": {"hasAny": ["nobody"]}}}
    found = (await data(make, {"input": {**policy, **exempt}}))["retentionPolicyCreate"]["policy"]["id"]
    switch = (
        "mutation ($id: ID!) { retentionPolicyUpdate(id: $id, input: {expectedVersion: 1, enabled: true}) { applied } }"
    )
    assert (await data(switch, {"id": found}))["retentionPolicyUpdate"]["applied"]
    error = {"code": "EXEMPTION_BROKEN", "message": "The exemption cannot be asked any more.", "at": None}
    stored["retention_policies"].update_one({}, {"$set": {"error": error}})
    world.name(policy=found)


async def filled(ctx: Context, stored: Any, data: Data) -> World:
    """Fill a database so that every field of every type has something to show or to hide."""
    ctx.db.rehearse = False
    world = World()
    await _people(ctx, data, world, "owner")
    await _agreements(data, world)
    await _files(ctx, stored, data, world)
    await _settings(ctx, stored, data, world)
    return world
