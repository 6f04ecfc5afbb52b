"""The pages behind the links of mails, opened as who gets the mail opens them."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.asking import ask

RECORD = """mutation ($input: ConsentRecordInput!) {
  consentRecord(input: $input) { confirmToken errors { message } }
}"""
REACH = """query ($input: ContactabilityInput!) { contactability(input: $input) { unsubscribeUrl } }"""
TOPIC = {"channel": "EMAIL", "purpose": "MARKETING"}
READER = "reader@consent.example"
JOINER = "joiner@consent.example"


def unsubscribe(page: Page) -> None:
    """Open the page behind the link at the foot of a mail."""
    _recorded(page, READER, "GRANTED")
    found = ask(page, REACH, input={"identifier": {"email": READER}, **TOPIC})
    page.goto(found["contactability"]["unsubscribeUrl"])


def confirm(page: Page) -> None:
    """Open the page behind the link of a mail that asks to confirm."""
    page.goto(f"/confirm/{_recorded(page, JOINER, 'PENDING')}")


def _recorded(page: Page, email: str, state: str) -> str | None:
    sent = {
        "identifier": {"email": email}, **TOPIC, "state": state, "locale": "en",
        "reason": "Asked for at the counter", "evidence": {"note": "A signed card"},
    }  # fmt: skip
    found = ask(page, RECORD, input=sent)["consentRecord"]
    assert found["errors"] == [], found
    token: str | None = found["confirmToken"]
    return token
