"""How our own exports call their columns, so that an import knows every one of them again.

    regulars_id   given_name   emails.1.address   emails.2.address   emails[].address   consent.EMAIL.MARKETING

A number is the place of the item, `[]` all items in one cell: a line of CSV with semicolons. The name of the id says how
the cells were written: after `regulars_id` as they are, after `regulars_id_sheet` with an apostrophe where a spreadsheet
would have taken one for something else.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

ID, SHEET_ID = "regulars_id", "regulars_id_sheet"
MACHINE_PRESET, SHEET_PRESET = "Regulars export", "Regulars export for spreadsheets"
PRESETS = frozenset({MACHINE_PRESET, SHEET_PRESET})
_ITEM = re.compile(r"([a-z_]+)(?:\.(\d{1,2})|\[\])\.([a-z_]+)")
_COMPUTED = frozenset(
    {
        "display_name",
        "primary_email",
        "lists",
        "kind",
        "created_at",
        "updated_at",
        "trashed_at",
        "anonymized_at",
        "version",
    }
)


def item(name: str, position: int | None, part: str) -> str:
    """Return the header of a part of the item at a place (from 1), or of all items joined."""
    return f"{name}[].{part}" if position is None else f"{name}.{position}.{part}"


def target(header: str) -> str:
    """Return the path that a header of an export means; any other stays as it is."""
    if header in {ID, SHEET_ID}:
        return "id"
    found = _ITEM.fullmatch(header)
    return f"{found[1]}.{found[3]}" if found else header


def position(header: str) -> int | None:
    """Return the place of the item that a header names; None for any other header."""
    found = _ITEM.fullmatch(header)
    return int(found[2]) if found and found[2] else None


def is_joined(header: str) -> bool:
    """Tell whether its cells hold all items of a list."""
    found = _ITEM.fullmatch(header)
    return bool(found and not found[2])


def is_computed(header: str) -> bool:
    """Tell whether an export shows there what follows from other things, so that there is nothing to import."""
    return header in _COMPUTED


def is_consent(header: str) -> bool:
    """Tell whether an export shows there what somebody agreed to; a state without its proof is imported by choice only."""
    return header.startswith("consent.") and header.count(".") == 2  # noqa: PLR2004


def preset(header: Sequence[str]) -> str | None:
    """Return the name of the export that a file is, by its header."""
    return MACHINE_PRESET if ID in header else SHEET_PRESET if SHEET_ID in header else None


def joined(values: Sequence[str]) -> str:
    """Return the values of several items as one cell; nothing for none of them."""
    if not any(values):
        return ""
    if len(values) == 1 and not any(sign in values[0] for sign in ';"\r\n'):
        return values[0]
    out = io.StringIO(newline="")
    # Only with this line end are line ends in values put into quotes.
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerow(values)
    return out.getvalue()[:-2]


def split(cell: str) -> list[str]:
    """Return the values that `joined` made a cell of; each without white space around it."""
    if not cell:
        return []
    if ";" not in cell and '"' not in cell:
        return [cell]
    rows = list(csv.reader(io.StringIO(cell, newline=""), delimiter=";", skipinitialspace=True))
    return [value.strip() for value in rows[0]] if rows else []
