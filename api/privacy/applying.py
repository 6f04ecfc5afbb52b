"""Applying a request: some persons go at once, then each holding is cleared of them, and at the end everything is searched.

Nobody is half cleared for long: whoever cancels a run lets it finish with those who are gone already, and a run that fails
is cleaned up after by `clearings.finish`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Self

from bson import ObjectId

from api.access import rules as access
from api.core import ids
from api.core.context import Context
from api.core.errors import RegularsError
from api.core.mongo import Doc, Tx
from api.core.personal import MAX_PERSONS, Act, Gone
from api.customers import choosing, clearing
from api.customers.clearing import Fate, Found, Result
from api.privacy import clearings, figures, retention_choosing as retention, store
from api.privacy.requests import CLEAN, LOOKS, SEARCH, SPARED, Options, Place, act_of
from api.privacy.searching import Certifying
from api.privacy.telling import FEW, told
from api.runs import rules as runs
from api.runs.batches import Batch
from api.runs.model import Run, RunStatus, Step
from api.runs.selecting import Whole, chunks as chunks_of, drop_chunks

MAX_WRITTEN = 1_000
"""Documents that one batch may write of customers and what found them; it is counted high, most write less."""
MAX_STEPS, FEW_WRITTEN = 4, 90
"""Holdings that are cleared together, as long as those before wrote no more than this: most have nothing of anybody."""


DONE = {Act.ANONYMIZE: "anonymized", Act.ERASE: "erased"}


class ClearingWork:
    """Lets go who was chosen; goes on at the run's state, which every batch reads in its own transaction."""

    def __init__(self, ctx: Context, run: Run) -> None:
        """Know whose it is."""
        self._ctx = ctx
        self._run = run
        self._ends = RunStatus.SUCCEEDED
        self._opened: tuple[ObjectId, list[Gone]] | None = None
        self._ahead: tuple[tuple[int, int], asyncio.Task[tuple[list[Found], bool]]] | None = None
        self._searching: Certifying | None = None

    def wind_up(self) -> bool:
        """Take nobody more: whoever is gone is cleared and searched for, and then the run ends as cancelled."""
        self._ends = RunStatus.CANCELLED
        return True

    async def next(self) -> Batch:
        """Return the next persons, or the next holding of those who went; then the search, at last the end."""
        state = (await runs.get_by_id(self._ctx, self._run.id)).state
        stage = state.get("stage")
        if stage is None:
            return await self._begin()
        if stage == CLEAN:
            return CleanBatch(self._run, self._ends)
        if stage == SEARCH:
            return await self._search(state)
        place = Place.of(state)
        if place.open:
            return await self._clear(place)
        if place.chunk < place.chunks and self._ends is RunStatus.SUCCEEDED:
            return await self._root(place)
        return StageBatch({"stage": SEARCH if place.cleared else CLEAN, "searched": None})

    async def close(self) -> None:
        """Let go of the search, and of what was asked for."""
        if self._ahead:
            self._ahead[1].cancel()
            await asyncio.gather(self._ahead[1], return_exceptions=True)
        self._ahead = None
        if self._searching:
            await self._searching.close()
        self._searching = None

    async def _begin(self) -> Batch:
        count = 0
        while found := await chunks_of(self._ctx, self._run.id, count, 100):
            count += len(found)
        return StageBatch(Place(count).doc)

    def _ask(self, place: Place) -> asyncio.Task[tuple[list[Found], bool]]:
        """Ask for who comes next; what is saved of them until they go is noticed when they do."""
        at = place.chunk, place.row
        if self._ahead is None or self._ahead[0] != at:
            self._ahead = at, asyncio.create_task(self._gather(*at))
        return self._ahead[1]

    async def _gather(self, chunk: int, row: int) -> tuple[list[Found], bool]:
        (chosen,) = await chunks_of(self._ctx, self._run.id, chunk, 1)
        wanted = chosen[row : row + MAX_PERSONS]
        found = await clearing.gather(self._ctx, wanted)
        some = _fitting([found[one] for one in wanted])
        return some, row + len(some) >= len(chosen)

    async def _root(self, place: Place) -> Batch:
        asked = self._ask(place)
        self._ahead = None
        found, is_last = await asked
        return RootBatch.of(self._ctx, self._run, found, await self._spared(found), is_last=is_last)

    async def _spared(self, found: Sequence[Found]) -> frozenset[ObjectId]:
        """Return whom the policy that asked does not mean any more."""
        policy = Options.of(self._run.options).policy
        there = [one.customer_id for one in found if one.version]
        return frozenset(there) - await retention.still(self._ctx, policy, there) if policy else frozenset()

    async def _clear(self, place: Place) -> Batch:
        if place.chunk < place.chunks and self._ends is RunStatus.SUCCEEDED:
            self._ask(place)
        first = place.open[0]
        if self._opened is None or self._opened[0] != first:
            doc = await store.clearing(self._ctx, first)
            self._opened = (first, clearings.opened(self._ctx, doc) if doc else [])
        return HoldingBatch(self._run, self._opened[1])

    async def _search(self, state: Doc) -> Batch:
        if self._searching is None:
            self._searching = await Certifying.open(self._ctx, self._run, state["searched"])
        return await self._searching.next()


