"""How a run is worked off: claimed by a lease, batch by batch, each in one transaction with the run's cursor.

A worker that dies leaves an expired lease: the next one claims the run, raises its fence, and goes on after the last
committed batch. A worker that was only paused meets the higher fence in its next transaction, which then writes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol, Self, runtime_checkable

import structlog

from api.core.context import ActorKind, Caller, Context, Source
from api.core.errors import RegularsError, Unavailable
from api.core.mongo import Doc, Line, Tx
from api.runs import store
from api.runs.model import MAX_LOG, Run, RunStatus, Step

LEASE_SECONDS = 10.0
RENEW_SECONDS = 3.0
ABORTS_BEFORE_HALVING = 3
MAX_ABORTS = 12
MAX_STALLED = 8
BACK_OFF_SECONDS = (1, 5, 15, 60)

log = structlog.get_logger(__name__)


class Batch(Protocol):
    """Some rows that are written together."""

    is_alone: bool
    """The batch after it may be read only when this one is committed."""

    async def write(self, ctx: Context, tx: Tx) -> Step:
        """Decide and write inside a transaction; may be called several times, and only database calls in it count."""

    def halves(self) -> list[Self]:
        """Return the same rows as two batches, or as one when it cannot be cut."""


class Work(Protocol):
    """A run's phase, opened where it stopped."""

    async def next(self) -> Batch:
        """Return the batch after the last one; one of them ends the phase."""

    async def close(self) -> None:
        """Let go of what was opened."""


@runtime_checkable
class Winding(Protocol):
    """A phase that is not left half done: asked to end, it takes on nothing more, finishes, and ends by itself."""

    def wind_up(self) -> bool:
        """Take on nothing more; answers False when the phase can be left as it is."""


class Handler(Protocol):
    """What a kind of run does."""

    source: Source
    """Through which door its writes come."""

    async def open(self, ctx: Context, run: Run) -> Work:
        """Open the run's phase at its state."""

    async def discard(self, ctx: Context, run: Run) -> None:
        """Remove what a run that will not go on has left; safe to repeat."""


class Stale(Exception):
    """Another worker has the run, or this one is told to stop."""


_stopping = threading.Event()


def stop_working() -> None:
    """Let every run of this process end after its present batch, for another worker to go on; called from any thread."""
    _stopping.set()


async def work_off(ctx: Context, run_id: Any, owner: str, handlers: Mapping[Any, Handler]) -> bool:
    """Claim a run and work on it until its phase ends; answers whether the next phase may begin at once.

    False also when another worker has it, or it needs no work.
    """
    async with ctx.db.line() as line:
        run = await _claim(ctx, run_id, owner, line)
        return run is not None and await _work_on(ctx, run, line, handlers)


async def _work_on(ctx: Context, run: Run, line: Line, handlers: Mapping[Any, Handler]) -> bool:
    handler = handlers[run.kind]
    # What a run writes is written by whoever started it.
    starter = Caller(ActorKind(run.created_by["kind"]), run.created_by["id"], run.created_by["name"], email=run.email)
    ctx = ctx.as_(starter, handler.source)
    try:
        async with _leased(ctx, run) as lost:
            return await _phase(ctx, run, handler, line, lost) is RunStatus.QUEUED
    except Stale:
        log.info("run.stale", run_id=str(run.id), fence=run.fence)
    except Unavailable:
        log.warning("run.unavailable", run_id=str(run.id))
        await _later(ctx, run)
    except RegularsError as error:
        await _end(ctx, run, handler, RunStatus.FAILED, error)
    except Exception:
        log.exception("run.crashed", run_id=str(run.id))
        if run.stalled < MAX_STALLED:
            await _later(ctx, run)
        else:
            message = (
                "This failed several times at the same place. Nothing more is written; tell whoever runs this server."
            )
            await _end(ctx, run, handler, RunStatus.FAILED, RegularsError(message, "INTERNAL"))
        raise
    return False


async def _claim(ctx: Context, run_id: Any, owner: str, line: Line) -> Run | None:
    now = ctx.now()
    before = await store.lease(ctx, run_id)
    if before and before["until"] <= now:
        # Its worker died, perhaps inside a transaction that still locks the rows of the batch that comes next.
        await ctx.db.cut(before["line"])
    until = now + timedelta(seconds=LEASE_SECONDS)

    async def body(tx: Tx) -> Doc | None:
        return await store.claim(ctx, run_id, owner, line.id, now, until, tx)

    doc = await ctx.db.transact(body)
    return Run.of(doc) if doc else None


@asynccontextmanager
async def _leased(ctx: Context, run: Run) -> AsyncIterator[asyncio.Event]:
    lost = asyncio.Event()

    async def keep() -> None:
        while not lost.is_set():
            await asyncio.sleep(RENEW_SECONDS)
            with contextlib.suppress(Unavailable, OSError):
                if not await store.renew(ctx, run.id, run.fence, ctx.now() + timedelta(seconds=LEASE_SECONDS)):
                    lost.set()

    keeper = asyncio.create_task(keep())
    try:
        yield lost
    finally:
        keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeper
        with contextlib.suppress(Exception):
            # A lease that cannot be given back runs out by itself.
            await store.release(ctx, run.id, run.fence)


