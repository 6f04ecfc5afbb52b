"""What browser tests share: Regulars as a person starts it, a Chromium, and a window that is signed in."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.server import running
from tests.browser.visit import SCHEMES, Scheme, browser, chromium, window


@pytest.fixture(scope="session")
def chrome() -> Iterator[Browser]:
    """The machine's Chromium; without one the tests are skipped, and in CI they fail."""
    if chromium() is None:
        message = "There is no Chromium here: the browser tests do not run."
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with browser() as one:
        yield one


@pytest.fixture(scope="session")
def address(chrome: Browser) -> Iterator[str]:
    """Everything of Regulars, with its demo customers, for all browser tests."""
    del chrome
    with running() as one:
        yield one


@pytest.fixture
def page(chrome: Browser, address: str) -> Iterator[Page]:
    """A window on a desk, light, signed in as the first admin."""
    with window(chrome, address) as one:
        yield one


@pytest.fixture(params=SCHEMES)
def schemed(request: pytest.FixtureRequest, chrome: Browser, address: str) -> Iterator[Page]:
    """The same window, light and then dark."""
    scheme: Scheme = request.param
    with window(chrome, address, scheme=scheme) as one:
        yield one
