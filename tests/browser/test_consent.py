"""Consent in the app: withdrawn and granted again with its proof, found by a filter, foretold before it counts, verified."""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.browser.asking import ask, people
from tests.browser.axe import violations
from tests.browser.visit import settle

pytestmark = pytest.mark.browser

SLOW_MS = 60_000

_RECORD = """mutation ($items: [ConsentItem!]!) {
  consentsRecord(input: { items: $items }) { results { applied appliedAs errors { message } } errors { message } }
}"""
_LIST = 'mutation ($key: String!, $name: String!) { listCreate(input: { key: $key, name: $name, channel: EMAIL, purpose: "MARKETING" }) { errors { message } } }'
_TERM = 'mutation ($key: String!, $name: String!) { termCreate(input: { key: $key, name: $name, texts: [{ locale: "en", text: "You agree to letters." }] }) { errors { message } } }'


def record(page: Page, *items: dict[str, Any]) -> None:
    """Record consents over the API, with what a person's word needs."""
    said = [{"reason": "Said so", "evidence": {"note": "A letter"}, **one} for one in items]
    found = ask(page, _RECORD, items=said)["consentsRecord"]["results"]
    assert [one["appliedAs"] for one in found] == ["CURRENT"] * len(items), found


def marketing(address: str, state: str = "GRANTED") -> dict[str, Any]:
    """Return the item of a consent to marketing mails."""
    return {"identifier": {"email": address}, "channel": "EMAIL", "purpose": "MARKETING", "state": state}


def open_consent(page: Page, customer: str) -> None:
    """Open the tab of a customer."""
    page.goto(f"/customers/{customer}?tab=consent")
    page.get_by_role("table", name="Identifiers").wait_for()


def toggle(page: Page, name: str) -> Locator:
    """Press a switch, and return the dialog that it opens."""
    page.get_by_role("switch", name=name).press("Space")
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    return dialog


def with_email(page: Page, name: str, address: str) -> str:
    """Create somebody with an email address."""
    (customer,) = people(page, {"givenName": name, "emails": {"add": [{"address": address}]}})
    return customer


def find_withdrawn(page: Page, name: str) -> None:
    """Find somebody by what she took back, in the list, and open her again."""
    page.goto(f"/customers?q={name}")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_label("Find a field").fill("consent")
    page.keyboard.press("Enter")
    page.get_by_role("checkbox", name="Granted").uncheck()
    page.get_by_role("checkbox", name="Withdrawn").check()
    page.get_by_role("button", name="Apply").click()
    chip = page.get_by_role("button", name="Consent: Email, Marketing: Withdrawn")
    expect(chip).to_be_visible()
    expect(page.locator("tbody tr[data-row]")).to_have_count(1)
    page.reload()
    expect(chip).to_be_visible()
    page.get_by_role("link", name=name).click()


def downloaded(page: Page, entry: Locator, folder: Path) -> dict[str, Any]:
    """Download an entry's receipt and read it."""
    with page.expect_download() as waiting:
        entry.get_by_role("button", name="Download the receipt").click()
    file = folder / waiting.value.suggested_filename
    waiting.value.save_as(file)
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def test_a_consent_is_withdrawn_found_and_granted_again_with_its_proof(
    page: Page, address: str, tmp_path: Path
) -> None:
    customer = with_email(page, "Wilma", "wilma@consent.example")
    record(page, marketing("wilma@consent.example"))
    open_consent(page, customer)
    may = page.get_by_role("region", name="May I contact them?").locator("details").first
    expect(may).to_contain_text("EmailYes")

    # Off: a reason only.
    dialog = toggle(page, "Email: on")
    settle(page)
    assert violations(page) == []
    dialog.get_by_label("Reason").fill("Asked on the phone")
    dialog.get_by_role("button", name="Turn it off").click()
    expect(page.get_by_role("switch", name="Email: off")).to_be_visible()
    expect(page.get_by_role("region", name="Identifiers")).to_contain_text("Withdrawn")
    expect(may).to_contain_text("EmailNo")

    find_withdrawn(page, "Wilma")
    # On again: nothing without evidence.
    page.get_by_role("tab", name="Consent & identifiers").click()
    dialog = toggle(page, "Email: off")
    button = dialog.get_by_role("button", name="Record the consent")
    dialog.get_by_label("Reason").fill("Changed her mind")
    expect(button).to_be_disabled()
    dialog.get_by_label("Evidence").fill("Call 1204, recorded")
    settle(page)
    assert violations(page) == []
    button.click()
    expect(page.get_by_role("switch", name="Email: on")).to_be_visible()

    # The history has all three, with who and why, and a receipt that stands for itself.
    page.get_by_role("button", name="History of Email", exact=True).click()
    drawer = page.get_by_role("dialog")
    entries = drawer.get_by_role("list", name="Entries").locator(":scope > li")
    expect(entries).to_have_count(3)
    expect(entries.nth(0)).to_contain_text("Call 1204, recorded")
    expect(entries.nth(1)).to_contain_text("Asked on the phone")
    expect(page).to_have_url(re.compile("ledger=channel.EMAIL.MARKETING"))
    settle(page)
    assert violations(page) == []
    receipt = downloaded(page, entries.nth(0), tmp_path)
    with urllib.request.urlopen(f"{address}/keys", timeout=5) as answer:
        keys = json.load(answer)["keys"]
    assert {"payload", "protected", "signature"} <= receipt.keys()
    assert keys
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)


