"""What an import is made of: columns, outcomes, issues, and planned rows.

`run_rows` hold one batch per document: `{_id, run_id, batch, to_row, place, planned {outcome: count}, outcome {outcome:
count}, codes [..], done [outcome, ..], personal {planned [row, ..], late {row number: issues}}}`. `batch` is the number of
its first row, `place` where the file has it, `done` what became of its rows in order. A planned row is `{n, o: outcome,
c: customer id, v: base version, e: edit, p: paths, i: issues, k: key, h: ids of its identifiers, w: name, s: consents}`, of
which `h` is there where the row may never come to a customer, so that it can be found; a consent `{t: topic,
s: state, k: kind and v: value of whose it is, a: when it was said, o: outcome, w: why it waits, h: header}`; runs without
`options.consent` are older and kept terms as `t: [[day, term], ..]`. `plan_states` hold, while a plan is made, what the
rows so far made of customers, the latest last: `{_id, run_id, row, keys, personal {after {customer id: document}}}`.
Of a row whose person was erased or anonymized only `{n, o, i}` is left, with the issue ERASED; `blanked` of its batch counts
such rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bson import ObjectId

from api.consent.model import ConsentState, IdentifierKind
from api.core.mongo import Doc
from api.customers import values
from api.customers.edits import Edit
from api.history.model import PathChange


class RowOutcome(StrEnum):
    """What a row would come to, or came to."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    UNCHANGED = "UNCHANGED"
    SKIPPED = "SKIPPED"
    INVALID = "INVALID"
    CONFLICT = "CONFLICT"
    DRIFTED = "DRIFTED"


class ColumnRule(StrEnum):
    """What a column does with a customer who has a value already."""

    FILL_EMPTY = "FILL_EMPTY"
    OVERWRITE = "OVERWRITE"
    APPEND = "APPEND"
    IGNORE = "IGNORE"


class KeylessRows(StrEnum):
    """What becomes of a row without reference id and email."""

    SKIP = "SKIP"
    CREATE = "CREATE"


class Severity(StrEnum):
    """An ERROR keeps its row out; a WARNING does not."""

    ERROR = "ERROR"
    WARNING = "WARNING"


class ConsentOutcome(StrEnum):
    """What a consent of a row would come to, or came to; NOT_RECORDED: nobody can be told whose it is."""

    CURRENT = "CURRENT"
    SUPERSEDED = "SUPERSEDED"
    BLOCKED = "BLOCKED"
    NO_CHANGE = "NO_CHANGE"
    QUARANTINE = "QUARANTINE"
    NOT_RECORDED = "NOT_RECORDED"


RESUBSCRIBE = "RESUBSCRIBE"
"""The code of a row that tried to resubscribe somebody who had said no."""
ERASED = "ERASED"
"""The code of a row whose person went."""
WRITTEN = (RowOutcome.CREATE, RowOutcome.UPDATE)
STANDS = (*WRITTEN, RowOutcome.UNCHANGED)
"""Rows whose customer is there; only they bring consents."""
FAILED = (RowOutcome.INVALID, RowOutcome.CONFLICT, RowOutcome.DRIFTED)
CORRECTABLE = (*FAILED, RowOutcome.SKIPPED)
"""What the error file holds."""


@dataclass(frozen=True, slots=True)
class Issue:
    """Something that is wrong, or doubtful, about a row or one of its cells."""

    code: str
    message: str
    severity: Severity = Severity.ERROR
    column: str | None = None

    @property
    def doc(self) -> Doc:
        """The stored form."""
        return {"code": self.code, "message": self.message, "severity": self.severity.value, "column": self.column}

    @classmethod
    def of(cls, doc: Doc) -> Issue:
        """Read the stored form."""
        return cls(doc["code"], doc["message"], Severity(doc["severity"]), doc["column"])


def words_of(header: str) -> str:
    """Return a header as it is compared: folded words, one space between them."""
    return " ".join(re.findall(r"[^\W_]+", values.fold(header)))


@dataclass(frozen=True, slots=True)
class Target:
    """Where a column may go: a scalar's name, `list.part`, `tags`, `terms`, a consent or its date."""

    path: str
    label: str
    about: str
    words: tuple[str, ...]
    rules: tuple[ColumnRule, ...]

    @property
    def is_list(self) -> bool:
        """Whether several columns may go there."""
        return ColumnRule.APPEND in self.rules


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file and where it goes."""

    index: int
    header: str
    target: str | None = None
    rule: ColumnRule = ColumnRule.IGNORE
    certain: bool = False
    date_format: str | None = None
    """How this column writes its dates, when it is not yyyy-mm-dd or dd-mm-yyyy."""

    @property
    def used(self) -> bool:
        """Whether its cells are read."""
        return self.target is not None and self.rule is not ColumnRule.IGNORE

    @property
    def doc(self) -> Doc:
        """The stored form."""
        return {
            "index": self.index, "header": self.header, "target": self.target, "rule": self.rule.value,
            "certain": self.certain, "date_format": self.date_format,
        }  # fmt: skip

    @classmethod
    def of(cls, doc: Mapping[str, Any]) -> Column:
        """Read the stored form."""
        return cls(
            doc["index"], doc["header"], doc["target"], ColumnRule(doc["rule"]), doc["certain"], doc.get("date_format")
        )


@dataclass(frozen=True, slots=True)
class ReadConsent:
    """What a cell says: about what, yes or no, and when, where it tells (a moment, and whether that is a whole day)."""

    topic: str
    """The topic's word: "EMAIL/MARKETING", "LIST/weekly", "TERM/privacy"."""
    state: ConsentState
    at: tuple[datetime, bool] | None
    header: str


