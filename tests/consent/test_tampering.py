"""Whoever can write every collection, and has no key, changes nothing in secret: 300 of 300 seeded tries are found."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from api.consent import sealing
from api.consent.chain import FaultKind
from api.core.context import Context
from tests.conftest import Clock
from tests.consent.hand import Hand
from tests.consent.tampering import WAYS, rolled_back
from tests.consent.world import Copy, build, faults
from tests.factories import a_customer

TRIES = 300


@pytest.mark.tampered
async def test_three_hundred_of_three_hundred_are_found(ctx: Context, clock: Clock, stored: Any) -> None:
    await build(ctx, clock)
    for number in range(3):
        await a_customer(ctx, email=f"silent{number}@planted.example")
    clock.move(days=1)
    await sealing.sweep(ctx)
    assert await faults(ctx) == []
    copy, missed, kinds = Copy(stored), [], set[FaultKind]()
    for number in range(TRIES):
        way = WAYS[number % len(WAYS)]
        way(Hand(stored, Random(number)))
        found = {one.kind for one in await faults(ctx)}
        kinds |= found
        if not found:
            missed.append((way.__name__, number))
        if way is rolled_back:
            assert found == {FaultKind.SEAL}, number
        copy.put_back()
    assert missed == []
    assert kinds == set(FaultKind)
    assert await faults(ctx) == []
