"""APPLY: exactly what was planned is written; a row whose customer moved meanwhile is decided again, and may drift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from api.core.context import Context
from api.core.errors import Conflict, NotFound, Unavailable
from api.core.mongo import Doc, Tx
from api.customers import rules as customers
from api.customers.rules import Book, Decision
from api.history.model import PathChange
from api.imports import store
from api.imports.model import ERASED, WRITTEN, Issue, PlannedRow, RowOutcome
from api.runs.model import Run, Step


class ApplyBatch:
    """Some planned rows that are written together."""

    def __init__(
        self, run: Run, doc: Doc, rows: Sequence[PlannedRow], now: datetime, *, consents: int | None = None
    ) -> None:
        """Take rows of one document, in order; `consents` is the row up to which consents were taken, None without any."""
        self._consents = consents
        # Consents follow their rows, and must see what became of them.
        self.is_alone = consents is not None
        self._run = run
        self._doc = doc
        self._rows = rows
        self._now = now
        self._is_stale = False

    def halves(self) -> list[ApplyBatch]:
        """Return the same rows as two batches."""
        middle = len(self._rows) // 2
        if middle == 0:
            return [self]
        return [
            ApplyBatch(self._run, self._doc, part, self._now, consents=self._consents)
            for part in (self._rows[:middle], self._rows[middle:])
        ]

    async def write(self, ctx: Context, tx: Tx) -> Step:
        """Write the rows that are still as planned; at most 8 commands with the run's.

        Raises Unavailable when rows were blanked since they were read: the next attempt reads them anew.
        """
        if self._is_stale:
            await self._reread(ctx, tx)
        writing = [row for row in self._rows if row.outcome in WRITTEN and not is_blanked(row)]
        book = await _book(ctx, writing, tx)
        decisions: list[Decision] = []
        number_of: dict[int, int] = {}
        done: list[str] = []
        late: Doc = {}
        for row in self._rows:
            if is_blanked(row) and row.outcome in WRITTEN:
                done.append(RowOutcome.SKIPPED.value)
                continue
            if row.outcome not in WRITTEN:
                done.append(row.outcome.value)
                continue
            decision = self._again(ctx, book, row)
            if isinstance(decision, Issue):
                done.append(RowOutcome.DRIFTED.value)
                late[str(row.number)] = [decision.doc]
                continue
            book.accept(decision, ctx.keys)
            decisions.append(decision)
            number_of[id(decision)] = row.number
            done.append(row.outcome.value)
        await customers.save(ctx, tx, decisions, run=lambda decision: self._ref(number_of[id(decision)]))
        counts = Counter(done)
        if not await store.written(ctx, self._doc, done, late, counts, tx):
            self._is_stale = True
            raise Unavailable
        return Step(
            state={
                "row": self._rows[-1].number,
                "batch": self._doc["batch"],
                **({} if self._consents is None else {"consents": self._consents}),
            },
            processed=len(done),
            counts={f"outcome.{name}": n for name, n in counts.items()}
            | ({"tallies.DRIFTED": len(late)} if late else {}),
            put={"details.problems.DRIFTED": {"message": _DRIFT, "severity": "ERROR"}} if late else {},
        )

    async def _reread(self, ctx: Context, tx: Tx) -> None:
        found = await store.batch(ctx, self._run.id, self._doc["batch"], tx)
        if found is None:
            raise NotFound
        numbers = {row.number for row in self._rows}
        self._doc = found
        self._rows = [PlannedRow.of(one) for one in found["personal"]["planned"] if one["n"] in numbers]

    def _ref(self, number: int) -> Doc:
        run = self._run
        return {"id": run.id, "kind": run.kind.value, "phase": run.phase.value, "row": number, "title": run.title}

    def _again(self, ctx: Context, book: Book, row: PlannedRow) -> Decision | Issue:
        """Return the planned decision where the customer stands as planned, or where deciding anew comes to the same."""
        if row.customer_id is None or row.edit is None:
            return Issue("DRIFTED", _DRIFT)
        present = book.docs.get(row.customer_id, {})
        if present.get("version", 0) == row.base_version:
            decision = customers.settle(ctx, book, row.customer_id, row.paths, at=self._now)
            if decision.outcome.value == row.outcome.value:
                return decision
            why = "; ".join(one.message for one in decision.problems)
            return Issue("DRIFTED", f"{_DRIFT} {why}".strip())
        try:
            found = customers.match(ctx.keys, book, row.edit)
        except Conflict as error:
            return Issue("DRIFTED", f"{_DRIFT} {error.message}")
        decision = customers.decide(ctx, book, row.edit, found or row.customer_id, at=self._now)
        is_same = decision.customer_id == row.customer_id and decision.outcome.value == row.outcome.value
        return decision if is_same and _plain(decision.paths) == _plain(row.paths) else Issue("DRIFTED", _DRIFT)


_DRIFT = "The customer was changed after the plan was made, so that this row would now do something else; nothing was written."


async def _book(ctx: Context, rows: Sequence[PlannedRow], tx: Tx) -> Book:
    wanted = [row.edit for row in rows if row.edit]
    return await customers.book(ctx, wanted, {row.customer_id for row in rows if row.customer_id}, tx)


def _plain(paths: Sequence[PathChange]) -> list[tuple[Any, ...]]:
    """Return paths in a form that compares; an encrypted account is the same when its digest is."""
    return sorted((one.path, repr(_sealed(one.before)), repr(_sealed(one.after))) for one in paths)


def _sealed(value: Any) -> Any:
    return (
        {name: part for name, part in value.items() if name != "iban" or "digest" not in value}
        if isinstance(value, dict)
        else value
    )


def is_blanked(row: PlannedRow) -> bool:
    """Tell whether a row's person went, so that nothing is left of it."""
    return any(one.code == ERASED for one in row.issues)


def rows_after(doc: Doc, row: int) -> list[PlannedRow]:
    """Return the rows of a batch that come after a row."""
    return [PlannedRow.of(one) for one in doc["personal"]["planned"] if one["n"] > row]
