"""The rows of imported files that were about a person, whatever became of them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

from bson import ObjectId

from api.consent.model import IdentifierKind
from api.core import ids
from api.core.context import Context
from api.core.fields import camel
from api.core.mongo import Doc
from api.core.personal import PAGE, Holding, Person, pages, together, told, within
from api.imports import clearing, store
from api.imports.model import Issue, PlannedRow, RowOutcome
from api.imports.reporting import outcomes
from api.runs import rules as runs
from api.runs.model import Run

_BATCHES_TOGETHER = 20
_CUSTOMER_ID = re.compile(r"\bcus_[0-9a-f]{24}\b")
_CONSENT = {
    "t": "topic", "s": "state", "k": "identifierKind", "v": "identifier", "a": "collectedAt", "o": "outcome", "w": "why",
    "h": "column",
}  # fmt: skip
_COUNTS = "Counts of all rows of the batch, which are about other people."
_COPIED = {
    "run_id": "run",
    "personal.planned.n": "row",
    "personal.planned.o": "planned",
    "done": "outcome",
    "personal.planned.w": "name",
    "personal.planned.k": "key",
    "personal.planned.e": "said",
    "personal.planned.p": "changes",
    "personal.planned.i": "issues",
    "personal.planned.t": "terms",
    "personal.planned.s": "consents",
    "personal.late": "issues",
}


async def _rows(ctx: Context, person: Person) -> AsyncIterator[Doc]:
    batches: dict[ObjectId, tuple[ObjectId, int]] = {}
    async for one in _batches(ctx, person):
        batches[one["_id"]] = (one["run_id"], one["batch"])
    ordered = sorted(batches, key=lambda one: batches[one], reverse=True)
    for start in range(0, len(ordered), _BATCHES_TOGETHER):
        wanted = ordered[start : start + _BATCHES_TOGETHER]
        docs = await store.by_ids(ctx, wanted)
        known = await runs.many(ctx, sorted({doc["run_id"] for doc in docs.values()}))
        for doc in (docs[one] for one in wanted if one in docs):
            # Rows go with their run.
            for row in _mine(person, doc, known[doc["run_id"]]) if doc["run_id"] in known else ():
                yield row


async def _batches(ctx: Context, person: Person) -> AsyncIterator[Doc]:
    async def planned(last: Doc | None) -> list[Doc]:
        return await store.planned_for(ctx, person.customer_id, last, PAGE)

    async for doc in pages(planned):
        yield doc
    for names in together(sorted(person.names)):

        async def keyed(last: Doc | None, names: Sequence[str] = names) -> list[Doc]:
            return await store.keyed_by(ctx, names, last, PAGE)

        async for doc in pages(keyed):
            yield doc


def _mine(person: Person, doc: Doc, run: Run) -> Iterator[Doc]:
    for (outcome, row), stored in zip(outcomes(doc), doc["personal"]["planned"], strict=True):
        spans = person.names.get(row.key, ())
        # A row that came to somebody else is about him, whatever key it gave.
        if row.customer_id == person.customer_id or (row.customer_id is None and within(spans, run.created_at)):
            consents = [_consent(one) for one in stored.get("s", ())]
            yield {**_told(person, run, row, outcome), **({"consents": consents} if consents else {})}


def _consent(doc: Doc) -> Doc:
    row = told(doc, _CONSENT)
    is_own = row["identifierKind"] == IdentifierKind.CUSTOMER
    return {**row, "identifier": ids.show(ids.CUSTOMER, ObjectId(row["identifier"]))} if is_own else row


def _told(person: Person, run: Run, row: PlannedRow, outcome: RowOutcome | None) -> Doc:
    said = row.edit
    found: Doc = {
        "run": ids.show(ids.RUN, run.id),
        "fileName": run.title,
        "at": run.created_at,
        "row": row.number,
        "planned": row.outcome.value,
        "outcome": outcome.value if outcome else None,
        "name": row.name,
        "key": row.key,
        "said": {**_scalars(said.set), **_items(person, said.add)} if said else None,
        "changes": [
            {
                "path": one.path,
                "before": person.tell(one.path, one.before),
                "after": person.tell(one.path, one.after),
            }
            for one in row.paths
        ],
        "issues": [_issue(person, one) for one in row.issues],
        "terms": [{"at": at, "term": term} for at, term in row.terms],
    }
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}


def _scalars(values: Mapping[str, Any]) -> Doc:
    return {camel(name): value for name, value in values.items()}


def _items(person: Person, added: Mapping[str, list[Any]]) -> Doc:
    return {camel(name): [person.tell(f"{name}.", item) for item in items] for name, items in added.items()}


def _issue(person: Person, one: Issue) -> Doc:
    mine = ids.show(ids.CUSTOMER, person.customer_id)
    message = _CUSTOMER_ID.sub(lambda found: found[0] if found[0] == mine else "another customer", one.message)
    return {**one.doc, "message": message}


HOLDINGS = (
    Holding(
        collection=store.ROWS,
        part="importRows",
        about="Rows of imported files that were planned for this person, or gave an email or reference id of hers: what "
        "the row said, what it changed, and what was wrong with it.",
        copy=_rows,
        copied=_COPIED,
        left_out={
            "_id": "The number of a batch of up to 200 rows.",
            "batch": "Where the batch begins.",
            "to_row": "Where the batch ends.",
            "place": "Where the file has the batch.",
            "planned": _COUNTS,
            "outcome": _COUNTS,
            "codes": "What was wrong with any row of the batch; that of hers stands in issues.",
            "personal.planned.c": "The number of the person whom this copy is about.",
            "personal.planned.v": "The version that the row was planned on.",
            "personal.planned.h": "Keyed digests of what the row is known by, which is told in clear.",
            "blanked": "How many rows of the batch were of persons who went.",
        },
        clear=clearing.clear_rows,
    ),
    Holding(
        collection=store.STATES,
        excused="What a plan remembers of people while it is made; dropped when it is ready. The same values stand in the "
        "import rows.",
        clear=clearing.clear_states,
    ),
)
