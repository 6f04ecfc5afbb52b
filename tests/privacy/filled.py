"""A database in which every collection that can know a person knows her, with a marker in every text."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from bson import ObjectId

from api.consent import quarantine
from api.consent.model import ConsentState, IdentifierKind, QuarantineReason
from api.core import ids
from api.core.context import ActorKind, Caller, Context
from api.core.idempotency import Once
from api.core.mongo import Doc, Tx
from api.customers import acts, holding
from api.customers.rules import identifier_id
from api.imports.model import ColumnRule
from api.webhooks import outbox
from tests.conftest import Clock
from tests.factories import a_customer
from tests.imports.steps import applied, csv_of, imported, planned
from tests.whole.mutations import HOOK

Data = Callable[..., Awaitable[dict[str, Any]]]

IBAN, OTHER_IBAN = "NL91ABNA0417164300", "DE89370400440532013000"
EMAIL, WORK, OLD = "mk-home@planted.example", "mk-work@planted.example", "mk-old@planted.example"
PHONE = "+31612345678"
SPOUSE = "mk-spouse@planted.example"
PARTNER = Caller(ActorKind.API_KEY, id="key_1", name="Mk Partner", permissions=frozenset({"consent.record"}))
MARKED: dict[str, Any] = {
    "given_name": "Mk-given",
    "family_name": "Mk-family",
    "job_title": "mk-title",
    "organization": "mk-organization",
    "date_of_birth": "1990-02-03",
    "gender": "FEMALE",
    "locale": "nl-NL",
    "time_zone": "Europe/Amsterdam",
    "reference_id": "mk-reference",
    "tags": ["mk-tag", "press"],
    "emails": [{"address": "Mk-Home@planted.example", "label": "mk-email-label"}, {"address": WORK}],
    "phones": [{"number": "0612345678", "label": "mk-phone-label"}, {"number": "mk-no-number"}],
    "addresses": [{
        "street": "mk-street", "house_number": "mk-7", "extra": "mk-extra", "postal_code": "mk-zip", "city": "mk-city",
        "region": "mk-region", "country_code": "NL", "label": "mk-address-label",
    }],
    "bank_accounts": [{"iban": IBAN, "holder": "mk-holder", "bic": "ABNANL2A"}],
    "social_accounts": [
        {"provider": "mk-network", "handle": "mk-handle", "url": "https://mk.example/page", "verified": True}
    ],
    "push_tokens": [
        {"token": "mk-device", "channel": "PUSH", "label": "mk-device-label"},
        {"token": "mk-browser", "channel": "WEB_PUSH"},
    ],
}  # fmt: skip
"""Every field that a caller may set."""


async def filled(ctx: Context, stored: Any, data: Data, clock: Clock) -> ObjectId:
    """Fill the database and return the person's id."""
    ctx.db.rehearse = False
    person = await _person(ctx, clock)
    await _agreed(ctx, data, clock, person)
    await _looked(data, person)
    await _imports(ctx, stored, clock)
    await _mails(ctx)
    await _waits(ctx, person)
    return person


async def _person(ctx: Context, clock: Clock) -> ObjectId:
    doc = await a_customer(ctx, **{**MARKED, "last_seen_at": ctx.now()})
    person: ObjectId = doc["_id"]
    await a_customer(ctx, given_name="Mk-spouse", email=SPOUSE, phones=[{"number": PHONE}])
    # It is over at once, so that she may go.
    await holding.put(ctx, Once("customerHold"), person, "mk-claim", ctx.now() + timedelta(minutes=30))
    clock.move(hours=1)
    changes = (
        ({"emails": {"add": [{"address": OLD}]}, "bank_accounts": {"add": [{"iban": OTHER_IBAN}]}}, "mk-reason"),
        ({"job_title": "mk-later-title"}, None),
    )
    for change, reason in changes:
        saved = await acts.update(ctx, person, change, once=Once("customerUpdate"), reason=reason)
        assert saved.applied, saved.errors
        clock.move(hours=1)
    return person


