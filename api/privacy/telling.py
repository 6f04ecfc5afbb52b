"""What a run that anonymizes or erases says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.core import ids
from api.core.context import Context
from api.core.fields import Anonymize, Spec
from api.core.mongo import Doc
from api.core.personal import Act
from api.customers.clearing import Fate
from api.customers.model import FIELDS
from api.privacy import certificate_store
from api.privacy.figures import CUSTOMERS
from api.privacy.registry import HOLDINGS
from api.privacy.requests import SPARED, act_of
from api.runs.model import Run, RunPhase

FEW = 5
"""Fewer customers than this could be recognized by what was counted of them."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many customers came to what."""

    customers: int
    held: int
    missing: int


def counts(run: Run) -> Counts:
    """Return the counts of the plan, and from when it is applied those of what was done."""
    found: Mapping[str, int] = run.planned if run.phase is RunPhase.PLAN else run.outcome
    missing = sum(found.get(one, 0) for one in (Fate.MISSING.value, Fate.ALREADY.value, SPARED))
    return Counts(found.get(Fate.GONE.value, 0), found.get(Fate.HELD.value, 0), missing)


def fields(run: Run) -> list[tuple[Spec, Anonymize, int]]:
    """Return each field, what becomes of it, and how many of those who go have a value there."""
    held: Mapping[str, int] = run.details.get("fields", {})
    erases = act_of(run) is Act.ERASE
    return [
        (spec, Anonymize.REMOVE if erases else spec.field.anonymize, held[name])
        for name, spec in FIELDS.items()
        if held.get(name)
    ]


def collections(run: Run) -> list[Doc]:
    """Return each collection with how many documents of it were cleared, searched, and found to hold something."""
    searched = {one["collection"]: one for one in run.details.get("searched", ())}
    about = {one.collection: one.about or one.excused for one in HOLDINGS}
    cleared: Mapping[str, int] = run.tallies
    return [
        {
            "collection": name,
            "about": about[name],
            "cleared": cleared.get(name, 0),
            "searched": searched[name]["documents"] if name in searched else None,
            "found": sum(one["count"] for one in searched[name]["found"]) if name in searched else None,
        }
        for name in sorted(about)
        if cleared.get(name) or name in searched
    ]


def figures(run: Run) -> tuple[dict[str, int], dict[str, int], bool | None] | None:
    """Return what was counted before and after, and whether it is equal (None for erasing); None before it is applied."""
    found = run.details.get("figures")
    if found is None:
        return None
    before, after = found.get("before", {}), found.get("after", {})
    return told(before), told(after), None if act_of(run) is Act.ERASE else before == after


def told(counted: Mapping[str, int]) -> dict[str, int]:
    """Return figures that may be kept and shown: those of fewer than five customers are not told apart."""
    return {CUSTOMERS: 0, **{name: count for name, count in counted.items() if count >= FEW or name == CUSTOMERS}}


async def certificate(ctx: Context, run: Run) -> dict[str, Any] | None:
    """Return the certificate of a run; None while there is none."""
    found = (await certificate_store.many(ctx, [run.id])).get(run.id)
    if found is None:
        return None
    name = f"certificate-{ids.show(ids.RUN, run.id)}.json"
    return {"at": found["at"], "clean": found["clean"], "signed": found["signed"], "name": name}
