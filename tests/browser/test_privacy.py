"""Anonymizing, erasing, holding and retention in the app, as a person does it; the worker does its part."""

from __future__ import annotations

import re
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.asking import ask, people
from tests.browser.leaving import a_person

pytestmark = pytest.mark.browser

WORKED_MS = 60_000


def someone(page: Page, mark: str | None = None) -> tuple[str, str, str]:
    """Create somebody; return the id, the name and the email address."""
    family = f"Leaver {mark or uuid.uuid4().hex[:8]}"
    person = a_person(familyName=family)
    (who,) = people(page, person)
    return who, f"{person['givenName']} {family}", person["emails"]["add"][0]["address"]


def opened(page: Page, who: str) -> None:
    """Open a profile."""
    page.goto(f"/customers/{who}")
    page.get_by_role("tab", name="Timeline").wait_for()


def chosen(page: Page, line: str) -> Locator:
    """Choose a line of the page's menu, and return the dialog that it opens."""
    page.get_by_role("button", name="Page menu").click()
    page.get_by_role("menuitem", name=line).click()
    return page.get_by_role("dialog")


def test_somebody_is_erased_from_her_row_of_the_list(page: Page) -> None:
    who, name, _ = someone(page)
    page.goto(f"/customers?q={name.rpartition(' ')[2]}")
    row = page.locator(f"tr[data-row='{who}']")
    row.hover()
    row.get_by_role("button", name=f"More for {name}").click()
    page.get_by_role("menuitem", name="Erase…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("Asked for by letter")
    dialog.get_by_label(f"Type {name} to confirm").fill(name)
    dialog.get_by_role("button", name="Erase now").click()
    expect(page.get_by_role("heading", name="1 customer erased")).to_be_visible(timeout=WORKED_MS)


def test_the_arrow_keys_go_from_tab_to_tab(page: Page) -> None:
    page.goto("/privacy/erasure")
    page.get_by_role("tab", name="Requests").focus()
    for key, name in (("ArrowRight", "Retention"), ("End", "Suppressed addresses"), ("ArrowRight", "Requests"), ("ArrowLeft", "Suppressed addresses"), ("Home", "Requests")):  # fmt: skip
        page.keyboard.press(key)
        tab = page.get_by_role("tab", name=name)
        expect(tab).to_be_focused()
        expect(tab).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("tab", name="Requests")).to_be_focused()


def test_somebody_is_erased_from_her_profile(page: Page) -> None:
    who, name, email = someone(page)
    opened(page, who)
    dialog = chosen(page, "Erase…")
    expect(dialog.get_by_text("The whole profile, with everything that stands in it.")).to_be_visible()
    expect(dialog.get_by_text("This cannot be undone.")).to_be_visible()
    erase = dialog.get_by_role("button", name="Erase now")
    expect(erase).to_be_disabled()
    dialog.get_by_label("Reason").fill("Asked for by letter")
    dialog.get_by_label(f"Type {name} to confirm").fill(name)
    erase.click()
    expect(page.get_by_role("heading", name="1 customer erased")).to_be_visible(timeout=WORKED_MS)
    expect(page.get_by_text("Clean: nothing of them was found")).to_be_visible()
    where = page.get_by_role("table", name="Collections", exact=True)
    expect(where.get_by_role("row", name=re.compile("customers"))).to_be_visible()

    page.goto(f"/customers/{who}")
    expect(page.get_by_text("This customer was erased on")).to_be_visible()
    page.goto(f"/customers?q={email.split('@')[0]}")
    expect(page.get_by_text("No customer meets all of this")).to_be_visible()


