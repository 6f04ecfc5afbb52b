"""Imports in GraphQL, and what they add to a run."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.access.model import Permission
from api.agreements import rules as agreements
from api.agreements.model import Known
from api.consent.model import ConsentBasis
from api.core import ids
from api.core.context import Context
from api.core.fields import Read
from api.core.graphql import (
    Info,
    Repeatable,
    Written,
    connected,
    link,
    mutation,
    plain,
    query,
    sending,
    user_errors,
)
from api.customers.model import FIELDS
from api.files import rules as files
from api.files.model import FileKind
from api.files.schema import File, show as show_file
from api.history.schema import Shown
from api.imports import browsing, columns, rules
from api.imports.browsing import ShownRow, Wanted
from api.imports.model import Column, ColumnRule, KeylessRows, RowOutcome, Severity
from api.imports.types import (
    ImportColumn,
    ImportConsents,
    ImportDetails,
    ImportIssue,
    ImportPreview,
    ImportProblem,
    ImportRow,
    ImportRowConnection,
    ImportRowConsent,
    ImportRowEdge,
    ImportTarget,
)
from api.runs.model import Run as StoredRun, RunKind
from api.runs.schema import Run, show as show_run

# --- what a run gains ---


async def files_of(root: Run, info: Info) -> list[File]:
    """Return the files of an import that the caller may fetch."""
    return [one for one in await _both(info.context, root) if one]


async def _details(root: Run, info: Info) -> ImportDetails | None:
    run = root.source
    if run.kind is not RunKind.IMPORT:
        return None
    upload, errors = await _both(info.context, root)
    chosen = [Column.of(one) for one in run.options["columns"]]
    return ImportDetails(
        file=upload or _gone(run),
        encoding=run.options["encoding"],
        delimiter=run.options["delimiter"],
        columns=[_column(one, []) for one in chosen],
        unmapped=[
            one.header for one in chosen if not one.used and not columns.not_read(one.header, run.options["preset"])
        ],
        preset=run.options["preset"],
        keyless_rows=KeylessRows(run.options["keyless"]),
        rows_read=rules.rows_read(run),
        applicable=rules.is_applicable(run),
        problems=[
            ImportProblem(code=one[0], message=one[1], severity=Severity(one[2]), count=one[3])
            for one in rules.problems_of(run)
        ],
        consents=ImportConsents.of(run),
        error_file=errors,
    )


async def _both(ctx: Context, root: Run) -> tuple[File | None, File | None]:
    """Return the upload and the error file, as far as they exist and the caller may fetch them."""
    run = root.source
    if run.kind is not RunKind.IMPORT or not ctx.caller.may(Permission.IMPORT_RUN):
        return None, None
    wanted = [run.options.get("file_id"), rules.error_file_id(run)]
    found = await files.many(ctx, [one for one in wanted if one])
    first, second = (show_file(found[one]) if one in found else None for one in wanted)
    return first, second


def _gone(run: StoredRun) -> File:
    """Show an upload whose time is over, or that the caller may not fetch."""
    public = ids.show(ids.FILE, run.options["file_id"])
    return File(
        id=strawberry.ID(public), name=run.title, kind=FileKind.UPLOAD, size=0, sha256=None, uploaded=0, complete=False,
        created_at=run.created_at, expires_at=run.created_at, url=f"/files/{public}",
    )  # fmt: skip


link(Run, "import_", strawberry.field(resolver=_details, name="import"))


def _column(one: Column, samples: list[str], *, proposed: bool = False) -> ImportColumn:
    return ImportColumn(
        index=one.index, header=one.header, samples=samples, target=one.target, rule=one.rule,
        proposed=proposed and one.target is not None, certain=one.certain,
    )  # fmt: skip


def _row(ctx: Context, known: Known, one: ShownRow) -> ImportRow:
    """Show a row; who may not see personal values sees which fields change, and no more."""
    row, shown = one.row, Shown(ctx, FIELDS)
    may = ctx.caller.may(Read.PERSONAL.permission)
    return ImportRow(
        n=row.number,
        planned=row.outcome,
        outcome=one.outcome,
        customer_id=strawberry.ID(ids.show(ids.CUSTOMER, row.customer_id)) if row.customer_id else None,
        customer_name=row.name or None if may else None,
        key=row.key or None if may else None,
        issues=[ImportIssue(code=i.code, message=i.message, severity=i.severity, column=i.column) for i in row.issues],
        changes=[shown.path(path) for path in row.paths],
        consents=[ImportRowConsent.of(known, consent) for consent in row.consents],
    )


@strawberry.type
class Query:
    """Queries of this room."""

    @query(needs=Permission.IMPORT_RUN)
    async def run_rows(
        self,
        info: Info,
        id: strawberry.ID,
        planned: list[RowOutcome] | None = None,
        outcome: list[RowOutcome] | None = None,
        problem: str | None = None,
        first: int | None = 50,
        after: str | None = None,
    ) -> ImportRowConnection:
        """The rows of an import, in the file's order."""
        ctx = info.context
        found = await browsing.rows(ctx, id, Wanted(planned, outcome, problem), first, after)
        brings = any(one.row.consents for one in found.rows)
        known = await agreements.known(ctx) if brings else Known({}, {}, {})
        page: ImportRowConnection = connected(
            ImportRowConnection, ImportRowEdge, found, lambda one: _row(ctx, known, one)
        )
        return page

    @query(needs=Permission.IMPORT_RUN)
    async def import_targets(self, info: Info) -> list[ImportTarget]:
        """The fields, consents and lists that a column may go to."""
        known = await agreements.known(info.context)
        return [
            ImportTarget(path=one.path, label=one.label, about=one.about, rules=list(one.rules))
            for one in columns.targets(known).values()
        ]

    @query(needs=Permission.IMPORT_RUN)
    async def import_template(self, info: Info) -> str:
        """A CSV file with the header that is mapped by itself."""
        del info
        return rules.template()

    @query(needs=Permission.IMPORT_RUN)
    async def import_preview(
        self, info: Info, file_id: strawberry.ID, encoding: str | None = None, delimiter: str | None = None
    ) -> ImportPreview:
        """Look at a file's head, as it would be read with these choices."""
        found = await rules.preview(info.context, file_id, encoding, delimiter)
        return ImportPreview(
            file=show_file(found.file),
            encoding=found.sniffed.dialect.encoding,
            encodings=list(found.sniffed.encodings),
            delimiter=found.sniffed.dialect.delimiter,
            preset=found.preset,
            columns=[_column(one, found.samples(one.index), proposed=True) for one in found.columns],
            rows=found.rows,
            errors=user_errors(found.problems),
        )


