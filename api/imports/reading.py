"""How a CSV file is read: as a stream, strictly, and so that reading can go on at any row after a kill.

A place is `(offset, lines)`: the byte where a segment of whole lines begins, and how many of its lines were read. Nothing
but one segment (at most 1 MiB and one line) is in memory.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from api.core.errors import Invalid

MAX_CELL = 1_048_576
MAX_LINE = 4 * 1_048_576
MAX_COLUMNS = 500
MAX_HEADER = 500
DELIMITERS = (",", ";", "\t", "|")
_SEPARATOR = re.compile(r"sep=.\s*", re.IGNORECASE)

csv.field_size_limit(MAX_CELL)

Bytes = Callable[[int], AsyncIterator[bytes]]
"""Yields a file's bytes from an offset on."""


class Place(NamedTuple):
    """Where reading goes on."""

    offset: int = 0
    lines: int = 0
    """Lines of the segment at `offset` that were read."""
    line: int = 0
    """Lines of the file that were read."""
    row: int = 0
    """Rows that were read; the header is none."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written."""

    encoding: str
    delimiter: str


@dataclass(slots=True)
class Record:
    """One record of the file: its number (the first row after the header is 1), its line, its cells."""

    number: int
    line: int
    cells: list[str]
    before: Place
    after: Place
    at: int
    """About how many bytes of the file were read with it."""
    is_suspect: bool = False
    """Bytes near it were not of the encoding; its cells must be looked at."""


class Unreadable(Invalid):
    """A file that cannot be read from some line on; nothing of it is kept."""


def unreadable(code: str, message: str, line: int) -> Unreadable:
    """Return the error that refuses a file, with its line."""
    return Unreadable(f"Line {line}: {message}", code=code)


BOMS = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


class Lines:
    """The lines of a file, fed segment by segment; iterating stops where the bytes at hand end, and may go on later."""

    def __init__(self, encoding: str, place: Place) -> None:
        """Begin at a place."""
        self._encoding = encoding
        self._newline = "\n".encode(encoding)
        self._return = "\r".encode(encoding)
        self._carry = b""
        self._lines: Iterator[str] = iter(())
        self._pushed: deque[str] = deque()
        self._next_offset = place.offset
        self._skip = place.lines
        self.offset = place.offset
        self.taken = 0
        self.characters = 0
        """Of the lines of this segment that were read."""
        self.line = place.line
        self.record: list[str] = []
        """The lines of the record that is being read."""
        self.ran_out = False
        self.is_last = False
        self.has_bad_bytes = False

    def mark(self) -> None:
        """Begin a record."""
        self.record = []
        self.ran_out = False

    def rewind(self) -> None:
        """Put the lines of an unfinished record back, to be read again with what follows."""
        self._pushed.extendleft(reversed(self.record))
        self.line -= len(self.record)
        if sum(map(len, self.record)) > MAX_LINE:
            raise unreadable(
                "LINE_TOO_LONG", "this row is longer than 4 MiB; is a quote missing its end?", self.line + 1
            )

    def feed(self, data: bytes, *, last: bool) -> None:
        """Take the bytes that follow; all lines before must have been read."""
        data = self._carry + data
        cut = len(data) if last else self._cut(data)
        self._carry = data[cut:]
        if len(self._carry) > MAX_LINE:
            raise unreadable(
                "LINE_TOO_LONG", "this line is longer than 4 MiB; is a quote missing its end?", self.line + 1
            )
        self.is_last = last
        self.offset, self._next_offset = self._next_offset, self._next_offset + cut
        self.taken = self.characters = 0
        self._lines = iter(io.StringIO(self._decoded(data[:cut]), newline=""))
        while self._skip and next(self._lines, None) is not None:
            self._skip -= 1
            self.taken += 1

    def _cut(self, data: bytes) -> int:
        """Return the end of the last whole line; a lone CR at the very end may be half of a CRLF."""
        width = len(self._newline)
        end = _last(data, self._newline, width)
        if end < 0:
            end = _last(data[:-width], self._return, width)
        return end + width if end >= 0 else 0

    def _decoded(self, data: bytes) -> str:
        bom = BOMS.get(self._encoding, b"")
        if bom and self.offset == 0 and data.startswith(bom):
            data = data[len(bom) :]
        try:
            return data.decode(self._encoding)
        except UnicodeDecodeError as error:
            # One broken byte spoils one row, which then says where; UTF-16 has no such way, there it spoils the file.
            if not self._encoding.startswith("utf-16"):
                self.has_bad_bytes = True
                return data.decode(self._encoding, "surrogateescape")
            line = self.line + 1 + data[: error.start].count(self._newline)
            message = f"byte {self.offset + error.start} is not {self._encoding}; choose the encoding of this file."
            raise unreadable("BAD_ENCODING", message, line) from None

    def __iter__(self) -> Lines:
        """Return itself."""
        return self

    def __next__(self) -> str:
        """Return the next line with its end."""
        if self._pushed:
            line = self._pushed.popleft()
        else:
            found = next(self._lines, None)
            if found is None:
                self.ran_out = True
                raise StopIteration
            line = found
            self.taken += 1
            self.characters += len(line)
        self.line += 1
        self.record.append(line)
        return line


