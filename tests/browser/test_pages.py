"""Every place of the app, light and dark: nothing that axe finds, nothing in the console, no sideways scrolling on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.browser.axe import violations
from tests.browser.pages import PLACES, Place
from tests.browser.visit import SCHEMES, SIZES, Scheme, go, window

pytestmark = pytest.mark.browser

DESK, PHONE = SIZES
Windows = Callable[[Scheme, tuple[int, int], bool], Page]
OVERFLOW = "() => document.documentElement.scrollWidth - window.innerWidth"


@pytest.fixture(scope="module")
def windows(chrome: Browser, address: str) -> Iterator[Windows]:
    """Open each kind of window once."""
    opened: dict[tuple[Scheme, tuple[int, int], bool], Page] = {}
    with ExitStack() as stack:

        def one(scheme: Scheme, size: tuple[int, int], stranger: bool) -> Page:
            key = (scheme, size, stranger)
            if key not in opened:
                opened[key] = stack.enter_context(window(chrome, address, scheme=scheme, size=size, stranger=stranger))
            return opened[key]

        yield one


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_a_place_is_for_everybody(windows: Windows, place: Place, scheme: Scheme) -> None:
    page = windows(scheme, DESK, place.stranger)
    said: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            said.append(message.text)

    page.on("console", hear)
    try:
        go(page, place)
    finally:
        page.remove_listener("console", hear)
    assert violations(page) == []
    assert said == []


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_a_place_fits_a_phone(windows: Windows, place: Place) -> None:
    page = windows("light", PHONE, place.stranger)
    go(page, place)
    assert page.evaluate(OVERFLOW) <= 0
