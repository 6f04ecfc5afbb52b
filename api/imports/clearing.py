"""How imports are cleared of persons who went: their rows, the files that brought them, and what a plan remembers of them.

A row is theirs when it was planned for them, or when it has come to nobody and names them. That is decided together with all
that follows: once the row is blanked, nothing tells any more in which run it was. So the same transaction removes the run's
files, blanks what colleagues were told of it, and replaces its title, which may be the name of a file that names somebody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId

from api.core.context import Context
from api.core.mongo import Doc, Tx
from api.core.personal import Cleared, Gone, Spans, within
from api.customers.derive import SHARED, identifiers
from api.customers.rules import identifier_id
from api.files import clearing as files
from api.imports import store
from api.imports.model import ERASED, Issue, RowOutcome, Severity
from api.mail import clearing as mail
from api.runs import clearing as runs
from api.runs.model import Run, RunKind, RunPhase

BATCHES, KEYED = 40, 200
"""Batches of rows that one call reads for persons, and for names of theirs."""
MAX_BATCHES = 80
"""Batches that one call writes; with their runs and the files and mails of those, under 700 documents."""
MAX_STATES = 50
_TOGETHER = 1_000
_KEYS = ("email", "reference_id")
_NOTED = "erased"
_LOG = "Somebody in this import was erased or anonymized: those rows were blanked, its files and its title removed."
BLANKED = Issue(
    ERASED, "What this row said was removed, because its person was erased or anonymized.", Severity.WARNING
)


def blanked(doc: Doc) -> Doc:
    """Return what is left of a stored row whose person went."""
    return {"n": doc["n"], "o": doc["o"], "i": [BLANKED.doc]}


class _Names:
    """What names persons who went, and when it did."""

    def __init__(self, ctx: Context, gone: Sequence[Gone]) -> None:
        self.customers = {one.customer_id for one in gone}
        self.at = max(one.at for one in gone)
        self.until = max(one.until for one in gone)
        self._texts: dict[str, Spans] = {}
        self._keys: dict[str, Spans] = {}
        for one in gone:
            hers = {*one.identifiers}
            for text, spans in one.names.items():
                self._texts[text] = (*self._texts.get(text, ()), *spans)
                for key in {identifier_id(ctx.keys, kind, text) for kind in _KEYS} & hers:
                    self._keys[key] = (*self._keys.get(key, ()), *spans)

    @property
    def texts(self) -> list[str]:
        """Names as rows keep them."""
        return sorted(self._texts)

    @property
    def keys(self) -> list[str]:
        """Identifiers as rows keep them."""
        return sorted(self._keys)

    def name(self, row: Doc, at: datetime) -> bool:
        """Tell whether a row of a run of that time names one of them."""
        spans = [self._texts.get(row.get("k", ""), ()), *(self._keys.get(one, ()) for one in row.get("h", ()))]
        return at <= self.until and any(within(some, at) for some in spans)


# --- rows ---


async def clear_rows(ctx: Context, tx: Tx, gone: Sequence[Gone]) -> Cleared:
    """Blank the rows of persons, and remove the files of their runs; some 10 commands where there is something to do."""
    names = _Names(ctx, gone)
    # A plan that read them just before they went, and is not written yet, has to meet this and read anew.
    plans = await _plans(ctx, tx)
    await runs.note(ctx, tx, {one: ({}, {"details.met": 1}, "") for one in plans}, names.at)
    planned = await store.rows_by(ctx, "c", sorted(names.customers), BATCHES, tx)
    keyed = await _keyed(ctx, tx, names)
    found = {doc["_id"]: doc for doc in (*planned, *keyed)}
    held = await runs.named(ctx, tx, sorted({doc["run_id"] for doc in found.values()}))
    unborn = {one for doc in found.values() if doc["run_id"] in held for one in _unborn(doc, names, held)}
    following = await store.rows_by(ctx, "c", sorted(unborn)[:_TOGETHER], BATCHES, tx) if unborn else []
    # The row that would have made somebody names her, those that follow it may not: it goes last, and they first.
    spared = unborn if len(following) == BATCHES else set()
    found = {doc["_id"]: doc for doc in following} | found
    theirs = {one: left for one, doc in found.items() if (left := _left(doc, names, unborn, spared, held))}
    taken = {one: theirs[one] for one in list(theirs)[:MAX_BATCHES]}
    await store.blank_rows(ctx, list(taken.items()), ERASED, tx)
    counts: Counter[ObjectId] = Counter()
    for one, left in taken.items():
        counts[found[one]["run_id"]] += len(left)
    written = await _note(ctx, tx, [(held[one], count) for one, count in counts.items() if one in held], names.at)
    is_more = len(planned) == BATCHES or len(keyed) >= KEYED or bool(unborn) or len(theirs) > MAX_BATCHES
    return Cleared(len(taken) + written, more=bool(taken) and is_more)


async def _keyed(ctx: Context, tx: Tx, names: _Names) -> list[Doc]:
    found: list[Doc] = []
    for name, values in (("k", names.texts), ("h", names.keys)):
        for start in range(0, len(values), _TOGETHER):
            found += await store.rows_by(ctx, name, values[start : start + _TOGETHER], KEYED, tx)
    return found


def _unborn(doc: Doc, names: _Names, held: Mapping[ObjectId, Run]) -> Iterator[ObjectId]:
    """Yield the customers whom rows that name a person would have made, and did not."""
    at = held[doc["run_id"]].created_at
    for place, row in enumerate(doc["personal"]["planned"]):
        came = place < len(doc["done"]) and doc["done"][place] == RowOutcome.CREATE
        if row["o"] == RowOutcome.CREATE and not came and "c" in row and names.name(row, at):
            yield row["c"]


def _left(
    doc: Doc, names: _Names, unborn: set[ObjectId], spared: set[ObjectId], held: Mapping[ObjectId, Run]
) -> dict[int, Doc]:
    """Return place -> what is left of it for each row that is of somebody who went."""
    run = held.get(doc["run_id"])
    left: dict[int, Doc] = {}
    for place, row in enumerate(doc["personal"]["planned"]):
        whose = row.get("c")
        is_hers = whose in names.customers or whose in unborn
        if whose is None:
            is_hers = run is not None and names.name(row, run.created_at)
        if is_hers and not (whose in spared and row["o"] == RowOutcome.CREATE):
            left[place] = blanked(row)
    return left


async def _note(ctx: Context, tx: Tx, touched: Sequence[tuple[Run, int]], at: datetime) -> int:
    """Say on runs that rows of theirs were blanked; the first time remove their files and what else may name somebody."""
    fresh = [run for run, _ in touched if not run.details.get(_NOTED)]
    written = await files.withdraw(ctx, tx, sorted({one for run in fresh for one in _files(run)}), at)
    written += await mail.clear_reports(ctx, tx, [run.id for run in fresh])
    problem: Doc = {"message": BLANKED.message, "severity": BLANKED.severity.value}
    updates: dict[ObjectId, tuple[Doc, Doc, str]] = {}
    for run, count in touched:
        title: Doc = {"title": f"Import of {run.created_at:%Y-%m-%d}"}
        put = {f"details.{_NOTED}": True, f"details.problems.{ERASED}": problem, **title}
        updates[run.id] = (put, {f"tallies.{ERASED}": count}, "" if run.details.get(_NOTED) else _LOG)
    await runs.note(ctx, tx, updates, at)
    return written + len(updates)


def _files(run: Run) -> list[ObjectId]:
    """Return an import's upload and its file of errors, also one that is being written."""
    named = (run.options.get("file_id"), run.details.get("error_file"), run.state.get("file"))
    return [one for one in named if one]


