"""Recording consents over the API: whose, what came of it, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from tests.conftest import Ask, Clock
from tests.factories import a_key

RECORD = """mutation ($input: ConsentRecordInput!) { consentRecord(input: $input) {
  applied replayed entryId appliedAs receipt { id jws } errors { code path } } }"""
BATCH = """mutation ($input: ConsentsRecordInput!) { consentsRecord(input: $input) { applied replayed
  results { index applied replayed entryId appliedAs receipt { jws } errors { code path } } } }"""
HELD = """query ($id: ID!) { customer(id: $id) { doNotSell identifiers { kind value lastSeen deliverable
  standings { topic channel purpose state listStatus } } } }"""


def item(state: str = "GRANTED", **more: Any) -> dict[str, Any]:
    found = {
        "identifier": {"email": "anna@planted.example"},
        "channel": "EMAIL",
        "purpose": "MARKETING",
        "state": state,
    }
    return {**found, **more}


async def send(data: Ask, as_: str = "key:partner", **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await data(RECORD, {"input": item(**more)}, as_=as_))["consentRecord"]
    return found


async def test_a_partner_records_and_the_person_is_there(data: Ask, stored: Any, clock: Clock) -> None:
    done = await send(data, idempotencyKey="one")
    assert (done["applied"], done["appliedAs"], done["errors"]) == (True, "CURRENT", [])
    again = await send(data, idempotencyKey="one")
    assert again == {**done, "replayed": True}
    (customer,) = stored["customers"].find()
    assert [one["address"] for one in customer["emails"]] == ["anna@planted.example"]
    assert customer["standing"][0]["keys"] == ["EMAIL/MARKETING/GRANTED", "EMAIL/MARKETING/GRANTED/EXPLICIT"]
    assert stored["consent_ledger"].count_documents({}) == 1
    held = (await data(HELD, {"id": f"cus_{customer['_id']}"}))["customer"]
    assert held["identifiers"] == [
        {"kind": "EMAIL", "value": "anna@planted.example", "lastSeen": True, "deliverable": True, "standings": [
            {"topic": "CHANNEL", "channel": "EMAIL", "purpose": "MARKETING", "state": "GRANTED", "listStatus": None}]},
        {"kind": "CUSTOMER", "value": None, "lastSeen": False, "deliverable": True, "standings": []},
    ]  # fmt: skip


async def test_a_withdrawal_stays_with_the_address(data: Ask, stored: Any, clock: Clock) -> None:
    assert (await send(data, "key:partner"))["appliedAs"] == "CURRENT"
    clock.move(minutes=1)
    assert (await send(data, state="WITHDRAWN"))["appliedAs"] == "CURRENT"
    customer = stored["customers"].find_one()
    update = """mutation ($id: ID!, $input: CustomerUpdateInput!) { customerUpdate(id: $id, input: $input) {
      applied errors { code } } }"""
    gone = {"emails": {"remove": [customer["emails"][0]["id"]]}}
    assert (await data(update, {"id": f"cus_{customer['_id']}", "input": gone}))["customerUpdate"]["applied"]
    assert stored["customers"].find_one()["standing"] == []
    create = """mutation ($input: CustomerCreateInput!) { customerCreate(input: $input) { applied } }"""
    assert (await data(create, {"input": {"emails": [{"address": "anna@planted.example"}]}}))["customerCreate"][
        "applied"
    ]
    other = stored["customers"].find_one({"_id": {"$ne": customer["_id"]}})
    assert other["standing"][0]["keys"] == ["EMAIL/MARKETING/WITHDRAWN"]


async def test_only_a_later_explicit_word_lifts_a_refusal(data: Ask, clock: Clock) -> None:
    said = clock()
    clock.move(days=2)
    assert (await send(data, state="WITHDRAWN", collectedAt=said.isoformat()))["appliedAs"] == "CURRENT"
    late = (said - timedelta(days=1)).isoformat()
    assert (await send(data, collectedAt=late))["appliedAs"] == "SUPERSEDED"
    assert (await send(data, basis="IMPLICIT"))["appliedAs"] == "BLOCKED"
    assert (await send(data, state="PENDING"))["appliedAs"] == "BLOCKED"
    assert (await send(data, collectedAt=said.isoformat()))["appliedAs"] == "SUPERSEDED"
    assert (await send(data, state="WITHDRAWN", collectedAt=said.isoformat()))["appliedAs"] == "NO_CHANGE"
    assert (await send(data))["appliedAs"] == "CURRENT"


@pytest.mark.parametrize(
    ("sent", "code", "path"),
    [
        ({"purpose": "NONE"}, "UNKNOWN_PURPOSE", ["purpose"]),
        ({"purpose": None}, "TOPIC_REQUIRED", ["purpose"]),
        ({"channel": None, "purpose": None}, "TOPIC_REQUIRED", None),
        ({"list": "weekly"}, "TOPIC_REQUIRED", None),
        ({"channel": None, "purpose": None, "list": "weekly"}, "UNKNOWN_LIST", ["list"]),
        ({"channel": None, "purpose": None, "term": "privacy"}, "UNKNOWN_TERM", ["term"]),
        ({"term": "privacy"}, "UNKNOWN_TERM", ["term"]),
        ({"termVersion": 1}, "UNKNOWN_TERM", ["term"]),
        ({"identifier": {"email": "no address"}}, "INVALID_EMAIL", ["identifier", "email"]),
        ({"identifier": {"phone": "12"}, "channel": "SMS"}, "INVALID_PHONE", ["identifier", "phone"]),
        ({"identifier": {"push": "a b"}, "channel": "PUSH"}, "INVALID_IDENTIFIER", ["identifier", "push"]),
        ({"channel": "SMS"}, "CHANNEL_MISMATCH", ["identifier"]),
        ({"identifier": {"referenceId": "R1"}}, "CHANNEL_MISMATCH", ["identifier"]),
        ({"identifier": {"customerId": "cus_000000000000000000000001"}}, "FORBIDDEN", None),
        ({"collectedAt": "2026-03-12T09:35:01Z"}, "COLLECTED_IN_FUTURE", ["collected_at"]),
        ({"source": "IMPORT"}, "INVALID_SOURCE", ["source"]),
        ({"locale": "not a locale"}, "INVALID", ["locale"]),
        ({"reason": "x" * 501}, "TOO_LONG", ["reason"]),
        ({"evidence": {"note": "x" * 2001}}, "TOO_LONG", ["evidence", "note"]),
    ],
)  # fmt: skip
async def test_what_cannot_be_read_writes_nothing(data: Ask, stored: Any, sent: Any, code: str, path: Any) -> None:
    done = await send(data, **sent)
    assert (done["applied"], done["entryId"], [one["code"] for one in done["errors"]]) == (False, None, [code])
    assert done["errors"][0]["path"] == path
    assert stored["customers"].count_documents({}) == stored["consent_ledger"].count_documents({}) == 0


async def test_a_clock_that_runs_ahead_a_little_is_put_right(data: Ask, stored: Any, clock: Clock) -> None:
    await send(data, collectedAt="2026-03-12T09:34:00Z")
    assert (await send(data, state="WITHDRAWN"))["appliedAs"] == "CURRENT"


async def test_a_batch_answers_each_item(data: Ask, stored: Any) -> None:
    items = [
        item(), item(identifier={"email": "nonsense"}), item("WITHDRAWN", identifier={"phone": "0612345678"}, channel="SMS"),
        item(), item("GRANTED", identifier={"referenceId": "R1"}, channel=None, purpose=None, doNotSell=True),
    ]  # fmt: skip
    sent = {"input": {"items": items, "idempotencyKey": "batch"}}
    done = (await data(BATCH, sent, as_="key:partner"))["consentsRecord"]
    assert [(one["appliedAs"], [error["code"] for error in one["errors"]]) for one in done["results"]] == [
        ("CURRENT", []), (None, ["INVALID_EMAIL"]), ("CURRENT", []), (None, ["DUPLICATE_ITEM"]), ("CURRENT", []),
    ]  # fmt: skip
    assert stored["customers"].count_documents({}) == 3
    again = (await data(BATCH, sent, as_="key:partner"))["consentsRecord"]
    assert [one["entryId"] for one in again["results"]] == [one["entryId"] for one in done["results"]]
    assert [one["replayed"] for one in again["results"]] == [True, False, True, False, True]
    assert stored["consent_ledger"].count_documents({}) == 3
    items[0]["state"] = "DENIED"
    other = (await data(BATCH, sent, as_="key:partner"))["consentsRecord"]
    assert other["results"][0]["errors"] == [{"code": "IDEMPOTENCY_KEY_REUSED", "path": ["idempotency_key"]}]
    too_many = (await data(BATCH, {"input": {"items": [item()] * 501}}, as_="key:partner"))["consentsRecord"]
    assert too_many["results"] == []


async def test_a_number_that_several_hold(data: Ask, stored: Any, clock: Clock) -> None:
    create = """mutation ($input: CustomerCreateInput!) { customerCreate(input: $input) { applied } }"""
    for name in ("Sanne", "Piet"):
        assert (await data(create, {"input": {"givenName": name, "phones": [{"number": "0612345678"}]}}))[
            "customerCreate"
        ]
    phone = {"identifier": {"phone": "0612345678"}, "channel": "SMS"}
    assert [one["code"] for one in (await send(data, **phone))["errors"]] == ["AMBIGUOUS_IDENTIFIER"]
    assert (await send(data, state="WITHDRAWN", **phone))["appliedAs"] == "CURRENT"
    assert [one["standing"][0]["keys"] for one in stored["customers"].find()] == [["SMS/MARKETING/WITHDRAWN"]] * 2
    sold = {"identifier": {"phone": "0612345678"}, "channel": None, "purpose": None, "doNotSell": True}
    assert (await send(data, state="WITHDRAWN", **sold))["appliedAs"] == "CURRENT"
    for one in stored["customers"].find():
        assert (await data(HELD, {"id": f"cus_{one['_id']}"}))["customer"]["doNotSell"] is True


async def test_a_dry_run_writes_nothing(data: Ask, stored: Any) -> None:
    done = await send(data, dryRun=True)
    assert (done["applied"], done["appliedAs"], done["entryId"], done["receipt"]) == (False, "CURRENT", None, None)
    assert all(stored[name].count_documents({}) == 0 for name in ("customers", "identifiers", "consent_ledger"))


async def test_an_admin_says_why_and_how_it_can_be_shown(data: Ask, stored: Any) -> None:
    assert (await send(data, "owner", state="WITHDRAWN"))["errors"][0]["code"] == "REASON_REQUIRED"
    assert (await send(data, "owner", reason="Asked by phone"))["errors"][0]["code"] == "EVIDENCE_REQUIRED"
    done = await send(data, "owner", reason="Asked by phone", evidence={"note": "Call of 9:20"})
    assert done["appliedAs"] == "CURRENT"
    (entry,) = stored["consent_ledger"].find()
    assert entry["personal"]["evidence_note"] == "Call of 9:20"


async def test_a_key_bound_to_purposes_may_always_withdraw(
    client: httpx2.AsyncClient, stored: Any, clock: Clock
) -> None:
    _, secret = a_key(stored, clock(), role="partner", purposes=["SERVICE"])

    async def ask(**more: Any) -> dict[str, Any]:
        body = {"query": RECORD, "variables": {"input": item(**more)}}
        answer = await client.post("/graphql", json=body, headers={"Authorization": f"Bearer {secret}"})
        found: dict[str, Any] = answer.json()["data"]["consentRecord"]
        return found

    for state in ("GRANTED", "PENDING"):
        assert (await ask(state=state))["errors"] == [{"code": "PURPOSE_NOT_ALLOWED", "path": ["purpose"]}]
    assert (await ask(purpose="SERVICE"))["appliedAs"] == "CURRENT"
    assert (await ask(state="WITHDRAWN"))["appliedAs"] == "CURRENT"
    assert (await ask(state="DENIED", purpose="PROFILING"))["appliedAs"] == "CURRENT"
