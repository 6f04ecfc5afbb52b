"""The way of a job: rung for in Redis with an id only, worked off by actors that may be called twice, asked for again."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import dramatiq
import pytest
import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import AsyncIO

from api.core import ids
from api.core.context import Context, utc_now
from api.core.idempotency import Once
from api.core.queue import Job
from api.core.settings import Settings
from api.imports import rules as imports
from api.mail import rules as mail
from api.runs import rules as runs
from api.webhooks import rules as webhooks
from jobs import broker as brokers, schedule, worker
from jobs.context import worker_context
from jobs.engines import free_port
from tests.conftest import Caught, Clock
from tests.webhooks.receiver import receiving

CSV = "first_name,email\nSanne,sanne@example.com\nOnno,onno@example.com\n"


def events(log: BytesIO, name: str) -> list[dict[str, Any]]:
    """Return what was logged under a name."""
    lines = (json.loads(line) for line in log.getvalue().splitlines())
    return [line for line in lines if line["event"] == name]


# --- the doorbell ---


async def test_without_redis_ringing_does_no_harm_and_is_not_tried_again_at_once(log: BytesIO) -> None:
    bell = brokers.Doorbell(brokers.connect(f"redis://127.0.0.1:{free_port()}/0"))
    started = time.monotonic()
    await bell(Job.RUN, "5f0000000000000000000001")
    assert time.monotonic() - started < brokers.RING_SECONDS + 1
    assert bell.ring(Job.RUN, "5f0000000000000000000001") is False
    tried = len(events(log, "queue.unreachable"))
    await bell(Job.MAIL, "5f0000000000000000000002")
    assert len(events(log, "queue.unreachable")) == tried == 2
    assert bell.waiting(Job.RUN) == 0


@pytest.fixture
def rung(redis_url: str) -> Iterator[tuple[RedisBroker, redis.Redis]]:
    """A broker with a namespace of its own, so that no one else's queue is touched, and a client that looks at it."""
    broker = brokers.connect(redis_url)
    broker.namespace = f"regulars_test_{secrets.token_hex(8)}"
    with redis.Redis.from_url(redis_url) as client:
        yield broker, client
        for name in client.scan_iter(f"{broker.namespace}*"):
            client.delete(name)


async def test_a_message_holds_an_id_and_nothing_else(rung: tuple[RedisBroker, redis.Redis]) -> None:
    broker, client = rung
    bell = brokers.Doorbell(broker)
    await bell(Job.RUN, "5f0000000000000000000001")
    assert bell.waiting(Job.RUN) == 1
    (raw,) = client.hvals(f"{broker.namespace}:import.msgs")
    message = json.loads(raw)
    assert (message["queue_name"], message["actor_name"]) == ("import", "run")
    assert (message["args"], message["kwargs"]) == (["5f0000000000000000000001"], {})
    assert set(message["options"]) == {"redis_message_id"}


async def test_a_long_queue_is_not_made_longer(
    rung: tuple[RedisBroker, redis.Redis], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "ENOUGH_WAITING", 2)
    bell = schedule.Patient(rung[0])
    for number in range(5):
        await bell(Job.RUN, f"5f000000000000000000000{number}")
    assert bell.waiting(Job.RUN) == 2


# --- the actors ---


@pytest.fixture
def stub(settings: Settings, smtp: tuple[str, Caught]) -> Iterator[dramatiq.Broker]:
    """A worker in this process on a broker in memory."""
    broker = StubBroker(middleware=[AsyncIO(), worker.Open(replace(settings, smtp_url=smtp[0], webhooks_local=True))])
    working = worker.build(settings, broker)
    working.start()
    yield broker
    working.stop()


def deliver(broker: dramatiq.Broker, job: Job, one_id: str, times: int) -> None:
    """Put a job's message into the queue so many times, and wait until all were worked off."""
    bell = brokers.Doorbell(broker)
    assert all(bell.ring(job, one_id) for _ in range(times))
    broker.join(brokers.QUEUES[job])


async def test_a_mail_that_is_delivered_twice_is_sent_once(
    ctx: Context, smtp: tuple[str, Caught], stub: dramatiq.Broker
) -> None:
    sending = replace(ctx, settings=replace(ctx.settings, smtp_url=smtp[0]))
    mail_id = await mail.send(sending, "eva@example.com", "Hello", "A text.")
    await asyncio.to_thread(deliver, stub, Job.MAIL, str(mail_id), 3)
    assert [message["Subject"] for message in smtp[1].mails] == ["Hello"]


