"""Webhooks over GraphQL: made, changed, rotated, tested, replayed, deleted, listed."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from api.core.context import Context
from api.core.queue import Job
from api.webhooks import rules
from tests.conftest import Ask, Clock
from tests.webhooks.conftest import a_webhook, announced
from tests.webhooks.receiver import Receiver, status

CREATE = """mutation($input: WebhookCreateInput!) { webhookCreate(input: $input) {
  webhook { id url topics active createdAt createdBy { kind name } lastDeliveryAt failing } secret applied replayed errors { code path } } }"""
UPDATE = """mutation($id: ID!, $input: WebhookUpdateInput!) { webhookUpdate(id: $id, input: $input) {
  webhook { url topics active failing } applied errors { code path } } }"""
ROTATE = """mutation($id: ID!, $input: WebhookRotateSecretInput!) {
  webhookRotateSecret(id: $id, input: $input) { webhook { id } secret applied errors { code } } }"""
DELETE = "mutation($id: ID!, $input: WebhookDeleteInput!) { webhookDelete(id: $id, input: $input) { applied errors { code } } }"
TEST = """mutation($id: ID!, $input: WebhookTestInput!) { webhookTest(id: $id, input: $input) {
  delivery { id webhookId topic status attempts nextAt } applied errors { code } } }"""
REPLAY = """mutation($id: ID!, $input: WebhookReplayInput!) { webhookReplay(id: $id, input: $input) {
  delivery { id status attempts } applied errors { code path } } }"""
LIST = "{ webhooks { id url failing } }"
DELIVERIES = """query($webhookId: ID, $status: WebhookDeliveryStatus, $first: Int, $after: String) {
  webhookDeliveries(webhookId: $webhookId, status: $status, first: $first, after: $after) {
    nodes { id webhookId at topic status attempts nextAt lastStatus error } pageInfo { hasNextPage endCursor } } }"""

URL = "https://9.9.9.9/hook"
NEW = {"url": URL, "topics": ["CONSENT_CHANGED"]}
NOBODY = f"whk_{'0' * 24}"


async def made(data: Ask, **more: Any) -> dict[str, Any]:
    payload: dict[str, Any] = (await data(CREATE, {"input": {**NEW, **more}}))["webhookCreate"]
    assert payload["errors"] == []
    return payload


async def test_it_is_made_and_its_secret_is_shown_once(data: Ask) -> None:
    payload = await made(data, idempotencyKey="once")
    webhook = payload["webhook"]
    assert webhook == {
        "id": webhook["id"],
        "url": URL,
        "topics": ["CONSENT_CHANGED"],
        "active": True,
        "createdAt": "2026-03-12T09:30:00.000Z",
        "createdBy": {"kind": "USER", "name": "Test Owner"},
        "lastDeliveryAt": None,
        "failing": False,
    }
    assert webhook["id"].startswith("whk_")
    assert payload["secret"].startswith("whsec_")
    again = await made(data, idempotencyKey="once")
    assert (again["webhook"], again["secret"], again["replayed"]) == (webhook, None, True)
    assert await data(LIST) == {"webhooks": [{"id": webhook["id"], "url": URL, "failing": False}]}


@pytest.mark.parametrize("topics", [[], None])
async def test_it_is_told_of_something(gql: Ask, topics: Any) -> None:
    answer = await gql(CREATE, {"input": {"url": URL, "topics": topics}})
    if topics is None:
        assert "errors" in answer
    else:
        assert answer["data"]["webhookCreate"]["errors"] == [{"code": "REQUIRED", "path": ["topics"]}]


async def test_there_are_ten_at_most(data: Ask, stored: Any) -> None:
    for _ in range(10):
        await made(data)
    payload = (await data(CREATE, {"input": NEW}))["webhookCreate"]
    assert (payload["applied"], payload["errors"]) == (False, [{"code": "LIMIT", "path": None}])
    assert stored["webhooks"].count_documents({}) == 10


async def test_it_is_changed_and_what_is_omitted_or_null_stays(data: Ask, stored: Any) -> None:
    webhook = (await made(data))["webhook"]
    stored["webhooks"].update_one({}, {"$set": {"failures": 7}})
    answer = await data(UPDATE, {"id": webhook["id"], "input": {"active": False, "url": None, "topics": None}})
    assert answer["webhookUpdate"] == {
        "webhook": {"url": URL, "topics": ["CONSENT_CHANGED"], "active": False, "failing": True},
        "applied": True,
        "errors": [],
    }
    answer = await data(UPDATE, {"id": webhook["id"], "input": {"url": "https://9.9.9.10/"}})
    assert answer["webhookUpdate"]["webhook"] == {
        "url": "https://9.9.9.10/",
        "topics": ["CONSENT_CHANGED"],
        "active": False,
        "failing": False,
    }
    answer = await data(UPDATE, {"id": webhook["id"], "input": {"topics": []}})
    assert answer["webhookUpdate"]["errors"] == [{"code": "REQUIRED", "path": ["topics"]}]


async def test_the_secret_is_rotated(data: Ask, stored: Any) -> None:
    first = await made(data)
    before = stored["webhooks"].find_one()["secrets"]
    answer = (await data(ROTATE, {"id": first["webhook"]["id"], "input": {}}))["webhookRotateSecret"]
    assert answer["secret"] not in {None, first["secret"]}
    new, old = stored["webhooks"].find_one()["secrets"]
    assert (old["sealed"], new["until"]) == (before[0]["sealed"], None)


async def test_it_is_deleted(data: Ask, stored: Any) -> None:
    webhook = (await made(data))["webhook"]
    assert (await data(DELETE, {"id": webhook["id"], "input": {}}))["webhookDelete"] == {"applied": True, "errors": []}
    assert stored["webhooks"].count_documents({}) == 0
    answer = await data(DELETE, {"id": webhook["id"], "input": {}})
    assert answer["webhookDelete"] == {"applied": False, "errors": [{"code": "NOT_FOUND"}]}


@pytest.mark.parametrize("document", [UPDATE, ROTATE, DELETE, TEST, REPLAY])
@pytest.mark.parametrize("unknown", [NOBODY, f"whd_{'0' * 24}", "whk_", "cus_000000000000000000000000"])
async def test_what_does_not_exist_is_not_found(data: Ask, stored: Any, document: str, unknown: str) -> None:
    (payload,) = (await data(document, {"id": unknown, "input": {}})).values()
    assert (payload["applied"], [one["code"] for one in payload["errors"]]) == (False, ["NOT_FOUND"])
    assert stored["webhook_deliveries"].count_documents({}) == 0


# --- tests and replays ---


async def test_a_test_is_tried_once_and_at_once(
    local: Context, data: Ask, receiver: Receiver, stored: Any, enqueued: list[tuple[Job, str]]
) -> None:
    webhook, _ = await a_webhook(local, receiver.url)
    # Also while it is off and failing: that is when one wants to test it.
    stored["webhooks"].update_one(
        {}, {"$set": {"active": False, "failures": 6, "retry_at": local.now().replace(year=2030)}}
    )
    receiver.answers = [status(500)]
    seen = []
    for _ in range(2):
        enqueued.clear()
        delivery = (await data(TEST, {"id": f"whk_{webhook.id}", "input": {}}))["webhookTest"]["delivery"]
        stored_id = delivery["id"].removeprefix("whd_")
        assert (delivery["topic"], delivery["status"], delivery["webhookId"]) == ("test", "QUEUED", f"whk_{webhook.id}")
        assert enqueued == [(Job.WEBHOOK, stored_id)]
        await rules.deliver(local, stored_id)
        found = stored["webhook_deliveries"].find_one({"_id": ObjectId(stored_id)})
        seen.append(
            (found["status"], found["attempts"], found["last_status"], stored["webhooks"].find_one()["failures"])
        )
    assert seen == [("DEAD", 1, 500, 6), ("DELIVERED", 1, 204, 0)]
    assert b'"type":"test"' in receiver.requests[0].body


async def test_what_waits_is_not_replayed(local: Context, data: Ask, receiver: Receiver, stored: Any) -> None:
    await a_webhook(local, receiver.url)
    (delivery_id,) = await announced(local)
    before = stored["webhook_deliveries"].find_one()
    answer = await data(REPLAY, {"id": f"whd_{delivery_id}", "input": {}})
    assert answer["webhookReplay"] == {
        "delivery": None,
        "applied": False,
        "errors": [{"code": "STILL_QUEUED", "path": ["id"]}],
    }
    assert stored["webhook_deliveries"].find_one() == before


async def test_what_could_not_arrive_is_not_replayed(
    local: Context, data: Ask, receiver: Receiver, stored: Any
) -> None:
    webhook, _ = await a_webhook(local, receiver.url)
    (delivery_id,) = await announced(local)
    stored["webhook_deliveries"].update_one({}, {"$set": {"status": "DEAD"}})
    codes = []
    await data(UPDATE, {"id": f"whk_{webhook.id}", "input": {"active": False}})
    for _ in range(2):
        payload = (await data(REPLAY, {"id": f"whd_{delivery_id}", "input": {}}))["webhookReplay"]
        codes += [one["code"] for one in payload["errors"]]
        await data(DELETE, {"id": f"whk_{webhook.id}", "input": {}})
    assert codes == ["INACTIVE", "NOT_FOUND"]
    assert stored["webhook_deliveries"].find_one()["status"] == "DEAD"


# --- lists ---


async def test_deliveries_are_listed_newest_first_by_webhook_and_status(
    local: Context, data: Ask, receiver: Receiver, clock: Clock
) -> None:
    first, _ = await a_webhook(local, receiver.url)
    second, _ = await a_webhook(local, receiver.url)
    delivery_ids = await announced(local, ObjectId(), ObjectId())
    receiver.answers = [status(404)]
    await rules.deliver(local, delivery_ids[0])
    await rules.deliver(local, delivery_ids[1])
    everything = [f"whd_{one}" for one in reversed(delivery_ids)]

    async def ask(**asked: Any) -> Any:
        return (await data(DELIVERIES, asked))["webhookDeliveries"]

    assert [one["id"] for one in (await ask())["nodes"]] == everything
    mine = await ask(webhookId=f"whk_{first.id}")
    assert mine["nodes"] == [
        {
            "id": f"whd_{delivery_ids[2]}",
            "webhookId": f"whk_{first.id}",
            "at": "2026-03-12T09:30:00.000Z",
            "topic": "consent.changed",
            "status": "QUEUED",
            "attempts": 0,
            "nextAt": "2026-03-12T09:30:00.000Z",
            "lastStatus": None,
            "error": None,
        },
        {
            "id": f"whd_{delivery_ids[0]}",
            "webhookId": f"whk_{first.id}",
            "at": "2026-03-12T09:30:00.000Z",
            "topic": "consent.changed",
            "status": "QUEUED",
            "attempts": 1,
            "nextAt": mine["nodes"][1]["nextAt"],
            "lastStatus": 404,
            "error": "It answered 404.",
        },
    ]
    (done,) = (await ask(status="DELIVERED"))["nodes"]
    assert (done["id"], done["webhookId"], done["nextAt"]) == (f"whd_{delivery_ids[1]}", f"whk_{second.id}", None)
    assert [one["id"] for one in (await ask(webhookId=f"whk_{second.id}", status="QUEUED"))["nodes"]] == [everything[0]]
    page = await ask(first=3)
    assert page["pageInfo"]["hasNextPage"] is True
    rest = await ask(first=3, after=page["pageInfo"]["endCursor"])
    assert [one["id"] for one in (*page["nodes"], *rest["nodes"])] == everything


async def test_lists_are_one_read_each(local: Context, data: Ask, commands: Any) -> None:
    for _ in range(5):
        await a_webhook(local, "http://127.0.0.1:8081/")
    await announced(local, *(ObjectId() for _ in range(20)))
    for query, expected in ((LIST, "find webhooks"), (DELIVERIES, "find webhook_deliveries")):
        await data(query)
        with commands() as sent:
            await data(query)
        assert sent == [expected]
