"""A legal hold keeps a customer until it ends; it is told, logged, and no change of her profile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from api.core import ids
from api.core.context import Context
from api.core.idempotency import Once
from api.core.personal import Act
from api.customers import acts, holding, personal
from api.customers.clearing import Fate
from tests.conftest import Ask, Clock
from tests.customers.going import go
from tests.factories import a_customer

Doc = dict[str, Any]
HELD = "customer { id version hold { reason at until by { kind name } } }"
HOLD = f"""mutation($id: ID!, $input: CustomerHoldInput!) {{ customerHold(id: $id, input: $input) {{
  applied replayed {HELD} errors {{ code path }} }} }}"""
LIFT = f"""mutation($id: ID!, $input: CustomerHoldLiftInput!) {{ customerHoldLift(id: $id, input: $input) {{
  applied replayed {HELD} errors {{ code path }} }} }}"""
LOOK = """query($id: ID!) { customer(id: $id) { hold { reason at until by { kind name } } } }"""
LIST = """{ customers { nodes { displayName hold { reason } } } }"""


@pytest.fixture
async def person(ctx: Context) -> str:
    """A customer's public id."""
    return ids.show(ids.CUSTOMER, (await a_customer(ctx, given_name="Jane", email="jane@example.org"))["_id"])


async def test_a_hold_is_shown_logged_and_no_change(ctx: Context, stored: Any, data: Ask, person: str) -> None:
    wish = {"reason": " A claim is open. ", "until": "2026-06-01T00:00:00Z"}
    answer = (await data(HOLD, {"id": person, "input": wish}, as_="privacy-officer"))["customerHold"]
    hold = answer["customer"]["hold"]
    assert (answer["applied"], answer["errors"], answer["customer"]["version"]) == (True, [], 1)
    assert (hold["reason"], hold["until"][:10], hold["by"]["kind"]) == ("A claim is open.", "2026-06-01", "USER")
    assert (await data(LOOK, {"id": person}))["customer"]["hold"] == hold
    assert (await data(LIST))["customers"]["nodes"] == [{"displayName": "Jane", "hold": {"reason": "A claim is open."}}]
    assert stored["changes"].count_documents({}) == 1
    (entry,) = stored["access_log"].find({"action": "hold.put"})
    assert (ids.show(ids.CUSTOMER, entry["customer_id"]), entry["personal"]) == (person, {"reason": "A claim is open."})
    answer = (await data(LIFT, {"id": person, "input": {"reason": "Paid."}}, as_="privacy-officer"))["customerHoldLift"]
    assert (answer["applied"], answer["customer"]["hold"]) == (True, None)
    (entry,) = stored["access_log"].find({"action": "hold.lifted"})
    assert entry["personal"] == {"reason": "Paid."}
    assert "hold" not in stored["customers"].find_one()


async def test_without_an_end_it_lasts_until_it_is_lifted(ctx: Context, data: Ask, clock: Clock, person: str) -> None:
    await data(HOLD, {"id": person, "input": {"reason": "A claim."}})
    clock.move(days=3_000)
    (result,) = await go(ctx, Act.ERASE, ids.read(ids.CUSTOMER, person))
    assert result.fate is Fate.HELD
    await holding.lift(ctx, Once("customerHoldLift"), ids.read(ids.CUSTOMER, person), "Paid.")
    (result,) = await go(ctx, Act.ERASE, ids.read(ids.CUSTOMER, person))
    assert result.fate is Fate.GONE


async def test_one_that_is_over_holds_nobody(ctx: Context, data: Ask, clock: Clock, person: str) -> None:
    until = (clock() + timedelta(minutes=10)).isoformat()
    await data(HOLD, {"id": person, "input": {"reason": "A claim.", "until": until}})
    clock.move(minutes=10)
    assert (await data(LOOK, {"id": person}))["customer"]["hold"] is None
    answer = (await data(LIFT, {"id": person, "input": {"reason": "Paid."}}))["customerHoldLift"]
    assert (answer["applied"], answer["errors"]) == (False, [{"code": "NOT_HELD", "path": ["id"]}])
    (result,) = await go(ctx, Act.ERASE, ids.read(ids.CUSTOMER, person))
    assert result.fate is Fate.GONE


