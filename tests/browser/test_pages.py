"""Every place of the app, light and dark: nothing that axe finds, nothing in the console, no sideways scrolling on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.browser.axe import violations
from tests.browser.pages import PLACES, Place
from tests.browser.visit import SIZES, go, paint, settle, window

pytestmark = pytest.mark.browser

DESK, PHONE = SIZES
Windows = Callable[[bool], Page]
OVERFLOW = "() => document.documentElement.scrollWidth - window.innerWidth"


@pytest.fixture(scope="module")
def windows(chrome: Browser, address: str) -> Iterator[Windows]:
    """Open the window of somebody who is signed in, and that of a stranger, once."""
    opened: dict[bool, Page] = {}
    with ExitStack() as stack:

        def one(stranger: bool) -> Page:
            if stranger not in opened:
                opened[stranger] = stack.enter_context(window(chrome, address, size=DESK, stranger=stranger))
            return opened[stranger]

        yield one


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_a_place_is_for_everybody(windows: Windows, place: Place) -> None:
    """Opened once: looked at in light and in dark, then on a phone."""
    page = windows(place.stranger)
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            said.append(message.text)

    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    page.on("console", hear)
    try:
        go(page, place)
        assert violations(page) == [], "light"
        paint(page, "dark")
        assert violations(page) == [], "dark"
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        settle(page)
        assert page.evaluate(OVERFLOW) <= 0
    finally:
        page.remove_listener("console", hear)
    assert said == []
