"""Each rule of tests/mongo_rules.py can fail: a command that breaks it is sent, and exactly that rule speaks."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import pymongo
import pytest
from bson import Regex
from pymongo.errors import OperationFailure, PyMongoError

from tests.engines import Bare
from tests.mongo_reads import Shape, Violation
from tests.mongo_watch import Watch, explained

Doc = dict[str, Any]

pytestmark = pytest.mark.tampered
"""The collections of these tests belong to no room."""

SHAPE = Shape(
    indexes={
        "things": ((("name", 1), ("_id", 1)), (("place", 1), ("made", -1)), (("attributes.$**", 1),), (("tokens", 1),)),
        "pairs": ((("left", 1), ("right", 1)),),
    },
    lists={"things": {"tokens", "emails"}},
)
TIME = {"maxTimeMS": 1_000}
MAJORITY = {"writeConcern": {"w": "majority"}}


def find(where: Doc, **more: Any) -> Doc:
    """Return a find that breaks no rule by itself."""
    return {"find": "things", "filter": where, "limit": 10, **TIME, **more}


def insert(doc: Doc, to: str = "things") -> Doc:
    """Return an insert that breaks no rule by itself."""
    return {"insert": to, "documents": [doc], **MAJORITY}


def update(change: Any, where: Doc | None = None, **more: Any) -> Doc:
    """Return an update that breaks no rule by itself."""
    return {"update": "things", "updates": [{"q": where or {"_id": 1}, "u": change, **more}], **MAJORITY}


def aggregate(*pipeline: Doc, **more: Any) -> Doc:
    """Return an aggregation that breaks no rule by itself."""
    return {"aggregate": "things", "pipeline": list(pipeline), "cursor": {}, **TIME, **more}


TWO_RANGES = {"$gte": "a", "$lt": "b"}

GOOD: list[Doc] = [
    find({"_id": 1}),
    find({"name": "x"}),
    find({"name": TWO_RANGES}),
    find({"tokens": {"$elemMatch": TWO_RANGES}}),
    find({"attributes.colour": "red"}),
    find({"$or": [{"name": "x"}, {"_id": 1}]}),
    find({"$and": [{"other": {"$ne": 1}}, {"name": {"$in": ["x"]}}]}),
    find({}, sort={"name": 1, "_id": 1}),
    find({}, sort={"name": -1, "_id": -1}),
    find({"other": 1}, sort={"place": 1}),
    find({"place": "x"}, sort={"made": 1}),
    find({"name": None}),
    aggregate({"$match": {"name": "x"}}, {"$limit": 10_001}, {"$count": "n"}),
    {"count": "things", **TIME},
    insert({"name": "x", "emails": [{"address": "a"}], "nested": {"deep": [1]}}),
    insert({"left": [1], "right": 2}, "pairs"),
    insert({"left": {"a": [1]}, "right": 2}, "pairs"),
    update({"$set": {"name": "y", "emails.$[one].address": "z"}}, arrayFilters=[{"one.address": "a"}]),
    {"delete": "things", "deletes": [{"q": {"_id": 1}, "limit": 1}], **MAJORITY},
    {"findAndModify": "things", "query": {"_id": 1}, "update": {"$inc": {"n": 1}}, **MAJORITY},
]

BAD: list[tuple[str, Doc]] = [
    ("no-time-limit", {"find": "things", "filter": {"_id": 1}, "limit": 1}),
    ("no-time-limit", {"aggregate": "things", "pipeline": [{"$match": {"_id": 1}}], "cursor": {}}),
    ("limit-zero", find({"_id": 1}, limit=0)),
    ("limit-zero", {"find": "things", "filter": {"_id": 1}, **TIME}),
    ("skip", find({"_id": 1}, skip=102)),
    ("skip", aggregate({"$match": {"name": "x"}}, {"$skip": 500})),
    ("in-too-long", find({"_id": {"$in": list(range(1_001))}})),
    ("in-too-long", find({"name": "x", "other": {"$nin": list(range(1_001))}})),
    ("regex", find({"name": {"$regex": "^x"}})),
    ("regex", find({"name": Regex("^x")})),
    ("regex", find({"$or": [{"name": re.compile("^x")}, {"_id": 1}]})),
    ("regex", find({"name": {"$in": [Regex("^x")]}})),
    ("regex", find({"emails": {"$elemMatch": {"address": {"$regex": "x"}}}, "_id": 1})),
    ("range-null", find({"name": {"$gt": None}})),
    ("list-range", find({"tokens": TWO_RANGES})),
    ("list-range", find({"_id": 1, "emails.address": TWO_RANGES})),
    ("list-sort", find({"_id": 1}, sort={"tokens": 1})),
    ("list-sort", find({"_id": 1}, sort={"emails.address": 1})),
    ("group-unbounded", {"distinct": "things", "key": "name", "query": {"other": 1}, **TIME}),
    ("group-unbounded", aggregate({"$group": {"_id": "$name"}})),
    ("group-unbounded", aggregate({"$match": {"other": 1}}, {"$count": "n"})),
    ("no-index", find({"other": 1})),
    ("no-index", find({})),
    ("no-index", find({"name": {"$ne": "x"}})),
    ("no-index", find({"name": {"$nin": ["x"]}})),
    ("no-index", find({"name": {"$not": {"$gt": "x"}}})),
    ("no-index", find({"name": {"$exists": True}})),
    ("no-index", find({"$or": [{"name": "x"}, {"other": 1}]})),
    ("no-index", find({"made": 1})),
    ("no-index", find({}, sort={"name": 1, "_id": -1})),
    ("no-index", find({}, sort={"made": 1})),
    ("no-index", aggregate({"$match": {"other": 1}}, {"$limit": 5})),
    ("no-index", update({"$set": {"name": "x"}}, {"other": 1})),
    ("no-index", {"delete": "things", "deletes": [{"q": {"other": 1}, "limit": 1}], **MAJORITY}),
    ("no-index", {"findAndModify": "things", "query": {"other": 1}, "update": {"$inc": {"n": 1}}, **MAJORITY}),
    ("multi-outside", update({"$set": {"name": "y"}}, {"name": "x"}, multi=True)),
    ("multi-outside", {"delete": "things", "deletes": [{"q": {"name": "x"}, "limit": 0}], **MAJORITY}),
    ("write-concern", {"insert": "things", "documents": [{"name": "x"}]}),
    ("write-concern", {**insert({"name": "x"}), "writeConcern": {"w": 1}}),
    ("document-size", insert({"name": "x" * 1_000_001})),
    ("document-size", insert({"name": "x" * 256 * 1024}, "customers")),
    ("document-size", insert({"bytes": b"x" * 1_100_000}, "file_parts")),
    ("document-size", update({"name": "x" * 1_000_001})),
    ("parallel-lists", insert({"left": [1], "right": [2]}, "pairs")),
    ("field-name", insert({"a.b": 1})),
    ("field-name", insert({"": 1})),
    ("field-name", insert({"nested": {"$x": 1}})),
    ("field-name", update({"$set": {"name": {"a.b": 1}}})),
    ("field-name", update({"$set": {"name..x": 1}})),
    ("operator", find({"_id": 1, "$where": "1"})),
    ("operator", find({"_id": 1, "$expr": {"$eq": [1, 1]}})),
    ("operator", find({"_id": {"$mod": [2, 0]}})),
    ("operator", update({"$rename": {"name": "other"}})),
    ("operator", aggregate({"$match": {"_id": 1}}, {"$out": "copy"})),
    ("operator", aggregate({"$match": {"_id": 1}}, {"$graphLookup": {}})),
    ("operator", aggregate({"$match": {"_id": 1}}, {"$project": {"x": {"$function": {}}}})),
    ("change-stream", aggregate({"$changeStream": {}})),
    ("command", {"drop": "things"}),
    ("command", {"mapReduce": "things"}),
]


@pytest.fixture
def sent(mongodb_url: str, database_name: str, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A watched, plain client on the test's database, with a known shape."""
    monkeypatch.setattr(watch, "shape", Shape(SHAPE.indexes, {name: set(paths) for name, paths in SHAPE.lists.items()}))
    with pymongo.MongoClient[Doc](mongodb_url) as client:
        yield client[database_name]
        watch.take()