async def _phase(ctx: Context, run: Run, handler: Handler, line: Line, lost: asyncio.Event) -> RunStatus:
    if run.phase_started_at is None:
        run = await _advance(ctx, run, _started(ctx, run))
    work = await handler.open(ctx, run)
    ahead: asyncio.Task[Batch] | None = None
    try:
        while True:
            if lost.is_set():
                raise Stale
            if _stopping.is_set():
                return RunStatus.RUNNING
            if await store.cancels(ctx, [run.id]) and not (isinstance(work, Winding) and work.wind_up()):
                await _end(ctx, run, handler, RunStatus.CANCELLED)
                return RunStatus.CANCELLED
            batch = await (ahead or work.next())
            # The next batch is read while this one is written: one computes while the other waits for the database.
            ahead = None if batch.is_alone else asyncio.create_task(work.next())
            run, ended = await _all_of(ctx, run, batch, line)
            if ended:
                return ended
    finally:
        if ahead:
            ahead.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await ahead
        await work.close()


async def _all_of(ctx: Context, run: Run, batch: Batch, line: Line) -> tuple[Run, RunStatus | None]:
    """Write a batch; in halves when it is aborted again and again."""
    left = deque([(batch, 0)])
    while left:
        part, aborts = left.popleft()
        try:
            run, step = await _write(ctx, run, part, line)
        except Unavailable:
            aborts += 1
            if aborts >= MAX_ABORTS:
                raise
            halves = part.halves() if aborts % ABORTS_BEFORE_HALVING == 0 else [part]
            left.extendleft((half, aborts) for half in reversed(halves))
            continue
        for job, one in step.after:
            await ctx.enqueue(job, one)
        if step.ends:
            return run, step.ends
    return run, None


async def _write(ctx: Context, run: Run, batch: Batch, line: Line) -> tuple[Run, Step]:
    now = ctx.now()

    async def body(tx: Tx) -> tuple[Step, Doc]:
        step = await batch.write(ctx, tx)
        update = _update(run, step, now)
        if not await store.advance(ctx, run.id, run.fence, run.cursor, update, tx):
            raise Stale
        return step, update

    step, update = await ctx.db.transact(body, line=line)
    return _after(run, update), step


def _update(run: Run, step: Step, now: Any) -> Doc:
    put: Doc = {"state": step.state, "stalled": 0, "batch_at": now, **step.put}
    last = run.state.get("at") or run.phase_started_at
    if step.processed and last:
        put["rate"] = _rate(run, step.processed, (now - last).total_seconds())
    put["state"] = {**step.state, "at": now}
    if step.ends:
        put["status"] = step.ends.value
        if step.ends is not RunStatus.QUEUED:
            put["finished_at"] = now
    more = {"processed": step.processed, **step.counts}
    update: Doc = {"$set": put, "$inc": {name: number for name, number in more.items() if number}}
    if step.text:
        update["$push"] = {"log": {"$each": [{"at": now, "text": step.text}], "$slice": -MAX_LOG}}
    return update


def _rate(run: Run, rows: int, seconds: float) -> float:
    present = rows / max(seconds, 0.001)
    return present if run.rate is None else 0.8 * run.rate + 0.2 * present


def _after(run: Run, update: Doc) -> Run:
    put = update["$set"]
    return replace(
        run,
        cursor=run.cursor + 1,
        state=put["state"],
        processed=run.processed + update["$inc"].get("processed", 0),
        rate=put.get("rate", run.rate),
        phase_started_at=put.get("phase_started_at", run.phase_started_at),
    )


def _started(ctx: Context, run: Run) -> Doc:
    now = ctx.now()
    put: Doc = {"phase_started_at": now, "state": {**run.state, "at": now}}
    if run.started_at is None:
        put["started_at"] = now
    return {"$set": put, "$inc": {}}


async def _advance(ctx: Context, run: Run, update: Doc) -> Run:
    if not await store.advance(ctx, run.id, run.fence, run.cursor, update):
        raise Stale
    return _after(run, update)


async def _end(ctx: Context, run: Run, handler: Handler, status: RunStatus, error: RegularsError | None = None) -> None:
    """Clean up and say how it ended; the cursor is read anew, since batches may have moved it."""
    doc = await store.by_id(ctx, run.id)
    if doc is None or doc["fence"] != run.fence:
        return
    run = Run.of(doc)
    await handler.discard(ctx, run)
    put: Doc = {"status": status.value, "finished_at": ctx.now()}
    if error:
        put["error"] = {"code": error.code, "message": error.message}
    await store.advance(ctx, run.id, run.fence, run.cursor, {"$set": put})


async def _later(ctx: Context, run: Run) -> None:
    seconds = BACK_OFF_SECONDS[min(run.stalled, len(BACK_OFF_SECONDS)) - 1]
    with contextlib.suppress(Unavailable, OSError):
        await store.wake_later(ctx, run.id, run.fence, ctx.now() + timedelta(seconds=seconds))
