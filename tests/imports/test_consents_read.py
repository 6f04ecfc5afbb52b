"""Consents in imports: whose each is, about what and when, as columns and cells say it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.agreements import rules as agreements
from api.agreements.model import ConsentChannel, Known
from api.consent import importing
from api.consent.model import ConsentState
from api.core.context import Context
from api.core.errors import Invalid
from api.core.idempotency import Once
from api.imports import columns, consent_columns, rules as imports
from api.imports.model import ColumnRule
from api.runs import rules as runs
from tests.conftest import Clock
from tests.factories import a_customer
from tests.imports.consents import EMAIL, HEADER, PROOF, counts, entries, news, said, waiting
from tests.imports.steps import as_admin, csv_of, uploaded


async def test_whose_a_consent_is(ctx: Context, stored: Any) -> None:
    emails = [{"address": "one@planted.example"}, {"address": "two@planted.example"}]
    await a_customer(ctx, reference_id="R1", emails=emails, phones=[{"number": "0612345678"}])
    header = ["ref", "mail", "sms", "post", "call"]
    about = ["EMAIL.MARKETING", "SMS.MARKETING", "POST.SERVICE", "PHONE.MARKETING"]
    wanted = [(0, "reference_id", ColumnRule.FILL_EMPTY)] + [
        (place + 1, f"consent.{one}", ColumnRule.APPEND) for place, one in enumerate(about)
    ]
    run = await news(ctx, ["R1", "no", "yes", "yes", ""], ["R2", "", "yes", "no", ""], header=header, wanted=wanted)
    second = stored["customers"].find_one({"reference_id": "R2"})
    first = stored["customers"].find_one({"reference_id": "R1"})
    assert [one[:3] for one in entries(stored)] == [
        ("one@planted.example", "EMAIL/MARKETING", "DENIED"),
        ("two@planted.example", "EMAIL/MARKETING", "DENIED"),
        ("+31612345678", "SMS/MARKETING", "GRANTED"),
        (str(first["_id"]), "POST/SERVICE", "GRANTED"),
        (str(second["_id"]), "POST/SERVICE", "DENIED"),
    ]
    assert run.tallies == {"NO_ADDRESS": 1}


async def test_a_shared_phone_takes_a_no_only(ctx: Context, stored: Any) -> None:
    for name in ("a", "b"):
        await a_customer(ctx, email=f"{name}@planted.example", phones=[{"number": "0612345678"}])
    header, phone = ["email", "phone", "sms", "call"], (1, "phones.number", ColumnRule.APPEND)
    about = [(2, "consent.SMS.MARKETING", ColumnRule.APPEND), (3, "consent.PHONE.MARKETING", ColumnRule.APPEND)]
    run = await news(
        ctx, ["a@planted.example", "0612345678", "yes", "no"], header=header, wanted=[EMAIL, phone, *about]
    )
    assert counts(run)[1] == {"NOT_RECORDED": 1, "CURRENT": 1}
    assert [one[:3] for one in entries(stored)] == [("+31612345678", "PHONE/MARKETING", "DENIED")]
    assert run.tallies == {"AMBIGUOUS_IDENTIFIER": 1}
    for one in stored["customers"].find():
        assert "PHONE/MARKETING/DENIED" in [key for row in one["standing"] for key in row["keys"]]


async def test_lists_terms_and_dates(ctx: Context, stored: Any) -> None:
    about = ConsentChannel.EMAIL, "MARKETING"
    await agreements.create_list(ctx, "weekly", "Weekly", None, *about, double_opt_in=False, once=Once("listCreate"))
    begun = datetime(2024, 1, 1, tzinfo=UTC)
    await agreements.create_term(ctx, "general", "General", None, [("en", "We agree.")], begun, Once("termCreate"))
    header = ["email", "weekly", "terms", "consent date"]
    preview, _ = columns.propose(header, await agreements.known(ctx))
    wanted = [(one.index, one.target, one.rule) for one in preview]
    assert [one.target for one in preview] == ["emails.address", "list.weekly", "terms", "consent.collected_at"]
    run = await news(
        ctx,
        ["a@planted.example", "subscribed", "2024-05-01:general, 2023-05-01:general, 2024-05-01:else", "2025-02-03"],
        ["b@planted.example", "2024-12-24: yes", "", "2025-02-03"],
        header=header, wanted=wanted,
    )  # fmt: skip
    who = str(stored["customers"].find_one({"emails.normalized": "a@planted.example"})["_id"])
    assert sorted(one[:3] + one[5:] for one in entries(stored)) == sorted([
        ("a@planted.example", "LIST/weekly", "GRANTED", "2025-02-03", "CURRENT"),
        (who, "TERM/general", "GRANTED", "2024-05-01", "CURRENT"),
        ("b@planted.example", "LIST/weekly", "GRANTED", "2024-12-24", "CURRENT"),
    ])  # fmt: skip
    assert sorted(waiting(stored)) == sorted(
        [(who, "TERM/general", "GRANTED", "UNKNOWN_TERM"), (who, "TERM/else", "GRANTED", "UNKNOWN_TERM")]
    )
    assert counts(run)[1] == {"CURRENT": 3, "QUARANTINE": 2}


async def test_of_a_day_a_no_is_its_end_and_a_yes_its_beginning(ctx: Context, stored: Any) -> None:
    for name in ("a", "b"):
        noon = datetime(2025, 5, 5, 12, tzinfo=UTC)
        await said(ctx, f"{name}@planted.example", "GRANTED", collected_at=noon, source="FORM")
    run = await news(ctx, ["a@planted.example", "2025-05-05: no"], ["b@planted.example", "2025-05-05: yes"])
    assert counts(run)[1] == {"CURRENT": 1, "SUPERSEDED": 1}


async def test_a_date_in_the_future_makes_the_row_invalid(ctx: Context, stored: Any, clock: Clock) -> None:
    run = await news(ctx, ["a@planted.example", "2026-03-14: no"], ["b@planted.example", "2026-03-12: no"])
    assert run.outcome == {"INVALID": 1, "CREATE": 1}
    assert [one[0] for one in imports.problems_of(run)] == ["COLLECTED_IN_FUTURE"]
    later = {**PROOF, "collected_at": clock() + timedelta(days=1)}
    with pytest.raises(Invalid) as refused:
        await news(ctx, ["a@planted.example", "no"], consent=later)
    assert refused.value.code == "COLLECTED_IN_FUTURE"


@pytest.mark.parametrize(
    ("cell", "state"),
    [
        ("Yes", "GRANTED"), ("1", "GRANTED"), ("TRUE", "GRANTED"), ("ja", "GRANTED"), ("oui", "GRANTED"), ("sí", "GRANTED"),
        ("subscribed", "GRANTED"), ("granted", "GRANTED"), ("enabled", "GRANTED"), ("no", "DENIED"), ("0", "DENIED"),
        ("false", "DENIED"), ("nein", "DENIED"), ("non", "DENIED"), ("denied", "DENIED"), ("not_subscribed", "DENIED"),
        ("unsubscribed", "WITHDRAWN"), ("withdrawn", "WITHDRAWN"), ("opted-out", "WITHDRAWN"), ("pending", "PENDING"),
    ],
)  # fmt: skip
def test_words_of_cells(cell: str, state: str) -> None:
    assert consent_columns.state(cell) == (ConsentState(state), None)


@pytest.mark.parametrize("cell", ["perhaps", "?", "yes no", "2025-13-01: yes", "cleaned"])
def test_cells_that_cannot_be_read(cell: str) -> None:
    with pytest.raises(Invalid):
        consent_columns.state(cell)


# --- columns ---

KNOWN = Known.of([])
PROPOSED = {
    "Accepts Email Marketing": ("consent.EMAIL.MARKETING", True),
    "Accepts Marketing": ("consent.EMAIL.MARKETING", True),
    "Accepts SMS Marketing": ("consent.SMS.MARKETING", True),
    "newsletter_agreement": ("consent.EMAIL.MARKETING", True),
    "agreements.sms": ("consent.SMS.MARKETING", False),
    "receive_smses": ("consent.SMS.MARKETING", False),
    "email consent": ("consent.EMAIL.MARKETING", False),
    "SMS consent": ("consent.SMS.MARKETING", False),
    "post service consent": ("consent.POST.SERVICE", True),
    "consent.EMAIL.MARKETING": (None, True),
    "newsletter": ("consent.EMAIL.MARKETING", False),
    "Opt-in": ("consent.EMAIL.MARKETING", False),
    "subscribed": ("consent.EMAIL.MARKETING", False),
    "OPTIN_TIME": ("consent.collected_at", False),
    "Consent date": ("consent.collected_at", True),
    "terms": ("terms", True),
    "unsubscribed": (None, False),
    "Email opt-out": (None, False),
    "do not email": (None, False),
    "email": ("emails.address", True),
}


@pytest.mark.parametrize(("header", "expected"), PROPOSED.items())
def test_headers(header: str, expected: tuple[str | None, bool]) -> None:
    (column,), _ = columns.propose([header], KNOWN)
    assert (column.target, column.certain) == expected


def test_consents_are_added_or_ignored_and_never_overwrite() -> None:
    found = consent_columns.targets(KNOWN)
    assert {one.rules for one in found.values()} == {(ColumnRule.APPEND, ColumnRule.IGNORE)}
    assert len(found) == 7 * 4 + 1
    with pytest.raises(Invalid) as refused:
        columns.choose(["x"], [(0, "consent.EMAIL.MARKETING", ColumnRule.OVERWRITE)], KNOWN)
    assert refused.value.code == "RULE_NOT_ALLOWED"
    both = [(place, "consent.collected_at", ColumnRule.APPEND) for place in (0, 1)]
    with pytest.raises(Invalid) as twice:
        columns.choose(["x", "y"], both, KNOWN)
    assert twice.value.code == "DUPLICATE_TARGET"


# --- over the API ---

PLAN = """mutation ($input: ImportPlanInput!) { importPlan(input: $input) { run { id } errors { code path } } }"""
SHOWN = """query ($id: ID!) { run(id: $id) { import { applicable consents { basis note mayGrant planned { outcome count }
  outcome { outcome count } } } } runRows(id: $id) { nodes { n consents { topic channel purpose state planned why } } } }"""


async def test_the_api_takes_the_proof_and_shows_the_plan(ctx: Context, data: Any) -> None:
    file_id = await uploaded(as_admin(ctx), csv_of(HEADER, ["a@planted.example", "yes"]))
    mapped = [{"index": 0, "target": "emails.address"}, {"index": 1, "target": "consent.EMAIL.MARKETING"}]
    proof = {"basis": "EXPLICIT", "note": "The form.", "collectedAt": "2025-06-01T00:00:00Z"}
    sent = {"fileId": file_id, "columns": mapped, "consent": proof}
    made = (await data(PLAN, {"input": sent}))["importPlan"]
    assert made["errors"] == []
    public = made["run"]["id"]
    await runs.work(ctx, public.removeprefix("run_"))
    found = await data(SHOWN, {"id": public})
    assert found["run"]["import"] == {"applicable": True, "consents": {
        "basis": "EXPLICIT", "note": "The form.", "mayGrant": True, "planned": [{"outcome": "CURRENT", "count": 1}],
        "outcome": []}}  # fmt: skip
    assert found["runRows"]["nodes"] == [{"n": 1, "consents": [{
        "topic": "CHANNEL", "channel": "EMAIL", "purpose": "MARKETING", "state": "GRANTED", "planned": "CURRENT", "why": None,
    }]}]  # fmt: skip
    missing = {**sent, "consent": {**proof, "evidenceFileId": "fil_000000000000000000000000"}}
    assert (await data(PLAN, {"input": missing}))["importPlan"]["errors"][0]["code"] == "NOT_FOUND"


def test_an_item_names_one_thing() -> None:
    kind = importing.IdentifierKind.EMAIL
    found = importing.item(kind, "a@planted.example", "LIST/weekly", ConsentState.DENIED)
    assert (found["identifier"], found["list"], found.get("channel")) == (
        {"email": "a@planted.example"},
        "weekly",
        None,
    )