# --- what a plan remembers while it is made ---


async def clear_states(ctx: Context, tx: Tx, gone: Sequence[Gone]) -> Cleared:
    """Take persons out of what plans that are being made remember of them."""
    plans = await _plans(ctx, tx)
    if not plans:
        return Cleared(0, more=False)
    own = {identifier_id(ctx.keys, "id", str(one.customer_id)) for one in gone}
    keys = {*own, *(name for one in gone for name in one.identifiers)}
    customers = {str(one.customer_id) for one in gone}
    states: dict[Any, Doc] = {}
    named = sorted(keys)
    for start in range(0, len(named), _TOGETHER):
        found = await store.states_with(ctx, plans, named[start : start + _TOGETHER], MAX_STATES, tx)
        states |= {doc["_id"]: doc for doc in found}
    some = list(states.values())[:MAX_STATES]
    hers = [
        (
            doc,
            [one for one, after in doc["personal"]["after"].items() if one in customers or _keys(ctx, after) & keys],
            [one for one in doc["keys"] if one in keys],
        )
        for doc in some
    ]
    await store.forget_states(ctx, hers, tx)
    return Cleared(len(some), more=len(states) >= MAX_STATES)


async def _plans(ctx: Context, tx: Tx) -> list[ObjectId]:
    return [run.id for run in await runs.under_way(ctx, tx, RunKind.IMPORT) if run.phase is RunPhase.PLAN]


def _keys(ctx: Context, doc: Doc) -> set[str]:
    return {identifier_id(ctx.keys, kind, value) for kind, value, _ in identifiers(doc) if kind not in SHARED}
