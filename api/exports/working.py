"""How an export is worked off: the selection, then part after part of the file, each saved with the run's cursor."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bson import ObjectId

# Conditions about consent are known once their room is imported.
import api.consent.asking  # noqa: F401
from api.core import ids
from api.core.context import SYSTEM, Context, Source
from api.core.errors import Invalid, NotFound
from api.core.mongo import Doc, Filter, Tx
from api.customers import choosing
from api.exports import columns, store
from api.exports.model import WRITE, Piece, Place, RowFate, Shape
from api.exports.selecting import FixBatch, selecting
from api.exports.writing import Writer
from api.files import rules as files
from api.files.model import PART_BYTES
from api.mail import rules as mail
from api.runs import rules as runs
from api.runs.batches import Batch, Work
from api.runs.model import Run, RunStatus, Step
from api.runs.selecting import Selecting, Selection, Whole, chunks as chunks_of, drop_chunks

CHUNKS_READ, READS_AHEAD = 2, 2
MAX_ROWS = 4_000
"""Of one part: more would keep whoever watches waiting."""


@dataclass(slots=True)
class _Found:
    """Some chunks of the selection, by number, and who of them is there."""

    chunks: list[tuple[int, list[ObjectId]]]
    docs: dict[ObjectId, Doc]
    still: set[ObjectId] | None
    """Who meets what was asked about consent; None when nothing was."""

    def holds(self, one: ObjectId) -> bool:
        """Tell whether a customer is written."""
        return one in self.docs and (self.still is None or one in self.still)


class ExportWork:
    """Selects and then writes; goes on at the run's state."""

    def __init__(self, ctx: Context, run: Run, where: Filter, consent: Filter | None, selection: Selection) -> None:
        """Know whom it is about; `consent` is asked again when a customer is written."""
        self._ctx = ctx
        self._run = run
        self._shape = Shape.of(run.options)
        self._consent = consent
        self._place: Place | None = None
        self._writer: Writer | None = None
        self._sha = hashlib.sha256()
        self._pieces: deque[Piece] = deque()
        self._ahead: deque[asyncio.Task[_Found]] = deque()
        self._asked = 0
        self._from = (0, 0)
        self._selecting: Selecting | None = None
        self._fields = columns.reads(self._shape.columns)
        if run.state.get("stage") == WRITE:
            self._begin(Place.of(run.state))
        else:
            self._selecting = selecting(ctx, run, where, selection, self._shape)

    def _begin(self, place: Place) -> None:
        self._place = place
        self._asked, self._from = place.chunk, (place.chunk, place.row)
        self._writer = Writer(self._shape, place.widths, self._ctx.keys)

    async def resume(self) -> None:
        """Read again what is written already: the digest of the whole is made on the way."""
        if self._place and self._place.size:
            file = await files.by_id(self._ctx, self._place.file)
            async for data in files.read(self._ctx, file, 0, self._place.size):
                self._sha.update(data)

    async def next(self) -> Batch:
        """Return the next chunks of the selection, then the next part of the file, at last its end."""
        if self._selecting:
            batch = await self._selecting.next()
            if isinstance(batch, FixBatch):
                self._begin(replace(batch.place))
                await self.close()
            return batch
        if self._place is None or self._writer is None:
            raise NotFound
        if self._place.chunk < self._place.chunks:
            return await self._part(self._place, self._writer)
        tail = self._writer.end()
        self._sha.update(tail)
        run = await runs.get_by_id(self._ctx, self._run.id)
        return EndBatch(run, self._place, tail, self._sha.hexdigest(), letter(self._ctx, run))

    async def _part(self, place: Place, writer: Writer) -> PartBatch:
        data = bytearray(b"" if place.size else writer.begin())
        fates, cut, offset = Counter[RowFate](), 0, place.size
        while place.chunk < place.chunks:
            if not self._pieces:
                await self._read(place, writer)
            piece = self._pieces[0]
            taken = sum(fates.values())
            if taken and (len(data) + len(piece.data) > PART_BYTES or taken >= MAX_ROWS):
                break
            self._pieces.popleft()
            data += piece.data
            fates.update(piece.fates)
            cut += piece.cut
            place.chunk, place.row = piece.chunk, piece.row
            place.rows += piece.fates[RowFate.WRITTEN]
        place.size += len(data)
        self._sha.update(data)
        return PartBatch(place, offset, bytes(data), fates, cut)

    async def _read(self, place: Place, writer: Writer) -> None:
        """Make pieces that each fit a part of the next customers; those after them are asked for meanwhile."""
        self._ask(place)
        found = await self._ahead.popleft()
        self._ask(place)
        for chunk, wanted in found.chunks:
            first, row = self._from
            begin = row if chunk == first else 0
            self._cut(writer, chunk, begin, wanted[begin:], found, last=True)

    def _ask(self, place: Place) -> None:
        while len(self._ahead) < READS_AHEAD and self._asked < place.chunks:
            self._ahead.append(asyncio.create_task(self._fetch(self._asked)))
            self._asked += CHUNKS_READ

    async def _fetch(self, chunk: int) -> _Found:
        chunks = await chunks_of(self._ctx, self._run.id, chunk, CHUNKS_READ)
        docs = await choosing.current(self._ctx, [one for wanted in chunks for one in wanted], self._fields)
        still = await choosing.still(self._ctx, list(docs), self._consent) if self._consent else None
        return _Found(list(enumerate(chunks, chunk)), docs, still)

    def _cut(
        self, writer: Writer, chunk: int, row: int, wanted: Sequence[ObjectId], found: _Found, *, last: bool
    ) -> None:
        """Add rows as one piece, or as two when they are too many bytes for a part."""
        held = [found.docs[one] for one in wanted if found.holds(one)]
        data = writer.rows(held, first=self._is_first(held))
        if len(data) > PART_BYTES // 2 and len(wanted) > 1:
            middle = len(wanted) // 2
            self._cut(writer, chunk, row, wanted[:middle], found, last=False)
            self._cut(writer, chunk, row + middle, wanted[middle:], found, last=last)
            return
        gone = sum(one not in found.docs for one in wanted)
        fates = {
            RowFate.WRITTEN: len(held),
            RowFate.GONE: gone,
            RowFate.CONSENT: len(wanted) - gone - len(held),
        }
        after = (chunk + 1, 0) if last else (chunk, row + len(wanted))
        self._pieces.append(Piece(data, fates, *after, cut=sum(map(writer.is_cut, held))))

    def _is_first(self, held: Sequence[Doc]) -> bool:
        before = (self._place.rows if self._place else 0) + sum(one.fates[RowFate.WRITTEN] for one in self._pieces)
        return before == 0 and bool(held)

    async def close(self) -> None:
        """Let go of the cursor and of what was asked for."""
        for task in self._ahead:
            task.cancel()
        await asyncio.gather(*self._ahead, return_exceptions=True)
        if self._selecting:
            await self._selecting.close()
        self._selecting = None


