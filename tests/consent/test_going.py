"""When persons go, their consents are blanked: every chain verifies, and what others said stays."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from api.consent import clearing, sealing
from api.core.context import Context, utc_now
from api.core.mongo import Tx
from api.core.personal import MAX_CLEARED, Act, Cleared, Gone
from jobs.cli import app as command_line
from tests.conftest import SECRET, Ask, Clock, Commands
from tests.consent.going import go, leave
from tests.consent.test_reach import found as listed
from tests.consent.test_suppressed import ANNA, CREATE, send
from tests.consent.world import faults, record
from tests.factories import a_customer


async def test_who_comes_with_the_same_address_stands_where_it_stood(
    ctx: Context, data: Ask, stored: Any, clock: Clock
) -> None:
    anna = await a_customer(ctx, email=ANNA)
    await send(data, state="WITHDRAWN")
    clock.move(hours=1)
    (gone,) = await go(ctx, Act.ANONYMIZE, anna["_id"])
    (kept,) = stored["customers"].find()
    assert kept["standing"] == []
    created = (await data(CREATE, {"input": {"emails": [{"address": ANNA}]}}))["customerCreate"]
    assert created["errors"] == []
    assert await listed(data, consent={"channel": "EMAIL", "purpose": "MARKETING", "in": ["WITHDRAWN"]}) == {
        created["customer"]["id"]
    }
    clock.move(hours=1)
    assert (await send(data))["appliedAs"] == "CURRENT"
    # What was recorded since is hers who has the address now.
    await go_again(ctx, gone)
    entries = list(stored["consent_ledger"].find(sort=[("seq", 1)]))
    assert [one["personal"] is None for one in entries] == [True, False, False]
    assert entries[2]["personal"]["value"] == ANNA
    assert await faults(ctx) == []


async def go_again(ctx: Context, *gone: Gone) -> None:
    """Clear once more what is clear."""

    async def body(tx: Tx) -> list[Cleared]:
        return [await clear(ctx, tx, gone) for clear in (clearing.blank_entries, clearing.blank_quarantined)]

    assert await ctx.db.transact(body) == [Cleared(0, more=False)] * 2


async def test_a_number_that_others_have_stays_theirs(ctx: Context, data: Ask, stored: Any) -> None:
    phone = [{"number": "0612345678"}]
    anna, _ = await a_customer(ctx, email=ANNA, phones=phone), await a_customer(ctx, phones=phone)
    sms = {"identifier": {"phone": "0612345678"}, "channel": "SMS"}
    assert (await send(data, state="WITHDRAWN", **sms))["appliedAs"] == "CURRENT"
    await go(ctx, Act.ERASE, anna["_id"])
    (entry,) = stored["consent_ledger"].find()
    assert entry["personal"]["value"] == "+31612345678"
    assert (await send(data, **sms, collectedAt=(ctx.now() - timedelta(days=1)).isoformat()))[
        "appliedAs"
    ] == "SUPERSEDED"
    assert await faults(ctx) == []


async def test_many_at_once_and_long_chains(ctx: Context, stored: Any, clock: Clock, commands: Commands) -> None:
    people = [await a_customer(ctx, email=f"p{n}@planted.example", reference_id=f"P{n}") for n in range(20)]
    ctx.db.rehearse = False
    for number in range(20):
        rows = [{"identifier": {"email": f"p{number}@planted.example"}, "channel": "EMAIL", "purpose": "MARKETING"}]
        rows.append({"identifier": {"reference_id": f"P{number}"}, "do_not_sell": True})
        sent = [
            {**row, "state": "WITHDRAWN", "collected_at": clock() - timedelta(hours=n)}
            for row in rows
            for n in range(25)
        ]
        assert all(one.applied for one in await record(ctx, sent))
    clock.move(days=1, hours=1)
    await sealing.sweep(ctx)
    gone = await leave(ctx, Act.ERASE, *(one["_id"] for one in people))
    assert sorted(seq for one in gone for seq in one.subjects.values()) == [25] * 40

    async def body(tx: Tx) -> Cleared:
        return await clearing.blank_entries(ctx, tx, gone)

    ctx.db.rehearse = True
    with commands() as sent_commands:
        first = await ctx.db.transact(body)
    assert first == Cleared(MAX_CLEARED - 2 * 34, more=True)
    # Twice, as the body is rehearsed; with beginnings and ends.
    assert len(sent_commands) <= 2 * (5 + 1)
    assert await ctx.db.transact(body) == Cleared(1000 - first.documents, more=False)
    assert await ctx.db.transact(body) == Cleared(0, more=False)
    said = [one for one in stored["consent_ledger"].find() if one["topic"] is None]
    # A chain that did not fit was blanked in two parts.
    assert len(said) == 41
    assert stored["consent_ledger"].count_documents({"topic": {"$ne": None}, "personal": {"$ne": None}}) == 0
    await sealing.sweep(ctx)
    assert await faults(ctx) == await faults(ctx, 100) == []


async def test_a_chain_that_is_longer_than_a_transaction(ctx: Context, stored: Any, clock: Clock) -> None:
    ctx.db.rehearse = False
    anna = await a_customer(ctx, email=ANNA)
    for day in range(2):
        sent = [
            {"identifier": {"email": ANNA}, "channel": "EMAIL", "purpose": "MARKETING", "state": "DENIED",
             "collected_at": clock() - timedelta(days=day, minutes=n)} for n in range(500)
        ]  # fmt: skip
        assert all(one.applied for one in await record(ctx, sent))
    await go(ctx, Act.ANONYMIZE, anna["_id"])
    said = [one for one in stored["consent_ledger"].find() if one["topic"] is None]
    assert [one["seq"] for one in said] == [1001, 1002]
    assert await faults(ctx) == []


async def test_the_command_verifies_what_was_blanked(
    ctx: Context, clock: Clock, mongodb_url: str, database_name: str, tmp_path: Path
) -> None:
    clock.now = utc_now()
    anna = await a_customer(ctx, email=ANNA)
    bo = await a_customer(ctx, email="bo@planted.example")
    sent = [
        {"identifier": {"email": address}, "channel": "EMAIL", "purpose": "MARKETING", "state": "DENIED"}
        for address in (ANNA, "bo@planted.example")
    ]
    assert all(one.applied for one in await record(ctx, sent))
    await go(ctx, Act.ERASE, anna["_id"])
    await go(ctx, Act.ANONYMIZE, bo["_id"])
    env = {
        "MONGODB_URL": mongodb_url, "MONGODB_DATABASE": database_name, "REGULARS_SECRET": SECRET, "REDIS_URL": "",
        "REGULARS_DATA_DIR": str(tmp_path),
    }  # fmt: skip
    # The command has an event loop of its own.
    done = await asyncio.to_thread(CliRunner().invoke, command_line, ["verify-ledger"], env=env)
    said = "4 entries of 2 addresses and persons were checked.\nThe ledger holds.\n"
    assert (done.exit_code, done.output) == (0, said)
