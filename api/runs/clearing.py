"""What becomes of runs that held persons who went: their titles are replaced, or they are ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bson import ObjectId

from api.core.context import Context
from api.core.errors import Problem
from api.core.mongo import Doc, Tx
from api.runs import store
from api.runs.model import ACTIVE, MAX_LOG, Run, RunKind, RunStatus

MAX_ACTIVE = 1_000
_TOGETHER = 1_000


async def named(ctx: Context, tx: Tx, run_ids: Sequence[ObjectId]) -> dict[ObjectId, Run]:
    """Return runs by id; one command for a thousand."""
    found: dict[ObjectId, Run] = {}
    for start in range(0, len(run_ids), _TOGETHER):
        docs = await store.by_ids(ctx, run_ids[start : start + _TOGETHER], tx)
        found |= {one: Run.of(doc) for one, doc in docs.items()}
    return found


async def under_way(ctx: Context, tx: Tx, kind: RunKind) -> list[Run]:
    """Return runs of a kind that are worked on or wait for a worker."""
    return [Run.of(doc) for doc in await store.active(ctx, kind.value, [*ACTIVE], MAX_ACTIVE, tx)]


async def that_chose(ctx: Context, tx: Tx, customer_ids: Sequence[ObjectId]) -> list[ObjectId]:
    """Return runs of every kind that chose any of these customers (at most 1,000), while their selection is kept."""
    return await store.runs_with(ctx, customer_ids, tx)


async def note(ctx: Context, tx: Tx, updates: Mapping[ObjectId, tuple[Doc, Doc, str]], at: datetime) -> None:
    """Write on runs, also while they are worked on: (fields, counters, a line for the log or none). One command."""
    await store.change_many(ctx, [(one, _update(*what, at)) for one, what in updates.items()], None, tx)


def _update(put: Doc, counts: Doc, text: str, at: datetime) -> Doc:
    update: Doc = {name: values for name, values in (("$set", put), ("$inc", counts)) if values}
    if text:
        update["$push"] = {"log": {"$each": [{"at": at, "text": text}], "$slice": -MAX_LOG}}
    return update


async def end(ctx: Context, tx: Tx, run_ids: Sequence[ObjectId], why: Problem, at: datetime) -> int:
    """End runs that are not ended yet; return how many. Whoever works on one meets a higher fence, and writes nothing more.

    Their handler is not asked to discard anything. One command.
    """
    put = {
        "status": RunStatus.FAILED.value,
        "finished_at": at,
        "error": {"code": why.code, "message": why.message},
    }
    update: Doc = {"$set": put, "$inc": {"fence": 1}}
    return await store.change_many(ctx, [(one, update) for one in run_ids], [*ACTIVE], tx)
