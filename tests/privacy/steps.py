"""What tests of anonymizing and erasing do again and again."""

from __future__ import annotations

from typing import Any

from api.core import ids
from api.core.context import Context
from api.core.personal import Act
from api.privacy import acting
from api.runs import rules as runs
from api.runs.model import Run
from api.runs.selecting import Selection

DETAILS = """id kind status phase title processed total planned { name count } outcome { name count } log { text }
  error { code message } privacy { act reason suppress applyAt policy { id name } customers held missing
    fields { name label does customers } collections { collection about cleared searched found }
    figures { before { name count } after { name count } same } certificate { at clean signed name } }"""
PAYLOAD = f"{{ applied replayed count {{ count precision }} errors {{ code message path }} run {{ {DETAILS} }} }}"
ANONYMIZE = (
    f"mutation($id: ID!, $input: CustomerAnonymizeInput!) {{ customerAnonymize(id: $id, input: $input) {PAYLOAD} }}"
)
ERASE = f"mutation($id: ID!, $input: CustomerEraseInput!) {{ customerErase(id: $id, input: $input) {PAYLOAD} }}"
PLAN = f"mutation($input: PrivacyPlanInput!) {{ privacyPlan(input: $input) {PAYLOAD} }}"
APPLY = f"mutation($id: ID!, $input: PrivacyApplyInput!) {{ privacyApply(id: $id, input: $input) {PAYLOAD} }}"
LOOK = f"query($id: ID!) {{ run(id: $id) {{ {DETAILS} }} }}"


async def worked(ctx: Context, run: Run | str) -> Run:
    """Work a run off as far as it goes, and return it."""
    run_id = ids.read(ids.RUN, run) if isinstance(run, str) else run.id
    await runs.work(ctx, str(run_id))
    return await runs.get_by_id(ctx, run_id)


async def done(ctx: Context, act: Act, selection: Selection, **more: Any) -> Run:
    """Start a run and work it off."""
    return await worked(ctx, await acting.start(ctx, act, selection, **more))


def public(doc: Any) -> str:
    """Return a customer's public id."""
    return ids.show(ids.CUSTOMER, doc["_id"])
