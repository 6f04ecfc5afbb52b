"""The copy that a person may ask for, from her page and from the list: two files, and a page that everybody can read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.asking import ask, change, people
from tests.browser.axe import violations
from tests.browser.visit import SCHEMES, SIZES, Scheme, settle

pytestmark = pytest.mark.browser

PERSON: dict[str, Any] = {
    "givenName": "Madelief",
    "familyName": "Kopie",
    "locale": "nl-NL",
    "timeZone": "Europe/Amsterdam",
    "dateOfBirth": "1990-02-03",
    "emails": {"add": [{"address": "madelief@copied.example", "label": "thuis"}]},
    "phones": {"add": [{"number": "+31612340987"}]},
    "addresses": {"add": [{"street": "Damstraat", "houseNumber": "7", "city": "Amsterdam", "countryCode": "NL"}]},
    "bankAccounts": {"add": [{"iban": "NL91ABNA0417164300", "holder": "M. Kopie"}]},
    "tags": {"add": ["copied"]},
}
SHOTS = Path("artifacts/screenshots")
MADE_MS = 60_000


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """The person of these tests, made by the first."""
    return {}


@pytest.fixture
def madelief(page: Page, made: dict[str, str]) -> str:
    """A person with something in most parts of her copy."""
    return _madelief(page, made)


def _madelief(page: Page, made: dict[str, str]) -> str:
    if "id" not in made:
        (made["id"],) = people(page, PERSON)
        change(page, made["id"], jobTitle="Schilder", reason="Zij belde.")
        record = "mutation ($input: ConsentRecordInput!) { consentRecord(input: $input) { applied } }"
        said = {
            "identifier": {"email": "madelief@copied.example"}, "channel": "EMAIL", "purpose": "MARKETING",
            "state": "GRANTED", "reason": "Zij belde.", "evidence": {"note": "Gesprek 12"},
        }  # fmt: skip
        assert ask(page, record, input=said)["consentRecord"]["applied"]
    return made["id"]


def saved(page: Page, button: Locator, folder: Path) -> Path:
    """Click on a download and return the file."""
    with page.expect_download() as waiting:
        button.click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def dialog(page: Page) -> Locator:
    """Return the dialog that offers the copy, once it is made."""
    found = page.get_by_role("dialog")
    found.get_by_role("link", name="JSON").wait_for()
    return found


def from_profile(page: Page, customer: str) -> Locator:
    """Make a copy from the menu of the page."""
    page.goto(f"/customers/{customer}")
    page.get_by_role("heading", name="Madelief Kopie").wait_for()
    page.get_by_role("button", name="Page menu").click()
    page.get_by_role("menuitem", name="Download a copy").click()
    return dialog(page)


def test_one_click_on_her_page_makes_two_files(schemed: Page, made: dict[str, str], tmp_path: Path) -> None:
    page, customer = schemed, _madelief(schemed, made)
    opened = from_profile(page, customer)
    expect(opened.get_by_text("A copy for Madelief Kopie")).to_be_visible()
    settle(page)
    assert violations(page) == []
    copy = json.loads(saved(page, opened.get_by_role("link", name="JSON"), tmp_path).read_text())
    assert copy["profile"][0]["givenName"] == "Madelief"
    assert copy["profile"][0]["bankAccounts"][0]["iban"] == "NL91ABNA0417164300"
    assert [one["reason"] for one in copy["consents"]] == ["Zij belde."]
    assert copy["manifest"]["customer"] == customer
    told = saved(page, opened.get_by_role("link", name="Page to read"), tmp_path)
    assert told.suffix == ".html"
    assert "Een kopie van uw gegevens" in told.read_text()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_each_click_is_one_line_of_the_log(page: Page, madelief: str) -> None:
    log = "query ($id: ID!) { customer(id: $id) { accessLog(first: 50) { nodes { action } } } }"

    def copies() -> int:
        nodes = ask(page, log, id=madelief)["customer"]["accessLog"]["nodes"]
        return [one["action"] for one in nodes].count("profile.copied")

    before = copies()
    from_profile(page, madelief)
    assert copies() == before + 1


def test_from_the_list_too(page: Page, madelief: str, tmp_path: Path) -> None:
    page.goto("/customers?q=madelief")
    row = page.locator(f"tr[data-row='{madelief}']")
    row.hover()
    row.get_by_role("button", name="More for Madelief Kopie").click()
    page.get_by_role("menuitem", name="Download a copy").click()
    copy = json.loads(saved(page, dialog(page).get_by_role("link", name="JSON"), tmp_path).read_text())
    assert copy["manifest"]["customer"] == madelief


def _much(page: Page) -> str:
    """Return somebody whose history is larger than what is copied at once."""
    lines = {"extra": "x" * 200, "city": "y" * 200, "region": "z" * 200, "countryCode": "NL"}
    (customer,) = people(
        page, {"givenName": "Veel", "familyName": "Kopie", "addresses": {"add": [{**lines, "street": f"{n}"} for n in range(50)]}}
    )  # fmt: skip
    query = "query ($id: ID!) { customer(id: $id) { addresses { id } } }"
    ids = [one["id"] for one in ask(page, query, id=customer)["customer"]["addresses"]]
    for letter in range(65, 125):
        streets = [{"id": one, "street": f"{n} {chr(letter) * 190}"} for n, one in enumerate(ids)]
        change(page, customer, addresses={"edit": streets})
    return customer


def test_of_much_a_run_makes_it_while_one_looks(page: Page, tmp_path: Path) -> None:
    customer = _much(page)
    page.goto(f"/customers/{customer}")
    page.get_by_role("button", name="Page menu").click()
    page.get_by_role("menuitem", name="Download a copy").click()
    opened = page.get_by_role("dialog")
    # Whether it is seen going depends on who else keeps the worker busy.
    opened.get_by_text("for a day, only by you").wait_for()
    page.screenshot(path=SHOTS / "copy-run-going.png")
    opened.get_by_role("link", name="JSON").wait_for(timeout=MADE_MS)
    copy = json.loads(saved(page, dialog(page).get_by_role("link", name="JSON"), tmp_path).read_text())
    page.screenshot(path=SHOTS / "copy-run-done.png")
    assert copy["manifest"]["customer"] == customer
    assert len(copy["changes"]) == 61
    page.keyboard.press("Escape")
    page.goto("/runs")
    page.get_by_role("link", name="The copy of one person").first.click()
    page.get_by_role("link", name="copy.json").wait_for()
    settle(page)
    page.screenshot(path=SHOTS / "copy-run-page.png")
    assert violations(page) == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES)
def test_the_page_is_for_everybody(
    chrome: Browser, page: Page, madelief: str, tmp_path: Path, scheme: Scheme, size: tuple[int, int]
) -> None:
    told = saved(page, from_profile(page, madelief).get_by_role("link", name="Page to read"), tmp_path)
    said: list[str] = []
    context = chrome.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    try:
        reading = context.new_page()
        reading.on("console", lambda message: said.append(message.text))
        reading.goto(told.as_uri())
        expect(reading.get_by_role("heading", name="Uw profiel", exact=True)).to_be_visible()
        expect(reading.get_by_role("cell", name="3 februari 1990", exact=True)).to_be_visible()
        assert reading.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
        if SHOTS.is_dir():
            reading.screenshot(path=SHOTS / f"copy-page-{scheme}-{size[0]}.png", full_page=True)
        assert violations(reading) == []
        assert said == []
    finally:
        context.close()
