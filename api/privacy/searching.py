"""The last part of a run: everything is searched for those who went, and the certificate says what came of it."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from api.core.context import Context
from api.core.mongo import Doc, Tx
from api.files import clearing as files
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

    def __init__(self, ctx: Context, run: Run, searching: Searching, *, is_removing: bool) -> None:
        """Know what is searched for."""
        self._ctx = ctx
        self._run = run
        self._searching = searching
        self.is_removing = is_removing
        """Whether bytes of files that held somebody are left."""

    @property
    def state(self) -> Doc:
        """How far it is searched."""
        return self._searching.state

    @classmethod
    async def open(cls, ctx: Context, run: Run, state: Doc | None) -> Certifying:
        """Load what finds those who went."""
        needles = Needles()
        async for gone in clearings.people(ctx, run.id):
            for one in gone:
                needles.add(one.names)
        return cls(ctx, run, Searching(ctx, needles, state), is_removing=bool(state and state.get("removing")))

    async def next(self) -> Batch:
        """Return what was searched since the last one; when that is all, with the certificate."""
        if self.is_removing:
            return RemovedBatch(self)
        await self._searching.next()
        found_in = await self._searching.files()
        if found_in:
            self.is_removing = True
            return FoundBatch(self._searching.state, found_in)
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


class FoundBatch(Whole):
    """Files hold somebody who went, and nobody knew: they are removed."""

    is_alone = True

    def __init__(self, state: Doc, found: list[ObjectId]) -> None:
        """Know which."""
        self._state = state
        self._found = found

    async def write(self, ctx: Context, tx: Tx) -> Step:
        """Remove them; their bytes go next."""
        count = await files.withdraw(ctx, tx, self._found, ctx.now())
        state = {"stage": SEARCH, "searched": {**self._state, "removing": True}}
        word = "file" if count == 1 else "files"
        return Step(state, counts={"tallies.files": count}, text=f"Removed {count:,} more {word} that held them.")


class RemovedBatch(Whole):
    """Some bytes of these files go."""

    is_alone = True

    def __init__(self, certifying: Certifying) -> None:
        """Know what comes after it."""
        self._certifying = certifying

    async def write(self, ctx: Context, tx: Tx) -> Step:
        """Remove some; with the last of them the search goes on."""
        removed = await files.remove_some(ctx, tx)
        self._certifying.is_removing = removed.more
        searched = {**self._certifying.state, "removing": removed.more}
        return Step({"stage": SEARCH, "searched": searched}, counts={"tallies.file_parts": removed.documents})


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
