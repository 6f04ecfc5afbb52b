"""Consents in imports: what becomes of each, whose it is, and that a no is never lifted by a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from api.agreements import rules as agreements
from api.agreements.model import ConsentChannel, Known
from api.consent import importing, recording
from api.consent.fold import Said
from api.consent.model import ConsentBasis, ConsentSource, ConsentState, Entry
from api.core import ids
from api.core.context import Context
from api.core.errors import Invalid
from api.core.idempotency import Once
from api.customers import acts
from api.imports import browsing, columns, consent_columns, earlier, rules as imports
from api.imports.browsing import Wanted
from api.imports.model import ColumnRule
from api.runs import rules as runs
from api.runs.model import Run
from tests.conftest import Clock, Commands
from tests.consent.naive import state_of
from tests.consent.world import PARTNER
from tests.factories import a_customer
from tests.imports.steps import ADMIN, applied, as_admin, csv_of, planned, text_of, uploaded

OFFICER = replace(ADMIN, permissions=frozenset({"consent.record"}))
PROOF = {"basis": "EXPLICIT", "note": "The form of the shop, 2025.", "collected_at": datetime(2025, 6, 1, tzinfo=UTC)}
EMAIL = (0, "emails.address", ColumnRule.APPEND)
HEADER = ["email", "said"]
NEWS = [EMAIL, (1, "consent.EMAIL.MARKETING", ColumnRule.APPEND)]


async def said(ctx: Context, address: str, state: str = "WITHDRAWN", **more: Any) -> None:
    """Record that an address said something, as a partner does."""
    item = {"identifier": {"email": address}, "channel": "EMAIL", "purpose": "MARKETING", "state": state, **more}
    (done,) = await recording.record(ctx.as_(PARTNER), [item], [Once("consentRecord")])
    assert done.applied, done.errors


async def news(ctx: Context, *rows: Sequence[str], wanted: Any = None, header: Any = None, **more: Any) -> Run:
    """Plan and apply a file with consents, proved unless something else is said."""
    options: dict[str, Any] = {"caller": OFFICER, "consent": PROOF, **more}
    run = await planned(ctx, csv_of(header or HEADER, *rows), wanted or NEWS, **options)
    assert run.error is None, run.error
    return await applied(ctx, run)


def counts(run: Run) -> tuple[dict[str, int], dict[str, int]]:
    """Return what was planned of consents, and what became of them."""
    found = run.details.get("consents", {})
    return found.get("planned", {}), found.get("outcome", {})


def entries(stored: Any) -> list[tuple[Any, ...]]:
    """Return the ledger as (address, topic, state, basis, source, day, what it did), in order."""
    found = []
    for doc in stored["consent_ledger"].find(sort=[("_id", 1)]):
        entry = Entry.of(doc)
        body, value = entry.body, entry.personal and entry.personal.get("value")
        found.append(
            (
                value,
                doc["topic"],
                body["state"],
                body["basis"],
                body["source"],
                body["collected_at"][:10],
                body["applied_as"],
            )
        )
    return found


def waiting(stored: Any) -> list[tuple[Any, ...]]:
    """Return the quarantine as (address, topic, state, why), in order."""
    docs = stored["consent_quarantine"].find(sort=[("_id", 1)])
    return [(one["personal"]["value"], one["topic"], one["state"], one["why"]) for one in docs]


# --- what becomes of a yes and a no ---


async def test_a_proved_yes_is_recorded_and_a_no_too(ctx: Context, stored: Any) -> None:
    run = await news(ctx, ["a@planted.example", "yes"], ["b@planted.example", "nee"], ["c@planted.example", ""])
    assert counts(run) == ({"CURRENT": 2}, {"CURRENT": 2})
    assert entries(stored) == [
        ("a@planted.example", "EMAIL/MARKETING", "GRANTED", "EXPLICIT", "IMPORT", "2025-06-01", "CURRENT"),
        ("b@planted.example", "EMAIL/MARKETING", "DENIED", "EXPLICIT", "IMPORT", "2025-06-01", "CURRENT"),
    ]
    entry = Entry.of(stored["consent_ledger"].find_one())
    assert entry.personal is not None
    assert entry.personal["evidence_note"] == "The form of the shop, 2025."
    assert entry.body["actor"]["name"] == "Ada Admin"
    assert waiting(stored) == []
    anna = stored["customers"].find_one({"emails.normalized": "a@planted.example"})
    assert anna["standing"][0]["keys"] == ["EMAIL/MARKETING/GRANTED", "EMAIL/MARKETING/GRANTED/EXPLICIT"]


@pytest.mark.parametrize(("gone", "why"), [("basis", "NO_BASIS"), ("collected_at", "NO_DATE"), ("note", "NO_SOURCE")])
async def test_what_is_not_proved_waits_but_a_no_does_not(ctx: Context, stored: Any, gone: str, why: str) -> None:
    run = await news(
        ctx, ["a@planted.example", "yes"], ["b@planted.example", "unsubscribed"], consent={**PROOF, gone: None}
    )
    assert counts(run) == ({"QUARANTINE": 1, "CURRENT": 1}, {"QUARANTINE": 1, "CURRENT": 1})
    assert waiting(stored) == [("a@planted.example", "EMAIL/MARKETING", "GRANTED", why)]
    day = "2026-03-12" if gone == "collected_at" else "2025-06-01"
    assert entries(stored) == [
        ("b@planted.example", "EMAIL/MARKETING", "WITHDRAWN", "EXPLICIT", "IMPORT", day, "CURRENT")
    ]
    doc = stored["consent_quarantine"].find_one()
    assert (doc["run"]["id"], doc["run"]["row"], doc["status"], doc["entry"]) == (run.id, 1, "OPEN", None)
    assert [one[0] for one in imports.problems_of(run)] == [why]


async def test_the_same_file_again_asks_nobody_twice(ctx: Context, stored: Any) -> None:
    for outcome in ("QUARANTINE", "NO_CHANGE"):
        run = await news(ctx, ["a@planted.example", "yes"], consent={**PROOF, "basis": None})
        assert counts(run)[0] == {outcome: 1}
        assert waiting(stored) == [("a@planted.example", "EMAIL/MARKETING", "GRANTED", "NO_BASIS")]


async def test_who_may_not_record_fills_the_quarantine_only(ctx: Context, stored: Any) -> None:
    await news(ctx, ["a@planted.example", "yes"], ["b@planted.example", "no"], caller=ADMIN)
    assert waiting(stored) == [("a@planted.example", "EMAIL/MARKETING", "GRANTED", "NO_PERMISSION")]
    assert [one[:3] for one in entries(stored)] == [("b@planted.example", "EMAIL/MARKETING", "DENIED")]


async def test_a_key_bound_to_purposes_grants_for_no_other(ctx: Context, stored: Any) -> None:
    bound = replace(OFFICER, purposes=frozenset({"SERVICE"}))
    await news(ctx, ["a@planted.example", "yes"], caller=bound)
    assert waiting(stored) == [("a@planted.example", "EMAIL/MARKETING", "GRANTED", "NO_PERMISSION")]


async def test_who_withdrew_is_not_resubscribed_and_the_row_is_listed(ctx: Context, stored: Any) -> None:
    await a_customer(ctx, email="no@planted.example")
    await said(ctx, "no@planted.example", collected_at=datetime(2025, 1, 1, tzinfo=UTC))
    run = await news(ctx, ["no@planted.example", "yes"], ["yes@planted.example", "yes"])
    assert counts(run) == ({"BLOCKED": 1, "CURRENT": 1}, {"BLOCKED": 1, "CURRENT": 1})
    assert [one[-1] for one in entries(stored)] == ["CURRENT", "BLOCKED", "CURRENT"]
    assert waiting(stored) == [("no@planted.example", "EMAIL/MARKETING", "GRANTED", "RESUBSCRIBE")]
    blocked = stored["consent_ledger"].find(sort=[("_id", 1)])[1]
    assert stored["consent_quarantine"].find_one()["entry"] == blocked["_id"]
    found = await browsing.rows(ctx, ids.show(ids.RUN, run.id), Wanted(problem="RESUBSCRIBE"), 50, None)
    assert [one.row.number for one in found.rows] == [1]
    listed = list(csv.DictReader(io.StringIO(await text_of(ctx, imports.error_file_id(run)), newline="")))
    assert [(one["_row"], one["_status"], one["_code"]) for one in listed] == [("1", "UNCHANGED", "RESUBSCRIBE")]
    person = stored["customers"].find_one({"emails.normalized": "no@planted.example"})
    assert person["standing"][0]["keys"] == ["EMAIL/MARKETING/WITHDRAWN"]
    text = stored["outbox"].find_one()["personal"]["text"]
    assert "- 1 blocked, because the person had said no" in text.splitlines()


async def test_a_yes_without_proof_on_top_of_a_no_is_listed_too(ctx: Context, stored: Any) -> None:
    await said(ctx, "no@planted.example", collected_at=datetime(2025, 1, 1, tzinfo=UTC))
    await news(ctx, ["no@planted.example", "yes"], consent={})
    assert waiting(stored) == [("no@planted.example", "EMAIL/MARKETING", "GRANTED", "RESUBSCRIBE")]
    assert len(entries(stored)) == 1


async def test_an_older_yes_is_superseded_and_the_same_file_again_changes_nothing(ctx: Context, stored: Any) -> None:
    await said(ctx, "no@planted.example", collected_at=datetime(2026, 1, 1, tzinfo=UTC))
    rows = ["no@planted.example", "yes"], ["new@planted.example", "yes"]
    first = await news(ctx, *rows)
    assert counts(first) == ({"SUPERSEDED": 1, "CURRENT": 1}, {"SUPERSEDED": 1, "CURRENT": 1})
    before = entries(stored)
    again = await news(ctx, *rows)
    assert counts(again) == ({"NO_CHANGE": 2}, {"NO_CHANGE": 2})
    assert entries(stored) == before


async def test_withdrawn_removed_and_imported_on_another_it_stays_withdrawn(ctx: Context, stored: Any) -> None:
    await a_customer(ctx, email="anna@planted.example")
    await said(ctx, "anna@planted.example", collected_at=datetime(2025, 1, 1, tzinfo=UTC))
    first = stored["customers"].find_one()
    gone = {"emails": {"remove": [first["emails"][0]["id"]]}}
    assert (await acts.update(ctx, first["_id"], gone, once=Once("customerUpdate"))).applied
    run = await news(
        ctx, ["R1", "anna@planted.example", "yes"], header=["ref", *HEADER],
        wanted=[(0, "reference_id", ColumnRule.FILL_EMPTY), (1, *EMAIL[1:]), (2, *NEWS[1][1:])],
    )  # fmt: skip
    assert counts(run)[1] == {"BLOCKED": 1}
    other = stored["customers"].find_one({"reference_id": "R1"})
    assert other["_id"] != first["_id"]
    assert other["standing"][0]["keys"] == ["EMAIL/MARKETING/WITHDRAWN"]


async def test_a_no_since_the_plan_blocks_late_and_is_listed(ctx: Context, stored: Any) -> None:
    await a_customer(ctx, email="a@planted.example")
    run = await planned(ctx, csv_of(HEADER, ["a@planted.example", "yes"]), NEWS, caller=OFFICER, consent=PROOF)
    await said(ctx, "a@planted.example", collected_at=datetime(2025, 1, 1, tzinfo=UTC))
    run = await applied(ctx, run)
    assert counts(run) == ({"CURRENT": 1}, {"BLOCKED": 1})
    assert waiting(stored)[0][3] == "RESUBSCRIBE"
    assert run.tallies["RESUBSCRIBE"] == 1
    found = await browsing.rows(ctx, ids.show(ids.RUN, run.id), Wanted(problem="RESUBSCRIBE"), 50, None)
    assert [one.row.number for one in found.rows] == [1]


async def test_rows_that_failed_bring_no_consents(ctx: Context, stored: Any) -> None:
    await a_customer(ctx, email="a@planted.example", reference_id="R1")
    await a_customer(ctx, email="b@planted.example")
    header = ["ref", "email", "born", "said"]
    wanted = [
        (0, "reference_id", ColumnRule.FILL_EMPTY), (1, *EMAIL[1:]), (2, "date_of_birth", ColumnRule.FILL_EMPTY),
        (3, *NEWS[1][1:]),
    ]  # fmt: skip
    run = await news(
        ctx, ["R1", "b@planted.example", "", "no"], ["", "c@planted.example", "1990-02-29", "no"], ["", "", "1990-01-01", "no"],
        ["", "d@planted.example", "", "perhaps"], wanted=wanted, header=header,
    )  # fmt: skip
    assert run.outcome == {"CONFLICT": 1, "INVALID": 2, "SKIPPED": 1}
    assert (counts(run), entries(stored), waiting(stored)) == (({}, {}), [], [])


async def test_a_row_that_drifted_brings_none(ctx: Context, stored: Any) -> None:
    doc = await a_customer(ctx, email="a@planted.example")
    data = csv_of(["email", "job", "said"], ["a@planted.example", "Baker", "no"])
    wanted = [EMAIL, (1, "job_title", ColumnRule.FILL_EMPTY), (2, *NEWS[1][1:])]
    run = await planned(ctx, data, wanted, caller=OFFICER, consent=PROOF)
    assert (await acts.update(ctx, doc["_id"], {"job_title": "Miller"}, once=Once("customerUpdate"))).applied
    run = await applied(ctx, run)
    assert run.outcome == {"DRIFTED": 1}
    assert counts(run) == ({"CURRENT": 1}, {})
    assert entries(stored) == []


# --- whose, about what, and when ---


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


# --- how it is written ---


async def test_commands_of_a_batch_with_and_without_consents(ctx: Context, stored: Any, commands: Commands) -> None:
    ctx.db.rehearse = False
    await said(ctx, "no@planted.example", collected_at=datetime(2025, 1, 1, tzinfo=UTC))
    rows = [["no@planted.example", "yes"], ["a@planted.example", "yes"], ["b@planted.example", "no"]]
    plain = await planned(ctx, csv_of(HEADER, ["c@planted.example", "yes"], ["d@planted.example", "no"]), [EMAIL])
    with commands() as without:
        await applied(ctx, plain)
    assert not [one for one in without if "consent" in one or "agreements" in one]
    run = await planned(ctx, csv_of(HEADER, *rows), NEWS, caller=OFFICER, consent=PROOF)
    with commands() as sent:
        await applied(ctx, run)
    batch = sent[sent.index("insert consent_ledger") - 4 :]
    assert batch[: batch.index("commit")] == [
        "find identifiers", "find customers", "update identifiers", "update customers", "insert consent_ledger",
        "insert consent_quarantine", "update runs",
    ]  # fmt: skip


async def test_random_files_against_the_story(ctx: Context, stored: Any, clock: Clock) -> None:
    ctx.db.rehearse = False
    dice, told = Random(4), dict[str, list[Said]]()
    people = [f"p{number}@planted.example" for number in range(6)]
    for _ in range(100):
        clock.move(hours=1)
        rows = []
        for who in dice.sample(people, 3):
            cell = dice.choice(["yes", "no", "unsubscribed", "pending", ""])
            hours = dice.randrange(200)
            at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
            rows.append([who, cell, at.isoformat()])
        basis = dice.choice(["EXPLICIT", "DOUBLE_OPT_IN", "IMPLICIT", "IMPORTED", None])
        wanted = [*NEWS, (2, "consent.collected_at", ColumnRule.APPEND)]
        await news(ctx, *rows, header=[*HEADER, "at"], wanted=wanted, consent={"basis": basis, "note": "A form."})
        for who, cell, at in rows:
            if cell and (basis or cell in {"no", "unsubscribed"}):
                state, _ = consent_columns.state(cell)
                how = ConsentBasis(basis or "EXPLICIT"), ConsentSource.IMPORT, datetime.fromisoformat(at)
                told.setdefault(who, []).append(Said(ids.new(), state, *how))
    for who, history in told.items():
        customer = stored["customers"].find_one({"emails.normalized": who})
        keys = [key for row in customer["standing"] for key in row["keys"]]
        assert f"EMAIL/MARKETING/{state_of(history)}" in keys, who


# --- what earlier imports kept ---


async def test_what_earlier_imports_kept_goes_into_quarantine_once(ctx: Context, stored: Any) -> None:
    run = await news(ctx, ["a@planted.example", "yes"], ["b@planted.example", "yes"], ["c", "yes"])
    stored["consent_ledger"].delete_many({})
    for name in ("matters", "head", "subject", "facts"):
        stored["identifiers"].update_many({}, {"$unset": {name: ""}})
    stored["customers"].update_many({}, {"$set": {"standing.$[].keys": [], "standing.$[].known": []}})
    doc = stored["run_rows"].find_one()
    for row in doc["personal"]["planned"]:
        row.pop("s", None)
        row["t"] = [["2024-05-01", "newsletter"]] * (600 if row["n"] == 1 else 1)
    stored["run_rows"].replace_one({"_id": doc["_id"]}, doc)
    stored["runs"].update_one({"_id": run.id}, {"$unset": {"options.consent": ""}})
    assert await earlier.sweep(ctx) == 601
    assert await earlier.sweep(ctx) == 0
    found = list(stored["consent_quarantine"].find({"run.row": 2}))
    who = stored["customers"].find_one({"emails.normalized": "b@planted.example"})
    assert [(one["topic"], one["why"], one["customer_id"], one["state"]) for one in found] == [
        ("TERM/newsletter", "EARLIER_IMPORT", who["_id"], "GRANTED")
    ]
    assert found[0]["collected_at"] == datetime(2024, 5, 1, tzinfo=UTC)
    assert stored["consent_quarantine"].count_documents({}) == 601
    assert stored["runs"].find_one({"_id": run.id})["details"]["earlier"] == {"ended": True}


async def test_imports_of_today_and_plans_are_not_taken_over(ctx: Context, stored: Any) -> None:
    await news(ctx, ["a@planted.example", "yes"], consent={})
    plan = await planned(ctx, csv_of(HEADER, ["b@planted.example", "yes"]), [EMAIL])
    stored["runs"].update_one({"_id": plan.id}, {"$unset": {"options.consent": ""}})
    assert await earlier.sweep(ctx) == 0
    assert len(waiting(stored)) == 1


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
