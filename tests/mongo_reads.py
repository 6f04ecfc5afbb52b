"""Rules about what is asked of MongoDB: bounds, limits, and an index for every read.

Shape is what the rules know of the database; `tests/mongo_rules.py` is the way in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from bson import Regex

Doc: TypeAlias = Mapping[str, Any]
Keys: TypeAlias = tuple[tuple[str, int | str], ...]

MAX_IN = 1_000
MAX_PAGE = 101
"""A page has at most 100 rows, and one more is read to know whether there are more."""
RANGES = frozenset({"$gt", "$gte", "$lt", "$lte"})
UNBOUNDING = frozenset({"$ne", "$nin", "$not", "$exists", "$type", "$size", "$options"})
JUNCTIONS = frozenset({"$and", "$or", "$nor"})
ID_INDEX: Keys = (("_id", 1),)


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that MongoDB would refuse or do badly: the rule's name and where."""

    rule: str
    where: str

    def __str__(self) -> str:
        """Show it on one line."""
        return f"{self.rule}: {self.where}"


@dataclass
class Shape:
    """What is known of the collections: their declared indexes, and which paths hold lists."""

    indexes: Mapping[str, Sequence[Keys]] = field(default_factory=dict)
    lists: dict[str, set[str]] = field(default_factory=dict)

    def keys(self, collection: str) -> list[Keys]:
        """Return the keys of every declared index, that of `_id` too."""
        return [ID_INDEX, *self.indexes.get(collection, ())]

    def learn(self, collection: str, doc: Doc) -> None:
        """Remember which paths of a written document hold lists."""
        self.lists.setdefault(collection, set()).update(list_paths(doc))

    def is_list(self, collection: str, path: str) -> bool:
        """Tell whether a path is a list, or lies in one."""
        known = self.lists.get(collection, ())
        parts = path.split(".")
        return any(".".join(parts[: end + 1]) in known for end in range(len(parts)))


def collection_of(command: Doc) -> str:
    """Return the collection that a command is about; empty when none."""
    name, target = next(iter(command.items()))
    found = command.get("collection", "") if name == "getMore" else target
    return found if isinstance(found, str) else ""


def filters(command: Doc) -> list[Doc]:
    """Return every filter of a command, those of its stages too."""
    found = [command[key] for key in ("filter", "query") if command.get(key)]
    found += [one["q"] for key in ("updates", "deletes") for one in command.get(key, ())]
    return [*found, *(stage["$match"] for stage in command.get("pipeline", ()) if "$match" in stage)]


def first_filters(command: Doc) -> list[Doc]:
    """Return the filters that decide which documents are looked at: one, or one for each statement of a write."""
    statements = [one["q"] for key in ("updates", "deletes") for one in command.get(key, ())]
    if statements:
        return statements
    if "pipeline" in command:
        first: Doc = next(iter(command["pipeline"]), {})
        return [first.get("$match", {})]
    return [command.get("filter") or command.get("query") or {}]


def sort_of(command: Doc) -> list[tuple[str, int]]:
    """Return the sort that an index has to give: of a find, or of a pipeline before anything but `$match`."""
    if "pipeline" not in command:
        return [(path, int(way)) for path, way in (command.get("sort") or {}).items()]
    for stage in command["pipeline"]:
        if "$sort" in stage:
            return [(path, int(way)) for path, way in stage["$sort"].items()]
        if "$match" not in stage:
            break
    return []


def reads(name: str, command: Doc, collection: str, shape: Shape) -> Iterator[Violation]:
    """Return what is wrong with a read."""
    if "maxTimeMS" not in command and name != "getMore":
        yield Violation("no-time-limit", "")
    if name == "find" and not command.get("limit"):
        yield Violation("limit-zero", "a read without a limit")
    skips = [command.get("skip", 0), *(stage["$skip"] for stage in command.get("pipeline", ()) if "$skip" in stage)]
    if max(skips) > MAX_PAGE:
        yield Violation("skip", str(max(skips)))
    for path, _way in sort_of(command):
        if shape.is_list(collection, path):
            yield Violation("list-sort", path)
    streams = any("$changeStream" in stage for stage in command.get("pipeline", ()))
    if name != "getMore" and not streams and (name != "count" or command.get("query")):
        yield from _grouped(name, command, collection, shape)


def conditions(command: Doc, collection: str, shape: Shape) -> Iterator[Violation]:
    """Return what is wrong with the filters of a read or a write."""
    for where in filters(command):
        yield from _conditions(where, collection, shape)


def served(command: Doc, collection: str, shape: Shape) -> Iterator[Violation]:
    """Return the filters that no declared index serves."""
    sort, indexes = sort_of(command), shape.keys(collection)
    for where in first_filters(command):
        if not any_serves(where, indexes) and not any(sorts(sort, keys, where) for keys in indexes):
            yield Violation("no-index", f"filter on {', '.join(sorted(where)) or 'nothing'}, sort {sort}")


def _conditions(where: Doc, collection: str, shape: Shape) -> Iterator[Violation]:
    for path, value in where.items():
        if path in JUNCTIONS:
            for branch in value:
                yield from _conditions(branch, collection, shape)
        elif not path.startswith("$"):
            yield from _condition(path, value, collection, shape)


