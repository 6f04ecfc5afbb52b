"""How work gets from the API to a worker: a doorbell in Redis. The record of the work is in MongoDB.

A message holds an id and nothing else. There is no retry here: the scheduler asks again for whatever the database says
is due, so a lost message, a doubled one and an emptied Redis all heal by themselves.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

import dramatiq
import redis
import structlog
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import BrokerError
from dramatiq.middleware import AsyncIO, Middleware

from api.core.queue import Job

# Every process must use the same two values, since each may run the clean-up: with them a message of a worker that was
# killed comes back after 10 s; with the library's own it took up to 10 minutes.
MAINTENANCE_CHANCE = 1_000_000
HEARTBEAT_TIMEOUT_MS = 10_000
CONNECT_SECONDS = 2
ANSWER_SECONDS = 5
RING_SECONDS = 1.0
QUIET_SECONDS = 5.0

QUEUES = {Job.RUN: "import", Job.MAIL: "mail", Job.WEBHOOK: "webhook"}

log = structlog.get_logger(__name__)

Act: TypeAlias = Callable[[str], Awaitable[None]]


@dataclass(frozen=True)
class _Declared:
    job: Job
    act: Act


_ACTORS: dict[Job, _Declared] = {}


def actor(job: Job) -> Callable[[Act], Act]:
    """Declare who does a job; `declare` tells a broker."""

    def keep(act: Act) -> Act:
        _ACTORS[job] = _Declared(job, act)
        return act

    return keep


def declare(broker: dramatiq.Broker) -> dict[Job, dramatiq.Actor[[str], None]]:
    """Make every declared act an actor of this broker, each on its job's queue.

    No retries (the scheduler repeats what is due, and retries would keep tracebacks in Redis) and no time limit (a run
    is worked off in batches under a lease that runs out after 10 s when its worker is gone).
    """
    return {
        job: dramatiq.actor(one.act, actor_name=job.value, queue_name=QUEUES[job], broker=broker)  # type: ignore[call-overload]
        for job, one in _ACTORS.items()
    }


def connect(url: str, *middleware: Middleware) -> RedisBroker:
    """Return a broker on Redis; nothing is sent yet."""
    pool = redis.ConnectionPool.from_url(url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=ANSWER_SECONDS)
    return RedisBroker(  # type: ignore[no-untyped-call]
        client=redis.Redis(connection_pool=pool),
        middleware=[AsyncIO(), *middleware],
        namespace="regulars",
        maintenance_chance=MAINTENANCE_CHANCE,
        heartbeat_timeout=HEARTBEAT_TIMEOUT_MS,
    )


class Doorbell:
    """Rings for a worker; is what the API calls as `ctx.enqueue`. Never raises and never holds a request up."""

    def __init__(self, broker: dramatiq.Broker) -> None:
        """Ring through this broker."""
        self._broker = broker
        self._quiet_until = 0.0

    async def __call__(self, job: Job, one_id: str) -> None:
        """Ask for a worker; when Redis is away for a while, be quiet and let the scheduler find the work."""
        if time.monotonic() < self._quiet_until:
            return
        ringing = asyncio.create_task(asyncio.to_thread(self.ring, job, one_id))
        # The thread goes on by itself when Redis is slow; the request does not wait for it.
        await asyncio.wait({ringing}, timeout=RING_SECONDS)

    def ring(self, job: Job, one_id: str) -> bool:
        """Send one message, blocking; tell whether Redis took it."""
        queue = QUEUES[job]
        message: dramatiq.Message[None] = dramatiq.Message(
            queue_name=queue, actor_name=job.value, args=(one_id,), kwargs={}, options={}
        )
        try:
            self._broker.enqueue(message)
        except (BrokerError, redis.RedisError, OSError) as error:
            self._quiet_until = time.monotonic() + QUIET_SECONDS
            log.warning("queue.unreachable", job=job.value, error=type(error).__name__)
            return False
        return True

    def waiting(self, job: Job) -> int:
        """Return how many messages wait for a job, blocking; 0 when Redis does not answer."""
        try:
            return int(self._broker.do_qsize(QUEUES[job]))  # type: ignore[attr-defined]
        except (BrokerError, redis.RedisError, OSError):
            return 0