def test_a_refusal_stands_against_an_older_yes(page: Page) -> None:
    customer = with_email(page, "Nora", "nora@consent.example")
    record(page, marketing("nora@consent.example", "WITHDRAWN"))
    open_consent(page, customer)
    dialog = toggle(page, "Email: off")
    dialog.get_by_label("Evidence").fill("An old form")
    dialog.get_by_label("Reason").fill("Found it")
    dialog.get_by_role("button", name="Earlier").click()
    dialog.get_by_label("Day and time").fill("2024-01-02T10:00")
    dialog.get_by_role("button", name="Record the consent").click()
    expect(dialog).to_contain_text("A newer entry stands")
    dialog.get_by_role("button", name="Close").last.click()
    expect(page.get_by_role("switch", name="Email: off")).to_be_visible()


def test_the_filter_of_identifiers_is_kept_by_the_browser(page: Page) -> None:
    (customer,) = people(
        page,
        {
            "givenName": "Filip",
            "emails": {"add": [{"address": "filip@consent.example"}]},
            "phones": {"add": [{"number": "+31612345699"}]},
        },
    )
    open_consent(page, customer)
    rows = page.get_by_role("table", name="Identifiers").locator("tbody tr")
    page.get_by_role("combobox", name="Kind").select_option("PHONE")
    expect(rows).to_have_count(2)
    expect(page).to_have_url(re.compile("kind=PHONE"))
    open_consent(page, customer)
    expect(rows).to_have_count(2)
    expect(page).to_have_url(re.compile("kind=PHONE"))
    page.get_by_role("combobox", name="Kind").select_option("ALL")
    expect(rows.first).to_contain_text("filip@consent.example")


def test_lists_terms_and_do_not_sell(page: Page) -> None:
    for query, key, name in ((_LIST, "gardening", "Gardening"), (_TERM, "house-rules", "House rules")):
        ask(page, query, key=key, name=name)
    customer = with_email(page, "Lena", "lena@consent.example")
    open_consent(page, customer)
    page.get_by_role("combobox", name="Add to a list").select_option("gardening")
    dialog = page.get_by_role("dialog", name="List Gardening: add")
    dialog.get_by_label("Evidence").fill("Asked at the till")
    dialog.get_by_label("Reason").fill("Wants it")
    dialog.get_by_role("button", name="Add to the list").click()
    expect(page.get_by_role("combobox", name="Change Gardening")).to_have_value("SUBSCRIBED")
    page.get_by_role("combobox", name="Change Gardening").select_option("UNSUBSCRIBED")
    dialog = page.get_by_role("dialog", name="List Gardening: take off")
    dialog.get_by_label("Reason").fill("Too many")
    dialog.get_by_role("button", name="Take off the list").click()
    expect(page.get_by_role("combobox", name="Change Gardening")).to_have_value("UNSUBSCRIBED")

    page.get_by_role("combobox", name="Record an acceptance").select_option("house-rules")
    dialog = page.get_by_role("dialog", name="House rules: they accept")
    expect(dialog.get_by_role("region", name="Wording")).to_contain_text("You agree to letters.")
    dialog.get_by_label("Evidence").fill("Signed paper")
    dialog.get_by_label("Reason").fill("New member")
    dialog.get_by_role("button", name="Record the acceptance").click()
    expect(page.get_by_role("region", name="Terms")).to_contain_text("version 1")

    dialog = toggle(page, "Do not sell or share: off")
    dialog.get_by_label("Reason").fill("Letter")
    dialog.get_by_role("button", name="Opt the person out").click()
    expect(page.get_by_role("switch", name="Do not sell or share: on")).to_be_visible()
    page.goto(
        "/customers?q=lena&where="
        '[["doNotSell","is",{"eq":true}],["list","is",{"list":"gardening","in":["UNSUBSCRIBED"]}]]'
    )
    expect(page.locator("tbody tr[data-row]")).to_have_count(1)


