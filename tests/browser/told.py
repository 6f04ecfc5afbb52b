"""Webhooks for the pages that show them: one that hears, one that does not answer, one that is off; put there once."""

from __future__ import annotations

import functools
import itertools
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from playwright.sync_api import Page

from tests.browser.asking import ask

CREATE = "mutation ($input: WebhookCreateInput!) { webhookCreate(input: $input) { webhook { id } errors { message } } }"
UPDATE = (
    "mutation ($id: ID!, $input: WebhookUpdateInput!) { webhookUpdate(id: $id, input: $input) { errors { message } } }"
)
TEST = "mutation ($id: ID!, $input: WebhookTestInput!) { webhookTest(id: $id, input: $input) { delivery { id } errors { message } } }"
DELIVERY = "query ($status: WebhookDeliveryStatus!) { webhookDeliveries(status: $status) { nodes { id } } }"
OFF = "https://9.9.9.9/an/address/that/is/rather/long/as/they/often/are?tenant=shop-nl&key=not-a-real-one"
ANSWERS = (204, 500, 204)


class Receiver(BaseHTTPRequestHandler):
    """Hears, and now and then fails."""

    answers = itertools.cycle(ANSWERS)

    def do_POST(self) -> None:
        """Answer the next status."""
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(next(self.answers))
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_said: Any) -> None:
        """Say nothing."""


@functools.cache
def receiver() -> str:
    """Start a receiver for as long as this process lives; return its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/regulars"


def webhooks(page: Page) -> None:
    """Put webhooks there with some deliveries, and show the page again."""
    hears = _once(page, CREATE, "hears", url=receiver(), topics=["CONSENT_CHANGED"])["webhook"]["id"]
    off = _once(page, CREATE, "off", url=OFF, topics=["CONSENT_CHANGED"])["webhook"]["id"]
    _once(page, UPDATE, "switched off", off, active=False)
    for number in range(len(ANSWERS)):
        _once(page, TEST, f"test {number}", hears)
    while ask(page, DELIVERY, status="QUEUED")["webhookDeliveries"]["nodes"]:
        page.wait_for_timeout(100)
    page.reload()
    page.locator("tbody tr[data-row]").first.wait_for()


def _once(page: Page, query: str, idempotency_key: str, *ids: str, **sent: Any) -> dict[str, Any]:
    """Send a mutation, however often, once."""
    more = {"id": ids[0]} if ids else {}
    (found,) = ask(page, query, input={**sent, "idempotencyKey": idempotency_key}, **more).values()
    assert found["errors"] == [], found
    payload: dict[str, Any] = found
    return payload
