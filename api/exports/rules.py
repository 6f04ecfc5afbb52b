"""What may happen with exports: one is started, once; what it chose is swept when its file is gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import orjson
from bson import ObjectId

from api.access import rules as access
from api.access.model import Permission
from api.core import idempotency
from api.core.context import Context
from api.core.idempotency import Once
from api.core.mongo import Doc, Tx
from api.customers import choosing
from api.exports import columns, store
from api.exports.model import RowFate, Shape
from api.exports.selecting import VERB
from api.exports.working import ExportHandler
from api.files import rules as files
from api.files.model import File
from api.runs import rules as runs, selecting
from api.runs.model import ACTIVE, Run, RunKind, RunPhase, RunStatus
from api.runs.selecting import KEPT, MAX_UNFILTERED, Selection, empty, too_many

__all__ = ["Started", "file_of", "holding", "left_out", "start", "sweep"]

runs.register(RunKind.EXPORT, ExportHandler(), Permission.CUSTOMER_EXPORT_BULK)


@dataclass(frozen=True, slots=True)
class Started:
    """What became of a wish to export: a run, or for a dry run how many it would be about and whether that is exact."""

    run: Run | None = None
    count: tuple[int, bool] | None = None
    deduplicated: bool = False
    replayed: bool = False


async def start(ctx: Context, sending: Once, selection: Selection, shape: Shape) -> Started:
    """Start an export of columns that `columns.faults` has nothing against.

    The same that is under way already is answered instead. Raises Invalid (TOO_MANY, EMPTY_SELECTION, and what a filter
    raises), Forbidden for a filter on what the caller may not see.
    """
    where = await choosing.chosen(ctx, selection.where, selection.search, selection.ids)
    if not selection.is_filtered and await choosing.more_than(ctx, MAX_UNFILTERED):
        raise too_many(VERB)
    if not await choosing.any_of(ctx, where):
        raise empty(VERB)
    if sending.dry_run:
        return Started(count=await choosing.counted(ctx, where))
    has_bank = columns.IBAN in shape.columns
    shape = replace(shape, in_clear=has_bank and ctx.caller.may(Permission.CUSTOMER_BANK_READ))
    digest = _digest(ctx, selection, shape)
    options: Doc = {
        **shape.doc,
        "digest": digest,
        "ids": None if selection.ids is None else list(selection.ids),
        "sort": list(selection.sort) if selection.sort else None,
    }
    doc = runs.draft(ctx, RunKind.EXPORT, RunPhase.APPLY, _title(selection), options)
    look = access.look(ctx, "bank.exported", doc["_id"], ["bank_accounts"])
    values = {"run_id": doc["_id"], "expires_at": ctx.now() + KEPT, "personal": _asked(selection)}

    async def body(tx: Tx) -> tuple[ObjectId, str]:
        known = await idempotency.seen(ctx, tx, sending)
        if known:
            return known["run"], "replayed"
        same = await _under_way(ctx, digest, tx)
        await idempotency.keep(ctx, tx, sending, {"run": same or doc["_id"]})
        if same:
            return same, "deduplicated"
        await store.put_asked(ctx, digest, values, tx)
        await runs.start(ctx, doc, tx)
        if shape.in_clear:
            await access.put_look(ctx, look, tx)
        return doc["_id"], ""

    run_id, word = await idempotency.transact(ctx, sending, body)
    if not word:
        await runs.ring(ctx, run_id)
    run = await runs.get_by_id(ctx, run_id)
    return Started(run, deduplicated=word == "deduplicated", replayed=word == "replayed")


async def _under_way(ctx: Context, digest: str, tx: Tx) -> ObjectId | None:
    """Return the run that does the same for the same caller and has not ended."""
    asked = await store.asked(ctx, digest, tx)
    found = await runs.status_of(ctx, asked["run_id"], tx) if asked else None
    return asked["run_id"] if asked and found in ACTIVE else None


def _asked(selection: Selection) -> Doc:
    where = dict(selection.where) if selection.where else None
    return {"where": where, "search": selection.search}


def _digest(ctx: Context, selection: Selection, shape: Shape) -> str:
    who = f"{ctx.caller.kind}:{ctx.caller.id}"
    chosen = None if selection.ids is None else sorted(map(str, selection.ids))
    content = [who, _asked(selection), chosen, selection.sort, shape.doc]
    canonical = orjson.dumps(content, default=str, option=orjson.OPT_SORT_KEYS)
    return ctx.keys.digest("export", canonical.decode())


def _title(selection: Selection) -> str:
    if selection.ids is not None:
        return "1 selected customer" if len(selection.ids) == 1 else f"{len(selection.ids)} selected customers"
    return "Customers that match a filter" if selection.is_filtered else "All customers"


async def file_of(ctx: Context, run: Run) -> File | None:
    """Return the finished file of an export, while it lives, to whoever may fetch it."""
    file_id = run.details.get("file")
    if file_id is None or run.status is not RunStatus.SUCCEEDED or not ctx.caller.may(Permission.CUSTOMER_EXPORT_BULK):
        return None
    file = (await files.many(ctx, [file_id])).get(file_id)
    return file if file and all(map(ctx.caller.may, file.also)) else None


def left_out(run: Run) -> list[tuple[str, int]]:
    """Return why chosen customers are not in the file, and how many each."""
    fates = (RowFate.GONE, RowFate.CONSENT)
    return [(one.value, run.outcome[one.value]) for one in fates if run.outcome.get(one.value)]


async def holding(ctx: Context, customer_ids: Sequence[ObjectId]) -> list[ObjectId]:
    """Return the runs of exports that chose any of these customers (at most 1,000) and may still have their file."""
    chosen = await runs.many(ctx, await selecting.runs_with(ctx, customer_ids))
    return [one for one, run in chosen.items() if run.kind is RunKind.EXPORT]


async def sweep(ctx: Context) -> None:
    """Remove what was asked for, when the files are gone."""
    await store.sweep(ctx, ctx.now())
