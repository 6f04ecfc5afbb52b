"""The first half of an export: who is chosen, read once in one pass and saved as chunks of ids.

A worker that dies in it leaves chunks of a pass that nobody can go on with: they are dropped, and the pass begins anew.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Self

from bson import ObjectId

from api.core import ids
from api.core.context import Context
from api.core.errors import Invalid, RegularsError
from api.core.mongo import Doc, Filter, Tx
from api.customers import choosing
from api.exports import columns, store
from api.exports.model import (
    IDS_PER_CHUNK,
    MAX_UNFILTERED,
    SELECT,
    ExportFormat,
    ListShape,
    Place,
    Selection,
    Shape,
)
from api.files import rules as files
from api.runs.model import Run, Step

CHUNKS_TOGETHER = 20
KEPT = timedelta(days=8)
"""A day longer than the file, so that whoever is erased meanwhile can be looked for."""


class Selecting:
    """Reads the selection from its beginning."""

    def __init__(self, ctx: Context, run: Run, where: Filter, selection: Selection, shape: Shape) -> None:
        """Ask for ids, and for as much of lists as tells how many columns they need."""
        self._ctx = ctx
        self._run = run
        self._selection = selection
        self._shape = shape
        by_place = shape.format is ExportFormat.CSV and shape.lists is ListShape.BY_POSITION
        self._widths = dict.fromkeys(columns.lists_of(shape.columns) if by_place else (), 0)
        self._chunks = self._count = 0
        self._is_clean = not run.state.get("chunks")
        size = IDS_PER_CHUNK * CHUNKS_TOGETHER
        self._pages: AsyncIterator[list[Doc]] = choosing.pages(ctx, where, selection.sort, size, list(self._widths))

    async def next(self) -> DropBatch | ChunkBatch | FixBatch:
        """Return the next chunks; after the last one what ends the pass.

        Raises RegularsError: TOO_MANY beyond a million without any filter, EMPTY_SELECTION when everybody is gone.
        """
        if not self._is_clean:
            self._is_clean = not await store.chunks(self._ctx, self._run.id, 0, 1)
        if not self._is_clean:
            return DropBatch(self._run.id)
        page = await anext(self._pages, None)
        if page is None:
            if not self._count:
                raise empty()
            place = Place(self._chunks, ids.new(), self._widths)
            return FixBatch(self._ctx, self._run, self._shape, place, self._count)
        for name in self._widths:
            self._widths[name] = max(self._widths[name], *(len(doc.get(name) or ()) for doc in page))
        self._count += len(page)
        if self._count > MAX_UNFILTERED and not self._selection.is_filtered:
            raise too_many()
        chosen = [doc["_id"] for doc in page]
        chunks = [chosen[start : start + IDS_PER_CHUNK] for start in range(0, len(chosen), IDS_PER_CHUNK)]
        first, self._chunks = self._chunks, self._chunks + len(chunks)
        return ChunkBatch(self._ctx, self._run, first, chunks, self._count)

    async def close(self) -> None:
        """Let go of the cursor."""
        closing = getattr(self._pages, "aclose", None)
        if closing:
            await closing()


def too_many() -> RegularsError:
    """Return the error of who wants everybody where that is too much for one file."""
    message = f"There are over {MAX_UNFILTERED:,} customers: narrow the list by a filter, and export it in parts."
    return Invalid(message, code="TOO_MANY", path=("where",))


def empty() -> RegularsError:
    """Return the error of a selection that nobody is in."""
    return Invalid("Nobody matches this, so there is nothing to export.", code="EMPTY_SELECTION", path=("where",))


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

    def __init__(self, ctx: Context, run: Run, first: int, chunks: Sequence[list[ObjectId]], count: int) -> None:
        """Draw the ids of the chunks, so that writing them twice is the same."""
        expires_at = ctx.now() + KEPT
        self._docs: list[Doc] = [
            {"_id": ids.new(), "run_id": run.id, "n": first + place, "ids": chunk, "expires_at": expires_at}
            for place, chunk in enumerate(chunks)
        ]
        self._state: Doc = {"stage": SELECT, "chunks": first + len(chunks), "count": count}

    async def write(self, ctx: Context, tx: Tx) -> Step:
        """Save the chunks."""
        await store.add_chunks(ctx, self._docs, tx)
        return Step(state=self._state)


class FixBatch(Whole):
    """The selection is complete: how many there are is known, and the file begins."""

    is_alone = True

    def __init__(self, ctx: Context, run: Run, shape: Shape, place: Place, count: int) -> None:
        """Draft the file."""
        name = f"customers-{run.created_at:%Y-%m-%d}.{shape.format.value.lower()}"
        self._file = {
            **files.draft_export(ctx, name, shape.format.media, columns.permissions(shape)),
            "_id": place.file,
        }
        self.place = place
        self._count = count

    async def write(self, ctx: Context, tx: Tx) -> Step:
        """Record the file, and go on to writing."""
        await files.record(ctx, self._file, tx)
        put: Doc = {"total": self._count, "details.file": self.place.file}
        word = "customer" if self._count == 1 else "customers"
        return Step(state=self.place.doc, put=put, text=f"{self._count:,} {word} chosen.")
