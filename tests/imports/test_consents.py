"""Consents in imports: what becomes of each, and that a no is never lifted by a file."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from api.consent.fold import Said
from api.consent.model import ConsentBasis, ConsentSource, Entry
from api.core import ids
from api.core.context import Context
from api.core.idempotency import Once
from api.core.personal import Act
from api.customers import acts
from api.imports import browsing, consent_columns, earlier, rules as imports
from api.imports.browsing import Wanted
from api.imports.consent_apply import next_consents
from api.imports.model import ColumnRule
from tests.conftest import Clock, Commands
from tests.consent.going import go
from tests.consent.naive import state_of
from tests.factories import a_customer
from tests.imports.consents import EMAIL, HEADER, NEWS, OFFICER, PROOF, counts, entries, news, said, waiting
from tests.imports.steps import ADMIN, applied, csv_of, planned, text_of

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


async def test_who_went_since_her_row_was_written_brings_none(ctx: Context, stored: Any, clock: Clock) -> None:
    run = await news(ctx, ["a@planted.example", "yes"], ["b@planted.example", "yes"], consent={"note": "A form."})
    stored["consent_quarantine"].delete_many({})
    (anna,) = stored["customers"].find({"emails.normalized": "a@planted.example"})
    await go(ctx, Act.ANONYMIZE, anna["_id"])
    clock.move(seconds=1)
    batch = await next_consents(ctx, run, 1, 0, 2)
    assert batch
    step = await ctx.db.transact(lambda tx: batch.write(ctx, tx))
    assert step.counts == {f"details.consents.outcome.{name}": 1 for name in ("NOT_RECORDED", "QUARANTINE")}
    assert waiting(stored) == [("b@planted.example", "EMAIL/MARKETING", "GRANTED", "NO_BASIS")]


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
