"""Signing in and out: sessions, their cookie and their end; tries and their limit."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from statistics import median
from typing import Any

import httpx2
import pytest
from argon2 import PasswordHasher

from api.access import passwords, store
from api.access.sessions import caller_of_session
from api.app import create_app
from api.core.context import Context
from tests.conftest import Clock
from tests.factories import PASSWORD, a_user

SIGN_IN = """mutation ($email: String!, $password: String!) {
  signIn(input: {email: $email, password: $password}) { viewer { email roles permissions }
    errors { code message path } }
}"""
VIEWER = "{ viewer { id kind email } }"
COOKIE = "regulars_session"


@pytest.fixture
async def anna(stored: Any, clock: Clock) -> dict[str, Any]:
    """A viewer with a password and no session."""
    user, _ = a_user(
        stored, clock(), role="viewer", email="anna@staff.example", password=await passwords.digest(PASSWORD)
    )
    stored["users"].update_one({"_id": user["_id"]}, {"$set": {"sessions": []}})
    return user


async def send(client: httpx2.AsyncClient, query: str, headers: dict[str, str] | None = None, **variables: Any) -> Any:
    answer = await client.post("/graphql", json={"query": query, "variables": variables}, headers=headers or {})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def sign_in(client: httpx2.AsyncClient, email: str = "anna@staff.example", password: str = PASSWORD) -> Any:
    return (await send(client, SIGN_IN, email=email, password=password))["signIn"]


async def test_signing_in_and_out(client: httpx2.AsyncClient, anna: dict[str, Any], stored: Any) -> None:
    answer = await client.post(
        "/graphql", json={"query": SIGN_IN, "variables": {"email": " Anna@Staff.example", "password": PASSWORD}}
    )
    assert answer.json()["data"]["signIn"] == {
        "viewer": {
            "email": "anna@staff.example",
            "roles": ["Viewer"],
            "permissions": ["consent.read", "customer.pii.read", "customer.read", "run.read"],
        },
        "errors": [],
    }
    cookie = answer.headers["set-cookie"]
    token = client.cookies[COOKIE]
    assert cookie == f"{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=604800"
    assert (await send(client, VIEWER))["viewer"]["email"] == "anna@staff.example"
    kept = stored["users"].find_one({"_id": anna["_id"]})["sessions"]
    assert [one["id"] for one in kept] == [passwords.fingerprint(token)]

    signed_out = await client.post("/graphql", json={"query": "mutation { signOut { errors { code } } }"})
    assert signed_out.json()["data"] == {"signOut": {"errors": []}}
    assert signed_out.headers["set-cookie"] == f"{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"
    assert stored["users"].find_one({"_id": anna["_id"]})["sessions"] == []
    again = await send(client, VIEWER, {"Cookie": f"{COOKIE}={token}"})
    assert again == {"viewer": None}


async def test_over_https_the_cookie_belongs_to_this_host_alone(ctx: Context, anna: dict[str, Any]) -> None:
    settings = dataclasses.replace(ctx.settings, url="https://regulars.example")
    app = create_app(settings, database=ctx.db, clock=ctx.clock)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="https://regulars.example") as browser:
            answer = await browser.post(
                "/graphql", json={"query": SIGN_IN, "variables": {"email": anna["email"], "password": PASSWORD}}
            )
            name, _, rest = answer.headers["set-cookie"].partition("=")
            assert name == "__Host-regulars_session"
            assert rest.partition("; ")[2] == "Path=/; HttpOnly; SameSite=Strict; Max-Age=604800; Secure"
            assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
            viewer = await browser.post("/graphql", json={"query": VIEWER}, headers={"X-CSRF": "1"})
            assert viewer.json()["data"]["viewer"]["email"] == "anna@staff.example"


@pytest.mark.parametrize(
    ("email", "password"),
    [("anna@staff.example", "wrong"), ("nobody@staff.example", PASSWORD), ("anna@staff.example", ""), ("", "")],
)
async def test_wrong_and_unknown_are_told_alike(
    client: httpx2.AsyncClient, anna: dict[str, Any], email: str, password: str
) -> None:
    assert await sign_in(client, email, password) == {
        "viewer": None,
        "errors": [{"code": "SIGN_IN_FAILED", "message": "This email and password do not go together.", "path": None}],
    }
    assert COOKIE not in client.cookies


async def test_a_deactivated_user_and_one_without_a_password_cannot_sign_in(
    client: httpx2.AsyncClient, anna: dict[str, Any], stored: Any
) -> None:
    stored["users"].update_one({"_id": anna["_id"]}, {"$set": {"active": False}})
    assert (await sign_in(client))["errors"][0]["code"] == "SIGN_IN_FAILED"
    stored["users"].update_one({"_id": anna["_id"]}, {"$set": {"active": True, "password": None}})
    assert (await sign_in(client))["errors"][0]["code"] == "SIGN_IN_FAILED"


async def test_wrong_and_unknown_take_equally_long(
    client: httpx2.AsyncClient, stored: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "hasher", PasswordHasher(time_cost=2, memory_cost=16_384, parallelism=1))
    hashed = await passwords.digest(PASSWORD)
    emails = [f"user{n}@staff.example" for n in range(7)]
    for email in emails:
        a_user(stored, clock(), role="viewer", email=email, password=hashed)
    await sign_in(client, "warm@staff.example", "up")
    known, unknown = [], []
    for n, email in enumerate(emails):
        for who, took in ((email, known), (f"nobody{n}@staff.example", unknown)):
            began = time.process_time()
            await sign_in(client, who, "wrong")
            took.append(time.process_time() - began)
    # Both cost one Argon2 and the same commands; the margin is for the machine's noise.
    assert median(known) == pytest.approx(median(unknown), rel=0.3)


async def test_ten_tries_of_an_account_in_a_quarter(
    client: httpx2.AsyncClient, anna: dict[str, Any], clock: Clock
) -> None:
    for _ in range(10):
        assert (await sign_in(client, password="wrong"))["errors"][0]["code"] == "SIGN_IN_FAILED"
    refused = await client.post(
        "/graphql", json={"query": SIGN_IN, "variables": {"email": anna["email"], "password": PASSWORD}}
    )
    assert refused.json()["data"]["signIn"]["errors"] == [
        {"code": "RATE_LIMITED", "message": "Too many tries. Wait a quarter of an hour.", "path": None}
    ]
    assert refused.headers["retry-after"] == "900"
    clock.move(minutes=14, seconds=59)
    assert (await sign_in(client))["errors"][0]["code"] == "RATE_LIMITED"
    clock.move(seconds=1)
    assert (await sign_in(client))["viewer"]["email"] == "anna@staff.example"


async def test_a_success_gives_the_tries_back(client: httpx2.AsyncClient, anna: dict[str, Any]) -> None:
    for _ in range(3):
        for _ in range(9):
            assert (await sign_in(client, password="wrong"))["errors"][0]["code"] == "SIGN_IN_FAILED"
        assert (await sign_in(client))["errors"] == []


async def test_parallel_tries_share_the_limit(client: httpx2.AsyncClient, anna: dict[str, Any]) -> None:
    answers = await asyncio.gather(*(sign_in(client, password="wrong") for _ in range(25)))
    codes = [one["errors"][0]["code"] for one in answers]
    assert (codes.count("SIGN_IN_FAILED"), codes.count("RATE_LIMITED")) == (10, 15)


async def test_tries_by_alias_in_one_request_share_the_limit(client: httpx2.AsyncClient, anna: dict[str, Any]) -> None:
    tries = " ".join(
        f'a{n}: signIn(input: {{email: "anna@staff.example", password: "wrong{n}"}}) {{ errors {{ code }} }}'
        for n in range(25)
    )
    answer = await send(client, f"mutation {{ {tries} }}")
    codes = [one["errors"][0]["code"] for one in answer.values()]
    assert codes == ["SIGN_IN_FAILED"] * 10 + ["RATE_LIMITED"] * 15


async def test_a_hundred_tries_of_an_address(client: httpx2.AsyncClient) -> None:
    codes = [(await sign_in(client, f"u{n}@staff.example", "wrong"))["errors"][0]["code"] for n in range(104)]
    assert codes == ["SIGN_IN_FAILED"] * 100 + ["RATE_LIMITED"] * 4


async def test_tries_are_swept(ctx: Context, client: httpx2.AsyncClient, clock: Clock, stored: Any) -> None:
    await sign_in(client, "nobody@staff.example", "wrong")
    assert stored["tries"].count_documents({}) == 2
    assert await store.sweep_tries(ctx, 500) == 0
    clock.move(minutes=15)
    assert await store.sweep_tries(ctx, 500) == 2
    assert stored["tries"].count_documents({}) == 0


async def test_an_unused_session_ends_after_eight_hours(
    client: httpx2.AsyncClient, anna: dict[str, Any], clock: Clock
) -> None:
    await sign_in(client)
    for _ in range(3):
        clock.move(hours=7, minutes=59)
        assert (await send(client, VIEWER))["viewer"] is not None
    clock.move(hours=8)
    assert (await send(client, VIEWER))["viewer"] is None


async def test_a_used_session_ends_after_seven_days(
    client: httpx2.AsyncClient, anna: dict[str, Any], clock: Clock
) -> None:
    await sign_in(client)
    for _ in range(23):
        clock.move(hours=7)
        assert (await send(client, VIEWER))["viewer"] is not None
    clock.move(hours=7)
    assert (await send(client, VIEWER))["viewer"] is None


async def test_signing_in_again_takes_a_new_id_and_ends_the_old_one(
    client: httpx2.AsyncClient, anna: dict[str, Any], ctx: Context
) -> None:
    await sign_in(client)
    first = client.cookies[COOKIE]
    await sign_in(client)
    assert client.cookies[COOKIE] != first
    assert await caller_of_session(ctx, first) is None
    assert await caller_of_session(ctx, client.cookies[COOKIE]) is not None


async def test_a_planted_session_id_is_not_taken_over(
    client: httpx2.AsyncClient, anna: dict[str, Any], ctx: Context
) -> None:
    planted = "A" * 43
    answer = await client.post(
        "/graphql",
        json={"query": SIGN_IN, "variables": {"email": anna["email"], "password": PASSWORD}},
        headers={"Cookie": f"{COOKIE}={planted}"},
    )
    assert answer.json()["data"]["signIn"]["errors"] == []
    assert await caller_of_session(ctx, planted) is None
    assert planted not in answer.headers["set-cookie"]


async def test_a_user_has_at_most_twenty_sessions(
    client: httpx2.AsyncClient, anna: dict[str, Any], ctx: Context
) -> None:
    await sign_in(client)
    oldest = client.cookies[COOKIE]
    client.cookies.clear()
    for _ in range(20):
        await sign_in(client)
        client.cookies.clear()
    assert await caller_of_session(ctx, oldest) is None


async def test_looking_a_session_up_is_one_command_and_one_more_a_minute(
    client: httpx2.AsyncClient, anna: dict[str, Any], clock: Clock, commands: Any
) -> None:
    await sign_in(client)
    with commands(everything=True) as sent:
        await send(client, VIEWER)
    assert sent == ["find users"]
    clock.move(minutes=1)
    with commands(everything=True) as sent:
        await send(client, VIEWER)
        await send(client, VIEWER)
    assert sent == ["find users", "update users", "find users"]


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "A" * 5_000, "%00", "'; drop", '{"$ne":null}', "é"])
async def test_made_up_cookies_are_strangers(client: httpx2.AsyncClient, anna: dict[str, Any], token: str) -> None:
    answer = await client.post(
        "/graphql",
        json={"query": VIEWER},
        headers=[(b"cookie", f"{COOKIE}={token}".encode("latin-1")), (b"x-csrf", b"1")],
    )
    assert answer.json()["data"] == {"viewer": None}