class PartBatch(Whole):
    """The next bytes of the file, saved together with the run's cursor."""

    def __init__(self, place: Place, offset: int, data: bytes, fates: Counter[RowFate], cut: int) -> None:
        """Draw what must be the same however often it is written."""
        # The end says what became of all, so that it is made when the last part is saved.
        self.is_alone = place.chunk >= place.chunks
        self._state = place.doc
        self._file = place.file
        self._offset = offset
        self._pieces = pieces(data)
        self._fates = fates
        self._cut = cut

    async def write(self, ctx: Context, tx: Tx) -> Step:
        """Append the bytes."""
        await _append(ctx, tx, self._file, self._offset, self._pieces)
        counts = {f"outcome.{one.value}": number for one, number in self._fates.items()}
        return Step(self._state, processed=sum(self._fates.values()), counts={**counts, "tallies.CUT": self._cut})


class EndBatch(Whole):
    """The file is whole, the mail is in the outbox, the run has succeeded."""

    is_alone = True

    def __init__(self, run: Run, place: Place, tail: bytes, sha256: str, letter: Doc | None) -> None:
        """Take what was prepared."""
        self._asked: tuple[str, ObjectId] = (run.options["digest"], run.id)
        self._file = place.file
        self._offset = place.size
        self._pieces = pieces(tail)
        self._sha256 = sha256
        self._letter = letter

    async def write(self, ctx: Context, tx: Tx) -> Step:
        """Finish."""
        await _append(ctx, tx, self._file, self._offset, self._pieces)
        await files.finish(ctx, self._file, self._sha256, tx)
        # What was asked for may name somebody, and serves nobody any more.
        await store.drop_asked(ctx, *self._asked, tx)
        if self._letter:
            await mail.put(ctx, self._letter, tx)
        put = {"details.sha256": self._sha256}
        return Step(
            state={}, put=put, ends=RunStatus.SUCCEEDED, text="The file is ready.", after=mail.wanted(self._letter)
        )


