"""Applying a request: some persons go at once, then each holding is cleared of them, and at the end everything is searched.

Nobody is half cleared for long: whoever cancels a run lets it finish with those who are gone already, and a run that fails
is cleaned up after by `clearings.finish`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from bson import ObjectId

from api.core.context import Context
from api.core.errors import NotFound
from api.core.mongo import Doc, Tx
from api.core.personal import MAX_PERSONS, Act, Gone
from api.customers import choosing, clearing
from api.customers.clearing import Fate
from api.customers.leaving import Found
from api.privacy import clearings, store
from api.privacy.going import RootBatch
from api.privacy.requests import CLEAN, SEARCH, Options, Place, act_of, unpacked
from api.privacy.searching import Certifying
from api.privacy.telling import told
from api.runs import rules as runs
from api.runs.batches import Batch
from api.runs.model import Run, RunStatus, Step
from api.runs.selecting import Whole, chunks as chunks_of, drop_chunks

MAX_WRITTEN = 1_000
"""Documents that one batch may write of customers and what found them; it is counted high, most write less."""
MAX_STEPS, FEW_WRITTEN = 4, 90
"""Holdings that are cleared together, as long as those before wrote no more than this: most have nothing of anybody."""
DONE = {Act.ANONYMIZE: "anonymized", Act.ERASE: "erased"}
Still: TypeAlias = Callable[[Context, Mapping[str, Any], Sequence[ObjectId]], Awaitable[set[ObjectId]]]
_POLICIES: dict[str, Still] = {}


def let_policies_say(still: Still) -> None:
    """Ask this whom of up to 1,000 the policy of a run still means; called when the room of policies is imported."""
    _POLICIES["still"] = still


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
        spared = await self._spared(found)
        if found[0].documents > MAX_WRITTEN and found[0].customer_id not in spared:
            options, act = Options.of(self._run.options), act_of(self._run)
            await clearing.lighten(
                self._ctx, found[0], act, self._ctx.now(), suppress=options.suppress, run_id=self._run.id
            )
        return RootBatch.of(self._ctx, self._run, found, spared, is_last=is_last)

    async def _spared(self, found: Sequence[Found]) -> frozenset[ObjectId]:
        """Return who is not meant any more: by the policy that asked, or by what the filter asked about consent."""
        policy = Options.of(self._run.options).policy
        there = [one.customer_id for one in found if one.version]
        meant = set(there)
        if policy:
            meant &= await _POLICIES["still"](self._ctx, policy, there)
        if self._run.details.get("asks_consent"):
            meant &= await choosing.still(self._ctx, there, await self._consent())
        return frozenset(there) - meant

    async def _consent(self) -> Doc:
        kept = await store.request(self._ctx, self._run.id)
        if kept is None or kept["personal"] is None:
            raise NotFound("What was asked of consent is forgotten, so that nobody else goes; ask for it anew.")
        return unpacked(kept["personal"]["consent"])

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
        await store.drop_requests(ctx, [self._run.id], tx)
        run = await runs.in_transaction(ctx, self._run.id, tx)
        counted: Doc = run.details.get("figures", {})
        put = {f"details.figures.{side}": told(found) for side, found in counted.items()}
        went = run.outcome.get(Fate.GONE.value, 0)
        word = "customer" if went == 1 else "customers"
        # Whoever cancels when everybody has come to something already has cancelled nothing.
        ends = RunStatus.SUCCEEDED if run.processed == run.total else self._ends
        return Step({}, put=put, ends=ends, text=f"{went:,} {word} {DONE[act_of(run)]}.")
