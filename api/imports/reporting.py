"""The end of an import: the error file, one mail, and the check that every row came to something."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from bson import ObjectId

from api.core import ids
from api.core.context import Context
from api.core.errors import Invalid, NotFound, RegularsError
from api.core.mongo import Doc, Tx
from api.files import rules as files
from api.files.model import File, FileKind
from api.imports import store
from api.imports.cells import safe
from api.imports.columns import ERROR_COLUMNS
from api.imports.model import CORRECTABLE, FAILED, RESUBSCRIBE, ConsentOutcome, Issue, PlannedRow, RowOutcome
from api.imports.reading import Dialect, Place, Record, Records
from api.mail import rules as mail
from api.runs import rules as runs
from api.runs.model import Run, RunStatus, Step

ROWS_PER_PART = 1_000
MAX_PART = 1_000_000
MAX_REASONS = 20
_UTF8_BOM = "\ufeff"


class TurnBatch:
    """All rows are written; what follows depends on their counts."""

    is_alone = True

    def __init__(self, row: int) -> None:
        """Know the last row."""
        self._row = row

    def halves(self) -> list[TurnBatch]:
        """Return itself: it cannot be cut."""
        return [self]

    async def write(self, ctx: Context, tx: Tx) -> Step:
        """Say that the report comes next."""
        del ctx, tx
        return Step(state={"row": self._row, "report": 1, "size": 0})


class ErrorPart:
    """The next rows of the error file, saved together with the run's cursor."""

    is_alone = True

    def __init__(
        self, upload: File, file: Doc | None, file_id: ObjectId, offset: int, data: bytes, next_row: int
    ) -> None:
        """Take the bytes, which are of an upload; `file` is the new file, for its first part."""
        self._upload = upload.id
        self._file = file
        self._file_id = file_id
        self._offset = offset
        self._pieces = [(ids.new(), data[start : start + MAX_PART]) for start in range(0, len(data), MAX_PART)]
        self._next_row = next_row

    def halves(self) -> list[ErrorPart]:
        """Return itself: it cannot be cut."""
        return [self]

    async def write(self, ctx: Context, tx: Tx) -> Step:
        """Append the bytes; of an upload that was removed meanwhile, because it held a person who went, none."""
        if await files.is_removed(ctx, self._upload, tx):
            return Step(state={"report": self._next_row, "size": self._offset})
        if self._file:
            await files.record(ctx, self._file, tx)
        size = self._offset
        for part_id, piece in self._pieces:
            await files.append(ctx, self._file_id, size, piece, part_id, tx)
            size += len(piece)
        state = {"report": self._next_row, "size": size, "file": self._file_id}
        return Step(state=state)


class EndBatch:
    """The last one: the file is whole, the mail is in the outbox, the run has succeeded."""

    is_alone = True

    def __init__(self, file_id: ObjectId | None, letter: Doc | None) -> None:
        """Take what was prepared."""
        self._file_id = file_id
        self._letter = letter

    def halves(self) -> list[EndBatch]:
        """Return itself: it cannot be cut."""
        return [self]

    async def write(self, ctx: Context, tx: Tx) -> Step:
        """Finish."""
        put: Doc = {}
        if self._file_id:
            await files.keep(ctx, self._file_id, tx, complete=True)
            put["details.error_file"] = self._file_id
        if self._letter:
            await mail.put(ctx, self._letter, tx)
        return Step(state={}, put=put, ends=RunStatus.SUCCEEDED, text="Applied.", after=mail.wanted(self._letter))


async def next_report(ctx: Context, run_id: ObjectId) -> ErrorPart | EndBatch:
    """Return the next part of the report; raises RegularsError (COUNTS_DISAGREE) when a row came to nothing."""
    run = await runs.get_by_id(ctx, run_id)
    check(run)
    failed = any(run.outcome.get(one.value) for one in CORRECTABLE) or run.tallies.get(RESUBSCRIBE)
    upload = await _upload(ctx, run)
    if failed and upload:
        part = await _error_part(ctx, run, upload)
        if part:
            return part
    file_id = run.state.get("file")
    # It was removed where it held a person who went.
    file_id = file_id if file_id and await files.many(ctx, [file_id]) else None
    return EndBatch(file_id, _letter(ctx, run, file_id))


