"""The scheduler: asks again for whatever is due, and clears what has expired. Any number may run; one leads."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from api.access import rules as access
from api.consent import sealing
from api.core import idempotency, logs
from api.core.context import Context
from api.core.queue import Job
from api.core.settings import Settings
from api.exports import rules as exports
from api.files import rules as files
from api.imports import earlier
from api.mail import rules as mail
from api.privacy import acting
from api.retention import daily as retention
from api.runs import rules as runs
from api.webhooks import rules as webhooks
from jobs import broker as brokers
from jobs.context import system_context

LOOK_SECONDS = 10
LEAD_SECONDS = 30
SWEEP_SECONDS = 60
# So many that wait already will be worked off first; asking again would only lengthen the queue.
ENOUGH_WAITING = 100
READY = "scheduler ready"

log = structlog.get_logger(__name__)


class Sweep(Protocol):
    """Removes what has expired in one room, some at a time."""

    __module__: str

    def __call__(self, ctx: Context, /) -> Awaitable[object]:
        """Remove some."""


DUE: dict[Job, Callable[[Context], Awaitable[list[str]]]] = {
    Job.RUN: runs.due_runs,
    Job.MAIL: mail.due_mails,
    Job.WEBHOOK: webhooks.due_deliveries,
}
SWEEPS: tuple[Sweep, ...] = (
    access.sweep,
    idempotency.sweep,
    files.sweep,
    runs.sweep,
    webhooks.sweep,
    sealing.sweep,
    earlier.sweep,
    exports.sweep,
    acting.sweep,
    retention.sweep,
)


async def look(ctx: Context) -> int:
    """Ask for a worker for all that is due; return for how much."""
    asked = 0
    for job, due in DUE.items():
        for one_id in await due(ctx):
            await ctx.enqueue(job, one_id)
            asked += 1
    return asked


async def sweep(ctx: Context) -> None:
    """Remove what has expired, in every room; one that fails does not keep the others from it."""
    for one in SWEEPS:
        try:
            await one(ctx)
        except Exception:
            log.exception("schedule.sweep", room=one.__module__)


class Schedule:
    """The loop: lead or wait, look, and now and then sweep."""

    def __init__(self, ctx: Context, owner: str) -> None:
        """Act in this context under this name."""
        self._ctx = ctx
        self._owner = owner
        self._swept_at = 0.0

    async def tick(self) -> bool:
        """Do what is to be done now; False when another scheduler leads."""
        if not await runs.lead(self._ctx, self._owner, LEAD_SECONDS):
            return False
        asked = await look(self._ctx)
        if asked:
            log.info("schedule.asked", count=asked)
        if time.monotonic() - self._swept_at > SWEEP_SECONDS:
            self._swept_at = time.monotonic()
            await sweep(self._ctx)
        return True

    async def run(self, stop: asyncio.Event) -> None:
        """Tick every 10 seconds until told to stop."""
        while not stop.is_set():
            try:
                await self.tick()
            except Exception as error:  # noqa: BLE001 - a database that is away now may be back at the next look
                log.warning("schedule.failed", error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_SECONDS)


class Patient(brokers.Doorbell):
    """A doorbell that does not ring again for a queue in which many wait already."""

    async def __call__(self, job: Job, one_id: str) -> None:
        """Ask for a worker unless the queue is long."""
        if await asyncio.to_thread(self.waiting, job) < ENOUGH_WAITING:
            await super().__call__(job, one_id)


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, stop.set)
    async with system_context(settings, Patient(brokers.connect(settings.redis_url))) as ctx:
        log.info(READY)
        owner = f"{socket.gethostname()}:{os.getpid()}"
        await Schedule(ctx, owner).run(stop)
        with contextlib.suppress(Exception):
            await runs.stop_leading(ctx, owner)
    log.info("scheduler stopped")


def main(settings: Settings) -> None:
    """Run the scheduler as a process."""
    logs.configure(level=settings.log_level)
    asyncio.run(serve(settings))
