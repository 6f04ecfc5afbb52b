"""How much a caller may ask for: the formula, the shared buckets, and what happens while Redis is away."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import redis

from api.core import buckets_shared
from api.core.buckets import Charge, LocalBuckets, Size
from api.core.buckets_shared import SharedBuckets
from jobs.engines import redis_part
from jobs.process import Part

KEY = Size(10_000, 500)


class Seconds:
    """A clock that counts seconds and stands still until it is moved."""

    now = 1_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


# --- the formula ---


@pytest.mark.unit
@pytest.mark.parametrize("text", ["", "5", "5/", "/5", "a/b", "0/5", "5/0", "-1/5", "5/5/5"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Size.of(text)


@pytest.mark.unit
async def test_a_bucket_holds_its_maximum_and_restores_by_the_second(seconds: Seconds) -> None:
    buckets = LocalBuckets(seconds)
    assert await buckets.take("a", KEY, 9_000) == Charge(9_000, 1_000, KEY)
    assert await buckets.take("a", KEY, 1_001) == Charge(1_001, 1_000, KEY, retry_after_ms=2)
    assert await buckets.take("a", KEY, 1_000) == Charge(1_000, 0, KEY)
    assert await buckets.take("a", KEY, 1) == Charge(1, 0, KEY, retry_after_ms=2)
    assert await buckets.take("a", KEY, 750) == Charge(750, 0, KEY, retry_after_ms=1_500)
    seconds.now += 1.5
    assert await buckets.take("a", KEY, 751) == Charge(751, 750, KEY, retry_after_ms=2)
    assert await buckets.take("a", KEY, 750) == Charge(750, 0, KEY)
    assert await buckets.take("b", KEY, 10_000) == Charge(10_000, 0, KEY)
    seconds.now += 19.5
    assert await buckets.take("a", KEY, 0) == Charge(0, 9_750, KEY)
    seconds.now += 1_000_000
    assert await buckets.take("a", KEY, 1) == Charge(1, 9_999, KEY)


@pytest.mark.unit
async def test_a_clock_that_goes_back_gives_and_takes_nothing(seconds: Seconds) -> None:
    buckets = LocalBuckets(seconds)
    await buckets.take("a", KEY, 10_000)
    seconds.now -= 500
    assert await buckets.take("a", KEY, 1) == Charge(1, 0, KEY, retry_after_ms=2)


@pytest.mark.unit
async def test_many_callers_do_not_fill_the_memory(seconds: Seconds) -> None:
    buckets = LocalBuckets(seconds)
    slow = Size(10_000, 1)
    await buckets.take("heavy", slow, 10_000)
    for n in range(50_000):
        seconds.now += 0.001
        await buckets.take(str(n), KEY, 5)
    assert len(buckets._kept) <= 20_000
    # Those that are full again went, not the one that spent all.
    assert (await buckets.take("heavy", slow, 10_000)).retry_after_ms > 0


@pytest.mark.unit
async def test_what_a_partner_may_send_by_the_formula(seconds: Seconds) -> None:
    """A batch of 500 consents costs what tests/core/test_cost.py says."""
    buckets = LocalBuckets(seconds)
    burst = 0
    while not (await buckets.take("key", KEY, 116)).retry_after_ms:
        burst += 500
    assert burst >= 10_000
    sent = 0
    for _ in range(600):
        seconds.now += 0.1
        while not (await buckets.take("key", KEY, 116)).retry_after_ms:
            sent += 500
    assert sent / 60 >= 2_000


# --- shared through Redis ---


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A crowded machine may stand still for longer than a request waits."""
    monkeypatch.setattr(buckets_shared, "ANSWER_SECONDS", 5)


@asynccontextmanager
async def shared(url: str, count: int = 1) -> AsyncIterator[list[SharedBuckets]]:
    """Open the buckets of so many processes."""
    opened = [SharedBuckets(url) for _ in range(count)]
    for one in opened:
        await one.open()
    try:
        yield opened
    finally:
        for one in opened:
            await one.close()


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[tuple[Part, str]]:
    """A Redis that a test may stop, freeze and start again."""
    part, url = redis_part(tmp_path / "redis", throwaway=True)
    part.start()
    assert part.wait_ready()
    yield part, url
    part.kill()


def name_of(request: pytest.FixtureRequest) -> str:
    return f"{request.node.name}-{time.monotonic_ns()}"


async def test_the_shared_formula_is_the_same(redis_url: str, request: pytest.FixtureRequest) -> None:
    name, slow = name_of(request), Size(10_000, 1)
    async with shared(redis_url, 2) as (one, other):
        assert await one.take(name, slow, 9_000) == Charge(9_000, 1_000, slow)
        refused = await other.take(name, slow, 5_000)
        assert refused.available == 1_000
        assert 3_990_000 < refused.retry_after_ms <= 4_000_000
        assert await other.take(name, slow, 990) == Charge(990, 10, slow)
        assert (await one.take(name, slow, 0)).available == 10


