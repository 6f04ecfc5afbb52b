"""axe-core in the page: what stands in the way of people who see, hear or move differently."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

SOURCE = Path("frontend/node_modules/axe-core/axe.min.js")
RUN = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"


def violations(page: Page) -> list[str]:
    """Return one line for each violation: the rule, and where it is broken first."""
    # Evaluated from outside the page, so the content security policy stays as strict as it is.
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(f"{SOURCE.read_text()}\n;undefined")
    found = page.evaluate(RUN)
    return [
        f"{one['id']}: {one['help']} at {one['nodes'][0]['html'][:200]} ({len(one['nodes'])} places)" for one in found
    ]
