"""Somebody with consents of every kind, for the pages that show them; put there once, however often she is asked for."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import FilePayload, Page

from tests.browser.agreed import agreements
from tests.browser.asking import ask, people

FIND = "query ($email: String!) { customerByKey(key: { email: $email }) { id } }"
RECORD = """mutation ($items: [ConsentItem!]!) {
  consentsRecord(input: { items: $items }) { results { appliedAs errors { message } } errors { message } }
}"""
BOUNCED = "mutation ($input: DeliverabilityUpdateInput!) { deliverabilityUpdate(input: $input) { errors { message } } }"

FIRST = "johanna.van.den.berg-de-vries@consent.example"
SECOND = "jo@work.example"
PHONE = "+31612340001"
WORDING = {"term": "newsletter", "termVersion": 2, "locale": "nl"}
SAID: tuple[dict[str, Any], ...] = (
    {"email": FIRST, "channel": "EMAIL", "purpose": "MARKETING", "state": "GRANTED", "collectedAt": "2025-02-03T10:00:00Z", **WORDING},
    {"email": FIRST, "channel": "EMAIL", "purpose": "MARKETING", "state": "WITHDRAWN", "collectedAt": "2025-09-01T10:00:00Z"},
    {"email": FIRST, "channel": "EMAIL", "purpose": "MARKETING", "state": "GRANTED", "collectedAt": "2026-05-01T10:00:00Z", **WORDING},
    {"email": FIRST, "channel": "EMAIL", "purpose": "PROFILING", "state": "DENIED", "collectedAt": "2025-02-03T10:00:00Z"},
    {"email": SECOND, "channel": "EMAIL", "purpose": "MARKETING", "state": "WITHDRAWN", "collectedAt": "2025-03-01T10:00:00Z"},
    {"phone": PHONE, "channel": "SMS", "purpose": "MARKETING", "state": "PENDING", "collectedAt": "2025-03-01T10:00:00Z"},
    {"phone": PHONE, "channel": "PHONE", "purpose": "SERVICE", "state": "EXPIRED", "collectedAt": "2025-03-01T10:00:00Z"},
    {"email": FIRST, "list": "weekly", "state": "GRANTED", "collectedAt": "2025-03-01T10:00:00Z"},
    {"email": SECOND, "list": "weekly", "state": "WITHDRAWN", "collectedAt": "2025-03-02T10:00:00Z"},
    {"phone": PHONE, "list": "sms-offers", "state": "PENDING", "collectedAt": "2025-03-02T10:00:00Z"},
    {"email": FIRST, "term": "newsletter", "termVersion": 1, "state": "GRANTED", "collectedAt": "2024-06-02T10:00:00Z"},
    {"email": FIRST, "channel": "POST", "purpose": "MARKETING", "state": "GRANTED", "basis": "IMPLICIT", "collectedAt": "2024-06-02T10:00:00Z"},
)  # fmt: skip

FAIR = """email,first_name,consent email marketing,consent date
{first},Johanna,yes,
marieke@fair.example,Marieke,yes,2025-03-01
a.very.long.address.of.somebody.who.came.to.the.fair@subdomain.of.an.organisation.example,Wilhelmina,yes,
نور@fair.example,نور,yes,
"""


def consented(page: Page) -> None:
    """Open the consents of somebody who said a lot."""
    agreements(page)
    known = ask(page, FIND, email=FIRST)["customerByKey"]
    customer = known["id"] if known else _created(page)
    page.goto(f"/customers/{customer}?tab=consent")
    page.get_by_role("table", name="Identifiers").wait_for()


def _created(page: Page) -> str:
    (customer,) = people(
        page,
        {
            "givenName": "Johanna",
            "familyName": "van den Berg-de Vries",
            "emails": {"add": [{"address": FIRST, "primary": True}, {"address": SECOND, "label": "work"}]},
            "phones": {"add": [{"number": PHONE}]},
        },
    )
    items = [_item(**one) for one in SAID]
    found = ask(page, RECORD, items=items)["consentsRecord"]
    assert [one["errors"] for one in found["results"]] == [[]] * len(items), found
    ask(page, BOUNCED, input={"identifier": {"email": SECOND}, "deliverable": False, "reason": "HARD_BOUNCE"})
    return customer


def _item(*, email: str | None = None, phone: str | None = None, **said: Any) -> dict[str, Any]:
    whose = {"email": email} if email else {"phone": phone}
    return {
        "identifier": whose,
        "reason": "Said so on the phone",
        "evidence": {"note": "Call 1204", "formUrl": "https://shop.example/newsletter", "ip": "192.0.2.7"},
        **said,
    }


def quarantined(page: Page) -> None:
    """Import a file that proves nothing, once, and look at what waits because of it."""
    consented(page)
    waiting = ask(page, "{ consentQuarantine(first: 1, status: OPEN, why: NO_BASIS) { nodes { id } } }")[
        "consentQuarantine"
    ]["nodes"]
    if not waiting:
        file: FilePayload = {"name": "fair.csv", "mimeType": "text/csv", "buffer": FAIR.format(first=SECOND).encode()}
        page.goto("/imports/new")
        page.set_input_files("input[type=file]", files=[file])
        page.get_by_role("button", name="Check all rows").click()
        page.get_by_role("button", name=re.compile(r"^Create \d(, .*)?$")).click()
        page.get_by_text(re.compile(r"rows read = \d created")).wait_for()
    page.goto("/privacy/review")
    page.locator("tbody tr[data-row]").first.wait_for()
