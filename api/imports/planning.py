"""PLAN: what each row would do, decided as if the rows before it were applied; nothing of a customer is written."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bson import ObjectId

from api.core import ids
from api.core.context import Context
from api.core.mongo import Doc, Tx
from api.customers import edits
from api.files.model import File
from api.imports import store
from api.imports.consenting import Consents
from api.imports.deciding import Desk
from api.imports.model import Issue, PlannedRow, ReadRow
from api.imports.reading import Place, Record, Records
from api.imports.rows import RowReader
from api.imports.seen import Seen
from api.runs.model import Run, RunPhase, RunStatus, Step
from api.runs.rules import next_phase

MAX_ROWS = store.MAX_BATCH
MAX_DOCUMENTS = 980
ROWS_A_BREATH = 16
MAX_CHARACTERS = 150_000
"""Of the cells of one batch: its rows stay well under the megabyte that a document may have."""


@dataclass(slots=True)
class _Read:
    """A row that was read, where reading goes on after it, and the id that it would give to a new customer."""

    row: ReadRow
    before: Place
    after: Place
    at: int
    customer_id: ObjectId


class PlanWork:
    """Reads a file from where the plan stands."""

    def __init__(
        self, run: Run, file: File, records: Records, reader: RowReader, consents: Consents | None = None
    ) -> None:
        """Go on at the run's state; `consents` decides those of the rows, where columns of them are mapped."""
        self._consents = consents
        self._run = run
        self._file = file
        self._records = records
        self._reader = reader
        self._ahead: Record | None = None
        self._ended = bool(run.state.get("ended"))
        # After a kill nobody knows which keys came before, so that all of them are looked up.
        self._seen = Seen(knows=not run.state.get("place"))

    async def next(self) -> PlanBatch | SweepBatch:
        """Read the next rows; after the last one, batches that clean up."""
        if not self._ended:
            rows = await self._rows()
            if rows:
                return PlanBatch(self._run, self._file, rows, self._seen, self._consents)
            self._ended = True
        return SweepBatch(self._run)

    async def _rows(self) -> list[_Read]:
        rows: list[_Read] = []
        documents = characters = 0
        while len(rows) < MAX_ROWS:
            record = self._ahead or await self._records.next()
            self._ahead = None
            if record is None:
                break
            row = self._reader.read(record)
            documents += _documents(row)
            characters += sum(map(len, record.cells))
            if rows and (documents > MAX_DOCUMENTS or characters > MAX_CHARACTERS):
                self._ahead = record
                break
            if len(rows) % ROWS_A_BREATH == 0:
                # The batch before is being written meanwhile; its answers are taken between these rows.
                await asyncio.sleep(0)
            rows.append(_Read(row, record.before, record.after, record.at, ids.new()))
        return rows

    async def close(self) -> None:
        """Let go of the file."""
        await self._records.close()


def _documents(row: ReadRow) -> int:
    """Return how many documents applying a row may write: customer, change, identifiers, one that another takes the place of."""
    replaces = "reference_id" in row.edit.set and "reference_id" not in row.edit.fill
    return 2 + len(edits.identifiers(row.edit)) + replaces + len(row.consents)


class PlanBatch:
    """Some rows, decided and recorded together."""

    is_alone = False

    def __init__(self, run: Run, file: File, rows: Sequence[_Read], seen: Seen, consents: Consents | None) -> None:
        """Draw what must be the same however often it is written."""
        self._consents = consents
        self._seen = seen
        self._run = run
        self._file = file
        self._rows = rows
        self._id = ids.new()

    def halves(self) -> list[PlanBatch]:
        """Return the same rows as two batches."""
        middle = len(self._rows) // 2
        if middle == 0:
            return [self]
        return [
            PlanBatch(self._run, self._file, part, self._seen, self._consents)
            for part in (self._rows[:middle], self._rows[middle:])
        ]

    async def write(self, ctx: Context, tx: Tx) -> Step:
        """Decide the rows and record them."""
        desk = await Desk.open(ctx, self._run, [one.row for one in self._rows], self._seen, tx, self._consents)
        planned = [desk.plan(one.row, one.customer_id) for one in self._rows]
        if self._consents:
            await self._consents.decide(ctx, planned, tx)
        await desk.keep(planned[0].number, tx)
        counts = Counter(one.outcome.value for one in planned)
        doc = {
            "_id": self._id,
            "run_id": self._run.id,
            "batch": planned[0].number,
            "to_row": planned[-1].number,
            "place": list(self._rows[0].before),
            "planned": dict(counts),
            "outcome": {},
            "codes": sorted({issue.code for one in planned for issue in one.issues}),
            "personal": {"planned": [one.doc for one in planned]},
            "done": [],
        }
        await store.add_rows(ctx, doc, tx)
        return self._step(planned, counts)

    def _step(self, planned: Sequence[PlannedRow], counts: Counter[str]) -> Step:
        place, at = self._rows[-1].after, self._rows[-1].at
        codes = Counter(code for one in planned for code in {issue.code for issue in one.issues})
        problems = {f"details.problems.{one.code}": _problem(one) for row in planned for one in row.issues}
        # How many rows there are is known at the end; until then the bytes read so far say it well enough.
        total = max(place.row, round(place.row * self._file.size / max(at, 1)))
        return Step(
            state={"place": list(place)},
            processed=len(planned),
            counts={f"planned.{name}": n for name, n in counts.items()}
            | {f"details.consents.planned.{name}": n for name, n in _consents(planned).items()}
            | {f"tallies.{code}": n for code, n in codes.items()},
            put={**problems, "total": total},
        )


def _consents(planned: Sequence[PlannedRow]) -> Counter[str]:
    return Counter(one.outcome.value for row in planned for one in row.consents)


def _problem(issue: Issue) -> Doc:
    return {"message": issue.message, "severity": issue.severity.value}


class SweepBatch:
    """The end of a plan: what it remembered is removed, some of it at a time, and then it is ready."""

    is_alone = True

    def __init__(self, run: Run) -> None:
        """Know whose it is."""
        self._run = run

    def halves(self) -> list[SweepBatch]:
        """Return itself: it cannot be cut."""
        return [self]

    async def write(self, ctx: Context, tx: Tx) -> Step:
        """Remove some states; with the last ones the plan is ready, or goes on to be applied."""
        state = {"ended": True}
        if await store.drop_states(ctx, self._run.id, tx):
            return Step(state=state)
        rows = await store.last_row(ctx, self._run.id, tx)
        put: Doc = {"total": rows, "details.rows_read": rows}
        if self._run.options.get("apply_when_ready"):
            return Step(
                state={}, put={**put, **next_phase(RunPhase.APPLY)}, ends=RunStatus.QUEUED, text="Planned; applying."
            )
        return Step(state=state, put=put, ends=RunStatus.READY, text="Planned.")
