"""What a plan says of consents: whose each is, whether it is proved, and what the ledger, as it is now, would make of it.

A no needs no proof. A yes needs what it rests on, when it was given and where it comes from; whoever started the import must
be allowed to record it. What is not proved waits in quarantine. A yes on top of somebody's no is blocked, and its row listed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from api.agreements.model import Known
from api.consent import fold, importing, quarantine
from api.consent.fold import Matter, Said
from api.consent.model import (
    REFUSALS,
    ConsentBasis,
    ConsentSource,
    IdentifierKind,
    QuarantineReason,
    TopicKind,
)
from api.consent.quarantine import MESSAGES
from api.consent.wishes import MAX_TEXT, SKEW
from api.core.context import Context
from api.core.errors import Invalid
from api.core.mongo import Doc, Tx
from api.customers import subjects
from api.files import rules as files
from api.files.model import File
from api.imports.consent_columns import pick
from api.imports.model import (
    RESUBSCRIBE,
    STANDS,
    ConsentOutcome,
    Issue,
    PlannedConsent,
    PlannedRow,
    ReadConsent,
    ReadRow,
    Severity,
)

_AHEAD = timedelta(days=1)
"""Somewhere it may be tomorrow already."""
_NOBODY = "The row names no {what}, and its customer has none, that this could belong to; it is not recorded."
_SEVERAL = "Several people have this number, so it does not say who agreed; only a refusal counts for all."


@dataclass(frozen=True, slots=True)
class Proof:
    """What whoever started an import has stated of its consents, and may record; the run's `options.consent`."""

    basis: ConsentBasis | None
    note: str | None
    collected_at: datetime | None
    file_id: str | None
    grants: bool
    purposes: frozenset[str] | None
    uploaded_at: datetime

    @classmethod
    def of(cls, doc: Mapping[str, Any]) -> Proof:
        """Read the stored form."""
        return cls(
            ConsentBasis(doc["basis"]) if doc["basis"] else None,
            doc["note"],
            doc["collected_at"],
            doc["file_id"],
            doc["grants"],
            None if doc["purposes"] is None else frozenset(doc["purposes"]),
            doc["uploaded_at"],
        )

    @property
    def evidence(self) -> dict[str, str]:
        """What is kept with each entry."""
        return {name: value for name, value in (("note", self.note), ("file_id", self.file_id)) if value}

    def missing(self, at: datetime | None) -> QuarantineReason | None:
        """Return what a yes of this moment lacks."""
        if self.basis is None:
            return QuarantineReason.NO_BASIS
        if at is None:
            return QuarantineReason.NO_DATE
        if not self.note:
            return QuarantineReason.NO_SOURCE
        return None


def too_early(row: ReadRow, now: datetime) -> Issue | None:
    """Return what is wrong with a row whose consents are dated in the future."""
    dated = [one.at for one in row.consents if one.at] + ([row.collected_at] if row.collected_at else [])
    for at, is_day in dated:
        if at > now + (_AHEAD if is_day else SKEW):
            return Issue("COLLECTED_IN_FUTURE", "This consent lies in the future; check its date.")
    return None