def _letter(ctx: Context, run: Run, file_id: ObjectId | None) -> Doc | None:
    """Return the mail to whoever started it; None for keys and programs, or when nobody can be written to."""
    if not run.email:
        return None
    try:
        subject = f"Import finished: {_one_line(run.title)}"
        return mail.draft(ctx, run.email, subject, text(ctx, run, file_id), about=run.id)
    except Invalid:
        return None


def check(run: Run) -> None:
    """Raise RegularsError (COUNTS_DISAGREE) unless the outcomes add up to the rows that were read."""
    read = run.details.get("rows_read", 0)
    if not sum(run.planned.values()) == sum(run.outcome.values()) == run.processed == read:
        message = "The outcomes do not add up to the rows that were read. What was written is in the history."
        raise RegularsError(message, "COUNTS_DISAGREE")


async def _upload(ctx: Context, run: Run) -> File | None:
    try:
        return await files.by_id(ctx, run.options["file_id"])
    except NotFound:
        # The upload's time is over: the report says what failed, only the file to correct is missing.
        return None


# --- the error file ---


async def _error_part(ctx: Context, run: Run, upload: File) -> ErrorPart | None:
    """Return the next part, or None when there is nothing left to add."""
    begin, rows = run.state["report"], run.details["rows_read"]
    if begin > rows:
        return None
    some: list[Doc] = [{f"outcome.{one.value}": {"$gt": 0}} for one in CORRECTABLE]
    some.append({"codes": RESUBSCRIBE})
    found = await store.batches(ctx, run.id, begin, begin + ROWS_PER_PART, {"$or": some})
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=run.options["delimiter"], lineterminator="\r\n")
    file: Doc | None = None
    headers = [one["header"] for one in run.options["columns"]]
    kept = [index for index, header in enumerate(headers) if header not in ERROR_COLUMNS]
    if run.state.get("file") is None:
        file = files.draft(ctx, f"errors-{run.id}.csv", 0, FileKind.ERROR_FILE)
        out.write(_UTF8_BOM)
        writer.writerow([*(safe(headers[index]) for index in kept), *ERROR_COLUMNS])
    for doc in found:
        for row in await _failed_rows(ctx, run, upload, doc, kept):
            writer.writerow(row)
    file_id = file["_id"] if file else run.state["file"]
    return ErrorPart(upload, file, file_id, run.state["size"], out.getvalue().encode(), begin + ROWS_PER_PART)


async def _failed_rows(ctx: Context, run: Run, upload: File, doc: Doc, kept: Sequence[int]) -> list[list[str]]:
    """Read the rows of a batch again from the upload, and return those that failed with why."""
    wanted = {row.number: (outcome, row) for outcome, row in _outcomes(doc) if _is_listed(outcome, row)}
    place = Place(*doc["place"])
    dialect = Dialect(run.options["encoding"], run.options["delimiter"])
    records = Records(lambda offset: files.read(ctx, upload, offset), dialect, place)
    rows: list[list[str]] = []
    try:
        for _ in range(len(doc["personal"]["planned"])):
            record = await records.next()
            if record and record.number in wanted:
                rows.append(_failed_row(record, kept, *wanted[record.number]))
    finally:
        await records.close()
    return rows


def _is_listed(outcome: RowOutcome, row: PlannedRow) -> bool:
    """Tell whether a row is to be corrected, or tried to resubscribe somebody, which somebody should look at."""
    return outcome in CORRECTABLE or any(one.code == RESUBSCRIBE for one in row.issues)


