"""What may happen in an import: a file is looked at, planned, applied; and its rows are read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bson import ObjectId

from api.access.model import Permission
from api.agreements import rules as agreements
from api.core import idempotency, ids
from api.core.context import Context
from api.core.errors import Conflict, Invalid, NotFound, Problem, RegularsError
from api.core.fields import FieldType
from api.core.idempotency import Once
from api.core.mongo import Doc, Tx
from api.customers.model import SCALARS
from api.files import rules as files
from api.files.model import PART_BYTES, File, FileKind
from api.imports import cells, columns, consent_columns, consenting, reporting, sniffing
from api.imports.model import WRITTEN, Column, ColumnRule, ConsentOutcome, KeylessRows
from api.imports.reading import Dialect, Record, Records
from api.imports.sniffing import SNIFFED_BYTES, Sniffed
from api.imports.working import ImportHandler
from api.runs import rules as runs
from api.runs.model import Run, RunKind, RunPhase, RunStatus

PREVIEW_ROWS = 10
SAMPLES = 5
SAMPLED_ROWS = 1_000
SHOWN_LETTERS = 200
POLL_SECONDS = 0.2
Wanted = Sequence[tuple[int, str | None, ColumnRule]]

runs.register(RunKind.IMPORT, ImportHandler(), Permission.IMPORT_RUN)


@dataclass(slots=True)
class Preview:
    """What stands in a file's head, and the mapping that is proposed for it."""

    file: File
    sniffed: Sniffed
    columns: list[Column] = field(default_factory=list)
    preset: str | None = None
    rows: list[list[str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def samples(self, index: int) -> list[str]:
        """Return the first values of a column."""
        return [row[index] for row in self.rows if index < len(row) and row[index].strip()][:SAMPLES]


@dataclass(slots=True)
class _Head:
    header: list[str]
    rows: list[Record]


async def preview(ctx: Context, file_id: str, encoding: str | None, delimiter: str | None) -> Preview:
    """Look at a file's head; what makes it unreadable is in `problems`. Raises NotFound, and what `sniff` raises."""
    file = await _upload(ctx, file_id)
    found = Preview(file, await _sniffed(ctx, file, encoding, delimiter))
    try:
        head = await _head(ctx, file, found.sniffed.dialect, PREVIEW_ROWS)
    except Invalid as error:
        found.problems.append(error.problem)
        return found
    found.columns, found.preset = columns.propose(head.header, await agreements.known(ctx))
    found.rows = [[_shown(cell) for cell in one.cells] for one in head.rows]
    return found


def _shown(cell: str) -> str:
    return cell[:SHOWN_LETTERS].encode("utf-8", "replace").decode()


async def plan(
    ctx: Context,
    sending: Once,
    file_id: str,
    wanted: Wanted | None = None,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    keyless: KeylessRows = KeylessRows.SKIP,
    title: str | None = None,
    consent: Mapping[str, Any] | None = None,
    apply_when_ready: bool = False,
) -> tuple[Run | None, bool]:
    """Start the plan of an import; answers the run (None for a dry run) and whether this key had started it before.

    `consent` holds what proves the file's consents: basis, note, collected_at, evidence_file_id. Raises NotFound for the
    file, Unreadable for its header, and what `sniff`, `choose` and `stated` raise; then nothing is left.
    """
    file = await _upload(ctx, file_id)
    sniffed = await _sniffed(ctx, file, encoding, delimiter)
    head = await _head(ctx, file, sniffed.dialect, SAMPLED_ROWS)
    agreed = await agreements.known(ctx)
    proposed, preset = columns.propose(head.header, agreed)
    chosen = _dated(proposed if wanted is None else columns.choose(head.header, wanted, agreed), head.rows)
    stated = await consenting.stated(ctx, consent or {}, file)
    brings = any(one.used and (one.target == columns.TERMS or consent_columns.is_consent(one.target)) for one in chosen)
    options: Doc = {
        "file_id": file.id,
        "encoding": sniffed.dialect.encoding,
        "delimiter": sniffed.dialect.delimiter,
        "columns": [one.doc for one in chosen],
        "preset": preset,
        "keyless": keyless.value,
        "consent": stated if brings else None,
        "apply_when_ready": apply_when_ready,
    }
    doc = runs.draft(ctx, RunKind.IMPORT, RunPhase.PLAN, " ".join((title or file.name).split())[:200], options)
    if sending.dry_run:
        return None, False

    async def body(tx: Tx) -> Doc | None:
        known = await idempotency.seen(ctx, tx, sending)
        if known is None:
            await idempotency.keep(ctx, tx, sending, {"run": doc["_id"]})
            await runs.start(ctx, doc, tx)
            await files.keep(ctx, file.id, tx)
        return known

    known = await idempotency.transact(ctx, sending, body)
    if known:
        return await runs.get_by_id(ctx, known["run"]), True
    await runs.ring(ctx, doc["_id"])
    return Run.of(doc), False


async def apply(ctx: Context, sending: Once, run_id: str) -> tuple[Run, bool]:
    """Apply a plan that is ready; answers the run and whether this key had applied it before.

    Raises NotFound, Conflict (NOT_READY).
    """
    run = await runs.get(ctx, run_id)
    if run.kind is not RunKind.IMPORT:
        raise NotFound

    async def body(tx: Tx) -> bool:
        if await idempotency.seen(ctx, tx, sending):
            return True
        if sending.dry_run:
            if run.status is not RunStatus.READY:
                raise Conflict("Only a plan that is ready can be applied.", code="NOT_READY", path=("id",))
            return False
        await idempotency.keep(ctx, tx, sending, {"run": run.id})
        await runs.apply(ctx, run.id, {"personal.email": ctx.caller.email or run.email}, tx)
        await files.keep(ctx, run.options["file_id"], tx)
        return False

    replayed = await idempotency.transact(ctx, sending, body)
    if not replayed and not sending.dry_run:
        await runs.ring(ctx, run.id)
    return await runs.get_by_id(ctx, run.id), replayed


async def import_file(
    ctx: Context,
    path: Path,
    *,
    wait: bool = True,
    keyless: KeylessRows = KeylessRows.SKIP,
    give_up: Callable[[], bool] | None = None,
) -> Run:
    """Import a file of this machine as it proposes itself: upload, plan, apply; return the run.

    A worker does it; with `wait` until it has ended, or `give_up` says so. Raises what `plan` raises, and RegularsError
    with the run's own code when it failed.
    """
    file, _ = await files.create(ctx, Once("fileCreate"), path.name, await asyncio.to_thread(_size, path))
    if file is None:
        raise NotFound
    with path.open("rb") as source:
        offset = 0
        while data := source.read(PART_BYTES):
            await files.upload(ctx, file, offset, data)
            offset += len(data)
    sending = Once("importPlan")
    run, _ = await plan(ctx, sending, ids.show(ids.FILE, file.id), keyless=keyless, apply_when_ready=True)
    if run is None:
        raise NotFound
    while wait and run.status in {RunStatus.QUEUED, RunStatus.RUNNING} and not (give_up and give_up()):
        await asyncio.sleep(POLL_SECONDS)
        run = await runs.get_by_id(ctx, run.id)
    if run.error:
        raise RegularsError(run.error.message, run.error.code)
    return run


def _size(path: Path) -> int:
    return path.stat().st_size


# --- a file's head ---


async def _upload(ctx: Context, file_id: str) -> File:
    file = await files.get(ctx, file_id)
    if file.kind is not FileKind.UPLOAD and file.kind is not FileKind.ERROR_FILE:
        raise NotFound
    if not file.complete:
        raise Conflict("This file is not uploaded completely.", code="INCOMPLETE_FILE", path=("file_id",))
    return file


async def _sniffed(ctx: Context, file: File, encoding: str | None, delimiter: str | None) -> Sniffed:
    head = b""
    async for data in files.read(ctx, file, 0, min(file.size, SNIFFED_BYTES)):
        head += data
    return sniffing.sniff(head, encoding, delimiter)


async def _head(ctx: Context, file: File, dialect: Dialect, rows: int) -> _Head:
    def source(offset: int) -> AsyncIterator[bytes]:
        return files.read(ctx, file, offset)

    records = Records(source, dialect)
    try:
        head = _Head(sniffing.check_header(await records.header()), [])
        while len(head.rows) < rows:
            record = await records.next()
            if record is None:
                break
            head.rows.append(record)
        return head
    finally:
        await records.close()


def _dated(chosen: Sequence[Column], rows: Sequence[Record]) -> list[Column]:
    """Give each column of dates the one form that reads all its values, where there is exactly one."""
    return [_with_form(one, rows) if one.used and _is_date(one.target) else one for one in chosen]


def _is_date(target: str | None) -> bool:
    dates = {FieldType.DATE, FieldType.DATETIME}
    return target == consent_columns.COLLECTED_AT or (target in SCALARS and SCALARS[target].type in dates)


def _with_form(column: Column, rows: Sequence[Record]) -> Column:
    values = {row.cells[column.index] for row in rows if column.index < len(row.cells)}
    forms = cells.forms_of(value for value in values if _is_day(value))
    return replace(column, date_format=forms[0]) if len(forms) == 1 else column


def _is_day(value: str) -> bool:
    """Tell whether a value could be a day in some form, so that one broken cell does not decide for its column."""
    return any(cells.forms_of([value])) and len(cells.forms_of([value])) < len(cells.DATE_FORMATS)


def template() -> str:
    """Return the file to fill in: the header that is mapped by itself, as a spreadsheet reads it."""
    return "\ufeff" + ",".join(columns.TEMPLATE) + "\r\n"


def problems_of(run: Run) -> list[tuple[str, str, str, int]]:
    """Return each kind of issue of a run as (code, message, severity, rows)."""
    return reporting.problems(run)


_NOTHING = frozenset({ConsentOutcome.NOT_RECORDED, ConsentOutcome.NO_CHANGE})
"""What applying a plan writes nothing for."""


def is_applicable(run: Run) -> bool:
    """Tell whether a plan is ready, and applying it would write something."""
    brought = run.details.get("consents", {}).get("planned", {})
    does = any(brought.get(one.value) for one in ConsentOutcome if one not in _NOTHING)
    return run.status is RunStatus.READY and (does or any(run.planned.get(one.value) for one in WRITTEN))


def rows_read(run: Run) -> int:
    """Return how many rows were read so far."""
    return int(run.details.get("rows_read", run.processed if run.phase is RunPhase.PLAN else 0))


def error_file_id(run: Run) -> ObjectId | None:
    """Return the file of rows to correct, once there is one."""
    found: ObjectId | None = run.details.get("error_file")
    return found
