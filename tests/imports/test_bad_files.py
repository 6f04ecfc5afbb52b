"""Every line of the tables in docs/imports.md: files, rows and cells as they should not be."""

from __future__ import annotations

from typing import Any

import pytest

from api.core import ids
from api.core.context import Context
from api.core.errors import Invalid
from api.core.idempotency import Once
from api.imports import browsing, rules as imports
from api.imports.browsing import Wanted
from api.runs.model import RunStatus
from tests.imports.steps import as_admin, csv_of, imported, planned, uploaded

HEADER = b"email,first_name\r\n"
ROW = b"a@planted.example,Ann\r\n"


async def refusal(ctx: Context, data: bytes) -> str:
    """Return the code with which a file is refused at once."""
    with pytest.raises(Invalid) as error:
        await imports.plan(as_admin(ctx), Once("importPlan"), await uploaded(ctx, data))
    return error.value.code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b" \r\n\t", "EMPTY_FILE"),
        (b"\xef\xbb\xbf", "EMPTY_FILE"),
        (b"\xff\xfe", "EMPTY_FILE"),
        (b"PK\x03\x04rest", "COMPRESSED"),
        (b"\x1f\x8b\x08rest", "COMPRESSED"),
        (b"7z\xbc\xaf\x27\x1c", "COMPRESSED"),
        (b"Rar!\x1a\x07", "COMPRESSED"),
        (bytes(range(4)) * 50 + b"\0" * 300, "NOT_TEXT"),
        (b",".join(b"c%d" % n for n in range(501)) + b"\n", "TOO_MANY_COLUMNS"),
        (b"email,email\n" + ROW, "DUPLICATE_HEADER"),
        (b"email," + b"x" * 501 + b"\n" + ROW, "HEADER_TOO_LONG"),
        (b'"email,first_name\r\n' + ROW, "BAD_QUOTES"),
        (b"em\xff\xc3il,n\xc3\xa9\n" * 2 + "é".encode() * 3000, "EMPTY_FILE"),
    ],
)
async def test_files_that_are_refused_at_once_leave_nothing(ctx: Context, stored: Any, data: bytes, code: str) -> None:
    if code == "EMPTY_FILE" and data.startswith(b"em"):
        preview = await imports.preview(as_admin(ctx), await uploaded(ctx, data), "utf-8", None)
        assert [one.code for one in preview.problems] == ["BAD_ENCODING"]
        return
    assert await refusal(ctx, data) == code
    assert stored["runs"].count_documents({}) == 0


async def test_an_empty_file_is_refused_before_it_is_uploaded(ctx: Context) -> None:
    with pytest.raises(Invalid) as error:
        await uploaded(ctx, b"")
    assert error.value.code == "EMPTY_FILE"


@pytest.mark.parametrize(
    ("tail", "code", "line"),
    [
        (b'b@planted.example,"Bo\r\n' + ROW * 3, "BAD_QUOTES", 1503),
        (b'b@planted.example,"Bo" x\r\n', "BAD_QUOTES", 1503),
        (b'b@planted.example,"B\\"o"\r\n', "BAD_QUOTES", 1503),
        (b'b@planted.example,"' + b"x" * 1_100_000 + b'"\r\n', "BAD_QUOTES", 1503),
        (b"b@planted.example," + b"x" * 7_000_000 + b"\r\n", "LINE_TOO_LONG", 1503),
    ],
)
async def test_a_file_that_cannot_be_read_to_its_end_is_refused_with_its_line(
    ctx: Context, stored: Any, tail: bytes, code: str, line: int
) -> None:
    head = HEADER + b"".join(b"p%d@planted.example,P\r\n" % n for n in range(1501))
    run = await planned(ctx, head + tail)
    assert run.status is RunStatus.FAILED
    assert run.error
    assert run.error.code == code
    assert run.error.message.startswith(f"Line {line}: ")
    for name in ("run_rows", "plan_states", "customers", "outbox"):
        assert stored[name].count_documents({}) == 0


@pytest.mark.parametrize(
    "data",
    [
        HEADER + ROW,
        (HEADER + ROW).removesuffix(b"\r\n"),
        (HEADER + ROW).replace(b"\r\n", b"\n"),
        (HEADER + ROW).replace(b"\r\n", b"\r"),
        HEADER.replace(b"\r\n", b"\n") + ROW,
        HEADER + b"\r\n\r\n" + ROW + b"\n\n",
        b"\xef\xbb\xbf" + b'"email","first_name"\n' + ROW,
        b"sep=;\r\n" + (HEADER + ROW).replace(b",", b";"),
        (HEADER + ROW).replace(b",", b";"),
        (HEADER + ROW).replace(b",", b"\t"),
        (HEADER + ROW).replace(b",", b"|"),
        (HEADER + ROW).decode().encode("utf-16"),
        (HEADER + ROW).decode().encode("utf-16-le"),
        (HEADER + ROW).decode().encode("utf-16-be"),
        b"\xfe\xff" + (HEADER + ROW).decode().encode("utf-16-be"),
    ],
)
async def test_ways_to_write_the_same_file(ctx: Context, stored: Any, data: bytes) -> None:
    run = await imported(ctx, data)
    assert run.outcome == {"CREATE": 1}
    only = stored["customers"].find_one()
    assert (only["given_name"], only["emails"][0]["address"]) == ("Ann", "a@planted.example")


async def test_a_header_only_is_a_plan_of_no_rows(ctx: Context) -> None:
    run = await planned(ctx, HEADER)
    assert (run.status, run.planned, imports.rows_read(run)) == (RunStatus.READY, {}, 0)
    assert not imports.is_applicable(run)


