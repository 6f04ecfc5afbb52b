"""What surrounds every page: the palette, keys, colours, an ended session, a lost connection, and who sees what."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.server import ADMIN_PASSWORD
from tests.browser.visit import settle, window

pytestmark = pytest.mark.browser

PASSWORD = "seven small boats sail home"


def test_the_palette_finds_people_and_pages(page: Page) -> None:
    page.goto("/runs")
    settle(page)
    page.keyboard.press("Control+k")
    expect(page.get_by_placeholder("Search customers, pages and actions")).to_be_focused()
    page.keyboard.type("janssens")
    expect(page.locator("[data-action]").filter(has_text="Janssens").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/customers/cus_[0-9a-f]{24}$"))
    page.keyboard.press("Control+k")
    expect(page.get_by_placeholder("Search customers, pages and actions")).to_be_focused()
    page.keyboard.type("outb")
    expect(page.locator("[data-action]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/outbox$"))


def test_keys_walk_a_list_and_are_listed(page: Page) -> None:
    page.goto("/settings/users")
    settle(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Next row")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("j")
    expect(page.locator("tr[data-cursor]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("May sign in")


def test_the_colours_are_chosen_and_kept(page: Page) -> None:
    page.goto("/runs")
    settle(page)
    page.get_by_role("button", name=re.compile("account", re.IGNORECASE)).click()
    page.get_by_text("Dark", exact=True).click()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")


def test_an_ended_session_loses_nothing(page: Page) -> None:
    page.goto("/settings/users")
    settle(page)
    page.get_by_role("button", name="New user").click()
    page.get_by_label("Name").fill("Grace Hopper")
    page.get_by_label("Email").fill("grace@example.org")
    page.get_by_label("Viewer").check()
    page.context.clear_cookies()
    page.get_by_role("button", name="Add user").click()
    expect(page.get_by_text("Your session has ended", exact=True)).to_be_visible()
    page.get_by_label("Password").first.fill(ADMIN_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Your session has ended", exact=True)).to_have_count(0)
    expect(page.get_by_label("Name")).to_have_value("Grace Hopper")
    page.get_by_role("button", name="Add user").click()
    expect(page.get_by_role("table", name="Users")).to_contain_text("grace@example.org")


def test_a_lost_connection_is_said(page: Page) -> None:
    page.goto("/runs")
    settle(page)
    page.context.set_offline(True)
    expect(page.get_by_text("The server cannot be reached.")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("The server cannot be reached.")).to_have_count(0)


def test_a_new_person_comes_in_by_mail_and_sees_what_the_role_allows(page: Page, chrome: Browser, address: str) -> None:
    page.goto("/settings/users")
    settle(page)
    page.get_by_role("button", name="New user").click()
    page.get_by_label("Name").fill("Vic Viewer")
    page.get_by_label("Email").fill("vic@example.org")
    page.get_by_label("Viewer").check()
    page.get_by_role("button", name="Add user").click()
    expect(page.get_by_role("table", name="Users")).to_contain_text("vic@example.org")

    page.goto("/outbox")
    page.get_by_role("table", name="Mails").locator("tbody tr", has_text="vic@example.org").first.click()
    link = page.get_by_role("dialog").locator("a").first.get_attribute("href")
    assert link is not None
    assert re.search(r"/set-password#token=", link)

    with window(chrome, address, stranger=True) as other:
        other.goto(link)
        other.get_by_label("New password").first.fill(PASSWORD)
        other.get_by_role("button", name="Set password").click()
        other.get_by_role("link", name="Sign in").click()
        other.get_by_label("Email").fill("vic@example.org")
        other.get_by_label("Password").first.fill(PASSWORD)
        other.get_by_role("button", name="Sign in").click()
        main = other.get_by_role("navigation", name="Main")
        expect(main.get_by_role("link", name="Runs")).to_be_visible()
        places = main.get_by_role("link").all_inner_texts()
        assert [one for one in places if one != "Regulars"] == ["Customers", "Runs"]
        other.goto("/settings/users")
        expect(other.get_by_text("settings.users")).to_be_visible()


def test_a_page_says_how_to_ask_for_it(page: Page) -> None:
    page.goto("/runs?show=failed")
    settle(page)
    page.get_by_role("button", name="Page menu").click()
    page.get_by_role("menuitem", name="Copy as GraphQL").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("query Runs(")
    expect(dialog).to_contain_text('"FAILED"')
    expect(dialog).to_contain_text("Authorization: Bearer YOUR_API_KEY")
    dialog.get_by_role("link", name="Open in explorer").click()
    expect(page).to_have_url(re.compile("/explorer#"))
    page.locator(".graphiql-query-editor").get_by_text("Runs").first.wait_for()
    page.get_by_role("button", name=re.compile("Execute query")).click()
    expect(page.locator(".result-window")).to_contain_text('"runs"')
