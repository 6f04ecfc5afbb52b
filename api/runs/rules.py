"""What may happen to a run: it is started, applied, cancelled, looked at, and worked off by whoever claims it.

Kinds of runs register a handler; `batches.py` is the loop that works them off.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from api.core import idempotency, ids
from api.core.context import Context
from api.core.errors import Conflict, NotFound
from api.core.idempotency import Once
from api.core.mongo import Doc, Tx
from api.core.paging import Cursors, Order, Page, Slice, cut, page, window
from api.core.queue import Job
from api.runs import store
from api.runs.batches import Handler, work_off
from api.runs.model import ACTIVE, Run, RunKind, RunPhase, RunStatus

NEWEST_FIRST = Order("_id", descending=True)
PRESENCE_SECONDS = 30
MAX_DUE = 100
_HANDLERS: dict[RunKind, Handler] = {}
_PERMISSIONS: dict[RunKind, str] = {}


def register(kind: RunKind, handler: Handler, permission: str) -> None:
    """Say who works off a kind of run, and what whoever starts or ends one needs; called when its room is imported."""
    _HANDLERS[kind] = handler
    _PERMISSIONS[kind] = permission


# --- starting and steering ---


def draft(
    ctx: Context,
    kind: RunKind,
    phase: RunPhase,
    title: str,
    options: Doc,
    *,
    email: str = "",
    reason: str | None = None,
) -> Doc:
    """Return a new run that waits for a worker; `start` records it."""
    now = ctx.now()
    return {
        "_id": ids.new(),
        "kind": kind.value,
        "phase": phase.value,
        "status": RunStatus.QUEUED.value,
        "title": title,
        "created_at": now,
        "created_by": ctx.caller.actor,
        "personal": {"email": email or ctx.caller.email, **({"reason": reason} if reason else {})},
        "processed": 0,
        "planned": {},
        "outcome": {},
        "tallies": {},
        "details": {},
        "cursor": 0,
        "state": {},
        "options": options,
        "fence": 0,
        "attempt": 0,
        "stalled": 0,
        "wake_at": now,
        "log": [],
    }


async def start(ctx: Context, doc: Doc, tx: Tx | None = None) -> Run:
    """Record a drafted run; ask for a worker with `ring` once it is committed."""
    await store.insert(ctx, doc, tx)
    return Run.of(doc)


async def ring(ctx: Context, run_id: ObjectId) -> None:
    """Ask for a worker; should nobody hear it, the scheduler asks again."""
    await ctx.enqueue(Job.RUN, str(run_id))


def next_phase(phase: RunPhase) -> Doc:
    """Return the fields that a run begins a phase with."""
    return {"phase": phase.value, "processed": 0, "phase_started_at": None, "finished_at": None, "rate": None}


async def apply(ctx: Context, run_id: ObjectId, put: Doc, tx: Tx | None = None) -> Run:
    """Let a READY plan be applied; raises Conflict (NOT_READY) for any other run."""
    fresh = {**next_phase(RunPhase.APPLY), "status": RunStatus.QUEUED.value, "state": {}, "wake_at": ctx.now(), **put}
    update = {"$set": fresh, "$inc": {"cursor": 1}}
    doc = await store.change(ctx, run_id, [RunStatus.READY.value], update, tx)
    if doc is None:
        raise Conflict("Only a plan that is ready can be applied.", code="NOT_READY", path=("id",))
    return Run.of(doc)


async def cancel(ctx: Context, sending: Once, public_id: str) -> tuple[Run, bool]:
    """Ask a run to end after the batch it is in; at once where nobody works on it. Answers whether this was a replay.

    Raises Forbidden for who may not start such a run, Conflict (NOT_ACTIVE) for one that has ended.
    """
    run = await get(ctx, public_id)
    ctx.require(_PERMISSIONS.get(run.kind, ""))
    now = ctx.now()
    idle = [RunStatus.QUEUED.value, RunStatus.READY.value]
    ended = {"$set": {"status": RunStatus.CANCELLED.value, "finished_at": now}, "$inc": {"fence": 1}}

    async def body(tx: Tx) -> bool:
        if await idempotency.seen(ctx, tx, sending):
            return True
        present = await store.by_id(ctx, run.id, tx)
        if present is None or present["status"] not in {*ACTIVE, RunStatus.READY}:
            raise Conflict("This run has ended already.", code="NOT_ACTIVE", path=("id",))
        if not sending.dry_run:
            await idempotency.keep(ctx, tx, sending, {"run": run.id})
            await store.ask_cancel(ctx, run.id, {"at": now, "by": ctx.caller.actor}, tx)
            await store.change(ctx, run.id, idle, ended, tx)
        return False

    replayed = await idempotency.transact(ctx, sending, body)
    return await get_by_id(ctx, run.id), replayed


# --- looking ---


async def get(ctx: Context, public_id: str) -> Run:
    """Return a run by its public id; raises NotFound."""
    return await get_by_id(ctx, ids.read(ids.RUN, public_id))


async def get_by_id(ctx: Context, run_id: ObjectId) -> Run:
    """Return a run; raises NotFound."""
    doc = await store.by_id(ctx, run_id)
    if doc is None:
        raise NotFound
    return Run.of(doc)


async def status_of(ctx: Context, run_id: ObjectId, tx: Tx) -> RunStatus | None:
    """Return a run's status; None when there is no such run."""
    doc = await store.by_id(ctx, run_id, tx)
    return RunStatus(doc["status"]) if doc else None


