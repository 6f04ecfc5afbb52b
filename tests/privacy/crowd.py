"""Many persons, each with a marker of her own in every place of the database that can hold a text."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from bson import ObjectId
from schwifty import IBAN

from api.consent import quarantine
from api.consent.model import ConsentState, IdentifierKind, QuarantineReason
from api.core import ids
from api.core.context import Context
from api.core.idempotency import Once
from api.core.mongo import Tx
from api.customers import acts
from api.customers.rules import identifier_id
from api.exports import working as exporting
from api.exports.model import Shape
from api.imports import rules as imports
from api.imports.model import ColumnRule
from api.runs import batches, rules as runs
from api.runs.selecting import Selection
from tests.conftest import Clock
from tests.exports.steps import MACHINE, exported, started
from tests.factories import a_customer
from tests.imports.steps import applied, as_admin, csv_of, imported, planned, uploaded
from tests.whole.mutations import HOOK

Data = Callable[..., Awaitable[dict[str, Any]]]

TARGETS = ["reference_id", "emails.address", "given_name", "job_title", "phones.number", "bank_accounts.iban", "tags"]
HEADER = ["reference_id", "email", "first_name", "job_title", "phone_number", "iban", "tags"]
WANTED = [
    (place, target, ColumnRule.OVERWRITE if target == "job_title" else ColumnRule.FILL_EMPTY)
    for place, target in enumerate(TARGETS)
]
COLUMNS = ("id", "given_name", "family_name", "job_title", "reference_id", "tags", "emails.address", "phones.number",
           "bank_accounts.iban", "addresses.street")  # fmt: skip


@dataclass(frozen=True, slots=True)
class One:
    """A person of the crowd, and what nobody else has."""

    number: int
    id: ObjectId | None = None

    @property
    def mark(self) -> str:
        """A word that stands in all her texts."""
        return f"mkx{self.number:03}q"

    @property
    def phone(self) -> str:
        """Her number, as it is compared."""
        return f"+3162100{self.number:04}"

    @property
    def iban(self) -> str:
        """Her account."""
        return str(IBAN.generate("NL", "ABNA", f"{417164300 + self.number:010}"))

    @property
    def former_iban(self) -> str:
        """An account that she had."""
        return str(IBAN.generate("DE", "37040044", f"{532013000 + self.number:010}"))

    @property
    def ip(self) -> str:
        """From where she agreed."""
        return f"198.51.100.{self.number + 1}"

    @property
    def public(self) -> str:
        """Her public id."""
        assert self.id
        return ids.show(ids.CUSTOMER, self.id)

    def email(self, name: str) -> str:
        """Return an address of hers."""
        return f"{name}.{self.mark}@planted.example"

    @property
    def marks(self) -> tuple[str, ...]:
        """What must be nowhere once she went; her number without the way in which it is dialled."""
        return (self.mark, self.phone[3:], self.iban, self.former_iban)


def _said(one: One) -> dict[str, Any]:
    word = one.mark
    return {
        "given_name": f"Given {word}", "family_name": f"Family {word}", "job_title": f"title {word}",
        "organization": f"org {word}", "date_of_birth": "1990-02-03", "gender": "FEMALE", "locale": "nl-NL",
        "time_zone": "Europe/Amsterdam", "reference_id": f"ref-{word}", "tags": [f"tag {word}", "crowd"],
        "emails": [{"address": f"Home.{word}@planted.example", "label": f"label {word}"}, {"address": one.email("work")},
                   {"address": one.email("old")}],
        "phones": [{"number": one.phone, "label": f"label {word}"}, {"number": f"no {word}"}],
        "addresses": [{
            "street": f"street {word}", "house_number": word, "extra": f"extra {word}", "postal_code": word,
            "city": f"city {word}", "region": f"region {word}", "country_code": "NL", "label": f"label {word}",
        }],
        "bank_accounts": [{"iban": one.iban, "holder": f"holder {word}"}, {"iban": one.former_iban}],
        "social_accounts": [{"provider": f"net{word}", "handle": f"handle-{word}", "url": f"https://x.example/{word}"}],
        "push_tokens": [{"token": f"device-{word}", "channel": "PUSH", "label": f"label {word}"},
                        {"token": f"browser-{word}", "channel": "WEB_PUSH"}],
    }  # fmt: skip


async def crowd(ctx: Context, stored: Any, data: Data, clock: Clock, size: int, patch: pytest.MonkeyPatch) -> list[One]:
    """Fill the database and return the persons."""
    people = []
    for number in range(size):
        doc = await a_customer(ctx, **_said(One(number)), last_seen_at=ctx.now())
        people.append(One(number, doc["_id"]))
    clock.move(hours=1)
    await _agreed(ctx, data, people)
    for one in people:
        await _saved(ctx, one)
    await _waits(ctx, people)
    for one in people:
        await _looked(ctx, data, one)
    await _imports(ctx, clock, people)
    await _exports(ctx, people, patch)
    return people


async def _saved(ctx: Context, one: One) -> None:
    """Let her change, also what found her."""
    doc = (await ctx.db["customers"].by_ids([one.id]))[one.id]
    gone = {
        "emails": {"remove": [item["id"] for item in doc["emails"] if item["normalized"] == one.email("old")]},
        "bank_accounts": {"remove": [doc["bank_accounts"][1]["id"]]},
        "job_title": f"later {one.mark}",
    }
    saved = await acts.update(ctx, one.id, gone, once=Once("customerUpdate"), reason=f"reason {one.mark}")
    assert saved.applied, saved.errors


async def _agreed(ctx: Context, data: Data, people: Sequence[One]) -> None:
    make = """mutation ($term: TermCreateInput!, $list: ListCreateInput!, $hook: WebhookCreateInput!) {
      termCreate(input: $term) { applied } listCreate(input: $list) { applied } webhookCreate(input: $hook) { applied } }"""
    term = {"key": "newsletter", "name": "Newsletter", "texts": [{"locale": "nl", "text": "Ja, graag."}]}
    weekly = {"key": "weekly", "name": "Weekly", "channel": "EMAIL", "purpose": "MARKETING", "doubleOptIn": False}
    answer = await data(make, {"term": term, "list": weekly, "hook": HOOK})
    assert all(one["applied"] for one in answer.values())
    record = """mutation ($input: ConsentsRecordInput!) { consentsRecord(input: $input) {
      results { applied errors { code path } } } }"""
    for one in people:
        items = _consents(one)
        rows = (await data(record, {"input": {"items": items}}, as_="key:owner"))["consentsRecord"]["results"]
        assert [row for row in rows if not row["applied"]] == []
        asked = {
            "identifier": {"email": one.email("work")}, "channel": "EMAIL", "purpose": "SERVICE", "state": "PENDING",
            "sendConfirmation": True,
        }  # fmt: skip
        ask = "mutation ($input: ConsentRecordInput!) { consentRecord(input: $input) { applied } }"
        assert (await data(ask, {"input": asked}, as_="key:owner"))["consentRecord"]["applied"]
        bounced = {"identifier": {"email": one.email("home")}, "deliverable": False, "reason": "HARD_BOUNCE"}
        told = "mutation ($input: DeliverabilityUpdateInput!) { deliverabilityUpdate(input: $input) { applied } }"
        assert (await data(told, {"input": bounced}, as_="key:owner"))["deliverabilityUpdate"]["applied"]


def _consents(one: One) -> list[dict[str, Any]]:
    word = one.mark
    home, herself = {"email": one.email("home")}, {"customerId": one.public}
    evidence = {
        "ip": one.ip, "userAgent": f"agent {word}", "formUrl": f"https://x.example/form?{word}", "note": f"note {word}",
    }  # fmt: skip
    return [
        {"identifier": home, "list": "weekly", "term": "newsletter", "state": "GRANTED", "source": "FORM", "locale": "nl",
         "reason": f"reason {word}", "evidence": evidence},
        {"identifier": home, "channel": "EMAIL", "purpose": "MARKETING", "state": "WITHDRAWN"},
        {"identifier": {"phone": one.phone}, "channel": "SMS", "purpose": "MARKETING", "state": "DENIED"},
        {"identifier": {"push": f"device-{word}"}, "channel": "PUSH", "purpose": "SERVICE", "state": "GRANTED"},
        {"identifier": {"webPush": f"browser-{word}"}, "channel": "WEB_PUSH", "purpose": "SERVICE", "state": "GRANTED"},
        {"identifier": herself, "doNotSell": True, "state": "WITHDRAWN"},
        {"identifier": herself, "term": "newsletter", "state": "GRANTED"},
        {"identifier": {"email": one.email("old")}, "channel": "EMAIL", "purpose": "MARKETING", "state": "GRANTED",
         "reason": f"reason {word}"},
    ]  # fmt: skip


async def _waits(ctx: Context, people: Sequence[One]) -> None:
    """Put consents in the quarantine; one of each two is decided."""
    for one in people:
        run = {"id": ids.new(), "kind": "IMPORT", "phase": "APPLY", "row": 7, "title": f"file {one.mark}.csv"}
        waiting = []
        for kind, value, topic in (
            (IdentifierKind.EMAIL, one.email("work"), "EMAIL/MARKETING"),
            (IdentifierKind.CUSTOMER, str(one.id), "TERM/newsletter"),
        ):
            name = (identifier_id(ctx.keys, kind.lower(), value), kind, value)
            waiting.append(
                quarantine.draft(
                    ids.new(), ctx.now(), QuarantineReason.NO_BASIS, run, one.id, name, topic, ConsentState.GRANTED,
                    ctx.now(), basis="IMPLICIT", source=f"source {one.mark}", file_id="fil_000000000000000000000002",
                )
            )  # fmt: skip

        async def body(tx: Tx, waiting: list[dict[str, Any]] = waiting) -> None:
            await quarantine.put(ctx, waiting, tx)

        await ctx.db.transact(body)
        public = ids.show(ids.QUARANTINED, waiting[0]["_id"])
        decided = {"reason": f"decided {one.mark}"}
        (done,), _ = await quarantine.review(
            ctx, [public], quarantine.Decision.ACCEPT, decided, Once("consentQuarantineReview")
        )
        assert done.errors == []


async def _looked(ctx: Context, data: Data, one: One) -> None:
    """Look at her, copy her, write to her, hold her and let that be over."""
    await data("query ($id: ID!) { customer(id: $id) { bankAccounts(unmasked: true) { iban } } }", {"id": one.public})
    reason = {"reason": f"asked by {one.mark}"}
    copy = "mutation ($id: ID!, $input: CustomerCopyInput!) { customerCopy(id: $id, input: $input) { applied } }"
    assert (await data(copy, {"id": one.public, "input": reason}))["customerCopy"]["applied"]
    await ctx.post(ctx, one.email("home"), f"subject {one.mark}", f"text {one.mark} https://x.example/{one.mark}/go")
    hold = "mutation ($id: ID!, $input: CustomerHoldInput!) { customerHold(id: $id, input: $input) { applied } }"
    lift = (
        "mutation ($id: ID!, $input: CustomerHoldLiftInput!) { customerHoldLift(id: $id, input: $input) { applied } }"
    )
    assert (await data(hold, {"id": one.public, "input": reason}))["customerHold"]["applied"]
    assert (await data(lift, {"id": one.public, "input": reason}))["customerHoldLift"]["applied"]


async def _imports(ctx: Context, clock: Clock, people: Sequence[One]) -> None:
    """Files with everybody, files about one with her name on them, rows that failed, and a plan that waits."""
    clock.move(hours=1)
    rows = [[f"ref-{one.mark}", "", "", f"imported {one.mark}", "", "", f"file {one.mark}"] for one in people]
    wrong = [["", one.email("work"), "", "", f"not {one.mark}", f"NL00{one.mark}", ""] for one in people]
    assert (await imported(ctx, csv_of(HEADER, *rows, *wrong), WANTED)).error is None
    admin = as_admin(ctx)
    for one in people[::10]:
        # One file with her name on it that nobody plans, and one that is imported.
        await uploaded(admin, csv_of(HEADER, rows[one.number]), name=f"{one.mark}.csv")
        file = await uploaded(admin, csv_of(HEADER, rows[one.number]), name=f"{one.mark}.csv")
        run, _ = await imports.plan(admin, Once("importPlan"), file, WANTED)
        assert run
        await runs.work(ctx, str(run.id))
        await applied(ctx, run)
    clock.move(hours=1)
    drifting = [[f"ref-{one.mark}", "", "", f"drifting {one.mark}", "", "", ""] for one in people]
    drifted = await planned(ctx, csv_of(HEADER, *drifting), WANTED)
    for one in people:
        assert (await acts.update(ctx, one.id, {"job_title": f"last {one.mark}"}, once=Once("customerUpdate"))).applied
    await applied(ctx, drifted)
    waiting = [[f"ref-{one.mark}", "", "", f"waiting {one.mark}", "", "", ""] for one in people]
    assert (await planned(ctx, csv_of(HEADER, *waiting), WANTED)).error is None


async def _exports(ctx: Context, people: Sequence[One], patch: pytest.MonkeyPatch) -> None:
    """An export of all, one of one by her name, some that nobody works on yet, and one in the middle."""
    shape = Shape(COLUMNS, flavor=MACHINE)
    await exported(ctx, shape)
    for one in people[::10]:
        await exported(ctx, shape, Selection(search=one.mark))
        await started(ctx, shape, Selection(search=one.email("home")))
        await started(ctx, shape, Selection(where={"job_title": {"eq": f"last {one.mark}"}}))
    await started(ctx, shape, Selection(search="planted"))
    run = await started(ctx, shape, Selection(where={"tags": {"has_any": ["crowd"]}}))

    async def killed(*_: Any) -> None:
        raise batches.Stale

    with patch.context() as during:
        during.setattr(exporting.EndBatch, "write", killed)

        await runs.work(ctx, str(run.id))
    halfway = await runs.get_by_id(ctx, run.id)
    assert (halfway.status.value, halfway.processed) == ("RUNNING", len(people))