def rules(found: list[Violation]) -> set[str]:
    """Return the names of the rules that spoke."""
    return {one.rule for one in found}


@pytest.mark.parametrize("command", GOOD, ids=lambda one: repr(one)[:60])
def test_good_commands_pass(sent: Any, watch: Watch, command: Doc) -> None:
    sent.command(command)
    assert watch.take() == []


@pytest.mark.parametrize(("rule", "command"), BAD, ids=[f"{rule}-{n}" for n, (rule, _) in enumerate(BAD)])
def test_each_rule_can_fail(sent: Any, watch: Watch, rule: str, command: Doc) -> None:
    with contextlib.suppress(PyMongoError):
        sent.command(command)
    assert rules(watch.take()) == {rule}


# --- what only the order of commands shows ---


@pytest.fixture
def session(sent: Any, bare: Bare) -> Iterator[Any]:
    """A session with an open transaction on a collection that exists."""
    bare[sent.name].create_collection("things")
    with sent.client.start_session(causal_consistency=False) as opened:
        opened.start_transaction(write_concern=pymongo.WriteConcern("majority"))
        yield opened
        if opened.in_transaction:
            opened.abort_transaction()


def test_a_transaction_that_keeps_the_rules(sent: Any, session: Any, watch: Watch) -> None:
    sent.things.insert_one({"_id": 1}, session=session)
    sent.command({"find": "things", "filter": {"_id": 1}, "limit": 1, **TIME}, session=session)
    session.commit_transaction()
    assert watch.take() == []


