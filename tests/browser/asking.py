"""Asks the API with the session of a window, to put people there and to look at what became of them."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

_UPSERT = """mutation ($items: [CustomerUpsertItem!]!) {
  customersUpsert(input: { items: $items }) { results { outcome customer { id } errors { message } } }
}"""
_UPDATE = """mutation ($id: ID!, $input: CustomerUpdateInput!) {
  customerUpdate(id: $id, input: $input) { applied errors { message } }
}"""


def ask(page: Page, query: str, **variables: Any) -> dict[str, Any]:
    """Return the data of an answer; an error fails the test."""
    answer = page.request.post("/graphql", data={"query": query, "variables": variables}, headers={"X-CSRF": "1"})
    body = answer.json()
    assert "errors" not in body, body["errors"]
    found: dict[str, Any] = body["data"]
    return found


def people(page: Page, *wanted: dict[str, Any]) -> list[str]:
    """Create customers and return their ids."""
    found = ask(page, _UPSERT, items=[{"set": one} for one in wanted])["customersUpsert"]["results"]
    assert [one["outcome"] for one in found] == ["CREATED"] * len(wanted), found
    return [one["customer"]["id"] for one in found]


def change(page: Page, customer_id: str, **fields: Any) -> None:
    """Change a customer behind the back of what is open."""
    found = ask(page, _UPDATE, id=customer_id, input=fields)["customerUpdate"]
    assert found["applied"], found
