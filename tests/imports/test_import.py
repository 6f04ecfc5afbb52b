"""An import from the file to the report: exact counts, exactly the plan, and twice is once."""

from __future__ import annotations

import csv
import io
from typing import Any

from api.core import ids
from api.core.context import Context
from api.core.idempotency import Once
from api.customers import acts
from api.imports import browsing, rules as imports
from api.imports.browsing import Wanted
from api.imports.model import ColumnRule, KeylessRows, RowOutcome
from api.runs import rules as runs
from api.runs.model import RunPhase, RunStatus
from tests.factories import a_customer
from tests.imports.steps import DATA, applied, as_admin, csv_of, imported, planned, text_of, uploaded

PEOPLE = (DATA / "people.csv").read_bytes()


async def test_the_template_file_creates_four_updates_one_and_refuses_two(ctx: Context, stored: Any) -> None:
    run = await imported(ctx, PEOPLE)
    assert run.status is RunStatus.SUCCEEDED
    assert run.planned == run.outcome == {"CREATE": 4, "UPDATE": 1, "INVALID": 2}
    assert run.processed == imports.rows_read(run) == 7
    femke = stored["customers"].find_one({"reference_id": "B2001"})
    assert femke["job_title"] == "Editor"
    assert femke["tags"] == ["newsletter", "vip", "press"]
    assert femke["version"] == 2
    assert femke["phones"][0]["number"] == "+31612345678"
    assert femke["addresses"][0]["country_code"] == "NL"
    assert femke["bank_accounts"][0]["masked"] == "NL91 **** 4300"
    assert "NL91ABNA0417164300" not in str(femke)
    assert stored["customers"].find_one({"reference_id": "B2002"})["date_of_birth"] == "1975-11-07"


async def test_the_same_file_again_changes_nothing(ctx: Context, stored: Any) -> None:
    await imported(ctx, PEOPLE)
    before = list(stored["customers"].find(sort=[("_id", 1)]))
    run = await imported(ctx, PEOPLE)
    assert run.outcome == {"UNCHANGED": 5, "INVALID": 2}
    assert list(stored["customers"].find(sort=[("_id", 1)])) == before


async def test_each_row_says_what_is_wrong_with_it(ctx: Context) -> None:
    run = await planned(ctx, PEOPLE)
    found = await browsing.rows(ctx, ids.show(ids.RUN, run.id), Wanted(planned=[RowOutcome.INVALID]), 50, None)
    issues = {one.row.number: {(issue.code, issue.column) for issue in one.row.issues} for one in found.rows}
    assert issues == {
        3: {("INVALID_DATE", "date_of_birth"), ("BANK_INCOMPLETE", "account_holder")},
        5: {
            ("INVALID_DATE", "date_of_birth"),
            ("INVALID_EMAIL", "email"),
            ("INVALID_IBAN", "bank_account"),
            ("INVALID_TERM", "terms"),
            ("ADDRESS_INCOMPLETE", "house_number"),
        },
    }


async def test_terms_that_nobody_knows_wait_in_quarantine(ctx: Context, stored: Any) -> None:
    run = await planned(ctx, PEOPLE)
    rows = stored["run_rows"].find_one({"run_id": run.id})["personal"]["planned"]
    found = [(one["t"], one["a"].date().isoformat(), one["o"], one["w"]) for one in rows[0]["s"]]
    assert found == [
        ("TERM/newsletter", "2024-05-01", "QUARANTINE", "UNKNOWN_TERM"),
        ("TERM/general-terms", "2024-05-01", "QUARANTINE", "UNKNOWN_TERM"),
    ]
    assert [one["t"] for one in rows[1]["s"]] == ["TERM/newsletter"]


async def test_a_plan_writes_no_customer_and_leaves_no_states(ctx: Context, stored: Any) -> None:
    run = await planned(ctx, PEOPLE)
    assert run.status is RunStatus.READY
    assert run.phase is RunPhase.PLAN
    assert stored["customers"].count_documents({}) == 0
    assert stored["changes"].count_documents({}) == 0
    assert stored["plan_states"].count_documents({}) == 0


async def test_changes_name_the_run_the_row_and_who_started_it(ctx: Context, stored: Any) -> None:
    run = await imported(ctx, PEOPLE)
    femke = stored["customers"].find_one({"reference_id": "B2001"})
    changes = list(stored["changes"].find({"customer_id": femke["_id"]}, sort=[("version", 1)]))
    assert [one["run"]["row"] for one in changes] == [1, 7]
    assert {one["run"]["id"] for one in changes} == {run.id}
    assert {one["source"] for one in changes} == {"IMPORT"}
    assert {one["actor"]["name"] for one in changes} == {"Ada Admin"}


