"""The part of the search that goes through the bytes of files: in order, so that what lies across two parts is whole."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import groupby

from bson import ObjectId

from api.core.context import Context
from api.core.mongo import ASCENDING, Doc
from api.privacy.strings import text_of, texts

PARTS = "file_parts"
ORDER = (("file_id", ASCENDING), ("offset", ASCENDING))
PLACES_TOGETHER, PARTS_TOGETHER = 1_000, 4
MAX_CARRIED, MAX_LINE = 4_096, 65_536


async def pages(ctx: Context, seconds: float) -> AsyncIterator[list[Doc]]:
    """Yield all parts in their order, a few at a time; each is up to a MiB.

    Their places are read first, because some servers hold all in memory that they put in order.
    """
    fields = {"_id": 0, "file_id": 1, "offset": 1}
    async for places in ctx.db[PARTS].scan(sort=ORDER, size=PLACES_TOGETHER, seconds=seconds, fields=fields):
        for file, group in groupby(places, key=lambda one: one["file_id"]):
            offsets = [one["offset"] for one in group]
            for begin in range(0, len(offsets), PARTS_TOGETHER):
                some = offsets[begin : begin + PARTS_TOGETHER]
                where = {"file_id": file, "offset": {"$gte": some[0], "$lte": some[-1]}}
                docs = await ctx.db[PARTS].find(where, limit=len(some), sort=ORDER)
                if docs:
                    yield docs


class Lines:
    """Gives the texts of parts as far as their last whole line; the rest goes with the next part."""

    def __init__(self) -> None:
        """Begin before the first file."""
        self._file: ObjectId | None = None
        self._rest = b""

    def texts(self, parts: Iterable[Doc]) -> Iterator[tuple[str, str, ObjectId | None]]:
        """Yield (path, text, file) of parts in their order."""
        for part in parts:
            if part["file_id"] != self._file:
                yield from self.end()
                self._file = part["file_id"]
            data = self._rest + bytes(part["data"])
            end = _end(data)
            self._rest = data[end:]
            for path, text in texts({**part, "data": data[:end]}):
                yield path, text, self._file

    def end(self) -> Iterator[tuple[str, str, ObjectId | None]]:
        """Yield what stands behind the last line of the last file."""
        rest, self._rest = self._rest, b""
        if rest:
            yield "data", text_of(rest), self._file


def _end(data: bytes) -> int:
    """Return where the last whole line of a part ends; where lines are long, the last cell."""
    end = data.rfind(b"\n", max(0, len(data) - MAX_LINE))
    if end < 0:
        end = max(data.rfind(mark, max(0, len(data) - MAX_CARRIED)) for mark in (b'"', b","))
    return len(data) if end < 0 else end
