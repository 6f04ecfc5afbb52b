"""The import in the app, as a person does it: a file goes in, a plan is looked at and applied, a report comes out."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser import import_files
from tests.browser.axe import violations
from tests.browser.visit import settle

pytestmark = pytest.mark.browser

TILES = ("CREATE", "UPDATE", "UNCHANGED", "SKIPPED", "INVALID", "CONFLICT")
SLOW_MS = 60_000


def upload(page: Page, name: str, data: bytes) -> None:
    """Choose a file in the first step."""
    page.goto("/imports/new")
    page.set_input_files("input[type=file]", files=[{"name": name, "mimeType": "text/csv", "buffer": data}])


def check_rows(page: Page) -> None:
    """Go from the columns to the plan."""
    page.get_by_role("button", name="Check all rows").click()
    page.get_by_text("Nothing has been written so far.").wait_for(timeout=SLOW_MS)


def tiles(page: Page) -> dict[str, int]:
    """Read the numbers of the tiles that are not zero."""
    group = page.get_by_role("group", name="Rows by outcome")
    counts = {one: group.locator(f"[data-outcome={one}] span").nth(1).inner_text() for one in TILES}
    return {one: int(count.replace(",", "")) for one, count in counts.items() if count != "0"}


def test_a_file_in_a_report_out_and_again(page: Page, tmp_path: Path) -> None:
    upload(page, "people.csv", import_files.PEOPLE.encode())
    expect(page.get_by_text("Prepr template: every column is known")).to_be_visible()
    expect(page.get_by_text("18 of 18 columns go into customers.")).to_be_visible()
    check_rows(page)
    expect(page.get_by_text("7 rows read = 4 to create + 1 to update + 2 invalid")).to_be_visible()
    assert tiles(page) == {"CREATE": 4, "UPDATE": 1, "INVALID": 2}

    # A tile narrows the rows, the address keeps it, and so does a reload in the middle.
    page.get_by_role("group", name="Rows by outcome").get_by_role("button", name="Update").click()
    rows = page.get_by_role("table", name="Rows").locator("tbody tr")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("press")
    assert page.url.endswith("?rows=UPDATE")
    page.reload()
    expect(rows).to_have_count(1)
    expect(page.get_by_text("Nothing has been written so far.")).to_be_visible()

    page.get_by_role("button", name="Create 4, update 1").click()
    expect(page.get_by_text("7 rows read = 4 created + 1 updated + 2 invalid")).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_text("Done", exact=False).first).to_be_visible(timeout=SLOW_MS)
    assert tiles(page) == {"CREATE": 4, "UPDATE": 1, "INVALID": 2}

    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download the error file").click()
    saved = tmp_path / "errors.csv"
    waiting.value.save_as(saved)
    with saved.open(newline="", encoding="utf-8-sig") as file:
        errors = list(csv.DictReader(file))
    assert [(one["_row"], one["_status"], one["first_name"]) for one in errors] == [
        ("3", "INVALID", "Paweł"),
        ("5", "INVALID", "Ruben"),
    ]
    assert [one["date_of_birth"] for one in errors] == ["1990-02-29", "12/31/1990"]

    # The report stands in the outbox, with the same numbers.
    page.goto("/outbox")
    expect(page.get_by_text("people.csv").first).to_be_visible()

    upload(page, "people.csv", import_files.PEOPLE.encode())
    check_rows(page)
    expect(page.get_by_text("7 rows read = 5 unchanged + 2 invalid")).to_be_visible()
    expect(page.get_by_role("button", name="Nothing to write")).to_be_disabled()


def test_the_second_row_of_a_person_adds_a_tag_and_keeps_the_rest(page: Page) -> None:
    upload(page, "people.csv", import_files.new_people().encode())
    check_rows(page)
    page.get_by_role("button", name="Create 4, update 1").click()
    expect(page.get_by_text("7 rows read = 4 created + 1 updated + 2 invalid")).to_be_visible(timeout=SLOW_MS)
    page.get_by_role("table", name="Rows").get_by_role("link", name="Femke van Dijk").first.click()
    expect(page.get_by_text("Photographer").first).to_be_visible()
    for tag in ("newsletter", "vip", "press"):
        expect(page.get_by_text(tag).first).to_be_visible()


def test_columns_of_another_system_are_guessed_chosen_and_kept_in_the_address(page: Page) -> None:
    upload(page, "andere.csv", import_files.OTHER.encode("cp1252"))
    expect(page.get_by_text("4 of 5 columns go into customers, 1 of them by a guess.")).to_be_visible()
    expect(page.get_by_text("Not imported: Shoe size")).to_be_visible()
    page.get_by_label("Encoding").select_option("cp1252")
    expect(page.get_by_role("region", name="First rows").get_by_text("Århus")).to_be_visible()
    page.get_by_label("Field for Shoe size").select_option("job_title")
    page.get_by_label("Rule for Shoe size").select_option("OVERWRITE")
    expect(page.get_by_text("Not imported:", exact=False)).to_have_count(0)

    page.reload()
    expect(page.get_by_label("Encoding")).to_have_value("cp1252")
    expect(page.get_by_label("Field for Shoe size")).to_have_value("job_title")
    expect(page.get_by_label("Rule for Shoe size")).to_have_value("OVERWRITE")

    check_rows(page)
    row = page.get_by_role("table", name="Rows").locator("tbody tr").first
    expect(row).to_contain_text("Zoë Lárseñ")
    expect(row).to_contain_text("Job title 38")
    # Back to the columns, which stand as they were chosen.
    page.get_by_role("link", name="Change columns").click()
    expect(page.get_by_label("Field for Shoe size")).to_have_value("job_title")
    page.get_by_label("Field for Shoe size").select_option("")
    check_rows(page)
    expect(row).not_to_contain_text("Job title")
    # The plan that was replaced can no longer be applied.
    page.goto("/imports")
    states = page.get_by_role("table", name="Imports").locator("tbody tr", has_text="andere.csv")
    expect(states.nth(0)).to_contain_text("Ready to apply")
    expect(states.nth(1)).to_contain_text("Cancelled")


def test_pasted_rows_are_a_file_too(page: Page) -> None:
    page.goto("/imports/new")
    page.get_by_role("button", name="Paste rows instead").click()
    page.get_by_label("Rows, the first one with the column titles").fill(
        "first_name\temail\nPia\tpia.pasted@example.net\n"
    )
    page.get_by_role("button", name="Use these rows").click()
    expect(page.get_by_label("Separator")).to_have_value("\t")
    check_rows(page)
    expect(page.get_by_role("button", name="Create 1", exact=True)).to_be_visible()


def test_a_broken_file_is_refused_with_its_line_and_its_reason(page: Page) -> None:
    upload(page, "broken.csv", import_files.BROKEN.encode())
    expect(page.get_by_text("Line 3: a quote that begins here is never closed.")).to_be_visible()
    expect(page.get_by_text("Nothing of it was written.", exact=False)).to_be_visible()
    upload(page, "empty.csv", b"")
    expect(page.get_by_text("This file is empty.")).to_be_visible()


def test_an_upload_survives_a_cut(page: Page) -> None:
    cut = {"left": 2}

    def fail_twice(route: Route) -> None:
        if route.request.method == "PUT" and route.request.headers["upload-offset"] != "0" and cut["left"]:
            cut["left"] -= 1
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/files/*", fail_twice)
    data = import_files.many(60_000).encode()
    assert len(data) > 2 * 1_048_576
    upload(page, "long.csv", data)
    expect(page.get_by_text(re.compile("The connection is cut"))).to_be_visible()
    expect(page.get_by_role("button", name="Check all rows")).to_be_visible(timeout=SLOW_MS)
    assert cut["left"] == 0


def test_a_long_import_is_followed_left_found_again_and_cancelled(page: Page) -> None:
    upload(page, "long.csv", import_files.many(30_000).encode())
    page.get_by_role("button", name="Check all rows").click()
    expect(page.get_by_text(re.compile("rows/s"))).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_text("This tab can be closed", exact=False)).to_be_visible()
    page.goto("/imports")
    page.get_by_role("link", name="long.csv").first.click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Cancel the run").click()
    expect(page.get_by_text("Nothing of it was written.")).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_role("link", name="Start again with this file")).to_be_visible()


def test_every_step_is_for_everybody(schemed: Page) -> None:
    page = schemed
    page.goto("/imports")
    settle(page)
    assert violations(page) == []
    page.goto("/imports/new")
    settle(page)
    page.get_by_role("button", name="Paste rows instead").click()
    settle(page)
    assert violations(page) == []
    upload(page, "andere.csv", import_files.OTHER.encode("cp1252"))
    page.get_by_text("A guess: please check").wait_for()
    settle(page)
    assert violations(page) == []
    upload(page, "broken.csv", import_files.BROKEN.encode())
    page.get_by_text("Line 3:", exact=False).wait_for()
    settle(page)
    assert violations(page) == []
    upload(page, "people.csv", import_files.new_people().encode())
    check_rows(page)
    page.get_by_role("group", name="Rows by outcome").get_by_role("button", name="Invalid").click()
    settle(page)
    assert violations(page) == []
    page.get_by_role("button", name="Create 4, update 1").click()
    page.get_by_text("7 rows read = 4 created", exact=False).wait_for(timeout=SLOW_MS)
    settle(page)
    assert violations(page) == []
