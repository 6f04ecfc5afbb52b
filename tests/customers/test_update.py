"""customerUpdate: absent, null, lists, versions; customerDelete, customerRestore and customerRevert."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.conftest import Ask, Clock
from tests.customers.documents import CUSTOMER, UPDATE, Customers, without_ids
from tests.whole.outcome import exact

NOBODY = "cus_0123456789abcdef01234567"


@pytest.fixture
async def sanne(customers: Customers) -> dict[str, Any]:
    """A customer with something in most places."""
    return await customers.made(
        givenName="Sanne",
        jobTitle="Writer",
        emails=[{"address": "a@planted.example", "label": "home"}, {"address": "b@planted.example"}],
        phones=[{"number": "0612345678"}],
        bankAccounts=[{"iban": "NL91ABNA0417164300"}],
        tags=["press", "VIP"],
        lastSeenAt="2026-01-10T00:00:00Z",
    )


def kept(customer: dict[str, Any], *but: str) -> dict[str, Any]:
    """Return a customer without what a save moves, and without some fields."""
    gone = {"version", "updatedAt", *but}
    return {name: value for name, value in customer.items() if name not in gone}


# --- absent, null, nothing ---


async def test_what_is_absent_is_left_alone(customers: Customers, sanne: dict[str, Any], clock: Clock) -> None:
    clock.move(hours=1)
    payload = await customers.update(sanne["id"], jobTitle="Editor", reason="she said so")
    after = payload["customer"]
    assert (after["jobTitle"], after["version"], after["updatedAt"]) == ("Editor", 2, "2026-03-12T10:30:00.000Z")
    assert kept(after, "jobTitle") == kept(sanne, "jobTitle")
    assert payload["change"] == {"version": 2, "paths": [{"path": "job_title", "before": "Writer", "after": "Editor"}]}
    assert (payload["applied"], payload["rebased"], payload["errors"]) == (True, False, [])
    assert await customers.get(sanne["id"]) == after


@pytest.mark.parametrize("empty", [None, "", "   "])
async def test_null_and_empty_clear(customers: Customers, sanne: dict[str, Any], empty: str | None) -> None:
    after = (await customers.update(sanne["id"], jobTitle=empty))["customer"]
    assert after["jobTitle"] is None
    assert kept(after, "jobTitle") == kept(sanne, "jobTitle")


async def test_nothing_new_is_no_save(customers: Customers, sanne: dict[str, Any], stored: Any) -> None:
    before = exact(stored, "users")
    same = {
        "jobTitle": " Writer ",
        "tags": {"add": ["vip"], "remove": ["absent"]},
        "emails": {"add": [{"address": "A@planted.example"}]},
    }
    for change in ({}, same, {"emails": None, "tags": None}):
        payload = await customers.update(sanne["id"], **change)
        assert (payload["applied"], payload["change"], payload["errors"]) == (False, None, [])
        assert payload["customer"] == sanne
    assert exact(stored, "users") == before


async def test_being_seen_moves_only_forward(customers: Customers, sanne: dict[str, Any]) -> None:
    for sent in ("2025-12-31T00:00:00Z", None):
        payload = await customers.update(sanne["id"], lastSeenAt=sent)
        assert (payload["applied"], payload["customer"]["lastSeenAt"]) == (False, "2026-01-10T00:00:00.000Z")
    payload = await customers.update(sanne["id"], lastSeenAt="2026-02-01T00:00:00Z")
    assert payload["customer"]["lastSeenAt"] == "2026-02-01T00:00:00.000Z"


# --- lists ---


async def test_an_item_is_added_changed_and_removed(customers: Customers, sanne: dict[str, Any]) -> None:
    first, second = (one["id"] for one in sanne["emails"])
    emails = {
        "add": [{"address": "c@planted.example", "primary": True}],
        "edit": [{"id": second, "address": "B2@planted.example", "label": "work"}],
        "remove": [first],
    }
    after = (await customers.update(sanne["id"], emails=emails))["customer"]
    assert after["emails"][0]["id"] == second
    assert without_ids(after["emails"]) == [
        {"address": "B2@planted.example", "normalized": "b2@planted.example", "label": "work", "primary": False},
        {"address": "c@planted.example", "normalized": "c@planted.example", "label": None, "primary": True},
    ]
    assert kept(after, "emails") == kept(sanne, "emails")


async def test_null_in_an_item_clears_its_part(customers: Customers, sanne: dict[str, Any]) -> None:
    first = sanne["emails"][0]
    after = (await customers.update(sanne["id"], emails={"edit": [{"id": first["id"], "label": None}]}))["customer"]
    assert after["emails"][0] == {**first, "label": None}


async def test_there_is_always_one_primary(customers: Customers, sanne: dict[str, Any]) -> None:
    first, second = (one["id"] for one in sanne["emails"])

    async def primary_after(**emails: Any) -> list[bool]:
        payload = await customers.update(sanne["id"], emails=emails)
        assert payload["errors"] == []
        return [one["primary"] for one in payload["customer"]["emails"]]

    assert await primary_after(edit=[{"id": second, "primary": True}]) == [False, True]
    assert await primary_after(edit=[{"id": second, "primary": False}]) == [True, False]
    assert await primary_after(edit=[{"id": second, "primary": True}], remove=[first]) == [True]
    assert await primary_after(remove=[second]) == []


async def test_tags_are_words_without_case(customers: Customers, sanne: dict[str, Any]) -> None:
    after = (await customers.update(sanne["id"], tags={"add": ["vip", "Été", "new"], "remove": ["PRESS"]}))["customer"]
    assert after["tags"] == ["VIP", "Été", "new"]
    after = (await customers.update(sanne["id"], tags={"remove": ["ete"]}))["customer"]
    assert after["tags"] == ["VIP", "new"]


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"emails": {"remove": ["nothing"]}}, "NOT_FOUND", ["emails", "remove", "0"]),
        ({"emails": {"edit": [{"id": "nothing", "label": "x"}]}}, "NOT_FOUND", ["emails", "edit", "0"]),
        ({"emails": {"add": [{"address": "nonsense"}]}}, "INVALID_EMAIL", ["emails", "add", "0", "address"]),
        ({"emails": {"add": [{"address": "taken@planted.example"}]}}, "DUPLICATE_IDENTIFIER", ["emails", "add", "0", "address"]),
        ({"referenceId": "TAKEN"}, "DUPLICATE_IDENTIFIER", ["reference_id"]),
        ({"givenName": "Fine", "jobTitle": "x" * 201}, "TOO_LONG", ["job_title"]),
        ({"reason": "x" * 100_000}, "TOO_LONG", ["reason"]),
    ],
)  # fmt: skip
async def test_one_wrong_value_refuses_the_save(
    customers: Customers, sanne: dict[str, Any], stored: Any, change: dict[str, Any], code: str, path: list[str]
) -> None:
    await customers.made(emails=[{"address": "taken@planted.example"}], referenceId="TAKEN")
    before = exact(stored, "users")
    payload = await customers.update(sanne["id"], **change)
    assert payload["errors"] == [{"code": code, "path": path}]
    assert payload["applied"] is False
    assert exact(stored, "users") == before


async def test_two_items_cannot_become_the_same(customers: Customers, sanne: dict[str, Any]) -> None:
    second = sanne["emails"][1]["id"]
    payload = await customers.update(sanne["id"], emails={"edit": [{"id": second, "address": "A@planted.example"}]})
    assert payload["errors"] == [{"code": "DUPLICATE_ITEM", "path": ["emails"]}]


async def test_an_identifier_that_is_let_go_may_be_taken(
    customers: Customers, sanne: dict[str, Any], stored: Any
) -> None:
    await customers.update(sanne["id"], emails={"remove": [sanne["emails"][0]["id"]]})
    other = await customers.made(emails=[{"address": "a@planted.example"}])
    holders = [one["holders"] for one in stored["identifiers"].find({"type": "email"})]
    assert sorted(str(one[0]) for one in holders) == sorted(one["id"][4:] for one in (sanne, other))


# --- whose version ---


async def test_a_save_on_other_fields_is_kept_beside_this_one(customers: Customers, sanne: dict[str, Any]) -> None:
    await customers.update(sanne["id"], givenName="Susanne")
    payload = await customers.update(sanne["id"], jobTitle="Editor", expectedVersion=1)
    assert (payload["rebased"], payload["applied"], payload["conflicts"]) == (True, True, [])
    assert (payload["customer"]["givenName"], payload["customer"]["jobTitle"]) == ("Susanne", "Editor")
    assert payload["customer"]["version"] == 3


async def test_a_clash_on_the_same_field_is_refused_with_both(
    customers: Customers, sanne: dict[str, Any], stored: Any, clock: Clock
) -> None:
    clock.move(minutes=5)
    await customers.update(sanne["id"], jobTitle="Editor", givenName="Susanne")
    before = exact(stored, "users")
    payload = await customers.update(sanne["id"], jobTitle="Painter", expectedVersion=1)
    assert payload["errors"] == [{"code": "VERSION_CONFLICT", "path": ["job_title"]}]
    assert payload["conflicts"] == [
        {
            "path": "job_title",
            "original": "Writer",
            "theirs": "Editor",
            "yours": "Painter",
            "by": {"name": "Test Owner"},
            "at": "2026-03-12T09:35:00.000Z",
        }
    ]
    assert payload["customer"]["jobTitle"] == "Editor"
    assert exact(stored, "users") == before


async def test_asking_for_what_stands_there_already_is_no_clash(customers: Customers, sanne: dict[str, Any]) -> None:
    await customers.update(sanne["id"], jobTitle="Editor")
    payload = await customers.update(sanne["id"], jobTitle="Editor", expectedVersion=1)
    assert (payload["errors"], payload["conflicts"], payload["applied"]) == ([], [], False)


@pytest.mark.parametrize("version", [99, 0, -1])
async def test_a_version_that_never_was(customers: Customers, sanne: dict[str, Any], version: int) -> None:
    payload = await customers.update(sanne["id"], jobTitle="Editor", expectedVersion=version)
    assert payload["errors"] == [{"code": "VERSION_CONFLICT", "path": ["expected_version"]}]


async def test_a_clash_on_the_same_item(customers: Customers, sanne: dict[str, Any]) -> None:
    first = sanne["emails"][0]["id"]
    await customers.update(sanne["id"], emails={"edit": [{"id": first, "label": "old"}]})
    payload = await customers.update(sanne["id"], emails={"edit": [{"id": first, "label": "new"}]}, expectedVersion=1)
    assert [one["path"] for one in payload["conflicts"]] == [f"emails.{first}"]
    payload = await customers.update(sanne["id"], emails={"add": [{"address": "z@planted.example"}]}, expectedVersion=1)
    assert (payload["rebased"], payload["errors"]) == (True, [])


async def test_many_at_once_lose_nothing(customers: Customers, sanne: dict[str, Any]) -> None:
    changes = [{"tags": {"add": [f"t{n}"]}} for n in range(6)]
    payloads = await asyncio.gather(*(customers.update(sanne["id"], **change) for change in changes))
    assert [one["errors"] for one in payloads] == [[]] * 6
    after = await customers.get(sanne["id"])
    assert (set(after["tags"]), after["version"]) == ({"press", "VIP", *(f"t{n}" for n in range(6))}, 7)


# --- nobody, strangers ---


@pytest.mark.parametrize("name", [NOBODY, "usr_0123456789abcdef01234567", "nonsense", ""])
async def test_nobody_is_not_found(customers: Customers, data: Ask, name: str) -> None:
    assert (await customers.update(name, jobTitle="x"))["errors"] == [{"code": "NOT_FOUND", "path": None}]
    assert (await customers.revert(name, 1))["errors"] == [{"code": "NOT_FOUND", "path": None}]
    assert await data(CUSTOMER, {"id": name}) == {"customer": None}
    assert (await customers.delete(name))["results"] == [
        {"index": 0, "id": name, "ok": False, "errors": [{"code": "NOT_FOUND"}]}
    ]


async def test_only_writers_change(gql: Ask, sanne: dict[str, Any], stored: Any) -> None:
    before = exact(stored, "users")
    for who, code in (("viewer", "FORBIDDEN"), ("anonymous", "UNAUTHENTICATED")):
        answer = await gql(UPDATE, {"id": sanne["id"], "input": {"jobTitle": "x"}}, as_=who)
        assert [one["extensions"]["code"] for one in answer["errors"]] == [code]
    assert exact(stored, "users") == before


# --- trash ---


async def test_into_the_trash_and_back(customers: Customers, sanne: dict[str, Any], data: Ask, clock: Clock) -> None:
    clock.move(hours=1)
    payload = await customers.delete(sanne["id"], reason="asked to")
    assert payload == {
        "results": [{"index": 0, "id": sanne["id"], "ok": True, "errors": []}],
        "deleted": 1, "applied": True, "replayed": False, "errors": [],
    }  # fmt: skip
    gone = await customers.get(sanne["id"])
    assert (gone["trashedAt"], gone["version"]) == ("2026-03-12T10:30:00.000Z", 2)
    assert kept(gone, "trashedAt") == kept(sanne, "trashedAt")
    listed = "query($trash: Boolean!) { customers(trash: $trash) { nodes { id } } }"
    assert (await data(listed, {"trash": False}))["customers"]["nodes"] == []
    assert (await data(listed, {"trash": True}))["customers"]["nodes"] == [{"id": sanne["id"]}]
    payload = await customers.update(sanne["id"], jobTitle="x")
    assert [one["code"] for one in payload["errors"]] == ["IN_TRASH"]
    payload = await customers.restore(sanne["id"])
    assert (payload["restored"], payload["errors"]) == (1, [])
    assert kept(await customers.get(sanne["id"])) == kept(sanne)


async def test_some_of_many_are_trashed(customers: Customers, sanne: dict[str, Any], stored: Any) -> None:
    other = await customers.made(givenName="Other")
    await customers.delete(other["id"])
    payload = await customers.delete(sanne["id"], NOBODY, other["id"], sanne["id"])
    assert [one["ok"] for one in payload["results"]] == [True, False, True, True]
    assert payload["deleted"] == 1
    assert stored["changes"].count_documents({"action": "TRASH"}) == 2


async def test_at_most_a_hundred(customers: Customers) -> None:
    assert [one["code"] for one in (await customers.delete(*[NOBODY] * 101))["errors"]] == ["TOO_MANY_ITEMS"]
    assert [one["code"] for one in (await customers.delete())["errors"]] == ["REQUIRED"]


# --- taking a save back ---


async def test_a_save_is_taken_back(customers: Customers, sanne: dict[str, Any]) -> None:
    first = sanne["emails"][0]["id"]
    await customers.update(
        sanne["id"],
        jobTitle="Editor",
        givenName=None,
        emails={"remove": [first], "add": [{"address": "c@planted.example"}]},
        tags={"add": ["new"], "remove": ["press"]},
        bankAccounts={"remove": [sanne["bankAccounts"][0]["id"]]},
    )
    payload = await customers.revert(sanne["id"], 2)
    assert (payload["errors"], payload["conflicts"]) == ([], [])
    assert payload["change"] == {"version": 3, "action": "REVERT"}
    after = payload["customer"]
    ordered = ("emails", "tags")
    assert kept(after, *ordered) == kept(sanne, *ordered)
    assert {one["id"]: one for one in after["emails"]} == {one["id"]: one for one in sanne["emails"]}
    assert set(after["tags"]) == set(sanne["tags"])


async def test_some_paths_are_taken_back(customers: Customers, sanne: dict[str, Any]) -> None:
    await customers.update(sanne["id"], jobTitle="Editor", givenName="Susanne")
    after = (await customers.revert(sanne["id"], 2, paths=["job_title"]))["customer"]
    assert (after["jobTitle"], after["givenName"]) == ("Writer", "Susanne")


async def test_taking_back_can_be_taken_back(customers: Customers, sanne: dict[str, Any]) -> None:
    await customers.update(sanne["id"], jobTitle="Editor")
    await customers.revert(sanne["id"], 2)
    after = (await customers.revert(sanne["id"], 3))["customer"]
    assert (after["jobTitle"], after["version"]) == ("Editor", 4)


async def test_what_was_changed_again_is_not_taken_back(
    customers: Customers, sanne: dict[str, Any], stored: Any
) -> None:
    await customers.update(sanne["id"], jobTitle="Editor")
    await customers.update(sanne["id"], jobTitle="Painter")
    before = exact(stored, "users")
    payload = await customers.revert(sanne["id"], 2)
    assert payload["errors"] == [{"code": "VERSION_CONFLICT", "path": ["job_title"]}]
    assert payload["conflicts"] == [{"path": "job_title", "original": "Editor", "theirs": "Painter", "yours": "Writer"}]
    assert exact(stored, "users") == before


async def test_an_address_that_somebody_else_took_does_not_come_back(
    customers: Customers, sanne: dict[str, Any]
) -> None:
    await customers.update(sanne["id"], emails={"remove": [sanne["emails"][0]["id"]]})
    await customers.made(emails=[{"address": "a@planted.example"}])
    payload = await customers.revert(sanne["id"], 2)
    assert [one["code"] for one in payload["errors"]] == ["DUPLICATE_IDENTIFIER"]
    assert (await customers.get(sanne["id"]))["version"] == 2


async def test_what_cannot_be_taken_back(customers: Customers, sanne: dict[str, Any]) -> None:
    assert [one["code"] for one in (await customers.revert(sanne["id"], 1))["errors"]] == ["NOT_REVERTIBLE"]
    assert [one["code"] for one in (await customers.revert(sanne["id"], 7))["errors"]] == ["NOT_FOUND"]
    await customers.delete(sanne["id"])
    payload = await customers.revert(sanne["id"], 2)
    assert (payload["errors"], payload["customer"]["trashedAt"]) == ([], None)
