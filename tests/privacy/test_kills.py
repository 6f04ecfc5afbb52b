"""`kill -9` of the worker at seeded random moments: who was to go is gone, each once, and nobody is half cleared."""

from __future__ import annotations

import asyncio
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api.core.context import Context, utc_now
from api.core.personal import Act
from api.privacy import acting
from api.runs import rules as runs
from api.runs.model import Run, RunStatus
from api.runs.selecting import Selection
from benchmarks import people
from tests.consent.test_reach import say
from tests.engines import with_indexes
from tests.imports.test_kills import wait_for
from tests.whole.outcome import masked

ROOT = Path(__file__).parents[2]
SAME = ("customers", "identifiers", "changes", "access_log", "consent_ledger", "erasures", "clearings", "run_chunks")
TIMES = re.compile(r"\d{4}-\d{2}-\d{2}T[\d:.+Z]+|(?i:anonymous) [0-9a-f]{4}")
pytestmark = [pytest.mark.alone, pytest.mark.tampered]
# Customers are put into the database past the rules: that is "tampered".


@contextmanager
def worker(ctx: Context, persons: int) -> Iterator[None]:
    """Start a worker process; it is killed at the end."""
    arguments = [ctx.settings.mongodb_url, ctx.settings.database, ctx.settings.secret, str(persons)]
    with subprocess.Popen([sys.executable, "-m", "tests.privacy.worker", *arguments], cwd=ROOT) as process:
        try:
            yield
        finally:
            process.kill()


async def populated(ctx: Context, stored: Any, data: Any, count: int) -> None:
    """Fill the database with new people, some of them held, some in the trash, some who agreed to something."""
    for name in stored.list_collection_names():
        if name not in {"test_tokens", "api_keys"}:
            stored.drop_collection(name)
    with_indexes(stored)
    made = await people.fill(ctx, count)
    hold = {"at": ctx.now(), "until": None, "by": ctx.caller.actor, "personal": {"reason": "Court"}}
    stored["customers"].update_many({"_id": {"$in": made[::50]}}, {"$set": {"hold": hold}})
    for n in range(0, min(count, 400), 40):
        await say(data, identifier={"email": f"person{n}@example.com"})


async def killed(ctx: Context, stored: Any, act: Act, persons: int, kills: list[int], dice: random.Random) -> Run:
    """Let everybody go with a worker that is killed near each of these batches."""
    run = await acting.start(ctx, act, Selection(), suppress=True, reason="Test")
    for cursor in kills:
        with worker(ctx, persons):
            found = await wait_for(stored, run, cursor, 3000)
            assert found["status"] in {"QUEUED", "RUNNING"}, "the run ended before it could be killed"
            await asyncio.sleep(dice.uniform(0, 0.05))
    with worker(ctx, persons):
        await wait_for(stored, run, 10**9, 3000)
    return await runs.get_by_id(ctx, run.id)


def state(stored: Any) -> dict[str, Counter[str]]:
    """Return how often what is stored, without what was drawn and without moments."""
    return {
        name: Counter(TIMES.sub("<at>", repr(masked(doc))) for doc in stored[name].find(batch_size=5_000))
        for name in SAME
    }


async def check(
    ctx: Context, stored: Any, data: Any, act: Act, count: int, persons: int, kills: int, seed: int
) -> None:
    """Let the same people go undisturbed and with kills, and compare all that is left."""
    ctx = replace(ctx, clock=utc_now)
    ctx.db.rehearse = False
    dice = random.Random(seed)
    held = len(range(0, count, 50))
    await populated(ctx, stored, data, count)
    quiet = await killed(ctx, stored, act, persons, [], dice)
    outcome = {"GONE": count - held, "HELD": held}
    assert (quiet.status, quiet.attempt, quiet.outcome) == (RunStatus.SUCCEEDED, 2, outcome)
    expected = state(stored)
    assert expected["erasures"].total() == expected["access_log"].total() == count - held
    # Not at the very end: how many batches it is differs a little, as whoever takes over cuts them anew.
    moments = sorted(dice.sample(range(1, min(quiet.cursor - 3, quiet.cursor * 19 // 20)), kills))
    await populated(ctx, stored, data, count)
    run = await killed(ctx, stored, act, persons, moments, dice)
    assert (run.status, run.outcome, run.processed, run.total) == (RunStatus.SUCCEEDED, outcome, count, count)
    assert run.attempt > 2 + kills // 2
    found = state(stored)
    for name in SAME:
        assert found[name] == expected[name], name
    assert run.tallies == quiet.tallies
    assert run.details["figures"] == quiet.details["figures"]
    figures = run.details["figures"]
    if act is Act.ANONYMIZE:
        assert figures["before"] == figures["after"]
    assert figures["before"]["customers"] == count - held
    (made,) = stored["certificates"].find()
    assert made["clean"]


@pytest.mark.timeout(400)
async def test_1000_anonymizations_and_five_kills(ctx: Context, stored: Any, data: Any) -> None:
    await check(ctx, stored, data, Act.ANONYMIZE, count=1_000, persons=50, kills=5, seed=5)


@pytest.mark.timeout(400)
async def test_300_erasures_and_two_kills(ctx: Context, stored: Any, data: Any) -> None:
    await check(ctx, stored, data, Act.ERASE, count=300, persons=20, kills=2, seed=7)


@pytest.mark.slow
@pytest.mark.timeout(7200)
async def test_100000_anonymizations_and_five_kills(ctx: Context, stored: Any, data: Any) -> None:
    await check(ctx, stored, data, Act.ANONYMIZE, count=100_000, persons=100, kills=5, seed=9)
