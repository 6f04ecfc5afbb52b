"""Double opt-in: a token for what is pending, a mail in the person's language, and a yes that counts once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import orjson
import pytest

from tests.conftest import Ask, Clock
from tests.factories import a_key

RECORD = """mutation ($input: ConsentRecordInput!) { consentRecord(input: $input) {
  applied replayed entryId appliedAs confirmToken errors { code path } } }"""
CONFIRM = """mutation ($input: ConsentConfirmInput!) { consentConfirm(input: $input) {
  applied replayed appliedAs errors { code path } } }"""
LIST = "mutation ($input: ListCreateInput!) { listCreate(input: $input) { applied } }"
WEEKLY = {"key": "weekly", "name": "Weekly  letter", "channel": "EMAIL", "purpose": "MARKETING", "doubleOptIn": True}
EMAIL = {"email": "Anna@planted.example"}
PENDING: dict[str, Any] = {"identifier": EMAIL, "channel": "EMAIL", "purpose": "MARKETING", "state": "PENDING"}
DONE = {"applied": True, "replayed": False, "appliedAs": "CURRENT", "errors": []}
NOTHING = {"applied": False, "replayed": False, "appliedAs": "NO_CHANGE", "errors": []}


async def record(data: Ask, as_: str = "key:partner", **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await data(RECORD, {"input": {**PENDING, **more}}, as_=as_))["consentRecord"]
    return found


async def confirm(data: Ask, token: str, **more: Any) -> dict[str, Any]:
    sent = {"input": {"token": token, **more}}
    found: dict[str, Any] = (await data(CONFIRM, sent, as_="anonymous"))["consentConfirm"]
    return found


def refused(code: str) -> dict[str, Any]:
    return {"applied": False, "replayed": False, "appliedAs": None, "errors": [{"code": code, "path": ["token"]}]}


async def test_a_stranger_with_the_token_confirms(data: Ask, stored: Any, clock: Clock) -> None:
    term = """mutation ($input: TermCreateInput!) { termCreate(input: $input) { applied } }"""
    texts = [{"locale": "en", "text": "Yes."}, {"locale": "nl", "text": "Ja."}]
    await data(term, {"input": {"key": "news", "name": "News", "texts": texts}})
    asked = await record(data, term="news", locale="nl")
    assert asked["confirmToken"].isascii()
    clock.move(hours=1)
    assert await confirm(data, asked["confirmToken"]) == DONE
    first, second = (entry["body"] for entry in stored["consent_ledger"].find(sort=[("seq", 1)]))
    before, after = orjson.loads(first), orjson.loads(second)
    same = ("kind", "channel", "purpose", "list", "term", "term_version", "text_hash", "locale", "subject")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert (after["state"], after["basis"], after["level"], after["source"]) == (
        "GRANTED", "DOUBLE_OPT_IN", "CONFIRMED", "CONFIRM",
    )  # fmt: skip
    assert (after["confirms"], after["collected_at"], after["actor"]["kind"]) == (
        before["id"], clock().isoformat(), "SYSTEM",
    )  # fmt: skip
    (customer,) = stored["customers"].find()
    assert customer["standing"][0]["keys"] == ["EMAIL/MARKETING/GRANTED", "EMAIL/MARKETING/GRANTED/DOUBLE_OPT_IN"]


async def test_a_token_is_good_once(data: Ask, stored: Any, clock: Clock) -> None:
    token = (await record(data))["confirmToken"]
    clock.move(minutes=1)
    assert await confirm(data, token, dryRun=True) == {**DONE, "applied": False}
    assert stored["consent_ledger"].count_documents({}) == 1
    assert await confirm(data, token, idempotencyKey="one") == DONE
    assert await confirm(data, token, idempotencyKey="one") == {**DONE, "replayed": True}
    assert await confirm(data, token) == NOTHING
    assert await confirm(data, token, idempotencyKey="two") == NOTHING
    assert await confirm(data, token, dryRun=True) == NOTHING
    assert stored["consent_ledger"].count_documents({}) == 2
    other = (await record(data, identifier={"email": "bo@planted.example"}))["confirmToken"]
    used = await confirm(data, other, idempotencyKey="one")
    assert [one["code"] for one in used["errors"]] == ["IDEMPOTENCY_KEY_REUSED"]


async def test_two_at_once_record_one(data: Ask, stored: Any, clock: Clock) -> None:
    token = (await record(data))["confirmToken"]
    clock.move(minutes=1)
    found = await asyncio.gather(*(confirm(data, token) for _ in range(4)))
    assert sorted(one["appliedAs"] for one in found) == ["CURRENT", "NO_CHANGE", "NO_CHANGE", "NO_CHANGE"]
    assert stored["consent_ledger"].count_documents({}) == 2


@pytest.mark.parametrize("state", ["WITHDRAWN", "DENIED"])
async def test_who_said_no_since_is_not_confirmed(data: Ask, stored: Any, clock: Clock, state: str) -> None:
    asked = clock()
    token = (await record(data))["confirmToken"]
    clock.move(minutes=1)
    await record(data, state=state, channel="EMAIL", purpose="SERVICE")
    # Said before it was asked, and recorded since: whoever is not sure asks once more.
    await record(data, state=state, collectedAt=(asked - timedelta(days=1)).isoformat())
    clock.move(minutes=1)
    assert await confirm(data, token) == refused("CONSENT_BLOCKED")
    assert stored["consent_ledger"].count_documents({}) == 3
    again = (await record(data))["confirmToken"]
    clock.move(minutes=1)
    assert await confirm(data, again) == DONE


async def test_tokens_that_are_none(data: Ask, stored: Any, clock: Clock) -> None:
    token = (await record(data))["confirmToken"]
    other = (await record(data, identifier={"email": "bo@planted.example"}))["confirmToken"]
    swapped = token.rpartition(".")[0] + other[other.rindex(".") :]
    for wrong in ("", "x", "...", "é" * 40, token[:-1], token + "x", swapped, token * 20, "\u0000"):
        assert await confirm(data, wrong) == refused("TOKEN_INVALID"), wrong
    clock.move(days=7, seconds=-1)
    clock.move(seconds=1)
    assert await confirm(data, token) == refused("TOKEN_EXPIRED")
    assert stored["consent_ledger"].count_documents({}) == 2


async def test_a_token_for_the_persons_own_matters(data: Ask, stored: Any, clock: Clock) -> None:
    post = {"channel": "POST", "purpose": "MARKETING"}
    token = (await record(data, **post))["confirmToken"]
    update = (
        """mutation ($id: ID!, $input: CustomerUpdateInput!) { customerUpdate(id: $id, input: $input) { applied } }"""
    )
    (anna,) = stored["customers"].find()
    gone = {"emails": {"remove": [anna["emails"][0]["id"]]}, "familyName": "Janssen"}
    assert (await data(update, {"id": f"cus_{anna['_id']}", "input": gone}))["customerUpdate"]["applied"]
    clock.move(minutes=1)
    assert await confirm(data, token) == DONE
    (anna,) = stored["customers"].find()
    assert [one["keys"] for one in anna["standing"]] == [
        ["POST/MARKETING/GRANTED", "POST/MARKETING/GRANTED/DOUBLE_OPT_IN"]
    ]


async def test_only_what_is_pending_has_a_token(data: Ask) -> None:
    assert (await record(data, state="GRANTED"))["confirmToken"] is None
    assert (await record(data, state="WITHDRAWN"))["confirmToken"] is None
    assert (await record(data, dryRun=True))["confirmToken"] is None
    one = await record(data, idempotencyKey="same")
    assert (await record(data, idempotencyKey="same"))["confirmToken"] == one["confirmToken"]


# --- lists that ask for it ---


async def test_a_list_with_double_opt_in_takes_no_single_one(
    data: Ask, client: httpx2.AsyncClient, stored: Any, clock: Clock
) -> None:
    await data(LIST, {"input": WEEKLY})
    on = {"channel": None, "purpose": None, "list": "weekly"}
    for source in ("FORM", "PARTNER"):
        for basis in ("EXPLICIT", "IMPLICIT", "IMPORTED"):
            done = await record(data, state="GRANTED", source=source, basis=basis, **on)
            assert done["errors"] == [{"code": "DOUBLE_OPT_IN_REQUIRED", "path": ["state"]}]
    assert stored["consent_ledger"].count_documents({}) == 0
    assert (await record(data, state="GRANTED", basis="DOUBLE_OPT_IN", **on))["appliedAs"] == "CURRENT"
    assert (await record(data, state="WITHDRAWN", **on))["appliedAs"] == "CURRENT"
    clock.move(minutes=1)
    admin = await record(data, "owner", state="GRANTED", reason="At the desk", evidence={"note": "Signed"}, **on)
    assert admin["appliedAs"] == "CURRENT"
    _, bound = a_key(stored, clock(), role="partner", purposes=["SERVICE"])
    body = {"query": RECORD, "variables": {"input": {**PENDING, **on}}}
    answer = await client.post("/graphql", json=body, headers={"Authorization": f"Bearer {bound}"})
    assert answer.json()["data"]["consentRecord"]["errors"][0]["code"] == "PURPOSE_NOT_ALLOWED"
    token = (await record(data, identifier={"email": "bo@planted.example"}, **on))["confirmToken"]
    clock.move(minutes=1)
    assert await confirm(data, token) == DONE


async def test_what_was_archived_since_is_not_confirmed(data: Ask, stored: Any, clock: Clock) -> None:
    await data(LIST, {"input": WEEKLY})
    token = (await record(data, channel=None, purpose=None, list="weekly"))["confirmToken"]
    update = "mutation ($key: String!, $input: ListUpdateInput!) { listUpdate(key: $key, input: $input) { applied } }"
    await data(update, {"key": "weekly", "input": {"archived": True}})
    clock.move(minutes=1)
    assert [one["code"] for one in (await confirm(data, token))["errors"]] == ["UNKNOWN_LIST"]
    assert stored["consent_ledger"].count_documents({}) == 1


# --- the mail ---


async def test_the_mail_is_written_once_in_the_persons_language(data: Ask, stored: Any, clock: Clock) -> None:
    await data(LIST, {"input": WEEKLY})
    on = {"channel": None, "purpose": None, "list": "weekly", "sendConfirmation": True}
    done = await record(data, idempotencyKey="one", locale="de-AT", **on)
    await record(data, idempotencyKey="one", locale="de-AT", **on)
    (mail,) = stored["outbox"].find()
    assert mail["status"] == "KEPT"
    said = mail["personal"]
    assert (said["to"], said["subject"]) == ("anna@planted.example", "Bitte bestätigen: Weekly letter")
    assert f"http://127.0.0.1:8000/confirm/{done['confirmToken']}\n" in said["text"]
    assert "{" not in said["text"]
    assert await record(data, dryRun=True, **on)
    assert stored["outbox"].count_documents({}) == 1


@pytest.mark.parametrize(
    ("item", "customer", "subject"),
    [("nl", "fr", "Graag bevestigen: Marketing (e-mail)"), (None, "fr-BE", "Merci de confirmer : Marketing (e-mail)"),
     (None, "es", "Confirme, por favor: Marketing (correo electrónico)"), ("pl", None, "Please confirm: Marketing (email)"),
     (None, None, "Please confirm: Marketing (email)")],
)  # fmt: skip
async def test_whose_language(data: Ask, stored: Any, item: str | None, customer: str | None, subject: str) -> None:
    create = "mutation ($input: CustomerCreateInput!) { customerCreate(input: $input) { applied } }"
    person = {"emails": [{"address": "anna@planted.example"}], **({"locale": customer} if customer else {})}
    assert (await data(create, {"input": person}))["customerCreate"]["applied"]
    await record(data, sendConfirmation=True, locale=item)
    (mail,) = stored["outbox"].find()
    assert mail["personal"]["subject"] == subject


@pytest.mark.parametrize(
    "sent",
    [{"state": "GRANTED"}, {"identifier": {"phone": "0612345678"}, "channel": "SMS"},
     {"identifier": {"referenceId": "R1"}, "channel": "POST"}],
)  # fmt: skip
async def test_no_mail_for_what_needs_none(data: Ask, stored: Any, sent: dict[str, Any]) -> None:
    done = await record(data, sendConfirmation=True, **sent)
    assert done["errors"] == [{"code": "INVALID", "path": ["send_confirmation"]}]
    assert stored["outbox"].count_documents({}) == stored["consent_ledger"].count_documents({}) == 0
