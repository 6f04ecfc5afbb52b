"""The copy of somebody of whom much is known: a run makes it, whatever cuts it off, and nobody else is given it."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import httpx2
import orjson
import pytest

from api.core import ids
from api.core.context import Context
from api.core.errors import Unavailable
from api.core.idempotency import Once
from api.core.personal import Act
from api.customers import acts
from api.files import rules as files
from api.privacy import composing, copying, rules
from api.runs import batches
from api.runs.model import RunStatus
from api.runs.selecting import Selection
from tests.conftest import Ask, Clock
from tests.factories import a_customer, a_user
from tests.privacy.filled import filled
from tests.privacy.steps import done, worked
from tests.privacy.test_copy import Headers, fetched
from tests.whole.outcome import exact

RUN = """id kind phase status title processed total error { code message } log { text }
  files { id name kind size sha256 complete expiresAt url }"""
COPY = f"""mutation ($id: ID!, $input: CustomerCopyInput!) {{ customerCopy(id: $id, input: $input) {{
  applied replayed errors {{ code path }} file {{ id }} page {{ id }} run {{ {RUN} }} }} }}"""
LOOK = f"query ($id: ID!) {{ run(id: $id) {{ {RUN} }} }}"


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a little be much."""
    monkeypatch.setattr(rules, "MAX_BYTES", 500)


async def asked(data: Ask, customer: Any, *, as_: str = "owner", **sent: Any) -> dict[str, Any]:
    """Ask for a copy."""
    variables = {"id": ids.show(ids.CUSTOMER, customer), "input": sent}
    found: dict[str, Any] = (await data(COPY, variables, as_=as_))["customerCopy"]
    return found


async def ended(ctx: Context, data: Ask, run: dict[str, Any], *, as_: str = "owner") -> dict[str, Any]:
    """Work a run off, and look at it."""
    await worked(ctx, run["id"])
    found: dict[str, Any] = (await data(LOOK, {"id": run["id"]}, as_=as_))["run"]
    return found


def no_files(stored: Any) -> bool:
    """Tell whether no byte of any file is left."""
    return not stored["files"].count_documents({}) and not stored["file_parts"].count_documents({})


