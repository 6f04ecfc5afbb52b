"""`kill -9` of the worker at seeded random moments: the end is the same as undisturbed, and only time was lost."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api.core.context import Context, utc_now
from api.core.idempotency import Once
from api.imports import rules as imports
from api.runs import rules as runs
from api.runs.model import Run, RunStatus
from tests.imports.steps import as_admin, csv_of, text_of, uploaded

ROOT = Path(__file__).parents[2]
HEADER = [
    "reference_id",
    "email",
    "phone_number",
    "first_name",
    "job_title",
    "tags",
    "bank_account",
    "account_holder",
    "date_of_birth",
]
pytestmark = pytest.mark.alone


def people(rows: int, seed: int) -> bytes:
    """Return a file in which people come twice, some rows are broken and some have no key."""
    dice = random.Random(seed)
    lines = []
    for n in range(rows):
        who = n if dice.random() > 0.1 else dice.randrange(n + 1)
        broken = dice.random()
        email = "broken" if broken < 0.02 else f"p{who}@planted.example"
        key, email = ("", "") if broken > 0.99 else (f"R{who}", email)
        bank = ["NL91ABNA0417164300", "P. Person"] if dice.random() < 0.1 else ["", ""]
        born = (
            "1990-02-29"
            if dice.random() < 0.01
            else f"19{dice.randrange(40, 99)}-0{dice.randrange(1, 10)}-1{dice.randrange(10)}"
        )
        lines.append([key, email, f"06{who:08d}", f"Name {who}", f"Job {n % 7}", f"tag{n % 11}", *bank, born])
    return csv_of(HEADER, *lines)


@contextmanager
def worker(ctx: Context) -> Iterator[subprocess.Popen[bytes]]:
    """Start a worker process; it is killed at the end."""
    arguments = [ctx.settings.mongodb_url, ctx.settings.database, ctx.settings.secret]
    with subprocess.Popen([sys.executable, "-m", "tests.imports.worker", *arguments], cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


async def wait_for(stored: Any, run: Run, cursor: int, seconds: float = 400) -> Any:
    """Wait until so many batches are committed, or the run has ended; return it as it is then."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = stored["runs"].find_one({"_id": run.id})
        if found["cursor"] >= cursor or found["status"] not in {"QUEUED", "RUNNING"}:
            return found
        await asyncio.sleep(0.005)
    pytest.fail(f"the run stands at batch {found['cursor']}")


async def killed(ctx: Context, stored: Any, data: bytes, kills: list[int], dice: random.Random, **options: Any) -> Run:
    """Import with a worker that is killed near each of these batches."""
    admin = as_admin(ctx)
    admin = admin.as_(options.pop("caller", admin.caller))
    file_id = await uploaded(admin, data)
    run, _ = await imports.plan(admin, Once("importPlan"), file_id, apply_when_ready=True, **options)
    assert run
    for cursor in kills:
        with worker(ctx):
            found = await wait_for(stored, run, cursor)
            assert found["status"] in {"QUEUED", "RUNNING"}, "the run ended before it could be killed"
            await asyncio.sleep(dice.uniform(0, 0.15))
    with worker(ctx):
        await wait_for(stored, run, 10**9)
    return await runs.get_by_id(ctx, run.id)


def essence(stored: Any) -> dict[str, Any]:
    """Return all that an import makes, without what differs from run to run: ids, times and ciphertexts."""
    key_of = {one["_id"]: one["emails"][0]["normalized"] for one in stored["customers"].find()}
    return {
        "customers": {key_of[one["_id"]]: _plain(one) for one in stored["customers"].find()},
        "changes": {
            (key_of[one["customer_id"]], one["version"]): (
                one["run"]["row"],
                sorted(repr(_plain(p)) for p in one["personal"]["paths"]),
            )
            for one in stored["changes"].find()
        },
        "identifiers": {
            one["_id"]: sorted(key_of[holder] for holder in one["holders"]) for one in stored["identifiers"].find()
        },
        "rows": [
            (one["batch"], one["to_row"], one["planned"], one["outcome"], one["done"], one["codes"])
            for one in stored["run_rows"].find(sort=[("batch", 1)])
        ],
        "states": stored["plan_states"].count_documents({}),
        "mails": [one["personal"]["text"].split("All rows:")[0] for one in stored["outbox"].find()],
    }


def _plain(value: Any) -> Any:
    left_out = {"_id", "id", "iban", "created_at", "updated_at", "path", "seen_at"}
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items() if name not in left_out}
    return [_plain(one) for one in value] if isinstance(value, list) else value


async def check(ctx: Context, stored: Any, rows: int, kills: int, seed: int) -> None:
    """Import undisturbed, then the same file with kills, and compare everything."""
    ctx = replace(ctx, clock=utc_now)
    ctx.db.rehearse = False
    data = people(rows, seed)
    quiet = await killed(ctx, stored, data, [], random.Random(0))
    assert (quiet.status, quiet.attempt) == (RunStatus.SUCCEEDED, 2)
    wanted, report = essence(stored), await text_of(ctx, imports.error_file_id(quiet))
    assert sum(quiet.outcome.values()) == rows
    for name in (
        "customers",
        "changes",
        "identifiers",
        "run_rows",
        "outbox",
        "runs",
        "files",
        "file_parts",
        "idempotency",
    ):
        stored[name].delete_many({})

    dice = random.Random(seed)
    moments = sorted(dice.sample(range(1, quiet.cursor - 2), kills))
    run = await killed(ctx, stored, data, moments, dice)
    assert run.status is RunStatus.SUCCEEDED
    assert run.attempt >= 2 + kills - 1
    assert (run.planned, run.outcome, run.tallies, run.processed, run.cursor) == (
        quiet.planned, quiet.outcome, quiet.tallies, quiet.processed, run.cursor,
    )  # fmt: skip
    assert essence(stored) == wanted
    assert await text_of(ctx, imports.error_file_id(run)) == report


@pytest.mark.timeout(400)
async def test_2000_rows_and_three_kills(ctx: Context, stored: Any) -> None:
    await check(ctx, stored, rows=2_000, kills=3, seed=3)


@pytest.mark.slow
@pytest.mark.timeout(1800)
async def test_20000_rows_and_ten_kills(ctx: Context, stored: Any) -> None:
    await check(ctx, stored, rows=20_000, kills=10, seed=10)