def test_an_erasure_waits_and_is_cancelled(page: Page) -> None:
    who, name, _ = someone(page)
    opened(page, who)
    dialog = chosen(page, "Erase…")
    dialog.get_by_role("button", name="In 7 days").click()
    dialog.get_by_label("to confirm").fill(name)
    dialog.get_by_role("button", name="Erase in 7 days").click()
    expect(page.get_by_text("Will be erased on")).to_be_visible(timeout=WORKED_MS)
    assert chosen(page, "Erase…").get_by_label("to confirm").is_visible()
    dialog.get_by_label("to confirm").fill(name)
    dialog.get_by_role("button", name="Erase now").click()
    expect(dialog.get_by_text("Another request for this customer is under way")).to_be_visible()
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("button", name="Cancel the run").click()
    expect(page.get_by_text("Will be erased on")).to_be_hidden()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def test_somebody_is_anonymized_and_nothing_leads_to_who_it_was(page: Page) -> None:
    who, _, email = someone(page)
    opened(page, who)
    dialog = chosen(page, "Anonymize…")
    dialog.get_by_role("checkbox", name="Do not let the addresses come back").check()
    dialog.get_by_role("button", name="Anonymize now").click()
    expect(page.get_by_role("heading", name="1 customer anonymized")).to_be_visible(timeout=WORKED_MS)
    expect(page.get_by_text("The same", exact=True)).to_be_visible()
    page.goto(f"/customers/{who}")
    expect(page.get_by_text("This customer was anonymized on")).to_be_visible()

    (rest,) = ask(page, "{ customers(first: 1, where: { anonymizedAt: { isSet: true } }) { nodes { id } } }")[
        "customers"
    ]["nodes"]
    opened(page, rest["id"])
    expect(page.get_by_text("Anonymized on").first).to_be_visible()
    expect(page.get_by_role("heading", name="Contact")).to_be_hidden()
    expect(page.get_by_role("button", name="Edit", exact=True)).to_be_hidden()
    assert email not in page.content()


def test_a_hold_keeps_somebody(page: Page) -> None:
    who, name, _ = someone(page)
    opened(page, who)
    dialog = chosen(page, "Put on hold…")
    dialog.get_by_label("Reason").fill("Law suit 12/2031")
    dialog.get_by_role("button", name="Until a day").click()
    dialog.get_by_label("Last day on hold").fill("2031-02-03")
    dialog.get_by_role("button", name="Put on hold", exact=True).click()
    expect(
        page.get_by_text("On hold until the end of 3 Feb 2031: it can be neither anonymized nor erased.")
    ).to_be_visible()

    dialog = chosen(page, "Erase…")
    expect(dialog.get_by_text(f"{name} cannot be erased")).to_be_visible()
    expect(dialog.get_by_text("Law suit 12/2031")).to_be_visible()
    dialog.get_by_role("button", name="Close", exact=True).last.click()

    page.get_by_role("button", name="Lift hold").click()
    dialog.get_by_label("Reason").fill("Settled")
    dialog.get_by_role("button", name="Lift the hold").click()
    expect(page.get_by_text("it can be neither anonymized nor erased")).to_be_hidden()
    expect(chosen(page, "Erase…").get_by_role("button", name="Erase now")).to_be_visible()


def test_many_are_planned_applied_and_certified(page: Page, tmp_path: Path) -> None:
    mark = uuid.uuid4().hex[:8]
    whom = [someone(page, mark)[0] for _ in range(4)]
    hold = 'mutation ($id: ID!) { customerHold(id: $id, input: { reason: "Law suit" }) { applied } }'
    ask(page, hold, id=whom[0])
    page.goto(f"/customers?q={mark}")
    page.locator("tbody tr[data-row]").nth(3).wait_for()
    dialog = chosen(page, "Erase all that match…")
    expect(dialog.get_by_text("4 customers, as the list is filtered now.")).to_be_visible()
    dialog.get_by_label("Reason").fill("Closed accounts")
    dialog.get_by_role("button", name="Make the plan").click()
    expect(page.get_by_role("heading", name="3 customers will be erased")).to_be_visible(timeout=WORKED_MS)
    expect(page.get_by_text("Left out: 1 on hold.")).to_be_visible()
    expect(page.get_by_role("row", name="Emails Removed 3")).to_be_visible()

    page.get_by_role("button", name="Erase 3 customers").click()
    apply = dialog.get_by_role("button", name="Erase 3 customers")
    expect(apply).to_be_disabled()
    dialog.get_by_label("Type 3 to confirm").fill("3")
    apply.click()
    expect(page.get_by_role("heading", name="3 customers erased")).to_be_visible(timeout=WORKED_MS)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Certificate").click()
    assert re.fullmatch(r"certificate-run_[0-9a-f]{24}\.json", waiting.value.suggested_filename)
    waiting.value.save_as(tmp_path / "certificate")
    # As the page says that it is checked: with the public keys alone, by whoever gets it.
    (tmp_path / "keys.json").write_bytes(page.request.get("/keys").body())
    regulars = str(Path(sys.executable).with_name("regulars"))
    command = [regulars, "verify-certificate", str(tmp_path / "certificate"), "--key", str(tmp_path / "keys.json")]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    page.goto(f"/customers?q={mark}")
    expect(page.locator("tbody tr[data-row]")).to_have_count(1)

    page.goto("/privacy/erasure")
    row = page.get_by_role("table", name="Requests").locator("tbody tr").first
    expect(row).to_contain_text("Customers that match a filter")
    expect(row).to_contain_text("Clean")