@dataclass(slots=True)
class PlannedConsent:
    """What would become of one consent of a row."""

    topic: str
    state: ConsentState
    kind: IdentifierKind
    value: str
    """Of CUSTOMER the id's hex digits."""
    at: datetime | None
    header: str
    outcome: ConsentOutcome = ConsentOutcome.NOT_RECORDED
    why: str | None = None

    @property
    def doc(self) -> Doc:
        """The stored form."""
        found = {"t": self.topic, "s": self.state.value, "k": self.kind.value, "v": self.value, "o": self.outcome.value}
        return {**found, "a": self.at, "h": self.header, **({"w": self.why} if self.why else {})}

    @classmethod
    def of(cls, doc: Doc) -> PlannedConsent:
        """Read the stored form."""
        return cls(
            doc["t"], ConsentState(doc["s"]), IdentifierKind(doc["k"]), doc["v"], doc["a"], doc["h"],
            ConsentOutcome(doc["o"]), doc.get("w"),
        )  # fmt: skip


@dataclass(slots=True)
class ReadRow:
    """One row as it was read: the wish it makes, and what is wrong with it."""

    number: int
    edit: Edit
    issues: list[Issue] = field(default_factory=list)
    key: str = ""
    """What the row is known by: its reference id, else its email."""
    customer_id: ObjectId | None = None
    """Whose row it is, in a file that we exported."""
    terms: list[list[str]] = field(default_factory=list)
    """[day, term id] pairs, as runs from before there was a ledger keep them."""
    consents: list[ReadConsent] = field(default_factory=list)
    collected_at: tuple[datetime, bool] | None = None
    """When its consents were given, by the column for that."""

    @property
    def is_invalid(self) -> bool:
        """Whether an error keeps it out."""
        return any(one.severity is Severity.ERROR for one in self.issues)


@dataclass(slots=True)
class PlannedRow:
    """One row of a plan."""

    number: int
    outcome: RowOutcome
    customer_id: ObjectId | None = None
    base_version: int = 0
    edit: Edit | None = None
    paths: list[PathChange] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    key: str = ""
    keys: list[str] = field(default_factory=list)
    """Ids of the identifiers that it gave, where it may never come to a customer."""
    name: str = ""
    terms: list[list[str]] = field(default_factory=list)
    consents: list[PlannedConsent] = field(default_factory=list)

    @property
    def doc(self) -> Doc:
        """The stored form: short names, and nothing that is empty or follows from the rest."""
        doc: Doc = {"n": self.number, "o": self.outcome.value}
        if self.customer_id:
            doc |= {"c": self.customer_id, "v": self.base_version}
        if self.outcome in WRITTEN and self.edit:
            doc["p"] = [[one.path, one.before, one.after] for one in self.paths]
            if self.outcome is RowOutcome.UPDATE:
                doc["e"] = {"set": self.edit.set, "add": self.edit.add, "fill": sorted(self.edit.fill)}
        if self.issues:
            doc["i"] = [one.doc for one in self.issues]
        for letter, value in (("k", self.key), ("h", self.keys), ("w", self.name), ("t", self.terms)):
            if value:
                doc[letter] = value
        if self.consents:
            doc["s"] = [one.doc for one in self.consents]
        return doc

    @classmethod
    def of(cls, doc: Doc) -> PlannedRow:
        """Read the stored form."""
        paths = [PathChange(*one) for one in doc.get("p", ())]
        return cls(
            number=doc["n"],
            outcome=RowOutcome(doc["o"]),
            customer_id=doc.get("c"),
            base_version=doc.get("v", 0),
            edit=_edit(doc, paths),
            paths=paths,
            issues=[Issue.of(one) for one in doc.get("i", ())],
            key=doc.get("k", ""),
            keys=doc.get("h", []),
            name=doc.get("w", ""),
            terms=doc.get("t", []),
            consents=[PlannedConsent.of(one) for one in doc.get("s", ())],
        )


def _edit(doc: Doc, paths: Sequence[PathChange]) -> Edit | None:
    """Return the wish of a planned row; that of a new customer is all that it brings."""
    if "e" in doc:
        return Edit(set=doc["e"]["set"], add=doc["e"]["add"], fill=frozenset(doc["e"]["fill"]))
    if not paths:
        return None
    edit = Edit()
    for one in paths:
        name, _, item = one.path.partition(".")
        if item:
            edit.add.setdefault(name, []).append(one.after)
        else:
            edit.set[name] = one.after
    return edit
