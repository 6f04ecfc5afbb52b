"""How a row of cells becomes a wish about one customer, with everything that is wrong or doubtful about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from api.core.errors import Invalid, Problem
from api.core.fields import FieldType
from api.customers import parsing, values
from api.customers.edits import Edit
from api.customers.model import SCALARS
from api.customers.parsing import Reader
from api.imports import cells
from api.imports.columns import ERROR_COLUMNS, TAGS, TEMPLATE_PRESET, TERMS
from api.imports.model import Column, ColumnRule, Issue, ReadRow, Severity
from api.imports.reading import Record

ADDRESS, BANK = "addresses", "bank_accounts"
WHOLE = {ADDRESS: ("street", "house_number", "postal_code", "city", "country_code"), BANK: ("iban", "holder")}
"""Parts that go together: where the file has a column for each, a row gives all of them or none."""
_CHECKED_PARTS: dict[str, Callable[[str], Any]] = {"country_code": values.country, "iban": values.iban}
_BAD_BYTE = re.compile("[\udc80-\udcff]")
_TEXT_MARK = re.compile(r"'\d")


@dataclass(slots=True)
class _Group:
    """The columns that together make one item of a list."""

    name: str
    parts: list[tuple[str, Column]] = field(default_factory=list)


class RowReader:
    """Reads the rows of one file, whose columns are known."""

    def __init__(self, columns: Sequence[Column], reader: Reader, *, preset: str | None = None) -> None:
        """Sort the columns by what they make."""
        self._reader = reader
        self._width = len(columns)
        self._is_template = preset == TEMPLATE_PRESET
        # What our own error file defused for spreadsheets is taken back when it is uploaded again.
        self._is_error_file = {one.header for one in columns} >= set(ERROR_COLUMNS)
        self._used = [one for one in columns if one.used]
        self._scalars = [one for one in self._used if one.target in SCALARS]
        self._tags = [one for one in self._used if one.target == TAGS]
        self._terms = [one for one in self._used if one.target == TERMS]
        self._groups = _groups(self._used)
        self._fill = frozenset(one.target or "" for one in self._scalars if one.rule is ColumnRule.FILL_EMPTY)

    def read(self, record: Record) -> ReadRow:
        """Read one row; never raises, whatever stands in it."""
        row = ReadRow(record.number, Edit())
        row.issues += self._refused(record)
        if row.issues:
            return row
        given = record.cells
        if self._is_error_file:
            given = [cells.unsafe(one) for one in given]
        raw: dict[str, Any] = {}
        for column in self._scalars:
            self._scalar(column, given[column.index].strip(), raw, row)
        added = self._lists(given, raw, row)
        words = [word for column in self._tags for word in self._cell(column, given, row, cells.tags) or ()]
        if words:
            raw[TAGS] = {"add": words}
        for column in self._terms:
            row.terms += self._cell(column, given, row, cells.terms) or []
        parsed = parsing.parse(raw, self._reader)
        row.edit = parsed.edit
        row.edit.fill = self._fill
        row.issues += [self._issue(one, added) for one in parsed.errors]
        row.issues += [self._issue(one, added, Severity.WARNING) for one in parsed.warnings]
        row.key = _key(row.edit)
        return row

    def _refused(self, record: Record) -> list[Issue]:
        if len(record.cells) != self._width:
            message = f"This row has {len(record.cells)} cells, the header has {self._width}."
            return [Issue("COLUMN_COUNT", message)]
        whole = "".join(record.cells)
        if "\0" in whole:
            return [Issue("NUL_BYTE", "This row holds a NUL byte.")]
        if record.is_suspect and (bad := _BAD_BYTE.search(whole)):
            byte = ord(bad.group()) - 0xDC00
            message = f"Line {record.line} holds the byte 0x{byte:02X}, which is not of this encoding."
            return [Issue("BAD_ENCODING", message)]
        return []

    def _scalar(self, column: Column, cell: str, raw: dict[str, Any], row: ReadRow) -> None:
        if not cell:
            return
        name = column.target or ""
        kind = SCALARS[name].type
        try:
            cells.check_damage(cell, is_key=name == "reference_id")
            form = None if self._is_template else column.date_format
            if name == "gender":
                raw[name] = cells.gender(cell)
            elif name == "reference_id":
                # Some exports put the apostrophe that makes a spreadsheet keep a number as text into the file.
                raw[name] = cell[1:] if _TEXT_MARK.match(cell) else cell
            elif kind is FieldType.DATE:
                raw[name] = cells.day(cell, form)
            elif kind is FieldType.DATETIME:
                raw[name] = cells.moment(cell, form)
            else:
                raw[name] = cell
        except Invalid as error:
            row.issues.append(Issue(error.code, error.message, Severity.ERROR, column.header))

    def _cell(self, column: Column, given: Sequence[str], row: ReadRow, read: Callable[[str], Any]) -> Any:
        cell = given[column.index].strip()
        if not cell:
            return None
        try:
            cells.check_damage(cell, is_key=False)
            return read(cell)
        except Invalid as error:
            row.issues.append(Issue(error.code, error.message, Severity.ERROR, column.header))
            return None

    def _lists(self, given: Sequence[str], raw: dict[str, Any], row: ReadRow) -> dict[str, list[_Group]]:
        """Put the items of all lists into `raw`; return which columns made each, in order."""
        added: dict[str, list[_Group]] = {}
        for group in self._groups:
            item = {part: cell for part, column in group.parts if (cell := given[column.index].strip())}
            if not item or item.keys() == {"label"} or not self._is_whole(group, item, row):
                continue
            raw.setdefault(group.name, {"add": []})["add"].append(item)
            added.setdefault(group.name, []).append(group)
        return added

    def _is_whole(self, group: _Group, item: dict[str, str], row: ReadRow) -> bool:
        before = len(row.issues)
        for part, column in group.parts:
            try:
                cells.check_damage(item.get(part, ""), is_key=False)
            except Invalid as error:
                row.issues.append(Issue(error.code, error.message, Severity.ERROR, column.header))
        needed = [part for part, _ in group.parts if part in WHOLE.get(group.name, ())]
        missing = [column.header for part, column in group.parts if part in needed and part not in item]
        if missing:
            for part, column in group.parts:
                self._check_part(part, item.get(part), column, row)
            code, what = (
                ("ADDRESS_INCOMPLETE", "address") if group.name == ADDRESS else ("BANK_INCOMPLETE", "bank account")
            )
            message = f"This {what} is left out, because it lacks {', '.join(missing)}."
            row.issues.append(Issue(code, message, Severity.WARNING, missing[0]))
            return False
        return len(row.issues) == before

    def _check_part(self, part: str, cell: str | None, column: Column, row: ReadRow) -> None:
        check = _CHECKED_PARTS.get(part)
        try:
            if check and cell:
                check(cell)
        except Invalid as error:
            row.issues.append(Issue(error.code, error.message, Severity.ERROR, column.header))

    def _issue(self, problem: Problem, added: dict[str, list[_Group]], severity: Severity = Severity.ERROR) -> Issue:
        name, *rest = problem.path or ("",)
        header = next((one.header for one in self._used if one.target == name), None)
        if len(rest) > 1 and name in added:
            parts = added[name][int(rest[1])].parts
            header = next((column.header for part, column in parts if part == rest[-1]), parts[0][1].header)
        return Issue(problem.code, problem.message, severity, header)


def _groups(used: Sequence[Column]) -> list[_Group]:
    """Sort list columns into items: the second column with the same target begins or joins the second item."""
    groups: dict[tuple[str, int], _Group] = {}
    seen: dict[str, int] = {}
    for column in used:
        name, _, part = (column.target or "").partition(".")
        if not part:
            continue
        number = seen[column.target or ""] = seen.get(column.target or "", 0) + 1
        groups.setdefault((name, number), _Group(name)).parts.append((part, column))
    return [groups[key] for key in sorted(groups, key=lambda key: key[1])]


def _key(edit: Edit) -> str:
    """Return what people know a row by: its reference id, else its first email."""
    emails = edit.add.get("emails")
    return str(edit.set.get("reference_id") or (emails[0]["address"] if emails else ""))