async def _agreed(ctx: Context, data: Data, clock: Clock, person: ObjectId) -> None:
    make = """mutation ($term: TermCreateInput!, $list: ListCreateInput!, $hook: WebhookCreateInput!) {
      termCreate(input: $term) { applied } listCreate(input: $list) { applied }
      webhookCreate(input: $hook) { applied } }"""
    term = {"key": "newsletter", "name": "Newsletter", "texts": [{"locale": "nl", "text": "Ja, graag."}]}
    weekly = {"key": "weekly", "name": "Weekly", "channel": "EMAIL", "purpose": "MARKETING", "doubleOptIn": False}
    answer = await data(make, {"term": term, "list": weekly, "hook": HOOK})
    assert all(one["applied"] for one in answer.values())
    outbox.forget()
    email, customer = {"email": EMAIL}, {"customerId": ids.show(ids.CUSTOMER, person)}
    evidence = {
        "ip": "198.51.100.77", "userAgent": "mk-browser-name", "formUrl": "https://mk.example/form",
        "fileId": "fil_00000000000000000000mk01", "note": "mk-note",
    }  # fmt: skip
    said: tuple[dict[str, Any], ...] = (
        {"identifier": email, "list": "weekly", "term": "newsletter", "state": "GRANTED", "source": "FORM",
         "locale": "nl", "reason": "mk-consent-reason", "evidence": evidence},
        {"identifier": email, "channel": "EMAIL", "purpose": "MARKETING", "state": "WITHDRAWN"},
        {"identifier": {"phone": PHONE}, "channel": "SMS", "purpose": "MARKETING", "state": "DENIED"},
        {"identifier": {"push": "mk-device"}, "channel": "PUSH", "purpose": "SERVICE", "state": "GRANTED"},
        {"identifier": {"webPush": "mk-browser"}, "channel": "WEB_PUSH", "purpose": "SERVICE", "state": "GRANTED"},
        {"identifier": customer, "doNotSell": True, "state": "WITHDRAWN"},
        {"identifier": customer, "term": "newsletter", "state": "GRANTED"},
        {"identifier": customer, "channel": "POST", "purpose": "MARKETING", "state": "GRANTED"},
        {"identifier": {"email": OLD}, "channel": "EMAIL", "purpose": "MARKETING", "state": "GRANTED",
         "reason": "mk-said-at-old"},
        {"identifier": {"email": SPOUSE}, "channel": "EMAIL", "purpose": "MARKETING", "state": "GRANTED",
         "reason": "not-hers"},
    )  # fmt: skip
    record = """mutation ($input: ConsentsRecordInput!) { consentsRecord(input: $input) {
      results { applied errors { code path } } } }"""
    rows = (await data(record, {"input": {"items": said}}, as_="key:owner"))["consentsRecord"]["results"]
    assert [one for one in rows if not one["applied"]] == []
    await _confirmed(data)
    bounced = {"identifier": email, "deliverable": False, "reason": "HARD_BOUNCE"}
    told = "mutation ($input: DeliverabilityUpdateInput!) { deliverabilityUpdate(input: $input) { applied } }"
    assert (await data(told, {"input": bounced}, as_="key:owner"))["deliverabilityUpdate"]["applied"]
    await _moved_on(ctx, data, clock, person)


async def _confirmed(data: Data) -> None:
    asked = {
        "identifier": {"email": WORK}, "channel": "EMAIL", "purpose": "SERVICE", "state": "PENDING",
        "sendConfirmation": True,
    }  # fmt: skip
    record = "mutation ($input: ConsentRecordInput!) { consentRecord(input: $input) { confirmToken } }"
    token = (await data(record, {"input": asked}, as_="key:owner"))["consentRecord"]["confirmToken"]
    confirm = "mutation ($token: String!) { consentConfirm(input: {token: $token}) { applied } }"
    assert (await data(confirm, {"token": token}, as_="anonymous"))["consentConfirm"]["applied"]


async def _moved_on(ctx: Context, data: Data, clock: Clock, person: ObjectId) -> None:
    """Let an address and an account of hers go; somebody else gets the address and speaks for himself."""
    clock.move(hours=1)
    doc = (await _docs(ctx, person))[person]
    gone = {
        "emails": {"remove": [one["id"] for one in doc["emails"] if one["normalized"] == OLD]},
        "bank_accounts": {"remove": [doc["bank_accounts"][1]["id"]]},
    }
    assert (await acts.update(ctx, person, gone, once=Once("customerUpdate"))).applied
    clock.move(hours=1)
    await a_customer(ctx, given_name="Mk-next", email=OLD)
    record = "mutation ($input: ConsentRecordInput!) { consentRecord(input: $input) { applied } }"
    said = {
        "identifier": {"email": OLD},
        "channel": "EMAIL",
        "purpose": "SERVICE",
        "state": "GRANTED",
        "reason": "not-hers",
    }
    assert (await data(record, {"input": said}, as_="key:owner"))["consentRecord"]["applied"]


