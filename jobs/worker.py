"""The worker: dramatiq's threads over one event loop, on which the database is open and presence is noted."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import threading
from contextlib import AsyncExitStack
from typing import Any

import dramatiq
import structlog
from dramatiq.asyncio import EventLoopThread, get_event_loop_thread
from dramatiq.middleware import Middleware

from api.core import logs
from api.core.context import Context
from api.core.settings import Settings
from api.runs import batches, rules as runs

# The actors are declared when their modules are imported.
from jobs import broker as brokers, mail as _mail, runs as _runs, webhooks as _webhooks  # noqa: F401
from jobs.context import Held, system_context

SEEN_SECONDS = 5
STOP_SECONDS = 8.0
READY = "worker ready"

log = structlog.get_logger(__name__)


class Open(Middleware):
    """Opens the database on dramatiq's event loop when a worker boots (a client belongs to one loop), and closes it."""

    def __init__(self, settings: Settings) -> None:
        """Remember what to open."""
        self._settings = settings
        self._open = AsyncExitStack()
        self._presence: asyncio.Task[None] | None = None
        self.worker_id = f"{socket.gethostname()}:{os.getpid()}"

    def before_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Open the database."""
        del worker
        _loop().run_coroutine(self._boot(brokers.Doorbell(broker)))

    def after_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Close it."""
        del broker, worker
        _loop().run_coroutine(self._shut())

    async def _boot(self, doorbell: brokers.Doorbell) -> None:
        Held.context = await self._open.enter_async_context(system_context(self._settings, doorbell))
        self._presence = asyncio.create_task(self._say_so(Held.context))

    async def _shut(self) -> None:
        if self._presence:
            self._presence.cancel()
        Held.context = None
        await self._open.aclose()

    async def _say_so(self, ctx: Context) -> None:
        while True:
            try:
                await runs.worker_seen(ctx, self.worker_id)
            except Exception as error:  # noqa: BLE001 - whatever it is, the next one may come through
                log.warning("worker.presence", error=type(error).__name__)
            await asyncio.sleep(SEEN_SECONDS)


def build(settings: Settings, broker: dramatiq.Broker) -> dramatiq.Worker:
    """Return a worker for a broker, with every actor declared; not yet started."""
    brokers.declare(broker)
    return dramatiq.Worker(broker, worker_threads=settings.worker_threads, worker_timeout=200)


def main(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT; runs that are under way then go on with the next worker."""
    logs.configure(level=settings.log_level)
    stop = threading.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: stop.set())
    worker = build(settings, brokers.connect(settings.redis_url, Open(settings)))
    worker.start()
    log.info(READY, threads=settings.worker_threads)
    stop.wait()
    log.info("worker stopping")
    batches.stop_working()
    worker.stop(timeout=int(STOP_SECONDS * 1000))
    log.info("worker stopped")
    # A thread that is still in a run would hold the process up; its lease runs out by itself.
    with contextlib.suppress(OSError):
        os._exit(0)


def _loop() -> EventLoopThread:
    loop: Any = get_event_loop_thread()
    if loop is None:
        message = "The broker lacks the AsyncIO middleware."
        raise RuntimeError(message)
    return loop  # type: ignore[no-any-return]
