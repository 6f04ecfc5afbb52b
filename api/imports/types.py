"""The GraphQL types of an import."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.agreements.model import ConsentChannel, Known
from api.consent import importing
from api.consent.model import ConsentBasis, ConsentState, QuarantineReason, TopicKind
from api.core.graphql import PageInfo, UserError
from api.files.schema import File
from api.history.schema import PathChange
from api.imports.model import ColumnRule, ConsentOutcome, KeylessRows, PlannedConsent, RowOutcome, Severity
from api.runs.model import Run

strawberry.enum(RowOutcome, description="What a row would come to, or came to.")
strawberry.enum(ColumnRule, description="What a column does with a customer who has a value already.")
strawberry.enum(KeylessRows, description="What becomes of a row without reference id and email.")
strawberry.enum(Severity, name="ProblemSeverity", description="An ERROR keeps its row out; a WARNING does not.")

strawberry.enum(ConsentOutcome, name="ImportConsentOutcome", description="What a consent of a row comes to.")


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
class ImportRowConsent:
    """A consent of a row, and what would become of it by what the ledger said when it was planned."""

    topic: TopicKind
    channel: ConsentChannel | None
    purpose: str | None
    list: str | None
    term: str | None
    state: ConsentState
    collected_at: datetime | None
    planned: ConsentOutcome
    why: QuarantineReason | None

    @classmethod
    def of(cls, known: Known, one: PlannedConsent) -> ImportRowConsent:
        """Show a consent; whose it is stands in the row."""
        topic = importing.topic_of(known, one.topic)
        return cls(
            topic=topic.kind, channel=topic.channel, purpose=topic.purpose, list=topic.list, term=topic.term,
            state=one.state, collected_at=one.at, planned=one.outcome, why=QuarantineReason(one.why) if one.why else None,
        )  # fmt: skip


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
    consents: list[ImportRowConsent]


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
class ImportConsentCount:
    """So many consents come to this."""

    outcome: ConsentOutcome
    count: int


@strawberry.type(description="What was stated of an import's consents, and what they come to.")
class ImportConsents:
    basis: ConsentBasis | None
    note: str | None = strawberry.field(description="Where they come from.")
    collected_at: datetime | None
    evidence_file_id: strawberry.ID | None
    may_grant: bool = strawberry.field(description="Whoever started it may record consents; else each yes waits.")
    planned: list[ImportConsentCount]
    outcome: list[ImportConsentCount]

    @classmethod
    def of(cls, run: Run) -> ImportConsents | None:
        """Show them; None for an import without columns of consents."""
        stated, counts = run.options.get("consent"), run.details.get("consents", {})
        if stated is None:
            return None
        planned, outcome = (
            [ImportConsentCount(outcome=one, count=found[one.value]) for one in ConsentOutcome if found.get(one.value)]
            for found in (counts.get("planned", {}), counts.get("outcome", {}))
        )
        return cls(
            basis=ConsentBasis(stated["basis"]) if stated["basis"] else None,
            note=stated["note"],
            collected_at=stated["collected_at"],
            evidence_file_id=strawberry.ID(stated["file_id"]) if stated["file_id"] else None,
            may_grant=stated["grants"],
            planned=planned,
            outcome=outcome,
        )


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
    consents: ImportConsents | None
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
