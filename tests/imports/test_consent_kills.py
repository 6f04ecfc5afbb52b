"""`kill -9` at each batch of an import that brings consents: every entry is there, once, and nothing waits twice."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from api.consent.model import Entry
from api.core.context import Context, utc_now
from api.runs.model import Run, RunStatus
from tests.imports.consents import OFFICER, PROOF
from tests.imports.steps import csv_of
from tests.imports.test_kills import killed

pytestmark = pytest.mark.alone
HEADER = ["email", "first_name", "email marketing consent", "sms service consent", "phone_number"]
TABLES = (
    "customers", "changes", "identifiers", "run_rows", "outbox", "runs", "files", "file_parts", "idempotency",
    "consent_ledger", "consent_quarantine",
)  # fmt: skip


def people(rows: int, seed: int) -> bytes:
    """Return a file in which people say yes and no, some of them twice, and some dates are missing."""
    dice = random.Random(seed)
    words = ["yes", "no", "unsubscribed", "pending", ""]
    lines = []
    for n in range(rows):
        who = n if dice.random() > 0.1 else dice.randrange(n + 1)
        day = f"2025-0{dice.randrange(1, 10)}-1{dice.randrange(10)}: " if dice.random() > 0.3 else ""
        word = dice.choice(words)
        phone = f"0612{who:06d}"
        lines.append([f"p{who}@planted.example", f"Name {who}", word and day + word, dice.choice(words), phone])
    return csv_of(HEADER, *lines)


def brought(stored: Any, run: Run) -> dict[str, Any]:
    """Return all that the consents of an import make, without ids."""
    entries = [Entry.of(doc) for doc in stored["consent_ledger"].find()]
    names = ("state", "basis", "source", "collected_at", "applied_as", "seq")
    waiting = stored["consent_quarantine"].find()
    return {
        "entries": Counter(
            (one.personal and one.personal["value"], one.topic.word, *(one.body[name] for name in names))
            for one in entries
        ),
        "waiting": Counter((one["personal"]["value"], one["topic"], one["why"], one["run"]["row"]) for one in waiting),
        "counts": run.details["consents"],
        "tallies": run.tallies,
        "standing": {
            one["emails"][0]["normalized"]: sorted(key for row in one["standing"] for key in row["keys"])
            for one in stored["customers"].find()
        },
    }


@pytest.mark.timeout(500)
async def test_killed_at_each_batch(ctx: Context, stored: Any) -> None:
    ctx = replace(ctx, clock=utc_now)
    ctx.db.rehearse = False
    data = people(600, seed=5)
    options = {"caller": OFFICER, "consent": {**PROOF, "collected_at": None}}
    quiet = await killed(ctx, stored, data, [], random.Random(0), **options)
    assert quiet.status is RunStatus.SUCCEEDED
    wanted = brought(stored, quiet)
    # A no without a date counts from its upload.
    assert wanted["counts"]["outcome"]["CURRENT"] > 200
    assert wanted["counts"]["outcome"]["QUARANTINE"] > 100
    for name in TABLES:
        stored[name].delete_many({})

    dice = random.Random(5)
    moments = list(range(1, quiet.cursor - 3))
    run = await killed(ctx, stored, data, moments, dice, **options)
    assert run.status is RunStatus.SUCCEEDED
    found = brought(stored, run)
    assert (found["counts"], found["tallies"], found["waiting"]) == (
        wanted["counts"], wanted["tallies"], wanted["waiting"],
    )  # fmt: skip
    assert dated(found["entries"]) == dated(wanted["entries"])
    assert found["standing"] == wanted["standing"]


def dated(entries: Counter[Any]) -> Counter[Any]:
    """Return entries without the moment of this run's upload."""
    return Counter((*one[:5], one[5][:10] if one[5] < "2026-01" else None, *one[6:]) for one in entries.elements())
