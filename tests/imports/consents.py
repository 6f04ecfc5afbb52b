"""What tests of consents in imports do again and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from api.consent import recording
from api.consent.model import Entry
from api.core.context import Context
from api.core.idempotency import Once
from api.imports.model import ColumnRule
from api.runs.model import Run
from tests.consent.world import PARTNER
from tests.imports.steps import ADMIN, applied, csv_of, planned

OFFICER = replace(ADMIN, permissions=frozenset({"consent.record"}))
PROOF = {"basis": "EXPLICIT", "note": "The form of the shop, 2025.", "collected_at": datetime(2025, 6, 1, tzinfo=UTC)}
EMAIL = (0, "emails.address", ColumnRule.APPEND)
HEADER = ["email", "said"]
NEWS = [EMAIL, (1, "consent.EMAIL.MARKETING", ColumnRule.APPEND)]


async def said(ctx: Context, address: str, state: str = "WITHDRAWN", **more: Any) -> None:
    """Record that an address said something, as a partner does."""
    item = {"identifier": {"email": address}, "channel": "EMAIL", "purpose": "MARKETING", "state": state, **more}
    (done,) = await recording.record(ctx.as_(PARTNER), [item], [Once("consentRecord")])
    assert done.applied, done.errors


async def news(ctx: Context, *rows: Sequence[str], wanted: Any = None, header: Any = None, **more: Any) -> Run:
    """Plan and apply a file with consents, proved unless something else is said."""
    options: dict[str, Any] = {"caller": OFFICER, "consent": PROOF, **more}
    run = await planned(ctx, csv_of(header or HEADER, *rows), wanted or NEWS, **options)
    assert run.error is None, run.error
    return await applied(ctx, run)


def counts(run: Run) -> tuple[dict[str, int], dict[str, int]]:
    """Return what was planned of consents, and what became of them."""
    found = run.details.get("consents", {})
    return found.get("planned", {}), found.get("outcome", {})


def entries(stored: Any) -> list[tuple[Any, ...]]:
    """Return the ledger as (address, topic, state, basis, source, day, what it did), in order."""
    found = []
    for doc in stored["consent_ledger"].find(sort=[("_id", 1)]):
        entry = Entry.of(doc)
        body, value = entry.body, entry.personal and entry.personal.get("value")
        found.append(
            (
                value,
                doc["topic"],
                body["state"],
                body["basis"],
                body["source"],
                body["collected_at"][:10],
                body["applied_as"],
            )
        )
    return found


def waiting(stored: Any) -> list[tuple[Any, ...]]:
    """Return the quarantine as (address, topic, state, why), in order."""
    docs = stored["consent_quarantine"].find(sort=[("_id", 1)])
    return [(one["personal"]["value"], one["topic"], one["state"], one["why"]) for one in docs]
