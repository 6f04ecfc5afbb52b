"""Keyset paging: cursors that survive inserts, signed, and bound to the list they came from."""

from __future__ import annotations

import base64
import secrets
from typing import Any

import pytest
from bson import ObjectId

from api.core import ids
from api.core.context import Context
from api.core.errors import Invalid
from api.core.keys import Keys
from api.core.paging import Cursors, Order, Page, cut, page, window
from tests.mongo_watch import Watch
from tests.planted import found_in

KEYS = Keys("c0ffee4all-the-tests-and-nothing-else-5eed")
NAMES = ["a", "b", "b", "b", "c", "d", "d", "e", "é", "zz"]


def cursors(*scope: object) -> Cursors:
    return Cursors(KEYS, *scope)


async def read(ctx: Context, order: Order, asked: Page) -> Any:
    beyond, sort, limit = window(order, asked)
    docs = await ctx.db["roles"].find(beyond, limit=limit, sort=sort)
    return cut(docs, asked, cursors(), lambda doc: (doc["name"], doc["_id"]))


@pytest.fixture
def expected(stored: Any, watch: Watch) -> list[tuple[str, ObjectId]]:
    """Rows of which some have one name, in order; `roles` serves as a list sorted by name."""
    watch.shape.indexes["roles"] = [(("name", 1), ("_id", 1))]
    stored["roles"].drop_index("name_1")
    stored["roles"].create_index([("name", 1), ("_id", 1)])
    rows = [{"_id": ids.new(), "name": name} for name in NAMES]
    stored["roles"].insert_many(rows)
    return sorted((row["name"], row["_id"]) for row in rows)  # type: ignore[misc]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 10])
async def test_walking_forth_and_back_meets_each_row_once(
    ctx: Context, expected: list[tuple[str, ObjectId]], size: int, *, descending: bool
) -> None:
    expected = expected[::-1] if descending else expected
    order = Order("name", descending=descending)
    seen: list[tuple[str, ObjectId]] = []
    after = None
    while True:
        part = await read(ctx, order, page(cursors(), size, after))
        assert part.has_previous is (after is not None)
        seen += [(row["name"], row["_id"]) for row in part.rows]
        after = part.cursors[-1]
        if not part.has_next:
            break
    assert seen == expected
    back: list[tuple[str, ObjectId]] = []
    before = part.cursors[0]
    while True:
        part = await read(ctx, order, page(cursors(), None, None, size, before))
        back = [(row["name"], row["_id"]) for row in part.rows] + back
        if not part.has_previous:
            break
        before = part.cursors[0]
    last = len(expected) - (len(expected) - 1) // size * size
    assert back == expected[: len(expected) - last]


async def test_a_row_put_before_the_place_shifts_nothing(
    ctx: Context, stored: Any, expected: list[tuple[str, ObjectId]]
) -> None:
    first = await read(ctx, Order("name"), page(cursors(), 4, None))
    stored["roles"].insert_many([{"_id": ids.new(), "name": "a"}, {"_id": ids.new(), "name": "A"}])
    second = await read(ctx, Order("name"), page(cursors(), 4, first.cursors[-1]))
    assert [(row["name"], row["_id"]) for row in second.rows] == expected[4:8]


async def test_a_page_of_nothing_reads_nothing(ctx: Context, expected: Any, commands: Any) -> None:
    with commands() as sent:
        part = await read(ctx, Order("name"), page(cursors(), 0, None))
    assert (part.rows, sent) == ([], [])


@pytest.mark.parametrize(
    ("first", "after", "last", "before"), [(-1, None, None, None), (101, None, None, None), (2**31, None, None, None),
                                           (None, None, 5, None), (None, None, -1, "x"), (5, "x", None, "x")]
)  # fmt: skip
def test_sizes_and_ways_that_cannot_be(first: Any, after: Any, last: Any, before: Any) -> None:
    place = cursors().write("a", ObjectId())
    with pytest.raises(Invalid):
        page(cursors(), first, after and place, last, before and place)


def test_a_page_has_fifty_rows_unless_said() -> None:
    assert page(cursors(), None, None).size == 50
    assert page(cursors(), 100, None).size == 100
    assert page(cursors(), 0, None).size == 0


def forgeries() -> list[str]:
    cursor = cursors().write("b", ObjectId("65f0a1b2c3d4e5f607182930"))
    body, _, signature = cursor.partition(".")
    other = base64.urlsafe_b64encode(b'["s","c","65f0a1b2c3d4e5f607182930"]').decode().rstrip("=")
    operator = base64.urlsafe_b64encode(b'["s",{"$gt":""},"65f0a1b2c3d4e5f607182930"]').decode().rstrip("=")
    made = [
        f"{other}.{signature}",
        f"{operator}.{signature}",
        body,
        f"{body}.",
        f".{signature}",
        "x",
        ".",
        "=",
        "💥",
        "\0",
    ]
    made += [cursor[:n] for n in range(1, len(cursor), 7)] + [
        cursor + tail for tail in ("=", " ", "\n", "A", "=" * 3_000)
    ]
    made += [" " + cursor, cursor.upper(), cursor.swapcase(), cursor * 2, "A" * 2_001]
    made += [base64.urlsafe_b64encode(secrets.token_bytes(n)).decode() for n in range(1, 120)]
    made += [
        Cursors(
            Keys("another secret of thirty-two characters"),
        ).write("b", ObjectId())
    ]
    made += [Cursors(KEYS, *scope).write("b", ObjectId()) for scope in (("x",), (None,), ({"a": 1},), ("", ""), (1,))]
    return made


@pytest.mark.parametrize("cursor", forgeries(), ids=lambda _: "")
def test_made_up_and_foreign_cursors_are_refused(cursor: str) -> None:
    with pytest.raises(Invalid) as caught:
        page(cursors(), 10, cursor)
    assert caught.value.code == "CURSOR_MISMATCH"


def test_a_cursor_does_not_say_what_is_sorted_by() -> None:
    cursor = cursors().write("plantagenet anna", ObjectId("65f0a1b2c3d4e5f607182930"))
    assert found_in(cursor, ["plantagenet", "anna", "65f0a1b2c3d4e5f607182930"]) == []
    assert cursors().read(cursor) == ("plantagenet anna", ObjectId("65f0a1b2c3d4e5f607182930"))
