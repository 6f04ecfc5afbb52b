"""Every mutation, while the database does what a replica set does now and then: one effect, and the same answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Literal

import httpx2
import pytest

from api.app import create_app
from api.core.context import SYSTEM, Context
from api.core.keys import Keys
from api.core.mongo import connect
from api.core.queue import nobody
from api.core.settings import Settings
from api.mail import rules as mail
from api.runs import rules as runs
from tests.conftest import DRIVER, ORIGIN, Clock
from tests.engines import Bare, drop_database, new_database, with_indexes
from tests.faults import Fault, Proxy, proxied
from tests.mongo_watch import Watch
from tests.whole.fold import faults_of
from tests.whole.mutations import EXAMPLES, HANDED_OUT_ONCE, MUTATIONS, World, asking, document_of
from tests.whole.outcome import dump, masked

TRANSACTIONAL = (Fault.CONFLICT, Fault.LOST_BEFORE_COMMIT, Fault.LOST_AFTER_COMMIT, Fault.UNKNOWN_COMMIT)
SINGLE = (Fault.LOST_BEFORE_WRITE, Fault.LOST_AFTER_WRITE, Fault.STEPPED_DOWN)

WITHOUT_A_TRANSACTION = {"signIn", "signOut"}
"""Each is one atomic write."""

Driver = Literal["motor", "pymongo"]
Outcome = tuple[Any, dict[str, list[str]]]
_undisturbed: dict[str, Outcome] = {}
_imported: dict[str, list[str]] = {}


class Bench:
    """Makes worlds behind a proxy, each with a database of its own that holds together at its end."""

    def __init__(self, url: str, settings: Settings, bare: Bare) -> None:
        """Make them on a server."""
        self._url, self._settings, self._bare = url, settings, bare

    @asynccontextmanager
    async def world(self, driver: Driver = DRIVER) -> AsyncIterator[tuple[World, Proxy]]:
        """Run the app on a new database; no transaction is rehearsed, so that a fault hits the real one."""
        name, clock = new_database(self._bare), Clock()
        stored, settings = with_indexes(self._bare[name]), replace(self._settings, database=name)
        try:
            async with proxied(self._url) as proxy:
                database = connect(proxy.url, name, driver=driver)
                keys = Keys(settings.secret)
                ctx = Context(db=database, settings=settings, keys=keys, caller=SYSTEM, clock=clock, post=mail.send)
                app = create_app(settings, database=database, clock=clock, enqueue=nobody)
                transport = httpx2.ASGITransport(app=app)
                async with (
                    app.router.lifespan_context(app),
                    httpx2.AsyncClient(transport=transport, base_url=ORIGIN, headers={"X-CSRF": "1"}) as client,
                ):
                    yield World(ctx, stored, asking(client)), proxy
                await database.close()
            assert faults_of(stored, keys) == []
        finally:
            drop_database(self._bare, name)

    async def outcome(self, name: str, fault: Fault | None = None, driver: Driver = DRIVER) -> tuple[Outcome, bool]:
        """Send a mutation while a fault is armed; return its masked answer with all that is stored, and if it struck."""
        async with self.world(driver) as (world, proxy):
            made = await EXAMPLES[name](world)
            if name not in HANDED_OUT_ONCE:
                made.input["idempotencyKey"] = "the same"
            proxy.arm(fault)
            answer = await world.ask(document_of(name), made.variables, made.headers)
            # What is left to spend depends on how long it took.
            del answer["extensions"]
            return (masked(answer), dump(world.stored)), bool(proxy.fired)

    async def undisturbed(self, name: str) -> Outcome:
        """Return how a mutation ends when nothing happens; tried once."""
        if name not in _undisturbed:
            _undisturbed[name] = answer, _ = (await self.outcome(name))[0]
            assert answer["data"][name]["errors"] == []
        return _undisturbed[name]


@pytest.fixture
def bench(mongodb_url: str, settings: Settings, bare: Bare, watch: Watch) -> Bench:
    """Where mutations are disturbed."""
    del watch
    return Bench(mongodb_url, settings, bare)


@pytest.mark.parametrize("fault", [*TRANSACTIONAL, *SINGLE], ids=lambda one: one.name)
@pytest.mark.parametrize("name", MUTATIONS)
async def test_each_fault_has_one_effect_and_the_same_answer(
    bench: Bench, request: pytest.FixtureRequest, name: str, fault: Fault
) -> None:
    expected = await bench.undisturbed(name)
    found, struck = await bench.outcome(name, fault)
    assert found == expected
    request.config.stash.setdefault(STRUCK, {}).setdefault(name, {})[fault] = struck


@pytest.mark.parametrize("name", MUTATIONS)
async def test_the_other_driver_does_the_same(bench: Bench, name: str) -> None:
    other: Driver = "pymongo" if DRIVER == "motor" else "motor"
    assert (await bench.outcome(name, driver=other))[0] == await bench.undisturbed(name)


async def imported(bench: Bench, phase: str, fault: Fault | None) -> tuple[dict[str, list[str]], bool]:
    """Plan and apply an import while a fault is armed in one phase; return what is stored, and whether it struck."""
    async with bench.world() as (world, proxy):
        made = await EXAMPLES["importPlan"](world)
        planned = await world.ask(document_of("importPlan"), made.variables, made.headers)
        run_id = planned["data"]["importPlan"]["run"]["id"]
        struck: list[str] = []
        for name in ("plan", "apply"):
            if name == "apply":
                await world.ask(document_of("importApply"), {"id": run_id, "input": {}}, made.headers)
            proxy.arm(fault if name == phase else None)
            await runs.work(world.ctx, run_id.removeprefix("run_"))
            struck += proxy.fired
        (run,) = world.stored["runs"].find()
        assert (run["status"], run["outcome"]) == ("SUCCEEDED", {"CREATE": 1})
        found = dump(world.stored)
        return {name: found[name] for name in ("customers", "identifiers", "changes", "outbox")}, bool(struck)


@pytest.mark.parametrize("phase", ["plan", "apply"])
@pytest.mark.parametrize("fault", [*TRANSACTIONAL, *SINGLE], ids=lambda one: one.name)
async def test_a_batch_of_an_import_too(bench: Bench, phase: str, fault: Fault) -> None:
    if not _imported:
        _imported.update((await imported(bench, phase, None))[0])
    assert await imported(bench, phase, fault) == (_imported, True)


STRUCK = pytest.StashKey[dict[str, dict[Fault, bool]]]()


def test_every_mutation_met_a_fault(request: pytest.FixtureRequest) -> None:
    struck = request.config.stash.get(STRUCK, {})
    if any(len(struck.get(name, ())) < len(Fault) for name in MUTATIONS):
        pytest.skip("only some were tried in this process")
    assert [name for name in MUTATIONS if not any(struck[name].values())] == []
    transactional = {name for name in MUTATIONS if all(struck[name][fault] for fault in TRANSACTIONAL)}
    assert set(MUTATIONS) - transactional <= WITHOUT_A_TRANSACTION