def test_a_command_after_one_that_failed(sent: Any, bare: Bare, session: Any, watch: Watch) -> None:
    bare[sent.name].things.insert_one({"_id": 1})
    watch.take()
    with pytest.raises(pymongo.errors.DuplicateKeyError):
        sent.things.insert_one({"_id": 1}, session=session)
    with contextlib.suppress(OperationFailure):
        sent.things.insert_one({"_id": 2}, session=session)
    assert rules(watch.take()) == {"tx-after-failure"}


def test_two_commands_at_once_in_a_session(sent: Any, session: Any, watch: Watch) -> None:
    watch.take()

    class Meanwhile(pymongo.monitoring.CommandListener):
        """Sends a second command as soon as the first is on its way."""

        def started(self, event: pymongo.monitoring.CommandStartedEvent) -> None:
            if event.request_id != 7:
                watch.started(_again(event))

        def succeeded(self, event: pymongo.monitoring.CommandSucceededEvent) -> None:
            pass

        def failed(self, event: pymongo.monitoring.CommandFailedEvent) -> None:
            pass

    sent.things.insert_one({"_id": 1}, session=session)
    with pymongo.MongoClient[Doc](
        host=sent.client.address[0], port=sent.client.address[1], event_listeners=[Meanwhile()]
    ) as client:
        client[sent.name].things.with_options(write_concern=pymongo.WriteConcern("majority")).insert_one({"_id": 5})
    assert rules(watch.take()) == {"session-two-at-once"}


def _again(event: pymongo.monitoring.CommandStartedEvent) -> pymongo.monitoring.CommandStartedEvent:
    return pymongo.monitoring.CommandStartedEvent(
        dict(event.command), event.database_name, 7, event.connection_id, None
    )


