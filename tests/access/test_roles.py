"""Roles: presets and a company's own; what they allow changes for their holders at once."""

from __future__ import annotations

from typing import Any

import pytest

from api.access.model import PRESETS, preset
from api.core import ids
from tests.conftest import Ask, Clock
from tests.factories import a_key, a_user

CREATE = """mutation ($input: RoleCreateInput!) { roleCreate(input: $input) {
  role { id name about preset permissions userCount } applied replayed errors { code path } } }"""
UPDATE = """mutation ($id: ID!, $input: RoleUpdateInput!) { roleUpdate(id: $id, input: $input) {
  role { name about permissions userCount } applied replayed errors { code path } } }"""
DELETE = "mutation ($id: ID!) { roleDelete(id: $id, input: {}) { applied replayed errors { code path } } }"


async def make(data: Ask, **more: Any) -> dict[str, Any]:
    sent = {"name": "Auditor", "about": "Reads the log.", "permissions": ["audit.read", "customer.read"], **more}
    return (await data(CREATE, {"input": sent}))["roleCreate"]


async def test_presets_come_first_and_count_their_users(data: Ask, stored: Any, clock: Clock) -> None:
    a_user(stored, clock(), role="viewer")
    a_user(stored, clock(), role="viewer")
    await make(data)
    roles = (await data("{ roles { name preset userCount permissions } }"))["roles"]
    assert [(one["name"], one["preset"], one["userCount"]) for one in roles] == [
        ("Viewer", True, 2), ("Editor", True, 0), ("Data admin", True, 0), ("Privacy officer", True, 0), ("Partner", True, 0),
        ("Owner", True, 1), ("Auditor", False, 0),
    ]  # fmt: skip
    listed = (await data("{ permissions { name about } }"))["permissions"]
    assert [one["name"] for one in listed] == sorted(roles[5]["permissions"], key=[one["name"] for one in listed].index)


async def test_a_changed_role_changes_sessions_and_keys_at_once(data: Ask, stored: Any, clock: Clock) -> None:
    made = await make(data)
    assert made["role"] == {
        "id": made["role"]["id"], "name": "Auditor", "about": "Reads the log.", "preset": False,
        "permissions": ["audit.read", "customer.read"], "userCount": 0,
    }  # fmt: skip
    role_id = ids.read(ids.ROLE, made["role"]["id"])
    held = {"role_ids": [role_id, preset("viewer")], "permissions": ["audit.read"]}
    user, _ = a_user(stored, clock(), role="viewer", **held)
    key, _ = a_key(stored, clock(), role="viewer", **held, scopes=["customer.read", "customer.write"])
    change = {"name": "Writer", "permissions": ["customer.write", "customer.read"]}
    answer = await data(UPDATE, {"id": made["role"]["id"], "input": change})
    assert answer["roleUpdate"] == {
        "role": {"name": "Writer", "about": "Reads the log.", "userCount": 1,
                 "permissions": ["customer.read", "customer.write"]},
        "applied": True, "replayed": False, "errors": [],
    }  # fmt: skip
    kept = stored["users"].find_one({"_id": user["_id"]})
    assert kept["permissions"] == [
        "consent.read", "customer.pii.read", "customer.read", "customer.write", "run.read",
    ]  # fmt: skip
    assert kept["roles"] == ["Writer", "Viewer"]
    assert stored["api_keys"].find_one({"_id": key["_id"]})["permissions"] == ["customer.read", "customer.write"]


async def test_a_role_in_use_stays(data: Ask, stored: Any, clock: Clock) -> None:
    role_id = (await make(data))["role"]["id"]
    user, _ = a_user(stored, clock(), role="viewer", role_ids=[ids.read(ids.ROLE, role_id)])
    refused = await data(DELETE, {"id": role_id})
    assert refused["roleDelete"]["errors"] == [{"code": "IN_USE", "path": None}]
    stored["users"].delete_one({"_id": user["_id"]})
    assert (await data(DELETE, {"id": role_id}))["roleDelete"] == {"applied": True, "replayed": False, "errors": []}
    assert (await data(DELETE, {"id": role_id}))["roleDelete"]["errors"] == [{"code": "NOT_FOUND", "path": None}]


@pytest.mark.parametrize("role_id", [ids.show(ids.ROLE, one) for one in PRESETS])
async def test_presets_stay_as_they_are(data: Ask, role_id: str) -> None:
    assert (await data(UPDATE, {"id": role_id, "input": {"name": "x"}}))["roleUpdate"]["errors"][0]["code"] == "PRESET"
    assert (await data(DELETE, {"id": role_id}))["roleDelete"]["errors"][0]["code"] == "PRESET"


@pytest.mark.parametrize(
    ("sent", "code", "path"),
    [
        ({"name": ""}, "INVALID", ["name"]),
        ({"name": "x" * 61}, "INVALID", ["name"]),
        ({"name": "oWNER"}, "DUPLICATE_IDENTIFIER", ["name"]),
        ({"about": "x" * 501}, "TOO_LONG", ["about"]),
        ({"permissions": ["customer.read", "everything"]}, "INVALID", ["permissions", "1"]),
    ],
)
async def test_what_is_no_role(data: Ask, stored: Any, sent: dict[str, Any], code: str, path: list[str]) -> None:
    assert (await make(data, **sent))["errors"] == [{"code": code, "path": path}]
    assert stored["roles"].count_documents({}) == 0


async def test_a_role_cannot_hold_more_than_its_maker(gql: Ask, stored: Any, clock: Clock, client: Any) -> None:
    _, secret = a_key(stored, clock(), role="viewer", permissions=["settings.roles", "customer.read"])
    headers = {"Authorization": f"Bearer {secret}"}
    variables = {"input": {"name": "Big", "permissions": ["customer.read", "customer.bank.read"]}}
    answer = (await client.post("/graphql", json={"query": CREATE, "variables": variables}, headers=headers)).json()
    assert answer["errors"][0]["extensions"] == {"code": "FORBIDDEN", "permission": "customer.bank.read"}


async def test_dry_runs_and_repetitions(data: Ask, stored: Any) -> None:
    assert await make(data, dryRun=True) == {"role": None, "applied": False, "replayed": False, "errors": []}
    assert stored["roles"].count_documents({}) == 0
    first = await make(data, idempotencyKey="k")
    assert await make(data, idempotencyKey="k") == {**first, "replayed": True}
    assert stored["roles"].count_documents({}) == 1
