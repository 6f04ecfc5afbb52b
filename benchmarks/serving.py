"""What reading costs: CPU of the API process per request, against a bare route on the same documents."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx
from bson import ObjectId

from api import indexes
from api.core.context import SYSTEM, Context
from api.core.ids import show
from api.core.keys import Keys
from api.core.mongo import connect
from api.core.settings import Settings
from benchmarks import people
from benchmarks.importing import REGULARS
from benchmarks.measure import Cost, cost, server
from jobs.engines import free_port

# As the app asks, with the __typename that its client adds to every object.
LIST = """query CustomerList($first: Int, $sort: [CustomerSort!]) { customers(first: $first, sort: $sort) {
  nodes { id displayName emails { id address primary __typename } addresses { id city countryCode primary __typename }
    tags lastSeenAt createdAt __typename }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor __typename } __typename } }"""
PROFILE = """query Customer($id: ID!) { customer(id: $id) {
  id displayName kind version createdAt updatedAt lastSeenAt trashedAt tags updatedBy { name kind __typename }
  givenName familyName jobTitle organization dateOfBirth gender locale timeZone referenceId
  emails { id address normalized label primary __typename } phones { id number raw valid label primary __typename }
  addresses { id street houseNumber extra postalCode city region countryCode label primary __typename }
  bankAccounts { id iban holder bic primary masked __typename }
  socialAccounts { id provider handle url verified __typename } __typename } }"""
BY_KEY = """query ($key: CustomerKey!) {
  customerByKey(key: $key) { id displayName emails { address primary } tags } }"""


@dataclass(frozen=True)
class Row:
    """One operation, ours beside the bare route."""

    name: str
    customers: int
    ours: Cost
    bare: Cost

    @property
    def ratio(self) -> float:
        """CPU of ours to CPU of the bare route."""
        return self.ours.cpu_ms / self.bare.cpu_ms


def run(url: str, redis_url: str, count: int, rounds: int) -> list[Row]:
    """Fill a database with customers, serve it twice, and measure each operation."""
    database = f"regulars_bench_{os.urandom(4).hex()}"
    api_port, bare_port = free_port(), free_port()
    env = {
        "MONGODB_URL": url, "MONGODB_DATABASE": database, "REGULARS_SECRET": "a-key-of-the-benchmarks-only-0123456789",
        "PORT": str(api_port), "REGULARS_URL": f"http://127.0.0.1:{api_port}", "REGULARS_LOG_LEVEL": "warning",
        # Counted as in production, but never refused.
        "REDIS_URL": redis_url, "REGULARS_RATE_KEY": "100000000/100000000",
    }  # fmt: skip
    settings = Settings.from_env(env)
    made = asyncio.run(fill(settings, count))
    asked = [str(REGULARS), "key", "create", "--role", "owner", "--name", "benchmarks"]
    key = subprocess.run(asked, env={**os.environ, **env}, check=True, capture_output=True, text=True).stdout.split()[
        -1
    ]
    with (
        server("api.app:create_app", api_port, env) as ours,
        server("benchmarks.bare:app", bare_port, {**env, "BARE_DATABASE": database}) as bare,
        httpx.Client(base_url=f"http://127.0.0.1:{api_port}", headers={"Authorization": f"Bearer {key}"}) as client,
        httpx.Client(base_url=f"http://127.0.0.1:{bare_port}") as bare_client,
    ):
        draw = random.Random(1)
        page = _list_page(client)

        def fetch(ids: list[str]) -> Callable[[], httpx.Response]:
            return lambda: bare_client.post("/customers", json={"ids": ids})

        def one() -> httpx.Response:
            return bare_client.post("/customers", json={"ids": [str(draw.choice(made))]})

        def ask(query: str, variables: Callable[[], dict[str, Any]]) -> Callable[[], httpx.Response]:
            return lambda: client.post("/graphql", json={"query": query, "variables": variables()})

        profile = ask(PROFILE, lambda: {"id": show("cus", draw.choice(made))})
        by_key = ask(BY_KEY, lambda: {"key": {"email": f"person{draw.randrange(count)}@example.com"}})
        return [
            Row(
                "list page of 50",
                count,
                cost(ours, ask(LIST, _first_page), max(20, rounds // 4)),
                cost(bare, fetch(page), rounds),
            ),
            Row("profile page", count, cost(ours, profile, rounds), cost(bare, one, rounds)),
            Row("customerByKey", count, cost(ours, by_key, rounds), cost(bare, one, rounds)),
        ]


def _first_page() -> dict[str, Any]:
    return {"first": 50, "sort": [{"field": "CREATED", "direction": "DESC"}]}


def _list_page(client: httpx.Client) -> list[str]:
    answer = client.post("/graphql", json={"query": LIST, "variables": _first_page()}).json()
    return [one["id"].removeprefix("cus_") for one in answer["data"]["customers"]["nodes"]]


async def fill(settings: Settings, count: int) -> list[ObjectId]:
    """Make a database with its indexes and customers; return their ids."""
    db = connect(settings.mongodb_url, settings.database)
    await indexes.build(db)
    return await people.fill(Context(db, settings, Keys(settings.secret), SYSTEM), count)