def test_a_policy_says_who_goes_before_it_is_switched_on(page: Page) -> None:
    name = f"Old {uuid.uuid4().hex[:8]}"
    page.goto("/privacy/erasure?tab=retention")
    page.get_by_role("button", name="New policy").click()
    dialog = page.get_by_role("dialog", name="New retention policy")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("Age in days").fill("60")
    dialog.get_by_role("button", name="Filter").click()
    page.get_by_label("Find a field").fill("tags")
    page.keyboard.press("Enter")
    page.get_by_role("combobox", name="Value for Tags").fill("newsletter")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Apply").click()
    expect(dialog.get_by_text("Anonymize customers 60 days after they were last seen.")).to_be_visible()
    dialog.get_by_role("button", name="Add policy").click()

    part = page.get_by_role("region", name=name)
    expect(part.get_by_text("Who meets “Tags: newsletter” stays.")).to_be_visible()
    expect(
        part.get_by_role("img", name=re.compile(r"^[\d,]+ customers would be anonymized within 90 days"))
    ).to_be_visible()
    part.get_by_role("button", name="Who stays").click()
    expect(part.get_by_text("Meets the exemption").first).to_be_visible()

    part.get_by_role("switch").press("Space")
    begin = page.get_by_role("dialog", name=re.compile("^Switch"))
    expect(begin.get_by_text("The first run is on")).to_be_visible()
    begin.get_by_role("button", name="Switch on").click()
    row = page.get_by_role("table", name="Retention policies").get_by_role("row", name=re.compile(name))
    expect(row).to_contain_text("Begins")
    part.get_by_role("switch").press("Space")
    expect(row).to_contain_text("Off")

    part.get_by_role("button", name="Edit").click()
    edit = page.get_by_role("dialog", name="Edit the policy")
    expect(edit.get_by_text("Tags: newsletter")).to_be_visible()
    edit.get_by_label("Age in days").fill("365")
    edit.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("1 year after they were last seen")
    part.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the policy").click()
    expect(row).to_be_hidden()


def test_a_suppressed_address_is_looked_up_and_lifted(page: Page) -> None:
    who, name, email = someone(page)
    opened(page, who)
    dialog = chosen(page, "Erase…")
    dialog.get_by_label("to confirm").fill(name)
    dialog.get_by_role("button", name="Erase now").click()
    expect(page.get_by_role("heading", name="1 customer erased")).to_be_visible(timeout=WORKED_MS)

    page.goto("/privacy/erasure?tab=suppressed")
    page.get_by_role("textbox", name="Address").fill(email)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Suppressed since")).to_be_visible()
    assert email.split("@")[0] not in page.url
    page.get_by_role("button", name="Lift…").click()
    dialog.get_by_label("Reason").fill("Became a customer again")
    dialog.get_by_role("button", name="Let it come back").click()
    expect(page.get_by_text("Not suppressed")).to_be_visible()
