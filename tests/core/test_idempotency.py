"""The same message twice is one effect and two answers; parallel sendings wait for each other."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from api.core import idempotency
from api.core.context import ActorKind, Caller, Context
from api.core.errors import Conflict, Invalid
from api.core.idempotency import Done, Once, act, once
from api.core.mongo import Doc, Tx
from tests.conftest import Clock

ANNA = Caller(ActorKind.USER, "usr_" + "a" * 24, "Anna")
BOB = Caller(ActorKind.USER, "usr_" + "b" * 24, "Bob")
HOLDS = "roles"


def sending(key: str | None = "k", content: Doc | None = None, mutation: str = "roleCreate", **more: Any) -> Once:
    return once(mutation, content or {"name": "x"}, key=key, dry_run=more.get("dry_run", False))


async def effect(ctx: Context, sent: Once, name: str = "one") -> Done:
    """Insert one document with its name as id, unless it is there."""

    async def decide(tx: Tx) -> None:
        if await ctx.db[HOLDS].find_one({"_id": name}, tx=tx):
            raise Conflict("It is there.", code="THERE")

    async def write(tx: Tx, _decided: None) -> None:
        await ctx.db[HOLDS].insert_one({"_id": name, "name": name}, tx=tx)

    return await act(ctx, sent, {"id": name}, decide, write)


async def test_a_repetition_answers_its_receipt(ctx: Context, stored: Any) -> None:
    assert await effect(ctx, sending()) == Done({"id": "one"}, applied=True)
    assert await effect(ctx, sending(), "two") == Done({"id": "one"}, applied=True, replayed=True)
    assert stored[HOLDS].count_documents({}) == 1
    (record,) = stored[idempotency.RECORDS].find()
    assert set(record) == {"_id", "digest", "receipt", "expires_at"}
    assert "x" not in record["digest"].replace("x", "")
    assert record["receipt"] == {"id": "one"}


async def test_other_content_under_the_key_is_refused_and_nothing_done(ctx: Context, stored: Any) -> None:
    await effect(ctx, sending())
    with pytest.raises(Conflict) as caught:
        await effect(ctx, sending(content={"name": "y"}), "two")
    assert (caught.value.code, caught.value.path) == ("IDEMPOTENCY_KEY_REUSED", ("idempotency_key",))
    assert stored[HOLDS].count_documents({}) == 1


async def test_a_key_belongs_to_a_caller_and_a_mutation(ctx: Context, stored: Any) -> None:
    await effect(ctx.as_(ANNA), sending(), "one")
    await effect(ctx.as_(BOB), sending(content={"name": "other"}), "two")
    await effect(ctx.as_(ANNA), sending(mutation="roleUpdate"), "three")
    assert stored[HOLDS].count_documents({}) == 3
    assert stored[idempotency.RECORDS].count_documents({}) == 3


async def test_refusals_leave_no_record(ctx: Context, stored: Any) -> None:
    await effect(ctx, sending(None))
    for _ in range(2):
        with pytest.raises(Conflict) as caught:
            await effect(ctx, sending())
        assert caught.value.code == "THERE"
    assert stored[idempotency.RECORDS].count_documents({}) == 0
    assert (await effect(ctx, sending(), "two")).replayed is False


async def test_a_dry_run_leaves_nothing_and_spends_no_key(ctx: Context, stored: Any) -> None:
    assert await effect(ctx, sending(dry_run=True)) == Done({"id": "one"})
    assert stored[HOLDS].count_documents({}) == 0
    assert stored[idempotency.RECORDS].count_documents({}) == 0
    assert await effect(ctx, sending()) == Done({"id": "one"}, applied=True)


async def test_without_a_key_nothing_is_kept(ctx: Context, stored: Any, commands: Any) -> None:
    with commands() as sent:
        await effect(ctx, sending(None))
    assert sent == ["find roles", "insert roles", "commit"]
    assert stored[idempotency.RECORDS].count_documents({}) == 0


async def test_the_record_is_the_first_write(ctx: Context, commands: Any) -> None:
    with commands() as sent:
        await effect(ctx, sending())
    assert sent == ["find idempotency", "find roles", "update idempotency", "insert roles", "commit"]


async def test_keys_are_kept_for_seven_days_and_swept(ctx: Context, stored: Any, clock: Clock) -> None:
    await effect(ctx, sending())
    clock.move(days=7, seconds=-1)
    assert (await effect(ctx, sending(), "two")).replayed is True
    assert await idempotency.sweep(ctx, 500) == 0
    clock.move(seconds=1)
    assert (await effect(ctx, sending(), "two")) == Done({"id": "two"}, applied=True)
    clock.move(days=7)
    assert await idempotency.sweep(ctx, 500) == 1
    assert stored[idempotency.RECORDS].count_documents({}) == 0


async def test_parallel_sendings_of_one_key_are_one_effect(ctx: Context, stored: Any) -> None:
    ctx.db.rehearse = False
    answers = await asyncio.gather(*(effect(ctx.as_(ANNA), sending(), f"n{n}") for n in range(30)))
    (name,) = {one.receipt["id"] for one in answers}
    assert sorted(one.replayed for one in answers) == [False] + [True] * 29
    assert [one["_id"] for one in stored[HOLDS].find()] == [name]


async def test_a_key_in_flight_is_waited_for_and_then_said_to_be_in_progress(
    ctx: Context, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx.db.rehearse = False
    monkeypatch.setattr(idempotency, "WAIT_SECONDS", 0.0)
    holding, let_go = asyncio.Event(), asyncio.Event()

    async def slow(tx: Tx) -> None:
        await idempotency.keep(ctx, tx, sending(), {"id": "slow"})
        holding.set()
        await let_go.wait()

    first = asyncio.create_task(ctx.db.transact(slow))
    await holding.wait()
    with pytest.raises(Conflict) as caught:
        await effect(ctx.as_(ctx.caller), sending(), "fast")
    assert (caught.value.code, caught.value.path) == ("IN_PROGRESS", ("idempotency_key",))
    monkeypatch.setattr(idempotency, "WAIT_SECONDS", 10.0)
    second = asyncio.create_task(effect(ctx.as_(ctx.caller), sending(), "fast"))
    await asyncio.sleep(0)
    let_go.set()
    await first
    assert await second == Done({"id": "slow"}, applied=True, replayed=True)
    assert stored[HOLDS].count_documents({}) == 0


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_has_a_length(key: str) -> None:
    with pytest.raises(Invalid) as caught:
        sending(key)
    assert caught.value.path == ("idempotency_key",)


def test_the_longest_key_is_taken() -> None:
    assert sending("é" * 255).key == "é" * 255


def test_content_is_told_apart_by_value_not_by_order() -> None:
    assert sending(content={"a": 1, "b": None}).digest == sending(content={"b": None, "a": 1}).digest
    digests = {
        sending(content=one).digest for one in ({"a": 1}, {"a": "1"}, {"a": None}, {"b": 1}, {"a": [1]}, {"a": True})
    }
    assert len(digests) == 6
