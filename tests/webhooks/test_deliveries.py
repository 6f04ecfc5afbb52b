"""The life of a delivery: queued with its reason, tried for a day, dead, replayed, removed; and targets that fail."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId

from api.core.context import Context
from api.core.idempotency import Once
from api.core.mongo import Tx
from api.core.queue import Job
from api.webhooks import delivering, model, outbox, rules
from api.webhooks.model import BACK_OFF_SECONDS, WebhookTopic
from jobs.engines import free_port
from tests.conftest import Clock, Commands
from tests.webhooks.conftest import GONE, Made, a_webhook, announced
from tests.webhooks.receiver import Receiver, receiving, stalled, status

Enqueued = list[tuple[Job, str]]


def the(stored: Any, delivery_id: str) -> dict[str, Any]:
    found: dict[str, Any] = stored["webhook_deliveries"].find_one({"_id": ObjectId(delivery_id)})
    return found


def hook_of(made: Made) -> str:
    return f"whk_{made[0].id}"


@pytest.fixture(autouse=True)
def no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "JITTER", 0)


# --- queued with its reason ---


async def test_where_nobody_listens_nothing_is_queued_and_nothing_is_asked(
    ctx: Context, stored: Any, commands: Commands
) -> None:
    await rules.listeners(ctx, WebhookTopic.CONSENT_CHANGED)

    async def body(tx: Tx) -> list[str]:
        return await rules.announce(ctx, tx, prepared, [subject])

    subject = ObjectId()
    with commands() as sent:
        prepared = await rules.prepare(ctx, WebhookTopic.CONSENT_CHANGED, [subject])
        assert await ctx.db.transact(body) == []
    assert [one for one in sent if "webhook" in one] == []
    assert stored["webhook_deliveries"].count_documents({}) == 0


async def test_what_happened_is_queued_once_for_each_who_listens_in_one_command(
    local: Context, stored: Any, clock: Clock, commands: Commands, enqueued: Enqueued
) -> None:
    first, second = [await a_webhook(local, f"http://127.0.0.1:{port}/") for port in (8081, 8082)]
    off = await a_webhook(local, "http://127.0.0.1:8083/")
    await rules.update(local, hook_of(off), rules.Change(active=False), Once("webhookUpdate"))
    happened, did_not = ObjectId(), ObjectId()
    prepared = await rules.prepare(local, WebhookTopic.CONSENT_CHANGED, [happened, did_not])

    async def body(tx: Tx) -> list[str]:
        return await rules.announce(local, tx, prepared, [happened])

    local.db.rehearse = False
    with commands() as sent:
        delivery_ids = await local.db.transact(body)
    assert sent == ["insert webhook_deliveries", "commit"]
    assert [the(stored, one) for one in delivery_ids] == [
        {
            "_id": ObjectId(one),
            "webhook_id": webhook.id,
            "topic": "CONSENT_CHANGED",
            "subject_id": happened,
            "at": clock(),
            "status": "QUEUED",
            "attempts": 0,
            "next_at": clock(),
            "last_status": None,
            "error": None,
            "expires_at": clock() + timedelta(hours=24),
        }
        for one, (webhook, _) in zip(delivery_ids, (first, second), strict=True)
    ]
    assert stored["webhook_deliveries"].count_documents({}) == 2
    await rules.ring(local, delivery_ids)
    assert enqueued == [(Job.WEBHOOK, one) for one in delivery_ids]
    assert await rules.due_deliveries(local) == delivery_ids


async def test_an_effect_that_is_taken_back_tells_nobody(local: Context, stored: Any) -> None:
    await a_webhook(local, "http://127.0.0.1:8081/")
    prepared = await rules.prepare(local, WebhookTopic.CONSENT_CHANGED, [ObjectId()])

    async def body(tx: Tx) -> None:
        await rules.announce(local, tx, prepared, prepared.by_subject)
        raise ValueError

    with pytest.raises(ValueError):
        await local.db.transact(body)
    assert stored["webhook_deliveries"].count_documents({}) == 0


async def test_who_listens_is_known_for_a_second_and_at_once_where_it_changed(
    local: Context, stored: Any, monkeypatch: pytest.MonkeyPatch, commands: Commands
) -> None:
    topic = WebhookTopic.CONSENT_CHANGED
    assert await rules.listeners(local, topic) == []
    made = await a_webhook(local, "http://127.0.0.1:8081/")
    assert [one.id for one in await rules.listeners(local, topic)] == [made[0].id]
    with commands() as sent:
        await rules.listeners(local, topic)
    assert sent == []
    monkeypatch.setattr(outbox, "REMEMBERED_SECONDS", 0)
    with commands() as sent:
        await rules.listeners(local, topic)
    assert sent == ["find webhooks"]


# --- sent ---


async def test_a_delivery_that_is_asked_for_twice_is_sent_once(local: Context, receiver: Receiver, stored: Any) -> None:
    await a_webhook(local, receiver.url)
    (delivery_id,) = await announced(local)
    await asyncio.gather(*(rules.deliver(local, delivery_id) for _ in range(5)))
    await rules.deliver(local, delivery_id)
    assert len(receiver.requests) == 1
    assert (the(stored, delivery_id)["status"], the(stored, delivery_id)["attempts"]) == ("DELIVERED", 1)


async def test_an_unknown_delivery_is_nothing(ctx: Context) -> None:
    await rules.deliver(ctx, str(ObjectId()))


async def test_a_worker_that_died_is_followed_by_another(
    local: Context, receiver: Receiver, stored: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_webhook(local, receiver.url)
    (delivery_id,) = await announced(local)

    async def dies(*_: object) -> None:
        raise KeyError

    with monkeypatch.context() as patched:
        patched.setattr(delivering, "_settle", dies)
        with pytest.raises(KeyError):
            await rules.deliver(local, delivery_id)
    assert await rules.due_deliveries(local) == []
    clock.move(seconds=30)
    assert await rules.due_deliveries(local) == [delivery_id]
    await rules.deliver(local, delivery_id)
    # Sent twice, under the same id: that is how its receiver knows.
    assert [one.headers["webhook-id"] for one in receiver.requests] == [f"whd_{delivery_id}"] * 2
    assert (the(stored, delivery_id)["status"], the(stored, delivery_id)["attempts"]) == ("DELIVERED", 2)


async def test_one_that_was_paused_past_its_lease_changes_nothing(
    local: Context, receiver: Receiver, stored: Any, clock: Clock
) -> None:
    await a_webhook(local, receiver.url)
    (delivery_id,) = await announced(local)
    receiver.answers = [stalled(b"")]
    slow = asyncio.create_task(rules.deliver(local, delivery_id))
    async with asyncio.timeout(5):
        while not receiver.requests:
            await asyncio.sleep(0.01)
    clock.move(seconds=31)
    await rules.deliver(local, delivery_id)
    slow.cancel()
    await asyncio.gather(slow, return_exceptions=True)
    assert (the(stored, delivery_id)["status"], the(stored, delivery_id)["attempts"]) == ("DELIVERED", 2)


async def test_what_it_is_about_may_be_gone(local: Context, receiver: Receiver, stored: Any) -> None:
    await a_webhook(local, receiver.url)
    subject = ObjectId()
    GONE.add(subject)
    (delivery_id,) = await announced(local, subject)
    await rules.deliver(local, delivery_id)
    assert receiver.requests == []
    found = the(stored, delivery_id)
    assert (found["status"], found["error"]) == ("DEAD", "What it was about is gone.")


@pytest.mark.parametrize("act", ["off", "deleted"])
async def test_what_waits_for_a_webhook_that_is_off_or_deleted_dies(
    local: Context, receiver: Receiver, stored: Any, act: str
) -> None:
    made = await a_webhook(local, receiver.url)
    (delivery_id,) = await announced(local)
    if act == "off":
        await rules.update(local, hook_of(made), rules.Change(active=False), Once("webhookUpdate"))
    else:
        await rules.remove(local, hook_of(made), Once("webhookDelete"))
    await rules.deliver(local, delivery_id)
    assert receiver.requests == []
    found = the(stored, delivery_id)
    said = {"off": "The webhook is switched off.", "deleted": "The webhook was deleted."}
    assert (found["status"], found["error"], found["attempts"]) == ("DEAD", said[act], 0)


# --- tried again ---


async def test_500s_and_then_200(local: Context, receiver: Receiver, stored: Any, clock: Clock) -> None:
    made = await a_webhook(local, receiver.url)
    (delivery_id,) = await announced(local)
    receiver.answers = [status(500), status(503)]
    seen = []
    for step in (5, 30, 0):
        assert await rules.due_deliveries(local) == [delivery_id]
        await rules.deliver(local, delivery_id)
        assert await rules.due_deliveries(local) == []
        found = the(stored, delivery_id)
        seen.append((found["status"], found["attempts"], found["last_status"], found["next_at"] - clock()))
        clock.move(seconds=step)
    assert seen[:2] == [
        ("QUEUED", 1, 500, timedelta(seconds=5)),
        ("QUEUED", 2, 503, timedelta(seconds=30)),
    ]
    assert seen[2][:3] == ("DELIVERED", 3, 204)
    assert the(stored, delivery_id)["error"] is None
    assert (await rules.get(local, hook_of(made))).failures == 0  # type: ignore[union-attr]


def test_the_steps_have_jitter_and_end_within_a_day(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setattr(model, "JITTER", 0.1)
    doc = {**model.queued(ObjectId(), ObjectId(), "TEST", ObjectId(), clock()), "attempts": 3}
    delivery = model.Delivery.of(doc)
    waits = [(model.next_try(delivery, clock()) - clock()).total_seconds() for _ in range(200)]  # type: ignore[operator]
    assert 108 <= min(waits) < 115
    assert 125 < max(waits) <= 132
    assert sum(BACK_OFF_SECONDS) < 24 * 3600 < sum(BACK_OFF_SECONDS) * 1.2


async def test_it_dies_after_24_hours(local: Context, stored: Any, clock: Clock) -> None:
    await a_webhook(local, f"http://127.0.0.1:{free_port()}/")
    (delivery_id,) = await announced(local)
    began = clock()
    while the(stored, delivery_id)["status"] == "QUEUED":
        for one in await rules.due_deliveries(local):
            await rules.deliver(local, one)
        found = the(stored, delivery_id)
        clock.now = max(found["next_at"], clock())
    assert (found["status"], found["attempts"], found["last_status"]) == ("DEAD", 11, None)
    assert found["error"] == "It cannot be reached, or it hung up."
    assert found["expires_at"] == began + timedelta(hours=24) + timedelta(days=30)
    assert await rules.due_deliveries(local) == []


# --- a target that fails ---


async def test_after_five_failures_the_rest_waits_and_others_do_not_notice(
    local: Context, receiver: Receiver, stored: Any, clock: Clock
) -> None:
    down = await a_webhook(local, f"http://127.0.0.1:{free_port()}/")
    up = await a_webhook(local, receiver.url)
    delivery_ids = await announced(local, *(ObjectId() for _ in range(8)))
    for one in delivery_ids:
        await rules.deliver(local, one)
    to_up = [the(stored, one) for one in delivery_ids if the(stored, one)["webhook_id"] == up[0].id]
    to_down = [the(stored, one) for one in delivery_ids if the(stored, one)["webhook_id"] == down[0].id]
    assert [one["status"] for one in to_up] == ["DELIVERED"] * 8
    assert [one["attempts"] for one in to_down] == [1] * 5 + [0] * 3
    assert {one["next_at"] - clock() for one in to_down} == {timedelta(seconds=5)}
    assert {one["error"] for one in to_down[5:]} == {"It waits: the target failed several times in a row."}
    shown = {one.id: one.failing for one in await rules.get_all(local)}
    assert shown == {down[0].id: True, up[0].id: False}
    # While it is left alone nobody is asked; then one delivery is, and the pause grows.
    clock.move(seconds=4)
    assert await rules.due_deliveries(local) == []
    for pause in (30, 120, 600, 1_800, 1_800):
        clock.now = stored["webhooks"].find_one({"_id": down[0].id})["retry_at"]
        assert len(await rules.due_deliveries(local)) == 1
        tried = sum(the(stored, str(one["_id"]))["attempts"] for one in to_down)
        for one in to_down:
            await rules.deliver(local, str(one["_id"]))
        assert sum(the(stored, str(one["_id"]))["attempts"] for one in to_down) == tried + 1
        assert stored["webhooks"].find_one({"_id": down[0].id})["retry_at"] == clock() + timedelta(seconds=pause)
    assert stored["webhooks"].find_one({"_id": down[0].id})["failures"] == 10


async def test_the_first_success_lets_the_others_through(
    local: Context, receiver: Receiver, stored: Any, clock: Clock
) -> None:
    made = await a_webhook(local, receiver.url)
    delivery_ids = await announced(local, *(ObjectId() for _ in range(7)))
    receiver.answers = [status(500) for _ in range(5)]
    for one in delivery_ids:
        await rules.deliver(local, one)
    assert len(receiver.requests) == 5
    clock.move(seconds=5)
    (due,) = await rules.due_deliveries(local)
    await rules.deliver(local, due)
    assert (await rules.get(local, hook_of(made))).failing is False  # type: ignore[union-attr]
    for one in await rules.due_deliveries(local):
        await rules.deliver(local, one)
    assert [the(stored, one)["status"] for one in delivery_ids] == ["DELIVERED"] * 7
    assert len(receiver.requests) == 12


async def test_of_many_who_wait_for_a_failing_target_one_tries(
    local: Context, receiver: Receiver, stored: Any, clock: Clock
) -> None:
    made = await a_webhook(local, receiver.url)
    delivery_ids = await announced(local, *(ObjectId() for _ in range(10)))
    stored["webhooks"].update_one({"_id": made[0].id}, {"$set": {"failures": 5, "retry_at": clock()}})
    receiver.answers = [status(500) for _ in range(10)]
    await asyncio.gather(*(rules.deliver(local, one) for one in delivery_ids))
    assert len(receiver.requests) == 1
    assert sorted(the(stored, one)["attempts"] for one in delivery_ids) == [0] * 9 + [1]


async def test_what_waited_a_day_behind_a_failing_target_is_given_up(local: Context, stored: Any, clock: Clock) -> None:
    made = await a_webhook(local, f"http://127.0.0.1:{free_port()}/")
    delivery_ids = await announced(local, *(ObjectId() for _ in range(3)))
    far = clock() + timedelta(hours=48)
    stored["webhooks"].update_one({"_id": made[0].id}, {"$set": {"failures": 9, "retry_at": far}})
    for one in delivery_ids:
        await rules.deliver(local, one)
    clock.move(hours=24)
    assert await rules.sweep(local) == 3
    for one in delivery_ids:
        found = the(stored, one)
        assert (found["status"], found["attempts"]) == ("DEAD", 0)
        assert found["error"] == "It waits: the target failed several times in a row."


async def test_a_slow_target_takes_two_places_and_leaves_the_others(
    local: Context, receiver: Receiver, stored: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "TURN_SECONDS", 0.1)
    await a_webhook(local, receiver.url)
    async with receiving() as quick:
        await a_webhook(local, quick.url)
        delivery_ids = await announced(local, ObjectId(), ObjectId(), ObjectId())
        receiver.answers = [stalled(b"")] * 3
        slow = [
            one for one in delivery_ids if the(stored, one)["webhook_id"] != the(stored, delivery_ids[1])["webhook_id"]
        ]
        trying = [asyncio.create_task(rules.deliver(local, one)) for one in slow]
        async with asyncio.timeout(5):
            await asyncio.wait(trying, return_when=asyncio.FIRST_COMPLETED)
        for one in set(delivery_ids) - set(slow):
            await rules.deliver(local, one)
        assert (len(receiver.requests), len(quick.requests)) == (2, 3)
        (later,) = [one for one in slow if the(stored, one)["attempts"] == 0]
        assert the(stored, later)["next_at"] == clock() + delivering.LATER
        for one in trying:
            one.cancel()
        await asyncio.gather(*trying, return_exceptions=True)


async def test_a_lost_key_is_a_failure_that_says_so(local: Context, receiver: Receiver, stored: Any) -> None:
    made = await a_webhook(local, receiver.url)
    lost = [{"sealed": "00000000:AAAA", "until": None}]
    stored["webhooks"].update_one({"_id": made[0].id}, {"$set": {"secrets": lost}})
    (delivery_id,) = await announced(local)
    await rules.deliver(local, delivery_id)
    found = the(stored, delivery_id)
    assert (found["status"], found["attempts"]) == ("QUEUED", 1)
    assert found["error"] == "Its secret cannot be read with this REGULARS_SECRET; give it a new one."
    assert receiver.requests == []


# --- again, and the end ---


async def test_what_is_dead_or_delivered_can_be_replayed(
    local: Context, receiver: Receiver, stored: Any, clock: Clock, enqueued: Enqueued
) -> None:
    await a_webhook(local, receiver.url)
    (delivery_id,) = await announced(local)
    stored["webhook_deliveries"].update_one(
        {}, {"$set": {"status": "DEAD", "attempts": 11, "error": "It answered 500."}}
    )
    clock.move(days=3)
    for _ in range(2):
        enqueued.clear()
        delivery, done = await rules.replay(local, f"whd_{delivery_id}", Once("webhookReplay"))
        assert delivery is not None
        assert (done.applied, delivery.status, delivery.attempts, delivery.error) == (True, "QUEUED", 0, None)
        assert delivery.expires_at == clock() + timedelta(hours=24)
        assert enqueued == [(Job.WEBHOOK, delivery_id)]
        await rules.deliver(local, delivery_id)
        assert (the(stored, delivery_id)["status"], the(stored, delivery_id)["attempts"]) == ("DELIVERED", 1)
    assert [one.headers["webhook-id"] for one in receiver.requests] == [f"whd_{delivery_id}"] * 2


async def test_what_ended_is_removed_after_30_days(
    local: Context, receiver: Receiver, stored: Any, clock: Clock
) -> None:
    await a_webhook(local, receiver.url)
    delivered, waiting = await announced(local, ObjectId(), ObjectId())
    await rules.deliver(local, delivered)
    stored["webhook_deliveries"].update_one(
        {"_id": ObjectId(waiting)}, {"$set": {"expires_at": clock() + timedelta(days=99)}}
    )
    clock.move(days=30, seconds=-1)
    assert await rules.sweep(local) == 0
    clock.move(seconds=1)
    assert await rules.sweep(local) == 1
    assert [str(one["_id"]) for one in stored["webhook_deliveries"].find()] == [waiting]
