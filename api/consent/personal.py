"""What a person is told of consents: where each of her addresses stands, and every entry with its receipt."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from bson import ObjectId

from api.consent import clearing, reading, store
from api.consent.fold import Matter
from api.consent.model import REDACTED, Entry, IdentifierKind, Topic
from api.consent.reading import HeldIdentifier
from api.consent.receipts import receipt
from api.core import ids
from api.core.context import Context
from api.core.mongo import Doc
from api.core.personal import PAGE, SELF, STAFF, Holding, Person, pages, together, told, within
from api.webhooks import personal as webhooks

_CHAIN = "An internal number that joins the entries of one address; each entry names the address."
_DIGEST = "A digest that only serves to check the ledger; the receipt proves the entry."
_DECIDES = "One of the three newest entries of a topic; all entries are told in the part consents."
_REPEATED = "It repeats what stands in the entry."
_EVIDENCE = ("ip", "user_agent", "form_url", "file_id", "note")
_ENTRY = {
    "_id": "id",
    "seq": "seq",
    "recorded_at": "recordedAt",
    "body.collected_at": "collectedAt",
    "body.kind": "topic",
    "body.channel": "channel",
    "body.purpose": "purpose",
    "body.list": "list",
    "body.term": "term",
    "body.term_version": "termVersion",
    "body.text_hash": "textHash",
    "body.state": "state",
    "body.basis": "basis",
    "body.level": "optInLevel",
    "body.locale": "locale",
    "body.source": "source",
    "body.actor.kind": "actor.kind",
    "body.actor.name": "actor.name",
    "body.applied_as": "appliedAs",
    "body.confirms": "confirms",
    "body.redacts": "redacts",
    "personal.kind": "identifierKind",
    "personal.value": "identifier",
    "personal.reason": "reason",
    **{f"personal.evidence_{name}": f"evidence.{_told}" for name, _told in zip(
        _EVIDENCE, ("ip", "userAgent", "formUrl", "fileId", "note"), strict=True
    )},
}  # fmt: skip
_QUARANTINED = {
    "_id": "id",
    "at": "at",
    "status": "status",
    "why": "why",
    "topic": "topic",
    "state": "state",
    "collected_at": "collectedAt",
    "basis": "basis",
    "run.id": "run.id",
    "run.kind": "run.kind",
    "run.phase": "run.phase",
    "run.row": "run.row",
    "run.title": "run.fileName",
    "reviewed_at": "reviewedAt",
    "reviewed_by.kind": "reviewedBy.kind",
    "reviewed_by.name": "reviewedBy.name",
    "entry": "entryId",
    "personal.kind": "identifierKind",
    "personal.value": "identifier",
    "personal.source": "source",
    "personal.file_id": "evidence.fileId",
    "personal.reason": "reason",
}
_HELD = {
    "type": "kind",
    "seen_at": "seenAt",
    "deliverability.deliverable": "deliverable",
    "deliverability.reason": "deliverabilityReason",
    "deliverability.at": "deliverabilityAt",
    "deliverability.by.kind": "deliverabilityBy.kind",
    "deliverability.by.name": "deliverabilityBy.name",
    "matters.topic": "standings.topic",
}


# --- where her addresses stand ---


async def _identifiers(ctx: Context, person: Person) -> AsyncIterator[Doc]:
    for one in await reading.identifiers(ctx, person.customer_id):
        yield _held(one)


def _held(one: HeldIdentifier) -> Doc:
    row: Doc = {"kind": one.kind.value, "value": one.value, "label": one.label, "primary": one.primary}
    row |= {"seenAt": one.seen_at, "deliverable": one.deliverable}
    known = one.deliverability
    if known:
        row |= {"deliverabilityReason": known["reason"], "deliverabilityAt": known["at"]}
        row["deliverabilityBy"] = {"kind": known["by"]["kind"], "name": known["by"]["name"]}
    row["standings"] = [_standing(topic, matter) for topic, matter in one.matters]
    return {name: value for name, value in row.items() if value not in (None, [])}


def _standing(topic: Topic, matter: Matter) -> Doc:
    said = matter.current
    row: Doc = {
        "topic": topic.kind.value,
        "channel": topic.channel and topic.channel.value,
        "purpose": topic.purpose,
        "list": topic.list,
        "term": topic.term,
        "state": matter.state.value,
    }
    if said:
        row |= {"termVersion": said.version, "basis": said.basis.value, "source": said.source.value}
        row |= {"collectedAt": said.at, "entryId": ids.show(ids.ENTRY, said.entry)}
    return {name: value for name, value in row.items() if value is not None}


# --- the entries ---


async def _entries(ctx: Context, person: Person) -> AsyncIterator[Doc]:
    async for doc in _ledger(ctx, person):
        yield _entry(ctx, doc)


async def _passed_on(ctx: Context, person: Person) -> AsyncIterator[Doc]:
    entries = [doc["_id"] async for doc in _ledger(ctx, person)]
    for some in together(sorted(entries, reverse=True)):
        async for row in webhooks.passed_on(ctx, some):
            yield {**row, "subject": ids.show(ids.ENTRY, row["subject"])}


async def _ledger(ctx: Context, person: Person) -> AsyncIterator[Doc]:
    """Yield the entries that speak of a person, address by address."""
    for subject, spans in person.subjects.items():

        async def fetch(last: Doc | None, subject: ObjectId = subject) -> list[Doc]:
            return await store.chain(ctx, subject, last["seq"] if last else 0, PAGE)

        async for doc in pages(fetch):
            if within(spans, doc["recorded_at"]):
                yield doc


def _entry(ctx: Context, doc: Doc) -> Doc:
    entry = Entry.of(doc)
    body: dict[str, Any] = entry.body
    row = told({**doc, "body": body}, _ENTRY)
    row["id"] = ids.show(ids.ENTRY, entry.id)
    if body["kind"] == REDACTED:
        return row
    row["collectedAt"] = datetime.fromisoformat(body["collected_at"])
    if "confirms" in row:
        row["confirms"] = ids.show(ids.ENTRY, ObjectId(row["confirms"]))
    return {**_named(row), "receipt": receipt(ctx, entry)}


# --- what could not be proved ---


async def _quarantined(ctx: Context, person: Person) -> AsyncIterator[Doc]:
    async def fetch(last: Doc | None) -> list[Doc]:
        return await store.quarantined_of(ctx, person.customer_id, last, PAGE)

    async for doc in pages(fetch):
        yield _waiting(doc)


def _waiting(doc: Doc) -> Doc:
    row = _named({**told(doc, _QUARANTINED), "id": ids.show(ids.QUARANTINED, doc["_id"])})
    row["run"]["id"] = ids.show(ids.RUN, row["run"]["id"])
    if "entryId" in row:
        row["entryId"] = ids.show(ids.ENTRY, row["entryId"])
    return row


def _named(row: Doc) -> Doc:
    """Return a row in which the person herself is named as everywhere."""
    if row.get("identifierKind") == IdentifierKind.CUSTOMER and "identifier" in row:
        return {**row, "identifier": ids.show(ids.CUSTOMER, ObjectId(row["identifier"]))}
    return row


HOLDINGS = (
    Holding(
        collection="identifiers",
        part="identifiers",
        about="The addresses, numbers and devices that find this person, herself last: whether messages arrive there, and "
        "what was agreed to.",
        copy=_identifiers,
        copied=_HELD,
        left_out={
            "_id": "A keyed digest of the value, which is told in clear.",
            "holders": "Who has it: this person, or others of her household.",
            "subject": _CHAIN,
            "head": "Where the chain of entries ends, to check it.",
            "facts": "It repeats for lists what the standings tell.",
            "deliverability.by.id": STAFF,
            **{f"matters.{name}": _DECIDES for name in ("refusal", "lifter", "latest")},
        },
        stays="The act lets them go, suppresses them, and deletes those of which nothing was said. Of the others a keyed "
        "digest stays with where it stands, so that a no stands should the address come back.",
    ),
    Holding(
        collection=store.LEDGER,
        part="consents",
        about="Every consent and refusal with who recorded it, how, the evidence and a signed receipt: address by "
        "address, in the order in which it was recorded.",
        copy=_entries,
        copied=_ENTRY,
        left_out={
            "subject": _CHAIN,
            "topic": _REPEATED,
            "hash": "It stands in the receipt, as entryHash.",
            "body.v": "The version of the stored form.",
            "body.id": _REPEATED,
            "body.subject": _CHAIN,
            "body.actor.id": STAFF,
            "body.seq": _REPEATED,
            "body.recorded_at": _REPEATED,
            "body.personal": _DIGEST,
            "personal.salt": "A random text that keeps a digest from being guessed.",
            "personal.identifier": "A keyed digest of the address, which is told in clear.",
        },
        clear=clearing.blank_entries,
    ),
    Holding(
        collection=store.QUARANTINE,
        part="quarantine",
        about="Consents that a file brought and could not prove, and what was decided about them, newest first.",
        copy=_quarantined,
        copied=_QUARANTINED,
        left_out={
            "customer_id": SELF,
            "identifier_id": "A keyed digest of the address, which is told in clear.",
            "reviewed_by.id": STAFF,
        },
        clear=clearing.blank_quarantined,
    ),
    Holding(
        collection=webhooks.DELIVERIES,
        part="passedOn",
        about="Which other systems were told of a consent of hers in the last 30 days, newest first.",
        copy=_passed_on,
        copied=webhooks.COPIED,
        left_out=webhooks.LEFT_OUT,
        stays="They name an entry by its number; what is sent is read when it is sent, and of a blanked entry nothing is.",
    ),
    Holding(
        collection=store.SEALS,
        excused="Signed digests over all entries of a day, without a word of anybody's.",
        stays="Blanking an entry changes nothing that is sealed.",
    ),
)
