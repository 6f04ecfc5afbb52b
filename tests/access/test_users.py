"""Users: invited, changed, deactivated; passwords changed and set by a link; the last Owner."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx2
import pytest

from api.access import passwords
from api.access.model import OWNER_ID, preset
from api.core import ids
from tests.conftest import Ask, Clock
from tests.factories import PASSWORD, a_key, a_user

CREATE = """mutation ($input: UserCreateInput!) { userCreate(input: $input) {
  user { id name email active lastSignInAt roles { name } } applied replayed errors { code path } } }"""
UPDATE = """mutation ($id: ID!, $input: UserUpdateInput!) { userUpdate(id: $id, input: $input) {
  user { id name active roles { name } } applied replayed errors { code path } } }"""
SET = "mutation ($input: PasswordSetInput!) { passwordSet(input: $input) { applied replayed errors { code path } } }"
LINK = (
    "mutation ($input: PasswordLinkSendInput!) { passwordLinkSend(input: $input) { applied replayed errors { code } } }"
)
CHANGE = """mutation ($input: PasswordChangeInput!) {
  passwordChange(input: $input) { applied replayed errors { code path } } }"""
SIGN_IN = """mutation ($email: String!, $password: String!) {
  signIn(input: {email: $email, password: $password}) { viewer { id } errors { code } } }"""
NEW_PASSWORD = "a quite different horse"


def role(name: str) -> str:
    return ids.show(ids.ROLE, preset(name))


def mails(stored: Any) -> list[dict[str, Any]]:
    return list(stored["outbox"].find({}, sort=[("_id", 1)]))


def token_of(mail: dict[str, Any]) -> str:
    found = re.search(r"http://127\.0\.0\.1:8000/set-password#token=([\w-]{43})\n", mail["personal"]["text"])
    assert found, mail["personal"]["text"]
    return found.group(1)


async def invite(data: Ask, **more: Any) -> dict[str, Any]:
    sent = {"name": "Bob Berg", "email": "Bob@Staff.example", "roleIds": [role("editor")], **more}
    return (await data(CREATE, {"input": sent}))["userCreate"]


async def test_an_invited_user_sets_a_password_by_mail_and_signs_in(
    data: Ask, stored: Any, clock: Clock, client: httpx2.AsyncClient
) -> None:
    answer = await invite(data)
    user_id = answer["user"]["id"]
    assert answer == {
        "user": {
            "id": user_id,
            "name": "Bob Berg",
            "email": "bob@staff.example",
            "active": True,
            "lastSignInAt": None,
            "roles": [{"name": "Editor"}],
        },
        "applied": True,
        "replayed": False,
        "errors": [],
    }
    (mail,) = mails(stored)
    token = token_of(mail)
    kept = stored["users"].find_one({"email": "bob@staff.example"})
    assert kept["link"]["digest"] == passwords.fingerprint(token)
    assert token not in str(kept)
    sent = {"input": {"token": token, "password": NEW_PASSWORD}}
    assert (await data(SET, sent, as_="anonymous"))["passwordSet"] == {"applied": True, "replayed": False, "errors": []}
    # The link is for one use.
    again = (await data(SET, sent, as_="anonymous"))["passwordSet"]
    assert again == {"applied": False, "replayed": False, "errors": [{"code": "LINK_INVALID", "path": ["token"]}]}
    signed_in = await data(SIGN_IN, {"email": "bob@staff.example", "password": NEW_PASSWORD}, as_="anonymous")
    assert signed_in["signIn"] == {"viewer": {"id": user_id}, "errors": []}
    assert stored["users"].find_one({"email": "bob@staff.example"})["password"].startswith("$argon2id$")
    assert stored["users"].find_one({"email": "bob@staff.example"})["last_sign_in_at"] == clock()


async def test_a_link_lives_for_a_day(data: Ask, stored: Any, clock: Clock) -> None:
    await invite(data)
    token = token_of(mails(stored)[0])
    clock.move(hours=24)
    answer = await data(SET, {"input": {"token": token, "password": NEW_PASSWORD}}, as_="anonymous")
    assert answer["passwordSet"]["errors"] == [{"code": "LINK_INVALID", "path": ["token"]}]


@pytest.mark.parametrize("password", ["short", "x" * 11, "a" * 30, "bob@staff.example", "x" * 1_001])
async def test_weak_passwords_are_refused(data: Ask, stored: Any, password: str) -> None:
    await invite(data)
    token = token_of(mails(stored)[0])
    answer = await data(SET, {"input": {"token": token, "password": password}}, as_="anonymous")
    assert answer["passwordSet"]["errors"] == [{"code": "PASSWORD_WEAK", "path": ["password"]}]
    assert stored["users"].find_one({"email": "bob@staff.example"})["password"] is None


async def test_a_forgotten_password_is_answered_alike_for_all(data: Ask, stored: Any, clock: Clock) -> None:
    a_user(stored, clock(), role="viewer", email="anna@staff.example", password=await passwords.digest(PASSWORD))
    known = await data(LINK, {"input": {"email": "Anna@staff.example"}}, as_="anonymous")
    unknown = await data(LINK, {"input": {"email": "nobody@staff.example"}}, as_="anonymous")
    assert known == unknown == {"passwordLinkSend": {"applied": True, "replayed": False, "errors": []}}
    (mail,) = mails(stored)
    assert mail["personal"]["to"] == "anna@staff.example"
    answer = await data(SET, {"input": {"token": token_of(mail), "password": NEW_PASSWORD}}, as_="anonymous")
    assert answer["passwordSet"]["applied"] is True
    assert stored["users"].find_one({"email": "anna@staff.example"})["sessions"] == []


async def test_links_are_limited(data: Ask, stored: Any, clock: Clock) -> None:
    a_user(stored, clock(), role="viewer", email="anna@staff.example")
    answers = [await data(LINK, {"input": {"email": "anna@staff.example"}}, as_="anonymous") for _ in range(7)]
    assert [[one["code"] for one in each["passwordLinkSend"]["errors"]] for each in answers] == [[]] * 5 + [
        ["RATE_LIMITED"]
    ] * 2
    assert len(mails(stored)) == 5


async def test_changing_the_password_ends_every_other_session(
    data: Ask, stored: Any, clock: Clock, client: httpx2.AsyncClient
) -> None:
    user, token = a_user(
        stored, clock(), role="viewer", email="anna@staff.example", password=await passwords.digest(PASSWORD)
    )
    mine = {"Cookie": f"regulars_session={token}", "X-CSRF": "1"}

    async def change(current: str, new: str) -> httpx2.Response:
        variables = {"input": {"current": current, "new": new}}
        return await client.post("/graphql", json={"query": CHANGE, "variables": variables}, headers=mine)

    wrong = (await change("not this one", NEW_PASSWORD)).json()["data"]["passwordChange"]
    assert wrong == {"applied": False, "replayed": False, "errors": [{"code": "WRONG_PASSWORD", "path": ["current"]}]}
    weak = (await change(PASSWORD, "short")).json()["data"]["passwordChange"]
    assert weak["errors"] == [{"code": "PASSWORD_WEAK", "path": ["new"]}]
    assert stored["users"].find_one({"_id": user["_id"]})["sessions"] == user["sessions"]
    right = await change(PASSWORD, NEW_PASSWORD)
    assert right.json()["data"]["passwordChange"] == {"applied": True, "replayed": False, "errors": []}
    fresh = client.cookies["regulars_session"]
    kept = stored["users"].find_one({"_id": user["_id"]})["sessions"]
    assert [one["id"] for one in kept] == [passwords.fingerprint(fresh)]
    assert fresh != token


async def test_a_key_has_no_password_to_change(gql: Ask) -> None:
    answer = await gql(CHANGE, {"input": {"current": PASSWORD, "new": NEW_PASSWORD}}, as_="key")
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_one_email_is_one_user(data: Ask) -> None:
    first = await invite(data)
    second = await invite(data, email=" BOB@staff.example ")
    assert first["applied"] is True
    assert second == {
        "user": None, "applied": False, "replayed": False,
        "errors": [{"code": "DUPLICATE_IDENTIFIER", "path": ["email"]}],
    }  # fmt: skip
    answers = await asyncio.gather(*(invite(data, email="cleo@staff.example") for _ in range(4)))
    assert sorted(one["applied"] for one in answers) == [False, False, False, True]


@pytest.mark.parametrize(
    ("sent", "code", "path"),
    [
        ({"name": " "}, "REQUIRED", ["name"]),
        ({"name": "x" * 201}, "TOO_LONG", ["name"]),
        ({"name": "Bob\nBcc: x"}, None, None),
        ({"email": "no address"}, "INVALID", ["email"]),
        ({"email": "a@b.example\nBcc: c@d.example"}, "INVALID", ["email"]),
        ({"roleIds": []}, "REQUIRED", ["role_ids"]),
        ({"roleIds": ["rol_" + "f" * 24]}, "INVALID", ["role_ids"]),
        ({"roleIds": ["usr_" + "f" * 24]}, "INVALID", ["role_ids"]),
    ],
)
async def test_what_cannot_be_invited(
    data: Ask, stored: Any, sent: dict[str, Any], code: str | None, path: list[str] | None
) -> None:
    before = stored["users"].count_documents({})
    answer = await invite(data, **sent)
    if code is None:
        assert answer["user"]["name"] == "Bob Bcc: x"
        return
    assert answer["errors"] == [{"code": code, "path": path}]
    assert stored["users"].count_documents({"email": {"$regex": "^bob|^a@b"}}) == 0
    assert before in {0, 1}


async def test_a_dry_run_writes_nothing_and_a_repeated_key_is_one_user(data: Ask, stored: Any) -> None:
    dry = await invite(data, dryRun=True, idempotencyKey="k")
    assert dry == {"user": None, "applied": False, "replayed": False, "errors": []}
    assert stored["users"].find_one({"email": "bob@staff.example"}) is None
    assert mails(stored) == []
    first = await invite(data, idempotencyKey="k")
    second = await invite(data, idempotencyKey="k")
    assert second == {**first, "replayed": True}
    other = await invite(data, idempotencyKey="k", name="Somebody Else")
    assert other["errors"] == [{"code": "IDEMPOTENCY_KEY_REUSED", "path": ["idempotency_key"]}]
    assert len(mails(stored)) == 1


async def test_changing_roles_or_deactivating_ends_the_sessions(data: Ask, stored: Any, clock: Clock, gql: Ask) -> None:
    user, _ = a_user(stored, clock(), role="viewer")
    user_id = ids.show(ids.USER, user["_id"])
    same = await data(UPDATE, {"id": user_id, "input": {"name": "Other Name", "roleIds": [role("viewer")]}})
    assert same["userUpdate"]["user"]["name"] == "Other Name"
    assert len(stored["users"].find_one({"_id": user["_id"]})["sessions"]) == 1
    more = await data(UPDATE, {"id": user_id, "input": {"roleIds": [role("editor"), role("viewer")]}})
    assert more["userUpdate"]["user"]["roles"] == [{"name": "Editor"}, {"name": "Viewer"}]
    kept = stored["users"].find_one({"_id": user["_id"]})
    assert kept["sessions"] == []
    assert kept["permissions"] == [
        "consent.read",
        "consent.record",
        "customer.delete",
        "customer.pii.read",
        "customer.read",
        "customer.write",
        "run.read",
    ]
    stored["users"].update_one({"_id": user["_id"]}, {"$set": {"sessions": user["sessions"]}})
    gone = await data(UPDATE, {"id": user_id, "input": {"active": False}})
    assert gone["userUpdate"]["user"]["active"] is False
    assert stored["users"].find_one({"_id": user["_id"]})["sessions"] == []


async def test_an_unknown_user_is_not_found(data: Ask) -> None:
    for unknown in ("usr_" + "f" * 24, "cus_" + "f" * 24, "", "usr_" + "F" * 24):
        answer = await data(UPDATE, {"id": unknown, "input": {"name": "x"}})
        assert answer["userUpdate"] == {
            "user": None, "applied": False, "replayed": False, "errors": [{"code": "NOT_FOUND", "path": None}]
        }  # fmt: skip


# --- the last Owner ---


@pytest.fixture
async def owner(stored: Any, clock: Clock) -> str:
    """The only Owner who can sign in, as an id."""
    user, _ = a_user(
        stored, clock(), role="owner", email="owner@staff.example", password=await passwords.digest(PASSWORD)
    )
    return ids.show(ids.USER, user["_id"])


@pytest.mark.parametrize("change", [{"active": False}, {"roleIds": ["editor"]}, {"active": False, "dryRun": True}])
async def test_the_last_owner_stays(data: Ask, stored: Any, owner: str, change: dict[str, Any]) -> None:
    sent = {key: [role(one) for one in value] if key == "roleIds" else value for key, value in change.items()}
    answer = await data(UPDATE, {"id": owner, "input": sent}, as_="key")
    assert answer["userUpdate"]["errors"] == [{"code": "LAST_OWNER", "path": None}]
    assert stored["users"].find_one({"email": "owner@staff.example"})["role_ids"] == [OWNER_ID]
    assert stored["users"].find_one({"email": "owner@staff.example"})["active"] is True


async def test_of_two_owners_who_go_at_once_one_stays(data: Ask, stored: Any, clock: Clock, owner: str) -> None:
    other, _ = a_user(stored, clock(), role="owner", password=await passwords.digest(PASSWORD))
    both = [owner, ids.show(ids.USER, other["_id"])]
    answers = await asyncio.gather(*(data(UPDATE, {"id": one, "input": {"active": False}}, as_="key") for one in both))
    codes = sorted([error["code"] for error in one["userUpdate"]["errors"]] for one in answers)
    assert codes == [[], ["LAST_OWNER"]]
    assert stored["users"].count_documents({"role_ids": OWNER_ID, "active": True, "password": {"$ne": None}}) == 1


# --- nobody gives what she does not hold ---


async def test_nobody_gives_or_takes_what_she_does_not_hold(
    gql: Ask, stored: Any, clock: Clock, client: httpx2.AsyncClient
) -> None:
    limited = {"permissions": ["consent.read", "customer.pii.read", "customer.read", "run.read", "settings.users"]}
    _, secret = a_key(stored, clock(), role="viewer", **limited)
    headers = {"Authorization": f"Bearer {secret}"}
    editor, _ = a_user(stored, clock(), role="editor")

    async def ask(query: str, variables: dict[str, Any]) -> dict[str, Any]:
        answer = await client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        found: dict[str, Any] = answer.json()
        return found

    sent = {"name": "Bob Berg", "email": "bob@staff.example"}
    refused = await ask(CREATE, {"input": {**sent, "roleIds": [role("owner")]}})
    assert refused["errors"][0]["extensions"] == {"code": "FORBIDDEN", "permission": "audit.read"}
    for change in ({"roleIds": [role("viewer")]}, {"active": False}):
        refused = await ask(UPDATE, {"id": ids.show(ids.USER, editor["_id"]), "input": change})
        assert refused["errors"][0]["extensions"] == {"code": "FORBIDDEN", "permission": "consent.record"}
    allowed = await ask(CREATE, {"input": {**sent, "roleIds": [role("viewer")]}})
    assert allowed["data"]["userCreate"]["applied"] is True


async def test_users_come_in_pages(data: Ask, stored: Any, clock: Clock) -> None:
    made = [ids.show(ids.USER, a_user(stored, clock(), role="viewer")[0]["_id"]) for _ in range(5)]
    query = "query ($first: Int, $after: String) { users(first: $first, after: $after) { id } }"

    async def read(**variables: Any) -> list[str]:
        return [one["id"] for one in (await data(query, variables, as_="key"))["users"]]

    assert await read() == made
    assert await read(first=2) == made[:2]
    assert await read(first=2, after=made[1]) == made[2:4]
    assert await read(first=0) == []


@pytest.mark.parametrize("first", [-1, 101, 2**31 - 1])
async def test_pages_of_users_have_a_size(gql: Ask, first: int) -> None:
    answer = await gql("query ($first: Int) { users(first: $first) { id } }", {"first": first})
    assert answer["errors"][0]["extensions"]["code"] == "INVALID"
