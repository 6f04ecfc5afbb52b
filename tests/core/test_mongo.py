"""Connection, collections and transactions, with both drivers and under every fault."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Literal

import pytest

from api.core.errors import Invalid, Unavailable
from api.core.mongo import Collection, Database, DeleteOne, DuplicateKeyError, Index, InsertOne, Tx, UpdateOne, connect
from tests.conftest import Commands
from tests.faults import Fault, Proxy, proxied
from tests.mongo_reads import Shape
from tests.mongo_watch import Watch

DRIVERS: list[Literal["motor", "pymongo"]] = ["motor", "pymongo"]
pytestmark = pytest.mark.tampered
"""The collection of these tests belongs to no room."""

NAME = Index((("name", 1),), "to be unique", unique=True)
PLACE = Index((("place", 1), ("_id", 1)), "the list")


@pytest.fixture
def shaped(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules know the indexes of these tests."""
    monkeypatch.setattr(watch, "shape", Shape({"things": [NAME.keys, PLACE.keys]}))


@pytest.fixture
async def proxy(mongodb_url: str) -> AsyncIterator[Proxy]:
    """A server in front of the server, that can fail."""
    async with proxied(mongodb_url) as running:
        yield running


@pytest.fixture(params=DRIVERS)
async def either(
    request: pytest.FixtureRequest, proxy: Proxy, database_name: str, shaped: None
) -> AsyncIterator[Database]:
    """A database through each driver, behind the proxy."""
    database = connect(proxy.url, database_name, driver=request.param)
    await database["things"].build([NAME, PLACE])
    yield database
    await database.close()


@pytest.fixture
def things(either: Database) -> Collection:
    """A collection with two indexes."""
    return either["things"]


# --- reads and writes ---


async def test_find_takes_a_limit_a_sort_and_fields(things: Collection) -> None:
    await things.insert_many([{"_id": n, "name": str(n), "place": n % 2} for n in range(10)])
    found = await things.find({"place": 1}, limit=3, sort=[("_id", -1)], fields={"name": 1})
    assert found == [{"_id": 9, "name": "9"}, {"_id": 7, "name": "7"}, {"_id": 5, "name": "5"}]


async def test_a_limit_of_nothing_finds_nothing_and_asks_nobody(things: Collection, commands: Commands) -> None:
    await things.insert_one({"_id": 1, "name": "a"})
    with commands() as sent:
        assert await things.find({}, limit=0) == []
        assert await things.by_ids([]) == {}
        await things.insert_many([])
        assert await things.bulk([]) == 0
    assert sent == []


async def test_each_write_answers_how_many_it_met(things: Collection) -> None:
    await things.insert_one({"_id": 1, "name": "a"})
    assert await things.update_one({"_id": 1}, {"$set": {"place": 1}}) == 1
    assert await things.update_one({"_id": 2}, {"$set": {"place": 1}}) == 0
    assert await things.update_one({"_id": 2}, {"$set": {"name": "b"}}, upsert=True) == 1
    assert await things.change_one({"_id": 1}, {"$inc": {"place": 1}}) == {"_id": 1, "name": "a", "place": 2}
    assert await things.change_one({"_id": 9}, {"$inc": {"place": 1}}) is None
    writes = [
        UpdateOne({"_id": 1}, {"$set": {"place": 3}}),
        UpdateOne({"_id": 7}, {"$set": {"name": "c"}}, upsert=True),
    ]
    assert await things.bulk(writes) == 2
    assert await things.bulk([InsertOne({"_id": 8, "name": "d"})]) == 1
    assert await things.delete_one({"_id": 8}) == 1
    assert await things.delete_ids([1, 2, 99]) == 2
    assert await things.by_ids([1, 7]) == {7: {"_id": 7, "name": "c"}}
    assert await things.estimated_count() == 1


async def test_aggregate_answers_documents(things: Collection) -> None:
    await things.insert_many([{"_id": n, "name": str(n), "place": n % 2} for n in range(10)])
    counted = await things.aggregate([{"$match": {"place": 1}}, {"$limit": 4}, {"$count": "n"}], limit=1)
    assert counted == [{"n": 4}]


async def test_a_duplicate_key_is_named_whatever_wrote_it(things: Collection) -> None:
    await things.insert_one({"_id": 1, "name": "a"})
    with pytest.raises(DuplicateKeyError):
        await things.insert_one({"_id": 2, "name": "a"})
    with pytest.raises(DuplicateKeyError):
        await things.insert_many([{"_id": 3, "name": "b"}, {"_id": 4, "name": "a"}])
    with pytest.raises(DuplicateKeyError):
        await things.bulk([UpdateOne({"_id": 3}, {"$set": {"name": "a"}})])


async def test_indexes_are_built_once(things: Collection) -> None:
    await things.build([NAME, PLACE])
    assert await things.index_names() == {"_id_", "name_1", "place_1__id_1"}


async def test_a_database_answers_and_names_its_collections(either: Database) -> None:
    await either.ping()
    assert set(await either.collection_names()) == {"test_tokens", "things"}


