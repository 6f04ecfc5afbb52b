"""How an import is worked off: which phase is opened where, and what is removed when it will not go on."""

from __future__ import annotations

from collections.abc import AsyncIterator

from api.agreements import rules as agreements
from api.core.context import Context, Source
from api.core.mongo import Doc
from api.customers.acts import reader
from api.files import rules as files
from api.imports import store
from api.imports.applying import ApplyBatch, rows_after
from api.imports.consent_apply import ConsentBatch, next_consents
from api.imports.consenting import Consents, Proof
from api.imports.model import Column
from api.imports.planning import PlanWork
from api.imports.reading import Dialect, Place, Records
from api.imports.reporting import EndBatch, ErrorPart, TurnBatch, next_report
from api.imports.rows import RowReader
from api.runs.batches import Work
from api.runs.model import Run, RunPhase


class ApplyWork:
    """Writes the planned batches in order, then the report."""

    def __init__(self, ctx: Context, run: Run) -> None:
        """Go on at the run's state."""
        self._ctx = ctx
        self._run = run
        self._row: int = run.state.get("row", 0)
        self._batch: int = run.state.get("batch", 0)
        self._consented: int = run.state.get("consents", 0)
        self._takes_consents = run.options.get("consent") is not None
        self._consents: ConsentBatch | None = None
        self._is_reporting = "report" in run.state

    async def next(self) -> ApplyBatch | ConsentBatch | TurnBatch | ErrorPart | EndBatch:
        """Return the next planned rows, each batch followed by its consents; after the last one the parts of the report."""
        if self._is_reporting:
            return await next_report(self._ctx, self._run.id)
        following = await self._next_consents() if self._takes_consents else None
        if following:
            return following
        found = await store.batch(self._ctx, self._run.id, self._row + 1) or await self._rest()
        if found is None:
            self._is_reporting = True
            return TurnBatch(self._row)
        rows = rows_after(found, self._row)
        self._row, self._batch = rows[-1].number, found["batch"]
        consents = self._consented if self._takes_consents else None
        return ApplyBatch(self._run, found, rows, self._ctx.now(), consents=consents)

    async def _next_consents(self) -> ConsentBatch | None:
        """Return the consents of rows that are written, where some are left."""
        if self._consents:
            self._consented, self._consents = self._consents.upto, None
        if self._consented < self._row:
            self._consents = await next_consents(self._ctx, self._run, self._batch, self._consented, self._row)
            if self._consents is None:
                self._consented = self._row
        return self._consents

    async def _rest(self) -> Doc | None:
        """Return the batch that was written in part, when the worker was killed between its halves."""
        found = await store.batch(self._ctx, self._run.id, self._batch) if self._batch else None
        return found if found and found["to_row"] > self._row else None

    async def close(self) -> None:
        """Nothing is open."""


class ImportHandler:
    """Works off imports."""

    source = Source.IMPORT

    async def open(self, ctx: Context, run: Run) -> Work:
        """Open the plan at the place in the file, or the apply at its row."""
        if run.phase is RunPhase.APPLY:
            return ApplyWork(ctx, run)
        file = await files.by_id(ctx, run.options["file_id"])

        def source(offset: int) -> AsyncIterator[bytes]:
            return files.read(ctx, file, offset)

        place = run.state.get("place")
        dialect = Dialect(run.options["encoding"], run.options["delimiter"])
        records = Records(source, dialect, Place(*place) if place else None)
        if place is None:
            await records.header()
        columns = [Column.of(one) for one in run.options["columns"]]
        consents = None
        if run.options.get("consent") is not None:
            consents = Consents(await agreements.known(ctx), Proof.of(run.options["consent"]))
        return PlanWork(run, file, records, RowReader(columns, reader(ctx), preset=run.options["preset"]), consents)

    async def discard(self, ctx: Context, run: Run) -> None:
        """Remove what a plan that will not be finished has left; an apply keeps its rows, they are its report."""
        while await store.drop_states(ctx, run.id):
            continue
        if run.phase is RunPhase.PLAN:
            await store.drop_rows(ctx, run.id)