async def test_two_processes_allow_together_what_the_formula_says(
    redis_url: str, request: pytest.FixtureRequest
) -> None:
    name, size, cost, seconds = name_of(request), Size(400, 400), 2, 1.5

    async def ask(buckets: SharedBuckets) -> int:
        allowed = 0
        while time.monotonic() < end:
            charges = await asyncio.gather(*(buckets.take(name, size, cost) for _ in range(5)))
            allowed += sum(not one.retry_after_ms for one in charges)
            await asyncio.sleep(0)
        return allowed

    async with shared(redis_url, 2) as both:
        began = time.monotonic()
        end = began + seconds
        allowed = sum(await asyncio.gather(*map(ask, both)))
        wanted = (size.maximum + size.per_second * (time.monotonic() - began)) / cost
        assert all(one._is_up for one in both)
    assert abs(allowed - wanted) <= 0.05 * wanted, (allowed, wanted)


async def test_a_full_bucket_leaves_nothing_in_redis(redis_url: str, request: pytest.FixtureRequest) -> None:
    name, size = name_of(request), Size(100, 1_000)
    with redis.Redis.from_url(redis_url) as client:
        async with shared(redis_url) as (buckets,):
            await buckets.take(name, size, 100)
            left: Any = client.pttl(f"regulars-cost:{name}")
            assert 0 < left <= 100
            kept: Any = client.get(f"regulars-cost:{name}")
            await buckets.take(name, Size(100, 1), 101)
            # What is refused writes nothing.
            assert client.get(f"regulars-cost:{name}") in {kept, None}


# --- while Redis is away ---


async def until_up(buckets: SharedBuckets) -> None:
    async with asyncio.timeout(10):
        while not buckets._is_up:
            await asyncio.sleep(0.01)


async def test_killed_meanwhile_requests_go_on_and_it_is_said_once(
    own_redis: tuple[Part, str], log: BytesIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets_shared, "RETRY_SECONDS", 0.05)
    part, url = own_redis
    async with shared(url) as (buckets,):
        assert (await buckets.take("a", Size(1_000, 1), 400)).available == 600
        part.kill()
        began = time.monotonic()
        answers = [await buckets.take("a", Size(1_000, 1), 100) for _ in range(50)]
        assert time.monotonic() - began < 0.5
        # It goes on from what was shared: 600 more, and no new thousand.
        assert [one.retry_after_ms > 0 for one in answers] == [False] * 6 + [True] * 44
        part.start()
        await until_up(buckets)
        # The new one was empty, so that every bucket is full.
        assert (await buckets.take("a", Size(1_000, 1), 100)).available == 900
    assert (log.getvalue().count(b"buckets.local"), log.getvalue().count(b"buckets.shared")) == (1, 1)


async def test_frozen_it_holds_nobody_up(own_redis: tuple[Part, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets_shared, "ANSWER_SECONDS", 0.05)
    part, url = own_redis
    async with shared(url) as (buckets,):
        await buckets.take("a", KEY, 1)
        os.kill(part.pid, signal.SIGSTOP)
        try:
            began = time.monotonic()
            answers = await asyncio.gather(*(buckets.take("a", KEY, 100) for _ in range(200)))
            first = time.monotonic() - began
            for _ in range(20):
                await buckets.take("b", KEY, 1)
            later = time.monotonic() - began - first
        finally:
            os.kill(part.pid, signal.SIGCONT)
    assert [one.retry_after_ms > 0 for one in answers].count(False) in {99, 100}
    assert first < 0.5
    assert later < 0.5


async def test_never_there_it_starts_all_the_same(log: BytesIO) -> None:
    async with shared("redis://127.0.0.1:1/0") as (buckets,):
        assert await buckets.take("a", KEY, 1) == Charge(1, 9_999, KEY)
    assert log.getvalue().count(b"buckets.local") == 1
    assert b"127.0.0.1" not in log.getvalue()


async def test_a_script_that_was_flushed_is_loaded_again(
    own_redis: tuple[Part, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets_shared, "RETRY_SECONDS", 0.01)
    _, url = own_redis
    async with shared(url) as (buckets,):
        await buckets.take("a", Size(10_000, 1), 1)
        with redis.Redis.from_url(url) as client:
            client.script_flush()
        assert (await buckets.take("a", Size(10_000, 1), 1)).available == 9_998
        async with asyncio.timeout(10):
            while buckets._is_up:
                await asyncio.sleep(0)
        await until_up(buckets)
        with redis.Redis.from_url(url) as client:
            before: Any = client.info("commandstats")
            await buckets.take("a", Size(10_000, 1), 1)
            after: Any = client.info("commandstats")
        assert after["cmdstat_evalsha"]["calls"] == before["cmdstat_evalsha"]["calls"] + 1


async def test_many_at_once_are_one_round_trip(redis_url: str, request: pytest.FixtureRequest) -> None:
    name = name_of(request)
    async with shared(redis_url) as (buckets,):
        with redis.Redis.from_url(redis_url) as client:
            before: Any = client.info("commandstats")
            charges = await asyncio.gather(*(buckets.take(name, Size(1_000, 1), 1) for _ in range(300)))
            after: Any = client.info("commandstats")
    assert [one.available for one in charges] == list(range(999, 699, -1))
    assert after["cmdstat_evalsha"]["calls"] - before.get("cmdstat_evalsha", {"calls": 0})["calls"] <= 2
