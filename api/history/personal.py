"""The saves of a customer, with what stood there before and after."""

from __future__ import annotations

from collections.abc import AsyncIterator

from api.core import ids
from api.core.context import Context
from api.core.mongo import Doc
from api.core.personal import SELF, STAFF, Holding, Person, told
from api.history import rules, store

_COPIED = {
    "_id": "id",
    "version": "version",
    "at": "at",
    "actor.kind": "actor.kind",
    "actor.name": "actor.name",
    "source": "source",
    "action": "action",
    "reverts": "reverts",
    "run.id": "run.id",
    "run.kind": "run.kind",
    "run.phase": "run.phase",
    "run.row": "run.row",
    "run.title": "run.fileName",
    "personal.reason": "reason",
    "personal.paths": "paths",
}


async def _changes(ctx: Context, person: Person) -> AsyncIterator[Doc]:
    async for doc in rules.stored(ctx, person.customer_id):
        yield _told(person, doc)


def _told(person: Person, doc: Doc) -> Doc:
    row = {**told(doc, _COPIED), "id": ids.show(ids.CHANGE, doc["_id"])}
    if "run" in row:
        row["run"]["id"] = ids.show(ids.RUN, row["run"]["id"])
    row["paths"] = [
        {"path": one["path"], **{side: person.tell(one["path"], one[side]) for side in ("before", "after")}}
        for one in row.get("paths", ())
    ]
    return row


HOLDINGS = (
    Holding(
        collection=store.CHANGES,
        part="changes",
        about="Every save of the profile, newest first: who, when, why, and the old and new values.",
        copy=_changes,
        copied=_COPIED,
        left_out={"customer_id": SELF, "actor.id": STAFF},
        clear=rules.clear,
    ),
)
