"""customersUpsert: found by id, reference id or email; an answer for each item; all or some."""

from __future__ import annotations

from typing import Any

import pytest

from tests.customers.documents import Customers
from tests.whole.outcome import exact

NOBODY = "cus_0123456789abcdef01234567"


def by_email(address: str, **fields: Any) -> dict[str, Any]:
    """Return an item that is found by its address."""
    return {"set": {"emails": {"add": [{"address": address}]}, **fields}}


def outcomes(payload: dict[str, Any]) -> list[str]:
    """Return the outcome of each item."""
    return [one["outcome"] for one in payload["results"]]


async def test_created_updated_unchanged(customers: Customers) -> None:
    sanne = await customers.made(emails=[{"address": "a@planted.example"}], givenName="Sanne", referenceId="R1")
    payload = await customers.upsert(
        by_email("A@Planted.example", givenName="Susanne"),
        by_email("new@planted.example", givenName="New"),
        {"set": {"referenceId": "R1"}},
        {"id": sanne["id"], "set": {"jobTitle": "Editor"}},
    )
    assert (payload["applied"], payload["replayed"], payload["errors"]) == (True, False, [])
    assert outcomes(payload) == ["UPDATED", "CREATED", "UNCHANGED", "UPDATED"]
    assert [one["index"] for one in payload["results"]] == [0, 1, 2, 3]
    assert [one["customer"]["givenName"] for one in payload["results"]] == ["Susanne", "New", "Susanne", "Susanne"]
    assert (await customers.get(sanne["id"]))["version"] == 3


async def test_an_item_sees_the_ones_before_it(customers: Customers, stored: Any) -> None:
    payload = await customers.upsert(
        by_email("new@planted.example", givenName="First"),
        by_email("new@planted.example", familyName="Second"),
        by_email("new@planted.example", familyName="Second"),
    )
    assert outcomes(payload) == ["CREATED", "UPDATED", "UNCHANGED"]
    assert stored["customers"].count_documents({}) == 1
    assert stored["changes"].count_documents({}) == 2
    assert (stored["customers"].find_one()["display_name"], stored["customers"].find_one()["version"]) == (
        "First Second",
        2,
    )


async def test_an_item_without_a_key_is_created(customers: Customers, stored: Any) -> None:
    payload = await customers.upsert({"set": {"givenName": "A"}}, {"set": {"givenName": "A"}})
    assert outcomes(payload) == ["CREATED", "CREATED"]
    assert stored["customers"].count_documents({}) == 2


WRONG = [
    ({"set": {"locale": "!"}}, "INVALID", "INVALID_LOCALE", ["items", "1", "set", "locale"]),
    ({"id": NOBODY, "set": {"givenName": "x"}}, "INVALID", "NOT_FOUND", ["items", "1", "id"]),
    ({"set": {"referenceId": "R1", "emails": {"add": [{"address": "b@planted.example"}]}}}, "CONFLICT", "AMBIGUOUS_MATCH", ["items", "1"]),
]  # fmt: skip


@pytest.mark.parametrize(("item", "outcome", "code", "path"), WRONG)
@pytest.mark.parametrize("policy", ["REJECT_ALL", "REJECT_FAILED"])
async def test_one_that_fails(
    customers: Customers, stored: Any, policy: str, item: dict[str, Any], outcome: str, code: str, path: list[str]
) -> None:
    await customers.made(referenceId="R1")
    await customers.made(emails=[{"address": "b@planted.example"}])
    before = exact(stored, "users")
    fine = by_email("new@planted.example")
    payload = await customers.upsert(fine, item, errorPolicy=policy)
    failed = payload["results"][1]
    assert (failed["outcome"], failed["customer"]) == (outcome, None)
    assert [one["code"] for one in failed["errors"]] == [code]
    assert failed["errors"][0]["path"] == path
    assert payload["applied"] is (policy == "REJECT_FAILED")
    assert (exact(stored, "users") == before) is (policy == "REJECT_ALL")


async def test_a_trashed_one_is_not_written(customers: Customers) -> None:
    sanne = await customers.made(emails=[{"address": "a@planted.example"}])
    await customers.delete(sanne["id"])
    payload = await customers.upsert(by_email("a@planted.example", givenName="x"), errorPolicy="REJECT_FAILED")
    assert outcomes(payload) == ["CONFLICT"]
    assert [one["code"] for one in payload["results"][0]["errors"]] == ["IN_TRASH"]


async def test_at_most_a_hundred_items(customers: Customers) -> None:
    payload = await customers.upsert(*[by_email(f"p{n}@planted.example") for n in range(100)])
    assert outcomes(payload) == ["CREATED"] * 100
    payload = await customers.upsert(*[by_email(f"q{n}@planted.example") for n in range(101)])
    assert [one["code"] for one in payload["errors"]] == ["TOO_MANY_ITEMS"]
    assert [one["code"] for one in (await customers.upsert())["errors"]] == ["REQUIRED"]


async def test_a_thousand_documents_are_the_most(customers: Customers, stored: Any) -> None:
    def wide(n: int) -> dict[str, Any]:
        return {"set": {"emails": {"add": [{"address": f"p{n}x{m}@planted.example"} for m in range(20)]}}}

    payload = await customers.upsert(*[wide(n) for n in range(50)])
    assert [one["code"] for one in payload["errors"]] == ["TOO_MANY_ITEMS"]
    assert stored["customers"].count_documents({}) == 0
    assert outcomes(await customers.upsert(*[wide(n) for n in range(40)])) == ["CREATED"] * 40
