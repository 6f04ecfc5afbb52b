"""`kill -9` of the API, of MongoDB and of Redis while four partners write: what was acknowledged is there, and once."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import pymongo
import pytest

from api.core.context import utc_now
from api.core.keys import Keys
from jobs.engines import mongo_part, redis_part
from jobs.process import Part
from tests.conftest import SECRET
from tests.consent.partners import MANY, ONE, Told, a_message, again, faults_in, results
from tests.engines import with_indexes
from tests.factories import a_key
from tests.installation import api_part, running
from tests.whole.fold import faults_of

PARTNERS = 4
PEOPLE = 30
ITEMS = 8
PAUSE_SECONDS = 0.1
PATIENCE_SECONDS = 120
"""How long partners may take to come through after the last kill: a database keeps a dead API's transaction for a minute."""
pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(
        bool(os.environ.get("MONGODB_URL") or os.environ.get("REDIS_URL")),
        reason="servers are named: they are not ours to kill",
    ),
]


@dataclass
class Installation:
    """The three that are killed."""

    mongo: Part
    redis: Part
    api: Part
    mongodb_url: str
    address: str

    @property
    def parts(self) -> dict[str, Part]:
        """By name."""
        return {"api": self.api, "mongo": self.mongo, "redis": self.redis}


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """An API on a MongoDB that keeps what it acknowledges, and a Redis."""
    mongo, mongodb_url = mongo_part(tmp_path / "mongo")
    redis, redis_url = redis_part(tmp_path / "redis")
    api, address = api_part(tmp_path, mongodb_url=mongodb_url, database="regulars", redis_url=redis_url, secret=SECRET)
    with running(mongo, redis):
        with pymongo.MongoClient[dict[str, Any]](mongodb_url) as client:
            with_indexes(client["regulars"])
        with running(api):
            yield Installation(mongo, redis, api, mongodb_url, address)


@dataclass
class Partner:
    """Sends batches and single consents, each under its key, and repeats each until every item is answered."""

    name: str
    address: str
    secret: str
    dice: Random
    stop: threading.Event
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    told: Told = field(default_factory=Told)
    repeats: int = 0
    gave_up: str = ""

    def run(self) -> None:
        """Work until told to stop; what is begun is brought to its end."""
        headers = {"Authorization": f"Bearer {self.secret}"}
        with httpx2.Client(base_url=self.address, headers=headers, timeout=30) as client:
            for number in count():
                if self.stop.is_set():
                    return
                self._send(client, f"{self.name}-{number}")

    def _send(self, client: httpx2.Client, key: str) -> None:
        size = self.dice.choice([1, ITEMS])
        items = [a_message(self.dice, PEOPLE, f"{key}#{place}") for place in range(size)]
        # The same word about the same matter at the same moment is one item of a batch.
        items = list(
            {
                (one["identifier"]["email"], one["purpose"], one["state"], one["collectedAt"]): one for one in items
            }.values()
        )
        self.sent |= {one["idempotencyKey"]: one for one in items}
        body = {
            "query": ONE if size == 1 else MANY,
            "variables": {"input": items[0] if size == 1 else {"items": items}},
        }
        given_up_at = time.monotonic() + PATIENCE_SECONDS
        while not self._through(client, body, items):
            self.repeats += 1
            if time.monotonic() > given_up_at:
                self.gave_up = key
                return
            time.sleep(PAUSE_SECONDS)

    def _through(self, client: httpx2.Client, body: dict[str, Any], items: list[dict[str, Any]]) -> bool:
        try:
            answer = client.post("/graphql", json=body).json()
        except (httpx2.HTTPError, ValueError):
            return False
        # Of a batch some may be answered and others not: what is acknowledged holds, whatever comes next.
        for item, result in zip(items, results(answer), strict=False):
            self.told.take(item["idempotencyKey"], result)
        return not again(answer)


def kill_in_turn(installation: Installation, order: list[str], dice: Random, wait: tuple[float, float]) -> None:
    """Kill these, one after the other, at random moments; each is started again at once."""
    for name in order:
        time.sleep(dice.uniform(*wait))
        part = installation.parts[name]
        part.kill()
        time.sleep(dice.uniform(0, 0.5))
        part.start()
        assert part.wait_ready()


def check(installation: Installation, order: list[str], seed: int, wait: tuple[float, float]) -> int:
    """Let partners write while these are killed, and compare what they were told with what is stored."""
    dice, stop = Random(seed), threading.Event()
    with pymongo.MongoClient[dict[str, Any]](installation.mongodb_url, tz_aware=True, w="majority") as client:
        secrets = [a_key(client["regulars"], utc_now(), role="partner")[1] for _ in range(PARTNERS)]
    partners = [
        Partner(f"partner{place}", installation.address, secret, Random(f"{seed} {place}"), stop)
        for place, secret in enumerate(secrets)
    ]
    threads = [threading.Thread(target=one.run, name=one.name, daemon=True) for one in partners]
    for one in threads:
        one.start()
    try:
        kill_in_turn(installation, order, dice, wait)
        time.sleep(dice.uniform(*wait))
    finally:
        stop.set()
        for one in threads:
            one.join(PATIENCE_SECONDS + 30)
    assert [one.gave_up for one in partners if one.gave_up] == []
    assert not any(one.is_alive() for one in threads)
    # Partners were in the midst of something when things fell.
    assert sum(one.repeats for one in partners) > 0
    messages = {key: one for partner in partners for key, one in partner.sent.items()}
    told = Told()
    for partner in partners:
        told.faults += partner.told.faults
        told.entries |= partner.told.entries
        told.times |= partner.told.times
    with pymongo.MongoClient[dict[str, Any]](installation.mongodb_url, tz_aware=True) as client:
        stored = client["regulars"]
        assert faults_in(stored, told, messages.values(), Keys(SECRET)) == []
        assert faults_of(stored, Keys(SECRET)) == []
        assert stored["consent_ledger"].count_documents({}) == len(messages)
        assert stored["idempotency"].count_documents({}) == len(messages)
    return len(messages)


@pytest.mark.timeout(240)
def test_one_kill_each(installation: Installation) -> None:
    # MongoDB after the API, whose open transaction dies with it: nobody waits until it is forgotten.
    assert check(installation, ["api", "mongo", "redis"], seed=3, wait=(1.0, 2.0)) > 50


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [11, 12])
def test_nine_kills(installation: Installation, seed: int) -> None:
    order = Random(seed).sample(["api", "mongo", "redis"] * 3, 9)
    assert check(installation, order, seed=seed, wait=(3.0, 8.0)) > 300