async def test_a_webhook_that_is_delivered_twice_is_sent_once(ctx: Context, stub: dramatiq.Broker) -> None:
    local = replace(ctx, settings=replace(ctx.settings, webhooks_local=True), clock=utc_now)
    async with receiving() as receiver:
        topics = [webhooks.WebhookTopic.CONSENT_CHANGED]
        made, _, _ = await webhooks.create(local, receiver.url, topics, Once("webhookCreate"))
        assert made
        delivery, _ = await webhooks.test(local, ids.show(ids.WEBHOOK, made.id), Once("webhookTest"))
        assert delivery
        await asyncio.to_thread(deliver, stub, Job.WEBHOOK, str(delivery.id), 3)
        assert [one.headers["webhook-id"] for one in receiver.requests] == [ids.show(ids.DELIVERY, delivery.id)]


async def test_a_run_that_is_delivered_twice_is_done_once(ctx: Context, stub: dramatiq.Broker, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(CSV)
    # The worker has the machine's clock, by which a file of the test's clock would have expired.
    run = await imports.import_file(replace(ctx, clock=utc_now), file, wait=False)
    await asyncio.to_thread(deliver, stub, Job.RUN, str(run.id), 4)
    done = await runs.get_by_id(ctx, run.id)
    assert (done.status, done.outcome) == ("SUCCEEDED", {"CREATE": 2})
    assert await ctx.db["customers"].estimated_count() == 2


async def test_a_worker_says_that_it_is_there(ctx: Context, stub: dramatiq.Broker) -> None:
    del stub
    ctx = replace(ctx, clock=utc_now)
    deadline = time.monotonic() + 10
    while not (await runs.presence(ctx)).connected:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    assert (await runs.presence(ctx)).workers == 1


def test_there_is_no_worker_context_outside_of_a_worker() -> None:
    with pytest.raises(RuntimeError, match="no worker"):
        worker_context()


# --- the scheduler ---


async def test_what_nobody_heard_is_asked_for_again(
    ctx: Context, enqueued: list[tuple[Job, str]], tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_text(CSV)
    run = await imports.import_file(ctx, file, wait=False)
    enqueued.clear()
    assert await schedule.look(ctx) == 1
    assert enqueued == [(Job.RUN, str(run.id))]
    await runs.work(ctx, str(run.id))
    enqueued.clear()
    assert await schedule.look(ctx) == 0
    assert enqueued == []


async def test_one_scheduler_leads_until_it_leaves_or_dies(ctx: Context, clock: Clock) -> None:
    first, second = schedule.Schedule(ctx, "first"), schedule.Schedule(ctx, "second")
    assert (await first.tick(), await second.tick()) == (True, False)
    clock.move(seconds=schedule.LEAD_SECONDS - 1)
    assert (await second.tick(), await first.tick()) == (False, True)
    clock.move(seconds=schedule.LEAD_SECONDS)
    assert (await second.tick(), await first.tick()) == (True, False)
    await runs.stop_leading(ctx, "first")
    assert await first.tick() is False
    await runs.stop_leading(ctx, "second")
    assert await first.tick() is True


async def test_a_sweep_that_fails_does_not_keep_the_others_from_theirs(
    ctx: Context, monkeypatch: pytest.MonkeyPatch, log: BytesIO
) -> None:
    swept: list[str] = []

    async def broken(_ctx: Context) -> None:
        message = "sanne@example.com"
        raise ValueError(message)

    async def fine(_ctx: Context) -> None:
        swept.append("fine")

    monkeypatch.setattr(schedule, "SWEEPS", (broken, fine))
    await schedule.sweep(ctx)
    assert swept == ["fine"]
    (line,) = events(log, "schedule.sweep")
    assert line["raised"] == "ValueError"


async def test_every_room_is_swept(ctx: Context, clock: Clock) -> None:
    assert {one.__module__ for one in schedule.SWEEPS} == {
        "api.access.rules", "api.core.idempotency", "api.files.rules", "api.runs.rules",
        "api.webhooks.delivering", "api.consent.sealing", "api.imports.earlier", "api.exports.rules",
        "api.privacy.acting", "api.retention.daily",
    }  # fmt: skip
    await runs.worker_seen(ctx, "old")
    clock.move(days=2)
    await schedule.sweep(ctx)
    assert await ctx.db["workers"].estimated_count() == 0