def _last(data: bytes, sought: bytes, width: int) -> int:
    end = data.rfind(sought)
    while end >= 0 and end % width:
        end = data.rfind(sought, 0, end + width - 1)
    return end


class Records:
    """The records of a file from a place on; blank lines are no records."""

    def __init__(self, source: Bytes, dialect: Dialect, place: Place | None = None) -> None:
        """Open nothing yet."""
        place = place or Place()
        self._parts = source(place.offset)
        self._lines = Lines(dialect.encoding, place)
        self._reader = csv.reader(self._lines, delimiter=dialect.delimiter, strict=True)
        self._ahead: bytes | None = None
        self._is_begun = False
        self._place = place

    async def header(self) -> list[str]:
        """Return the first record, without a `sep=` line before it; [] for an empty file."""
        first = await self._record()
        if first is not None and _SEPARATOR.fullmatch("".join(self._lines.record)):
            first = await self._record()
        self._place = Place(self._lines.offset, self._lines.taken, self._lines.line)
        return first or []

    async def next(self) -> Record | None:
        """Return the next row, or None at the end; raises Unreadable."""
        before = self._place
        cells = await self._record()
        if cells is None:
            return None
        lines = self._lines
        self._place = Place(lines.offset, lines.taken, lines.line, before.row + 1)
        line = lines.line - len(lines.record) + 1
        return Record(
            before.row + 1, line, cells, before, self._place, lines.offset + lines.characters, lines.has_bad_bytes
        )

    async def _record(self) -> list[str] | None:
        while True:
            cells = self._parse()
            if cells:
                return cells
            if cells is None:
                if self._lines.is_last:
                    return None
                await self._feed()

    def _parse(self) -> list[str] | None:
        """Parse one record; None when the lines at hand do not hold a whole one."""
        lines = self._lines
        lines.mark()
        try:
            return next(self._reader)
        except StopIteration:
            return None
        except csv.Error as error:
            if lines.ran_out and not lines.is_last:
                lines.rewind()
                return None
            begin = lines.line - len(lines.record) + 1
            raise unreadable("BAD_QUOTES", _reason(str(error)), begin) from None

    async def _feed(self) -> None:
        """Hand over the next part; one is read ahead, to know which is the last."""
        if not self._is_begun:
            self._ahead = await anext(self._parts, b"")
            self._is_begun = True
        data, self._ahead = self._ahead or b"", await anext(self._parts, None)
        self._lines.feed(data, last=self._ahead is None)

    async def close(self) -> None:
        """Let go of the bytes."""
        closing = getattr(self._parts, "aclose", None)
        if closing:
            await closing()


def _reason(said: str) -> str:
    if "unexpected end" in said:
        return "a quote that begins here is never closed."
    if "field larger" in said:
        return "a cell that begins here is larger than 1 MiB; is a quote missing its end?"
    if "new-line" in said:
        return "a line end stands inside a cell without quotes."
    return "after a closing quote only a separator may stand; a quote inside a cell is written twice."
