"""Exports that hold persons who went: their files are removed, those under way are ended, searches for them are blanked."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from api.core import ids
from api.core.context import Context
from api.core.errors import Unavailable
from api.core.personal import Act, Cleared, Gone
from api.exports import clearing, rules as exports, selecting, working
from api.exports.model import Shape
from api.files import rules as files
from api.files.clearing import clear_parts
from api.runs import batches, rules as runs
from api.runs.model import Run, RunStatus
from api.runs.selecting import Selection
from tests.conftest import Ask, Clock
from tests.exports.steps import LOOK, MACHINE, bytes_of, exported, rows_of, started
from tests.factories import a_customer
from tests.privacy.clearing.steps import all_of, changed, cleared, gone, holding, once

NAMES = Shape(("given_name", "emails.address"), flavor=MACHINE)
MARKS = ("annamark", "anna@planted.example")
EVERYTHING = ("exports", "run_chunks", "runs", "files", "file_parts", "outbox")


async def both(ctx: Context) -> tuple[ObjectId, ObjectId]:
    """Make Anna and Ben."""
    anna = await a_customer(ctx, given_name="Annamark", email="anna@planted.example", reference_id="A-1000")
    ben = await a_customer(ctx, given_name="Ben", email="ben@planted.example")
    return anna["_id"], ben["_id"]


async def stopped_at(ctx: Context, monkeypatch: pytest.MonkeyPatch, batch: Any, selection: Selection) -> Run:
    """Export until the worker comes to a batch of some kind, and dies there."""

    async def killed(*_: Any) -> None:
        raise batches.Stale

    with monkeypatch.context() as during:
        during.setattr(batch, "write", killed)
        return await exported(ctx, NAMES, selection)


async def test_files_that_hold_her_go_and_others_stay(
    ctx: Context, stored: Any, data: Ask, client: Any, headers_of: Any
) -> None:
    anna, ben = await both(ctx)
    whole, hers, his = [await exported(ctx, NAMES, Selection(ids=some)) for some in (None, (anna,), (ben,))]
    people = await gone(ctx, anna)
    before = all_of(stored, *EVERYTHING)
    assert await cleared(ctx, clearing.clear, people) == 4
    after = all_of(stored, *EVERYTHING)
    removed = sorted([whole.details["file"], hers.details["file"]], key=str)
    assert changed(before, after) == {"runs": sorted([whole.id, hers.id], key=str), "files": removed}
    for run in (whole, hers):
        then, now = before["runs"][run.id], after["runs"][run.id]
        assert now["log"][-1]["text"] == "The file was removed because it held a person who was erased or anonymized."
        assert {**now, "log": now["log"][:-1], "details": then["details"]} == then
        found = (await data(LOOK, {"id": ids.show(ids.RUN, run.id)}))["run"]
        assert (found["status"], found["files"], found["export"]["file"]) == ("SUCCEEDED", [], None)
        link = f"/files/{ids.show(ids.FILE, run.details['file'])}"
        for method in (client.get, client.head):
            assert (await method(link, headers=headers_of("owner"))).status_code == 410
    assert [row["given_name"] for row in await rows_of(ctx, his)] == ["Ben"]
    assert await cleared(ctx, clear_parts, people) == 2
    assert [doc["file_id"] for doc in stored["file_parts"].find()] == [his.details["file"]]
    assert holding(stored, MARKS) == []


@pytest.mark.parametrize("act", Act)
async def test_one_that_is_being_written_is_ended(
    ctx: Context, stored: Any, data: Ask, monkeypatch: pytest.MonkeyPatch, act: Act
) -> None:
    anna, _ = await both(ctx)
    run = await stopped_at(ctx, monkeypatch, working.EndBatch, Selection())
    assert (run.status, run.state["stage"]) == (RunStatus.RUNNING, "WRITE")
    people = await gone(ctx, anna, act=act)
    await cleared(ctx, clearing.clear, people)
    await runs.work(ctx, str(run.id))
    found = (await data(LOOK, {"id": ids.show(ids.RUN, run.id)}))["run"]
    assert (found["status"], found["files"], found["export"]["file"]) == ("FAILED", [], None)
    assert found["error"] == {
        "code": "PERSON_ERASED",
        "message": "This export was ended because somebody in it was erased or anonymized meanwhile. Start it anew.",
    }
    await cleared(ctx, clear_parts, people)
    assert holding(stored, MARKS) == []
    # The same may be asked for at once, and is another run.
    again = await exported(ctx, NAMES)
    assert (again.id != run.id, again.status) == (True, RunStatus.SUCCEEDED)
    assert b"Annamark" not in await bytes_of(ctx, again)


async def test_a_worker_in_the_middle_writes_nothing_more(
    ctx: Context, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """She goes while a worker holds the bytes with her in its hands."""
    anna, _ = await both(ctx)
    first = working.PartBatch.write
    went: list[Gone] = []

    async def slow(self: working.PartBatch, inner: Context, tx: Any) -> Any:
        if not went:
            went.extend(await gone(ctx, anna))
            await cleared(ctx, clearing.clear, went)
            raise Unavailable
        return await first(self, inner, tx)

    monkeypatch.setattr(working.PartBatch, "write", slow)
    run = await exported(ctx, NAMES)
    assert (run.status, run.error and run.error.code) == (RunStatus.FAILED, "PERSON_ERASED")
    assert stored["file_parts"].count_documents({}) == 0
    assert await files.many(ctx, [run.details["file"]]) == {}
    assert stored["outbox"].count_documents({}) == 0


async def test_one_that_only_chose_so_far_goes_on_without_her(
    ctx: Context, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, _ = await both(ctx)
    run = await stopped_at(ctx, monkeypatch, selecting.FixBatch, Selection())
    people = await gone(ctx, anna)
    assert await once(ctx, clearing.clear, people) == Cleared(0, more=False)
    # Whoever goes on chooses anew.
    await runs.work(ctx, str(run.id))
    run = await runs.get_by_id(ctx, run.id)
    assert (run.status, [row["given_name"] for row in await rows_of(ctx, run)]) == (RunStatus.SUCCEEDED, ["Ben"])


@pytest.mark.parametrize(
    "selection",
    [
        Selection(search="anna@planted.example"),
        Selection(search="  Anna@PLANTED.example "),
        Selection(search="who is A-1000"),
        Selection(where={"email": {"in": ["ben@planted.example", "anna@planted.example"]}}),
        Selection(where={"or": [{"reference_id": {"eq": "A-1000"}}, {"given_name": {"eq": "Ben"}}]}),
    ],
)
async def test_a_search_for_her_is_blanked_and_its_run_ended(ctx: Context, stored: Any, selection: Selection) -> None:
    anna, _ = await both(ctx)
    digest = {"_id": "digest", "expires_at": ctx.now(), "run_id": None}
    run = await started(ctx, NAMES)
    stored["exports"].update_one({"run_id": run.id}, {"$set": {"personal": _asked(selection)}})
    other = await started(ctx, NAMES, Selection(search="ben@planted.example"))
    stored["exports"].insert_one({**digest, "personal": None})
    people = await gone(ctx, anna)
    before = all_of(stored, *EVERYTHING)
    assert await cleared(ctx, clearing.clear, people) == 1
    after = all_of(stored, *EVERYTHING)
    (asked,) = [one for one, doc in after["exports"].items() if doc["run_id"] == run.id]
    assert changed(before, after) == {"exports": [asked], "runs": [run.id]}
    assert after["exports"][asked] == {**before["exports"][asked], "personal": None}
    ended = await runs.get_by_id(ctx, run.id)
    assert (ended.status, ended.error and ended.error.code) == (RunStatus.FAILED, "PERSON_ERASED")
    await runs.work(ctx, str(other.id))
    assert (await runs.get_by_id(ctx, other.id)).status is RunStatus.SUCCEEDED


def _asked(selection: Selection) -> dict[str, Any]:
    return {"where": selection.where, "search": selection.search}


async def test_what_was_asked_for_goes_with_the_end(ctx: Context, stored: Any) -> None:
    await both(ctx)
    await exported(ctx, NAMES, Selection(search="anna@planted.example"))
    assert stored["exports"].count_documents({}) == 0
    missing = await started(ctx, NAMES, Selection(search="anna@planted.example"))
    stored["exports"].update_one({"run_id": missing.id}, {"$set": {"personal": None}})
    await runs.work(ctx, str(missing.id))
    run = await runs.get_by_id(ctx, missing.id)
    assert run.error
    assert run.error.message == "What was asked for is gone; start the export anew."


async def test_it_costs_few_commands_however_many_exports_chose_her(
    ctx: Context, stored: Any, commands: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, ben = await both(ctx)
    monkeypatch.setattr(clearing, "MAX_RUNS", 2)
    made = [
        await exported(ctx, NAMES, Selection(ids=some)) for some in ((anna,), (anna, ben), (ben, anna), None, (ben,))
    ]
    people = await gone(ctx, anna)
    with commands() as sent:
        assert await once(ctx, clearing.clear, people) == Cleared(4, more=True)
    assert len(sent) <= 8, sent
    assert await cleared(ctx, clearing.clear, people) == 4
    left = [doc["_id"] for doc in stored["files"].find({"removal": None})]
    assert left == [made[-1].details["file"]]


async def test_a_run_that_chose_her_is_found_however_many_did(
    ctx: Context, stored: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.runs.store.MAX_FOUND", 2)
    anna, ben = await both(ctx)
    chosen = [await exported(ctx, NAMES, Selection(ids=(anna,), sort=("CREATED", bool(n)))) for n in range(2)]
    chosen.append(await exported(ctx, NAMES, Selection(ids=(anna, ben))))
    assert await exports.holding(ctx, [anna]) == sorted(run.id for run in chosen)
