"""Whoever was erased stays so: no door of consents brings her back, and a lifted suppression brings nothing back."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from api.consent import tokens
from api.core.context import Context
from api.core.personal import Act
from api.customers.rules import identifier_id
from tests.conftest import ORIGIN, Ask, Clock
from tests.consent.going import go, leave
from tests.consent.test_confirm import CONFIRM
from tests.consent.test_quarantine import GOOD, REJECT, a_waiting, outcomes, reviewed
from tests.consent.test_reach import reasons
from tests.consent.test_record import BATCH, item
from tests.consent.world import faults
from tests.factories import a_customer

ANNA = "anna@planted.example"
EMAIL = {"identifier": {"email": ANNA}}
RECORD = """mutation ($input: ConsentRecordInput!) { consentRecord(input: $input) {
  applied replayed entryId appliedAs confirmToken receipt { jws } customer { id } errors { code path } } }"""
CREATE = (
    """mutation ($input: CustomerCreateInput!) { customerCreate(input: $input) { customer { id } errors { code } } }"""
)
LIST = "mutation ($input: ListCreateInput!) { listCreate(input: $input) { applied } }"
WEEKLY = {"key": "weekly", "name": "Weekly", "channel": "EMAIL", "purpose": "MARKETING"}
NOTHING: dict[str, Any] = {
    "applied": False, "replayed": False, "entryId": None, "appliedAs": "NO_CHANGE", "confirmToken": None,
    "receipt": None, "customer": None, "errors": [],
}  # fmt: skip
SUPPRESSED = {
    **NOTHING, "appliedAs": None, "errors": [{"code": "IDENTIFIER_SUPPRESSED", "path": ["identifier"]}],
}  # fmt: skip


async def send(data: Ask, as_: str = "owner", **more: Any) -> dict[str, Any]:
    """Record something of Anna's address."""
    sent = item(**{"reason": "Asked", "evidence": {"note": "A card"}, **more})
    found: dict[str, Any] = (await data(RECORD, {"input": sent}, as_=as_))["consentRecord"]
    return found


def everything(stored: Any) -> dict[str, list[Any]]:
    """Return all that is stored, but for the keys that callers are made for the test."""
    names = set(stored.list_collection_names()) - {"api_keys", "users", "roles", "sessions"}
    return {name: sorted(stored[name].find(), key=lambda doc: str(doc["_id"])) for name in names}


@pytest.fixture
async def erased(ctx: Context, data: Ask, stored: Any, clock: Clock) -> dict[str, str]:
    """Anna agreed, was asked to confirm, waited in quarantine, and was erased; what she had in her hands."""
    await data(LIST, {"input": WEEKLY})
    anna = await a_customer(ctx, email=ANNA, given_name="Anna")
    assert (await send(data))["appliedAs"] == "CURRENT"
    assert (await send(data, channel="POST"))["appliedAs"] == "CURRENT"
    token = (await send(data, state="PENDING", purpose="SERVICE"))["confirmToken"]
    waiting = await a_waiting(ctx, stored, ANNA)
    name = identifier_id(ctx.keys, "email", ANNA)
    link = tokens.unsubscribe_url(ctx, name, "EMAIL/MARKETING")
    clock.move(hours=1)
    await go(ctx, Act.ERASE, anna["_id"])
    assert stored["customers"].count_documents({}) == 0
    assert stored["consent_ledger"].count_documents({"topic": {"$ne": None}, "personal": {"$ne": None}}) == 0
    return {"token": token, "link": link, "waiting": waiting, "name": name}


# --- the doors ---


@pytest.mark.parametrize("as_", ["owner", "key:partner"])
async def test_a_no_changes_nothing_and_a_yes_is_refused(
    data: Ask, stored: Any, erased: dict[str, str], as_: str, ctx: Context
) -> None:
    query = RECORD.replace("customer { id }", "") if as_ == "key:partner" else RECORD
    on_list = {"channel": None, "purpose": None, "list": "weekly"}
    topics: list[dict[str, Any]] = [
        {}, {"channel": "POST"}, on_list, {"channel": None, "purpose": None, "doNotSell": True},
    ]  # fmt: skip
    before = everything(stored)
    for topic in topics:
        for state in ("GRANTED", "PENDING", "WITHDRAWN", "DENIED", "EXPIRED"):
            for more in ({}, {"dryRun": True}, {"createIfMissing": False}, {"idempotencyKey": f"{topic}{state}"[:255]}):
                evidence = {"reason": "Asked", "evidence": {"note": "A card"}}
                sent = {"input": item(state, basis="DOUBLE_OPT_IN", **evidence, **{**topic, **more})}
                done = (await data(query, sent, as_=as_))["consentRecord"]
                expected = SUPPRESSED if state in {"GRANTED", "PENDING"} else NOTHING
                assert done == {name: value for name, value in expected.items() if name in done}, (topic, state, more)
    pending = {"input": item("PENDING", sendConfirmation=True, **evidence)}
    assert (await data(query, pending, as_=as_))["consentRecord"]["errors"] == SUPPRESSED["errors"]
    assert everything(stored) == before