def pieces(data: bytes) -> list[tuple[ObjectId, bytes]]:
    """Return bytes as parts of a file with their ids."""
    return [(ids.new(), data[begin : begin + PART_BYTES]) for begin in range(0, len(data), PART_BYTES)]


async def _append(ctx: Context, tx: Tx, file: ObjectId, offset: int, parts: Sequence[tuple[ObjectId, bytes]]) -> None:
    for part_id, piece in parts:
        await files.append(ctx, file, offset, piece, part_id, tx)
        offset += len(piece)


def letter(ctx: Context, run: Run) -> Doc | None:
    """Return the mail to whoever started it; None for keys and programs, or when nobody can be written to."""
    if not run.email:
        return None
    count = {one: run.outcome.get(one.value, 0) for one in RowFate}
    lines = [f"The export of {run.title[:1].lower()}{run.title[1:]} is ready.", "", f"Rows: {count[RowFate.WRITTEN]:,}"]
    lines += [f"{LEFT_OUT[one]}: {count[one]:,}" for one in LEFT_OUT if count[one]]
    lines += ["", f"Download it within 7 days: {ctx.settings.url}/runs/{ids.show(ids.RUN, run.id)}"]
    lines += ["You have to be signed in, with the permission to export."]
    try:
        return mail.draft(ctx, run.email, f"Export ready: {run.title}", "\n".join(lines) + "\n")
    except Invalid:
        return None


LEFT_OUT = {
    RowFate.GONE: "Left out, because they were deleted meanwhile",
    RowFate.CONSENT: "Left out, because they no longer agree to what was asked for",
}


class ExportHandler:
    """Works off exports."""

    source = Source.SYSTEM

    async def open(self, ctx: Context, run: Run) -> Work:
        """Open the selection, or the file at its next byte."""
        kept = await store.asked(ctx, run.options["digest"])
        if kept is None or kept["personal"] is None:
            raise NotFound("What was asked for is gone; start the export anew.")
        asked = kept["personal"]
        sort, chosen = run.options["sort"], run.options["ids"]
        selection = Selection(
            asked["where"],
            asked["search"],
            tuple(chosen) if chosen is not None else None,
            tuple(sort) if sort else None,
        )
        # Whoever started it was asked for the permissions; relative days count from then.
        ctx = replace(ctx.as_(SYSTEM), clock=lambda: run.created_at)
        where = await choosing.chosen(ctx, selection.where, selection.search, selection.ids)
        work = ExportWork(ctx, run, where, await choosing.consenting(ctx, selection.where), selection)
        await work.resume()
        return work

    async def discard(self, ctx: Context, run: Run) -> None:
        """Remove what is half written, and the selection."""
        file = run.details.get("file")
        if file:
            await files.discard(ctx, [file])
        await store.drop_asked(ctx, run.options["digest"], run.id)
        while await drop_chunks(ctx, run.id):
            continue
