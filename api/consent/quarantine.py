"""Consents that a file brought and could not prove: kept apart, recorded by nobody, until somebody decides.

Stored in `consent_quarantine`: `{_id, at, status, why, run {id, kind, phase, row, title}, customer_id, identifier_id, topic,
state, collected_at, basis, reviewed_at, reviewed_by, entry, personal {kind, value, source, file_id, reason}}`. What is
accepted is recorded as an import, by whoever accepts it: it grants where nothing was said, and lifts no refusal. Lifting one
is done on the person's own page, with evidence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bson import ObjectId

from api.agreements import rules as agreements
from api.agreements.model import Known
from api.consent import importing, store
from api.consent.desk import Desk
from api.consent.model import (
    AppliedAs,
    ConsentState,
    Entry,
    IdentifierKind,
    QuarantineReason,
    QuarantineStatus,
)
from api.consent.reading import Paging
from api.consent.wishes import MAX_REASON, Wish
from api.core import idempotency, ids
from api.core.context import Context
from api.core.errors import Invalid, NotFound, Problem
from api.core.idempotency import Once
from api.core.mongo import Doc, Tx
from api.core.paging import Cursors, Order, Slice, cut, page, window
from api.webhooks import outbox
from api.webhooks.model import WebhookTopic

MAX_IDS = 100
MAX_KNOWN = 5_000
"""Looked at in one batch of an import; beyond, the same may be put to somebody twice."""
TOGETHER = 50
"""Reviewed in one transaction: entry, address, customer, the review itself, and up to ten messages for each."""
_NEWEST = Order("_id", descending=True)
MESSAGES = {
    QuarantineReason.NO_BASIS: "The import did not say what this consent rests on.",
    QuarantineReason.NO_DATE: "Nobody said when this consent was given.",
    QuarantineReason.NO_SOURCE: "The import did not say where this consent comes from.",
    QuarantineReason.NO_PERMISSION: "Whoever started the import may not record consents.",
    QuarantineReason.UNKNOWN_TERM: "There is no such term, or it was not in force then.",
    QuarantineReason.RESUBSCRIBE: "The file tried to resubscribe somebody who had said no.",
    QuarantineReason.EARLIER_IMPORT: "An earlier import kept this as pending evidence.",
}


class Decision(StrEnum):
    """What is decided of a consent in quarantine."""

    ACCEPT = "ACCEPT"
    REJECT = "REJECT"


_AFTER = {Decision.ACCEPT: QuarantineStatus.ACCEPTED, Decision.REJECT: QuarantineStatus.REJECTED}


@dataclass(slots=True)
class Reviewed:
    """The answer for one of them."""

    id: str
    applied_as: AppliedAs | None = None
    errors: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class _Item:
    """One that is to be reviewed; what is drawn for it stays the same however often it is written."""

    answer: Reviewed
    id: ObjectId
    wish: Wish | None = None
    refused: Problem | None = None
    """Known before anything is written."""


def draft(
    item_id: ObjectId,
    at: datetime,
    why: QuarantineReason,
    run: Doc,
    customer_id: ObjectId | None,
    identifier: tuple[str, IdentifierKind, str],
    topic: str,
    state: ConsentState,
    collected_at: datetime | None,
    *,
    basis: str | None = None,
    source: str | None = None,
    file_id: str | None = None,
    entry: ObjectId | None = None,
) -> Doc:
    """Return the document of a consent that somebody has to decide about; `source` is where the file says it is from."""
    name, kind, value = identifier
    return {
        "_id": item_id, "at": at, "status": QuarantineStatus.OPEN.value, "why": why.value, "run": run,
        "customer_id": customer_id, "identifier_id": name, "topic": topic, "state": state.value,
        "collected_at": collected_at, "basis": basis, "reviewed_at": None, "reviewed_by": None, "entry": entry,
        "personal": {"kind": kind.value, "value": value, "source": source, "file_id": file_id, "reason": None},
    }  # fmt: skip


async def put(ctx: Context, docs: Sequence[Doc], tx: Tx) -> None:
    """Put drafted ones into quarantine; one command, none for none."""
    if docs:
        await store.put_quarantined(ctx, docs, tx)


async def known(ctx: Context, customer_ids: Sequence[ObjectId], tx: Tx) -> set[tuple[str, str, str, datetime | None]]:
    """Return (identifier, topic, state, collected at) of what waits or was decided about customers; one command."""
    docs = await store.quarantined_about(ctx, customer_ids, MAX_KNOWN, tx)
    return {(one["identifier_id"], one["topic"], one["state"], one["collected_at"]) for one in docs}


async def listed(
    ctx: Context, status: QuarantineStatus | None, paging: Paging, why: QuarantineReason | None = None
) -> Slice[Doc]:
    """Return what is or was in quarantine, newest first. Raises Invalid for sizes and cursors."""
    cursors = Cursors(ctx.keys, "consent quarantine", status, why)
    asked = page(cursors, *paging)
    beyond, sort, limit = window(_NEWEST, asked)
    where: Doc = {**({"status": status.value} if status else {}), **({"why": why.value} if why else {}), **beyond}
    docs = await store.quarantined(ctx, where, sort, limit) if limit else []
    return cut(docs, asked, cursors, lambda doc: (None, doc["_id"]))


async def review(
    ctx: Context, public_ids: Sequence[str], decision: Decision, sent: Mapping[str, Any], once: Once
) -> tuple[list[Reviewed], bool]:
    """Accept or reject; each has its own answer, and deciding the same again is the same. Also whether it was a replay.

    `sent` holds reason, and to accept basis, collected_at, source and evidence where they were not known. Codes of an
    item: NOT_FOUND, ALREADY_REVIEWED, REQUIRED, and those of `wishes.read`. Raises Invalid (REQUIRED, TOO_MANY_ITEMS).
    """
    if not 1 <= len(public_ids) <= MAX_IDS:
        raise Invalid(
            f"Between 1 and {MAX_IDS} ids.", code="TOO_MANY_ITEMS" if public_ids else "REQUIRED", path=("ids",)
        )
    if not (sent.get("reason") or "").strip():
        raise Invalid("Say why; it is kept.", code="REASON_REQUIRED", path=("reason",))
    if len(sent["reason"]) > MAX_REASON:
        raise Invalid(f"At most {MAX_REASON} characters.", code="TOO_LONG", path=("reason",))
    acting, now = importing.importer(ctx), ctx.now()
    known = await agreements.known(ctx)
    answers: list[Reviewed] = []
    replays = []
    for start in range(0, len(public_ids), TOGETHER):
        some = public_ids[start : start + TOGETHER]
        own = idempotency.part(once, start, {"ids": some, **sent}) if start else once
        act = _Act(acting, known, decision, sent, own, now)
        answers += await act.review(some)
        replays.append(act.replayed)
    return answers, all(replays)


class _Act:
    """The review of some of them in one transaction."""

    def __init__(
        self, ctx: Context, known: Known, decision: Decision, sent: Mapping[str, Any], once: Once, now: datetime
    ) -> None:
        self._ctx, self._known, self._now = ctx, known, now
        self._decision, self._sent, self._once = decision, sent, once
        self.replayed = False

    async def review(self, public_ids: Sequence[str]) -> list[Reviewed]:
        ctx = self._ctx
        answers = {one: Reviewed(one) for one in public_ids}
        items = [one for one in (_item(answer) for answer in answers.values()) if one]
        found = await store.quarantined_by_ids(ctx, [one.id for one in items])
        for one in items:
            self._read(one, found.get(one.id))
        drawn = [one.wish.entry_id for one in items if one.wish]
        prepared = await outbox.prepare(ctx, WebhookTopic.CONSENT_CHANGED, drawn)

        async def body(tx: Tx) -> list[str]:
            return await self._write(tx, items, prepared)

        await outbox.ring(ctx, await idempotency.transact(ctx, self._once, body))
        return [answers[one] for one in public_ids]

    def _read(self, one: _Item, doc: Doc | None) -> None:
        if doc is None:
            one.refused = Problem("NOT_FOUND", "There is no such consent in quarantine.")
        elif self._decision is Decision.ACCEPT and doc["status"] == QuarantineStatus.OPEN:
            read = self._wish(doc)
            if isinstance(read, Wish):
                one.wish = read
            else:
                one.refused = read
        one.answer.errors = [one.refused] if one.refused else []

    def _wish(self, doc: Doc) -> Wish | Problem:
        """Return the statement with all that proves it, or what is missing."""
        sent, personal = self._sent, doc["personal"] or {}
        if not personal.get("value"):
            return Problem("NOT_FOUND", "Whose it was is no longer known.")
        evidence = {"note": sent.get("source") or personal["source"], "file_id": personal["file_id"]}
        evidence |= {name: value for name, value in (sent.get("evidence") or {}).items() if value}
        stated = {
            "basis": sent.get("basis") or doc["basis"],
            "collected_at": doc["collected_at"] or sent.get("collected_at"),
        }
        needed = (("basis", stated["basis"]), ("collected_at", stated["collected_at"]), ("source", evidence["note"]))
        for name, value in needed:
            if not value:
                return Problem("REQUIRED", "Nobody has stated this so far; without it nothing is proved.", (name,))
        said = importing.item(
            IdentifierKind(personal["kind"]), personal["value"], doc["topic"], ConsentState(doc["state"]),
            reason=sent["reason"], evidence=evidence, **stated,
        )  # fmt: skip
        return importing.wish(self._ctx, self._known, said, self._now)

    async def _write(self, tx: Tx, items: Sequence[_Item], prepared: outbox.Prepared) -> list[str]:
        ctx = self._ctx
        self.replayed = await idempotency.seen(ctx, tx, self._once) is not None
        present = await store.quarantined_by_ids(ctx, [one.id for one in items], tx)
        good = [one for one in items if one.id in present and not one.refused]
        open_ones = [one for one in good if present[one.id]["status"] == QuarantineStatus.OPEN]
        desk = await Desk.open(ctx, [one.wish for one in open_ones if one.wish], self._now, tx)
        entries: dict[ObjectId, Entry | Problem | None] = {
            one.id: importing.take(desk, one.wish) for one in open_ones if one.wish
        }
        decided = [one for one in open_ones if not isinstance(entries.get(one.id), Problem)]
        await self._answer(tx, good, present, entries)
        if self._once.dry_run or not decided:
            return []
        await idempotency.keep(ctx, tx, self._once, {"reviewed": [one.id for one in decided]})
        values = [(one.id, self._values(present[one.id], entries.get(one.id))) for one in decided]
        await store.review(ctx, values, tx)
        if desk.entries:
            await desk.write(tx)
        changed = [one.id for one in entries.values() if isinstance(one, Entry) and one.applied_as is AppliedAs.CURRENT]
        return await outbox.announce(ctx, tx, prepared, changed)

    async def _answer(
        self,
        tx: Tx,
        good: Sequence[_Item],
        present: Mapping[ObjectId, Doc],
        entries: Mapping[ObjectId, Entry | Problem | None],
    ) -> None:
        """Say of each what became of it, now or when it was decided before."""
        wanted = [doc["entry"] for doc in present.values() if doc["entry"] and doc["status"] != QuarantineStatus.OPEN]
        before = await store.by_ids(self._ctx, wanted, tx)
        for one in good:
            doc, entry = present[one.id], entries.get(one.id)
            # The body may run several times: each begins with a clean answer.
            one.answer.applied_as, one.answer.errors = None, []
            if isinstance(entry, Problem):
                one.answer.errors = [entry]
            elif isinstance(entry, Entry):
                one.answer.applied_as = entry.applied_as
            elif one.id in entries:
                one.answer.applied_as = AppliedAs.NO_CHANGE
            elif doc["status"] not in {QuarantineStatus.OPEN, _AFTER[self._decision]}:
                message = f"This was {doc['status'].lower()} before."
                one.answer.errors = [Problem("ALREADY_REVIEWED", message)]
            elif doc["status"] == QuarantineStatus.ACCEPTED and doc["entry"] in before:
                one.answer.applied_as = Entry.of(before[doc["entry"]]).applied_as

    def _values(self, doc: Doc, entry: Entry | Problem | None) -> Doc:
        return {
            "status": _AFTER[self._decision].value,
            "reviewed_at": self._now,
            "reviewed_by": self._ctx.caller.actor,
            "entry": entry.id if isinstance(entry, Entry) else doc["entry"],
            "personal": {**(doc["personal"] or {}), "reason": self._sent["reason"].strip()},
        }


def _item(answer: Reviewed) -> _Item | None:
    try:
        return _Item(answer, ids.read(ids.QUARANTINED, answer.id))
    except NotFound:
        answer.errors = [Problem("NOT_FOUND", "There is no such consent in quarantine.")]
        return None
