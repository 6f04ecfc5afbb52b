"""Many at once, over two real API processes: one key is one effect, and messages may come twice, late and in any order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from random import Random
from typing import Any

import httpx2
import pytest

from api.core.context import utc_now
from api.core.keys import Keys
from tests.conftest import SECRET
from tests.consent.partners import MANY, ONE, Told, a_message, again, faults_in, results
from tests.engines import Bare, drop_database, new_database, with_indexes
from tests.factories import a_key
from tests.installation import api_part, running
from tests.whole.fold import faults_of

Counts = Callable[[], dict[str, int]]

PEOPLE = 20
MESSAGES = 200
SENDERS = 32
pytestmark = [pytest.mark.timeout(180), pytest.mark.alone]


@pytest.fixture(scope="module")
def stored(bare: Bare) -> Iterator[Any]:
    """A database for all tests here, each with people of its own: to start an API takes longer than they do."""
    name = new_database(bare)
    try:
        yield with_indexes(bare[name])
        found = faults_of(bare[name], Keys(SECRET))
    finally:
        drop_database(bare, name)
    assert not found, "The database does not hold together:\n" + "\n".join(found)


@pytest.fixture(scope="module")
def door(
    mongodb_url: str, redis_url: str, stored: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """An API of two processes: its address, and the secret of a partner's key."""
    _, secret = a_key(stored, utc_now(), role="partner")
    folder = tmp_path_factory.mktemp("api")
    part, address = api_part(
        folder, mongodb_url=mongodb_url, database=stored.name, redis_url=redis_url, secret=SECRET, processes=2
    )
    with running(part):
        yield address, secret


@pytest.fixture
async def api(door: tuple[str, str]) -> AsyncIterator[httpx2.AsyncClient]:
    """A partner at the door."""
    address, secret = door
    limits = httpx2.Limits(max_connections=100, max_keepalive_connections=100)
    headers = {"Authorization": f"Bearer {secret}"}
    async with httpx2.AsyncClient(base_url=address, headers=headers, limits=limits, timeout=60) as client:
        yield client


@pytest.fixture
def new(stored: Any) -> Callable[[], dict[str, int]]:
    """Return how many documents there are since the test began."""
    names = ("consent_ledger", "customers")
    before = {name: stored[name].count_documents({}) for name in names}
    return lambda: {name: stored[name].count_documents({}) - before[name] for name in names}


async def send(api: httpx2.AsyncClient, document: str, sent: dict[str, Any]) -> dict[str, Any]:
    """Send a mutation, again and again while the answer says so."""
    while True:
        answer = (await api.post("/graphql", json={"query": document, "variables": {"input": sent}})).json()
        if not again(answer):
            found: dict[str, Any] = answer
            return found


def an_item(name: str, **more: Any) -> dict[str, Any]:
    return {
        "identifier": {"email": f"{name}@planted.example"}, "channel": "EMAIL", "purpose": "MARKETING", "state": "GRANTED",
        "collectedAt": "2026-01-01T00:00:00Z", **more,
    }  # fmt: skip


async def test_a_hundred_sendings_of_one_key_are_one_effect(api: httpx2.AsyncClient, new: Counts) -> None:
    answers = await asyncio.gather(*(send(api, ONE, an_item("anna", idempotencyKey="one")) for _ in range(100)))
    told = [one["data"]["consentRecord"] for one in answers]
    assert sorted(one.pop("replayed") for one in told) == [False] + [True] * 99
    assert told == [told[0]] * 100
    assert (told[0]["applied"], told[0]["appliedAs"], told[0]["errors"]) == (True, "CURRENT", [])
    assert new() == {"consent_ledger": 1, "customers": 1}


async def test_a_hundred_sendings_of_one_batch_are_one_effect(api: httpx2.AsyncClient, new: Counts) -> None:
    items = [an_item(f"batch{place}") for place in range(5)]
    answers = await asyncio.gather(*(send(api, MANY, {"items": items, "idempotencyKey": "b"}) for _ in range(100)))
    told = [results(one) for one in answers]
    for place in range(5):
        column = [one[place] for one in told]
        assert sorted(one.pop("replayed") for one in column) == [False] + [True] * 99
        assert column == [column[0]] * 100
    assert new() == {"consent_ledger": 5, "customers": 5}


async def test_other_content_under_the_key_is_refused_during_and_after(api: httpx2.AsyncClient, new: Counts) -> None:
    states = ["GRANTED", "DENIED"] * 20
    answers = await asyncio.gather(*(send(api, ONE, an_item("bea", idempotencyKey="two", state=one)) for one in states))
    told = [one["data"]["consentRecord"] for one in answers]
    (entry,) = {one["entryId"] for one in told if one["applied"]}
    (won,) = {state for state, one in zip(states, told, strict=True) if one["applied"]}
    other = "DENIED" if won == "GRANTED" else "GRANTED"
    refused = [{"code": "IDEMPOTENCY_KEY_REUSED", "path": ["idempotency_key"]}]
    for state, one in zip(states, told, strict=True):
        if state == won:
            assert (one["entryId"], one["errors"]) == (entry, [])
        else:
            assert (one["applied"], one["entryId"], one["receipt"], one["errors"]) == (False, None, None, refused)
    late = await send(api, ONE, an_item("bea", idempotencyKey="two", state=other))
    assert late["data"]["consentRecord"]["errors"] == refused
    assert new() == {"consent_ledger": 1, "customers": 1}


@pytest.mark.parametrize("seed", [4])
async def test_messages_come_twice_late_in_any_order_and_at_once(
    api: httpx2.AsyncClient, stored: Any, new: Counts, seed: int
) -> None:
    dice = Random(seed)
    messages = [a_message(dice, PEOPLE, f"m{number}") for number in range(MESSAGES)]
    told = Told()
    # Each message comes through one door: alone, or in a batch with others.
    alone, together = messages[: MESSAGES // 2], messages[MESSAGES // 2 :]
    sendings = [[one] for one in alone for _ in range(dice.randint(2, 10))]
    copies = [one for one in together for _ in range(dice.randint(2, 10))]
    dice.shuffle(copies)
    while copies:
        size = dice.randint(2, 30)
        batch = {one["idempotencyKey"]: one for one in copies[:size]}
        sendings.append(list(batch.values()))
        del copies[:size]
    dice.shuffle(sendings)

    async def sender() -> None:
        while sendings:
            items = sendings.pop()
            is_alone = items[0] in alone
            answer = await send(api, ONE if is_alone else MANY, items[0] if is_alone else {"items": items})
            for item, result in zip(items, results(answer), strict=True):
                # The same word about the same matter at the same moment may be two messages; a batch takes one of them.
                if [one["code"] for one in result["errors"]] == ["DUPLICATE_ITEM"]:
                    sendings.append([item])
                    continue
                assert result["errors"] == []
                told.take(item["idempotencyKey"], result)

    await asyncio.gather(*(sender() for _ in range(SENDERS)))
    assert faults_in(stored, told, messages, Keys(SECRET)) == []
    assert new() == {"consent_ledger": MESSAGES, "customers": PEOPLE}
    assert set(told.times.values()) == {1}
