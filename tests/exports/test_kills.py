"""`kill -9` of the worker at seeded random moments, writers meanwhile, a full disk: the file is whole, or there is none."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import random
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
from api.core.errors import Invalid, Unavailable
from api.core.idempotency import Once
from api.core.mongo import connect
from api.customers import acts
from api.exports import columns, working
from api.exports.model import ExportFormat, Shape
from api.runs import rules as runs, selecting
from api.runs.model import Run, RunStatus
from api.runs.selecting import Selection
from benchmarks import people
from tests import faults
from tests.exports.steps import MACHINE, bytes_of, exported, rows_of, started
from tests.factories import a_customer
from tests.imports.test_kills import wait_for

ROOT = Path(__file__).parents[2]
ALL = tuple(path for path in columns.COLUMNS if not path.startswith("bank"))
pytestmark = pytest.mark.alone
# Customers are put into the database past the rules, without what they repeat of their identifiers: that is "tampered".


@contextmanager
def worker(ctx: Context, rows: int) -> Iterator[None]:
    """Start a worker process; it is killed at the end."""
    arguments = [ctx.settings.mongodb_url, ctx.settings.database, ctx.settings.secret, str(rows)]
    with subprocess.Popen([sys.executable, "-m", "tests.exports.worker", *arguments], cwd=ROOT) as process:
        try:
            yield
        finally:
            process.kill()


async def killed(ctx: Context, stored: Any, shape: Shape, part: int, kills: list[int], dice: random.Random) -> Run:
    """Export with a worker that is killed near each of these batches."""
    run = await started(ctx, shape, Selection(sort=("NAME", True)))
    for cursor in kills:
        with worker(ctx, part):
            found = await wait_for(stored, run, cursor)
            assert found["status"] in {"QUEUED", "RUNNING"}, "the run ended before it could be killed"
            await asyncio.sleep(dice.uniform(0, 0.05))
    with worker(ctx, part):
        await wait_for(stored, run, 10**9)
    return await runs.get_by_id(ctx, run.id)


async def check(ctx: Context, stored: Any, rows: int, part: int, kills: int, seed: int) -> None:
    """Export undisturbed and with kills, and compare every byte."""
    ctx = replace(ctx, clock=utc_now)
    ctx.db.rehearse = False
    await people.fill(ctx, rows)
    for form in (ExportFormat.CSV, ExportFormat.JSON):
        dice = random.Random(seed)
        shape = Shape(ALL, form)
        quiet = await killed(ctx, stored, shape, part, [], dice)
        assert (quiet.status, quiet.attempt, quiet.outcome) == (RunStatus.SUCCEEDED, 1, {"WRITTEN": rows})
        moments = sorted(dice.sample(range(1, quiet.cursor - 3), kills))
        run = await killed(ctx, stored, shape, part, moments, dice)
        assert (run.status, run.outcome, run.processed, run.total) == (
            RunStatus.SUCCEEDED,
            {"WRITTEN": rows},
            rows,
            rows,
        )
        assert run.attempt > kills // 2
        assert await bytes_of(ctx, run) == await bytes_of(ctx, quiet)
        assert run.details["sha256"] == quiet.details["sha256"]


@pytest.mark.tampered
@pytest.mark.timeout(400)
async def test_2000_rows_and_five_kills(ctx: Context, stored: Any) -> None:
    await check(ctx, stored, rows=2_000, part=20, kills=5, seed=5)


@pytest.mark.tampered
@pytest.mark.slow
@pytest.mark.timeout(3600)
async def test_100000_rows_and_five_kills(ctx: Context, stored: Any) -> None:
    await check(ctx, stored, rows=100_000, part=500, kills=5, seed=9)


@pytest.mark.tampered
@pytest.mark.timeout(300)
async def test_each_customer_exactly_once_while_four_writers_write(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx = replace(ctx, clock=utc_now)
    ctx.db.rehearse = False
    docs = await people.fill(ctx, 1_500)
    monkeypatch.setattr(selecting, "CHUNKS_TOGETHER", 1)
    monkeypatch.setattr(selecting, "IDS_PER_CHUNK", 50)
    monkeypatch.setattr(working, "MAX_ROWS", 50)
    writing, done = True, [0] * 4

    async def write(number: int) -> None:
        dice = random.Random(number)
        while writing:
            # Who is renamed moves in the order by which the export goes.
            name = {"given_name": f"{dice.choice('AMZ')}{dice.randrange(10**6)}"}
            await acts.update(ctx, dice.choice(docs), name, once=Once("customerUpdate"))
            await a_customer(ctx, given_name=f"New {number} {done[number]}")
            done[number] += 1

    writers = [asyncio.create_task(write(number)) for number in range(4)]
    try:
        files = [
            await exported(ctx, Shape(("id",), flavor=MACHINE), Selection(sort=(sort, False)))
            for sort in ("NAME", "UPDATED")
        ]
    finally:
        writing = False
        await asyncio.gather(*writers)
    assert min(done) > 0
    for run in files:
        found = Counter(one["regulars_id"] for one in await rows_of(ctx, run))
        assert set(found.values()) == {1}
        assert {f"cus_{one}" for one in docs} <= found.keys()


class FullDisk(faults.Proxy):
    """A server whose disk is full when it is to take something into a collection."""

    collection = ""

    @classmethod
    def fits(cls, command: dict[str, Any]) -> bool:
        return command.get("insert") == cls.collection

    async def _strike(self, _fault: Any, message: bytes, _command: Any, ends: Any) -> None:
        full = {"ok": 0.0, "code": 14031, "codeName": "OutOfDiskSpace", "errmsg": "injected"}
        ends[0].write(faults._reply(message, full))


@pytest.mark.parametrize("collection", ["run_chunks", "files", "file_parts", "outbox"])
async def test_a_part_that_cannot_be_saved_ends_the_run_and_leaves_nothing(
    ctx: Context, stored: Any, mongodb_url: str, monkeypatch: pytest.MonkeyPatch, collection: str
) -> None:
    """The disk is full while it is chosen, when the file begins, in its middle, or when all is written."""
    for n in range(3):
        await a_customer(ctx, given_name=f"P{n}")
    monkeypatch.setattr(faults, "Proxy", FullDisk)
    monkeypatch.setattr(FullDisk, "collection", collection)
    async with faults.proxied(mongodb_url) as proxy:
        there = replace(ctx, db=connect(proxy.url, ctx.settings.database))
        run = await started(there, Shape(("id", "given_name")))
        proxy.arm(FullDisk)  # type: ignore[arg-type]
        await runs.work(there, str(run.id))
        assert proxy.fired == [f"insert {collection}"]
        run = await runs.get_by_id(ctx, run.id)
        await there.db.close()
    assert (run.status, run.error and run.error.code) == (RunStatus.FAILED, "STORAGE_FULL")
    assert run.error
    assert "disk" in run.error.message
    names = ("files", "file_parts", "run_chunks", "outbox", "exports")
    assert [stored[name].count_documents({}) for name in names] == [0, 0, 0, 0, 0]
    again = await exported(ctx, Shape(("id", "given_name")))
    assert (again.status, again.outcome) == (RunStatus.SUCCEEDED, {"WRITTEN": 3})


async def test_a_database_that_is_away_for_a_while_costs_time_only(
    ctx: Context, stored: Any, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    await a_customer(ctx, given_name="Ada")
    appending, left = working.files.append, [12]

    async def flaky(*arguments: Any) -> None:
        if left[0]:
            left[0] -= 1
            raise Unavailable
        await appending(*arguments)

    monkeypatch.setattr(working.files, "append", flaky)
    run = await exported(ctx, Shape(("given_name",), flavor=MACHINE))
    assert (run.status, left) == (RunStatus.RUNNING, [0])
    clock.move(minutes=1)
    await runs.work(ctx, str(run.id))
    text = (await bytes_of(ctx, run)).decode()
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["given_name"], ["Ada"]]
    assert stored["files"].count_documents({}) == 1


async def test_the_command_line_writes_a_file(ctx: Context, stored: Any, redis_url: str, tmp_path: Path) -> None:
    from jobs.exports import to_file

    await a_customer(ctx, given_name="Ada", email="ada@planted.example")
    settings = replace(ctx.settings, redis_url=redis_url)
    with worker(ctx, 500):
        said = await to_file(settings, tmp_path / "all.csv", "csv", "machine", ["given_name", "emails.address"], "ada")
    data = (tmp_path / "all.csv").read_bytes()
    assert data == b"given_name,emails.1.address\r\nAda,ada@planted.example\r\n"
    assert said == ["1 rows", f"SHA-256 {hashlib.sha256(data).hexdigest()}"]
    for wrong, code in ((["shoe_size"], "UNKNOWN_COLUMN"), ([], "INVALID")):
        with pytest.raises(Invalid) as refused:
            await to_file(settings, tmp_path / "none.csv", "csv" if wrong else "xml", "machine", wrong, None)
        assert refused.value.code == code
    assert not (tmp_path / "none.csv").exists()
