"""Buckets that all processes share through Redis: one connection, and one script for all that ask at the same moment.

Redis is a convenience here: a request waits for it at most 50 ms, and while it is away each process counts by itself,
from where it last knew the shared buckets to be.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any

import structlog
from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection

from api.core.buckets import Charge, LocalBuckets, Size

ANSWER_SECONDS = 0.05
CONNECT_SECONDS = 1.0
RETRY_SECONDS = 1.0
_PREFIX = "regulars-cost:"
_MOST_AT_ONCE = 500

# Time is Redis's own, so that processes whose clocks differ agree. What is refused changes nothing; a bucket expires
# when it is full. Lua's numbers are doubles: a millionth of a point is kept.
_SCRIPT = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = {}
for i, key in ipairs(KEYS) do
  local maximum, rate, cost = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  local level = maximum
  local kept = redis.call('GET', key)
  if kept then
    local before, at = string.match(kept, '^(%S+) (%S+)$')
    level = math.min(maximum, tonumber(before) + math.max(0, now - tonumber(at)) * rate / 1000)
  end
  local wait = 0
  if cost > level then
    wait = math.ceil((cost - level) * 1000 / rate)
  else
    level = level - cost
    local full = math.max(1, math.ceil((maximum - level) * 1000 / rate))
    redis.call('SET', key, string.format('%.6f %.0f', level, now), 'PX', string.format('%.0f', full))
  end
  answer[2 * i - 1] = math.floor(level)
  answer[2 * i] = wait
end
return answer
"""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Wish:
    name: str
    size: Size
    cost: int
    answer: asyncio.Future[tuple[int, int] | None]


class SharedBuckets:
    """The buckets of all processes that use one Redis; never raises, and never waits long."""

    def __init__(self, url: str) -> None:
        """Use the Redis at an address; `open` connects."""
        self._pool: Any = ConnectionPool.from_url(
            url, protocol=2, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=None
        )
        self._local = LocalBuckets()
        self._wishes: list[_Wish] = []
        self._rung = asyncio.Event()
        self._tried = asyncio.Event()
        self._is_up = False
        self._is_told = False
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect, and return when that was tried once."""
        self._task = asyncio.create_task(self._stay_connected())
        await self._tried.wait()

    async def close(self) -> None:
        """Disconnect; whoever waits is answered by this process alone."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def take(self, name: str, size: Size, cost: int) -> Charge:
        """Take points out of a bucket, all or none."""
        if self._is_up:
            wish = _Wish(name, size, cost, asyncio.get_running_loop().create_future())
            self._wishes.append(wish)
            self._rung.set()
            answered = await wish.answer
            if answered is not None:
                available, wait = answered
                self._local.put(name, size, available)
                return Charge(cost, available, size, wait)
        return self._local.take_now(name, size, cost)

    async def _stay_connected(self) -> None:
        while True:
            connection: AbstractConnection = self._pool.make_connection()
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    await connection.connect()  # type: ignore[no-untyped-call]
                    await connection.send_command("SCRIPT", "LOAD", _SCRIPT)
                    script = await connection.read_response()
                self._found()
                await self._serve(connection, script)
            # Whatever it is, nobody may wait for ever because of it.
            except Exception as error:  # noqa: BLE001
                self._lost(error)
            finally:
                self._release()
                with contextlib.suppress(Exception):
                    await connection.disconnect(nowait=True)
            await asyncio.sleep(RETRY_SECONDS)

    async def _serve(self, connection: AbstractConnection, script: Any) -> None:
        """Send what has come together, again and again; raises when Redis does not answer in time."""
        while True:
            await self._rung.wait()
            wishes, self._wishes = self._wishes[:_MOST_AT_ONCE], self._wishes[_MOST_AT_ONCE:]
            if not self._wishes:
                self._rung.clear()
            try:
                await _ask(connection, script, wishes)
            finally:
                # Those that Redis did not answer are answered here.
                _give_up(wishes)

    def _found(self) -> None:
        if self._is_told:
            log.info("buckets.shared")
        self._is_up, self._is_told = True, False
        self._tried.set()

    def _lost(self, error: Exception) -> None:
        if not self._is_told:
            log.warning("buckets.local", error=type(error).__name__)
        self._is_told = True
        self._tried.set()

    def _release(self) -> None:
        self._is_up = False
        wishes, self._wishes = self._wishes, []
        self._rung.clear()
        _give_up(wishes)


async def _ask(connection: AbstractConnection, script: Any, wishes: list[_Wish]) -> None:
    names = [_PREFIX + one.name for one in wishes]
    numbers = [number for one in wishes for number in (one.size.maximum, one.size.per_second, one.cost)]
    async with asyncio.timeout(ANSWER_SECONDS):
        await connection.send_command("EVALSHA", script, len(names), *names, *numbers)
        answer: Any = await connection.read_response()
    for place, one in enumerate(wishes):
        if not one.answer.done():
            one.answer.set_result((answer[2 * place], answer[2 * place + 1]))


def _give_up(wishes: list[_Wish]) -> None:
    for one in wishes:
        if not one.answer.done():
            one.answer.set_result(None)
