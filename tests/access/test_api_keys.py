"""API keys: shown once, narrowed by scopes, expiring, dead at once when revoked."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from api.access import passwords, rules
from api.access.model import preset
from api.core import ids
from api.core.context import Context
from tests.conftest import Ask, Clock
from tests.factories import a_key

CREATE = """mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) {
  apiKey { id name prefix scopes purposes expiresAt revokedAt lastUsedAt roles { name } createdBy { kind } }
  secret applied replayed errors { code path } } }"""
REVOKE = "mutation ($id: ID!) { apiKeyRevoke(id: $id, input: {}) { apiKey { revokedAt } applied errors { code } } }"
VIEWER = "{ viewer { kind permissions } }"


def role(name: str) -> str:
    return ids.show(ids.ROLE, preset(name))


async def make(data: Ask, *, as_: str = "owner", **more: Any) -> dict[str, Any]:
    sent = {"name": "Shop", "roleIds": [role("viewer")], **more}
    return (await data(CREATE, {"input": sent}, as_=as_))["apiKeyCreate"]


async def call(client: httpx2.AsyncClient, secret: str) -> httpx2.Response:
    return await client.post("/graphql", json={"query": VIEWER}, headers={"Authorization": f"Bearer {secret}"})


async def test_a_key_is_shown_once_and_works(data: Ask, stored: Any, client: httpx2.AsyncClient) -> None:
    made = await make(data, scopes=["customer.read"])
    prefix, secret = made["apiKey"]["prefix"], made["secret"]
    assert secret.startswith(f"rgl_{prefix}_")
    assert made["apiKey"] == {
        "id": made["apiKey"]["id"], "name": "Shop", "prefix": prefix, "scopes": ["customer.read"], "purposes": None,
        "expiresAt": None,
        "revokedAt": None, "lastUsedAt": None, "roles": [{"name": "Viewer"}], "createdBy": {"kind": "USER"},
    }  # fmt: skip
    kept = stored["api_keys"].find_one({"prefix": prefix})
    assert kept["digest"] == passwords.fingerprint(secret)
    assert secret not in str(kept)
    assert (await call(client, secret)).json()["data"] == {
        "viewer": {"kind": "API_KEY", "permissions": ["customer.read"]}
    }
    listed = (await data("{ apiKeys { prefix lastUsedAt } }"))["apiKeys"]
    assert listed == [{"prefix": prefix, "lastUsedAt": "2026-03-12T09:30:00.000Z"}]


async def test_a_repetition_answers_without_the_secret(data: Ask, stored: Any) -> None:
    first = await make(data, idempotencyKey="k")
    second = await make(data, idempotencyKey="k")
    assert second == {**first, "secret": None, "replayed": True}
    assert stored["api_keys"].count_documents({}) == 1
    dry = await make(data, dryRun=True)
    assert dry == {"apiKey": None, "secret": None, "applied": False, "replayed": False, "errors": []}
    assert stored["api_keys"].count_documents({}) == 1


async def test_a_revoked_key_is_dead_at_once(data: Ask, client: httpx2.AsyncClient) -> None:
    made = await make(data)
    assert (await call(client, made["secret"])).status_code == 200
    revoked = await data(REVOKE, {"id": made["apiKey"]["id"]})
    assert revoked["apiKeyRevoke"] == {
        "apiKey": {"revokedAt": "2026-03-12T09:30:00.000Z"},
        "applied": True,
        "errors": [],
    }
    answer = await call(client, made["secret"])
    assert answer.status_code == 401
    assert answer.json() == {
        "errors": [{"message": "This API key is not valid.", "extensions": {"code": "UNAUTHENTICATED"}}]
    }
    assert answer.headers["www-authenticate"] == 'Bearer realm="regulars"'


async def test_a_key_expires(data: Ask, client: httpx2.AsyncClient, clock: Clock) -> None:
    made = await make(data, expiresAt="2026-03-13T09:30:00Z")
    clock.move(days=1, seconds=-1)
    assert (await call(client, made["secret"])).status_code == 200
    clock.move(seconds=1)
    assert (await call(client, made["secret"])).status_code == 401
    late = await make(data, as_="key", expiresAt="2026-03-13T09:30:00Z")
    assert late["errors"] == [{"code": "INVALID", "path": ["expires_at"]}]


async def test_only_the_whole_secret_opens(client: httpx2.AsyncClient, stored: Any, clock: Clock) -> None:
    key, secret = a_key(stored, clock())
    prefix = key["prefix"]
    tails = ("", "x", secret[-43:-1], secret[-43:].swapcase(), secret[-43:] + "x", "A" * 43, "A" * 10_000)
    wrong = [f"rgl_{prefix}_{tail}" for tail in tails]
    wrong += [
        prefix,
        key["digest"],
        f"rgl_{key['digest']}",
        secret[4:],
        secret.upper(),
        "",
        "rgl_",
        "rgl__",
        "null",
        "é",
    ]
    for one in wrong:
        answer = await client.post(
            "/graphql", json={"query": VIEWER}, headers=[(b"authorization", b"Bearer " + one.encode("latin-1"))]
        )
        assert answer.status_code == 401, one
    assert (await call(client, secret)).status_code == 200


@pytest.mark.parametrize("header", ["Basic YTpi", "Token x", "Bearer", "Bearer  ", "bearer x y", ","])
async def test_other_authorization_is_refused_even_with_a_session(
    client: httpx2.AsyncClient, headers_of: Any, header: str
) -> None:
    answer = await client.post(
        "/graphql", json={"query": VIEWER}, headers={**headers_of("owner"), "Authorization": header}
    )
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        ({"scopes": ["customer.bank.read"]}, ["scopes"]),
        ({"scopes": ["nothing.known"]}, ["scopes", "0"]),
        ({"scopes": []}, ["scopes"]),
        ({"purposes": []}, ["purposes"]),
        ({"purposes": [f"P{n}" for n in range(21)]}, ["purposes"]),
        ({"purposes": ["MARKETING", "marketing"]}, ["purposes", "1"]),
        ({"purposes": ["M" * 41]}, ["purposes", "0"]),
        ({"purposes": ["MARKETING\n"]}, ["purposes", "0"]),
        ({"purposes": ["1ST"]}, ["purposes", "0"]),
        ({"name": ""}, ["name"]),
        ({"roleIds": []}, ["role_ids"]),
    ],
)
async def test_what_is_no_key(data: Ask, stored: Any, sent: dict[str, Any], path: list[str]) -> None:
    answer = await make(data, **sent)
    assert [one["path"] for one in answer["errors"]] == [path]
    assert stored["api_keys"].count_documents({}) == 0


async def test_a_key_may_not_do_more_than_its_maker(client: httpx2.AsyncClient, stored: Any, clock: Clock) -> None:
    _, secret = a_key(stored, clock(), role="viewer", permissions=["settings.keys", "customer.read"])
    headers = {"Authorization": f"Bearer {secret}"}

    async def ask(**more: Any) -> dict[str, Any]:
        variables = {"input": {"name": "Shop", "roleIds": [role("viewer")], **more}}
        answer = await client.post("/graphql", json={"query": CREATE, "variables": variables}, headers=headers)
        found: dict[str, Any] = answer.json()
        return found

    assert (await ask())["errors"][0]["extensions"] == {"code": "FORBIDDEN", "permission": "consent.read"}
    assert (await ask(scopes=["customer.read"]))["data"]["apiKeyCreate"]["applied"] is True


async def test_a_key_is_bound_to_purposes(data: Ask, ctx: Context, stored: Any) -> None:
    made = await make(data, purposes=["SMS_OFFERS", "MARKETING", "MARKETING"])
    assert made["apiKey"]["purposes"] == ["MARKETING", "SMS_OFFERS"]
    assert (await data("{ apiKeys { purposes } }"))["apiKeys"] == [{"purposes": ["MARKETING", "SMS_OFFERS"]}]
    # Once from the database, and once as it is remembered.
    for _ in range(2):
        caller = await rules.caller_of_key(ctx, made["secret"])
        assert caller is not None
        assert caller.purposes == frozenset({"MARKETING", "SMS_OFFERS"})
    free = await make(data)
    assert free["apiKey"]["purposes"] is None
    for _ in range(2):
        caller = await rules.caller_of_key(ctx, free["secret"])
        assert caller is not None
        assert caller.purposes is None


async def test_a_key_from_before_purposes_has_them_all(ctx: Context, stored: Any, clock: Clock, data: Ask) -> None:
    key, secret = a_key(stored, clock())
    stored["api_keys"].update_one({"_id": key["_id"]}, {"$unset": {"purposes": 1}})
    caller = await rules.caller_of_key(ctx, secret)
    assert caller is not None
    assert caller.purposes is None
    assert (await data("{ apiKeys { purposes } }"))["apiKeys"] == [{"purposes": None}]


async def test_a_bound_key_makes_no_freer_one(client: httpx2.AsyncClient, stored: Any, clock: Clock) -> None:
    _, secret = a_key(stored, clock(), purposes=["MARKETING", "SERVICE"])
    headers = {"Authorization": f"Bearer {secret}"}

    async def ask(**more: Any) -> dict[str, Any]:
        variables = {"input": {"name": "Shop", "roleIds": [role("viewer")], **more}}
        answer = await client.post("/graphql", json={"query": CREATE, "variables": variables}, headers=headers)
        found: dict[str, Any] = answer.json()
        return found

    for more in ({}, {"purposes": None}, {"purposes": ["MARKETING", "OTHER"]}):
        assert (await ask(**more))["errors"][0]["extensions"] == {"code": "FORBIDDEN"}
    assert stored["api_keys"].count_documents({}) == 1
    made = (await ask(purposes=["SERVICE"]))["data"]["apiKeyCreate"]
    assert made["apiKey"]["purposes"] == ["SERVICE"]


async def test_finding_a_key_is_one_command(
    client: httpx2.AsyncClient, stored: Any, clock: Clock, commands: Any
) -> None:
    _, secret = a_key(stored, clock())
    with commands(everything=True) as sent:
        await call(client, secret)
    assert sent == ["find api_keys"]
