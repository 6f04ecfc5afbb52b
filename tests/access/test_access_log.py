"""The access log: who opened whose profile, who saw whose bank account."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from api.access import rules
from api.core import ids
from api.core.context import ActorKind, Caller, Context
from api.core.errors import Forbidden, Invalid
from tests.conftest import Clock

READER = Caller(ActorKind.USER, "usr_" + "a" * 24, "Rea Reader", frozenset({"audit.read"}))
LOOKER = Caller(ActorKind.API_KEY, "key_" + "b" * 24, "Shop", frozenset({"customer.read"}))


async def test_each_look_is_an_entry_newest_first_and_pages_do_not_shift(
    ctx: Context, clock: Clock, stored: Any
) -> None:
    anna, bob = ids.new(), ids.new()
    for n in range(5):
        clock.move(minutes=1)
        await rules.log(ctx.as_(LOOKER), f"look.{n}", [anna, bob], ["emails", "phones"])
    reader = ctx.as_(READER)
    first = await rules.read_log(reader, anna, 2, None)
    assert [one.action for one in first.rows] == ["look.4", "look.3"]
    assert (first.has_next, first.has_previous) == (True, False)
    assert first.rows[0].actor == {"kind": "API_KEY", "id": LOOKER.id, "name": "Shop"}
    assert first.rows[0].fields == ("emails", "phones")
    assert first.rows[0].at == clock()
    await rules.log(ctx.as_(LOOKER), "look.new", [anna])
    second = await rules.read_log(reader, anna, 2, first.cursors[-1])
    third = await rules.read_log(reader, anna, 2, second.cursors[-1])
    assert [one.action for one in (*second.rows, *third.rows)] == ["look.2", "look.1", "look.0"]
    assert third.has_next is False
    assert (await rules.read_log(reader, anna, 0, None)).rows == []
    assert set(stored["access_log"].find_one()) == {"_id", "customer_id", "at", "actor", "action", "fields"}


async def test_entries_of_one_moment_are_told_apart(ctx: Context) -> None:
    anna = ids.new()
    for n in range(7):
        await rules.log(ctx.as_(LOOKER), f"look.{n}", [anna])
    seen: list[str] = []
    after = None
    while True:
        part = await rules.read_log(ctx.as_(READER), anna, 3, after)
        seen += [one.action for one in part.rows]
        if not part.has_next:
            break
        after = part.cursors[-1]
    assert seen == [f"look.{n}" for n in reversed(range(7))]


async def test_reading_asks_for_the_permission_and_a_cursor_of_this_customer(ctx: Context) -> None:
    anna, bob = ids.new(), ids.new()
    await rules.log(ctx.as_(LOOKER), "look", [anna, bob])
    with pytest.raises(Forbidden):
        await rules.read_log(ctx.as_(LOOKER), anna, 10, None)
    cursor = (await rules.read_log(ctx.as_(READER), anna, 10, None)).cursors[0]
    for wrong in (cursor[:-1], cursor + "x", "x", "", "." * 5_000):
        if wrong:
            with pytest.raises(Invalid) as caught:
                await rules.read_log(ctx.as_(READER), anna, 10, wrong)
            assert caught.value.code == "CURSOR_MISMATCH"
    with pytest.raises(Invalid) as caught:
        await rules.read_log(ctx.as_(READER), bob, 10, cursor)
    assert caught.value.code == "CURSOR_MISMATCH"


async def test_logging_many_is_one_command(ctx: Context, commands: Any) -> None:
    with commands(everything=True) as sent:
        await rules.log(ctx.as_(LOOKER), "look", [ids.new() for _ in range(100)])
    assert sent == ["insert access_log"]


async def test_the_queries_of_one_page_are_one_opening(ctx: Context, stored: Any) -> None:
    customer_id = ids.new()
    page = ["_id", "emails", "given_name", "version"]
    await asyncio.gather(
        *(rules.opened(ctx, customer_id, fields) for fields in (page, ["_id", "version"], ["_id", "version"]))
    )
    assert [one["fields"] for one in stored["access_log"].find()] == [page]
    await rules.opened(ctx, customer_id, ["_id", "phones"])
    assert stored["access_log"].count_documents({"customer_id": customer_id}) == 2
    await rules.opened(ctx, ids.new(), ["_id"])
    assert stored["access_log"].count_documents({}) == 3
