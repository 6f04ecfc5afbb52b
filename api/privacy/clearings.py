"""Clearing collections of those who went: what finds them is kept sealed while it is needed, and each holding is asked.

A clearing is written in the transaction in which its persons go. From then on it is what says that something is left to do:
whoever finds one goes through the holdings in their order, each in transactions of its own, and only then may drop it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from bson import ObjectId

from api.core import ids
from api.core.context import Context
from api.core.mongo import Doc, Tx
from api.core.personal import Act, Cleared, Gone, Holding
from api.customers.clearing import Result
from api.privacy import store
from api.privacy.registry import HOLDINGS
from api.privacy.requests import ACT, Place
from api.runs.model import Run

PAGE = 20
MIN_NAME = 4
STEPS: dict[str, Holding] = {f"{one.collection}/{one.part}": one for one in HOLDINGS if one.clear}
"""The holdings that are cleared, by what a run's state calls them."""


def after(step: str) -> str:
    """Return the step behind one; behind the last and of a name that nobody knows any more none, "" is the first."""
    names = list(STEPS)
    if step == "":
        return names[0] if names else ""
    place = names.index(step) + 1 if step in STEPS else 0
    return names[place] if place < len(names) else ""


def drafted(ctx: Context, run_id: ObjectId, number: int, gone: Sequence[Gone], at: datetime) -> Doc:
    """Return the clearing of some persons, with a new id."""
    return {
        "_id": ids.new(),
        "run_id": run_id,
        "n": number,
        "at": at,
        "persons": len(gone),
        "sealed": sealed(ctx, gone),
    }


def sealed(ctx: Context, gone: Sequence[Gone]) -> str:
    """Return what finds persons as it is stored: encrypted."""
    return ctx.keys.encrypt(orjson.dumps([_doc(one) for one in gone]).decode())


def opened(ctx: Context, clearing: Mapping[str, Any]) -> list[Gone]:
    """Return the persons of a clearing."""
    return [_gone(one) for one in orjson.loads(ctx.keys.decrypt(clearing["sealed"]))]


def _doc(gone: Gone) -> Doc:
    return {
        "id": str(gone.customer_id),
        "act": gone.act.value,
        "at": gone.at.isoformat(),
        "identifiers": list(gone.identifiers),
        "subjects": {str(one): entries for one, entries in gone.subjects.items()},
        "names": [[text, [[b.isoformat(), e.isoformat()] for b, e in spans]] for text, spans in gone.names.items()],
    }


def _gone(doc: Doc) -> Gone:
    moment = datetime.fromisoformat
    return Gone(
        customer_id=ObjectId(doc["id"]),
        act=Act(doc["act"]),
        at=moment(doc["at"]),
        identifiers=tuple(doc["identifiers"]),
        subjects={ObjectId(one): entries for one, entries in doc["subjects"].items()},
        names={text: tuple((moment(b), moment(e)) for b, e in spans) for text, spans in doc["names"]},
    )


def names_any(run: Run, went: Sequence[Result]) -> bool:
    """Tell whether the reason of a run names somebody who goes: by what found her, or of few by her name."""
    said = (run.reason or "").casefold()
    if not said:
        return False
    if any(len(name) >= MIN_NAME and name.casefold() in said for one in went if one.gone for name in one.gone.names):
        return True
    words = set(re.findall(r"\w+", said))
    # Among many somebody is called as any word.
    few = went if run.options["ids"] is not None else ()
    called = (str((one.before or {}).get(name) or "") for one in few for name in ("given_name", "family_name"))
    return any(
        one in words for name in called for one in re.findall(r"\w+", name.casefold()) if len(one) >= MIN_NAME - 1
    )


async def people(ctx: Context, run_id: ObjectId) -> AsyncIterator[list[Gone]]:
    """Yield everybody who went by a run, batch by batch, while its clearings are kept."""
    begin = 0
    while docs := await store.clearings_of(ctx, run_id, begin, PAGE):
        for doc in docs:
            yield opened(ctx, doc)
        begin = docs[-1]["n"] + 1


async def finish(ctx: Context, run: Run) -> None:
    """Go through all holdings for those whom a run that will not go on itself left half cleared, and drop its clearings.

    Safe to repeat; what was cleared already is met again, and nothing is found there.
    """
    for one in Place.of(run.state).open if run.state.get("stage") == ACT else ():
        doc = await store.clearing(ctx, one)
        gone = opened(ctx, doc) if doc else []
        for holding in STEPS.values() if gone else ():
            while (await _cleared(ctx, holding, gone)).more:
                continue
    while await store.drop_clearings(ctx, run.id):
        continue


async def _cleared(ctx: Context, holding: Holding, gone: Sequence[Gone]) -> Cleared:
    async def body(tx: Tx) -> Cleared:
        if holding.clear is None:
            raise AssertionError
        return await holding.clear(ctx, tx, gone)

    return await ctx.db.transact(body)
