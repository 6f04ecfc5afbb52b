"""Whether anything arrives at an address: the newest word counts, everybody who holds it shows it, and nobody is created."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from api.core.context import Context
from tests.conftest import Ask, Clock
from tests.factories import a_customer

UPDATE = """mutation ($input: DeliverabilityUpdateInput!) { deliverabilityUpdate(input: $input) {
  applied replayed errors { code path } } }"""
HELD = """query ($id: ID!) { customer(id: $id) { identifiers { kind deliverable deliverabilityReason deliverabilityAt } } }"""
SANNE = {"email": "Sanne@Planted.example"}
DONE = {"applied": True, "replayed": False, "errors": []}
NOTHING = {"applied": False, "replayed": False, "errors": []}


async def tell(data: Ask, *, deliverable: bool = False, as_: str = "key:partner", **more: Any) -> dict[str, Any]:
    sent = {"identifier": SANNE, "deliverable": deliverable, **more}
    found: dict[str, Any] = (await data(UPDATE, {"input": sent}, as_=as_))["deliverabilityUpdate"]
    return found


async def shown(data: Ask, customer_id: Any) -> dict[str, tuple[bool, str | None]]:
    found = (await data(HELD, {"id": f"cus_{customer_id}"}, as_="key"))["customer"]["identifiers"]
    return {one["kind"]: (one["deliverable"], one["deliverabilityReason"]) for one in found}


def kept(stored: Any) -> dict[str, Any]:
    found: dict[str, Any] = stored["identifiers"].find_one({"type": "email"})["deliverability"]
    return found


async def test_a_bounce_is_shown_and_mended(ctx: Context, data: Ask, stored: Any, clock: Clock) -> None:
    sanne = await a_customer(ctx, email="sanne@planted.example")
    assert await tell(data, reason="HARD_BOUNCE") == DONE
    assert await shown(data, sanne["_id"]) == {"EMAIL": (False, "HARD_BOUNCE"), "CUSTOMER": (True, None)}
    doc = kept(stored)
    assert (doc["at"], doc["by"]["kind"]) == (clock(), "API_KEY")
    (row,) = stored["customers"].find_one()["standing"]
    assert (row["deliverable"], row["keys"]) == (False, [])
    clock.move(days=1)
    assert await tell(data, deliverable=True, as_="privacy-officer") == DONE
    assert kept(stored)["by"]["kind"] == "USER"
    assert await shown(data, sanne["_id"]) == {"EMAIL": (True, None), "CUSTOMER": (True, None)}
    assert stored["customers"].find_one()["standing"][0]["deliverable"] is True


async def test_a_subscriber_of_whom_nothing_arrives_is_cleaned(data: Ask, stored: Any, clock: Clock) -> None:
    create = "mutation ($input: ListCreateInput!) { listCreate(input: $input) { applied } }"
    weekly = {"key": "weekly", "name": "Weekly", "channel": "EMAIL", "purpose": "MARKETING", "doubleOptIn": False}
    await data(create, {"input": weekly})
    record = "mutation ($input: ConsentRecordInput!) { consentRecord(input: $input) { applied } }"
    on = {"identifier": SANNE, "list": "weekly", "state": "GRANTED"}
    assert (await data(record, {"input": on}, as_="key:partner"))["consentRecord"]["applied"]

    def words() -> list[str]:
        found: list[str] = stored["customers"].find_one()["standing"][0]["keys"]
        return found

    assert words() == ["LIST/weekly/SUBSCRIBED"]
    assert await tell(data, reason="SPAM_REPORT") == DONE
    assert words() == ["LIST/weekly/CLEANED"]
    clock.move(minutes=1)
    assert await tell(data, deliverable=True) == DONE
    assert words() == ["LIST/weekly/SUBSCRIBED"]


async def test_the_newest_word_counts(ctx: Context, data: Ask, stored: Any, clock: Clock) -> None:
    await a_customer(ctx, email="sanne@planted.example")
    now: datetime = clock()
    assert await tell(data, reason="INVALID", at=now.isoformat()) == DONE
    before = stored["identifiers"].find_one({"type": "email"})
    for at in (now - timedelta(seconds=1), now - timedelta(days=900)):
        assert await tell(data, deliverable=True, at=at.isoformat()) == NOTHING
    assert await tell(data, reason="INVALID", at=now.isoformat()) == NOTHING
    assert stored["identifiers"].find_one({"type": "email"}) == before
    ahead = (now + timedelta(minutes=5)).isoformat()
    assert await tell(data, reason="HARD_BOUNCE", at=ahead) == DONE
    assert kept(stored)["at"] == now
    late = (now + timedelta(minutes=5, seconds=1)).isoformat()
    refused = await tell(data, deliverable=True, at=late)
    assert refused["errors"] == [{"code": "COLLECTED_IN_FUTURE", "path": ["at"]}]


async def test_a_soft_bounce_is_noted(ctx: Context, data: Ask, stored: Any, clock: Clock) -> None:
    sanne = await a_customer(ctx, email="sanne@planted.example")
    assert await tell(data, reason="SOFT_BOUNCE") == DONE
    assert (await shown(data, sanne["_id"]))["EMAIL"] == (True, "SOFT_BOUNCE")
    clock.move(minutes=1)
    assert await tell(data) == DONE
    assert (await shown(data, sanne["_id"]))["EMAIL"] == (False, "UNKNOWN")
    clock.move(minutes=1)
    assert await tell(data, reason="SOFT_BOUNCE") == NOTHING
    assert await tell(data, deliverable=True, reason="HARD_BOUNCE") == DONE
    assert (await shown(data, sanne["_id"]))["EMAIL"] == (True, None)


@pytest.mark.parametrize(
    ("identifier", "code"),
    [({"email": "nonsense"}, "INVALID_EMAIL"), ({"phone": "12"}, "INVALID_PHONE"), ({"referenceId": "R1"}, "CHANNEL_MISMATCH")],
)  # fmt: skip
async def test_what_is_no_address(data: Ask, stored: Any, identifier: dict[str, str], code: str) -> None:
    done = await tell(data, identifier=identifier, reason="HARD_BOUNCE", idempotencyKey="one")
    assert (done["applied"], [one["code"] for one in done["errors"]]) == (False, [code])
    for name in ("identifiers", "customers", "idempotency"):
        assert stored[name].count_documents({}) == 0


@pytest.mark.parametrize(
    "identifier",
    [{"email": "nobody@planted.example"}, {"phone": "0612345678"}, {"push": "a-device"}, {"webPush": "a-browser"}],
)
async def test_the_answer_does_not_tell_who_is_known(data: Ask, stored: Any, identifier: dict[str, str]) -> None:
    assert await tell(data, identifier=identifier, reason="HARD_BOUNCE") == DONE
    assert await tell(data, identifier=identifier, reason="HARD_BOUNCE") == NOTHING
    assert stored["customers"].count_documents({}) == 0
    (kept_for_nobody,) = stored["identifiers"].find()
    assert (kept_for_nobody["holders"], kept_for_nobody["deliverability"]["deliverable"]) == ([], False)


async def test_who_gets_such_an_address_later_shows_it(ctx: Context, data: Ask, stored: Any) -> None:
    assert await tell(data, reason="HARD_BOUNCE") == DONE
    sanne = await a_customer(ctx, email="sanne@planted.example")
    assert (await shown(data, sanne["_id"]))["EMAIL"] == (False, "HARD_BOUNCE")


async def test_post_that_comes_back_is_the_customers(ctx: Context, gql: Ask, data: Ask, stored: Any) -> None:
    sanne = await a_customer(ctx, email="sanne@planted.example", phones=[{"number": "0612345678"}])
    herself = {"customerId": f"cus_{sanne['_id']}"}
    sent = {"input": {"identifier": herself, "deliverable": False}}
    refused = await gql(UPDATE, sent, as_="key:partner")
    assert [one["extensions"]["code"] for one in refused["errors"]] == ["FORBIDDEN"]
    assert await tell(data, identifier=herself, reason="RETURNED", as_="key") == DONE
    assert await shown(data, sanne["_id"]) == {
        "EMAIL": (True, None), "PHONE": (True, None), "CUSTOMER": (False, "RETURNED"),
    }  # fmt: skip
    nobody = {"customerId": "cus_000000000000000000000001"}
    assert await tell(data, identifier=nobody, as_="key") == NOTHING
    record = "mutation ($input: ConsentRecordInput!) { consentRecord(input: $input) { applied } }"
    post = {"identifier": SANNE, "channel": "POST", "purpose": "SERVICE", "state": "GRANTED"}
    assert (await data(record, {"input": post}, as_="key:partner"))["consentRecord"]["applied"]
    assert (await shown(data, sanne["_id"]))["CUSTOMER"] == (False, "RETURNED")


async def test_it_stays_with_the_address(ctx: Context, data: Ask, stored: Any, clock: Clock) -> None:
    sanne = await a_customer(ctx, given_name="Sanne", email="sanne@planted.example")
    update = "mutation ($id: ID!, $input: CustomerUpdateInput!) { customerUpdate(id: $id, input: $input) { applied } }"
    gone = {"emails": {"remove": [sanne["emails"][0]["id"]]}}
    await data(update, {"id": f"cus_{sanne['_id']}", "input": gone})
    assert await tell(data, reason="HARD_BOUNCE") == DONE
    other = await a_customer(ctx, email="sanne@planted.example")
    assert other["standing"][0]["deliverable"] is False
    assert (await shown(data, other["_id"]))["EMAIL"] == (False, "HARD_BOUNCE")


async def test_a_number_shows_it_with_each_who_has_it(ctx: Context, data: Ask, stored: Any) -> None:
    for name in ("Sanne", "Piet"):
        await a_customer(ctx, given_name=name, phones=[{"number": "0612345678"}])
    assert await tell(data, identifier={"phone": "+31612345678"}, reason="INVALID") == DONE
    assert [one["standing"][0]["deliverable"] for one in stored["customers"].find()] == [False, False]


async def test_a_key_is_one_effect(ctx: Context, data: Ask, stored: Any, clock: Clock) -> None:
    await a_customer(ctx, email="sanne@planted.example")
    assert await tell(data, reason="HARD_BOUNCE", dryRun=True) == NOTHING
    assert await tell(data, reason="HARD_BOUNCE", idempotencyKey="one") == DONE
    clock.move(days=1)
    assert await tell(data, deliverable=True) == DONE
    assert await tell(data, reason="HARD_BOUNCE", idempotencyKey="one") == {**DONE, "replayed": True}
    assert kept(stored)["deliverable"] is True
    other = await tell(data, reason="INVALID", idempotencyKey="one")
    assert [one["code"] for one in other["errors"]] == ["IDEMPOTENCY_KEY_REUSED"]