def test_too_many_documents_in_a_transaction(sent: Any, session: Any, watch: Watch) -> None:
    sent.things.insert_many([{"_id": n} for n in range(1_000)], session=session)
    assert watch.take() == []
    session.abort_transaction()
    session.start_transaction(write_concern=pymongo.WriteConcern("majority"))
    sent.things.insert_many([{"_id": n} for n in range(1_001)], session=session)
    assert rules(watch.take()) == {"tx-documents"}


def test_too_many_bytes_in_a_transaction(sent: Any, session: Any, watch: Watch) -> None:
    for n in range(5):
        sent.things.insert_one({"_id": n, "name": "x" * 900_000}, session=session)
    assert rules(watch.take()) == {"tx-size"}


@pytest.mark.parametrize(
    "command",
    [
        {"count": "things", **TIME},
        {"listIndexes": "things", "cursor": {}},
        {"createIndexes": "things", "indexes": [{"key": {"x": 1}, "name": "x"}]},
        {"explain": {"find": "things", "filter": {"_id": 1}}},
        {"create": "others"},
    ],
    ids=lambda one: next(iter(one)),
)
def test_commands_that_no_transaction_takes(sent: Any, session: Any, watch: Watch, command: Doc) -> None:
    with contextlib.suppress(OperationFailure):
        sent.command(command, session=session)
    assert rules(watch.take()) - {"command"} == {"tx-command"}


@pytest.mark.parametrize("stage", [{"$out": "copy"}, {"$merge": "copy"}], ids=["out", "merge"])
def test_no_stage_that_writes_in_a_transaction(sent: Any, session: Any, watch: Watch, stage: Doc) -> None:
    with contextlib.suppress(OperationFailure):
        sent.command(aggregate({"$match": {"_id": 1}}, stage), session=session)
    assert rules(watch.take()) == {"tx-command", "operator"}


def test_a_cursor_opened_outside(sent: Any, bare: Bare, session: Any, watch: Watch) -> None:
    bare[sent.name].things.insert_many([{"_id": n} for n in range(5)])
    opened = sent.command({"find": "things", "filter": {"_id": {"$gte": 0}}, "limit": 5, "batchSize": 2, **TIME})
    sent.command({"find": "things", "filter": {"_id": 1}, "limit": 1, **TIME}, session=session)
    assert watch.take() == []
    with contextlib.suppress(OperationFailure):
        sent.command({"getMore": opened["cursor"]["id"], "collection": "things"}, session=session)
    assert rules(watch.take()) == {"tx-foreign-cursor"}


def test_a_concern_of_its_own_in_a_transaction(sent: Any, session: Any, watch: Watch) -> None:
    sent.things.insert_one({"_id": 1}, session=session)
    watch.take()
    with contextlib.suppress(PyMongoError):
        sent.command(insert({"_id": 2}), session=session)
    assert rules(watch.take()) == {"tx-own-concern"}


def test_a_commit_below_majority(sent: Any, watch: Watch) -> None:
    with sent.client.start_session(causal_consistency=False) as opened:
        opened.start_transaction(write_concern=pymongo.WriteConcern(1))
        sent.things.insert_one({"_id": 1}, session=opened)
        opened.commit_transaction()
    assert rules(watch.take()) == {"write-concern"}


# --- what a real server says about itself ---


class Explaining:
    """Answers `explain` with a plan, as MongoDB 7 does."""

    def __init__(self, stage: str) -> None:
        self.stage = stage
        self.asked: Doc = {}

    def command(self, asked: Doc) -> Doc:
        self.asked = asked
        return {"queryPlanner": {"winningPlan": {"stage": "LIMIT", "inputStage": {"stage": self.stage}}}}


def test_a_server_that_walks_a_collection_is_heard() -> None:
    asked = find({"name": "x"}, lsid={}, batchSize=2)
    for stage, expected in (("COLLSCAN", {"collection-scan"}), ("IXSCAN", set())):
        server = Explaining(stage)
        assert rules(list(explained(server, asked))) == expected
        assert server.asked == {
            "explain": {"find": "things", "filter": {"name": "x"}, "limit": 10},
            "verbosity": "queryPlanner",
        }
