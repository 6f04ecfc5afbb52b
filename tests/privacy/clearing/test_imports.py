"""Imports of persons who went: their rows, the files that brought them, and what a plan remembers of them."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from api.core import ids
from api.core.context import Context
from api.core.errors import Unavailable
from api.core.idempotency import Once
from api.core.mongo import Tx
from api.core.personal import Act, Cleared, Gone
from api.customers import acts
from api.files import rules as files
from api.files.clearing import clear_parts
from api.imports import applying, clearing, planning, reporting, rules as imports, store
from api.imports.model import ColumnRule, RowOutcome
from api.runs import batches, rules as runs
from api.runs.model import Run, RunStatus
from tests.conftest import Ask, Clock
from tests.factories import a_customer
from tests.imports.steps import applied, as_admin, csv_of, imported, planned, text_of, uploaded
from tests.privacy.clearing.steps import all_of, changed, cleared, gone, holding, once

HEADER = ["reference_id", "email", "first_name", "job_title", "date_of_birth"]
TARGETS = ["reference_id", "emails.address", "given_name", "job_title", "date_of_birth"]
WANTED = [
    (place, target, ColumnRule.OVERWRITE if target == "job_title" else ColumnRule.FILL_EMPTY)
    for place, target in enumerate(TARGETS)
]
ANNA = ["A-1000", "Anna@planted.example", "Annamark", "marked title", ""]
BEN = ["B-1000", "ben@planted.example", "Ben", "his title", ""]
BROKEN = ["", "ANNA@PLANTED.example", "Annamark", "", "no day"]
ROWS = """query ($id: ID!, $problem: String) { runRows(id: $id, problem: $problem) { nodes {
  n planned outcome customerId customerName key issues { code severity column } changes { path } consents { topic } } } }"""
LOOK = """query ($id: ID!) { run(id: $id) { title status files { id name } log { text } error { code message }
  outcome { name count } import { file { id name } errorFile { id } applicable problems { code count } } } }"""
HER_MARKS = ("anna@planted.example", "annamark", "marked title", "A-1000")


async def both(ctx: Context) -> tuple[ObjectId, ObjectId]:
    """Make Anna and Ben."""
    anna = await a_customer(ctx, given_name="Annamark", reference_id="A-1000", email="Anna@planted.example")
    ben = await a_customer(ctx, given_name="Ben", reference_id="B-1000", email="ben@planted.example")
    return anna["_id"], ben["_id"]


def rows_of(stored: Any, run: Run) -> dict[int, dict[str, Any]]:
    """Return the stored rows of a run by number."""
    docs = stored["run_rows"].find({"run_id": run.id})
    return {row["n"]: row for doc in docs for row in doc["personal"]["planned"]}


async def clear_all(ctx: Context, people: list[Gone]) -> int:
    """Clear what imports hold."""
    return await cleared(ctx, clearing.clear_rows, people) + await cleared(ctx, clearing.clear_states, people)


async def test_her_rows_go_and_his_are_as_they_were(ctx: Context, stored: Any, clock: Clock) -> None:
    anna, _ = await both(ctx)
    clock.move(hours=1)
    run = await imported(
        ctx, csv_of(HEADER, ANNA, BEN, BROKEN, ["", "ben@planted.example", "Ben", "", "no day"]), WANTED
    )
    other = await imported(ctx, csv_of(HEADER, BEN), WANTED)
    people = await gone(ctx, anna)
    before = all_of(stored, "run_rows", "runs", "files", "file_parts", "outbox")
    assert await clear_all(ctx, people) == 5
    after = all_of(stored, "run_rows", "runs", "files", "file_parts", "outbox")
    (batch,) = (doc["_id"] for doc in before["run_rows"].values() if doc["run_id"] == run.id)
    (report,) = (doc["_id"] for doc in before["outbox"].values() if doc["about"] == run.id)
    held = sorted([run.options["file_id"], run.details["error_file"]], key=str)
    assert changed(before, after) == {"run_rows": [batch], "runs": [run.id], "files": held, "outbox": [report]}
    then, now = before["run_rows"][batch], after["run_rows"][batch]
    left = {"i": [clearing.BLANKED.doc]}
    planned_rows = then["personal"]["planned"]
    assert now["personal"]["planned"] == [
        {"n": 1, "o": "UPDATE", **left}, planned_rows[1], {"n": 3, "o": "INVALID", **left}, planned_rows[3],
    ]  # fmt: skip
    assert (now["blanked"], now["codes"]) == (2, [*then["codes"], "ERASED"])
    same = then.keys() - {"personal", "codes"}
    assert {name: now[name] for name in same} == {name: then[name] for name in same}
    assert after["outbox"][report] == {**before["outbox"][report], "personal": None}
    assert after["runs"][run.id]["title"] == "Import of 2026-03-12"
    assert (await runs.get_by_id(ctx, other.id)).title == "people.csv"
    assert after["runs"][run.id]["tallies"] == {**before["runs"][run.id]["tallies"], "ERASED": 2}
    # The upload and the file of errors that hold her go on existing until their bytes are removed.
    elsewhere = holding(stored, HER_MARKS)
    assert {one.partition(":")[0] for one in elsewhere} <= {"file_parts"}


async def test_what_is_blanked_is_read_without_an_error(ctx: Context, stored: Any, data: Ask, clock: Clock) -> None:
    anna, ben = await both(ctx)
    clock.move(hours=1)
    run = await imported(ctx, csv_of(HEADER, ANNA, BEN, BROKEN), WANTED)
    public = ids.show(ids.RUN, run.id)
    await clear_all(ctx, await gone(ctx, anna))
    nodes = (await data(ROWS, {"id": public}))["runRows"]["nodes"]
    issue = {"code": "ERASED", "severity": "WARNING", "column": None}
    nothing = {"customerId": None, "customerName": None, "key": None, "changes": [], "consents": [], "issues": [issue]}
    assert nodes[0] == {"n": 1, "planned": "UPDATE", "outcome": "UPDATE", **nothing}
    assert nodes[2] == {"n": 3, "planned": "INVALID", "outcome": "INVALID", **nothing}
    assert (nodes[1]["customerId"], nodes[1]["key"]) == (ids.show(ids.CUSTOMER, ben), "B-1000")
    erased = (await data(ROWS, {"id": public, "problem": "ERASED"}))["runRows"]["nodes"]
    assert [one["n"] for one in erased] == [1, 3]
    found = (await data(LOOK, {"id": public}))["run"]
    assert (found["title"], found["files"], found["import"]["errorFile"]) == ("Import of 2026-03-12", [], None)
    assert found["import"]["file"]["name"] == "Import of 2026-03-12"
    assert {"code": "ERASED", "count": 2} in found["import"]["problems"]
    assert found["log"][-1]["text"].startswith("Somebody in this import was erased")


async def test_a_removed_file_says_so_at_every_door(
    ctx: Context, stored: Any, gql: Ask, client: Any, headers_of: Any
) -> None:
    anna, _ = await both(ctx)
    run = await planned(ctx, csv_of(HEADER, ANNA, BEN), WANTED)
    public = ids.show(ids.FILE, run.options["file_id"])
    before = await client.get(f"/files/{public}", headers=headers_of("owner"))
    assert (before.status_code, b"Annamark" in before.content) == (200, True)
    await clear_all(ctx, await gone(ctx, anna))
    for way in ({}, {"Range": "bytes=0-3"}):
        answer = await client.get(f"/files/{public}", headers={**headers_of("owner"), **way})
        assert answer.status_code == 410
        (error,) = answer.json()["errors"]
        assert error == {
            "message": "This file was removed because it held a person who was erased.",
            "extensions": {"code": "FILE_REMOVED"},
        }
    preview = await gql("query ($id: ID!) { importPreview(fileId: $id) { preset } }", {"id": public})
    assert preview["errors"][0]["extensions"]["code"] == "FILE_REMOVED"
    plan = "mutation ($input: ImportPlanInput!) { importPlan(input: $input) { run { id } errors { code } } }"
    answer = await gql(plan, {"input": {"fileId": public}})
    assert answer["data"]["importPlan"] == {"run": None, "errors": [{"code": "FILE_REMOVED"}]}


@pytest.mark.parametrize("act", Act)
async def test_a_plan_that_waits_leaves_her_row_out(ctx: Context, stored: Any, data: Ask, act: Act) -> None:
    anna, ben = await both(ctx)
    new = ["C-1000", "cara@planted.example", "Cara", "", ""]
    run = await planned(ctx, csv_of(HEADER, ANNA, BEN, new, BROKEN), WANTED)
    assert run.planned == {"UPDATE": 2, "CREATE": 1, "INVALID": 1}
    people = await gone(ctx, anna, act=act, suppress=False)
    before = stored["customers"].count_documents({})
    await clear_all(ctx, people)
    run = await applied(ctx, run)
    assert (run.status, run.error) == (RunStatus.SUCCEEDED, None)
    assert run.outcome == {"SKIPPED": 1, "UPDATE": 1, "CREATE": 1, "INVALID": 1}
    assert stored["customers"].count_documents({}) == before + 1
    assert stored["customers"].find_one({"_id": ben})["job_title"] == "his title"
    assert "error_file" not in run.details
    nodes = (await data(ROWS, {"id": ids.show(ids.RUN, run.id)}))["runRows"]["nodes"]
    assert [(one["n"], one["outcome"]) for one in nodes] == [
        (1, "SKIPPED"),
        (2, "UPDATE"),
        (3, "CREATE"),
        (4, "INVALID"),
    ]
    await cleared_files(ctx, people)
    assert holding(stored, HER_MARKS) == []


async def cleared_files(ctx: Context, people: list[Gone]) -> None:
    """Remove the bytes of removed files."""
    await cleared(ctx, clear_parts, people)


async def test_rows_that_would_have_made_her_go_too(ctx: Context, stored: Any, clock: Clock) -> None:
    again = ["", "anna@planted.example", "Annamark", "marked title", ""]
    run = await planned(ctx, csv_of(HEADER, ["A-1000", "Anna@Planted.example", "Annamark", "", ""], BEN, again), WANTED)
    assert run.planned == {"CREATE": 2, "UPDATE": 1}
    clock.move(hours=1)
    anna = (await a_customer(ctx, given_name="Annamark", email="anna@planted.example", reference_id="A-1000"))["_id"]
    people = await gone(ctx, anna, act=Act.ANONYMIZE, suppress=False)
    before = rows_of(stored, run)
    await clear_all(ctx, people)
    after = rows_of(stored, run)
    assert [sorted(after[n]) for n in (1, 3)] == [["i", "n", "o"], ["i", "n", "o"]]
    assert after[2] == before[2]
    run = await applied(ctx, run)
    assert run.outcome == {"SKIPPED": 2, "CREATE": 1}
    assert [doc["given_name"] for doc in stored["customers"].find({"reference_id": {"$exists": True}})] == ["Ben"]


async def test_rows_that_follow_go_before_the_one_that_names_her(
    ctx: Context, stored: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "MAX_ROWS", 1)
    monkeypatch.setattr(clearing, "BATCHES", 2)
    monkeypatch.setattr(clearing, "MAX_BATCHES", 4)
    rows = [["A-1000", "", "", f"marked title {n}", ""] for n in range(7)]
    run = await planned(ctx, csv_of(HEADER, ["A-1000", "Anna@planted.example", "Annamark", "", ""], *rows), WANTED)
    clock.move(hours=1)
    people = await gone(ctx, (await a_customer(ctx, given_name="Annamark", reference_id="A-1000"))["_id"])
    await clear_all(ctx, people)
    assert {tuple(sorted(one)) for one in rows_of(stored, run).values()} == {("i", "n", "o")}


async def test_a_row_that_came_to_somebody_else_is_his(ctx: Context, stored: Any, clock: Clock) -> None:
    """Ben had the address when the file came; Anna had it later, and went with it."""
    ben = (await a_customer(ctx, given_name="Ben", reference_id="B-1000"))["_id"]
    shared = ["B-1000", "shared@planted.example", "", "his title", ""]
    broken = ["", "shared@planted.example", "", "", "no day"]
    run = await imported(ctx, csv_of(HEADER, shared, broken), WANTED)
    clock.move(days=1)
    (doc,) = stored["customers"].find({"_id": ben})
    removed = {"emails": {"remove": [doc["emails"][0]["id"]]}}
    assert (await acts.update(ctx, ben, removed, once=Once("customerUpdate"))).applied
    clock.move(days=1)
    anna = (await a_customer(ctx, given_name="Annamark", email="shared@planted.example", reference_id="A-1000"))["_id"]
    clock.move(days=1)
    (doc,) = stored["customers"].find({"_id": anna})
    removed = {"emails": {"remove": [doc["emails"][0]["id"]]}}
    assert (await acts.update(ctx, anna, removed, once=Once("customerUpdate"))).applied
    people = await gone(ctx, anna)
    before = all_of(stored, "run_rows", "runs", "files", "outbox")
    assert await clear_all(ctx, people) == 0
    assert changed(before, all_of(stored, "run_rows", "runs", "files", "outbox")) == {}
    assert len(rows_of(stored, run)) == 2


async def test_a_worker_that_had_read_the_rows_already_leaves_hers_out(
    ctx: Context, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """She goes while a worker holds her row in its hands; suppressed she is not, so that only this keeps her away."""
    run = await planned(ctx, csv_of(HEADER, ["A-1000", "anna@planted.example", "Annamark", "", ""], BEN), WANTED)
    anna = (await a_customer(ctx, given_name="Annamark", email="anna@planted.example"))["_id"]
    first = applying.ApplyBatch.write
    went: list[Gone] = []

    async def slow(self: applying.ApplyBatch, inner: Context, tx: Tx) -> Any:
        if not went:
            went.extend(await gone(ctx, anna, act=Act.ANONYMIZE, suppress=False))
            await clear_all(ctx, went)
            raise Unavailable
        return await first(self, inner, tx)

    monkeypatch.setattr(applying.ApplyBatch, "write", slow)
    run = await applied(ctx, run)
    assert (run.status, run.outcome) == (RunStatus.SUCCEEDED, {"SKIPPED": 1, "CREATE": 1})
    known = [doc["given_name"] for doc in stored["customers"].find({"kind": "KNOWN"})]
    assert known == ["Ben"]


async def halfway(ctx: Context, monkeypatch: pytest.MonkeyPatch, batch: Any, *rows: list[str]) -> Run:
    """Plan a file, and let the worker die when it comes to a batch of some kind."""

    async def killed(*_: Any) -> None:
        raise batches.Stale

    with monkeypatch.context() as during:
        during.setattr(batch, "write", killed)
        return await planned(ctx, csv_of(HEADER, *rows), WANTED)


async def test_a_plan_in_the_making_forgets_her_and_fails(
    ctx: Context, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, ben = await both(ctx)
    run = await halfway(ctx, monkeypatch, planning.SweepBatch, ANNA, BEN)
    (state,) = stored["plan_states"].find()
    people = await gone(ctx, anna)
    assert await cleared(ctx, clearing.clear_states, people) == 1
    (left,) = stored["plan_states"].find()
    assert left["personal"]["after"] == {str(ben): state["personal"]["after"][str(ben)]}
    assert set(left["keys"]) < set(state["keys"])
    assert len(left["keys"]) == 2
    assert await cleared(ctx, clearing.clear_rows, people) > 0
    await runs.work(ctx, str(run.id))
    run = await runs.get_by_id(ctx, run.id)
    assert run.status is RunStatus.FAILED
    assert run.error
    assert (run.error.code, run.error.message) == (
        "FILE_REMOVED",
        "This file was removed because it held a person who was erased.",
    )
    assert (stored["plan_states"].count_documents({}), stored["run_rows"].count_documents({})) == (0, 0)


async def test_a_plan_that_read_her_just_before_reads_anew(
    ctx: Context, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its transaction began before she went, and would end after her rows were looked for."""
    anna, _ = await both(ctx)
    first = store.add_rows
    went: list[Gone] = []

    async def slow(inner: Context, doc: Any, tx: Tx) -> None:
        await first(inner, doc, tx)
        if not went:
            went.extend(await gone(ctx, anna, act=Act.ANONYMIZE, suppress=False))
            assert await cleared(ctx, clearing.clear_rows, went) == 0

    monkeypatch.setattr(store, "add_rows", slow)
    ctx.db.rehearse = False
    run = await planned(ctx, csv_of(HEADER, ANNA, BEN), WANTED)
    assert len(went) == 1
    assert run.planned == {"CREATE": 1, "UPDATE": 1}
    assert [row.get("c") == anna for row in rows_of(stored, run).values()] == [False, False]


