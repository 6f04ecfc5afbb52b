"""The first half of a run over many customers: who is chosen, read once in one pass and saved as chunks of ids.

`run_chunks` hold the selection: `{_id, run_id, n, ids, expires_at}`, `n` from 0, at most 500 ids each. A worker that dies in
it leaves chunks of a pass that nobody can go on with: they are dropped, and the pass begins anew. The run's `state` is
`{stage: SELECT, chunks, count}` meanwhile.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from bson import ObjectId

from api.core import ids
from api.core.context import Context
from api.core.errors import Invalid, RegularsError
from api.core.mongo import Doc, Filter, Tx
from api.customers import choosing
from api.runs import store
from api.runs.batches import Batch
from api.runs.model import Run, Step

IDS_PER_CHUNK = 500
CHUNKS_TOGETHER = 20
MAX_UNFILTERED = 1_000_000
SELECT = "SELECT"
KEPT = timedelta(days=8)
"""A day longer than files of exports, so that whoever is erased meanwhile can be looked for."""

chunks, drop_chunks, sweep_chunks = store.chunks, store.drop_chunks, store.sweep_chunks


@dataclass(frozen=True, slots=True)
class Selection:
    """Whom a run is about: named customers, or whoever a filter and a search find; neither: everybody."""

    where: Mapping[str, Any] | None = None
    search: str | None = None
    ids: tuple[ObjectId, ...] | None = None
    sort: tuple[str, bool] | None = None
    """Name of a sort field, and whether descending; without, in whichever order the server reads fastest."""

    @property
    def is_filtered(self) -> bool:
        """Whether it means anything but everybody."""
        return bool(self.where) or bool(self.search and self.search.strip()) or self.ids is not None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The selection when it is complete."""

    chunks: int
    count: int
    widths: Mapping[str, int]
    """List -> how many items of it one of them has at most; of the lists that were asked for."""


def too_many(verb: str) -> RegularsError:
    """Return the error of who wants everybody where that is too much for one run."""
    message = f"There are over {MAX_UNFILTERED:,} customers: narrow the list by a filter, and {verb} it in parts."
    return Invalid(message, code="TOO_MANY", path=("where",))


def empty(verb: str) -> RegularsError:
    """Return the error of a selection that nobody is in."""
    return Invalid(f"Nobody matches this, so there is nothing to {verb}.", code="EMPTY_SELECTION", path=("where",))


class Selecting:
    """Reads the selection from its beginning."""

    def __init__(
        self,
        ctx: Context,
        run: Run,
        where: Filter,
        selection: Selection,
        fixed: Callable[[Chosen], Batch],
        *,
        verb: str,
        lists: Sequence[str] = (),
        expires_at: datetime | None = None,
        is_filtered: bool = False,
        may_be_nobody: bool = False,
    ) -> None:
        """Ask for ids, and for as much of lists as tells how long they are; `fixed` makes the batch that ends the pass.

        `is_filtered` says that `where` is no selection of everybody, whatever the selection is; `may_be_nobody` that it is
        no fault when everybody is gone.
        """
        self._ctx = ctx
        self._run = run
        self._is_filtered = is_filtered or selection.is_filtered
        self._may_be_nobody = may_be_nobody
        self._verb = verb
        self._fixed = fixed
        self._expires_at = expires_at or ctx.now() + KEPT
        self._widths = dict.fromkeys(lists, 0)
        self._chunks = self._count = 0
        self._is_clean = not run.state.get("chunks")
        size = IDS_PER_CHUNK * CHUNKS_TOGETHER
        self._pages: AsyncIterator[list[Doc]] = choosing.pages(ctx, where, selection.sort, size, list(self._widths))

    async def next(self) -> Batch:
        """Return the next chunks; after the last one what ends the pass.

        Raises RegularsError: TOO_MANY beyond a million without any filter, EMPTY_SELECTION when everybody is gone.
        """
        if not self._is_clean:
            self._is_clean = not await store.chunks(self._ctx, self._run.id, 0, 1)
        if not self._is_clean:
            return DropBatch(self._run.id)
        page = await anext(self._pages, None)
        if page is None:
            if not self._count and not self._may_be_nobody:
                raise empty(self._verb)
            return self._fixed(Chosen(self._chunks, self._count, self._widths))
        for name in self._widths:
            self._widths[name] = max(self._widths[name], *(len(doc.get(name) or ()) for doc in page))
        self._count += len(page)
        if self._count > MAX_UNFILTERED and not self._is_filtered:
            raise too_many(self._verb)
        chosen = [doc["_id"] for doc in page]
        found = [chosen[start : start + IDS_PER_CHUNK] for start in range(0, len(chosen), IDS_PER_CHUNK)]
        first, self._chunks = self._chunks, self._chunks + len(found)
        return ChunkBatch(self._run, first, found, self._count, self._expires_at)

    async def close(self) -> None:
        """Let go of the cursor."""
        closing = getattr(self._pages, "aclose", None)
        if closing:
            await closing()


class Whole:
    """A batch that cannot be cut."""

    is_alone = False

    def halves(self) -> list[Self]:
        """Return itself."""
        return [self]


class DropBatch(Whole):
    """Drops chunks of a pass that was cut off."""

    is_alone = True

    def __init__(self, run_id: ObjectId) -> None:
        """Know whose."""
        self._run_id = run_id

    async def write(self, ctx: Context, tx: Tx) -> Step:
        """Drop some."""
        await store.drop_chunks(ctx, self._run_id, tx)
        return Step(state={"stage": SELECT, "chunks": 1, "count": 0})


class ChunkBatch(Whole):
    """Some of the selection."""

    def __init__(self, run: Run, first: int, found: Sequence[list[ObjectId]], count: int, expires_at: datetime) -> None:
        """Draw the ids of the chunks, so that writing them twice is the same."""
        self._docs: list[Doc] = [
            {"_id": ids.new(), "run_id": run.id, "n": first + place, "ids": chunk, "expires_at": expires_at}
            for place, chunk in enumerate(found)
        ]
        self._state: Doc = {"stage": SELECT, "chunks": first + len(found), "count": count}

    async def write(self, ctx: Context, tx: Tx) -> Step:
        """Save the chunks."""
        await store.add_chunks(ctx, self._docs, tx)
        return Step(state=self._state)


async def runs_with(ctx: Context, customer_ids: Sequence[ObjectId]) -> list[ObjectId]:
    """Return the runs of every kind that chose any of these customers (at most 1,000), while their selection is kept."""
    return await store.runs_with(ctx, customer_ids)
