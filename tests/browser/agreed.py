"""Terms and lists for the pages that show them; put there once, however often they are asked for."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.browser.asking import ask

TERM = "mutation ($input: TermCreateInput!) { termCreate(input: $input) { errors { message } } }"
VERSION = "mutation ($input: TermVersionAddInput!, $key: String!) { termVersionAdd(key: $key, input: $input) { errors { message } } }"
LIST = "mutation ($input: ListCreateInput!) { listCreate(input: $input) { errors { message } } }"
ARCHIVE = (
    "mutation ($key: String!, $input: ListUpdateInput!) { listUpdate(key: $key, input: $input) { errors { message } } }"
)

ENGLISH = """Yes, I would like to receive the newsletter of the shop by email, about once a week, with news, offers and tips.

I can take this back at any time: by the link at the foot of each newsletter, or by a mail to privacy@shop.example. \
What happened before stays lawful. How my data are used is told in the privacy statement."""
DUTCH = """Ja, ik wil de nieuwsbrief van de winkel per e-mail ontvangen, ongeveer een keer per week, met nieuws en aanbiedingen.

Ik kan dit altijd intrekken: met de link onder elke nieuwsbrief, of met een mail aan privacy@shop.example."""
ARABIC = "نعم، أود تلقي النشرة الإخبارية عبر البريد الإلكتروني."
TERMS = (
    {"key": "newsletter", "name": "Newsletter sign-up", "about": "Beside the box under the order form.",
     "texts": [{"locale": "en", "text": "Yes, send me news."}], "effectiveFrom": "2024-03-01T00:00:00Z"},
    {"key": "privacy-statement", "name": "Privacy statement of the shop, the app and everything that belongs to the loyalty programme",
     "texts": [{"locale": "nl", "text": "Wat wij bewaren."}, {"locale": "de", "text": "Was wir aufbewahren."}],
     "effectiveFrom": "2023-01-01T00:00:00Z"},
)  # fmt: skip
VERSIONS = (
    {"texts": [{"locale": "en", "text": ENGLISH}, {"locale": "nl", "text": DUTCH}], "effectiveFrom": "2025-01-01T00:00:00Z"},
    {"texts": [{"locale": "en", "text": ENGLISH}, {"locale": "nl", "text": DUTCH}, {"locale": "ar", "text": ARABIC}],
     "effectiveFrom": "2025-06-01T00:00:00Z"},
)  # fmt: skip
LISTS = (
    {"key": "weekly", "name": "Weekly newsletter", "about": "Each Friday.", "channel": "EMAIL", "doubleOptIn": True},
    {"key": "sms-offers", "name": "Offers by SMS", "channel": "SMS"},
    {"key": "back-in-stock", "name": "Back in stock", "channel": "PUSH", "purpose": "SERVICE"},
    {"key": "birthday-post", "name": "Een kaart voor je verjaardag, met de groeten van het hele team uit Amsterdam",
     "channel": "POST"},
)  # fmt: skip


def agreements(page: Page) -> None:
    """Put terms with versions and lists there, one of them archived, and show the page again."""
    for term in TERMS:
        _once(page, TERM, f"term {term['key']}", term)
    for number, version in enumerate(VERSIONS):
        _once(page, VERSION, f"version {number}", version, key="newsletter")
    for one in LISTS:
        _once(page, LIST, f"list {one['key']}", {"purpose": "MARKETING", **one})
    _once(page, ARCHIVE, "archive", {"archived": True}, key="birthday-post")
    page.reload()
    page.locator("main h1").wait_for()


def _once(page: Page, query: str, idempotency_key: str, sent: dict[str, Any], **more: Any) -> None:
    """Send a mutation, however often, once."""
    (found,) = ask(page, query, input={**sent, "idempotencyKey": idempotency_key}, **more).values()
    assert found["errors"] == [], found
