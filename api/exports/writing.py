"""How customers become bytes: pure functions from documents to lines; nothing in them depends on when they are written."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from api.core.keys import Keys
from api.core.mongo import Doc
from api.exports import columns
from api.exports.columns import BANK, COLUMNS, ColumnKind
from api.exports.model import ExportFlavor, ExportFormat, ListShape, Shape
from api.imports import cells, headers

BOM = "\ufeff"
Cells = Callable[[Doc], Sequence[str]]


class Writer:
    """Writes customers in one shape."""

    def __init__(self, shape: Shape, widths: Mapping[str, int], keys: Keys) -> None:
        """Prepare what each column needs; `widths` says how many items of a list have columns of their own."""
        self._shape = shape
        self._keys = keys
        self._widths = widths
        self._is_csv = shape.format is ExportFormat.CSV
        self._is_shielded = shape.flavor is ExportFlavor.SPREADSHEET
        self._parts: dict[str, list[str]] = {name: [] for name in columns.lists_of(shape.columns)}
        for path in shape.columns:
            if COLUMNS[path].list:
                self._parts[COLUMNS[path].list].append(COLUMNS[path].part)
        self._plan = list(dict.fromkeys(COLUMNS[path].list or path for path in shape.columns))
        self._cells = [self._cells_of(one) for one in self._plan]

    # --- what stands around the rows ---

    def begin(self) -> bytes:
        """Return what stands before the first row."""
        if self._is_csv:
            names = [name for one in self._plan for name in self._headers(one)]
            return ((BOM if self._is_shielded else "") + _lines([names])).encode()
        return b"[" if self._shape.format is ExportFormat.JSON else b""

    def end(self) -> bytes:
        """Return what stands after the last row."""
        return b"\n]\n" if self._shape.format is ExportFormat.JSON else b""

    def rows(self, docs: Sequence[Doc], *, first: bool) -> bytes:
        """Return customers as lines; `first` says that no row stands before them."""
        if not docs:
            return b""
        if self._is_csv:
            found = [[cell for make in self._cells for cell in make(doc)] for doc in docs]
            return _lines([[_shielded(cell) for cell in row] for row in found] if self._is_shielded else found).encode()
        lines = [orjson.dumps(self._object(doc)) for doc in docs]
        if self._shape.format is ExportFormat.JSONL:
            return b"\n".join(lines) + b"\n"
        return (b"\n" if first else b",\n") + b",\n".join(lines)

    def is_cut(self, doc: Doc) -> bool:
        """Tell whether a list of a customer has more items than columns."""
        return self._is_csv and any(len(doc.get(name) or ()) > width for name, width in self._widths.items())

    # --- CSV ---

    def _headers(self, one: str) -> list[str]:
        if one not in self._parts:
            return [columns.header(one, self._shape.flavor)]
        places = [None] if self._shape.lists is ListShape.JOINED else range(1, self._widths.get(one, 0) + 1)
        return [headers.item(one, place, part) for place in places for part in self._parts[one]]

    def _cells_of(self, one: str) -> Cells:
        if one in self._parts:
            return self._joined(one) if self._shape.lists is ListShape.JOINED else self._placed(one)
        if COLUMNS[one].kind is ColumnKind.COMPUTED:
            return lambda doc: (_text(columns.computed(one, doc)),)
        return lambda doc: (_text(doc.get(one)),)

    def _placed(self, name: str) -> Cells:
        parts, width = self._parts[name], self._widths.get(name, 0)

        def made(doc: Doc) -> list[str]:
            items = self._items(name, doc)[:width]
            found = [_text(item.get(part)) for item in items for part in parts]
            return found + [""] * (len(parts) * (width - len(items)))

        return made

    def _joined(self, name: str) -> Cells:
        parts = self._parts[name]

        def made(doc: Doc) -> list[str]:
            items = self._items(name, doc)
            return [headers.joined([_text(item.get(part)) for item in items]) for part in parts]

        return made

    # --- both ---

    def _items(self, name: str, doc: Doc) -> Sequence[Mapping[str, Any]]:
        """Return the items of a list, the primary one first; bank accounts as they may be seen."""
        held: list[Doc] = doc.get(name) or []
        if len(held) > 1 and not held[0].get("primary"):
            held = sorted(held, key=lambda item: not item.get("primary"))
        if name != BANK:
            return held
        return [
            {**item, "iban": self._keys.decrypt(item["iban"]) if self._shape.in_clear else item["masked"]}
            for item in held
        ]

    def _object(self, doc: Doc) -> Doc:
        """Return a customer as JSON has it: null where there is nothing, lists as they are."""
        found: Doc = {}
        for one in self._plan:
            if one in self._parts:
                parts = self._parts[one]
                found[one] = [{part: _plain(item.get(part)) for part in parts} for item in self._items(one, doc)]
            elif COLUMNS[one].kind is ColumnKind.COMPUTED:
                found[one] = columns.computed(one, doc)
            else:
                spec = COLUMNS[one].spec
                found[one] = _plain(doc.get(one, [] if spec and spec.is_list else None))
        return found


def _lines(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def _shielded(cell: str) -> str:
    # Most cells begin with a letter and are one line: those need no closer look, but for error values that begin with #.
    return cell if not cell or (cell[0].isalpha() and cell.isascii() and cell.isprintable()) else cells.shielded(cell)


def _text(value: Any) -> str:
    """Return a value as a cell has it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return _moment(value)
    return cells.joined_tags(value) if isinstance(value, list) else str(value)


def _plain(value: Any) -> Any:
    return _moment(value) if isinstance(value, datetime) else value


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
