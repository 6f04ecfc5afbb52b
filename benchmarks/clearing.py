"""What anonymizing costs: customers per second and the memory of the worker, against a bare script on the same server."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
import pymongo
from bson import ObjectId

from api import indexes
from api.core.personal import Act
from api.core.settings import Settings
from api.customers import clearing
from api.privacy import acting
from api.privacy.requests import ACT
from api.runs import rules as runs
from api.runs.model import Run, RunPhase, RunStatus
from api.runs.selecting import Selection
from benchmarks import people
from benchmarks.measure import Peak
from jobs import broker as brokers
from jobs.context import system_context

POLL_SECONDS = 0.05
REGULARS = Path(sys.executable).parent / "regulars"
TOGETHER = 100


@dataclass(frozen=True)
class Row:
    """One run: rates in customers per second, memory in MB."""

    customers: int
    plan: float
    clear: float
    """From the first customer that goes to the last collection that is cleared of the last one."""
    search: float
    """Seconds of the search at the end, with the certificate."""
    bare: float
    peak_mb: float


def run(mongodb_url: str, redis_url: str, count: int) -> Row:
    """Anonymize all customers of a new database with one worker process; the bare script does so with another one."""
    env = {
        "MONGODB_URL": mongodb_url,
        "REDIS_URL": redis_url,
        "MONGODB_DATABASE": f"regulars_bench_{os.urandom(4).hex()}",
        "REGULARS_SECRET": "a-key-of-the-benchmarks-only-0123456789",
        "REGULARS_LOG_LEVEL": "warning",
    }
    settings = Settings.from_env(env)
    other = replace(settings, database=f"{settings.database}_bare")
    for one in (settings, other):
        asyncio.run(_fill(one, count))
    bare = _bare(other, count)
    worker = subprocess.Popen([REGULARS, "worker"], env={**os.environ, **env})
    try:
        # The first one waits until the worker has started.
        asyncio.run(_anonymized(settings, Selection(search="R0000000"), 1))
        with Peak(psutil.Process(worker.pid)) as peak:
            plan, clear, search = asyncio.run(_anonymized(settings, Selection(search="R0"), count - 1))
    finally:
        worker.terminate()
        worker.wait(30)
    left = count - 1
    return Row(left, left / plan, left / clear, search, bare, peak.bytes / 1_000_000)


async def _fill(settings: Settings, count: int) -> None:
    async with system_context(settings) as ctx:
        await indexes.build(ctx.db)
        await people.fill(ctx, count)


async def _anonymized(settings: Settings, selection: Selection, count: int) -> tuple[float, float, float]:
    """Return the seconds of the plan, of clearing, and of the search."""
    async with system_context(settings, brokers.Doorbell(brokers.connect(settings.redis_url))) as ctx:
        moments = [time.perf_counter()]
        started = await acting.start(ctx, Act.ANONYMIZE, selection)
        parts = (_is_planned, _is_cleared, _has_ended)
        now = started
        for part in parts:
            while True:
                now = await runs.get_by_id(ctx, started.id)
                if part(now):
                    break
                await asyncio.sleep(POLL_SECONDS)
            moments.append(time.perf_counter())
        if now.status is not RunStatus.SUCCEEDED or now.outcome != {"GONE": count}:
            raise AssertionError(now.error or now.outcome)
        plan, clear, search = (after - before for before, after in pairwise(moments))
        return plan, clear, search


def _is_planned(now: Run) -> bool:
    return now.phase is RunPhase.APPLY or _has_ended(now)


def _is_cleared(now: Run) -> bool:
    return now.state.get("stage", ACT) != ACT or _has_ended(now)


def _has_ended(now: Run) -> bool:
    return now.status not in {RunStatus.QUEUED, RunStatus.RUNNING}


def _bare(settings: Settings, count: int) -> float:
    """Return customers per second of transactions that replace customers by what is kept and blank their changes."""
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(settings.mongodb_url, tz_aware=True)
    db = client[settings.database]
    begun, done = time.perf_counter(), 0
    wanted = [doc["_id"] for doc in db["customers"].find({}, {"_id": 1})]
    for start in range(0, len(wanted), TOGETHER):
        some = wanted[start : start + TOGETHER]
        with client.start_session() as session, session.start_transaction():
            docs = list(db["customers"].find({"_id": {"$in": some}}, session=session))
            kept = [clearing.anonymized(doc, ObjectId(os.urandom(12)), doc["updated_at"]) for doc in docs]
            changes = db["changes"].find({"customer_id": {"$in": some}}, {"_id": 1}, session=session)
            blanked = [pymongo.UpdateOne({"_id": one["_id"]}, {"$set": {"personal": None}}) for one in changes]
            gone = [pymongo.DeleteOne({"_id": one}) for one in some]
            db["customers"].bulk_write(gone, session=session)
            db["customers"].insert_many(kept, session=session)
            db["changes"].bulk_write(blanked, session=session)
        done += len(docs)
    seconds = time.perf_counter() - begun
    client.close()
    if done != count:
        raise AssertionError(done)
    return count / seconds
