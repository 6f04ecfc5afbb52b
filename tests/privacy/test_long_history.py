"""Somebody with a history of ten thousand saves goes as whole as everybody else."""

from __future__ import annotations

from typing import Any

import pytest

from api.core.context import Context
from api.core.idempotency import Once
from api.core.personal import Act
from api.customers import acts
from api.privacy import acting
from api.runs import rules as runs
from api.runs.selecting import Selection
from tests.factories import a_customer
from tests.privacy.test_marker_hunt import hits

SAVES = 10_000


class Long:
    """A person whose every save has her marker."""

    marks = ("mklongq",)


@pytest.mark.slow
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("act", Act)
async def test_nothing_of_ten_thousand_saves_is_left(ctx: Context, stored: Any, act: Act) -> None:
    ctx.db.rehearse = False
    doc = await a_customer(ctx, given_name="Mklongq", email="mklongq@planted.example", reference_id="ref-mklongq")
    for number in range(SAVES):
        change = {"job_title": f"mklongq {number}"}
        if number % 100 == 0:
            change = {"emails": {"add": [{"address": f"{number}.mklongq@planted.example"}]}} if number < 900 else change
        saved = await acts.update(ctx, doc["_id"], change, once=Once("customerUpdate"), reason="mklongq")
        assert saved.applied
    run = await acting.start(ctx, act, Selection(ids=(doc["_id"],)))
    await runs.work(ctx, str(run.id))
    assert (await runs.get_by_id(ctx, run.id)).status.value == "SUCCEEDED"
    assert hits(stored, [Long()]) == []
    assert stored["changes"].count_documents({"customer_id": doc["_id"], "personal": None}) == SAVES + 1
    assert stored["certificates"].find_one()["clean"]