async def _docs(ctx: Context, person: ObjectId) -> dict[ObjectId, Doc]:
    return await ctx.db["customers"].by_ids([person])


async def _looked(data: Data, person: ObjectId) -> None:
    look = "query ($id: ID!) { customer(id: $id) { givenName bankAccounts(unmasked: true) { iban } } }"
    for who in ("owner", "privacy-officer"):
        await data(look, {"id": ids.show(ids.CUSTOMER, person)}, as_=who)


async def _imports(ctx: Context, stored: Any, clock: Clock) -> None:
    """Import files whose rows came to everything that a row can come to."""
    clock.move(hours=1)
    header = ["reference_id", "email", "first_name", "job_title", "phone_number", "iban", "tags"]
    rows = csv_of(
        header,
        ["mk-reference", "", "Mk-given", "mk-imported-title", "0611111111", "", "mk-imported-tag"],
        ["mk-reference", "", "Mk-given", "", "", "", ""],
        ["", WORK, "Mk-given", "", "mk-not-a-number", OTHER_IBAN, ""],
        ["mk-reference", "", "Mk-given", "", "", "NL00WRONG", ""],
        ["mk-reference", SPOUSE, "Mk-given", "", "", "", ""],
        ["", "", "Nobody", "", "", "", ""],
        ["", "mk-other@planted.example", "Mk-other", "not-hers", "", "", ""],
    )
    targets = [
        "reference_id",
        "emails.address",
        "given_name",
        "job_title",
        "phones.number",
        "bank_accounts.iban",
        "tags",
    ]
    wanted = [
        (place, target, ColumnRule.OVERWRITE if target == "job_title" else ColumnRule.FILL_EMPTY)
        for place, target in enumerate(targets)
    ]
    await imported(ctx, rows, wanted)
    run = await planned(ctx, csv_of(header, ["mk-reference", "", "", "mk-drifting-title", "", "", ""]), wanted)
    person = stored["customers"].find_one({"reference_id": "mk-reference"})["_id"]
    clock.move(hours=1)
    assert (await acts.update(ctx, person, {"job_title": "mk-last-title"}, once=Once("customerUpdate"))).applied
    await applied(ctx, run)
    # As rows were kept before there was a ledger.
    old: Doc = {"personal.planned.0.t": [["2025-01-02", "mk-term"]]}
    # As rows keep consents that a file brought.
    said = {"s": "GRANTED", "a": clock(), "h": "mk-header", "o": "QUARANTINE", "w": "NO_BASIS"}
    old["personal.planned.0.s"] = [
        {"t": "EMAIL/MARKETING", "k": "EMAIL", "v": WORK, **said},
        {"t": "TERM/newsletter", "k": "CUSTOMER", "v": str(person), **said},
    ]
    stored["run_rows"].update_one({"run_id": run.id}, {"$set": old})


async def _mails(ctx: Context) -> None:
    await ctx.post(ctx, EMAIL, "mk-subject", "mk-mail-text https://mk.example/confirm/mk-token and more")
    await ctx.post(ctx, SPOUSE, "not-hers", "not-hers")


async def _waits(ctx: Context, person: ObjectId) -> None:
    """Put consents in quarantine, of her and of somebody else; accept one of hers."""
    run = {"id": ids.new(), "kind": "IMPORT", "phase": "APPLY", "row": 7, "title": "mk-file.csv"}
    waiting = []
    for owner, kind, value, source in (
        (person, IdentifierKind.EMAIL, WORK, "mk-source"),
        (person, IdentifierKind.CUSTOMER, str(person), None),
        (ids.new(), IdentifierKind.EMAIL, SPOUSE, "not-hers"),
    ):
        name = (identifier_id(ctx.keys, kind.lower(), value), kind, value)
        topic = "EMAIL/MARKETING" if kind is IdentifierKind.EMAIL else "TERM/newsletter"
        now = ctx.now()
        waiting.append(
            quarantine.draft(
                ids.new(), now, QuarantineReason.NO_BASIS, run, owner, name, topic, ConsentState.GRANTED, now,
                basis="IMPLICIT", source=source, file_id="fil_00000000000000000000mk02",
            )
        )  # fmt: skip

    async def body(tx: Tx) -> None:
        await quarantine.put(ctx, waiting, tx)

    await ctx.db.transact(body)
    public = ids.show(ids.QUARANTINED, waiting[0]["_id"])
    (one,), _ = await quarantine.review(
        ctx, [public], quarantine.Decision.ACCEPT, {"reason": "mk-decided"}, Once("consentQuarantineReview")
    )
    assert one.errors == []