def _fitting(found: Sequence[Found]) -> list[Found]:
    """Return the first of them, as many as fit a batch; at least one."""
    total = 0
    for place, one in enumerate(found):
        total += one.documents + 2
        if total > MAX_WRITTEN and place:
            return list(found[:place])
    return list(found)


class StageBatch(Whole):
    """Goes on to another stage."""

    is_alone = True

    def __init__(self, state: Doc) -> None:
        """Know where to."""
        self._state = state

    async def write(self, _ctx: Context, _tx: Tx) -> Step:
        """Say so."""
        return Step(self._state)


class RootBatch:
    """Some persons go: their profiles, what found them, and with them the note of what is left to clear."""

    is_alone = True

    def __init__(
        self,
        run: Run,
        found: Sequence[Found],
        spared: frozenset[ObjectId],
        at: datetime,
        looks: Mapping[ObjectId, Doc],
        *,
        is_last: bool,
    ) -> None:
        """Draw all that is random; `spared` stay after all, `is_last` says that the chunk ends with these."""
        self._run = run
        self._found = found
        self._spared = spared
        self._at = at
        self._looks = looks
        self._is_last = is_last
        self._new_ids = clearing.random_ids(len(found))
        self._clearing_id = ids.new()

    @classmethod
    def of(cls, ctx: Context, run: Run, found: Sequence[Found], spared: frozenset[ObjectId], *, is_last: bool) -> Self:
        """Make the batch of some; the log says of each that she went, and nothing of what became of whom."""
        word = LOOKS[act_of(run)]
        looks = {one.customer_id: access.look(ctx, word, one.customer_id) for one in found}
        return cls(run, found, spared, ctx.now(), looks, is_last=is_last)

    def halves(self) -> list[Self]:
        """Return the same persons as two batches, or as one when there is only one."""
        middle, made = len(self._found) // 2, type(self)
        if not middle:
            return [self]
        return [
            made(self._run, self._found[:middle], self._spared, self._at, self._looks, is_last=False),
            made(self._run, self._found[middle:], self._spared, self._at, self._looks, is_last=self._is_last),
        ]

    async def write(self, ctx: Context, tx: Tx) -> Step:
        """Let them go, and check that the figures are the same before and after."""
        run, act, at = self._run, act_of(self._run), self._at
        place = Place.of((await runs.in_transaction(ctx, run.id, tx)).state)
        suppress = Options.of(run.options).suppress
        drawn = zip(self._found, self._new_ids, strict=True)
        going = [(one, new) for one, new in drawn if one.customer_id not in self._spared]
        found, new_ids = [one for one, _ in going], [new for _, new in going]
        results = await clearing.clear(ctx, tx, found, act, at, new_ids, suppress=suppress, run_id=run.id)
        went = [one for one in results if one.fate is Fate.GONE]
        counts = {f"outcome.{fate.value}": sum(one.fate is fate for one in results) for fate in Fate}
        counts[f"outcome.{SPARED}"] = len(self._found) - len(going)
        if went:
            counts |= await self._check(ctx, tx, act, went)
            await self._record(ctx, tx, act, went, place.cleared)
            place = replace(place, cleared=place.cleared + 1, open=(*place.open, self._clearing_id))
        row = place.row + len(self._found)
        place = replace(place, chunk=place.chunk + 1, row=0) if self._is_last else replace(place, row=row)
        counts["tallies.customers"] = len(went)
        put = {"personal.reason": None} if clearings.names_any(run, went) else {}
        return Step(place.doc, processed=len(self._found), counts=counts, put=put)

    async def _check(self, ctx: Context, tx: Tx, act: Act, went: Sequence[Result]) -> dict[str, int]:
        """Count what was and what is, read anew; raises RegularsError (FIGURES_DIFFER)."""
        old = [one.customer_id for one in went]
        new = [one.after["_id"] for one in went if one.after]
        there = await choosing.whole(ctx, [*old, *new], tx)
        before = figures.of(one.before for one in went)
        after = figures.of(there.get(one) for one in new)
        if not there.keys().isdisjoint(old) or (act is Act.ANONYMIZE and before != after):
            message = (
                "What is counted of these customers would not be the same afterwards; nothing of this was written."
            )
            raise RegularsError(message, "FIGURES_DIFFER")
        if act is Act.ERASE or (self._run.total or 0) < FEW:
            # Of so few the figures would say what each of them had.
            before, after = (Counter({figures.CUSTOMERS: one[figures.CUSTOMERS]}) for one in (before, after))
        return {
            f"details.figures.{side}.{name}": count
            for side, counted in (("before", before), ("after", after))
            for name, count in counted.items()
        }

    async def _record(self, ctx: Context, tx: Tx, act: Act, went: Sequence[Result], number: int) -> None:
        # In the order of the old ids, which says nothing of that of the new ones.
        gone = sorted((one.gone for one in went if one.gone), key=lambda one: one.customer_id)
        note = {**clearings.drafted(ctx, self._run.id, number, gone, self._at), "_id": self._clearing_id}
        await store.put_clearing(ctx, note, tx)
        suppressed = {one.customer_id: list(one.suppressed) for one in went}
        rows = [
            {
                "_id": one.customer_id,
                "act": act.value,
                "at": self._at,
                "run_id": self._run.id,
                "suppressed": suppressed[one.customer_id],
            }
            for one in gone
        ]
        await store.put_erasures(ctx, rows, tx)
        await access.put_looks(ctx, [self._looks[one.customer_id] for one in gone], tx)


