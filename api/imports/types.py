"""The GraphQL types of an import."""

from __future__ import annotations

import strawberry

from api.core.graphql import PageInfo, UserError
from api.files.schema import File
from api.history.schema import PathChange
from api.imports.model import ColumnRule, KeylessRows, RowOutcome, Severity

strawberry.enum(RowOutcome, description="What a row would come to, or came to.")
strawberry.enum(ColumnRule, description="What a column does with a customer who has a value already.")
strawberry.enum(KeylessRows, description="What becomes of a row without reference id and email.")
strawberry.enum(Severity, name="ProblemSeverity", description="An ERROR keeps its row out; a WARNING does not.")


@strawberry.type
class ImportTarget:
    """A field that a column may go to, and what it may do there; the first rule is what it does unless told otherwise."""

    path: str
    label: str
    about: str
    rules: list[ColumnRule]


@strawberry.type
class ImportColumn:
    """A column of a file and where it goes; several may go to one list, the second begins or joins the second item."""

    index: int
    header: str
    samples: list[str]
    target: str | None
    rule: ColumnRule
    proposed: bool
    certain: bool


@strawberry.type
class ImportProblem:
    """One kind of issue, and how many rows have it."""

    code: str
    message: str
    severity: Severity
    count: int


@strawberry.type
class ImportIssue:
    """What is wrong, or doubtful, about a row or one of its cells."""

    code: str
    message: str
    severity: Severity
    column: str | None


@strawberry.type
class ImportRow:
    """One row of the file: what was planned, what became of it, and old and new values."""

    n: int
    planned: RowOutcome
    outcome: RowOutcome | None
    customer_id: strawberry.ID | None
    customer_name: str | None
    key: str | None
    issues: list[ImportIssue]
    changes: list[PathChange]


@strawberry.type
class ImportRowEdge:
    """A row with its cursor."""

    cursor: str
    node: ImportRow


@strawberry.type
class ImportRowConnection:
    """A page of rows."""

    edges: list[ImportRowEdge]
    nodes: list[ImportRow]
    page_info: PageInfo


@strawberry.type
class ImportDetails:
    """What an import knows beyond what every run has."""

    file: File
    encoding: str
    delimiter: str
    columns: list[ImportColumn]
    unmapped: list[str] = strawberry.field(description="Headers of the columns that are not read.")
    preset: str | None
    keyless_rows: KeylessRows
    rows_read: int
    applicable: bool = strawberry.field(description="The plan is ready, and applying it would write something.")
    problems: list[ImportProblem]
    error_file: File | None


@strawberry.type
class ImportPreview:
    """What stands in the file's head, and the mapping that is proposed for it."""

    file: File
    encoding: str
    encodings: list[str]
    delimiter: str
    preset: str | None
    columns: list[ImportColumn]
    rows: list[list[str]]
    errors: list[UserError]
