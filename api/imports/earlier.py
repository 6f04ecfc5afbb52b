"""Consents that imports kept as pending evidence before there was a ledger: each goes into quarantine, exactly once.

A run from before has no `options.consent`. How far it was taken over stands in the run itself (`details.earlier {row, skip,
ended}`) and changes in the transaction that fills the quarantine, so that whoever is interrupted goes on there.
"""

from __future__ import annotations

from datetime import UTC, datetime

from bson import ObjectId

from api.consent import importing, quarantine
from api.consent.model import ConsentState, IdentifierKind, QuarantineReason
from api.core import ids
from api.core.context import Context
from api.core.mongo import Doc, Tx
from api.imports import store
from api.imports.model import STANDS, RowOutcome
from api.runs import rules as runs
from api.runs.model import Run, RunKind

TOGETHER = 500
BATCHES_A_SWEEP = 20


async def sweep(ctx: Context) -> int:
    """Take over some of what earlier imports kept, 500 terms at a time; return how many went into quarantine."""
    taken = 0
    for _ in range(BATCHES_A_SWEEP):
        run = await runs.ended_before(ctx, RunKind.IMPORT, "consent", "earlier.ended")
        if run is None:
            break
        taken += await _take(ctx, run.id)
    return taken


async def _take(ctx: Context, run_id: ObjectId) -> int:
    drawn, now = [ids.new() for _ in range(TOGETHER)], ctx.now()

    async def body(tx: Tx) -> int:
        run = await runs.in_transaction(ctx, run_id, tx)
        place = run.details.get("earlier", {"row": 0, "skip": 0})
        doc = await store.batch_after(ctx, run_id, place["row"], tx)
        some = _kept(doc)[place["skip"] : place["skip"] + TOGETHER] if doc else []
        docs = [_waiting(ctx, run, one, item_id, now) for one, item_id in zip(some, drawn, strict=False)]
        await quarantine.put(ctx, docs, tx)
        after: Doc = {"row": place["row"], "skip": place["skip"] + len(some)}
        if len(some) < TOGETHER:
            after = {"row": doc["to_row"], "skip": 0} if doc else {"ended": True}
        await runs.note(ctx, run_id, {"details.earlier": after}, tx)
        return len(docs)

    return await ctx.db.transact(body)


def _kept(doc: Doc) -> list[tuple[Doc, str, str]]:
    """Return (planned row, day, term) of rows whose customers were written or there."""
    pairs = zip(doc["personal"]["planned"], doc["done"], strict=False)
    brought = [row for row, became in pairs if RowOutcome(became) in STANDS and row.get("c")]
    return [(row, day, term) for row in brought for day, term in row.get("t", ())]


def _waiting(ctx: Context, run: Run, kept: tuple[Doc, str, str], item_id: ObjectId, now: datetime) -> Doc:
    row, day, term = kept
    kind, value = IdentifierKind.CUSTOMER, str(row["c"])
    return quarantine.draft(
        item_id,
        now,
        QuarantineReason.EARLIER_IMPORT,
        {"id": run.id, "kind": run.kind.value, "phase": run.phase.value, "row": row["n"], "title": run.title},
        row["c"],
        (importing.identifier_id(ctx, kind, value), kind, value),
        f"TERM/{term}",
        ConsentState.GRANTED,
        datetime.fromisoformat(day).replace(tzinfo=UTC),
    )
