"""What tests of exports do again and again."""

from __future__ import annotations

import csv
import io
from typing import Any

from api.core import ids
from api.core.context import ActorKind, Caller, Context, Source
from api.core.idempotency import Once
from api.exports import rules as exports
from api.exports.model import ExportFlavor, Shape
from api.files import rules as files
from api.runs import rules as runs
from api.runs.model import Run
from api.runs.selecting import Selection

ADMIN = Caller(
    ActorKind.USER, "usr_000000000000000000000001", "Ada Admin",
    frozenset({"customer.read", "customer.pii.read", "customer.export.bulk"}), email="ada@staff.example",
)  # fmt: skip
MACHINE = ExportFlavor.MACHINE
START = """mutation($input: ExportStartInput!) { exportStart(input: $input) {
  applied replayed deduplicated count { count precision } run { id kind status title } errors { code message path } } }"""
LOOK = """query($id: ID!) { run(id: $id) { status processed total outcome { name count } log { text } error { code message }
  files { id kind name size sha256 url expiresAt complete }
  export { format flavor lists columns inClear rows leftOut { name count } listsCut file { id size sha256 url } } } }"""


def as_admin(ctx: Context) -> Context:
    """Return the context of the admin who exports."""
    return ctx.as_(ADMIN, Source.APP)


async def started(ctx: Context, shape: Shape, selection: Selection | None = None) -> Run:
    """Start an export."""
    found = await exports.start(as_admin(ctx), Once("exportStart"), selection or Selection(), shape)
    assert found.run
    return found.run


async def exported(ctx: Context, shape: Shape, selection: Selection | None = None) -> Run:
    """Start an export and work it off."""
    run = await started(ctx, shape, selection)
    await runs.work(ctx, str(run.id))
    return await runs.get_by_id(ctx, run.id)


async def bytes_of(ctx: Context, run: Run) -> bytes:
    """Return a run's file."""
    whole = b""
    async for data in files.read(ctx, await files.by_id(ctx, run.details["file"])):
        whole += data
    return whole


async def rows_of(ctx: Context, run: Run) -> list[dict[str, str]]:
    """Return the rows of a run's CSV file."""
    return list(csv.DictReader(io.StringIO((await bytes_of(ctx, run)).decode("utf-8-sig"), newline="")))


def public(doc: Any) -> str:
    """Return a customer's public id."""
    return ids.show(ids.CUSTOMER, doc["_id"])
