"""What somebody without an account sees of a link: one button, without any script, light and dark, on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import linked
from tests.browser.axe import violations
from tests.browser.visit import SCHEMES, SIZES, Scheme, window

pytestmark = pytest.mark.browser
OVERFLOW = "() => document.documentElement.scrollWidth - window.innerWidth"
BACKGROUND = "() => getComputedStyle(document.body).backgroundColor"


@pytest.fixture(scope="module")
def links(chrome: Browser, address: str) -> tuple[str, str]:
    """The address of a page to unsubscribe and of one to confirm."""
    with window(chrome, address) as page:
        linked.unsubscribe(page)
        unsubscribe = page.url
        page.goto("/runs")
        linked.confirm(page)
        return unsubscribe, page.url


@pytest.mark.parametrize("scheme", SCHEMES)
def test_one_click_without_a_script(chrome: Browser, address: str, links: tuple[str, str], scheme: Scheme) -> None:
    for link, ask, button, done in (
        (links[0], "Do you want to get no more of Marketing (email)?", "Unsubscribe", "You are unsubscribed"),
        (links[1], "Please confirm that you want this: Marketing (email).", "Confirm", "Confirmed"),
    ):
        with window(chrome, address, scheme=scheme, size=SIZES[1], stranger=True) as page:
            said: list[str] = []
            page.on("console", lambda message, said=said: said.append(message.text))
            page.goto(link)
            if scheme == "light" or button == "Unsubscribe":
                expect(page.get_by_role("heading", name=button)).to_be_visible()
                expect(page.get_by_text(ask)).to_be_visible()
                _is_for_everybody(page)
                page.get_by_role("button", name=button).click()
            expect(page.get_by_role("heading", name=done)).to_be_visible()
            expect(page.get_by_text("r…@consent.example" if link is links[0] else "j…@consent.example")).to_be_visible()
            _is_for_everybody(page)
            is_dark = page.evaluate(BACKGROUND) == "rgb(16, 19, 21)"
            assert (is_dark, said) == (scheme == "dark", [])
            assert page.context.cookies() == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("path", ["/unsubscribe/x", "/confirm/x"])
def test_a_broken_link_says_so(chrome: Browser, address: str, path: str, scheme: Scheme) -> None:
    with window(chrome, address, scheme=scheme, size=SIZES[1], stranger=True) as page:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 404
        expect(page.get_by_role("heading", name="This link does not work")).to_be_visible()
        _is_for_everybody(page)


def _is_for_everybody(page: Page) -> None:
    assert violations(page) == []
    assert page.evaluate(OVERFLOW) <= 0
    assert page.locator("script").count() == 0
