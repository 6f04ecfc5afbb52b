"""Keyset paging: cursors that survive inserts, sealed, and bound to the list they came from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import orjson
from bson import ObjectId

from api.core.errors import Invalid
from api.core.keys import Keys
from api.core.mongo import Doc

T = TypeVar("T")

MAX_PAGE = 100
DEFAULT_PAGE = 50
MAX_CURSOR = 2_000


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is asked for: `size` rows after or before a place, in list order."""

    size: int
    cursor: tuple[Any, ObjectId] | None
    backward: bool = False


@dataclass(slots=True)
class Slice(Generic[T]):
    """The rows of one page, with whether there are more on either side."""

    rows: list[T]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool


class Lazily(Sequence[str]):
    """Cursors that are sealed when they are looked at: a page whose rows' cursors nobody asks for seals two."""

    def __init__(self, write: Callable[[int], str], size: int) -> None:
        """Write the cursor of a row by its place."""
        self._write = write
        self._size = size

    def __len__(self) -> int:
        """Return how many rows there are."""
        return self._size

    def __getitem__(self, place: Any) -> Any:
        """Return the cursor of one row."""
        return self._write(range(self._size)[place])


@dataclass(frozen=True, slots=True)
class Order:
    """One sort key of a list: the stored field (never null, of one type), its direction, `_id` breaks ties."""

    field: str
    descending: bool = False

    @property
    def sort(self) -> list[tuple[str, int]]:
        """The driver's form."""
        way = -1 if self.descending else 1
        return [("_id", way)] if self.field == "_id" else [(self.field, way), ("_id", way)]


class Cursors:
    """Writes and reads the cursors of one list: the same filter, search and sort."""

    def __init__(self, keys: Keys, *scope: object) -> None:
        """Bind to what the list was asked with."""
        self._keys = keys
        digest = hashlib.sha256(orjson.dumps(scope, default=str)).hexdigest()
        self._scope = f"cursor {digest[:16]}"

    def write(self, value: Any, object_id: ObjectId) -> str:
        """Return the cursor of a row by its sort value and id; unreadable, for the value may be a name."""
        kind, text = ("d", value.isoformat()) if isinstance(value, datetime) else ("s", value)
        return self._keys.seal(self._scope, orjson.dumps([kind, text, str(object_id)]))

    def read(self, cursor: str) -> tuple[Any, ObjectId]:
        """Return a row's sort value and id; raise Invalid (CURSOR_MISMATCH) for another list's or a made-up one."""
        found = self._keys.unseal(self._scope, cursor) if len(cursor) <= MAX_CURSOR else None
        if found is None:
            raise Invalid("This cursor belongs to another list, filter or sort.", code="CURSOR_MISMATCH")
        kind, text, object_id = orjson.loads(found)
        return (datetime.fromisoformat(text) if kind == "d" else text), ObjectId(object_id)


def page(
    cursors: Cursors, first: int | None, after: str | None, last: int | None = None, before: str | None = None
) -> Page:
    """Read Relay's arguments; raise Invalid (INVALID) for sizes outside 0..100 or both ways at once."""
    if last is not None and before is None:
        raise Invalid("`last` needs `before`.", path=("last",))
    if before is not None and after is not None:
        raise Invalid("Give `after` or `before`, not both.", path=("before",))
    size = last if last is not None else first if first is not None else DEFAULT_PAGE
    if not 0 <= size <= MAX_PAGE:
        raise Invalid(f"A page has 0 to {MAX_PAGE} rows.", path=("last" if last is not None else "first",))
    place = before or after
    return Page(size, cursors.read(place) if place else None, backward=before is not None)


def window(order: Order, asked: Page) -> tuple[Doc, list[tuple[str, int]], int]:
    """Return the extra filter, the sort and the limit (one row more than asked) that fetch a page."""
    walk = Order(order.field, order.descending != asked.backward)
    beyond: Doc = {}
    if asked.cursor:
        value, object_id = asked.cursor
        past = "$lt" if walk.descending else "$gt"
        if order.field == "_id":
            beyond = {"_id": {past: object_id}}
        else:
            tie = {order.field: value, "_id": {past: object_id}}
            beyond = {"$or": [tie, {order.field: {past: value}}]}
    return beyond, walk.sort, asked.size + 1 if asked.size else 0


def cut(docs: Sequence[T], asked: Page, cursors: Cursors, key: Callable[[T], tuple[Any, ObjectId]]) -> Slice[T]:
    """Turn what `window` fetched into the page in list order."""
    more = len(docs) > asked.size
    rows = list(docs[: asked.size])
    if asked.backward:
        rows.reverse()
    names = Lazily(lambda place: cursors.write(*key(rows[place])), len(rows))
    behind = asked.cursor is not None
    return Slice(rows, names, behind if asked.backward else more, more if asked.backward else behind)
