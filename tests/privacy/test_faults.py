"""A run that anonymizes or erases, while the database does what a replica set does now and then: everybody goes once."""

from __future__ import annotations

import re
from typing import Any

import pytest

from api.core import ids
from api.core.context import Context
from api.core.errors import Unavailable
from api.core.personal import Act
from api.privacy import acting, applying
from api.runs import rules as runs
from api.runs.model import RunStatus
from api.runs.selecting import Selection
from tests.factories import a_customer
from tests.faults import Fault
from tests.privacy.steps import done
from tests.whole.mutations import EXAMPLES, document_of
from tests.whole.outcome import dump
from tests.whole.test_faults import SINGLE, TRANSACTIONAL, Bench, bench

__all__ = ["bench"]
NAMES = re.compile(r"(?i:anonymous) [0-9a-f]{4}")
"""What an anonymized customer is called, by a part of a drawn id."""
_undisturbed: dict[str, dict[str, list[str]]] = {}


async def gone(bench: Bench, mutation: str, phase: str, fault: Fault | None) -> tuple[dict[str, list[str]], bool]:
    """Plan and apply while a fault is armed in one phase; return what is stored, and whether it struck."""
    async with bench.world() as (world, proxy):
        made = await EXAMPLES[mutation](world)
        made.input.pop("graceDays", None)
        answer = await world.ask(document_of(mutation), made.variables, made.headers)
        run_id = ids.read(ids.RUN, answer["data"][mutation]["run"]["id"])
        if phase == "apply":
            # So that the fault meets what is applied, the plan waits for a word.
            world.stored["runs"].update_one({"_id": run_id}, {"$set": {"options.apply": False}})
            await runs.work(world.ctx, str(run_id))
            await runs.apply(world.ctx, run_id, {})
        proxy.arm(fault)
        await runs.work(world.ctx, str(run_id))
        struck = bool(proxy.fired)
        (run,) = world.stored["runs"].find()
        assert (run["status"], run["outcome"]) == (RunStatus.SUCCEEDED, {"GONE": 1})
        found = dump(world.stored)
        same = ("customers", "identifiers", "changes", "erasures", "access_log", "clearings", "run_chunks")
        return {name: [NAMES.sub("<name>", doc) for doc in found.get(name, ())] for name in same}, struck


@pytest.mark.parametrize("phase", ["plan", "apply"])
@pytest.mark.parametrize("mutation", ["customerAnonymize", "customerErase"])
@pytest.mark.parametrize("fault", [*TRANSACTIONAL, *SINGLE], ids=lambda one: one.name)
async def test_everybody_goes_once(bench: Bench, mutation: str, phase: str, fault: Fault) -> None:
    if mutation not in _undisturbed:
        _undisturbed[mutation] = (await gone(bench, mutation, phase, None))[0]
    assert await gone(bench, mutation, phase, fault) == (_undisturbed[mutation], True)


async def test_a_batch_that_is_aborted_again_and_again_is_halved_and_each_half_cleared(
    ctx: Context, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:

    docs = [await a_customer(ctx, given_name="Ada", email=f"a{n}@planted.example") for n in range(5)]
    writing, met = applying.RootBatch.write, []

    async def flaky(batch: Any, *arguments: Any) -> Any:
        met.append(len(batch._found))
        if len(batch._found) > 2:
            raise Unavailable
        return await writing(batch, *arguments)

    monkeypatch.setattr(applying.RootBatch, "write", flaky)
    run = await done(ctx, Act.ANONYMIZE, Selection(ids=tuple(doc["_id"] for doc in docs)))
    assert (run.status, run.outcome, run.tallies["changes"]) == (RunStatus.SUCCEEDED, {"GONE": 5}, 5)
    assert {2, 3, 5} <= set(met)
    old = {doc["_id"] for doc in docs}
    assert [one["personal"] for one in stored["changes"].find({"customer_id": {"$in": [*old]}})] == [None] * 5
    assert stored["clearings"].count_documents({}) == 0
    assert len({one["_id"] for one in stored["customers"].find()} - old) == 5


async def test_a_run_delivered_twice_does_nothing_the_second_time(ctx: Context, stored: Any) -> None:

    await a_customer(ctx, given_name="Ada", email="ada@planted.example")
    run = await acting.start(ctx, Act.ERASE, Selection())
    await runs.work(ctx, str(run.id))
    before = dump(stored)
    await runs.work(ctx, str(run.id))
    assert dump(stored) == before
