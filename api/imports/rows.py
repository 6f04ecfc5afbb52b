"""How a row of cells becomes a wish about one customer, with everything that is wrong or doubtful about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from api.consent.model import ConsentState
from api.core.errors import Invalid, Problem
from api.core.fields import FieldType
from api.customers import parsing, values
from api.customers.edits import Edit
from api.customers.model import LISTS, SCALARS
from api.customers.parsing import Reader
from api.imports import cells, consent_columns, headers
from api.imports.columns import ERROR_COLUMNS, ID, TAGS, TEMPLATE_PRESET, TERMS
from api.imports.model import Column, ColumnRule, Issue, ReadConsent, ReadRow, Severity
from api.imports.reading import Record

ADDRESS, BANK = "addresses", "bank_accounts"
WHOLE = {ADDRESS: ("street", "house_number", "postal_code", "city", "country_code"), BANK: ("iban", "holder")}
"""Parts that go together: where the file has a column for each, a row gives all of them or none."""
_CHECKED_PARTS: dict[str, Callable[[str], Any]] = {"country_code": values.country, "iban": values.iban}
_NO_ITEM = frozenset({"label", "verified"})
"""Parts that say something about an item, and are none by themselves."""
_BAD_BYTE = re.compile("[\udc80-\udcff]")
_TEXT_MARK = re.compile(r"'\d")


@dataclass(slots=True)
class _Group:
    """The columns that together make one item of a list."""

    name: str
    parts: list[tuple[str, Column]] = field(default_factory=list)

    def items(self, given: Sequence[str]) -> list[dict[str, Any]]:
        """Return the items that its cells hold: one, or as many as were joined, each with the parts that are there."""
        found = [(part, _values(column, given)) for part, column in self.parts]
        most = max(len(values) for _, values in found)
        return [{part: values[n] for part, values in found if n < len(values) and values[n]} for n in range(most)]


class RowReader:
    """Reads the rows of one file, whose columns are known."""

    def __init__(self, columns: Sequence[Column], reader: Reader, *, preset: str | None = None) -> None:
        """Sort the columns by what they make."""
        self._reader = reader
        self._width = len(columns)
        self._is_template = preset == TEMPLATE_PRESET
        # Our own exports write every value as it is stored, so that nothing in them is doubtful.
        self._is_own = preset in headers.PRESETS
        self._is_sheet = preset == headers.SHEET_PRESET
        self._id = next((one for one in columns if one.used and one.target == ID), None)
        # What our own error file defused for spreadsheets is taken back when it is uploaded again.
        self._is_error_file = {one.header for one in columns} >= set(ERROR_COLUMNS)
        self._used = [one for one in columns if one.used]
        self._scalars = [one for one in self._used if one.target in SCALARS]
        self._tags = [one for one in self._used if one.target == TAGS]
        self._terms = [one for one in self._used if one.target == TERMS]
        self._consents = [one for one in self._used if consent_columns.is_consent(one.target)]
        self._collected = next((one for one in self._used if one.target == consent_columns.COLLECTED_AT), None)
        own = {one.index for one in self._consents} | ({self._collected.index} if self._collected else set())
        self._groups = _groups([one for one in self._used if one.index not in own])
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
        if self._is_sheet:
            self._check_sheet(given, row)
            given = [cells.unshielded(one) for one in given]
        raw: dict[str, Any] = {}
        for column in self._scalars:
            self._scalar(column, given[column.index].strip(), raw, row)
        added = self._lists(given, raw, row)
        words = [word for column in self._tags for word in self._cell(column, given, row, cells.tags) or ()]
        if words:
            raw[TAGS] = {"add": words}
        self._agreed(given, row)
        parsed = parsing.parse(raw, self._reader)
        row.edit = parsed.edit
        row.edit.fill = self._fill
        row.issues += [self._issue(one, added) for one in parsed.errors]
        row.issues += [self._issue(one, added, Severity.WARNING) for one in parsed.warnings]
        row.key = _key(row.edit)
        if self._id:
            row.customer_id = self._cell(self._id, given, row, cells.customer_id)
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
            if not self._is_own:
                cells.check_damage(cell, is_key=name == "reference_id")
            form = None if self._is_template else column.date_format
            if name == "gender":
                raw[name] = cells.gender(cell)
            elif name == "reference_id":
                # Some exports put the apostrophe that makes a spreadsheet keep a number as text into the file.
                raw[name] = cell[1:] if _TEXT_MARK.match(cell) and not self._is_own else cell
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
            if not self._is_own:
                cells.check_damage(cell, is_key=False)
            return read(cell)
        except Invalid as error:
            row.issues.append(Issue(error.code, error.message, Severity.ERROR, column.header))
            return None

    def _agreed(self, given: Sequence[str], row: ReadRow) -> None:
        for column in self._terms:
            for day, term in self._cell(column, given, row, cells.terms) or ():
                row.terms.append([day, term])
                said = consent_columns.when(day)
                row.consents.append(ReadConsent(f"TERM/{term}", ConsentState.GRANTED, said, column.header))
        for column in self._consents:
            read = self._cell(column, given, row, consent_columns.state)
            if read:
                topic = consent_columns.word_of(column.target or "")
                row.consents.append(ReadConsent(topic, read[0], read[1], column.header))
        if self._collected:
            form = None if self._is_template else self._collected.date_format
            row.collected_at = self._cell(self._collected, given, row, lambda cell: consent_columns.when(cell, form))

    def _lists(self, given: Sequence[str], raw: dict[str, Any], row: ReadRow) -> dict[str, list[_Group]]:
        """Put the items of all lists into `raw`; return which columns made each, in order."""
        added: dict[str, list[_Group]] = {}
        for group in self._groups:
            for item in group.items(given):
                if not item or item.keys() <= _NO_ITEM or not self._is_whole(group, item, row):
                    continue
                raw.setdefault(group.name, {"add": []})["add"].append(item)
                added.setdefault(group.name, []).append(group)
        return added

    def _check_sheet(self, given: Sequence[str], row: ReadRow) -> None:
        """Find what a spreadsheet has broken; what looks so by itself has an apostrophe before it."""
        for column in self._used:
            try:
                cells.check_damage(given[column.index].strip(), is_key=column.target == "reference_id")
            except Invalid as error:
                row.issues.append(Issue(error.code, error.message, Severity.ERROR, column.header))

    def _is_whole(self, group: _Group, item: dict[str, str], row: ReadRow) -> bool:
        before = len(row.issues)
        for part, column in group.parts:
            try:
                if not self._is_own:
                    cells.check_damage(item.get(part, ""), is_key=False)
                _read_part(group.name, part, item)
            except Invalid as error:
                row.issues.append(Issue(error.code, error.message, Severity.ERROR, column.header))
        if group.name == BANK and cells.is_masked(item.get("iban", "")):
            message = "This bank account is shown in part only, so that it is left out; what is stored stays."
            row.issues.append(Issue("BANK_MASKED", message, Severity.WARNING, group.parts[0][1].header))
            return False
        if self._is_own:
            return len(row.issues) == before
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


def _values(column: Column, given: Sequence[str]) -> list[str]:
    cell = given[column.index].strip()
    return headers.split(cell) if headers.is_joined(column.header) else [cell]


def _read_part(name: str, part: str, item: dict[str, Any]) -> None:
    """Read what is no text; raises Invalid."""
    spec = LISTS[name].item[part]
    if part in item and spec.type is FieldType.BOOLEAN:
        item[part] = cells.truth(item[part])
    elif part in item and spec.type is FieldType.ENUM:
        item[part] = cells.choice(item[part], spec.python)


def _groups(used: Sequence[Column]) -> list[_Group]:
    """Sort list columns into items: the second column with the same target begins or joins the second item."""
    groups: dict[tuple[str, int], _Group] = {}
    seen: dict[str, int] = {}
    for column in used:
        name, _, part = (column.target or "").partition(".")
        if not part:
            continue
        number = seen[column.target or ""] = seen.get(column.target or "", 0) + 1
        number = headers.position(column.header) or number
        groups.setdefault((name, number), _Group(name)).parts.append((part, column))
    return [groups[key] for key in sorted(groups, key=lambda key: key[1])]


def _key(edit: Edit) -> str:
    """Return what people know a row by: its reference id, else its first email."""
    emails = edit.add.get("emails")
    return str(edit.set.get("reference_id") or (emails[0]["address"] if emails else ""))
