"""The reader bare: any cut of the bytes reads the same, and from any row it goes on as if it had never stopped."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import AsyncIterator, Callable

import pytest

from api.core.errors import Invalid
from api.core.keys import Keys
from api.customers.parsing import Reader
from api.imports import cells
from api.imports.cells import safe, unsafe
from api.imports.reading import BOMS, Dialect, Place, Record, Records
from api.imports.rows import RowReader
from api.imports.seen import Seen
from api.imports.sniffing import sniff

pytestmark = pytest.mark.unit
ROWS = [["1", "x\r\ny"], ["2", 'q"u"o'], ["3", "ééé\nzz\rkk"], ["4", ""]] * 20


def source(data: bytes, size: int) -> Callable[[int], AsyncIterator[bytes]]:
    """Hand out bytes in pieces of a size, as parts of a file would."""

    async def parts(offset: int) -> AsyncIterator[bytes]:
        for start in range(offset, len(data), size):
            yield data[start : start + size]

    return parts


async def read(data: bytes, encoding: str, size: int, place: Place | None = None) -> list[Record]:
    records = Records(source(data, size), Dialect(encoding, ","), place)
    if place is None:
        assert await records.header() == ["a", "b"]
    found = []
    while record := await records.next():
        found.append(record)
    await records.close()
    return found


@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "cp1252", "gb18030"])
async def test_every_cut_and_every_place_read_the_same(ending: str, encoding: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=ending).writerows([["a", "b"], *ROWS])
    data = BOMS.get(encoding, b"") + out.getvalue().encode(encoding)
    dice = random.Random(1)
    for size in (1, 2, 3, 7, 64, 1_000, 1 << 20):
        found = await read(data, encoding, size)
        assert [one.cells for one in found] == ROWS, size
        for stop in dice.sample(found, 3):
            rest = await read(data, encoding, dice.choice((5, 1_000)), stop.after)
            assert [one.cells for one in rest] == ROWS[stop.number :]
            assert [one.line for one in rest] == [one.line for one in found[stop.number :]]


FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "\u200b=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20x",
    '=HYPERLINK("http://x")', "=cmd|' /C calc'!A0", "ok\n=1", "ok\r\n +1", "+48 512 345 678",
]  # fmt: skip


@pytest.mark.parametrize("cell", FORMULAS)
def test_no_cell_of_the_error_file_is_a_formula(cell: str) -> None:
    assert safe(cell) == f"'{cell}"
    assert unsafe(safe(cell)) == cell


@pytest.mark.parametrize("cell", ["", "Kim", "a=b", "kim@planted.example", "O'Neil", "1+1", "line\nbreak"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert safe(cell) == unsafe(cell) == cell


@pytest.mark.parametrize(
    ("data", "encoding", "delimiter"),
    [
        (b"a;b\n1;2\n", "utf-8", ";"),
        (b"a\tb\n1,5\t2\n", "utf-8", "\t"),
        (b"sep=|\na|b\n", "utf-8", "|"),
        (b"email\nkim@planted.example\n", "utf-8", ","),
        ("a;b\nKöln;Łódź\n".encode(), "utf-8", ";"),
        ("a,b\nKöln,x\n".encode("utf-16-be"), "utf-16-be", ","),
        (b"\xef\xbb\xbfa,b\n", "utf-8", ","),
    ],
)
def test_what_a_file_looks_like(data: bytes, encoding: str, delimiter: str) -> None:
    assert sniff(data).dialect == Dialect(encoding, delimiter)


def test_a_cut_letter_at_the_end_of_the_head_is_no_other_encoding() -> None:
    assert sniff(("a,b\n" + "é" * 100).encode()[:-1]).dialect.encoding == "utf-8"


def test_what_is_chosen_is_checked() -> None:
    for encoding, delimiter, code in (("rot13", None, "UNKNOWN_ENCODING"), (None, "x", "UNKNOWN_DELIMITER")):
        with pytest.raises(Invalid) as error:
            sniff(b"a,b\n", encoding, delimiter)
        assert error.value.code == code


def test_a_filter_never_forgets() -> None:
    seen = Seen(knows=True)
    keys = [f"email:{random.Random(n).getrandbits(128):032x}" for n in range(2_000)]
    seen.add(keys[:1_000])
    assert all(key in seen for key in keys[:1_000])
    assert sum(key in seen for key in keys[1_000:]) == 0
    assert all(key in Seen(knows=False) for key in keys)


def test_words_for_gender_and_lists_of_tags() -> None:
    assert [cells.gender(one).value for one in ("F", "male", "O", "0", "1", "2")] == [
        "FEMALE", "MALE", "OTHER", "UNDISCLOSED", "MALE", "FEMALE",
    ]  # fmt: skip
    assert cells.tags("a,b,,c") == ["a", "b", "c"]
    assert cells.tags('"vip","newsletter"') == ["vip", "newsletter"]


def test_a_row_reader_of_no_columns_reads_nothing() -> None:
    row = RowReader([], Reader("NL", Keys("x" * 40))).read(Record(1, 2, [], Place(), Place(), 0))
    assert (row.issues, row.key, row.edit.set) == ([], "", {})