async def test_others_of_a_batch_are_recorded(data: Ask, stored: Any, erased: dict[str, str], ctx: Context) -> None:
    items = [item(), item("WITHDRAWN"), item(identifier={"email": "bo@planted.example"})]
    sent = {"input": {"items": items, "idempotencyKey": "batch"}}
    for _ in range(2):
        results = (await data(BATCH, sent, as_="key:partner"))["consentsRecord"]["results"]
        assert [(one["appliedAs"], [error["code"] for error in one["errors"]]) for one in results] == [
            (None, ["IDENTIFIER_SUPPRESSED"]), ("NO_CHANGE", []), ("CURRENT", []),
        ]  # fmt: skip
    assert [one["emails"][0]["address"] for one in stored["customers"].find()] == ["bo@planted.example"]
    assert await faults(ctx) == []


async def test_her_links_are_answered_kindly(app: Starlette, data: Ask, stored: Any, erased: dict[str, str]) -> None:
    before = everything(stored)
    confirm = {"input": {"token": erased["token"]}}
    done = (await data(CONFIRM, confirm, as_="anonymous"))["consentConfirm"]
    assert (done["applied"], [one["code"] for one in done["errors"]]) == (False, ["IDENTIFIER_SUPPRESSED"])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=ORIGIN) as stranger:
        for ask in (stranger.get, stranger.post):
            page = await ask(f"/confirm/{erased['token']}")
            assert (page.status_code, "This link is no longer valid" in page.text) == (410, True)
            page = await ask(erased["link"])
            assert page.status_code == 200
            assert "planted" not in page.text
        assert "You are unsubscribed" in page.text
    assert everything(stored) == before


async def test_she_is_not_to_be_contacted(data: Ask, erased: dict[str, str]) -> None:
    assert await reasons(data, {"email": ANNA}) == (False, ["SUPPRESSED"])
    assert await reasons(data, {"email": "enna@planted.example"}) == (False, ["UNKNOWN_PERSON"])


async def test_what_waited_of_her_is_closed(data: Ask, stored: Any, erased: dict[str, str]) -> None:
    (doc,) = stored["consent_quarantine"].find()
    assert (doc["status"], doc["personal"], doc["run"]["title"]) == ("REJECTED", None, None)
    shown = "{ consentQuarantine { nodes { status identifier source run { fileName } customer { id } } } }"
    (node,) = (await data(shown))["consentQuarantine"]["nodes"]
    assert node == {
        "status": "REJECTED",
        "identifier": None,
        "source": None,
        "run": {"fileName": None},
        "customer": None,
    }
    assert outcomes(await reviewed(data, erased["waiting"], **GOOD)) == [(False, None, ["ALREADY_REVIEWED"])]
    assert outcomes(await reviewed(data, erased["waiting"], **REJECT)) == [(True, None, [])]
    assert stored["consent_quarantine"].find_one() == doc


async def test_what_waits_is_not_accepted_before_it_is_closed(ctx: Context, data: Ask, stored: Any) -> None:
    waiting = await a_waiting(ctx, stored, ANNA)
    await leave(ctx, Act.ERASE, *(one["_id"] for one in stored["customers"].find()))
    assert outcomes(await reviewed(data, waiting, **GOOD)) == [(False, None, ["IDENTIFIER_SUPPRESSED"])]
    stored["consent_quarantine"].update_one({}, {"$set": {"state": "WITHDRAWN"}})
    assert outcomes(await reviewed(data, waiting, **GOOD)) == [(True, "NO_CHANGE", [])]
    assert stored["consent_ledger"].count_documents({}) == 0


async def test_a_lifted_suppression_brings_nothing_back(
    ctx: Context, data: Ask, stored: Any, clock: Clock, erased: dict[str, str]
) -> None:
    stored["identifiers"].update_many({}, {"$unset": {"suppressed": 1}})
    assert stored["customers"].count_documents({}) == 0
    assert (await send(data, state="WITHDRAWN"))["appliedAs"] == "CURRENT"
    early = await send(data, basis="IMPLICIT")
    assert early["appliedAs"] == "SUPERSEDED"
    (owner,) = stored["identifiers"].find({"_id": erased["name"]})
    # Two of her own, one that says that they were blanked, and two since.
    assert [one["seq"] for one in stored["consent_ledger"].find({"subject": owner["subject"]}).sort("seq")] == [
        1,
        2,
        3,
        4,
        5,
    ]
    (anna,) = stored["customers"].find()
    assert "EMAIL/MARKETING/WITHDRAWN" in anna["standing"][0]["keys"]
    await go(ctx, Act.ERASE, anna["_id"])
    blanked = list(stored["consent_ledger"].find({"subject": owner["subject"]}, sort=[("seq", 1)]))
    assert [one["personal"] is None for one in blanked] == [True, True, False, True, True, False]
    assert await faults(ctx) == []
