"""What tests of imports do again and again."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from api.core import ids
from api.core.context import ActorKind, Caller, Context, Source
from api.core.idempotency import Once
from api.files import rules as files
from api.imports import rules as imports
from api.runs import rules as runs
from api.runs.model import Run

DATA = Path(__file__).parent / "data"
ADMIN = Caller(ActorKind.USER, "usr_000000000000000000000001", "Ada Admin", frozenset(), email="ada@staff.example")


def as_admin(ctx: Context) -> Context:
    """Return the context of the admin who imports."""
    return ctx.as_(ADMIN, Source.APP)


def csv_of(header: Sequence[str], *rows: Sequence[str], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    """Write a CSV file."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


async def uploaded(ctx: Context, data: bytes, name: str = "people.csv", part: int = 1_048_576) -> str:
    """Upload a file and return its public id."""
    file, _ = await files.create(ctx, Once("fileCreate"), name, len(data))
    assert file
    for start in range(0, len(data), part):
        await files.upload(ctx, file, start, data[start : start + part])
    return ids.show(ids.FILE, file.id)


async def planned(ctx: Context, data: bytes, wanted: Any = None, *, caller: Caller = ADMIN, **options: Any) -> Run:
    """Upload a file and work off its plan."""
    admin = ctx.as_(caller, Source.APP)
    run, _ = await imports.plan(admin, Once("importPlan"), await uploaded(admin, data), wanted, **options)
    assert run
    await runs.work(ctx, str(run.id))
    return await runs.get_by_id(ctx, run.id)


async def applied(ctx: Context, run: Run) -> Run:
    """Apply a plan and work it off."""
    await imports.apply(as_admin(ctx), Once("importApply"), ids.show(ids.RUN, run.id))
    await runs.work(ctx, str(run.id))
    return await runs.get_by_id(ctx, run.id)


async def imported(ctx: Context, data: bytes, wanted: Any = None, **options: Any) -> Run:
    """Upload, plan and apply a file."""
    run = await planned(ctx, data, wanted, **options)
    assert run.error is None, run.error
    return await applied(ctx, run)


async def text_of(ctx: Context, file_id: Any) -> str:
    """Return a file's text."""
    whole = b""
    async for data in files.read(ctx, await files.by_id(ctx, file_id)):
        whole += data
    return whole.decode("utf-8-sig")