async def test_a_save_keeps_it_and_the_copy_tells_it(ctx: Context, data: Ask, person: str) -> None:
    await data(HOLD, {"id": person, "input": {"reason": "A claim."}})
    customer_id = ids.read(ids.CUSTOMER, person)
    await acts.update(ctx, customer_id, {"job_title": "Spy"}, once=Once("customerUpdate"))
    await acts.trash(ctx, [customer_id], once=Once("customerDelete"))
    assert (await data(LOOK, {"id": person}))["customer"]["hold"]["reason"] == "A claim."
    found = await personal.person(ctx, customer_id)
    assert found
    copy = personal.HOLDINGS[0].copy
    assert copy
    (row,) = [row async for row in copy(ctx, found)]
    assert (row["hold"]["reason"], row["hold"]["at"], row["hold"]["by"]["kind"]) == ("A claim.", ctx.now(), "USER")


async def test_who_may_not_see_what_is_personal_sees_no_reason(data: Ask, stored: Any, person: str) -> None:
    await data(HOLD, {"id": person, "input": {"reason": "A claim."}})
    stored["users"].update_one({}, {"$set": {"permissions": ["customer.read"]}})
    assert (await data(LOOK, {"id": person}))["customer"]["hold"]["reason"] is None


async def test_refusals(data: Ask, gql: Ask, stored: Any, person: str) -> None:
    async def codes(document: str, public_id: str, **wish: Any) -> list[tuple[str, Any]]:
        answer = await data(document, {"id": public_id, "input": wish})
        (payload,) = answer.values()
        assert payload["applied"] is False
        return [(one["code"], one["path"]) for one in payload["errors"]]

    nobody = ids.show(ids.CUSTOMER, ObjectId())
    assert await codes(HOLD, nobody, reason="A claim.") == [("NOT_FOUND", ["id"])]
    assert await codes(LIFT, nobody, reason="Paid.") == [("NOT_FOUND", ["id"])]
    assert await codes(LIFT, person, reason="Paid.") == [("NOT_HELD", ["id"])]
    assert await codes(HOLD, person, reason=" ") == [("REQUIRED", ["reason"])]
    assert await codes(HOLD, person, reason="x" * 501) == [("TOO_LONG", ["reason"])]
    assert await codes(HOLD, person, reason="A claim.", until="2026-03-12T09:30:00Z") == [("INVALID", ["until"])]
    for document in (HOLD, LIFT):
        answer = await gql(document, {"id": person, "input": {"reason": "A claim."}}, as_="editor")
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert "hold" not in stored["customers"].find_one()
    assert stored["access_log"].count_documents({}) == 0


async def test_a_hold_put_again_takes_the_place_of_the_first(data: Ask, stored: Any, person: str) -> None:
    for reason in ("A claim.", "Another claim."):
        await data(HOLD, {"id": person, "input": {"reason": reason}})
    assert stored["customers"].find_one()["hold"]["personal"] == {"reason": "Another claim."}
    assert stored["access_log"].count_documents({"action": "hold.put"}) == 2


async def test_a_hold_dry_run_and_a_repeated_key(data: Ask, stored: Any, person: str) -> None:
    wish = {"reason": "A claim.", "idempotencyKey": "one"}
    answer = (await data(HOLD, {"id": person, "input": {**wish, "dryRun": True}}))["customerHold"]
    assert (answer["applied"], answer["customer"]["hold"]["reason"]) == (False, "A claim.")
    assert "hold" not in stored["customers"].find_one()
    for replayed in (False, True):
        answer = (await data(HOLD, {"id": person, "input": wish}))["customerHold"]
        assert (answer["applied"], answer["replayed"]) == (True, replayed)
    assert stored["access_log"].count_documents({"action": "hold.put"}) == 1


async def test_a_list_finds_who_is_held(ctx: Context, data: Ask, clock: Clock, person: str) -> None:
    ask = "query($where: CustomerWhere) { customers(where: $where) { nodes { id } totalCount { count } } }"
    free = ids.show(ids.CUSTOMER, (await a_customer(ctx, given_name="Joe"))["_id"])
    soon = (await a_customer(ctx, given_name="Sue"))["_id"]
    await holding.put(ctx, Once("customerHold"), ids.read(ids.CUSTOMER, person), "A claim.", None)
    await holding.put(ctx, Once("customerHold"), soon, "A claim.", clock() + timedelta(hours=1))

    async def found(**where: Any) -> tuple[list[str], int]:
        answer = (await data(ask, {"where": where}))["customers"]
        return [one["id"] for one in answer["nodes"]], answer["totalCount"]["count"]

    late = ids.show(ids.CUSTOMER, soon)
    assert await found(held={"eq": True}) == ([person, late], 2)
    assert await found(held={"eq": False}) == ([free], 1)
    assert await found(NOT={"held": {"eq": True}}) == ([free], 1)
    assert await found(held={}) == ([person, free, late], 3)
    clock.move(hours=1)
    assert await found(held={"eq": True}) == ([person], 1)
    assert await found(held={"eq": False}) == ([free, late], 2)
