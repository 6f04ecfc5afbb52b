"""Customers in the app, as an admin works with them all day: found, corrected, taken back, thrown away and brought back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.asking import ask, change, people
from tests.browser.axe import violations
from tests.browser.visit import settle

pytestmark = pytest.mark.browser


def rows(page: Page) -> Locator:
    """Return the rows of the list."""
    return page.locator("tbody tr[data-row]")


def names(page: Page) -> list[str]:
    """Return the names in the list."""
    return page.locator("tbody tr[data-row] td:nth-child(2)").all_inner_texts()


def add_filter(page: Page, field: str, *keys: str) -> None:
    """Find a field by typing, and type its value; Enter applies."""
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_label("Find a field").fill(field)
    page.keyboard.press("Enter")
    page.get_by_label(re.compile("^Value for")).first.wait_for()
    for key in keys:
        page.keyboard.type(key)
        page.keyboard.press("Enter")
    page.keyboard.press("Enter")


def open_details(page: Page, customer_id: str) -> None:
    """Open the tab on which every field is edited."""
    page.goto(f"/customers/{customer_id}?tab=details")
    page.get_by_role("button", name=re.compile("^Job title")).wait_for()


def edit(page: Page, field: str, text: str) -> None:
    """Type a new value where the old one stands; not saved yet."""
    page.get_by_role("button", name=re.compile(f"^{field}: .* Edit$")).click()
    page.get_by_role("textbox", name=field).fill(text)


def test_search_and_filters_stand_in_the_address(page: Page) -> None:
    people(
        page,
        {"givenName": "Quirijn", "familyName": "Boven", "addresses": {"add": [{"city": "Breda", "countryCode": "NL"}]}, "tags": {"add": ["shelf"]}},
        {"givenName": "Quirijn", "familyName": "Onder", "addresses": {"add": [{"city": "Ulm", "countryCode": "DE"}]}},
    )  # fmt: skip
    page.goto("/customers")
    rows(page).first.wait_for()
    page.keyboard.press("/")
    page.keyboard.type("quirijn")
    expect(rows(page)).to_have_count(2)
    expect(page).to_have_url(re.compile(r"\?q=quirijn$"))
    add_filter(page, "country", "NL")
    expect(rows(page)).to_have_count(1)
    assert names(page) == ["Quirijn Boven"]

    page.reload()
    expect(page.get_by_label("Search customers")).to_have_value("quirijn")
    expect(page.get_by_role("button", name="Address country: NL")).to_be_visible()
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_test_id("count")).to_have_text("1")

    # A filter too many says which one to let go.
    add_filter(page, "tags", "nowhere")
    page.get_by_text("No customer meets all of this").wait_for()
    page.get_by_role("button", name="Remove Tags: nowhere").click()
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Remove the filter Address country").click()
    expect(rows(page)).to_have_count(2)
    page.go_back()
    expect(rows(page)).to_have_count(1)


def test_pages_and_columns_stand_in_the_address(page: Page) -> None:
    page.goto("/customers?size=25")
    expect(rows(page)).to_have_count(25)
    first = names(page)
    page.get_by_role("button", name="Older").click()
    expect(page).to_have_url(re.compile("after="))
    expect(rows(page).first).not_to_contain_text(first[0])
    second = names(page)
    assert not set(first) & set(second) or first != second
    page.get_by_role("button", name="Newer").click()
    expect(page).to_have_url(re.compile("before="))
    expect(rows(page).first).to_contain_text(first[0])
    assert names(page) == first

    page.get_by_role("button", name="Columns").click()
    page.get_by_role("checkbox", name="Job title").check()
    page.keyboard.press("Escape")
    expect(page.get_by_role("columnheader", name="Job title")).to_be_visible()
    page.get_by_role("columnheader").get_by_role("button", name="Name").click()
    expect(page).to_have_url(re.compile("sort=NAME"))
    page.reload()
    expect(page.get_by_role("columnheader", name="Job title")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Name")).to_have_attribute("aria-sort", "ascending")


def test_at_least_fourteen_rows_on_a_small_desk(page: Page) -> None:
    page.goto("/customers")
    rows(page).nth(14).wait_for()
    box = rows(page).nth(13).bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 800


def test_a_field_is_edited_where_it_stands_and_taken_back(page: Page) -> None:
    (customer,) = people(page, {"givenName": "Edith", "jobTitle": "Sales"})
    open_details(page, customer)
    edit(page, "Job title", "Marketing manager")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Job title: Marketing manager. Edit")).to_be_visible()
    expect(page.get_by_text("Job title saved")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Job title: Sales. Edit")).to_be_visible()

    # Esc leaves the value, and the page, alone.
    edit(page, "Job title", "nonsense")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Job title: Sales. Edit")).to_be_visible()
    assert page.url.endswith(f"/customers/{customer}?tab=details")

    page.get_by_role("tab", name="Timeline").click()
    expect(page.get_by_role("article")).to_have_count(3)
    expect(page.get_by_role("article").nth(1)).to_contain_text("Sales → Marketing manager")
    expect(page.get_by_role("article").nth(1)).to_contain_text("taken back")
    page.goto(f"/customers/{customer}?tab=history&field=job_title")
    expect(page.get_by_role("table", name="Changes of one field").locator("tbody tr")).to_have_count(3)


def test_undo_on_the_timeline_and_by_the_key(page: Page) -> None:
    (customer,) = people(page, {"givenName": "Una", "organization": "Acme"})
    change(page, customer, organization="Globex")
    page.goto(f"/customers/{customer}")
    page.get_by_role("article").first.get_by_role("button", name=re.compile("^Undo")).click()
    expect(page.get_by_role("article")).to_have_count(3)
    expect(page.get_by_role("article").first).to_contain_text("Globex → Acme")
    page.get_by_role("button", name="tag", exact=True).click()
    page.get_by_label("New tag").fill("vip")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove the tag vip")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_text("Tag vip saved").wait_for()
    page.keyboard.press("Control+z")
    expect(page.get_by_role("button", name="Remove the tag vip")).to_have_count(0)


def test_a_clash_loses_nothing(page: Page) -> None:
    (customer,) = people(page, {"givenName": "Clara", "jobTitle": "Sales"})
    open_details(page, customer)
    edit(page, "Job title", "Mine")
    change(page, customer, jobTitle="Theirs")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Somebody else changed this meanwhile")
    expect(dialog).to_contain_text("Mine")
    expect(dialog).to_contain_text("Theirs")
    expect(dialog).to_contain_text("It was: Sales")
    settle(page)
    assert violations(page) == []
    dialog.get_by_role("button", name="Back to editing").click()
    expect(page.get_by_role("textbox", name="Job title")).to_have_value("Mine")
    page.get_by_role("textbox", name="Job title").press("Enter")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Job title: Mine. Edit")).to_be_visible()

    edit(page, "Job title", "Mine again")
    change(page, customer, jobTitle="Theirs again")
    page.keyboard.press("Enter")
    dialog.get_by_role("radio", name="Take theirs").click()
    dialog.get_by_role("button", name="Take theirs").click()
    expect(page.get_by_role("button", name="Job title: Theirs again. Edit")).to_be_visible()
    found = ask(page, "query ($id: ID!) { customer(id: $id) { jobTitle version } }", id=customer)["customer"]
    assert found == {"jobTitle": "Theirs again", "version": 4}


def test_lists_have_rows_with_a_menu(page: Page) -> None:
    (customer,) = people(page, {"givenName": "Lili", "emails": {"add": [{"address": "lili@list.example"}]}})
    open_details(page, customer)
    emails = page.locator("[data-field=emails]")
    page.get_by_role("button", name="Add: Email").click()
    page.keyboard.type("not an email")
    expect(emails.get_by_text("This is not an email address.")).to_be_visible()
    emails.get_by_label("Address").fill("lili@work.example")
    emails.get_by_label("Label").fill("work")
    page.keyboard.press("Enter")
    expect(emails.get_by_text("lili@work.example")).to_be_visible()
    page.get_by_role("button", name="Actions for lili@work.example").click()
    page.get_by_role("menuitem", name="Make primary").click()
    expect(emails.locator("bdi").first).to_have_text("lili@work.example")
    page.get_by_role("button", name="Actions for lili@list.example").click()
    page.get_by_role("menuitem", name="Remove").click()
    expect(emails.get_by_text("lili@list.example")).to_have_count(0)
    found = ask(page, "query ($id: ID!) { customer(id: $id) { emails { address label primary } } }", id=customer)
    assert found["customer"]["emails"] == [{"address": "lili@work.example", "label": "work", "primary": True}]


def test_a_bank_account_is_masked_until_it_is_asked_for(page: Page) -> None:
    (customer,) = people(page, {"givenName": "Bo"})
    open_details(page, customer)
    accounts = page.locator("[data-field=bank_accounts]")
    page.get_by_role("button", name="Add: Bank account").click()
    page.keyboard.type("NL91ABNA041716430")
    expect(accounts.get_by_text("An IBAN from NL has 18 characters, this has 17.")).to_be_visible()
    accounts.get_by_label("IBAN").fill("NL91 ABNA 0417 1643 00")
    page.keyboard.press("Enter")
    expect(accounts.get_by_text("NL91 **** 4300")).to_be_visible()
    accounts.get_by_role("button", name="Show").click()
    expect(accounts.get_by_text("NL91ABNA0417164300")).to_be_visible()
    page.goto(f"/customers/{customer}?tab=history&log=access")
    expect(page.get_by_text("Saw bank accounts unmasked").first).to_be_visible()


def test_selected_ones_go_to_the_trash_and_come_back(page: Page) -> None:
    people(page, {"givenName": "Wegda", "familyName": "Een"}, {"givenName": "Wegda", "familyName": "Twee"})
    page.goto("/customers?q=wegda&sort=NAME")
    expect(rows(page)).to_have_count(2)
    for key in "jxjx":
        page.keyboard.press(key)
    bar = page.get_by_role("toolbar", name="Selected customers")
    expect(bar).to_contain_text("2 selected")
    bar.get_by_role("button", name="Move to trash").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Wegda Een")
    expect(dialog).to_contain_text("Wegda Twee")
    dialog.get_by_role("button", name="Move 2 customers to the trash").click()
    page.get_by_text("No customer meets all of this").wait_for()
    page.get_by_role("button", name="Undo").click()
    expect(rows(page)).to_have_count(2)

    page.get_by_role("checkbox", name="Select row 1").check()
    bar.get_by_role("button", name="Move to trash").click()
    dialog.get_by_role("button", name="Move 1 customer to the trash").click()
    expect(rows(page)).to_have_count(1)
    page.goto("/trash")
    page.get_by_role("link", name="Wegda Een").click()
    page.get_by_text("In the trash since").wait_for()
    expect(page.get_by_role("button", name="Edit")).to_have_count(0)
    page.go_back()
    page.keyboard.press("j")
    page.keyboard.press("x")
    bar.get_by_role("button", name="Restore 1 customer").click()
    expect(page.get_by_role("link", name="Wegda Een")).to_have_count(0)
    page.goto("/customers?q=wegda")
    expect(rows(page)).to_have_count(2)


def test_a_new_customer_with_a_warning_for_one_that_exists(page: Page) -> None:
    (known,) = people(
        page, {"givenName": "Dora", "familyName": "Dubbel", "emails": {"add": [{"address": "dora@twice.example"}]}}
    )
    page.goto("/customers/new")
    page.get_by_label("Given name").fill("Dora")
    address = page.get_by_role("region", name="Emails").get_by_label("Address")
    address.fill("Dora@Twice.example")
    expect(page.get_by_role("status").filter(has_text="is already on Dora Dubbel")).to_be_visible()
    page.get_by_role("button", name="Add customer").click()
    expect(page.get_by_text(f"This email address belongs to {known}.")).to_be_visible()
    page.get_by_role("link", name="Open").click()
    expect(page.get_by_role("heading", name="Dora Dubbel")).to_be_visible()
    page.go_back()
    page.get_by_label("Given name").fill("Dora")
    address.fill("dora@once.example")
    page.get_by_role("button", name="Add customer").click()
    expect(page.get_by_role("heading", name="Dora", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="dora@once.example")).to_be_visible()


def test_the_panel_beside_the_list_follows_the_keys(page: Page) -> None:
    (customer,) = people(
        page, {"givenName": "Petra", "familyName": "Peek", "phones": {"add": [{"number": "+31612345678"}]}}
    )
    page.goto("/customers?q=petra+peek")
    expect(rows(page)).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press(" ")
    panel = page.get_by_role("complementary", name="Customer")
    expect(panel).to_contain_text("+31612345678")
    assert f"peek={customer}" in page.url
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Petra Peek")).to_be_visible()


def test_the_palette_finds_people(page: Page) -> None:
    people(page, {"givenName": "Paletta", "familyName": "Zoeker"})
    page.goto("/customers")
    rows(page).first.wait_for()
    page.keyboard.press("Control+k")
    page.get_by_role("textbox", name="Search", exact=True).fill("paletta")
    page.get_by_role("dialog").get_by_text("Paletta Zoeker").wait_for()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Paletta Zoeker")).to_be_visible()