async def test_one_column_and_an_empty_header(ctx: Context) -> None:
    assert (await imported(ctx, b"email\na@planted.example\n")).outcome == {"CREATE": 1}
    assert (await imported(ctx, b"email,\na@planted.example,x\n")).outcome == {"UNCHANGED": 1}


async def test_quotes_that_are_letters_doubled_or_around_line_ends(ctx: Context, stored: Any) -> None:
    data = b'email,first_name,last_name\na@planted.example,A"n"n,"O ""Neil"\nb@planted.example,"B\r\no",x\n'
    run = await imported(ctx, data)
    # A name of two lines is a control character in a name, and no broken file.
    assert run.outcome["CREATE"] == 2
    found = stored["customers"].find_one({"given_name": 'A"n"n'})
    assert found["family_name"] == 'O "Neil'


CELLS = ["email", "reference_id", "date_of_birth", "gender", "country", "bank_account", "terms", "phone_number"]


@pytest.mark.parametrize(
    ("column", "cell", "outcome", "code"),
    [
        ("date_of_birth", "1990-02-29", "INVALID", "INVALID_DATE"),
        ("date_of_birth", "29-02-1988", "CREATE", None),
        ("date_of_birth", "31-12-1990", "CREATE", None),
        ("date_of_birth", "04/05/1990", "INVALID", "AMBIGUOUS_DATE"),
        ("date_of_birth", "25/12/1990", "CREATE", None),
        ("date_of_birth", "1.2.90", "INVALID", "INVALID_DATE"),
        ("date_of_birth", "soon", "INVALID", "INVALID_DATE"),
        ("email", "not-an-email", "INVALID", "INVALID_EMAIL"),
        ("gender", "Q", "INVALID", "INVALID_GENDER"),
        ("gender", "2", "CREATE", None),
        ("country", "Atlantis", "INVALID", "UNKNOWN_COUNTRY"),
        ("country", "Holland", "CREATE", None),
        ("country", "NLD", "CREATE", None),
        ("bank_account", "NL00BANK0000000000", "INVALID", "INVALID_IBAN"),
        ("terms", "2024-13-45:newsletter", "INVALID", "INVALID_TERM"),
        ("terms", "newsletter", "INVALID", "INVALID_TERM"),
        ("phone_number", "12", "CREATE", "INVALID_PHONE"),
        ("phone_number", "#N/A", "INVALID", "EXCEL_ERROR"),
        ("reference_id", "4.2E+11", "INVALID", "EXCEL_NUMBER"),
        ("first_name", "A\0nn", "INVALID", "NUL_BYTE"),
        ("first_name", "x" * 201, "INVALID", "TOO_LONG"),
    ],
)
async def test_cells(ctx: Context, column: str, cell: str, outcome: str, code: str | None) -> None:
    row = {"email": "a@planted.example", column: cell}
    run = await planned(ctx, csv_of(list(row), list(row.values())))
    assert run.planned == {outcome: 1}
    assert list(run.tallies) == ([code] if code else [])


async def test_the_apostrophe_of_a_spreadsheet_is_no_part_of_a_key(ctx: Context, stored: Any) -> None:
    await imported(ctx, csv_of(["reference_id"], ["'6001"], ["O'Neil"]))
    assert {one["reference_id"] for one in stored["customers"].find()} == {"6001", "O'Neil"}


async def test_a_bad_row_never_fails_a_file(ctx: Context) -> None:
    data = HEADER + b"a@planted.example\r\n" + b"b@planted.example,B,C\r\n" + b"c@planted.example,\xff\r\n" + ROW
    run = await planned(ctx, data, encoding="utf-8")
    assert run.planned == {"INVALID": 3, "CREATE": 1}
    assert run.tallies == {"COLUMN_COUNT": 2, "BAD_ENCODING": 1}
    found = await browsing.rows(ctx, ids.show(ids.RUN, run.id), Wanted(problem="BAD_ENCODING"), 50, None)
    assert [one.row.number for one in found.rows] == [3]
    assert found.rows[0].row.issues[0].message == "Line 4 holds the byte 0xFF, which is not of this encoding."


async def test_a_wrong_encoding_is_never_taken_silently(ctx: Context, stored: Any) -> None:
    data = csv_of(["email", "first_name"], ["a@planted.example", "José"], encoding="cp1252")
    wrong = await planned(ctx, data, encoding="utf-8")
    assert wrong.planned == {"INVALID": 1}
    right = await imported(ctx, data, encoding="cp1252")
    assert right.outcome == {"CREATE": 1}
    assert stored["customers"].find_one()["given_name"] == "José"


async def test_utf_16_with_a_broken_byte_is_refused(ctx: Context) -> None:
    data = (HEADER + ROW).decode().encode("utf-16") + b"\x00\xd8\x00\x00" + ROW.decode().encode("utf-16-le")
    with pytest.raises(Invalid) as error:
        await imports.plan(as_admin(ctx), Once("importPlan"), await uploaded(ctx, data))
    assert error.value.code == "BAD_ENCODING"


async def test_other_systems_headers_are_proposed_and_the_rest_listed(ctx: Context) -> None:
    header = [
        "Customer ID",
        "First Name",
        "E-mail 1 - Value",
        "E-mail 2 - Value",
        "E-mail 2 - Label",
        "Billing City",
        "Total Spent",
    ]
    row = ["77", "Kim", "kim@planted.example", "kim2@planted.example", "work", "Utrecht", "12.50"]
    preview = await imports.preview(ctx, await uploaded(ctx, csv_of(header, row)), None, None)
    assert [(one.target, one.certain) for one in preview.columns] == [
        ("reference_id", True),
        ("given_name", True),
        ("emails.address", True),
        ("emails.address", True),
        ("emails.label", True),
        ("addresses.city", False),
        (None, False),
    ]
    assert preview.preset is None
