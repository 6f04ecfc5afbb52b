"""Whoever was chosen by a condition about consent, and says something else before she is to go, stays."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from api.core.context import Context
from api.core.idempotency import Once
from api.customers import acts
from api.runs.model import RunStatus
from tests.conftest import Clock
from tests.consent.test_reach import say
from tests.factories import a_customer
from tests.privacy.steps import APPLY, PLAN, worked

Ask = Callable[..., Awaitable[Any]]
EMAIL = {"channel": "EMAIL", "purpose": "MARKETING"}
OFFICER = "key:privacy-officer"


async def planned(ctx: Context, data: Ask, where: Any) -> str:
    """Plan to erase whoever a condition finds, and return the run."""
    answer = (await data(PLAN, {"input": {"act": "ERASE", "where": where}}, as_=OFFICER))["privacyPlan"]
    run_id: str = answer["run"]["id"]
    assert (await worked(ctx, run_id)).status is RunStatus.READY
    return run_id


async def applied(ctx: Context, data: Ask, run_id: str, customers: int) -> Any:
    """Apply a plan and work it off."""
    sent = {"id": run_id, "input": {"customers": customers}}
    assert (await data(APPLY, sent, as_=OFFICER))["privacyApply"]["applied"]
    return await worked(ctx, run_id)


@pytest.mark.parametrize("where", [
    {"consent": {**EMAIL, "in": ["UNKNOWN"]}},
    {"AND": [{"jobTitle": {"eq": "Buyer"}}, {"NOT": {"consent": {**EMAIL, "in": ["GRANTED"]}}}]},
])  # fmt: skip
async def test_who_agrees_meanwhile_stays_and_is_counted(
    ctx: Context, data: Ask, stored: Any, clock: Clock, where: Any
) -> None:
    docs = [await a_customer(ctx, email=f"p{n}@planted.example", job_title="Buyer") for n in range(3)]
    run_id = await planned(ctx, data, where)
    # What was asked is kept until the end, and nothing else of how they were looked for.
    assert stored["privacy_requests"].find_one()["personal"].keys() == {"consent"}
    clock.move(minutes=1)
    await say(data, identifier={"email": "p1@planted.example"}, collectedAt=clock().isoformat())
    # What has nothing to do with consent may change: who was chosen stays chosen.
    await acts.update(ctx, docs[2]["_id"], {"job_title": "Editor"}, once=Once("customerUpdate"))
    run = await applied(ctx, data, run_id, 3)
    assert (run.status, {name: n for name, n in run.outcome.items() if n}) == (
        RunStatus.SUCCEEDED, {"GONE": 2, "SPARED": 1},
    )  # fmt: skip
    assert [doc["_id"] for doc in stored["customers"].find()] == [docs[1]["_id"]]
    assert stored["privacy_requests"].count_documents({}) == 0


async def test_without_what_was_asked_of_consent_nobody_goes(ctx: Context, data: Ask, stored: Any) -> None:
    await a_customer(ctx, email="p@planted.example")
    run_id = await planned(ctx, data, {"consent": {**EMAIL, "in": ["UNKNOWN"]}})
    stored["privacy_requests"].update_many({}, {"$set": {"personal": None}})
    run = await applied(ctx, data, run_id, 1)
    assert (run.status, run.error and run.error.code) == (RunStatus.FAILED, "NOT_FOUND")
    assert stored["customers"].count_documents({}) == 1