async def test_one_mail_reports_all_numbers(ctx: Context, stored: Any) -> None:
    await imported(ctx, PEOPLE)
    mails = list(stored["outbox"].find())
    assert len(mails) == 1
    assert mails[0]["personal"]["to"] == "ada@staff.example"
    text = mails[0]["personal"]["text"]
    for line in ("Created: 4", "Updated: 1", "Already complete: 0", "Skipped: 0", "Rows failed: 2", "Rows read: 7"):
        assert line in text.splitlines()
    assert "- 1 x INVALID_EMAIL: This is not an email address." in text.splitlines()


async def test_the_error_file_is_corrected_and_uploaded_again(ctx: Context, stored: Any) -> None:
    run = await imported(ctx, PEOPLE)
    text = await text_of(ctx, imports.error_file_id(run))
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [(one["_row"], one["_status"]) for one in rows] == [("3", "INVALID"), ("5", "INVALID")]
    assert rows[0]["_code"] == "INVALID_DATE; BANK_INCOMPLETE"
    assert rows[0]["phone_number"] == "'+48 512 345 678"
    mended = text.replace("1990-02-29", "1990-02-28").replace("not-an-email", "lotte@planted.example")
    mended = (
        mended.replace("12/31/1990", "31-12-1990").replace("2024-13-45", "2024-12-05").replace("NL00BANK0000000000", "")
    )
    again = await imported(ctx, mended.encode())
    assert again.outcome == {"CREATE": 2}
    assert stored["customers"].find_one({"reference_id": "B2003"})["phones"][0]["number"] == "+48512345678"
    assert again.options["preset"] == "Prepr template"


async def test_a_customer_who_moved_is_decided_again(ctx: Context, stored: Any) -> None:
    kept = await a_customer(ctx, email="kept@planted.example")
    moved = await a_customer(ctx, email="moved@planted.example")
    header = ["email", "job_title"]
    run = await planned(ctx, csv_of(header, ["kept@planted.example", "Cook"], ["moved@planted.example", "Cook"]))
    assert run.planned == {"UPDATE": 2}
    # Both moved: one in another field, so that the row does the same; one in this field, so that it would not.
    reason = {"once": Once("customerUpdate")}
    await acts.update(ctx, kept["_id"], {"organization": "Acme"}, **reason)
    await acts.update(ctx, moved["_id"], {"job_title": "Baker"}, **reason)
    run = await applied(ctx, run)
    assert run.outcome == {"UPDATE": 1, "DRIFTED": 1}
    assert stored["customers"].find_one({"_id": kept["_id"]})["job_title"] == "Cook"
    assert stored["customers"].find_one({"_id": moved["_id"]})["job_title"] == "Baker"
    found = await browsing.rows(ctx, ids.show(ids.RUN, run.id), Wanted(outcome=[RowOutcome.DRIFTED]), 50, None)
    assert [one.row.number for one in found.rows] == [2]
    assert found.rows[0].row.issues[-1].code == "DRIFTED"


async def test_an_email_that_somebody_took_meanwhile_drifts(ctx: Context, stored: Any) -> None:
    run = await planned(ctx, csv_of(["email"], ["taken@planted.example"], ["free@planted.example"]))
    await a_customer(ctx, email="taken@planted.example")
    run = await applied(ctx, run)
    assert run.outcome == {"CREATE": 1, "DRIFTED": 1}
    assert stored["customers"].count_documents({}) == 2


async def test_keys_of_two_customers_are_a_conflict_with_both_ids(ctx: Context) -> None:
    one = await a_customer(ctx, reference_id="R1")
    other = await a_customer(ctx, email="other@planted.example")
    run = await planned(ctx, csv_of(["reference_id", "email"], ["R1", "other@planted.example"]))
    assert run.planned == {"CONFLICT": 1}
    found = await browsing.rows(ctx, ids.show(ids.RUN, run.id), Wanted(), 50, None)
    message = found.rows[0].row.issues[0].message
    assert ids.show(ids.CUSTOMER, one["_id"]) in message
    assert ids.show(ids.CUSTOMER, other["_id"]) in message


async def test_a_customer_in_the_trash_is_a_conflict(ctx: Context, stored: Any) -> None:
    gone = await a_customer(ctx, email="gone@planted.example")
    await acts.trash(ctx, [gone["_id"]], once=Once("customerDelete"))
    run = await imported(ctx, csv_of(["email", "job_title"], ["gone@planted.example", "Cook"]))
    assert run.outcome == {"CONFLICT": 1}
    assert run.tallies == {"IN_TRASH": 1}


