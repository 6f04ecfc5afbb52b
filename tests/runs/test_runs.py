"""The loop of every run: claimed once, fenced, cancelled, taken over, halved, told about."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pymongo
import pytest

from api.core import ids
from api.core.context import Context, Source
from api.core.errors import Invalid, Unavailable
from api.core.idempotency import Once
from api.core.mongo import Tx
from api.runs import batches, rules, store
from api.runs.model import Run, RunKind, RunPhase, RunStatus, Step
from api.runs.watch import progress
from tests.imports.steps import as_admin


@dataclass
class Counting:
    """A kind of run that only counts: batches of 10 rows."""

    total: int = 30
    source = Source.IMPORT
    hold: asyncio.Event | None = None
    fail: Exception | None = None
    fail_over: int = 1_000
    """Batches of more rows than this meet `fail`."""
    writes: list[int] = field(default_factory=list)
    discarded: int = 0

    async def open(self, ctx: Context, run: Run) -> CountingWork:
        return CountingWork(self, run.state.get("at_row", 0))

    async def discard(self, ctx: Context, run: Run) -> None:
        self.discarded += 1


@dataclass
class CountingWork:
    handler: Counting
    at: int

    async def next(self) -> CountingBatch:
        begin, self.at = self.at, min(self.at + 10, self.handler.total)
        return CountingBatch(self.handler, begin, self.at)

    async def close(self) -> None:
        return


@dataclass
class CountingBatch:
    handler: Counting
    begin: int
    end: int
    is_alone = False

    def halves(self) -> list[CountingBatch]:
        middle = (self.begin + self.end) // 2
        return [CountingBatch(self.handler, *part) for part in ((self.begin, middle), (middle, self.end))]

    async def write(self, ctx: Context, tx: Tx) -> Step:
        rows = self.end - self.begin
        if self.handler.hold:
            await self.handler.hold.wait()
        if self.handler.fail and rows > self.handler.fail_over:
            raise self.handler.fail
        self.handler.writes.append(rows)
        ends = RunStatus.SUCCEEDED if not rows else None
        return Step(state={"at_row": self.end}, processed=rows, counts={"outcome.CREATE": rows}, ends=ends)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    handler = Counting()
    monkeypatch.setitem(rules._HANDLERS, RunKind.IMPORT, handler)
    return handler


async def a_run(ctx: Context) -> Run:
    return await rules.start(ctx, rules.draft(as_admin(ctx), RunKind.IMPORT, RunPhase.APPLY, "Counting", {}))


async def test_a_run_is_worked_off_and_its_lease_given_back(ctx: Context, counting: Counting, stored: Any) -> None:
    run = await a_run(ctx)
    assert await rules.due_runs(ctx) == [str(run.id)]
    await rules.work(ctx, str(run.id))
    run = await rules.get_by_id(ctx, run.id)
    assert (run.status, run.processed, run.outcome, run.attempt) == (RunStatus.SUCCEEDED, 30, {"CREATE": 30}, 1)
    assert run.finished_at == ctx.now()
    assert stored["run_leases"].count_documents({}) == 0
    assert await rules.due_runs(ctx) == []


async def test_only_one_of_two_workers_gets_a_run(ctx: Context, counting: Counting) -> None:
    run = await a_run(ctx)
    await asyncio.gather(*(rules.work(ctx, str(run.id)) for _ in range(3)))
    run = await rules.get_by_id(ctx, run.id)
    assert (run.attempt, run.processed) == (1, 30)


async def test_a_paused_worker_that_wakes_up_writes_nothing(ctx: Context, counting: Counting, clock: Any) -> None:
    run = await a_run(ctx)
    counting.hold = asyncio.Event()
    ctx.db.rehearse = False
    stale = asyncio.create_task(rules.work(ctx, str(run.id)))
    while (await rules.get_by_id(ctx, run.id)).cursor == 0:
        await asyncio.sleep(0.01)
    assert await rules.due_runs(ctx) == []
    clock.move(seconds=batches.LEASE_SECONDS + 1)
    assert await rules.due_runs(ctx) == [str(run.id)]
    held, counting.hold = counting.hold, None
    await rules.work(ctx, str(run.id))
    after = await rules.get_by_id(ctx, run.id)
    held.set()
    await stale
    assert await rules.get_by_id(ctx, run.id) == after
    assert (after.status, after.processed, after.fence, after.attempt) == (RunStatus.SUCCEEDED, 30, 2, 2)


async def test_a_worker_goes_on_after_the_last_committed_batch(ctx: Context, counting: Counting, clock: Any) -> None:
    run = await a_run(ctx)
    counting.fail, counting.fail_over = Unavailable(), 0
    now = ctx.now()
    claimed = await ctx.db.transact(
        lambda tx: store.claim(ctx, run.id, "dead", bytes(16), now, now + timedelta(seconds=10), tx)
    )
    assert claimed
    await store.advance(
        ctx, run.id, 1, 0, {"$set": {"state": {"at_row": 20}}, "$inc": {"processed": 20, "outcome.CREATE": 20}}
    )
    await rules.work(ctx, str(run.id))
    assert (await rules.get_by_id(ctx, run.id)).processed == 20
    clock.move(seconds=11)
    counting.fail = None
    await rules.work(ctx, str(run.id))
    run = await rules.get_by_id(ctx, run.id)
    assert (run.status, run.processed, run.outcome) == (RunStatus.SUCCEEDED, 30, {"CREATE": 30})


async def test_a_batch_that_is_aborted_three_times_is_halved(ctx: Context, counting: Counting) -> None:
    run = await a_run(ctx)
    ctx.db.rehearse = False
    counting.fail, counting.fail_over = Unavailable(), 4
    await rules.work(ctx, str(run.id))
    run = await rules.get_by_id(ctx, run.id)
    assert (run.status, run.processed) == (RunStatus.SUCCEEDED, 30)
    assert counting.writes == [2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 0]


async def test_a_database_that_is_away_ends_nothing(ctx: Context, counting: Counting, clock: Any) -> None:
    run = await a_run(ctx)
    counting.fail, counting.fail_over = Unavailable(), -1
    await rules.work(ctx, str(run.id))
    assert (await rules.get_by_id(ctx, run.id)).status is RunStatus.RUNNING
    assert await rules.due_runs(ctx) == []
    clock.move(seconds=2)
    assert await rules.due_runs(ctx) == [str(run.id)]
    counting.fail = None
    await rules.work(ctx, str(run.id))
    assert (await rules.get_by_id(ctx, run.id)).status is RunStatus.SUCCEEDED


async def test_what_a_person_can_mend_fails_the_run_with_its_words(ctx: Context, counting: Counting) -> None:
    run = await a_run(ctx)
    counting.fail, counting.fail_over = Invalid("Line 3: mend this.", code="BAD_QUOTES"), 0
    await rules.work(ctx, str(run.id))
    run = await rules.get_by_id(ctx, run.id)
    assert run.error
    assert (run.status, run.error.code, run.error.message) == (RunStatus.FAILED, "BAD_QUOTES", "Line 3: mend this.")
    assert counting.discarded == 1


async def test_a_bug_fails_the_run_after_eight_tries_without_a_word_of_it(
    ctx: Context, counting: Counting, clock: Any
) -> None:
    run = await a_run(ctx)
    counting.fail, counting.fail_over = ZeroDivisionError("kim@planted.example"), 0
    for _ in range(8):
        with pytest.raises(ZeroDivisionError):
            await rules.work(ctx, str(run.id))
        clock.move(minutes=2)
    run = await rules.get_by_id(ctx, run.id)
    assert run.error
    assert (run.status, run.error.code) == (RunStatus.FAILED, "INTERNAL")
    assert "kim" not in run.error.message


async def test_a_running_run_ends_after_its_batch_when_cancelled(ctx: Context, counting: Counting) -> None:
    run = await a_run(ctx)
    counting.hold = asyncio.Event()
    ctx.db.rehearse = False
    working = asyncio.create_task(rules.work(ctx, str(run.id)))
    while (await rules.get_by_id(ctx, run.id)).cursor == 0:
        await asyncio.sleep(0.01)
    await rules.cancel(ctx, Once("runCancel"), ids.show(ids.RUN, run.id))
    assert await rules.cancel_asked(ctx, [run.id]) == {run.id}
    counting.hold.set()
    await working
    run = await rules.get_by_id(ctx, run.id)
    assert (run.status, run.processed, counting.discarded) == (RunStatus.CANCELLED, 10, 1)


CANCEL = """mutation($id: ID!, $input: RunCancelInput!) { runCancel(id: $id, input: $input) {
  run { status cancelRequested } applied replayed errors { code path } } }"""


async def test_a_waiting_run_is_cancelled_at_once_and_only_once(ctx: Context, counting: Counting, data: Any) -> None:
    public = ids.show(ids.RUN, (await a_run(ctx)).id)
    dry = (await data(CANCEL, {"id": public, "input": {"dryRun": True}}))["runCancel"]
    assert (dry["applied"], dry["run"]["status"]) == (False, "QUEUED")
    one, two = [(await data(CANCEL, {"id": public, "input": {"idempotencyKey": "k"}}))["runCancel"] for _ in range(2)]
    assert one == {
        "run": {"status": "CANCELLED", "cancelRequested": True},
        "applied": True,
        "replayed": False,
        "errors": [],
    }
    assert two == {**one, "replayed": True}
    late = (await data(CANCEL, {"id": public, "input": {}}))["runCancel"]
    assert late["errors"] == [{"code": "NOT_ACTIVE", "path": ["id"]}]
    await rules.work(ctx, public.removeprefix("run_"))
    assert counting.writes == []


async def test_runs_are_listed_newest_first_by_kind_and_status(
    ctx: Context, counting: Counting, data: Any, gql: Any
) -> None:
    made = [await a_run(ctx) for _ in range(3)]
    await rules.work(ctx, str(made[1].id))
    query = """query($after: String, $status: [RunStatus!]) { runs(first: 2, after: $after, kind: [IMPORT], status: $status) {
      nodes { id status processed etaSeconds createdBy { name } outcome { name count } } pageInfo { hasNextPage endCursor } } }"""
    first = (await data(query))["runs"]
    assert [one["id"] for one in first["nodes"]] == [f"run_{made[2].id}", f"run_{made[1].id}"]
    assert first["nodes"][1]["outcome"] == [{"name": "CREATE", "count": 30}]
    rest = (await data(query, {"after": first["pageInfo"]["endCursor"]}))["runs"]
    assert ([one["id"] for one in rest["nodes"]], rest["pageInfo"]["hasNextPage"]) == ([f"run_{made[0].id}"], False)
    done = (await data(query, {"status": ["SUCCEEDED"]}))["runs"]
    assert [one["id"] for one in done["nodes"]] == [f"run_{made[1].id}"]
    assert (await gql(query, as_="anonymous"))["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert (await data("query($id: ID!) { run(id: $id) { id } }", {"id": "run_000000000000000000000000"})) == {
        "run": None
    }


async def test_workers_are_there_for_thirty_seconds_after_they_said_so(
    ctx: Context, data: Any, clock: Any, stored: Any
) -> None:
    query = "{ workers { connected workers lastSeenAt } }"
    assert await data(query) == {"workers": {"connected": False, "workers": 0, "lastSeenAt": None}}
    for worker in ("a", "b", "a"):
        await rules.worker_seen(ctx, worker)
    assert (await data(query))["workers"] == {"connected": True, "workers": 2, "lastSeenAt": "2026-03-12T09:30:00.000Z"}
    clock.move(seconds=31)
    assert (await data(query))["workers"] == {
        "connected": False,
        "workers": 0,
        "lastSeenAt": "2026-03-12T09:30:00.000Z",
    }
    clock.move(days=2)
    await rules.sweep(ctx)
    assert stored["workers"].count_documents({}) == 0


async def test_progress_is_told_until_the_end_with_one_poll_for_all(
    ctx: Context, counting: Counting, commands: Any
) -> None:
    run = await a_run(ctx)

    async def follow() -> list[tuple[RunStatus, int]]:
        return [(one.status, one.processed) async for one in progress(ctx, run)]

    watching = [asyncio.create_task(follow()) for _ in range(5)]
    await asyncio.sleep(0)
    with commands() as sent:
        await rules.work(ctx, str(run.id))
        seen = await asyncio.wait_for(asyncio.gather(*watching), 10)
    assert all(one[0] == (RunStatus.QUEUED, 0) and one[-1] == (RunStatus.SUCCEEDED, 30) for one in seen)
    # Whoever watches, the runs are read once each half second.
    assert len(seen) == 5
    assert sent.count("find runs") <= 4


async def test_what_a_dead_worker_left_open_holds_nobody_up(
    ctx: Context, counting: Counting, bare: Any, stored: Any
) -> None:
    run = await a_run(ctx)
    with bare.start_session() as dead:
        dead.start_transaction()
        stored["runs"].update_one({"_id": run.id}, {"$inc": {"cursor": 1}}, session=dead)
        lease = {"owner": "dead", "fence": 0, "until": ctx.now(), "line": bytes(dead.session_id["id"])}
        stored["run_leases"].insert_one({"_id": run.id, **lease})
        await asyncio.wait_for(rules.work(ctx, str(run.id)), 20)
        with pytest.raises(pymongo.errors.OperationFailure):
            dead.commit_transaction()
    run = await rules.get_by_id(ctx, run.id)
    assert (run.status, run.processed) == (RunStatus.SUCCEEDED, 30)
