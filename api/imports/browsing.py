"""How the rows of an import are read: a page at a time, by what was planned, what became of them, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.core.context import Context
from api.core.errors import NotFound
from api.core.mongo import Doc
from api.core.paging import Cursors, Slice, page
from api.imports import store
from api.imports.model import PlannedRow, RowOutcome
from api.imports.reporting import outcomes
from api.runs import rules as runs
from api.runs.model import Run, RunKind

WINDOWS = (600, 2_000, 10_000)
"""Rows that are looked through at a time: more and more while nothing is found."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows are asked for."""

    planned: Sequence[RowOutcome] | None = None
    outcome: Sequence[RowOutcome] | None = None
    problem: str | None = None

    def takes(self, row: PlannedRow, outcome: RowOutcome | None) -> bool:
        """Tell whether a row is one of them."""
        return (
            (self.planned is None or row.outcome in self.planned)
            and (self.outcome is None or outcome in self.outcome)
            and (self.problem is None or any(one.code == self.problem for one in row.issues))
        )

    def condition(self) -> Doc:
        """Return what a batch must meet to hold such a row."""
        both = [
            {"$or": [{f"{name}.{one.value}": {"$gt": 0}} for one in wanted]}
            for name, wanted in (("planned", self.planned), ("outcome", self.outcome))
            if wanted
        ]
        where: Doc = {"$and": both} if both else {}
        return where if self.problem is None else {**where, "codes": self.problem}

    def is_empty(self, run: Run) -> bool:
        """Tell from the run's own counts that there is no such row."""
        for wanted, counts in ((self.planned, run.planned), (self.outcome, run.outcome)):
            if wanted is not None and not any(counts.get(one.value) for one in wanted):
                return True
        return self.problem is not None and not run.tallies.get(self.problem)


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row with what became of it; None while it is not applied."""

    row: PlannedRow
    outcome: RowOutcome | None


async def rows(ctx: Context, run_id: str, wanted: Wanted, first: int | None, after: str | None) -> Slice[ShownRow]:
    """Return rows of an import in the file's order; raises NotFound."""
    run = await runs.get(ctx, run_id)
    if run.kind is not RunKind.IMPORT:
        raise NotFound
    cursors = Cursors(ctx.keys, "rows", run_id, wanted.planned, wanted.outcome, wanted.problem)
    asked = page(cursors, first, after)
    number = int(asked.cursor[0]) if asked.cursor else 0
    found: list[ShownRow] = []
    if asked.size and not wanted.is_empty(run):
        found = await _look(ctx, run, wanted, number + 1, asked.size + 1)
    shown = found[: asked.size]
    names = [cursors.write(one.row.number, run.id) for one in shown]
    return Slice(shown, names, len(found) > asked.size, number > 0)


async def _look(ctx: Context, run: Run, wanted: Wanted, begin: int, size: int) -> list[ShownRow]:
    """Walk the batches from a row on, until there are enough; a batch holds at most 200 rows."""
    found: list[ShownRow] = []
    last = await store.last_row(ctx, run.id)
    at, step = max(1, begin - store.MAX_BATCH + 1), 0
    while at <= last and len(found) < size:
        end = at + WINDOWS[min(step, len(WINDOWS) - 1)]
        for doc in await store.batches(ctx, run.id, at, end, wanted.condition()):
            pairs = outcomes(doc) if doc["to_row"] >= begin else ()
            found += [
                ShownRow(row, outcome) for outcome, row in pairs if row.number >= begin and wanted.takes(row, outcome)
            ]
            if len(found) >= size:
                return found[:size]
        at, step = end, step + 1
    return found