class Consents:
    """Decides the consents of planned rows."""

    def __init__(self, known: Known, proof: Proof) -> None:
        """Know what can be agreed to and what is proved."""
        self._known = known
        self._proof = proof
        self._waiting: set[tuple[str, str, str, datetime | None]] = set()

    def of_row(self, row: ReadRow, planned: PlannedRow, after: Doc, now: datetime) -> list[PlannedConsent]:
        """Return the consents of a row by whose they are, not decided yet; `after` is its customer as planned."""
        if planned.outcome not in STANDS or planned.customer_id is None:
            return []
        found: list[PlannedConsent] = []
        for one in row.consents:
            at = self._moment(one, row, now)
            whose = _whose(self._known, one, row, after, planned.customer_id)
            found += [PlannedConsent(one.topic, one.state, kind, value, at, one.header) for kind, value in whose]
            if not whose:
                what = importing.topic_of(self._known, one.topic).address
                message = _NOBODY.format(what=str(what).lower().replace("_", "-"))
                planned.issues.append(Issue("NO_ADDRESS", message, Severity.WARNING, one.header))
        return found

    def _moment(self, one: ReadConsent, row: ReadRow, now: datetime) -> datetime | None:
        refuses = one.state in REFUSALS
        stated = one.at or row.collected_at
        if stated:
            return min(pick(stated, now, refuses=refuses), now)
        return self._proof.collected_at or (self._proof.uploaded_at if refuses else None)

    async def decide(self, ctx: Context, rows: Sequence[PlannedRow], tx: Tx) -> None:
        """Say of each consent what would become of it; one command, two where something is not proved."""
        wanted = {importing.identifier_id(ctx, one.kind, one.value) for row in rows for one in row.consents}
        found = await subjects.load(ctx, sorted(wanted), tx)
        doubtful = {row.customer_id for row in rows if row.customer_id and any(map(self._is_doubtful, row.consents))}
        self._waiting = await quarantine.known(ctx, sorted(doubtful), tx) if doubtful else set()
        for row in rows:
            for one in row.consents:
                name = importing.identifier_id(ctx, one.kind, one.value)
                self._decide(row, one, {"_id": name, **found.get(name, {})})

    def _decide(self, row: PlannedRow, one: PlannedConsent, identifier: Doc) -> None:
        matter = fold.read(identifier).get(one.topic, Matter())
        holders = {*identifier.get("holders", ()), row.customer_id}
        if one.state not in REFUSALS:
            if len(holders) > 1 and one.kind is not IdentifierKind.CUSTOMER:
                row.issues.append(Issue("AMBIGUOUS_IDENTIFIER", _SEVERAL, Severity.WARNING, one.header))
                return
            why = self._unproved(one)
            if why and (identifier["_id"], one.topic, one.state.value, one.at) in self._waiting:
                # Somebody is asked already, or has decided.
                one.outcome = ConsentOutcome.NO_CHANGE
                return
            if why:
                self._wait(row, one, _again(matter, one) or why)
                return
        basis = self._proof.basis or ConsentBasis.EXPLICIT
        version = self._version(one)
        if one.at is None:
            return
        said = Said(_UNKNOWN, one.state, basis, ConsentSource.IMPORT, one.at, version)
        one.outcome = ConsentOutcome(matter.take(said)[1].value)
        if one.outcome is ConsentOutcome.BLOCKED:
            one.why = QuarantineReason.RESUBSCRIBE.value
            row.issues.append(resubscribed(one))

    def _is_doubtful(self, one: PlannedConsent) -> bool:
        return one.state not in REFUSALS and self._unproved(one) is not None

    def _unproved(self, one: PlannedConsent) -> QuarantineReason | None:
        topic = importing.topic_of(self._known, one.topic)
        if topic.kind is TopicKind.TERM and not self._is_known(topic.term or "", one.at):
            return QuarantineReason.UNKNOWN_TERM
        may = self._proof.grants and (self._proof.purposes is None or topic.purpose in {None, *self._proof.purposes})
        return self._proof.missing(one.at) or (None if may else QuarantineReason.NO_PERMISSION)

    def _is_known(self, key: str, at: datetime | None) -> bool:
        term = self._known.terms.get(key)
        return term is not None and term.archived_at is None and (at is None or term.version_at(at) is not None)

    def _version(self, one: PlannedConsent) -> int | None:
        term = self._known.terms.get(one.topic.removeprefix("TERM/")) if one.topic.startswith("TERM/") else None
        version = term.version_at(one.at) if term and one.at else None
        return version.number if version else None

    def _wait(self, row: PlannedRow, one: PlannedConsent, why: QuarantineReason) -> None:
        one.outcome, one.why = ConsentOutcome.QUARANTINE, why.value
        issue = Issue(why.value, MESSAGES[why], Severity.WARNING, one.header)
        row.issues.append(resubscribed(one) if why is QuarantineReason.RESUBSCRIBE else issue)


_UNKNOWN = ObjectId("0" * 24)


def resubscribed(one: PlannedConsent) -> Issue:
    """Return what a row is marked with that tried to resubscribe somebody."""
    message = "This tried to resubscribe somebody who had said no; the no stands."
    return Issue(RESUBSCRIBE, message, Severity.WARNING, one.header)


def _again(matter: Matter, one: PlannedConsent) -> QuarantineReason | None:
    """Tell whether a yes without proof comes on top of a no, as far as its date tells."""
    said = matter.current
    is_later = said is not None and (one.at is None or one.at > said.at)
    return QuarantineReason.RESUBSCRIBE if said and said.refuses and is_later else None


def _whose(
    known: Known, one: ReadConsent, row: ReadRow, after: Doc, customer_id: ObjectId
) -> list[tuple[IdentifierKind, str]]:
    """Return whose a consent is: the row's own address, else the customer's; a no is that of all of them."""
    kind = importing.topic_of(known, one.topic).address
    if kind is None:
        return [(IdentifierKind.CUSTOMER, str(customer_id))]
    values = _addresses(kind, row.edit.add) or _addresses(kind, after)
    return [(kind, value) for value in (values if one.state in REFUSALS else values[:1])]


def _addresses(kind: IdentifierKind, doc: Mapping[str, Any]) -> list[str]:
    if kind is IdentifierKind.EMAIL:
        found = [one["normalized"] for one in _primary_first(doc.get("emails", ()))]
    elif kind is IdentifierKind.PHONE:
        found = [one["number"] for one in _primary_first(doc.get("phones", ())) if one.get("valid")]
    else:
        found = [one["token"] for one in doc.get("push_tokens", ()) if one.get("channel") == kind.value]
    return list(dict.fromkeys(found))


def _primary_first(items: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(items, key=lambda one: not one.get("primary"))


async def stated(ctx: Context, sent: Mapping[str, Any], file: File) -> Doc:
    """Return what was stated of a file's consents, and what its sender may record, as the run keeps it.

    Raises Invalid (COLLECTED_IN_FUTURE, TOO_LONG), NotFound for the file that proves them.
    """
    at, note = sent.get("collected_at"), (sent.get("note") or "").strip()
    if at and at > ctx.now() + SKEW:
        message = "This lies in the future; check the clock that it comes from."
        raise Invalid(message, code="COLLECTED_IN_FUTURE", path=("consent", "collected_at"))
    if len(note) > MAX_TEXT["note"]:
        raise Invalid(f"At most {MAX_TEXT['note']} characters.", code="TOO_LONG", path=("consent", "note"))
    if sent.get("evidence_file_id"):
        await files.get(ctx, sent["evidence_file_id"])
    return {
        "basis": sent.get("basis"),
        "note": note or None,
        "collected_at": at,
        "file_id": sent.get("evidence_file_id"),
        "grants": ctx.caller.may("consent.record"),
        "purposes": None if ctx.caller.purposes is None else sorted(ctx.caller.purposes),
        "uploaded_at": file.created_at,
    }
