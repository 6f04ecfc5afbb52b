"""The last part of a run: everything is searched for those who went, and the certificate says what came of it."""

from __future__ import annotations

from typing import Any

from api.core.context import Context
from api.core.mongo import Doc, Tx
from api.privacy import certificate, certificate_store, clearings, figures, telling
from api.privacy.needles import Needles
from api.privacy.requests import CLEAN, SEARCH, act_of
from api.privacy.search import Searching
from api.runs import rules as runs
from api.runs.batches import Batch
from api.runs.model import Run, Step
from api.runs.selecting import Whole


class Certifying:
    """Searches a second at a time; goes on with the collection that was not through."""

    def __init__(self, ctx: Context, run: Run, searching: Searching) -> None:
        """Know what is searched for."""
        self._ctx = ctx
        self._run = run
        self._searching = searching

    @classmethod
    async def open(cls, ctx: Context, run: Run, state: Doc | None) -> Certifying:
        """Load what finds those who went."""
        needles = Needles()
        async for gone in clearings.people(ctx, run.id):
            for one in gone:
                needles.add(one.names)
        return cls(ctx, run, Searching(ctx, needles, state))

    async def next(self) -> Batch:
        """Return what was searched since the last one; when that is all, with the certificate."""
        await self._searching.next()
        if not self._searching.is_done:
            return SearchedBatch(self._searching.state)
        ctx, found = self._ctx, self._searching.found
        run = await runs.get_by_id(ctx, self._run.id)
        who = await certificate.persons(ctx, run.id)
        made = certificate.certificate(ctx, run.id, act_of(run), who, run.tallies, found, _figures(run))
        return CertifiedBatch(made, list(found.collections))

    async def close(self) -> None:
        """Let go of the cursor."""
        await self._searching.close()


def _figures(run: Run) -> Any:
    before, after, same = telling.figures(run) or ({}, {}, None)
    return {"before": before, "after": after, "same": same, "atLeast": telling.FEW, "of": figures.CUSTOMERS}


class SearchedBatch(Whole):
    """Some more was searched."""

    is_alone = True

    def __init__(self, state: Doc) -> None:
        """Know how far."""
        self._state = state

    async def write(self, _ctx: Context, _tx: Tx) -> Step:
        """Save how far."""
        return Step({"stage": SEARCH, "searched": self._state})


class CertifiedBatch(Whole):
    """Everything was searched: the certificate is kept."""

    is_alone = True

    def __init__(self, made: Doc, searched: list[Doc]) -> None:
        """Know what came of it."""
        self._made = made
        self._searched = searched

    async def write(self, ctx: Context, tx: Tx) -> Step:
        """Keep it."""
        await certificate_store.put(ctx, self._made, tx)
        text = "Everything was searched: nothing was found." if self._made["clean"] else "Something was found."
        return Step({"stage": CLEAN}, put={"details.searched": self._searched}, text=text)
