"""The first half of an export: the selection is fixed as of every run, and then the file begins."""

from __future__ import annotations

from api.core import ids
from api.core.context import Context
from api.core.mongo import Doc, Filter, Tx
from api.exports import columns
from api.exports.model import ExportFormat, ListShape, Place, Shape
from api.files import rules as files
from api.runs.model import Run, Step
from api.runs.selecting import Chosen, Selecting, Selection, Whole

VERB = "export"


def selecting(ctx: Context, run: Run, where: Filter, selection: Selection, shape: Shape) -> Selecting:
    """Return what reads whoever is chosen, and as much of lists as tells how many columns they need."""
    by_place = shape.format is ExportFormat.CSV and shape.lists is ListShape.BY_POSITION
    lists = columns.lists_of(shape.columns) if by_place else []

    def fixed(chosen: Chosen) -> FixBatch:
        return FixBatch(ctx, run, shape, Place(chosen.chunks, ids.new(), chosen.widths), chosen.count)

    return Selecting(ctx, run, where, selection, fixed, verb=VERB, lists=lists)


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
