"""What is exported is planned as unchanged when it is imported again, through the database and worked off as runs."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from api.agreements import rules as agreements  # noqa: F401
from api.core.context import Context
from api.core.idempotency import Once
from api.customers import acts, parsing
from api.exports import columns
from api.exports.model import ExportFlavor, ListShape, Shape
from api.runs import rules as runs
from tests.exports import people
from tests.exports.steps import ADMIN, as_admin, bytes_of, exported
from tests.imports.steps import planned

ALL = tuple(columns.COLUMNS)
BANKER = replace(ADMIN, permissions=ADMIN.permissions | {"customer.bank.read", "consent.read"})


async def fill(ctx: Context, count: int) -> None:
    """Create random customers through the rules."""
    dice, made, n = random.Random(7), 0, 0
    while made < count:
        n += 1
        wish: dict[str, Any] = people.person(dice, n)
        raw = {name: {"add": value} if isinstance(value, list) else value for name, value in wish.items()}
        wrong = {one.path[0] for one in parsing.parse(raw, acts.reader(ctx)).errors}
        sent = {name: value for name, value in wish.items() if name not in wrong}
        made += bool((await acts.create(ctx, sent, once=Once("customerCreate"))).applied)


@pytest.mark.parametrize(
    ("flavor", "lists"), [(ExportFlavor.MACHINE, ListShape.BY_POSITION), (ExportFlavor.SPREADSHEET, ListShape.JOINED)]
)
async def test_300_customers_are_planned_as_unchanged(
    ctx: Context, monkeypatch: pytest.MonkeyPatch, flavor: ExportFlavor, lists: ListShape
) -> None:
    ctx.db.rehearse = False
    await fill(ctx, 300)
    monkeypatch.setattr("tests.exports.steps.ADMIN", BANKER)
    run = await exported(ctx, Shape(ALL, flavor=flavor, lists=lists))
    assert (run.options["in_clear"], run.outcome) == (True, {"WRITTEN": 300})
    plan = await planned(ctx, await bytes_of(ctx, run))
    assert plan.error is None
    assert plan.planned == {"UNCHANGED": 300}
    assert plan.tallies.keys() <= {"INVALID_PHONE"}
    assert as_admin(ctx).caller is BANKER
    assert await runs.status_of(ctx, run.id, None) == "SUCCEEDED"  # type: ignore[arg-type]


async def test_masked_accounts_change_nothing_either(ctx: Context) -> None:
    ctx.db.rehearse = False
    await fill(ctx, 60)
    shape = Shape(tuple(path for path in ALL if path not in {"bank_accounts.holder", "bank_accounts.bic"}))
    run = await exported(ctx, shape)
    assert run.options["in_clear"] is False
    plan = await planned(ctx, await bytes_of(ctx, run))
    assert plan.planned == {"UNCHANGED": 60}
    assert plan.tallies["BANK_MASKED"] > 0
