"""What MongoDB 7 would refuse or do badly, as small pure functions over one command.

The embedded server of the tests takes more than MongoDB does, and MongoDB is what production runs. `tests/mongo_watch.py`
sends every command of every test through here. What is not in the allow-lists below is a violation too: adding a name to
them is a decision, made in a review.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import bson

from tests.mongo_reads import Doc, Keys, Shape, Violation, collection_of, conditions, filters, list_paths, reads, served

MAX_DOCUMENT_BYTES = 1_000_000
DOCUMENT_BYTES = {"customers": 256 * 1024, "file_parts": 1_100_000}

COMMANDS = frozenset(
    "find aggregate distinct getMore killCursors killSessions insert update delete findAndModify count listCollections listIndexes createIndexes "
    "commitTransaction abortTransaction endSessions ping hello buildInfo".split()
)
READS = frozenset({"find", "aggregate", "getMore", "count", "distinct"})
WRITES = frozenset({"insert", "update", "delete", "findAndModify"})
CONCERNED = WRITES | {"commitTransaction"}
NOT_IN_TRANSACTIONS = frozenset(
    "count distinct explain create createIndexes drop dropIndexes dropDatabase listCollections listIndexes ping".split()
)
QUERY_OPERATORS = frozenset(
    "$and $or $nor $not $eq $ne $in $nin $gt $gte $lt $lte $exists $type $elemMatch $all $size $regex $options".split()
)
UPDATE_OPERATORS = frozenset(
    "$set $unset $inc $max $min $setOnInsert $push $pull $pullAll $addToSet $each $slice $sort $position $currentDate".split()
)
STAGES = frozenset(
    "$match $project $group $sort $limit $skip $count $unwind $set $addFields $unset $lookup $facet $replaceRoot "
    "$replaceWith $unionWith".split()
)
EXPRESSIONS = frozenset(
    "$sum $min $max $avg $first $last $push $addToSet $cond $ifNull $eq $ne $gt $gte $lt $lte $in $and $or $not $add "
    "$subtract $multiply $divide $concat $concatArrays $arrayElemAt $size $slice $filter $map $mergeObjects $literal "
    "$dateTrunc $dateToString $toString $setUnion $setDifference $setIntersection $switch $arrayToObject $objectToArray "
    "$getField $setField $unsetField $range $zip $reduce $anyElementTrue $allElementsTrue $isArray $let".split()
)


def violations(command: Doc, shape: Shape) -> list[Violation]:
    """Return everything that is wrong with one command, whatever came before it."""
    name, collection = next(iter(command)), collection_of(command)
    found = [*_allowed(name, command), *conditions(command, collection, shape)]
    if name in READS:
        found += reads(name, command, collection, shape)
    if name in WRITES:
        found += _writes(name, command, collection, shape)
    if name in CONCERNED and not (in_transaction(command) and name in WRITES):
        found += _write_concern(command)
    if in_transaction(command):
        found += _in_transaction(name, command)
    return [Violation(one.rule, f"{name} {collection}: {one.where}") for one in found]


def in_transaction(command: Doc) -> bool:
    """Tell whether a command belongs to a transaction; retryable writes have a number too, but commit by themselves."""
    return command.get("autocommit") is False


# --- allow-lists ---


def _allowed(name: str, command: Doc) -> Iterator[Violation]:
    if name not in COMMANDS:
        yield Violation("command", name)
    for where in filters(command):
        yield from _operators(where, QUERY_OPERATORS)
    for statement in command.get("updates", ()):
        yield from _update_operators(statement["u"])
    if name == "findAndModify" and "update" in command:
        yield from _update_operators(command["update"])
    for stage in command.get("pipeline", ()):
        yield from _stage(stage)


def _stage(stage: Doc) -> Iterator[Violation]:
    (name, body), *more = stage.items()
    if name == "$changeStream":
        yield Violation("change-stream", "progress is polled")
    elif name not in STAGES or more:
        yield Violation("operator", name)
    elif name == "$match":
        yield from _operators(body, QUERY_OPERATORS)
    elif name in {"$lookup", "$unionWith", "$facet"}:
        inner = body.values() if name == "$facet" else [body.get("pipeline", ())]
        for pipeline in inner:
            for one in pipeline:
                yield from _stage(one)
    else:
        yield from _operators(body, EXPRESSIONS | QUERY_OPERATORS)


def _update_operators(update: Any) -> Iterator[Violation]:
    if isinstance(update, list):
        for stage in update:
            yield from _stage(stage)
        return
    for name, body in update.items():
        if name.startswith("$"):
            yield from () if name in UPDATE_OPERATORS else [Violation("operator", name)]
            if name in {"$pull", "$push", "$addToSet"}:
                yield from _operators(body, UPDATE_OPERATORS | QUERY_OPERATORS)


def _operators(value: Any, allowed: frozenset[str]) -> Iterator[Violation]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name.startswith("$") and name not in allowed:
                yield Violation("operator", name)
            if name not in {"$literal", "$eq"}:
                yield from _operators(inner, allowed)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _operators(inner, allowed)


# --- writes ---


def _writes(name: str, command: Doc, collection: str, shape: Shape) -> Iterator[Violation]:
    if name != "insert":
        yield from served(command, collection, shape)
    if not in_transaction(command) and any(one.get("multi") for one in command.get("updates", ())):
        yield Violation("multi-outside", "an update of many is not retried")
    if not in_transaction(command) and any(one.get("limit") == 0 for one in command.get("deletes", ())):
        yield Violation("multi-outside", "a delete of many is not retried")
    for doc in written(command):
        yield from document(collection, doc, shape.indexes.get(collection, ()))
    for path, value in _assigned(command):
        yield from _path_name(path)
        yield from _names(value)


def document(collection: str, doc: Doc, indexes: Iterable[Keys]) -> Iterator[Violation]:
    """Return what is wrong with a whole document: its size, its lists, its names."""
    size, limit = len(bson.encode(doc)), DOCUMENT_BYTES.get(collection, MAX_DOCUMENT_BYTES)
    if size > limit:
        yield Violation("document-size", f"{size} bytes")
    lists = set(list_paths(doc))
    for keys in indexes:
        roots = {_root(path, lists) for path, _ in keys} - {""}
        if len(roots) > 1:
            yield Violation("parallel-lists", ", ".join(sorted(roots)))
    yield from _names(doc)


def written(command: Doc) -> Iterator[Doc]:
    """Return the whole documents that a write brings: inserts and replacements."""
    yield from command.get("documents", ())
    for update in (*(one["u"] for one in command.get("updates", ())), command.get("update", {})):
        if isinstance(update, Mapping) and update and not next(iter(update)).startswith("$"):
            yield update


def _assigned(command: Doc) -> Iterator[tuple[str, Any]]:
    for update in (*(one["u"] for one in command.get("updates", ())), command.get("update", {})):
        for name, body in update.items() if isinstance(update, Mapping) else ():
            if name in {"$set", "$setOnInsert", "$push", "$addToSet"}:
                yield from ((path, value) for path, value in body.items())


def _root(path: str, lists: set[str]) -> str:
    parts = path.split(".")
    prefixes = (".".join(parts[: end + 1]) for end in range(len(parts)))
    return next((prefix for prefix in prefixes if prefix in lists), "")


def _path_name(path: str) -> Iterator[Violation]:
    if any(
        not part or "\0" in part or (part.startswith("$") and part != "$" and part[1:2] != "[")
        for part in path.split(".")
    ):
        yield Violation("field-name", repr(path))


def _names(value: Any) -> Iterator[Violation]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if not name or "." in name or "\0" in name or (name.startswith("$") and name not in UPDATE_OPERATORS):
                yield Violation("field-name", repr(name))
            yield from _names(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _names(inner)


def _write_concern(command: Doc) -> Iterator[Violation]:
    concern = command.get("writeConcern", {})
    if concern.get("w") != "majority":
        yield Violation("write-concern", repr(concern.get("w")))


# --- transactions: what one command shows; what only their order shows is in tests/mongo_watch.py ---


def _in_transaction(name: str, command: Doc) -> Iterator[Violation]:
    if name in NOT_IN_TRANSACTIONS:
        yield Violation("tx-command", name)
    for stage in command.get("pipeline", ()):
        if "$out" in stage or "$merge" in stage:
            yield Violation("tx-command", next(iter(stage)))
    if "readConcern" in command and not command.get("startTransaction"):
        yield Violation("tx-own-concern", "read concern")
    if "writeConcern" in command and name not in {"commitTransaction", "abortTransaction"}:
        yield Violation("tx-own-concern", "write concern")
