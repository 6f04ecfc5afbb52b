"""Many people in many rows, some of whom go: judged by a list that a person could have written down by hand."""

from __future__ import annotations

import random
from typing import Any

import pytest

from api.core import ids
from api.core.context import Context
from api.core.personal import Act
from api.files.clearing import clear_parts
from api.imports import clearing, planning
from api.mail import clearing as mail
from tests.conftest import Clock
from tests.factories import a_customer
from tests.imports.steps import applied, csv_of, planned
from tests.privacy.clearing.steps import cleared, gone, holding
from tests.privacy.clearing.test_imports import HEADER, WANTED

PEOPLE, ROWS = 12, 60


def row_of(draw: random.Random, n: int) -> tuple[list[str], set[int]]:
    """Return a row and whom it is about."""
    one, other = draw.sample(range(PEOPLE), 2)
    email = draw.choice([f"mark{one:02}q@planted.example", f"MARK{one:02}Q@Planted.example"])
    name, title = f"Mark{one:02}q", f"title {n} of mark{one:02}q"
    kinds: list[tuple[list[str], set[int]]] = [
        ([f"ref-mark{one:02}q", "", name, title, ""], {one}),
        (["", email, name, title, ""], {one}),
        ([f"ref-mark{one:02}q", email, name, "", ""], {one}),
        (["", email, name, title, "no day"], {one}),
        ([f"ref-mark{one:02}q", f"mark{other:02}q@planted.example", "", title, ""], {one, other}),
        (["", f"new{n}@planted.example", "Somebody", "", ""], set()),
        (["", "", "Nobody", "", ""], set()),
    ]
    return draw.choice(kinds)


@pytest.mark.parametrize("seed", range(6))
async def test_exactly_their_rows_go(
    ctx: Context, stored: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    draw = random.Random(seed)
    monkeypatch.setattr(planning, "MAX_ROWS", draw.choice([3, 7, 200]))
    monkeypatch.setattr(clearing, "BATCHES", draw.choice([2, 40]))
    monkeypatch.setattr(clearing, "MAX_BATCHES", draw.choice([3, 80]))
    monkeypatch.setattr(mail, "MAX_MAILS", draw.choice([2, 450]))
    ctx.db.rehearse = False
    people = []
    for n in range(PEOPLE):
        doc = await a_customer(ctx, email=f"mark{n:02}q@planted.example", reference_id=f"ref-mark{n:02}q")
        people.append(doc["_id"])
        await ctx.post(ctx, f"mark{n:02}q@planted.example", "subject", f"text for mark{n:02}q")
    clock.move(hours=1)
    files = [[row_of(draw, n) for n in range(ROWS)] for _ in range(2)]
    made = [await planned(ctx, csv_of(HEADER, *(row for row, _ in one)), WANTED) for one in files]
    if draw.random() < 0.7:
        await applied(ctx, made[0])
    clock.move(hours=1)
    went = set(draw.sample(range(PEOPLE), 4))
    acts = draw.choice(list(Act))
    before = {(doc["run_id"], row["n"]): row for doc in stored["run_rows"].find() for row in doc["personal"]["planned"]}
    found = await gone(ctx, *(people[n] for n in sorted(went)), act=acts, suppress=False)
    ctx.db.rehearse = True
    for clear in (clearing.clear_rows, clearing.clear_states, mail.clear, clear_parts):
        await cleared(ctx, clear, found)
    after = {(doc["run_id"], row["n"]): row for doc in stored["run_rows"].find() for row in doc["personal"]["planned"]}
    for run, rows in zip(made, files, strict=True):
        for n, (_, about) in enumerate(rows, 1):
            then, now = before[run.id, n], after[run.id, n]
            assert now == (clearing.blanked(then) if about & went else then), ids.show(ids.RUN, run.id)
    assert holding(stored, [f"mark{n:02}q" for n in went]) == []
    left = {doc["personal"]["to"] for doc in stored["outbox"].find({"personal.to": {"$gt": "m", "$lt": "n"}})}
    assert left == {f"mark{n:02}q@planted.example" for n in range(PEOPLE) if n not in went}
    assert {doc["removal"] for doc in stored["files"].find()} == {"DONE"}