class HoldingBatch(Whole):
    """The next holdings are cleared of the persons of the first clearing that is not through."""

    is_alone = True

    def __init__(self, run: Run, gone: Sequence[Gone]) -> None:
        """Know whom."""
        self._run = run
        self._gone = gone

    async def write(self, ctx: Context, tx: Tx) -> Step:
        """Clear one holding, and those after it while there is little of anybody."""
        place = Place.of((await runs.in_transaction(ctx, self._run.id, tx)).state)
        step = place.step if place.step in clearings.STEPS else clearings.after("")
        counts: Counter[str] = Counter()
        for _ in range(MAX_STEPS):
            holding = clearings.STEPS.get(step)
            if holding is None or holding.clear is None or counts.total() > FEW_WRITTEN:
                break
            cleared = await holding.clear(ctx, tx, self._gone)
            counts[f"tallies.{holding.collection}"] += cleared.documents
            if cleared.more:
                break
            step = clearings.after(step)
        place = replace(place, step=step) if step else replace(place, open=place.open[1:], step="")
        return Step(place.doc, counts=dict(counts))


class CleanBatch(Whole):
    """Forgets whom the run was about, some of it at a time; with the last of it the run has ended."""

    is_alone = True

    def __init__(self, run: Run, ends: RunStatus) -> None:
        """Know how it ends."""
        self._run = run
        self._ends = ends

    async def write(self, ctx: Context, tx: Tx) -> Step:
        """Forget some."""
        if await store.drop_clearings(ctx, self._run.id, tx) or await drop_chunks(ctx, self._run.id, tx):
            return Step({"stage": CLEAN})
        await store.drop_asked(ctx, self._run.id, tx)
        run = await runs.in_transaction(ctx, self._run.id, tx)
        counted: Doc = run.details.get("figures", {})
        put = {f"details.figures.{side}": told(found) for side, found in counted.items()}
        went = run.outcome.get(Fate.GONE.value, 0)
        word = "customer" if went == 1 else "customers"
        return Step({}, put=put, ends=self._ends, text=f"{went:,} {word} {DONE[act_of(run)]}.")
