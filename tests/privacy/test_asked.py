"""What is said of a customer who is to go, or who went."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from api.core.context import Context
from tests.factories import a_customer
from tests.privacy.steps import ERASE, public, worked

Ask = Callable[..., Awaitable[dict[str, Any]]]
ASKED = "query($id: ID!) { customer(id: $id) { privacyRequest { id status privacy { act reason } } } }"
GONE = "query($id: ID!) { customerGone(id: $id) { act at } }"
CANCEL = "mutation($id: ID!) { runCancel(id: $id, input: {}) { applied } }"


async def test_a_request_that_waits_is_said_until_it_is_cancelled(ctx: Context, data: Ask) -> None:
    ada, bob = (
        public(await a_customer(ctx, email="ada@ask.example")),
        public(await a_customer(ctx, email="bob@ask.example")),
    )
    asked = await data(ERASE, {"id": ada, "input": {"graceDays": 7, "reason": "By letter"}}, as_="owner")
    run_id = asked["customerErase"]["run"]["id"]
    await worked(ctx, run_id)
    found = (await data(ASKED, {"id": ada}, as_="viewer"))["customer"]["privacyRequest"]
    assert found == {"id": run_id, "status": "READY", "privacy": {"act": "ERASE", "reason": "By letter"}}
    assert (await data(ASKED, {"id": bob}, as_="viewer"))["customer"]["privacyRequest"] is None
    await data(CANCEL, {"id": run_id}, as_="owner")
    assert (await data(ASKED, {"id": ada}, as_="viewer"))["customer"]["privacyRequest"] is None
    assert (await data(GONE, {"id": ada}, as_="viewer"))["customerGone"] is None


async def test_who_went_is_said_by_the_id_that_she_had(ctx: Context, data: Ask) -> None:
    ada = public(await a_customer(ctx, email="ada@gone.example"))
    asked = await data(ERASE, {"id": ada, "input": {}}, as_="owner")
    await worked(ctx, asked["customerErase"]["run"]["id"])
    found = (await data(GONE, {"id": ada}, as_="viewer"))["customerGone"]
    assert found["act"] == "ERASE"
    assert found["at"].startswith(f"{ctx.now():%Y-%m-%d}")
