"""What exporting costs: rows per second and the memory of the worker, against a bare script on the same server."""

from __future__ import annotations

import asyncio
import csv
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pymongo

from api import indexes
from api.core import ids
from api.core.idempotency import Once
from api.core.settings import Settings
from api.exports import rules as exports
from api.exports.model import ExportFlavor, Shape
from api.runs import rules as runs
from api.runs.model import RunStatus
from api.runs.selecting import Selection
from benchmarks import people
from benchmarks.measure import Peak
from jobs import broker as brokers
from jobs.context import system_context

POLL_SECONDS = 0.05
INVENTED, COPIED = 2_000, 1_000
"""So many different people; more are these once more, some at a time: a million have to fit into an embedded server."""
REGULARS = Path(sys.executable).parent / "regulars"
SCALARS = (
    "given_name",
    "family_name",
    "job_title",
    "organization",
    "date_of_birth",
    "gender",
    "locale",
    "reference_id",
)
PARTS = (("emails", "address", 2), ("phones", "number", 1), ("addresses", "street", 1), ("addresses", "postal_code", 1), ("addresses", "city", 1))  # fmt: skip
COLUMNS = ("id", *SCALARS, *(f"{name}.{part}" for name, part, _ in PARTS), "tags")


@dataclass(frozen=True)
class Row:
    """One export: rates in rows per second, memory in MB."""

    rows: int
    spreadsheet: float
    machine: float
    bare: float
    peak_mb: float
    resting_mb: float


def run(mongodb_url: str, redis_url: str, count: int) -> Row:
    """Export all customers of a new database with one worker process; the bare script before and after, the better one counts."""
    env = {
        "MONGODB_URL": mongodb_url,
        "REDIS_URL": redis_url,
        "MONGODB_DATABASE": f"regulars_bench_{os.urandom(4).hex()}",
        "REGULARS_SECRET": "a-key-of-the-benchmarks-only-0123456789",
        "REGULARS_LOG_LEVEL": "warning",
    }
    settings = Settings.from_env(env)
    asyncio.run(_fill(settings, count))
    before = _bare(mongodb_url, settings.database, count)
    worker = subprocess.Popen([REGULARS, "worker"], env={**os.environ, **env})
    try:
        process = psutil.Process(worker.pid)
        # The first one waits until the worker has started.
        asyncio.run(_export(settings, ExportFlavor.MACHINE, 1))
        resting = process.memory_info().rss
        with Peak(process) as peak:
            sheet = asyncio.run(_export(settings, ExportFlavor.SPREADSHEET, count))
            machine = asyncio.run(_export(settings, ExportFlavor.MACHINE, count))
    finally:
        worker.terminate()
        worker.wait(30)
    bare = max(before, _bare(mongodb_url, settings.database, count))
    return Row(count, count / sheet, count / machine, bare, peak.bytes / 1_000_000, resting / 1_000_000)


async def _fill(settings: Settings, count: int) -> None:
    async with system_context(settings) as ctx:
        await indexes.build(ctx.db)
        await people.fill(ctx, min(count, INVENTED))
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(settings.mongodb_url)
    customers = client[settings.database]["customers"]
    # The words for searching, which an export does not read, are the most of what a customer takes up in indexes.
    docs = [{**doc, "tokens": [], "heads": []} for doc in customers.find(limit=COPIED)]
    for start in range(INVENTED, count, COPIED):
        some = docs[: count - start]
        customers.insert_many([{**doc, "_id": ids.new()} for doc in some], ordered=False)
    client.close()


async def _export(settings: Settings, flavor: ExportFlavor, count: int) -> float:
    """Return the seconds from the click to the finished file."""
    selection = Selection(search="R0000000") if count == 1 else Selection()
    async with system_context(settings, brokers.Doorbell(brokers.connect(settings.redis_url))) as ctx:
        begun = time.perf_counter()
        started = await exports.start(ctx, Once("exportStart"), selection, Shape(COLUMNS, flavor=flavor))
        assert started.run is not None
        while True:
            now = await runs.get_by_id(ctx, started.run.id)
            if now.status is RunStatus.SUCCEEDED:
                break
            if now.status in {RunStatus.FAILED, RunStatus.CANCELLED}:
                raise AssertionError(now.error)
            await asyncio.sleep(POLL_SECONDS)
        if now.outcome != {"WRITTEN": count}:
            raise AssertionError(now.outcome)
        return time.perf_counter() - begun


def _bare(url: str, database: str, count: int) -> float:
    """Return rows per second of one cursor and `csv.writer`, into a file, with the same fields."""
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(url)
    fields = dict.fromkeys((*SCALARS, "emails", "phones", "addresses", "tags"), 1)
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "people.csv").open("w", newline="") as file:
        begun, rows = time.perf_counter(), 0
        writer = csv.writer(file)
        for doc in client[database]["customers"].find({"trashed": False}, fields):
            row = [str(doc["_id"]), *(doc.get(name) or "" for name in SCALARS)]
            for name, part, width in PARTS:
                items = doc.get(name) or []
                row += [items[place].get(part, "") if place < len(items) else "" for place in range(width)]
            writer.writerow([*row, ",".join(doc.get("tags") or ())])
            rows += 1
        file.flush()
        os.fsync(file.fileno())
        seconds = time.perf_counter() - begun
    client.close()
    if rows != count:
        raise AssertionError(rows)
    return count / seconds
