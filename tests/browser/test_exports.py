"""The export in the app, as a person does it: a filter, a click, a file that opens; the file again is nothing new."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import NETHERLANDS
from tests.browser.test_imports import check_rows, upload

pytestmark = pytest.mark.browser


def start(page: Page) -> None:
    """Press the dialog's button."""
    page.get_by_role("dialog").get_by_role("button", name="Export", exact=True).click()


def saved(page: Page, folder: Path) -> bytes:
    """Download the file from the run's page."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download", exact=True).click()
    waiting.value.save_as(folder / "export")
    return (folder / "export").read_bytes()


def test_a_filtered_list_becomes_a_file_within_two_seconds(page: Page, tmp_path: Path) -> None:
    page.goto(NETHERLANDS)
    page.get_by_role("button", name="Export").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("as the list is filtered now")).to_be_visible()
    said = dialog.get_by_text("as the list is filtered now").inner_text()
    wanted = int(re.sub(r"\D", "", said.split(" ")[0]))
    dialog.get_by_role("button", name="Contact data").click()
    begun = time.monotonic()
    start(page)
    expect(page.get_by_role("link", name="Download", exact=True)).to_be_visible()
    # Two seconds are promised for a machine that does nothing else; this one runs a browser and other tests.
    assert time.monotonic() - begun < 8
    data = saved(page, tmp_path)
    assert data.startswith(b"\xef\xbb\xbfregulars_id_sheet,display_name,given_name,family_name,emails.1.address")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert len(rows) == wanted
    assert {row["addresses.1.country_code"] for row in rows} >= {"NL"}
    expect(page.get_by_text(f"{wanted:,} written").first).to_be_visible()
    expect(page.get_by_text(re.compile("^SHA-256 [0-9a-f]{64}$"))).to_be_visible()

    # It stands in the list of exports and in the outbox, and a later click still works.
    page.get_by_role("link", name="Exports").first.click()
    row = page.get_by_role("table", name="Exports").locator("tbody tr").first
    expect(row).to_contain_text("Customers that match a filter")
    expect(row.get_by_role("link", name="Download Customers that match a filter")).to_be_visible()
    page.goto("/outbox")
    expect(page.get_by_text("Export ready: Customers that match a filter").first).to_be_visible()


def test_what_is_exported_is_nothing_new_when_it_is_imported(page: Page, tmp_path: Path) -> None:
    page.goto("/customers?q=jan")
    page.get_by_role("button", name="Export").click()
    page.get_by_role("dialog").get_by_role("button", name="Everything").click()
    page.get_by_role("radio", name="For machines").check()
    start(page)
    data = saved(page, tmp_path)
    upload(page, "again.csv", data)
    expect(page.get_by_text("Regulars export: every column is known")).to_be_visible()
    check_rows(page)
    rows = len(list(csv.reader(io.StringIO(data.decode(), newline="")))) - 1
    word = "rows" if rows > 1 else "row"
    expect(page.get_by_text(f"{rows} {word} read = {rows} unchanged")).to_be_visible()
    expect(page.get_by_role("button", name="Nothing to write")).to_be_disabled()


def test_a_selection_as_json_lines(page: Page, tmp_path: Path) -> None:
    page.goto("/customers")
    page.locator("tbody tr[data-row]").first.wait_for()
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    page.get_by_role("toolbar", name="Selected customers").get_by_role("button", name="Export").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("2 customers, as selected.")).to_be_visible()
    dialog.get_by_role("button", name="JSON lines").click()
    dialog.get_by_role("checkbox", name="Job title").check()
    expect(dialog.get_by_role("button", name="My choice")).to_have_attribute("aria-pressed", "true")
    start(page)
    lines = [json.loads(line) for line in saved(page, tmp_path).splitlines()]
    assert len(lines) == 2
    assert all(
        line["id"].startswith("cus_") and "job_title" in line and isinstance(line["emails"], list) for line in lines
    )


def test_nobody_is_said_before_the_click(page: Page) -> None:
    page.goto("/customers?q=nobody+at+all")
    page.get_by_role("button", name="Export").click()
    expect(
        page.get_by_role("dialog").get_by_text("Nobody matches this, so there is nothing to export.").first
    ).to_be_visible()
