"""What each answer costs, and what happens to who asks for too much."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from starlette.applications import Starlette

from api.app import create_app
from api.core import buckets_shared
from api.core.buckets import LocalBuckets
from api.core.context import Context
from api.core.rates import Rates
from api.core.settings import Settings
from jobs.engines import redis_part
from tests.conftest import ORIGIN, Clock
from tests.factories import a_key

VIEWER = {"query": "{ viewer { id name } }"}
"""Costs 3."""
Headers = Callable[[str], dict[str, str]]


class Seconds:
    """A clock that counts seconds and stands still until it is moved."""

    now = 1_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The rates of a new installation; all other tests may ask as much as they like."""
    return replace(settings, **{one.name: one.default for one in fields(Settings) if one.name.startswith("rate_")})


@pytest.fixture
def seconds(app: Starlette) -> Seconds:
    """Small buckets, and the clock by which they are restored."""
    seconds = Seconds()
    sizes = replace(app.state.gate.base.settings, rate_key="100/10", rate_user="200/20", rate_anonymous="50/5")
    app.state.gate = replace(app.state.gate, rates=Rates(sizes, LocalBuckets(seconds)))
    return seconds


async def ask(client: httpx2.AsyncClient, headers: dict[str, str] | None = None, **body: Any) -> httpx2.Response:
    return await client.post("/graphql", json=body or VIEWER, headers=headers or {})


def cost(requested: int, available: int, maximum: int, restored: int) -> dict[str, Any]:
    return {"cost": {"requested": requested, "available": available, "maximum": maximum, "restorePerSecond": restored}}


async def test_every_answer_says_what_it_cost(client: httpx2.AsyncClient, headers_of: Headers) -> None:
    for who, maximum, restored in (("anonymous", 5_000, 100), ("key:viewer", 50_000, 5_000), ("viewer", 50_000, 5_000)):
        answer = (await ask(client, headers_of(who))).json()
        assert set(answer) == {"data", "extensions"}
        assert answer["extensions"] == cost(3, maximum - 3, maximum, restored)


