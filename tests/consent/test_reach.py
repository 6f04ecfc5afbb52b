"""May somebody be contacted: the ordered reasons, and the list's conditions that say the same."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Ask, Clock, Commands
from tests.consent.test_record import RECORD, item

CREATE = "mutation ($input: CustomerCreateInput!) { customerCreate(input: $input) { customer { id } errors { code } } }"
UPDATE = "mutation ($id: ID!, $input: CustomerUpdateInput!) { customerUpdate(id: $id, input: $input) { applied errors { code } } }"
ASK = """query ($input: ContactabilityInput!) { contactability(input: $input) {
  allowed identifier unsubscribeUrl reasons { code allows at entryId } } }"""
MANY = """query ($input: ContactabilitiesInput!) { contactabilities(input: $input) {
  index errors { code } contactability { allowed reasons { code } } } }"""
LIST = "query ($where: CustomerWhere) { customers(where: $where) { nodes { id } totalCount { count } } }"
POLICY = """mutation ($input: ReachabilityPolicyUpdateInput!) { reachabilityPolicyUpdate(input: $input) {
  applied errors { code } purposes { key allowUnknown allowImplicit } } }"""
FORECAST = """query ($policy: [PurposePolicyInput!]!) { reachabilityForecast(policy: $policy) {
  channel purpose now then precision } }"""


async def create(data: Ask, email: str | None, **more: Any) -> str:
    sent = {**({"emails": [{"address": email}]} if email else {}), **more}
    return str((await data(CREATE, {"input": sent}))["customerCreate"]["customer"]["id"])


async def say(data: Ask, **more: Any) -> None:
    done = (await data(RECORD, {"input": item(**more)}, as_="key:partner"))["consentRecord"]
    assert done["errors"] == [], done


async def reasons(data: Ask, identifier: dict[str, str], channel: str = "EMAIL", **more: Any) -> tuple[bool, list[str]]:
    sent = {"identifier": identifier, "channel": channel, "purpose": "MARKETING", **more}
    found = (await data(ASK, {"input": sent}))["contactability"]
    return found["allowed"], [one["code"] for one in found["reasons"]]


async def found(data: Ask, **where: Any) -> set[str]:
    answer = (await data(LIST, {"where": where}))["customers"]
    assert answer["totalCount"]["count"] == len(answer["nodes"])
    return {one["id"] for one in answer["nodes"]}


ANNA = {"email": "anna@planted.example"}
EMAIL = {"channel": "EMAIL", "purpose": "MARKETING"}


async def test_reasons_come_in_their_order_and_the_list_agrees(data: Ask, clock: Clock) -> None:
    assert await reasons(data, ANNA) == (False, ["UNKNOWN_PERSON"])
    anna = await create(data, ANNA["email"])
    assert await reasons(data, ANNA) == (False, ["UNKNOWN"])
    assert await found(data, consent={**EMAIL, "in": ["UNKNOWN"]}) == {anna}
    await say(data)
    assert await reasons(data, ANNA) == (True, ["GRANTED"])
    assert await reasons(data, {"customerId": anna}) == (True, ["GRANTED"])
    assert await found(data, reachable={**EMAIL, "eq": True}) == {anna}
    assert await found(data, consent={**EMAIL, "in": ["GRANTED"]}) == {anna}
    assert await found(data, consent={**EMAIL, "in": ["UNKNOWN"]}) == set()
    sold = {"channel": None, "purpose": None, "doNotSell": True}
    await say(data, state="WITHDRAWN", **sold)
    assert await reasons(data, ANNA) == (False, ["DO_NOT_SELL", "GRANTED"])
    assert await found(data, reachable={**EMAIL, "eq": False}) == await found(data, doNotSell={"eq": True}) == {anna}
    clock.move(minutes=1)
    await say(data, **sold)
    await say(data, state="WITHDRAWN")
    assert await reasons(data, ANNA) == (False, ["WITHDRAWN"])
    assert await found(data, reachable={**EMAIL, "eq": True}) == set()
    assert await found(data, consent={**EMAIL, "in": ["WITHDRAWN", "DENIED"]}) == {anna}
    assert await reasons(data, {"customerId": anna}, "SMS") == (False, ["NO_IDENTIFIER"])
    assert await reasons(data, {"customerId": anna}, "POST") == (False, ["NO_IDENTIFIER"])
    assert await reasons(data, {"customerId": "cus_000000000000000000000001"}) == (False, ["UNKNOWN_PERSON"])


async def test_a_newer_address_is_the_one_to_use(data: Ask, clock: Clock) -> None:
    anna = await create(data, ANNA["email"])
    await say(data)
    clock.move(minutes=5)
    new = {"emails": {"add": [{"address": "new@planted.example"}]}}
    assert (await data(UPDATE, {"id": anna, "input": new}))["customerUpdate"]["applied"]
    assert await reasons(data, ANNA) == (False, ["NOT_LAST_SEEN", "GRANTED"])
    assert await reasons(data, {"customerId": anna}) == (False, ["UNKNOWN"])
    assert await found(data, reachable={**EMAIL, "eq": True}) == set()
    assert await found(data, consent={**EMAIL, "in": ["UNKNOWN"]}) == {anna}
    await say(data, identifier={"email": "new@planted.example"}, state="GRANTED", basis="IMPLICIT")
    assert await reasons(data, {"customerId": anna}) == (False, ["IMPLICIT_NOT_ALLOWED"])


async def test_the_policy_says_who_else_and_is_predicted(data: Ask, clock: Clock) -> None:
    anna, piet = await create(data, ANNA["email"]), await create(data, "piet@planted.example")
    await say(data, basis="IMPLICIT")
    policy = [{"purpose": "MARKETING", "allowUnknown": True, "allowImplicit": False}]
    counts = {one["channel"]: one for one in (await data(FORECAST, {"policy": policy}))["reachabilityForecast"]}
    assert counts["EMAIL"] == {"channel": "EMAIL", "purpose": "MARKETING", "now": 0, "then": 1, "precision": "EXACT"}
    assert (counts["SMS"]["now"], counts["SMS"]["then"], counts["IN_APP"]["then"]) == (0, 0, 2)
    assert (await data(POLICY, {"input": {"policy": policy, "dryRun": True}}))["reachabilityPolicyUpdate"][
        "applied"
    ] is False
    assert await found(data, reachable={**EMAIL, "eq": True}) == set()
    done = (await data(POLICY, {"input": {"policy": policy}}))["reachabilityPolicyUpdate"]
    assert done["purposes"][0] == {"key": "MARKETING", "allowUnknown": True, "allowImplicit": False}
    assert await found(data, reachable={**EMAIL, "eq": True}) == {piet}
    assert await found(data, reachable={"channel": "IN_APP", "purpose": "MARKETING", "eq": True}) == {anna, piet}
    assert await reasons(data, {"email": "piet@planted.example"}) == (True, ["UNKNOWN_ALLOWED"])
    policy[0]["allowImplicit"] = True
    await data(POLICY, {"input": {"policy": policy}})
    assert await found(data, reachable={**EMAIL, "eq": True}) == {anna, piet}


async def test_lists_and_terms(data: Ask, clock: Clock) -> None:
    made = "mutation ($input: ListCreateInput!) { listCreate(input: $input) { errors { code } } }"
    weekly = {"key": "weekly", "name": "Weekly", "channel": "EMAIL", "purpose": "MARKETING", "doubleOptIn": False}
    assert (await data(made, {"input": weekly}))["listCreate"]["errors"] == []
    term = "mutation ($input: TermCreateInput!) { termCreate(input: $input) { errors { code } } }"
    sent = {"key": "privacy", "name": "Privacy", "texts": [{"locale": "en", "text": "We keep it."}]}
    assert (await data(term, {"input": sent}))["termCreate"]["errors"] == []
    anna = await create(data, ANNA["email"])
    await say(data)
    assert await reasons(data, ANNA, list="weekly") == (False, ["LIST_NOT_MEMBER", "GRANTED"])
    on = {"channel": None, "purpose": None, "list": "weekly"}
    await say(data, **on)
    assert await reasons(data, ANNA, list="weekly") == (True, ["GRANTED", "LIST_SUBSCRIBED"])
    assert await found(data, list={"list": "weekly", "in": ["SUBSCRIBED"]}) == {anna}
    counts = (await data("{ lists { key counts { subscribed unsubscribed pending cleaned } } }"))["lists"]
    assert counts == [{"key": "weekly", "counts": {"subscribed": 1, "unsubscribed": 0, "pending": 0, "cleaned": 0}}]
    clock.move(minutes=1)
    await say(data, state="WITHDRAWN", **on)
    assert await reasons(data, ANNA, list="weekly") == (False, ["LIST_UNSUBSCRIBED", "GRANTED"])
    assert await found(data, list={"list": "weekly", "in": ["UNSUBSCRIBED"]}) == {anna}
    assert await found(data, term={"term": "privacy", "accepted": False}) == {anna}
    await say(data, channel=None, purpose=None, term="privacy")
    assert await found(data, term={"term": "privacy", "accepted": True}) == {anna}
    assert await found(data, term={"term": "privacy", "accepted": False}) == set()


@pytest.mark.parametrize("size", [1, 100])
async def test_five_commands_however_many_are_asked_for(data: Ask, commands: Commands, size: int) -> None:
    for place in range(min(size, 3)):
        await create(data, f"a{place}@planted.example")
    asked = [{"email": f"a{place}@planted.example"} for place in range(size)]
    with commands() as sent:
        answer = (await data(MANY, {"input": {"identifiers": asked, **EMAIL}}))["contactabilities"]
    assert [one["index"] for one in answer] == list(range(size))
    assert sent == ["find agreements", "find identifiers", "find customers"]


async def test_what_cannot_be_read_is_said_for_itself(data: Ask, gql: Ask) -> None:
    asked = [{"email": "nonsense"}, ANNA]
    answer = (await data(MANY, {"input": {"identifiers": asked, **EMAIL}}))["contactabilities"]
    assert [[error["code"] for error in one["errors"]] for one in answer] == [["INVALID_EMAIL"], []]
    for sent, code in (
        ({"identifiers": [], **EMAIL}, "REQUIRED"),
        ({"identifiers": [ANNA] * 501, **EMAIL}, "TOO_MANY_ITEMS"),
        ({"identifiers": [ANNA], "channel": "EMAIL", "purpose": "NONE"}, "UNKNOWN_PURPOSE"),
        ({"identifiers": [ANNA], **EMAIL, "list": "none"}, "UNKNOWN_LIST"),
    ):
        errors = (await gql(MANY, {"input": sent}))["errors"]
        assert [one["extensions"]["code"] for one in errors] == [code], sent
