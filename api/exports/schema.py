"""Exports in GraphQL, and what they add to a run."""

from __future__ import annotations

import strawberry

from api.access.model import Permission
from api.core import ids
from api.core.errors import Invalid, NotFound
from api.core.graphql import Info, Repeatable, Written, link, mutation, plain, query, sending, user_errors
from api.customers.schema import Count, CustomerSort, Precision, SortDirection
from api.customers.types import CustomerWhere
from api.exports import columns, rules
from api.exports.columns import ColumnKind
from api.exports.model import MAX_IDS, ExportFlavor, ExportFormat, ListShape, RowFate, Shape
from api.files.schema import File, show as show_file
from api.imports.schema import files_of as import_files
from api.runs.model import RunKind
from api.runs.schema import Run, RunCount, show as show_run
from api.runs.selecting import Selection

strawberry.enum(ExportFormat, description="How the file is written; JSON is one array.")
strawberry.enum(
    ExportFlavor,
    description="Of CSV. SPREADSHEET: no cell is taken for a formula, an apostrophe stands before it. MACHINE: as it is.",
)
strawberry.enum(
    ListShape,
    name="ExportLists",
    description="Of CSV. BY_POSITION: emails.1.address, emails.2.address. JOINED: one cell, semicolons between.",
)
strawberry.enum(
    ColumnKind, name="ExportColumnKind", description="A field, a part of the items of a list, or what is worked out."
)


@strawberry.type
class ExportColumn:
    """A column that an export may have."""

    path: str
    label: str
    about: str
    permission: str
    kind: ColumnKind
    allowed: bool = strawberry.field(description="Whether the caller may export it.")


@strawberry.type
class ExportDetails:
    """What an export knows beyond what every run has."""

    format: ExportFormat
    flavor: ExportFlavor
    lists: ListShape
    columns: list[str]
    in_clear: bool = strawberry.field(description="Whether bank accounts stand in it unmasked.")
    rows: int
    left_out: list[RunCount] = strawberry.field(
        description="Chosen, but not written: GONE (deleted meanwhile), CONSENT (no longer meets what was asked of it)."
    )
    lists_cut: int = strawberry.field(
        description="Customers with more items in a list than there were when the columns were laid out."
    )
    file: File | None = strawberry.field(description="Once it is whole, for 7 days, to those who may export.")


async def _details(root: Run, info: Info) -> ExportDetails | None:
    run = root.source
    if run.kind is not RunKind.EXPORT:
        return None
    shape, file = Shape.of(run.options), await rules.file_of(info.context, run)
    return ExportDetails(
        format=shape.format,
        flavor=shape.flavor,
        lists=shape.lists,
        columns=list(shape.columns),
        in_clear=shape.in_clear,
        rows=run.outcome.get(RowFate.WRITTEN.value, 0),
        left_out=[RunCount(name=name, count=count) for name, count in rules.left_out(run)],
        lists_cut=run.tallies.get("CUT", 0),
        file=show_file(file) if file else None,
    )


async def files_of(root: Run, info: Info) -> list[File]:
    """Return the files of an import or an export that the caller may fetch."""
    file = await rules.file_of(info.context, root.source)
    return [show_file(file)] if file else await import_files(root, info)


link(Run, "export", strawberry.field(resolver=_details))
link(Run, "files", strawberry.field(resolver=files_of))


@strawberry.type
class Query:
    """Queries of this room."""

    @query(needs=Permission.CUSTOMER_EXPORT_BULK)
    async def export_columns(self, info: Info) -> list[ExportColumn]:
        """Every column that an export may have."""
        may = info.context.caller.may
        return [
            ExportColumn(
                path=one.path,
                label=one.label,
                about=one.about,
                permission=one.permission,
                kind=one.kind,
                allowed=may(one.permission),
            )
            for one in columns.COLUMNS.values()
        ]


@strawberry.input
class ExportStartInput(Repeatable):
    """Whom to export (named customers, whoever a list finds, or everybody) and how to write them."""

    columns: list[str] = strawberry.field(description="Paths of exportColumns, in order.")
    where: CustomerWhere | None = None
    search: str | None = None
    sort: list[CustomerSort] | None = None
    ids: list[strawberry.ID] | None = None
    format: ExportFormat = ExportFormat.CSV
    flavor: ExportFlavor = ExportFlavor.SPREADSHEET
    lists: ListShape = ListShape.BY_POSITION


@strawberry.type
class ExportStartPayload(Written):
    """The run that writes the file; for a dry run, how many customers it would be about."""

    run: Run | None = None
    count: Count | None = None
    deduplicated: bool = strawberry.field(default=False, description="The same export was under way; this is its run.")


def _selection(sent: ExportStartInput) -> Selection:
    if len(sent.sort or ()) > 1:
        raise Invalid("Sort by one field; the id breaks ties.", code="SORT_NOT_INDEXED", path=("sort", "1"))
    if len(sent.ids or ()) > MAX_IDS:
        raise Invalid(f"At most {MAX_IDS} customers by id; use a filter for more.", code="TOO_LONG", path=("ids",))
    named = []
    for index, one in enumerate(sent.ids or ()):
        try:
            named.append(ids.read(ids.CUSTOMER, one))
        except NotFound as error:
            raise error.under("ids", str(index)) from None
    by = [(one.field.value, one.direction is SortDirection.DESC) for one in sent.sort or ()]
    return Selection(
        where=plain(sent.where) if sent.where else None,
        search=sent.search,
        ids=tuple(named) if sent.ids is not None else None,
        sort=by[0] if by else None,
    )


@strawberry.type
class Mutation:
    """Mutations of this room."""

    @mutation(needs=Permission.CUSTOMER_EXPORT_BULK)
    async def export_start(self, info: Info, input: ExportStartInput) -> ExportStartPayload:
        """Write customers into a file."""
        ctx = info.context
        faults = columns.faults(ctx, input.columns)
        if faults:
            return ExportStartPayload(errors=user_errors(faults))
        shape = Shape(tuple(input.columns), input.format, input.flavor, input.lists)
        found = await rules.start(ctx, sending("exportStart", input), _selection(input), shape)
        if found.count:
            number, exact = found.count
            return ExportStartPayload(count=Count(count=number, precision=_precision(exact)))
        return ExportStartPayload(
            run=show_run(found.run) if found.run else None,
            deduplicated=found.deduplicated,
            applied=found.run is not None,
            replayed=found.replayed,
        )


def _precision(exact: bool) -> Precision:
    return Precision.EXACT if exact else Precision.LOWER_BOUND