@pytest.mark.usefixtures("seconds")
async def test_what_is_refused_costs_ten(client: httpx2.AsyncClient) -> None:
    for place, query in enumerate(("{", "{ nobody }", "{ " + "a { " * 12 + "a" + " }" * 12 + " }"), 1):
        answer = (await ask(client, query=query)).json()
        assert set(answer) == {"errors", "extensions"}
        assert answer["extensions"] == cost(10, 50 - 10 * place, 50, 5)
    denied = (await ask(client, query="{ users { id } }")).json()
    assert denied["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
    assert denied["extensions"]["cost"]["requested"] < 10 + 2 * 100


async def test_over_the_limit_nothing_is_executed(
    client: httpx2.AsyncClient, stored: Any, clock: Clock, seconds: Seconds, commands: Any
) -> None:
    _, secret = a_key(stored, clock())
    headers = {"Authorization": f"Bearer {secret}", "Accept": "application/graphql-response+json"}
    make = 'mutation { roleCreate(input: {name: "R%d", permissions: ["customer.read"]}) { applied } }'
    # Two fields, and one for a list of one: 33 of them are 99.
    for n in range(33):
        answer = await ask(client, headers, query=make % n)
        assert answer.json()["data"] == {"roleCreate": {"applied": True}}, n
    assert answer.json()["extensions"] == cost(3, 1, 100, 10)
    with commands(everything=True) as sent:
        over = await ask(client, headers, query=make % 99)
    assert [one for one in sent if "api_keys" not in one] == []
    assert over.status_code == 429
    assert over.headers["retry-after"] == "1"
    assert over.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
    assert over.json() == {
        "errors": [
            {
                "message": "Too much was asked in a short time. Ask again in 1 s.",
                "extensions": {"code": "RATE_LIMITED", "retryAfterMs": 200},
            }
        ],
        "extensions": cost(3, 1, 100, 10),
    }
    assert stored["roles"].count_documents({}) == 33
    seconds.now += 0.2
    assert (await ask(client, headers, query=make % 99)).json()["extensions"] == cost(3, 0, 100, 10)
    seconds.now += 9.8
    assert (await ask(client, headers)).json()["extensions"] == cost(3, 95, 100, 10)
    over = await ask(client, headers, query=make % 100, variables={})
    assert over.status_code == 200
    seconds.now += 1_000
    assert (await ask(client, headers)).json()["extensions"] == cost(3, 97, 100, 10)


@pytest.mark.usefixtures("seconds")
async def test_each_caller_has_a_bucket_of_her_own(
    client: httpx2.AsyncClient, headers_of: Headers, stored: Any, clock: Clock
) -> None:
    _, other = a_key(stored, clock())
    for who, most in (("anonymous", 50), ("key", 100), ("viewer", 200), ("owner", 200)):
        for _ in range(most // 3):
            assert (await ask(client, headers_of(who))).status_code == 200
        assert (await ask(client, headers_of(who))).status_code == 429
    assert (await ask(client, {"Authorization": f"Bearer {other}"})).status_code == 200


@pytest.mark.usefixtures("seconds")
async def test_what_never_fits_is_refused_and_not_put_off(client: httpx2.AsyncClient, headers_of: Headers) -> None:
    query = "query ($n: Int) { customers(first: $n) { nodes { id } } }"
    answer = await ask(client, headers_of("key"), query=query, variables={"n": 50})
    assert answer.status_code == 200
    (error,) = answer.json()["errors"]
    assert error["extensions"] == {"code": "COST_EXCEEDED", "limit": 100, "value": 101}
    assert answer.json()["extensions"] == cost(10, 90, 100, 10)
    answer = await ask(client, headers_of("key"), query=query, variables={"n": 44})
    assert answer.json() == {"data": {"customers": {"nodes": []}}, "extensions": cost(89, 1, 100, 10)}


@asynccontextmanager
async def served(app: Starlette, trusted: str) -> AsyncIterator[str]:
    """Serve an app on a port of its own, as production does; only that proxy is believed."""
    config = uvicorn.Config(app, port=0, lifespan="off", log_config=None, forwarded_allow_ips=trusted)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(10):
            while not server.started:
                await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@pytest.mark.usefixtures("seconds")
async def test_a_forged_address_changes_nothing(app: Starlette) -> None:
    statuses = []
    async with served(app, "192.0.2.1") as url, httpx2.AsyncClient(base_url=url) as client:
        for n in range(20):
            forged = f"198.51.100.{n}"
            headers = {"X-Forwarded-For": forged, "X-Real-IP": forged, "Forwarded": f"for={forged}"}
            statuses.append((await ask(client, headers)).status_code)
    assert statuses == [200] * 16 + [429] * 4


@pytest.mark.usefixtures("seconds")
async def test_behind_a_proxy_that_is_trusted_addresses_are_apart(app: Starlette) -> None:
    async with served(app, "127.0.0.1") as url, httpx2.AsyncClient(base_url=url) as client:
        for address in ("198.51.100.1", "198.51.100.2"):
            # Whatever a client puts before its own address, the last one counts: the proxy wrote it.
            statuses = [
                (await ask(client, {"X-Forwarded-For": f"203.0.113.{n}, {address}"})).status_code for n in range(17)
            ]
            assert statuses == [200] * 16 + [429]


@asynccontextmanager
async def on_redis(ctx: Context, url: str) -> AsyncIterator[httpx2.AsyncClient]:
    """Return a client of one more API process on this Redis, with small buckets that are restored slowly."""
    app = create_app(replace(ctx.settings, redis_url=url, rate_key="100/1"), database=ctx.db, clock=ctx.clock)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=ORIGIN) as client,
    ):
        yield client


async def test_processes_share_one_bucket(
    ctx: Context, redis_url: str, headers_of: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets_shared, "ANSWER_SECONDS", 5)
    headers = headers_of("key")
    async with on_redis(ctx, redis_url) as one, on_redis(ctx, redis_url) as other:
        statuses = [(await ask(client, headers)).status_code for _ in range(20) for client in (one, other)]
    # A second restores a point; 99 points are 33 requests.
    assert 33 <= statuses.count(200) <= 35
    assert statuses.index(429) in {33, 34, 35}


async def test_with_redis_killed_requests_go_on(
    ctx: Context, tmp_path: Path, headers_of: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets_shared, "ANSWER_SECONDS", 5)
    part, url = redis_part(tmp_path / "redis", throwaway=True)
    part.start()
    try:
        assert part.wait_ready()
        async with on_redis(ctx, url) as client:
            first = (await ask(client, headers_of("key"))).json()["extensions"]["cost"]
            part.kill()
            answers = [(await ask(client, headers_of("key"))) for _ in range(30)]
    finally:
        part.kill()
    assert first["available"] == 97
    assert [one.status_code for one in answers] == [200] * 30
    assert answers[-1].json()["extensions"]["cost"]["available"] in {7, 8, 9}
