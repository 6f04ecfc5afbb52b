"""Live progress: each API process reads the runs that somebody watches every half second, once for all who watch."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from weakref import WeakKeyDictionary

import structlog
from bson import ObjectId

from api.core.context import Context
from api.core.mongo import Database
from api.runs import rules
from api.runs.model import ACTIVE, Run

POLL_SECONDS = 0.5
MAX_WATCHED = 1_000
log = structlog.get_logger(__name__)


class Watch:
    """One poll for all subscribers of a process."""

    def __init__(self) -> None:
        """Watch nothing yet."""
        self._watchers: dict[ObjectId, set[asyncio.Queue[Run]]] = {}
        self._task: asyncio.Task[None] | None = None

    async def progress(self, ctx: Context, run: Run) -> AsyncIterator[Run]:
        """Yield a run now and each time it has moved, until it neither runs nor waits to."""
        queue: asyncio.Queue[Run] = asyncio.Queue()
        self._watchers.setdefault(run.id, set()).add(queue)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._poll(ctx.as_(ctx.caller)))
        try:
            yield run
            while run.status in ACTIVE:
                run = await queue.get()
                yield run
        finally:
            watchers = self._watchers.get(run.id, set())
            watchers.discard(queue)
            if not watchers:
                self._watchers.pop(run.id, None)

    async def _poll(self, ctx: Context) -> None:
        seen: dict[ObjectId, tuple[object, ...]] = {}
        while self._watchers:
            await asyncio.sleep(POLL_SECONDS)
            wanted = list(self._watchers)[:MAX_WATCHED]
            try:
                found = await rules.many(ctx, wanted)
            except Exception:  # noqa: BLE001
                # The database may be away for a moment; whoever watches goes on watching.
                log.warning("watch.unavailable")
                continue
            for run_id, run in found.items():
                mark = (run.cursor, run.status, run.phase, run.fence)
                if seen.get(run_id) == mark:
                    continue
                seen[run_id] = mark
                for queue in self._watchers.get(run_id, ()):
                    queue.put_nowait(run)
            for gone in set(seen) - set(self._watchers):
                seen.pop(gone, None)


_WATCHES: WeakKeyDictionary[Database, Watch] = WeakKeyDictionary()


async def progress(ctx: Context, run: Run) -> AsyncIterator[Run]:
    """Yield a run now and whenever it has moved."""
    watch = _WATCHES.setdefault(ctx.db, Watch())
    async with contextlib.aclosing(watch.progress(ctx, run)) as moves:  # type: ignore[type-var]
        async for one in moves:
            yield one
