"""What an export is: a run that fixes a selection first, and then writes the chosen columns of it into a file.

`exports` hold what was asked for, by a digest of it: `{_id, run_id, expires_at, personal {where, search}}`, so that the same
export asked for twice at once is one run. The selection is fixed as of every run (runs/selecting.py); then a run's `state` is
`{stage: WRITE, chunks, chunk, row, size, rows, file, widths}`: which chunk and which row of it come next, how many bytes and
rows are written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bson import ObjectId

from api.core.mongo import Doc
from api.files import model as files

MAX_IDS = 100
MAX_COLUMNS = 200
WRITE = "WRITE"


class ExportFormat(StrEnum):
    """How the file is written."""

    CSV = "CSV"
    JSONL = "JSONL"
    JSON = "JSON"

    @property
    def media(self) -> str:
        """What HTTP calls it."""
        return {"CSV": files.CSV, "JSONL": files.JSONL, "JSON": files.JSON}[self.value]


class ExportFlavor(StrEnum):
    """SPREADSHEET: a mark of UTF-8 first, and no cell that could be a formula. MACHINE: every value as it is."""

    SPREADSHEET = "SPREADSHEET"
    MACHINE = "MACHINE"


class ListShape(StrEnum):
    """BY_POSITION: emails.1.address, emails.2.address, as many as somebody has. JOINED: one cell, semicolons between."""

    BY_POSITION = "BY_POSITION"
    JOINED = "JOINED"


class RowFate(StrEnum):
    """What became of a selected customer; GONE: deleted or in the trash. CONSENT: no longer meets what was asked of it."""

    WRITTEN = "WRITTEN"
    GONE = "GONE"
    CONSENT = "CONSENT"


@dataclass(frozen=True, slots=True)
class Shape:
    """How the file is written."""

    columns: tuple[str, ...]
    format: ExportFormat = ExportFormat.CSV
    flavor: ExportFlavor = ExportFlavor.SPREADSHEET
    lists: ListShape = ListShape.BY_POSITION
    in_clear: bool = False
    """Whether bank accounts stand in it unmasked."""

    @property
    def doc(self) -> Doc:
        """The stored form."""
        return {
            "columns": list(self.columns),
            "format": self.format.value,
            "flavor": self.flavor.value,
            "lists": self.lists.value,
            "in_clear": self.in_clear,
        }

    @classmethod
    def of(cls, doc: Mapping[str, Any]) -> Shape:
        """Read the stored form."""
        return cls(
            tuple(doc["columns"]),
            ExportFormat(doc["format"]),
            ExportFlavor(doc["flavor"]),
            ListShape(doc["lists"]),
            doc["in_clear"],
        )


@dataclass(slots=True)
class Place:
    """Where writing stands."""

    chunks: int
    file: ObjectId
    widths: Mapping[str, int]
    """List -> how many of its items have columns; the selection decides."""
    chunk: int = 0
    row: int = 0
    size: int = 0
    rows: int = 0

    @property
    def doc(self) -> Doc:
        """The stored form, as the run's state."""
        return {
            "stage": WRITE,
            "chunks": self.chunks,
            "file": self.file,
            "widths": dict(self.widths),
            "chunk": self.chunk,
            "row": self.row,
            "size": self.size,
            "rows": self.rows,
        }

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Place:
        """Read the stored form."""
        return cls(**{name: state[name] for name in ("chunks", "file", "widths", "chunk", "row", "size", "rows")})


@dataclass(slots=True)
class Piece:
    """Some rows as bytes, and what became of the customers they stand for."""

    data: bytes
    fates: Mapping[RowFate, int]
    chunk: int
    row: int
    """Which row comes next."""
    cut: int = 0
    """Customers of whom a list has grown beyond its columns since the selection."""
