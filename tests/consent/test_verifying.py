"""Verifying what nobody tampered with: it holds, in stretches of every size, while it grows, and with another secret."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from bson import ObjectId

from api.consent import chains, clearing, sealing, verifying
from api.consent.chain import FaultKind
from api.core import ids
from api.core.context import Context
from api.core.errors import Invalid
from api.core.keys import Keys
from api.core.mongo import Tx
from api.core.personal import Act, Cleared, Gone
from tests.conftest import SECRET, Ask, Clock
from tests.consent.world import build, faults, item, record

VERIFY = "query ($after: String) { consentLedgerVerify(after: $after) { entries subjects next faults { kind entryId seq message } } }"


async def test_a_ledger_that_nobody_touched_holds(ctx: Context, clock: Clock, stored: Any) -> None:
    await build(ctx, clock)
    clock.move(days=1)
    await sealing.sweep(ctx)
    total = stored["consent_ledger"].count_documents({})
    subjects = len(stored["consent_ledger"].distinct("subject"))
    assert total > 180
    assert subjects >= 20
    found = await verifying.verify(ctx)
    assert (found.entries, found.subjects, found.faults, found.next) == (total, subjects, [], None)
    for budget in (1, 3, 7, 50):
        assert await faults(ctx, budget) == []
    seen, place = [0, 0], None
    while True:
        part = await verifying.verify(ctx, place, 4)
        seen[0] += part.entries
        seen[1] += part.subjects
        place = part.next
        if place is None:
            break
    assert seen == [total, subjects]


async def test_an_empty_ledger_holds(data: Ask) -> None:
    found = await data(VERIFY)
    assert found["consentLedgerVerify"] == {"entries": 0, "subjects": 0, "next": None, "faults": []}


async def test_a_long_chain_is_read_in_parts(ctx: Context, clock: Clock, stored: Any) -> None:
    ctx.db.rehearse = False
    random = Random(3)
    who = {"email": "anna@planted.example"}
    for _ in range(6):
        clock.move(hours=1)
        rows = [item(random, who, clock(), reason=str(number)) for number in range(10)]
        rows = list(
            {(one.get("channel"), one.get("purpose"), one["state"], one["collected_at"]): one for one in rows}.values()
        )
        assert all(one.applied for one in await record(ctx, rows))
    subject = stored["identifiers"].find_one({"type": "email"})["subject"]
    length = stored["consent_ledger"].count_documents({"subject": subject})
    assert length > 30
    for budget in (1, 2, 10, 29):
        assert await faults(ctx, budget) == []
    for number in (1, length // 2, length):
        doc = stored["consent_ledger"].find_one({"subject": subject, "seq": number})
        stored["consent_ledger"].update_one({"_id": doc["_id"]}, {"$set": {"hash": doc["hash"][:-2] + "aa"}})
        for budget in (5, 1000):
            (fault,) = await faults(ctx, budget)
            assert (fault.kind, fault.subject, fault.entry, fault.seq) == (
                FaultKind.EDITED,
                subject,
                doc["_id"],
                number,
            )
        stored["consent_ledger"].replace_one({"_id": doc["_id"]}, doc)
    owner = stored["identifiers"].find_one({"type": "email"})
    stored["identifiers"].update_one({"_id": owner["_id"]}, {"$set": {"matters": owner["matters"][1:]}})
    assert [one.kind for one in await faults(ctx, 5)] == [FaultKind.PROJECTION]
    stored["identifiers"].replace_one({"_id": owner["_id"]}, owner)
    # A place within a chain says nothing personal, and nobody makes one up.
    place = (await verifying.verify(ctx, None, 5)).next
    assert place
    with pytest.raises(Invalid) as refused:
        await verifying.verify(ctx, "x" + place)
    assert refused.value.code == "CURSOR_MISMATCH"


async def test_many_identifiers_are_read_page_by_page(
    ctx: Context, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await build(ctx, clock)
    monkeypatch.setattr(chains, "IDENTIFIERS_TOGETHER", 3)
    assert await faults(ctx) == []
    assert await faults(ctx, 11) == []


async def test_what_grows_meanwhile_is_no_fault(ctx: Context, clock: Clock) -> None:
    await build(ctx, clock)
    random, done = Random(5), asyncio.Event()

    async def grow() -> None:
        for number in range(60):
            who = {"email": f"person{number % 14}@planted.example"}
            await record(ctx, [item(random, who, clock())])
        done.set()

    async def check() -> int:
        rounds = 0
        while not done.is_set() or not rounds:
            assert await faults(ctx, 40) == []
            rounds += 1
        return rounds

    _, rounds = await asyncio.gather(grow(), check())
    assert rounds >= 1


async def test_a_secret_that_rotates(ctx: Context, clock: Clock) -> None:
    await build(ctx, clock)
    clock.move(days=1)
    await sealing.sweep(ctx)
    new = "0ther4all-the-tests-and-nothing-else-5eed"
    assert await faults(replace(ctx, keys=Keys(new, SECRET))) == []
    alone = await faults(replace(ctx, keys=Keys(new)))
    assert {one.kind for one in alone} == {FaultKind.KEY_MISSING}
    assert all("REGULARS_SECRET_OLD" in one.message for one in alone)


async def test_what_an_entry_says_was_blanked_verifies(ctx: Context, clock: Clock, stored: Any) -> None:
    await build(ctx, clock)
    clock.move(days=1)
    await sealing.sweep(ctx)
    first, second = stored["consent_ledger"].distinct("subject")[:2]
    entries = stored["consent_ledger"].count_documents({"subject": first})
    gone = Gone(ids.new(), Act.ANONYMIZE, clock(), (), {first: entries}, {})

    async def body(tx: Tx) -> Cleared:
        return await clearing.blank_entries(ctx, tx, [gone])

    ctx.db.rehearse = True
    clock.move(days=1)
    assert await ctx.db.transact(body) == Cleared(entries, more=False)
    assert stored["consent_ledger"].count_documents({"subject": first, "personal": None}) == entries
    assert await ctx.db.transact(body) == Cleared(0, more=False)
    assert stored["consent_ledger"].count_documents({"subject": first}) == entries + 1
    assert await faults(ctx) == await faults(ctx, 3) == []
    (other,) = stored["consent_ledger"].find({"subject": second, "seq": 2})
    stored["consent_ledger"].update_one({"_id": other["_id"]}, {"$set": {"personal": None}})
    for budget in (2, 5000):
        (fault,) = await faults(ctx, budget)
        assert (fault.kind, fault.subject, fault.seq) == (FaultKind.PERSONAL, second, 2)
    stored["consent_ledger"].replace_one({"_id": other["_id"]}, other)


@pytest.mark.tampered
async def test_what_is_asked_over_the_api(data: Ask, ctx: Context, clock: Clock, stored: Any, commands: Any) -> None:
    await build(ctx, clock)
    doc = stored["consent_ledger"].find_one({"seq": 2})
    stored["consent_ledger"].update_one(
        {"_id": doc["_id"]}, {"$set": {"body": doc["body"].replace(b"MARKETING", b"PROFILING")}}
    )
    body = doc["body"]
    if stored["consent_ledger"].find_one({"_id": doc["_id"]})["body"] == body:
        stored["consent_ledger"].update_one({"_id": doc["_id"]}, {"$set": {"body": body + b" "}})
    found = (await data(VERIFY))["consentLedgerVerify"]
    assert found["faults"] == [{
        "kind": "EDITED", "entryId": f"cen_{doc['_id']}", "seq": 2,
        "message": "It is not what was recorded, or does not follow the one before it.",
    }]  # fmt: skip
    answer = await data(VERIFY, {"after": None}, as_="owner")
    assert answer["consentLedgerVerify"]["next"] is None
    with commands() as sent:
        await verifying.verify(ctx)
    # Identifiers, entries, holders; once more for the fault; what stands outside; customers with theirs; the seals.
    assert len(sent) <= 16


async def test_a_chain_of_nobody(ctx: Context, clock: Clock, stored: Any) -> None:
    await build(ctx, clock)
    owner = stored["identifiers"].find_one({"type": "phone", "subject": {"$exists": True}})
    for change in ({"$unset": {"subject": 1}}, {"$set": {"subject": "x"}}, {"$set": {"subject": ObjectId()}}):
        stored["identifiers"].update_one({"_id": owner["_id"]}, change)
        assert FaultKind.CUT in {one.kind for one in await faults(ctx)}
        stored["identifiers"].replace_one({"_id": owner["_id"]}, owner)
