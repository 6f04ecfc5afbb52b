"""Who changed what: the timeline, a field's history, where each value came from, and who may see it."""

from __future__ import annotations

from typing import Any

import pytest

from api.core.context import Context
from tests.conftest import Ask, Clock
from tests.customers.documents import Customers
from tests.factories import a_customer, a_key

TIMELINE = """query($id: ID!, $first: Int! = 20, $after: String) { customer(id: $id) {
  timeline(first: $first, after: $after) { pageInfo { hasNextPage endCursor } edges { cursor node { id } } nodes { type at change {
    version at source action reason revertible revertedBy actor { kind name } run { id } paths { path label before after } } } } } }"""
FIELD = """query($id: ID!, $path: String!, $first: Int! = 20, $after: String) { customer(id: $id) {
  fieldHistory(path: $path, first: $first, after: $after) { pageInfo { hasNextPage endCursor }
    nodes { path label before after version at source reason actor { kind name } } } } }"""
PROVENANCE = (
    "query($id: ID!) { customer(id: $id) { provenance { path label after version at source actor { name } } } }"
)


@pytest.fixture
async def sanne(customers: Customers, clock: Clock) -> dict[str, Any]:
    """A customer who was created, edited twice, trashed, restored and reverted, a minute apart."""
    made = await customers.made(givenName="Sanne", emails=[{"address": "a@planted.example"}], tags=["press"])
    clock.move(minutes=1)
    await customers.update(made["id"], jobTitle="Editor", reason="by phone")
    clock.move(minutes=1)
    await customers.update(made["id"], jobTitle="Writer", tags={"add": ["VIP"], "remove": ["press"]})
    clock.move(minutes=1)
    await customers.delete(made["id"])
    clock.move(minutes=1)
    await customers.restore(made["id"])
    clock.move(minutes=1)
    await customers.revert(made["id"], 3, reason="a slip")
    return made


async def test_each_save_is_an_entry_newest_first(data: Ask, sanne: dict[str, Any]) -> None:
    nodes = (await data(TIMELINE, {"id": sanne["id"]}))["customer"]["timeline"]["nodes"]
    told = [(one["type"], one["at"], one["change"]["version"], one["change"]["action"]) for one in nodes]
    assert told == [
        ("profile.reverted", "2026-03-12T09:35:00.000Z", 6, "REVERT"),
        ("profile.restored", "2026-03-12T09:34:00.000Z", 5, "RESTORE"),
        ("profile.trashed", "2026-03-12T09:33:00.000Z", 4, "TRASH"),
        ("profile.updated", "2026-03-12T09:32:00.000Z", 3, "UPDATE"),
        ("profile.updated", "2026-03-12T09:31:00.000Z", 2, "UPDATE"),
        ("profile.created", "2026-03-12T09:30:00.000Z", 1, "CREATE"),
    ]
    changes = [one["change"] for one in nodes]
    assert [one["revertible"] for one in changes] == [True, True, True, False, True, False]
    assert [one["revertedBy"] for one in changes] == [None, None, None, 6, None, None]
    assert [one["reason"] for one in changes] == ["a slip", None, None, None, "by phone", None]
    assert {one["source"] for one in changes} == {"APP"}
    assert {(one["actor"]["kind"], one["actor"]["name"]) for one in changes} == {("USER", "Test Owner")}
    assert changes[3]["paths"] == [
        {"path": "job_title", "label": "Job title", "before": "Editor", "after": "Writer"},
        {"path": "tags.press", "label": "Tags", "before": "press", "after": None},
        {"path": "tags.vip", "label": "Tags", "before": None, "after": "VIP"},
    ]


async def test_the_timeline_has_pages(data: Ask, sanne: dict[str, Any], customers: Customers) -> None:
    versions, after = [], None
    while True:
        page = (await data(TIMELINE, {"id": sanne["id"], "first": 4, "after": after}))["customer"]["timeline"]
        versions += [one["change"]["version"] for one in page["nodes"]]
        if after is None:
            await customers.update(sanne["id"], jobTitle="Painter")
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert versions == [6, 5, 4, 3, 2, 1]


async def test_a_field_has_a_history(data: Ask, sanne: dict[str, Any]) -> None:
    async def history(path: str) -> list[tuple[Any, ...]]:
        nodes = (await data(FIELD, {"id": sanne["id"], "path": path}))["customer"]["fieldHistory"]["nodes"]
        return [(one["version"], one["path"], one["before"], one["after"]) for one in nodes]

    assert await history("job_title") == [
        (6, "job_title", "Writer", "Editor"),
        (3, "job_title", "Editor", "Writer"),
        (2, "job_title", None, "Editor"),
    ]
    email = sanne["emails"][0]
    (only,) = await history("emails")
    assert (only[:3], only[3]["address"]) == ((1, f"emails.{email['id']}", None), "a@planted.example")
    assert await history(f"emails.{email['id']}") == [only]
    assert [one[:2] for one in await history("tags")] == [
        (6, "tags.vip"), (6, "tags.press"), (3, "tags.press"), (3, "tags.vip"), (1, "tags.press"),
    ] or [one[0] for one in await history("tags")] == [6, 6, 3, 3, 1]  # fmt: skip
    assert await history("tags.vip") == [(6, "tags.vip", "VIP", None), (3, "tags.vip", None, "VIP")]
    assert await history("organization") == []
    assert await history("email") == []


async def test_where_each_value_came_from(data: Ask, sanne: dict[str, Any]) -> None:
    found = (await data(PROVENANCE, {"id": sanne["id"]}))["customer"]["provenance"]
    assert {one["path"].partition(".")[0]: one["version"] for one in found} == {
        "given_name": 1,
        "emails": 1,
        "job_title": 6,
        "tags": 6,
    }
    assert "tags.vip" not in [one["path"] for one in found]


async def test_bank_accounts_are_masked_in_history(data: Ask, customers: Customers) -> None:
    made = await customers.made(bankAccounts=[{"iban": "NL91ABNA0417164300", "holder": "S. Plantagenet"}])
    for who, holder in (("owner", True), ("viewer", False)):
        nodes = (await data(TIMELINE, {"id": made["id"]}, as_=who))["customer"]["timeline"]["nodes"]
        after = nodes[0]["change"]["paths"][0]["after"]
        assert (after["iban"], "holder" in after) == ("NL91 **** 4300", holder)
        assert "0417164300" not in repr(nodes)


async def test_history_shows_only_what_its_reader_may_see(
    client: Any, stored: Any, clock: Clock, sanne: dict[str, Any]
) -> None:
    _, secret = a_key(stored, clock(), permissions=["customer.read"])
    for document in (TIMELINE, PROVENANCE):
        body = {"query": document, "variables": {"id": sanne["id"]}}
        answer = await client.post("/graphql", json=body, headers={"Authorization": f"Bearer {secret}"})
        text = answer.text
        assert answer.json().get("errors") is None
        assert "Editor" not in text
        assert "planted.example" not in text
        assert "Sanne" not in text
        assert "press" in text


async def test_the_system_and_keys_are_named(ctx: Context, data: Ask) -> None:
    doc = await a_customer(ctx, given_name="Sanne")
    found = (await data(TIMELINE, {"id": f"cus_{doc['_id']}"}))["customer"]["timeline"]["nodes"]
    assert found[0]["change"]["actor"] == {"kind": "SYSTEM", "name": "Regulars"}
    assert found[0]["change"]["source"] == "SYSTEM"
