"""Verifies the whole ledger, a stretch at each call: its chains, what is repeated of them, and the seals of its days."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import orjson

from api.consent import chains, seals, shown
from api.consent.chain import Fault, Part
from api.core.context import Context
from api.core.errors import Invalid
from api.core.keys import Keys
from api.core.mongo import Doc

BUDGET = 5_000
"""Entries that are read in one call, about."""
_PURPOSE = "ledger verification"
_PHASES: tuple[Callable[[Context, Doc | None, int], Awaitable[Part]], ...] = (chains.walk, shown.walk, seals.walk)


@dataclass(slots=True)
class Verification:
    """What a stretch came to; `next` is where to go on, None after the last."""

    entries: int = 0
    subjects: int = 0
    faults: list[Fault] = field(default_factory=list)
    next: str | None = None


async def verify(ctx: Context, after: str | None = None, budget: int = BUDGET) -> Verification:
    """Verify the next stretch; call it with `next` until that is None.

    Chains first, with where identifiers stand, then what customers repeat of them, then the seals: each entry is looked at
    twice and counted once. What is recorded meanwhile is no fault. Today's entries have no seal yet: who takes the last of
    them away together with all that names them is found only from tomorrow on.
    Raises Invalid (CURSOR_MISMATCH).
    """
    phase, place = _read(ctx.keys, after) if after else (0, None)
    found, left = Verification(), budget
    while phase < len(_PHASES):
        part = await _PHASES[phase](ctx, place, left)
        found.entries += part.entries
        found.subjects += part.subjects
        found.faults += part.faults
        left, place = left - part.spent, part.place
        phase += place is None
        if left <= 0:
            break
    found.next = _written(ctx.keys, phase, place) if phase < len(_PHASES) else None
    return found


def _written(keys: Keys, phase: int, place: Doc | None) -> str:
    body = base64.urlsafe_b64encode(orjson.dumps([phase, place])).decode()
    return f"{body}.{keys.sign(_PURPOSE, body)}"


def _read(keys: Keys, cursor: str) -> tuple[int, Doc | None]:
    body, _, signature = cursor.partition(".")
    if not keys.verify(_PURPOSE, body, signature):
        raise Invalid("This is no place that the verification of the ledger came to.", code="CURSOR_MISMATCH")
    phase, place = orjson.loads(base64.urlsafe_b64decode(body))
    return phase, place