async def test_a_state_that_remembers_nobody_else_goes(
    ctx: Context, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of somebody whom the plan would make."""
    await halfway(ctx, monkeypatch, planning.SweepBatch, ANNA)
    anna = (await a_customer(ctx, email="anna@planted.example"))["_id"]
    assert await cleared(ctx, clearing.clear_states, await gone(ctx, anna)) == 1
    assert stored["plan_states"].count_documents({}) == 0


async def test_a_file_of_errors_in_the_making_is_not_offered(
    ctx: Context, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """She goes when the first part is made and not yet written: it is of an upload that holds her."""
    anna, _ = await both(ctx)
    run = await planned(ctx, csv_of(HEADER, ANNA, BEN, BROKEN), WANTED)
    first = reporting.ErrorPart.write
    went: list[Gone] = []

    async def slow(self: reporting.ErrorPart, inner: Context, tx: Tx) -> Any:
        if not went:
            went.extend(await gone(ctx, anna))
            await clear_all(ctx, went)
            raise Unavailable
        return await first(self, inner, tx)

    monkeypatch.setattr(reporting.ErrorPart, "write", slow)
    run = await applied(ctx, run)
    assert (run.status, run.outcome) == (RunStatus.SUCCEEDED, {"UPDATE": 2, "INVALID": 1})
    assert run.details.get("error_file") is None
    assert [doc["kind"] for doc in stored["files"].find()] == ["UPLOAD"]
    (mail,) = stored["outbox"].find()
    assert "Rows to correct" not in mail["personal"]["text"]
    assert "Import of 2026-03-12" in mail["personal"]["subject"]
    await cleared_files(ctx, went)
    assert holding(stored, HER_MARKS) == []


async def test_a_half_written_file_of_errors_is_not_finished(
    ctx: Context, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, _ = await both(ctx)
    run = await planned(ctx, csv_of(HEADER, ANNA, BEN, BROKEN), WANTED)

    async def killed(*_: Any) -> None:
        raise batches.Stale

    with monkeypatch.context() as during:
        during.setattr(reporting.EndBatch, "write", killed)
        run = await applied(ctx, run)
    assert "Annamark" in await text_of(ctx, run.state["file"])
    people = await gone(ctx, anna)
    await clear_all(ctx, people)
    await cleared_files(ctx, people)
    await runs.work(ctx, str(run.id))
    run = await runs.get_by_id(ctx, run.id)
    assert (run.status, run.details.get("error_file")) == (RunStatus.SUCCEEDED, None)
    assert stored["files"].count_documents({"complete": True}) == 0
    assert stored["file_parts"].count_documents({}) == 0
    assert holding(stored, HER_MARKS) == []


async def test_many_batches_go_in_several_calls(
    ctx: Context, stored: Any, monkeypatch: pytest.MonkeyPatch, commands: Any
) -> None:
    monkeypatch.setattr(planning, "MAX_ROWS", 1)
    monkeypatch.setattr(clearing, "BATCHES", 10)
    monkeypatch.setattr(clearing, "MAX_BATCHES", 20)
    anna, ben = await both(ctx)
    many = 45
    run = await planned(ctx, csv_of(HEADER, *[["A-1000", "", "", f"title {n}", ""] for n in range(many)], BEN), WANTED)
    people = await gone(ctx, anna)
    with commands() as sent:
        first = await once(ctx, clearing.clear_rows, people)
    # Beside the batches its run and its upload; nobody was told of it yet.
    assert first == Cleared(20 + 2, more=True)
    assert len(sent) <= 10, sent
    assert await cleared(ctx, clearing.clear_rows, people) == 20 + 1 + 5 + 1
    left = rows_of(stored, run)
    assert [n for n, row in left.items() if row.get("c")] == [many + 1]
    assert left[many + 1]["c"] == ben
    assert {RowOutcome(row["o"]) for row in left.values()} == {RowOutcome.UPDATE}


async def test_who_is_in_no_import_costs_few_reads(ctx: Context, commands: Any) -> None:
    people = await gone(ctx, (await a_customer(ctx, email="anna@planted.example"))["_id"])
    with commands() as sent:
        assert await once(ctx, clearing.clear_rows, people) == Cleared(0, more=False)
        assert await once(ctx, clearing.clear_states, people) == Cleared(0, more=False)
    assert sent == ["find runs", "find run_rows", "find run_rows", "find run_rows", "commit", "find runs", "commit"]


async def test_an_upload_that_goes_while_it_comes_takes_no_more_bytes(ctx: Context, stored: Any) -> None:
    """Nobody planned it, but an import of the same file did that holds her."""
    anna, _ = await both(ctx)
    admin = as_admin(ctx)
    whole = csv_of(HEADER, ANNA, BEN)
    public = await uploaded(admin, whole)
    first, _ = await imports.plan(admin, Once("importPlan"), public, WANTED)
    second, _ = await imports.plan(admin, Once("importPlan"), public, WANTED)
    assert first
    assert second
    for one in (first, second):
        await runs.work(ctx, str(one.id))
    await clear_all(ctx, await gone(ctx, anna))
    assert {doc["title"] for doc in stored["runs"].find()} == {"Import of 2026-03-12"}
    assert stored["files"].count_documents({"removal": "PARTS", "complete": False, "personal": None}) == 1
    with pytest.raises(Exception, match="FILE_REMOVED"):
        await files.get(ctx, public)