# --- planning and applying ---


@strawberry.input
class ImportColumnInput:
    """Where one column goes; columns that are not named are not read."""

    index: int
    target: str | None = None
    rule: ColumnRule = ColumnRule.FILL_EMPTY


@strawberry.input(
    description="What proves the file's consents; a yes for which one of the first three is missing waits."
)
class ImportConsentInput:
    basis: ConsentBasis | None = None
    note: str | None = strawberry.field(default=None, description="Where they come from; kept as evidence.")
    collected_at: datetime | None = strawberry.field(default=None, description="Where neither column nor cell says it.")
    evidence_file_id: strawberry.ID | None = None


@strawberry.input
class ImportPlanInput(Repeatable):
    """What to import; without columns, the proposal."""

    file_id: strawberry.ID
    columns: list[ImportColumnInput] | None = None
    encoding: str | None = None
    delimiter: str | None = None
    keyless_rows: KeylessRows = KeylessRows.SKIP
    title: str | None = None
    consent: ImportConsentInput | None = None


@strawberry.type
class ImportPlanPayload(Written):
    """The run that makes the plan."""

    run: Run | None = None


@strawberry.input
class ImportApplyInput(Repeatable):
    """How to apply."""


@strawberry.type
class ImportApplyPayload(Written):
    """The run that applies its plan."""

    run: Run | None = None


@strawberry.type
class Mutation:
    """Mutations of this room."""

    @mutation(needs=Permission.IMPORT_RUN)
    async def import_plan(self, info: Info, input: ImportPlanInput) -> ImportPlanPayload:
        """Say row by row what importing a file would do."""
        wanted = None if input.columns is None else [(one.index, one.target, one.rule) for one in input.columns]
        run, replayed = await rules.plan(
            info.context,
            sending("importPlan", input),
            input.file_id,
            wanted,
            encoding=input.encoding,
            delimiter=input.delimiter,
            keyless=input.keyless_rows,
            title=input.title,
            consent=plain(input.consent) if input.consent else None,
        )
        return ImportPlanPayload(run=show_run(run) if run else None, applied=run is not None, replayed=replayed)

    @mutation(needs=Permission.IMPORT_RUN)
    async def import_apply(self, info: Info, id: strawberry.ID, input: ImportApplyInput) -> ImportApplyPayload:
        """Write exactly what a plan says."""
        run, replayed = await rules.apply(info.context, sending("importApply", input, id=id), id)
        return ImportApplyPayload(run=show_run(run), applied=not input.dry_run, replayed=replayed)
