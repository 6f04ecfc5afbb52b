"""How exports are cleared of persons who went: files that hold them are removed, and those under way that may are ended.

Which exports chose somebody is told by their selections, which are kept longer than files. An export that has only chosen so
far goes on: nobody is read before all are chosen, and whoever is gone by then is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from api.core.context import Context
from api.core.errors import Problem
from api.core.mongo import Doc, Tx
from api.core.personal import Cleared, Gone
from api.exports import store
from api.exports.model import WRITE
from api.files import clearing as files
from api.runs import clearing as runs
from api.runs.model import ACTIVE, Run, RunKind

MAX_ASKED = 1_000
MAX_RUNS, MAX_BLANKED = 100, 200
"""Exports that one call removes the files of, and searches that it blanks: with their runs, at most 700 documents."""
ENDED = Problem(
    "PERSON_ERASED",
    "This export was ended because somebody in it was erased or anonymized meanwhile. Start it anew.",
)
_NOTED = "erased"
_LOG = "The file was removed because it held a person who was erased or anonymized."


async def clear(ctx: Context, tx: Tx, gone: Sequence[Gone]) -> Cleared:
    """Remove files of exports that hold persons, end those under way, and blank searches for them; at most 8 commands."""
    at = max(one.at for one in gone)
    chose = await runs.that_chose(ctx, tx, [one.customer_id for one in gone])
    exports = [
        one for one in (await runs.named(ctx, tx, chose)).values() if one.kind is RunKind.EXPORT and _is_left(one)
    ]
    some = exports[:MAX_RUNS]
    written = await files.withdraw(ctx, tx, [run.details["file"] for run in some], at)
    await runs.note(ctx, tx, {run.id: ({f"details.{_NOTED}": True}, {}, _LOG) for run in some}, at)
    asked = await store.asked_of(ctx, MAX_ASKED, tx)
    theirs = [doc for doc in asked if _names_one(doc, gone)]
    named = theirs[:MAX_BLANKED]
    await store.blank_asked(ctx, [doc["_id"] for doc in named], tx)
    await runs.end(ctx, tx, sorted({*(run.id for run in some), *(doc["run_id"] for doc in named)}), ENDED, at)
    return Cleared(written + len(some) + len(named), more=len(exports) > MAX_RUNS or len(theirs) > MAX_BLANKED)


def _is_left(run: Run) -> bool:
    """Tell whether an export has a file, or is writing one, that was not removed yet."""
    writes = run.status not in ACTIVE or run.state.get("stage") == WRITE
    return "file" in run.details and writes and not run.details.get(_NOTED)


def _names_one(doc: Doc, gone: Sequence[Gone]) -> bool:
    said = {word for text in _texts(doc["personal"]) for word in (text.casefold().strip(), *text.casefold().split())}
    return any(name.casefold() in said for one in gone for name in one.names)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
