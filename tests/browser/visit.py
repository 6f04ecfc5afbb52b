"""Opens the places of the app in Chromium: light and dark, on a desk and on a phone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.pages import Place
from tests.browser.server import ADMIN_EMAIL, ADMIN_PASSWORD

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
SIZES = ((1280, 800), (390, 844))
PATIENCE_MS = 10_000
# How long nothing may change in the page before it counts as settled, and the frames of a dialog that opens.
CALM_MS = 300

CALM = """
(calm) => new Promise((resolve) => {
  let timer = setTimeout(resolve, calm);
  const observer = new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(resolve, calm); });
  observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  setTimeout(resolve, 5000);
})
"""

PAINTED = "(it) => (document.documentElement.dataset.mantineColorScheme ?? it) === it"


def chromium() -> str | None:
    """Return where Chromium is, or None."""
    named = os.environ.get("CHROMIUM")
    return named or next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )


@contextmanager
def browser() -> Iterator[Browser]:
    """Start the machine's Chromium."""
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        try:
            yield one
        finally:
            one.close()


@contextmanager
def window(
    one: Browser, address: str, *, scheme: Scheme = "light", size: tuple[int, int] = SIZES[0], stranger: bool = False
) -> Iterator[Page]:
    """Open a window, signed in unless for a stranger."""
    context = one.new_context(
        base_url=address,
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        locale="en-GB",
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    try:
        page = context.new_page()
        if not stranger:
            sign_in(page)
        yield page
    finally:
        context.close()


def sign_in(page: Page) -> None:
    """Sign the admin in, as a person does."""
    page.goto("/runs")
    page.get_by_label("Email").fill(ADMIN_EMAIL)
    page.get_by_label("Password").first.fill(ADMIN_PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Runs").wait_for()


def settle(page: Page) -> None:
    """Wait until the page shows what it has to show: no skeletons, and nothing that still changes."""
    page.wait_for_load_state("load")
    page.wait_for_function("() => !document.querySelector('[data-testid^=skeleton]')")
    page.evaluate(CALM, CALM_MS)


def paint(page: Page, scheme: Scheme) -> None:
    """Let a page be light or dark, and wait until it is."""
    page.emulate_media(color_scheme=scheme)
    # The pages of strangers have no such attribute: they are painted by what is asked of the browser alone.
    page.wait_for_function(PAINTED, arg=scheme)
    settle(page)


def go(page: Page, place: Place) -> None:
    """Open a place and do its steps."""
    page.goto("about:blank")
    page.goto(place.path)
    settle(page)
    for step in place.steps:
        step(page)
        settle(page)
