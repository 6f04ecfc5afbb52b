"""What importing costs: rows per second of plan and of apply, and the memory of the worker, against a bare script."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from api import indexes
from api.core.context import Context
from api.core.idempotency import Once
from api.core.ids import show
from api.core.settings import Settings
from api.files import rules as files
from api.imports import rules as imports
from api.runs import rules as runs
from api.runs.model import Run, RunStatus
from benchmarks import bare, people
from benchmarks.measure import Peak
from jobs import broker as brokers
from jobs.context import system_context

PART_BYTES = 1_000_000
POLL_SECONDS = 0.1
REGULARS = Path(sys.executable).parent / "regulars"


@dataclass(frozen=True)
class Row:
    """One import: rates in rows per second, memory in MB."""

    rows: int
    plan: float
    apply: float
    both: float
    bare: float
    peak_mb: float


def run(mongodb_url: str, redis_url: str, count: int) -> Row:
    """Import a file of new people into an empty database with one worker process."""
    env = {
        "MONGODB_URL": mongodb_url,
        "REDIS_URL": redis_url,
        "MONGODB_DATABASE": f"regulars_bench_{os.urandom(4).hex()}",
        "REGULARS_SECRET": "a-key-of-the-benchmarks-only-0123456789",
        "REGULARS_LOG_LEVEL": "warning",
    }
    settings = Settings.from_env(env)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        people.write_csv(path, count)
        asyncio.run(_prepare(settings))
        worker = subprocess.Popen([REGULARS, "worker"], env={**os.environ, **env})
        try:
            with Peak(psutil.Process(worker.pid)) as peak:
                planned, applied = asyncio.run(_import(settings, path))
        finally:
            worker.terminate()
            worker.wait(30)
        bare_rate = bare.load(mongodb_url, settings.database, path)
    both = count / (planned + applied)
    return Row(count, count / planned, count / applied, both, bare_rate, peak.bytes / 1_000_000)


async def _prepare(settings: Settings) -> None:
    async with system_context(settings) as ctx:
        await indexes.build(ctx.db)


async def _import(settings: Settings, path: Path) -> tuple[float, float]:
    """Return the seconds of plan and of apply."""
    async with system_context(settings, brokers.Doorbell(brokers.connect(settings.redis_url))) as ctx:
        file, _ = await files.create(ctx, Once("fileCreate"), path.name, path.stat().st_size)
        assert file is not None
        with path.open("rb") as source:
            offset = 0
            while data := source.read(PART_BYTES):
                await files.upload(ctx, file, offset, data)
                offset += len(data)
        begun = time.perf_counter()
        run, _ = await imports.plan(ctx, Once("importPlan"), show("fil", file.id))
        assert run is not None
        await _until(ctx, run, RunStatus.READY)
        planned = time.perf_counter()
        await imports.apply(ctx, Once("importApply"), show("run", run.id))
        done = await _until(ctx, run, RunStatus.SUCCEEDED)
        if done.outcome.get("CREATE") != done.processed:
            raise AssertionError(done.outcome)
        return planned - begun, time.perf_counter() - planned


async def _until(ctx: Context, run: Run, status: RunStatus) -> Run:
    while True:
        now = await runs.get_by_id(ctx, run.id)
        if now.status is status:
            return now
        if now.status in {RunStatus.FAILED, RunStatus.CANCELLED}:
            raise AssertionError(now.error)
        await asyncio.sleep(POLL_SECONDS)
