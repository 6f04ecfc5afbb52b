"""What a file looks like: its encoding and its separator are proposed, shown with real rows, and chosen by a person."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass

from charset_normalizer import from_bytes

from api.core.errors import Invalid
from api.imports.reading import BOMS, DELIMITERS, MAX_COLUMNS, MAX_HEADER, Dialect, unreadable

ENCODINGS = (
    "utf-8", "utf-16-le", "utf-16-be", "cp1252", "iso-8859-1", "iso-8859-15", "iso-8859-2", "cp1250", "cp1251", "cp1253",
    "cp1254", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr",
)  # fmt: skip
SNIFFED_BYTES = 65_536
_PACKED = {
    b"PK\x03\x04": "a ZIP or Excel file",
    b"\x1f\x8b": "a gzip file",
    b"7z\xbc\xaf": "a 7-Zip file",
    b"Rar!": "a RAR file",
}
_TEXT_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What is proposed for a file."""

    dialect: Dialect
    encodings: tuple[str, ...]
    """What may be chosen, the likeliest first."""


def sniff(head: bytes, encoding: str | None = None, delimiter: str | None = None) -> Sniffed:
    """Propose how to read a file that begins with these bytes; what is given was chosen and is taken.

    Raises Invalid: EMPTY_FILE, COMPRESSED, NOT_TEXT, UNKNOWN_ENCODING, UNKNOWN_DELIMITER.
    """
    _refuse_other_kinds(head)
    if encoding is not None and encoding not in ENCODINGS:
        raise Invalid("This encoding is not known.", code="UNKNOWN_ENCODING", path=("encoding",))
    if delimiter is not None and delimiter not in DELIMITERS:
        raise Invalid(
            "Cells are separated by comma, semicolon, tab or |.", code="UNKNOWN_DELIMITER", path=("delimiter",)
        )
    likely = encoding or _encoding(head)
    text = head.decode(likely, "replace")
    chosen = delimiter or _delimiter(text.removeprefix("\ufeff"))
    return Sniffed(Dialect(likely, chosen), (likely, *(one for one in ENCODINGS if one != likely)))


def _refuse_other_kinds(head: bytes) -> None:
    if not head.strip(b" \t\r\n") or head in BOMS.values():
        raise Invalid("This file is empty.", code="EMPTY_FILE", path=("file_id",))
    for magic, name in _PACKED.items():
        if head.startswith(magic):
            raise Invalid(f"This is {name}; save it as CSV and upload that.", code="COMPRESSED", path=("file_id",))
    if not _wide(head) and head.count(0) > len(head) * _TEXT_SHARE:
        raise Invalid("This is no text file.", code="NOT_TEXT", path=("file_id",))


def _encoding(head: bytes) -> str:
    for name, bom in BOMS.items():
        if head.startswith(bom):
            return name
    wide = _wide(head)
    if wide:
        return wide
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        best = from_bytes(head, cp_isolation=[one for one in ENCODINGS if not one.startswith("utf")]).best()
        name = best.encoding.replace("_", "-") if best else "cp1252"
        return next(
            (one for one in ENCODINGS if one.replace("_", "-") == name.replace("latin-1", "iso-8859-1")), "cp1252"
        )
    return "utf-8"


def _wide(head: bytes) -> str | None:
    """Tell UTF-16 without a BOM by its zero bytes, which stand at every other place for Latin letters."""
    for name, bom in BOMS.items():
        if name != "utf-8" and head.startswith(bom):
            return name
    sample = head[:2048]
    half = len(sample) // 2 or 1
    odd, even = sample[1::2].count(0), sample[0::2].count(0)
    if odd > half * _TEXT_SHARE and even == 0:
        return "utf-16-le"
    if even > half * _TEXT_SHARE and odd == 0:
        return "utf-16-be"
    return None


def _delimiter(text: str) -> str:
    first = text.lstrip().split("\n", 1)[0].strip()
    if first.lower().startswith("sep=") and len(first) == 5 and first[4] in DELIMITERS:  # noqa: PLR2004
        return first[4]
    return max(DELIMITERS, key=lambda one: (_fit(text, one), -DELIMITERS.index(one)))


def _fit(text: str, delimiter: str) -> tuple[int, int]:
    """Return how many of the first rows have as many cells as the header (more than one), and how many cells."""
    rows = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(row)
            if len(rows) > 20:  # noqa: PLR2004
                break
    except csv.Error:
        pass
    width = len(rows[0]) if rows else 0
    if width <= 1:
        return 0, 0
    return sum(len(row) == width for row in rows), width


def check_header(header: list[str]) -> list[str]:
    """Return the headers trimmed; raises Unreadable: EMPTY_FILE, TOO_MANY_COLUMNS, HEADER_TOO_LONG, DUPLICATE_HEADER."""
    if not header:
        raise Invalid("This file is empty.", code="EMPTY_FILE", path=("file_id",))
    if len(header) > MAX_COLUMNS:
        raise unreadable(
            "TOO_MANY_COLUMNS", f"the header has {len(header)} columns, at most {MAX_COLUMNS} can be read.", 1
        )
    trimmed = [one.strip() for one in header]
    for number, one in enumerate(trimmed, 1):
        if len(one) > MAX_HEADER:
            raise unreadable("HEADER_TOO_LONG", f"the header of column {number} has over {MAX_HEADER} characters.", 1)
        if "\0" in one or any("\udc80" <= letter <= "\udcff" for letter in one):
            raise unreadable(
                "BAD_ENCODING", f"the header of column {number} cannot be read; choose another encoding.", 1
            )
    named = [one for one in trimmed if one]
    twice = sorted({one for one in named if named.count(one) > 1})
    if twice:
        raise unreadable("DUPLICATE_HEADER", f"two columns are called {twice[0][:60]!r}; rename one.", 1)
    return trimmed