async def test_it_is_the_copy_that_is_made_at_once(
    ctx: Context,
    stored: Any,
    data: Ask,
    clock: Clock,
    client: httpx2.AsyncClient,
    headers_of: Headers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = await filled(ctx, stored, data, clock)
    made = await asked(data, person, reason="By letter.")
    assert (made["applied"], made["replayed"], made["file"], made["page"], made["errors"]) == (
        True,
        False,
        None,
        None,
        [],
    )
    run = made["run"]
    assert (run["kind"], run["phase"], run["status"], run["files"]) == ("COPY", "APPLY", "QUEUED", [])
    (entry,) = stored["access_log"].find({"action": "profile.copied"})
    assert entry["personal"] == {"reason": "By letter."}
    run = await ended(ctx, data, run)
    assert (run["status"], run["error"], [one["text"] for one in run["log"]]) == (
        "SUCCEEDED",
        None,
        ["The copy is ready."],
    )
    copies = [await fetched(client, headers_of("owner"), one) for one in run["files"]]
    for file, answer in zip(run["files"], copies, strict=True):
        assert answer.status_code == 200
        assert len(answer.content) == file["size"]
        assert hashlib.sha256(answer.content).hexdigest() == file["sha256"]
        assert file["expiresAt"] == "2026-03-13T16:30:00.000Z"
    large = orjson.loads(copies[0].content)
    assert run["processed"] == sum(one["count"] for one in large["manifest"]["parts"])

    # Made at once, it has the same bytes; of the access log, which has its entry now, an entry more.
    monkeypatch.setattr(rules, "MAX_BYTES", 10_000_000)
    at_once = (await data(COPY.replace(f"run {{ {RUN} }}", "file { url }"), {
        "id": ids.show(ids.CUSTOMER, person), "input": {"reason": "By letter."},
    }))["customerCopy"]["file"]  # fmt: skip
    small = orjson.loads((await fetched(client, headers_of("owner"), at_once)).content)
    assert small.pop("accessLog")[1:] == large.pop("accessLog")
    assert [one for one in small["manifest"].pop("parts") if one["part"] != "accessLog"] == [
        one for one in large["manifest"].pop("parts") if one["part"] != "accessLog"
    ]
    assert small == large


async def test_only_who_asked_is_given_it_for_a_day(
    ctx: Context, stored: Any, clock: Clock, data: Ask, client: httpx2.AsyncClient, headers_of: Headers
) -> None:
    anna = (await a_customer(ctx, given_name="Anna"))["_id"]
    made = await asked(data, anna, as_="data-admin")
    run = await ended(ctx, data, made["run"], as_="data-admin")
    assert [one["name"] for one in run["files"]] == ["copy.json", "copy.html"]
    _, token = a_user(stored, clock(), role="owner", email="second@staff.example")
    other = {"Cookie": f"regulars_session={token}", "X-CSRF": "1"}
    assert (await data(LOOK, {"id": run["id"]}))["run"]["files"] == []
    for file in run["files"]:
        assert (await fetched(client, other, file)).status_code == 403
        assert (await fetched(client, headers_of("data-admin"), file)).status_code == 200
    clock.move(hours=23)
    assert await files.sweep(ctx) == 0
    clock.move(hours=1)
    assert await files.sweep(ctx) == 2
    assert no_files(stored)


async def test_who_asked_is_told_by_mail_without_a_word_about_whom(ctx: Context, stored: Any, data: Ask) -> None:
    anna = (await a_customer(ctx, given_name="Annamark", email="annamark@planted.example"))["_id"]
    run = await ended(ctx, data, (await asked(data, anna))["run"])
    (mail,) = stored["outbox"].find()
    assert mail["personal"]["subject"] == "Copy ready"
    assert f"within 24 hours: http://127.0.0.1:8000/runs/{run['id']}" in mail["personal"]["text"]
    assert "annamark" not in str([mail, *stored["runs"].find()]).lower()
    assert ids.show(ids.CUSTOMER, anna) not in mail["personal"]["text"]


async def test_one_key_is_one_run(ctx: Context, stored: Any, data: Ask) -> None:
    anna = (await a_customer(ctx, given_name="Anna"))["_id"]
    ctx.db.rehearse = False
    answers = await asyncio.gather(*(asked(data, anna, idempotencyKey="k") for _ in range(4)))
    assert len({one["run"]["id"] for one in answers}) == 1
    assert sorted(one["replayed"] for one in answers) == [False, True, True, True]
    assert [stored[name].count_documents({}) for name in ("runs", "access_log")] == [1, 1]
    run = await ended(ctx, data, answers[0]["run"])
    again = await asked(data, anna, idempotencyKey="k")
    assert (again["replayed"], again["run"]) == (True, run)


async def test_a_dry_run_starts_nothing(ctx: Context, stored: Any, data: Ask) -> None:
    anna = (await a_customer(ctx, given_name="Anna"))["_id"]
    await data("{ viewer { id } }")
    before = exact(stored)
    answer = await asked(data, anna, dryRun=True)
    assert answer == {"applied": False, "replayed": False, "errors": [], "file": None, "page": None, "run": None}
    assert exact(stored) == before


@pytest.mark.parametrize("rows", [0, 3, 9])
async def test_cut_off_anywhere_it_begins_anew_and_leaves_two_files(
    ctx: Context, stored: Any, data: Ask, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    """Of nine parts, so many were written when the database was away; or all, and one of two files."""
    anna = (await a_customer(ctx, given_name="Anna", email="anna@planted.example"))["_id"]
    made = await asked(data, anna)
    write, stage = copying.RowsBatch.write, composing.stage
    did: list[str] = []

    async def fails(self: Any, inner: Context, tx: Any) -> Any:
        did.append("row")
        if len(did) > rows and len(did) < 100:
            raise Unavailable
        return await write(self, inner, tx)

    async def stages(*args: Any) -> None:
        did.append("file")
        if rows == 9 and len(did) == 11:
            raise Unavailable
        await stage(*args)

    ctx.db.rehearse = False
    monkeypatch.setattr(copying.RowsBatch, "write", fails)
    monkeypatch.setattr(copying, "stage", stages)
    monkeypatch.setattr(batches, "MAX_ABORTS", 2)
    cut = await worked(ctx, made["run"]["id"])
    assert cut.status is RunStatus.RUNNING
    first = cut.details["files"]
    monkeypatch.setattr(copying.RowsBatch, "write", write)
    monkeypatch.setattr(copying, "stage", stage)
    stored["runs"].update_many({}, {"$set": {"wake_at": ctx.now()}})
    run = await ended(ctx, data, made["run"])
    assert run["status"] == "SUCCEEDED"
    there = [ids.show(ids.FILE, one["_id"]) for one in stored["files"].find()]
    assert sorted(there) == sorted(one["id"] for one in run["files"])
    assert not set(there) & {ids.show(ids.FILE, one) for one in first}
    # The profile, herself and her address, her first save, and that somebody looked.
    assert run["processed"] == 5


@pytest.mark.parametrize("act", Act)
async def test_of_somebody_who_went_before_it_was_ready_there_is_none(
    ctx: Context, stored: Any, data: Ask, monkeypatch: pytest.MonkeyPatch, act: Act
) -> None:
    queued, working = [(await a_customer(ctx, given_name=name))["_id"] for name in ("Anna", "Bo")]
    first = (await asked(data, queued))["run"]
    second = (await asked(data, working))["run"]
    await done(ctx, act, Selection(ids=(queued,)))
    stage = composing.stage

    async def slow(*args: Any) -> None:
        monkeypatch.setattr(copying, "stage", stage)
        await done(ctx, act, Selection(ids=(working,)))
        await stage(*args)

    monkeypatch.setattr(copying, "stage", slow)
    for one in (first, second):
        run = await ended(ctx, data, one)
        assert (run["status"], run["error"]["code"], run["error"]["message"]) == ("FAILED", "NOT_FOUND", copying.GONE)
    assert stored["files"].count_documents({"kind": "COPY"}) == 0


async def test_thousands_of_saves_are_never_held_at_once(ctx: Context, stored: Any, data: Ask) -> None:
    anna = (await a_customer(ctx, given_name="Anna"))["_id"]
    await acts.update(ctx, anna, {"job_title": "Clerk"}, once=Once("customerUpdate"))
    template = stored["changes"].find_one({"customer_id": anna, "version": 2})
    for start in range(3, 3003, 1000):
        more = [{**template, "_id": ids.new(), "version": version} for version in range(start, start + 1000)]
        stored["changes"].insert_many(more)
    run = await ended(ctx, data, (await asked(data, anna))["run"])
    assert run["status"] == "SUCCEEDED"
    assert run["processed"] == 3_005
    stored["changes"].delete_many({"version": {"$gt": 2}})