async def many(ctx: Context, run_ids: Sequence[ObjectId]) -> dict[ObjectId, Run]:
    """Return runs by id."""
    return {one: Run.of(doc) for one, doc in (await store.by_ids(ctx, run_ids)).items()}


async def listed(
    ctx: Context,
    first: int | None,
    after: str | None,
    kinds: Sequence[RunKind] | None,
    statuses: Sequence[RunStatus] | None,
) -> Slice[Run]:
    """Return runs, newest first."""
    cursors = Cursors(ctx.keys, "runs", kinds, statuses)
    asked: Page = page(cursors, first, after)
    beyond, sort, limit = window(NEWEST_FIRST, asked)
    where: dict[str, Any] = dict(beyond)
    if kinds is not None:
        where["kind"] = {"$in": [one.value for one in kinds]}
    if statuses is not None:
        where["status"] = {"$in": [one.value for one in statuses]}
    docs = await store.page(ctx, where, sort, limit)
    return cut([Run.of(doc) for doc in docs], asked, cursors, lambda run: (str(run.id), run.id))


async def cancel_asked(ctx: Context, run_ids: Sequence[ObjectId]) -> set[ObjectId]:
    """Return which of these runs were asked to end."""
    return await store.cancels(ctx, run_ids)


async def ended_before(ctx: Context, kind: RunKind, option: str, detail: str) -> Run | None:
    """Return the first applied run that has ended, from before there was an option, without a detail noted on it."""
    where: dict[str, Any] = {
        "kind": kind.value,
        "phase": RunPhase.APPLY.value,
        "status": {"$in": [one.value for one in RunStatus if one not in {*ACTIVE, RunStatus.READY}]},
        f"options.{option}": {"$exists": False},
        f"details.{detail}": {"$exists": False},
    }
    found = await store.page(ctx, where, [("kind", 1), ("_id", 1)], 1)
    return Run.of(found[0]) if found else None


async def waiting(ctx: Context, kinds: Sequence[RunKind], now: datetime) -> list[Run]:
    """Return plans that wait and whose time has come, by `wake_at`."""
    return [Run.of(doc) for doc in await store.ready(ctx, [one.value for one in kinds], now, MAX_DUE)]


async def in_transaction(ctx: Context, run_id: ObjectId, tx: Tx) -> Run:
    """Return a run as it is for a transaction; raises NotFound."""
    doc = await store.by_id(ctx, run_id, tx)
    if doc is None:
        raise NotFound
    return Run.of(doc)


async def note(ctx: Context, run_id: ObjectId, values: Doc, tx: Tx) -> None:
    """Note something on a run that has ended; two who do it at once clash."""
    await store.note(ctx, run_id, values, tx)


# --- working ---


async def due_runs(ctx: Context) -> list[str]:
    """Return the ids of runs that wait for a worker: never rung for, or held by one that died."""
    found = await store.due(ctx, [one.value for one in ACTIVE], ctx.now(), MAX_DUE)
    return [str(one) for one in found]


async def work(ctx: Context, run_id: str) -> None:
    """Work on a run until it ends or waits for somebody, unless another worker does; safe to call twice for one run."""
    owner = _owner()
    while await work_off(ctx, ObjectId(run_id), owner, _HANDLERS):
        continue


def _owner() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


# --- presence ---


@dataclass(frozen=True, slots=True)
class Presence:
    """Which workers are there."""

    connected: bool
    last_seen_at: datetime | None
    workers: int


async def worker_seen(ctx: Context, worker_id: str) -> None:
    """Note that a worker lives; each says so every few seconds."""
    await store.saw_worker(ctx, worker_id, ctx.now())


async def presence(ctx: Context) -> Presence:
    """Tell whether a worker was seen within 30 seconds, how many, and when the last one was."""
    now = ctx.now()
    seen = await store.workers(ctx, now - timedelta(days=1))
    lately = [one for one in seen if one["at"] >= now - timedelta(seconds=PRESENCE_SECONDS)]
    return Presence(bool(lately), seen[0]["at"] if seen else None, len(lately))


async def lead(ctx: Context, owner: str, seconds: float) -> bool:
    """Become or stay the one scheduler for so many seconds; False while another leads."""
    now = ctx.now()
    return await store.lead(ctx, owner, now, now + timedelta(seconds=seconds))


async def stop_leading(ctx: Context, owner: str) -> None:
    """Let another scheduler lead at once."""
    await store.stop_leading(ctx, owner)


async def sweep(ctx: Context) -> None:
    """Forget workers that were not seen for a day, and selections whose time is over."""
    await store.forget_workers(ctx, ctx.now())
    await store.sweep_chunks(ctx, ctx.now())
