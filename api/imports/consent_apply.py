"""APPLY, the consents of rows whose customers were just written: entries and what waits, with the run's cursor.

They are written after their rows, in a transaction of their own, which the run's state `consents` (the last row whose
consents were taken) shares: a worker that is killed between the two goes on exactly there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId

from api.agreements import rules as agreements
from api.agreements.model import Known
from api.consent import importing, quarantine
from api.consent.desk import Desk
from api.consent.model import REFUSALS, AppliedAs, ConsentBasis, Entry, QuarantineReason
from api.consent.wishes import Wish
from api.core import ids
from api.core.context import Context
from api.core.errors import Problem
from api.core.mongo import Doc, Tx
from api.core.queue import Job
from api.customers import subjects
from api.imports import store
from api.imports.consenting import Proof, resubscribed
from api.imports.model import (
    STANDS,
    ConsentOutcome,
    Issue,
    PlannedConsent,
    PlannedRow,
    RowOutcome,
    Severity,
)
from api.runs.model import Run, Step
from api.webhooks import outbox
from api.webhooks.model import WebhookTopic

ENOUGH_DOCUMENTS = 600
"""With so many no further row is taken: one row adds at most some hundred, and 1,000 are advised."""


@dataclass(frozen=True, slots=True)
class _Taking:
    """One consent that is to be taken, with the ids that are drawn for it."""

    planned: PlannedConsent
    wish: Wish | Problem | None
    item_id: ObjectId


class ConsentBatch:
    """The consents of some rows, in one transaction; `upto` says how far it came."""

    is_alone = True

    def __init__(self, ctx: Context, run: Run, known: Known, doc: Doc, rows: Sequence[PlannedRow], last: int) -> None:
        """Take rows of one document, in order; `last` is the last row that was written."""
        self._run = run
        self._doc = doc
        self._last = last
        self._now: datetime = ctx.now()
        self._ctx = importing.importer(ctx)
        self._proof = Proof.of(run.options["consent"])
        self._rows = [(row, [self._taking(known, one) for one in row.consents]) for row in rows]
        self._most = len(rows)
        self._prepared = outbox.Prepared({})
        self.upto = 0

    async def prepare(self) -> ConsentBatch:
        """Draw the messages to who listens."""
        drawn = [one.wish.entry_id for _, taking in self._rows for one in taking if isinstance(one.wish, Wish)]
        self._prepared = await outbox.prepare(self._ctx, WebhookTopic.CONSENT_CHANGED, drawn)
        return self

    def halves(self) -> list[ConsentBatch]:
        """Return itself, to take half as many rows; the others are taken afterwards."""
        self._most = max(1, self._most // 2)
        return [self]

    def _taking(self, known: Known, one: PlannedConsent) -> _Taking:
        if one.outcome in {ConsentOutcome.QUARANTINE, ConsentOutcome.NOT_RECORDED, ConsentOutcome.NO_CHANGE}:
            return _Taking(one, None, ids.new())
        basis = (self._proof.basis or ConsentBasis.EXPLICIT).value
        said = importing.item(
            one.kind, one.value, one.topic, one.state,
            basis=basis, collected_at=one.at, evidence=self._proof.evidence,
        )  # fmt: skip
        return _Taking(one, importing.wish(self._ctx, known, said, self._now), ids.new())

    async def write(self, ctx: Context, tx: Tx) -> Step:
        """Append entries and put into quarantine; at most 8 commands with the run's, one more where somebody listens."""
        del ctx
        wishes = [one.wish for _, taking in self._rows[: self._most] for one in taking if isinstance(one.wish, Wish)]
        desk = await Desk.open(self._ctx, wishes, self._now, tx)
        present = await self._present(desk, tx)
        counts: Counter[str] = Counter()
        waiting: list[Doc] = []
        changed: list[ObjectId] = []
        late: dict[str, list[Issue]] = {}
        for number, (row, taking) in enumerate(self._rows[: self._most]):
            if number and desk.documents + len(waiting) + self._told(changed) > ENOUGH_DOCUMENTS:
                break
            self.upto = row.number
            if row.customer_id not in present:
                # Erased or anonymized since the row was written.
                counts[ConsentOutcome.NOT_RECORDED.value] += len(taking)
                continue
            for one in taking:
                outcome, entry, issue = self._take(desk, one)
                counts[outcome.value] += 1
                if outcome in {ConsentOutcome.QUARANTINE, ConsentOutcome.BLOCKED}:
                    waiting.append(self._waits(row, one, entry))
                if entry and entry.applied_as is AppliedAs.CURRENT:
                    changed.append(entry.id)
                if issue and issue.code not in {known.code for known in row.issues}:
                    late.setdefault(str(row.number), []).append(issue)
        if desk.entries:
            await desk.write(tx)
        await quarantine.put(self._ctx, waiting, tx)
        if late:
            docs = {row: [one.doc for one in issues] for row, issues in late.items()}
            await store.add_late(self._ctx, self._doc["_id"], docs, tx)
        ringing = await outbox.announce(self._ctx, tx, self._prepared, changed)
        return self._step(counts, late, ringing)

    async def _present(self, desk: Desk, tx: Tx) -> set[ObjectId]:
        """Return which customers of the rows are there; those of addresses the desk has loaded."""
        wanted = {row.customer_id for row, _ in self._rows[: self._most] if row.customer_id}
        others = sorted(wanted - desk.docs.keys())
        return {*desk.docs, *(await subjects.shown(self._ctx, others, tx) if others else ())}

    def _told(self, changed: Sequence[ObjectId]) -> int:
        return sum(len(self._prepared.by_subject.get(one, ())) for one in changed)

    def _take(self, desk: Desk, one: _Taking) -> tuple[ConsentOutcome, Entry | None, Issue | None]:
        if one.wish is None:
            return one.planned.outcome, None, None
        found = one.wish if isinstance(one.wish, Problem) else importing.take(desk, one.wish)
        if isinstance(found, Problem):
            # What it was planned for is gone since then: archived, or shared by several now.
            issue = Issue(found.code, found.message, Severity.WARNING, one.planned.header)
            return ConsentOutcome.NOT_RECORDED, None, issue
        if found is None:
            return ConsentOutcome.NO_CHANGE, None, None
        outcome = ConsentOutcome(found.applied_as.value)
        return outcome, found, resubscribed(one.planned) if outcome is ConsentOutcome.BLOCKED else None

    def _waits(self, row: PlannedRow, one: _Taking, entry: Entry | None) -> Doc:
        run, said = self._run, one.planned
        basis = self._proof.basis or (ConsentBasis.EXPLICIT if said.state in REFUSALS else None)
        name = {"id": run.id, "kind": run.kind.value, "phase": run.phase.value, "row": row.number, "title": run.title}
        return quarantine.draft(
            one.item_id,
            self._now,
            QuarantineReason.RESUBSCRIBE if entry else QuarantineReason(said.why or ""),
            name,
            row.customer_id,
            (importing.identifier_id(self._ctx, said.kind, said.value), said.kind, said.value),
            said.topic,
            said.state,
            said.at,
            basis=basis.value if basis else None,
            source=self._proof.note,
            file_id=self._proof.file_id,
            entry=entry.id if entry else None,
        )

    def _step(self, counts: Counter[str], late: dict[str, list[Issue]], ringing: Sequence[str]) -> Step:
        tallies = Counter(code for issues in late.values() for code in {one.code for one in issues})
        problems = {
            f"details.problems.{one.code}": {"message": one.message, "severity": one.severity.value}
            for issues in late.values()
            for one in issues
        }
        return Step(
            state={"row": self._last, "batch": self._doc["batch"], "consents": self.upto},
            counts={f"details.consents.outcome.{name}": n for name, n in counts.items()}
            | {f"tallies.{code}": n for code, n in tallies.items()},
            put=problems,
            after=tuple((Job.WEBHOOK, one) for one in ringing),
        )


async def next_consents(ctx: Context, run: Run, batch: int, after: int, last: int) -> ConsentBatch | None:
    """Return the consents of the rows of a document beyond `after` up to `last`, which are written; None for none."""
    doc = await store.batch(ctx, run.id, batch)
    if doc is None:
        return None
    # Rows that were not written yet have no place in `done`.
    pairs = zip(doc["personal"]["planned"], doc["done"], strict=False)
    rows = [
        PlannedRow.of(one)
        for one, became in pairs
        if after < one["n"] <= last and one.get("s") and RowOutcome(became) in STANDS
    ]
    if not rows:
        return None
    known = await agreements.known(ctx)
    return await ConsentBatch(ctx, run, known, doc, rows, last).prepare()