def _failed_row(record: Record, kept: Sequence[int], outcome: RowOutcome, row: PlannedRow) -> list[str]:
    cells = record.cells if len(record.cells) >= len(kept) else [*record.cells, *[""] * len(kept)]
    given = [_written(cells[index]) if index < len(cells) else "" for index in kept]
    codes = "; ".join(dict.fromkeys(one.code for one in row.issues))
    messages = " ".join(f"{one.column}: {one.message}" if one.column else one.message for one in row.issues)
    return [*given, str(record.number), outcome.value, codes, safe(messages)]


def _outcomes(doc: Doc) -> list[tuple[RowOutcome, PlannedRow]]:
    return [(row.outcome if outcome is None else outcome, row) for outcome, row in outcomes(doc)]


def outcomes(doc: Doc) -> list[tuple[RowOutcome | None, PlannedRow]]:
    """Return the rows of a batch with what became of them (None: not applied yet) and every issue, late ones too."""
    late = doc["personal"].get("late", {})
    found = []
    for index, one in enumerate(doc["personal"]["planned"]):
        row = PlannedRow.of(one)
        row.issues += [Issue.of(issue) for issue in late.get(str(row.number), ())]
        found.append((RowOutcome(doc["done"][index]) if index < len(doc["done"]) else None, row))
    return found


def _written(cell: str) -> str:
    """Return a cell that can be encoded and is safe: bytes that were not of the encoding become a question mark."""
    return safe(cell.encode("utf-8", "replace").decode().replace("\0", ""))


# --- the mail ---


def text(ctx: Context, run: Run, file_id: ObjectId | None) -> str:
    """Return the report as the mail has it."""
    count: dict[str, int] = {one.value: run.outcome.get(one.value, 0) for one in RowOutcome}
    failed = sum(count[one.value] for one in FAILED)
    lines = [
        f"The import of {_one_line(run.title)} is finished.",
        "",
        f"Created: {count['CREATE']}",
        f"Updated: {count['UPDATE']}",
        f"Already complete: {count['UNCHANGED']}",
        f"Skipped: {count['SKIPPED']}",
        f"Rows failed: {failed}",
        f"Rows read: {sum(count.values())}",
    ]
    lines += _consents(run)
    reasons = sorted(problems(run), key=lambda one: -one[3])[:MAX_REASONS]
    if reasons:
        lines += [
            "",
            "Reasons and notes:",
            *(f"- {number} x {code}: {message}" for code, message, _, number in reasons),
        ]
    lines += ["", f"All rows: {ctx.settings.url}/imports/{ids.show(ids.RUN, run.id)}"]
    if file_id:
        lines += [
            f"Rows to correct and upload again: {ctx.settings.url}/files/{ids.show(ids.FILE, file_id)} (for 7 days)"
        ]
    return "\n".join(lines) + "\n"


_CONSENT_WORDS = {
    ConsentOutcome.CURRENT: "recorded",
    ConsentOutcome.SUPERSEDED: "recorded, older than what is known",
    ConsentOutcome.BLOCKED: "blocked, because the person had said no",
    ConsentOutcome.NO_CHANGE: "known already",
    ConsentOutcome.QUARANTINE: "in quarantine",
    ConsentOutcome.NOT_RECORDED: "not recorded",
}


def _consents(run: Run) -> list[str]:
    came = run.details.get("consents", {}).get("outcome", {})
    counted = [f"- {came[one.value]} {words}" for one, words in _CONSENT_WORDS.items() if came.get(one.value)]
    return ["", "Consents:", *counted] if counted else []


def problems(run: Run) -> list[tuple[str, str, str, int]]:
    """Return each kind of issue as (code, an example's message, severity, rows)."""
    known: dict[str, Any] = run.details.get("problems", {})
    return [(code, one["message"], one["severity"], run.tallies.get(code, 0)) for code, one in sorted(known.items())]


def _one_line(text: str) -> str:
    return " ".join(text.split())