async def test_rows_without_a_key_are_skipped_or_created_by_choice(ctx: Context, stored: Any) -> None:
    data = csv_of(["first_name", "phone", "email"], ["Kim", "0612345678", ""], ["Jo", "", ""], ["", "", ""])
    run = await imported(ctx, data)
    assert run.outcome == {"SKIPPED": 3}
    assert run.tallies == {"NO_KEY": 2, "EMPTY_ROW": 1}
    run = await imported(ctx, data, keyless=KeylessRows.CREATE)
    assert run.outcome == {"CREATE": 2, "SKIPPED": 1}


async def test_families_share_a_phone(ctx: Context) -> None:
    rows = [["kim@planted.example", "0612345678"], ["jo@planted.example", "0612345678"]]
    run = await imported(ctx, csv_of(["email", "phone"], *rows))
    assert run.outcome == {"CREATE": 2}


async def test_rows_see_the_rows_before_them_across_batches(ctx: Context, stored: Any) -> None:
    rows = [[f"p{n % 250}@planted.example", f"R{n % 250}", f"tag{n // 250}"] for n in range(500)]
    run = await imported(ctx, csv_of(["email", "reference_id", "tags"], *rows))
    assert run.planned == run.outcome == {"CREATE": 250, "UPDATE": 250}
    assert stored["run_rows"].count_documents({}) == 3
    assert {tuple(one["tags"]) for one in stored["customers"].find()} == {("tag0", "tag1")}


async def test_a_key_that_an_earlier_row_added_finds_the_customer(ctx: Context, stored: Any) -> None:
    rows = [["R1", "a@planted.example", "one"], ["", "a@planted.example", "two"], ["R1", "b@planted.example", "three"]]
    run = await imported(ctx, csv_of(["reference_id", "email", "tags"], *rows))
    assert run.outcome == {"CREATE": 1, "UPDATE": 2}
    only = stored["customers"].find_one()
    assert [one["normalized"] for one in only["emails"]] == ["a@planted.example", "b@planted.example"]
    assert only["tags"] == ["one", "two", "three"]


async def test_overwrite_and_fill(ctx: Context, stored: Any) -> None:
    await a_customer(ctx, email="a@planted.example", job_title="Cook", organization="Acme")
    wanted = [
        (0, "emails.address", ColumnRule.FILL_EMPTY),
        (1, "job_title", ColumnRule.OVERWRITE),
        (2, "organization", ColumnRule.FILL_EMPTY),
    ]
    run = await imported(ctx, csv_of(["m", "j", "o"], ["A@planted.example", "Baker", "Other"]), wanted)
    assert run.outcome == {"UPDATE": 1}
    found = stored["customers"].find_one()
    assert (found["job_title"], found["organization"], found["version"]) == ("Baker", "Acme", 2)
    # An empty cell overwrites nothing.
    run = await imported(ctx, csv_of(["m", "j", "o"], ["a@planted.example", "", ""]), wanted)
    assert run.outcome == {"UNCHANGED": 1}


async def test_import_file_does_the_whole_of_it(ctx: Context, tmp_path: Any) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(PEOPLE)
    run = await imports.import_file(as_admin(ctx), path, wait=False)
    await runs.work(ctx, str(run.id))
    run = await imports.import_file(as_admin(ctx), path, wait=True, give_up=lambda: True)
    first, second = (await runs.listed(ctx, 2, None, None, None)).rows
    assert second.outcome == {"CREATE": 4, "UPDATE": 1, "INVALID": 2}
    assert first.status is RunStatus.QUEUED


async def test_working_twice_is_working_once(ctx: Context, stored: Any) -> None:
    run = await imported(ctx, PEOPLE)
    for _ in range(2):
        await runs.work(ctx, str(run.id))
    assert (await runs.get_by_id(ctx, run.id)).attempt == run.attempt
    assert stored["customers"].count_documents({}) == 4
    assert stored["outbox"].count_documents({}) == 1


async def test_a_batch_of_200_rows_takes_eight_commands(ctx: Context, commands: Any) -> None:
    rows = [[f"p{n}@planted.example", f"R{n}", f"06{n:08d}", f"tag{n}"] for n in range(200)]
    data = csv_of(["email", "reference_id", "phone", "tags"], *rows)
    run = await planned(ctx, data)
    await imports.apply(as_admin(ctx), Once("importApply"), ids.show(ids.RUN, run.id))
    with commands() as sent:
        await runs.work(ctx, str(run.id))
    batch = sent[sent.index("find identifiers") : sent.index("update run_rows") + 2]
    assert len(batch) <= 8, batch
    assert batch[-1] == "update runs"


async def test_a_template_is_offered_that_maps_itself(ctx: Context) -> None:
    preview = await imports.preview(
        ctx, await uploaded(ctx, imports.template().encode() + b",,a@planted.example" + b"," * 15), None, None
    )
    assert preview.preset == "Prepr template"
    assert preview.problems == []
    assert all(one.certain and one.target for one in preview.columns)