def test_a_partner_gets_a_key_and_sends_a_consent(page: Page, address: str) -> None:
    customer = with_email(page, "Petra", "petra@consent.example")
    page.goto("/settings/partners")
    page.get_by_role("button", name="New partner key").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("checkbox", name="Partner")).to_be_checked()
    dialog.get_by_label("Name").fill("Flower shop")
    dialog.get_by_role("button", name="Create key").click()
    secret = dialog.get_by_test_id("secret").inner_text()
    dialog.get_by_role("button", name="I have copied it").click()
    expect(page.get_by_role("table", name="Keys that may record consent")).to_contain_text("Flower shop")
    settle(page)
    assert violations(page) == []

    # What the page shows is what works.
    shown = page.get_by_role("region", name="Example request").inner_text()
    body = json.loads(shown.partition("--data-raw '")[2].removesuffix("'"))
    body["variables"]["input"]["identifier"] = {"email": "petra@consent.example"}
    request = urllib.request.Request(
        f"{address}/graphql",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {secret}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        found = json.load(answer)["data"]["consentRecord"]
    assert (found["appliedAs"], found["errors"]) == ("CURRENT", [])
    open_consent(page, customer)
    page.get_by_role("button", name="History of Email", exact=True).click()
    expect(page.get_by_role("list", name="Entries").locator("li").first).to_contain_text("Flower shop")


def test_reachability_is_foretold_before_it_is_saved(page: Page) -> None:
    customer = with_email(page, "Rika", "rika@consent.example")
    page.goto("/settings/reachability")
    row = page.get_by_role("table", name="Forecast").locator("tbody tr", has_text="Profiling").filter(has_text="Email")
    expect(row).to_contain_text("no change")
    box = page.get_by_role("checkbox", name="Profiling: who was never asked is reachable")
    box.check()
    expect(row).to_contain_text("+")
    settle(page)
    assert violations(page) == []
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Reachability saved").wait_for()
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    page.goto(f"/customers/{customer}?tab=consent&purpose=PROFILING")
    may = page.get_by_role("region", name="May I contact them?").locator("details").first
    expect(may).to_contain_text("EmailYes")
    page.goto("/settings/reachability")
    box.uncheck()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Reachability saved").wait_for()


def test_a_consent_of_a_file_counts_only_when_somebody_accepts_it(page: Page) -> None:
    refused = with_email(page, "Quinta", "quinta@quarantine.example")
    record(page, marketing("quinta@quarantine.example", "WITHDRAWN"))
    lines = (
        "email,first_name,consent email marketing",
        "quinta@quarantine.example,Quinta,yes",
        "quido@quarantine.example,Quido,yes",
    )
    page.goto("/imports/new")
    file: FilePayload = {"name": "fair.csv", "mimeType": "text/csv", "buffer": "\n".join(lines).encode()}
    page.set_input_files("input[type=file]", files=[file])
    page.get_by_role("button", name="Check all rows").click()
    page.get_by_role("button", name=re.compile(r"^Create 1(, .*)?$")).click(timeout=SLOW_MS)
    page.get_by_text("2 rows read = 1 created").wait_for(timeout=SLOW_MS)

    page.goto("/privacy/review")
    table = page.get_by_role("table", name="Consents to review")
    quido = table.locator("tbody tr", has_text="quido@quarantine.example")
    quinta = table.locator("tbody tr", has_text="quinta@quarantine.example")
    expect(quinta).to_contain_text("They withdrew")
    expect(quido).to_contain_text("Row 2, fair.csv")
    settle(page)
    assert violations(page) == []
    for row in (quido, quinta):
        row.get_by_role("checkbox").check()
    page.get_by_role("toolbar").get_by_role("button", name="Accept").click()
    dialog = page.get_by_role("dialog", name="Accept 2 consents")
    dialog.get_by_label("Basis").select_option("EXPLICIT")
    dialog.get_by_label("Given on").fill("2025-03-01")
    dialog.get_by_label("Source and proof").fill("The paper forms of the fair, folder 12")
    dialog.get_by_label("Reason").fill("Seen")
    expect(dialog.get_by_role("button", name="Accept 2 consents")).to_be_disabled()
    dialog.get_by_role("checkbox", name="I know").check()
    settle(page)
    assert violations(page) == []
    dialog.get_by_role("button", name="Accept 2 consents").click()
    expect(dialog).to_contain_text("2 consents accepted.")
    expect(dialog).to_contain_text(re.compile("Blocked: 1|Superseded: 1"))
    dialog.get_by_role("button", name="Close").last.click()
    expect(quido).to_have_count(0)
    page.get_by_role("button", name="Accepted", exact=True).click()
    quido.get_by_role("link", name="Quido").click()
    expect(page.get_by_role("switch", name="Email: on")).to_be_visible()
    page.get_by_role("button", name="History of Email", exact=True).click()
    expect(page.get_by_role("list", name="Entries").locator("li").first).to_contain_text("folder 12")
    open_consent(page, refused)
    expect(page.get_by_role("switch", name="Email: off")).to_be_visible()


def test_the_ledger_is_verified(page: Page) -> None:
    page.goto("/privacy/ledger")
    page.get_by_role("button", name="Verify the ledger").click()
    expect(page.get_by_text("All is as it was written")).to_be_visible()
    settle(page)
    assert violations(page) == []