def _condition(path: str, value: Any, collection: str, shape: Shape) -> Iterator[Violation]:
    if isinstance(value, re.Pattern | Regex):
        yield Violation("regex", path)
    if not isinstance(value, Mapping):
        return
    if "$regex" in value:
        yield Violation("regex", path)
    for name in ("$in", "$nin", "$all"):
        listed = value.get(name, ())
        if len(listed) > MAX_IN:
            yield Violation("in-too-long", f"{path} {name} {len(listed)}")
        if any(isinstance(one, re.Pattern | Regex) for one in listed):
            yield Violation("regex", path)
    ranges = RANGES & value.keys()
    if any(value[name] is None for name in ranges):
        yield Violation("range-null", path)
    if len(ranges) > 1 and shape.is_list(collection, path):
        yield Violation("list-range", path)
    if isinstance(value.get("$not"), Mapping):
        yield from _condition(path, value["$not"], collection, shape)
    if isinstance(value.get("$elemMatch"), Mapping):
        yield from _element(path, value["$elemMatch"])


def _element(path: str, inner: Doc) -> Iterator[Violation]:
    # Inside $elemMatch a condition is about one item, so that nothing there is a list by itself.
    if any(name.startswith("$") and name not in JUNCTIONS for name in inner):
        yield from _condition(path, inner, "", Shape())
    else:
        yield from _conditions(inner, "", Shape())


def _grouped(name: str, command: Doc, collection: str, shape: Shape) -> Iterator[Violation]:
    pipeline = list(command.get("pipeline", ()))
    end = next((place for place, stage in enumerate(pipeline) if "$group" in stage or "$count" in stage), None)
    bounds = any_serves(first_filters(command)[0], shape.keys(collection))
    limited = any("$limit" in stage for stage in pipeline[:end])
    if (name == "distinct" or end is not None) and not limited and not bounds:
        yield Violation("group-unbounded", ", ".join(first_filters(command)[0]) or "no filter")
    else:
        yield from served(command, collection, shape)


def bounded(where: Doc) -> set[str]:
    """Return the paths that every document found is bounded on; branches of `$or` are looked at by `any_serves`."""
    found: set[str] = set()
    for path, value in where.items():
        if path == "$and":
            for branch in value:
                found |= bounded(branch)
        elif not path.startswith("$"):
            found |= _bounds(path, value)
    return found


def _bounds(path: str, value: Any) -> set[str]:
    if not isinstance(value, Mapping) or not any(name.startswith("$") for name in value):
        return {path}
    found: set[str] = set()
    for name, inner in value.items():
        if name == "$elemMatch":
            fields = [one for one in inner if not one.startswith("$")]
            found |= {f"{path}.{one}" for one in bounded(inner)} if fields or "$and" in inner else _bounds(path, inner)
        elif name not in UNBOUNDING:
            found.add(path)
    return found


def any_serves(where: Doc, indexes: Sequence[Keys]) -> bool:
    """Tell whether the first field of some index is bounded: at the top, or in every branch of an `$or`."""
    if any(_leads(keys, path) for keys in indexes for path in bounded(where)):
        return True
    return any(all(any_serves(one, indexes) for one in branches) for branches in _alternatives(where))


def _alternatives(where: Doc) -> Iterator[Sequence[Doc]]:
    for path, value in where.items():
        if path == "$or":
            yield value
        elif path == "$and":
            for branch in value:
                yield from _alternatives(branch)


def _leads(keys: Keys, path: str) -> bool:
    first = keys[0][0]
    return path.startswith(first.removesuffix("$**")) if first.endswith("$**") else first == path


def sorts(sort: Sequence[tuple[str, int]], keys: Keys, where: Doc) -> bool:
    """Tell whether an index gives this order, after leading fields that the filter holds equal."""
    if not sort:
        return False
    equal = {path for path, value in _flat(where) if _is_equality(value)}
    rest = list(keys)
    while rest and rest[0][0] in equal and rest[0][0] != sort[0][0]:
        rest.pop(0)
    ways = {int(way) * int(mine) for (path, way), (other, mine) in zip(sort, rest, strict=False) if path == other}
    same = [path for path, _ in sort] == [path for path, _ in rest[: len(sort)]]
    return same and len(ways) == 1


def _flat(where: Doc) -> Iterator[tuple[str, Any]]:
    for path, value in where.items():
        if path == "$and":
            for branch in value:
                yield from _flat(branch)
        else:
            yield path, value


def _is_equality(value: Any) -> bool:
    return not isinstance(value, Mapping) or not any(name.startswith("$") for name in value) or "$eq" in value


def list_paths(doc: Doc, prefix: str = "") -> Iterator[str]:
    """Return the paths of a document that hold lists."""
    for name, value in doc.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from list_paths(value, f"{path}.")
        elif isinstance(value, list | tuple):
            yield path
            for item in value:
                if isinstance(item, Mapping):
                    yield from list_paths(item, f"{path}.")
