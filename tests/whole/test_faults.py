"""Every mutation, while the database does what a replica set does now and then: one effect, and the same answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from api.app import create_app
from api.core.context import SYSTEM, Context
from api.core.keys import Keys
from api.core.mongo import connect
from api.core.queue import nobody
from api.core.settings import Settings
from api.mail import rules as mail
from tests.conftest import DRIVER, ORIGIN, Clock
from tests.faults import Fault, Proxy, proxied
from tests.whole.mutations import EXAMPLES, HANDED_OUT_ONCE, MUTATIONS, World, asking, document_of
from tests.whole.outcome import dump, masked

TRANSACTIONAL = (Fault.CONFLICT, Fault.LOST_BEFORE_COMMIT, Fault.LOST_AFTER_COMMIT, Fault.UNKNOWN_COMMIT)
SINGLE = (Fault.LOST_BEFORE_WRITE, Fault.LOST_AFTER_WRITE, Fault.STEPPED_DOWN)

Outcome = tuple[Any, dict[str, list[str]]]
_undisturbed: dict[str, Outcome] = {}


@pytest.fixture
def clock() -> Clock:
    """A clock that stands, so that two runs write the same times."""
    return Clock()


@asynccontextmanager
async def behind(proxy: Proxy, settings: Settings, stored: Any, clock: Clock) -> AsyncIterator[World]:
    """Run the app on a database behind a proxy; no transaction is rehearsed, so that a fault hits the real one."""
    database = connect(proxy.url, settings.database, driver=DRIVER)
    ctx = Context(
        db=database, settings=settings, keys=Keys(settings.secret), caller=SYSTEM, clock=clock, post=mail.send
    )
    app = create_app(settings, database=database, clock=clock, enqueue=nobody)
    transport = httpx2.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url=ORIGIN, headers={"X-CSRF": "1"}) as client,
    ):
        yield World(ctx, stored, asking(client))
    await database.close()


async def outcome(world: World, proxy: Proxy, name: str, fault: Fault | None) -> Outcome:
    """Send a mutation while a fault is armed; return its masked answer and all that is stored then."""
    made = await EXAMPLES[name](world)
    if name not in HANDED_OUT_ONCE:
        made.input["idempotencyKey"] = "the same"
    proxy.arm(fault)
    answer = await world.ask(document_of(name), made.variables, made.headers)
    return masked(answer), dump(world.stored)


@pytest.fixture
async def world(mongodb_url: str, settings: Settings, stored: Any, clock: Clock) -> AsyncIterator[tuple[World, Proxy]]:
    """The test's database behind a proxy, with an app in front of it."""
    async with proxied(mongodb_url) as proxy, behind(proxy, settings, stored, clock) as running:
        yield running, proxy


@pytest.mark.parametrize("name", MUTATIONS)
async def test_undisturbed(world: tuple[World, Proxy], name: str) -> None:
    _undisturbed[name] = answer, _ = await outcome(*world, name, None)
    assert "errors" not in answer
    assert answer["data"][name]["errors"] == []


@pytest.mark.parametrize("fault", [*TRANSACTIONAL, *SINGLE], ids=lambda one: one.name)
@pytest.mark.parametrize("name", MUTATIONS)
async def test_each_fault_has_one_effect_and_the_same_answer(
    world: tuple[World, Proxy], request: pytest.FixtureRequest, name: str, fault: Fault
) -> None:
    if name not in _undisturbed:
        pytest.skip("its undisturbed run did not succeed, or was not asked for")
    running, proxy = world
    assert await outcome(running, proxy, name, fault) == _undisturbed[name]
    kinds = request.config.stash.setdefault(FIRED, {})
    kinds.setdefault(name, set()).update({fault} if proxy.fired else ())


FIRED = pytest.StashKey[dict[str, set[Fault]]]()


def test_every_mutation_met_a_fault(request: pytest.FixtureRequest) -> None:
    kinds = request.config.stash.get(FIRED, {})
    if set(kinds) != set(MUTATIONS):
        pytest.skip("only some mutations were tried")
    assert [name for name in MUTATIONS if not kinds[name]] == []
    in_transactions = {name for name, met in kinds.items() if met & set(TRANSACTIONAL)}
    assert in_transactions >= {name for name in MUTATIONS if name.startswith("customer")}