# --- transactions ---


def inserting(db: Database, *names: str) -> Any:
    """Return a body that inserts things, counts its runs and answers the count."""
    runs = 0

    async def body(tx: Tx) -> int:
        nonlocal runs
        runs += 1
        for name in names:
            await db["things"].insert_one({"_id": name, "name": name}, tx)
        return runs

    return body


async def test_a_transaction_writes_all_or_nothing(either: Database, things: Collection) -> None:
    assert await either.transact(inserting(either, "a", "b")) == 1

    async def refused(tx: Tx) -> None:
        await things.insert_one({"_id": "c", "name": "c"}, tx)
        raise Invalid("no")

    with pytest.raises(Invalid):
        await either.transact(refused)
    assert set(await things.by_ids(["a", "b", "c"])) == {"a", "b"}


async def test_a_rehearsal_runs_the_body_twice_and_is_not_counted(either: Database, commands: Commands) -> None:
    either.rehearse = True
    with commands() as sent:
        assert await either.transact(inserting(either, "a")) == 2
    assert sent == ["insert things", "commit"]


async def test_a_reader_outside_sees_nothing_before_the_commit(either: Database, things: Collection) -> None:
    async def body(tx: Tx) -> tuple[Any, Any]:
        await things.insert_one({"_id": 1, "name": "a"}, tx)
        return await things.find_one({"_id": 1}, tx=tx), await things.find_one({"_id": 1})

    assert await either.transact(body) == ({"_id": 1, "name": "a"}, None)


async def test_a_lost_race_for_a_key_is_decided_anew(either: Database, things: Collection) -> None:
    runs = 0

    async def body(tx: Tx) -> str:
        nonlocal runs
        runs += 1
        if await things.find_one({"name": "a"}, tx=tx):
            return "met"
        if runs == 1:
            await things.insert_one({"_id": 1, "name": "a"})
        await things.insert_one({"_id": 2, "name": "a"}, tx)
        return "made"

    assert await either.transact(body) == "met"
    assert runs == 2


async def test_a_race_lost_in_the_rehearsal_does_not_end_the_act(either: Database, things: Collection) -> None:
    either.rehearse = True
    await test_a_lost_race_for_a_key_is_decided_anew(either, things)


async def test_what_never_comes_through_is_unavailable(either: Database, things: Collection) -> None:
    await things.insert_one({"_id": 1, "name": "a"})
    runs = 0

    async def body(tx: Tx) -> None:
        nonlocal runs
        runs += 1
        await things.insert_one({"_id": 2, "name": "a"}, tx)

    with pytest.raises(Unavailable) as raised:
        await either.transact(body)
    assert (raised.value.code, runs) == ("UNAVAILABLE", 5)


RUNS = {
    Fault.CONFLICT: 2,
    Fault.LOST_BEFORE_COMMIT: 2,
    Fault.LOST_AFTER_COMMIT: 1,
    Fault.UNKNOWN_COMMIT: 1,
}


@pytest.mark.parametrize("fault", RUNS, ids=lambda one: one.name)
async def test_each_fault_of_a_transaction_has_one_effect(
    either: Database, things: Collection, proxy: Proxy, fault: Fault
) -> None:
    await things.insert_one({"_id": 1, "name": "n", "count": 0})

    inserted, runs = inserting(either, "a", "b"), 0

    async def body(tx: Tx) -> int:
        nonlocal runs
        runs += 1
        await things.update_one({"_id": 1}, {"$inc": {"count": 1}}, tx=tx)
        await inserted(tx)
        return runs

    proxy.arm(fault)
    assert await either.transact(body) == RUNS[fault]
    assert len(proxy.fired) == 1
    assert await things.find_one({"_id": 1}) == {"_id": 1, "name": "n", "count": 1}
    assert set(await things.by_ids(["a", "b"])) == {"a", "b"}


@pytest.mark.parametrize(
    "fault", [Fault.LOST_BEFORE_WRITE, Fault.LOST_AFTER_WRITE, Fault.STEPPED_DOWN], ids=lambda one: one.name
)
async def test_each_fault_of_a_single_write_has_one_effect(
    either: Database, things: Collection, proxy: Proxy, fault: Fault
) -> None:
    await things.insert_one({"_id": 1, "name": "n", "count": 0})
    proxy.arm(fault)
    await things.change_one({"_id": 1}, {"$inc": {"count": 1}})
    assert proxy.fired == ["findAndModify things"]
    proxy.arm(fault)
    await things.bulk([UpdateOne({"_id": 1}, {"$inc": {"count": 1}})])
    assert proxy.fired == ["update things"]
    proxy.arm(fault)
    await things.insert_one({"_id": 2, "name": "m"})
    assert proxy.fired == ["insert things"]
    proxy.arm(fault)
    assert await things.bulk([DeleteOne({"_id": 2})]) == 1
    assert proxy.fired == ["delete things"]
    assert await things.find_one({"_id": 1}) == {"_id": 1, "name": "n", "count": 2}
