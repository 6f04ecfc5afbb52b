"""The seals of days: made once, after the day, by whichever scheduler; they leave the database, and tell when they are gone."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from random import Random
from typing import Any

import orjson
import pytest

from api.consent import sealing, seals
from api.consent.chain import FaultKind
from api.core import jws
from api.core.context import Context
from api.core.errors import Invalid
from api.core.keys import Keys
from api.core.queue import Job
from tests.conftest import Ask, Clock
from tests.consent.world import Copy, build, faults, item, record
from tests.log_scan import personal_in

SEALS = """query ($first: Int, $after: String, $last: Int, $before: String) { consentSeals(first: $first, after: $after, last: $last,
  before: $before) { nodes { day entries root signature sealedAt } pageInfo { hasNextPage hasPreviousPage endCursor startCursor } } }"""
WHO = {"email": "anna@planted.example"}


def lines(log: BytesIO) -> list[dict[str, Any]]:
    found = (json.loads(one) for one in log.getvalue().splitlines())
    return [one for one in found if one["event"] == "consent.sealed"]


def said(ctx: Context, signature: str) -> Any:
    return orjson.loads(jws.verify(signature, ctx.keys.key_set()))


async def test_a_day_is_sealed_once_ten_minutes_after_its_end(
    ctx: Context, clock: Clock, stored: Any, log: BytesIO, commands: Any
) -> None:
    assert await sealing.sweep(ctx) == 0
    for state in ("GRANTED", "WITHDRAWN"):
        clock.move(minutes=1)
        await record(ctx, [item(Random(1), WHO, clock(), state=state)])
    clock.now = clock().replace(hour=23, minute=59)
    assert await sealing.sweep(ctx) == 0
    clock.move(minutes=10, seconds=59)
    assert await sealing.sweep(ctx) == 0
    clock.move(seconds=1)
    assert await sealing.sweep(ctx) == 1
    with commands() as sent:
        assert await sealing.sweep(ctx) == 0
    assert sent == ["find consent_seals"]
    (seal,) = stored["consent_seals"].find()
    assert (seal["_id"], seal["entries"], seal["previous"]) == ("2026-03-12", 2, None)
    assert seal["sealed_at"] == clock()
    assert said(ctx, seal["signature"]) == {
        "version": "1", "ledger": "consent", "issuer": "http://127.0.0.1:8000", "day": "2026-03-12", "entries": 2,
        "root": seal["root"], "previous": None,
    }  # fmt: skip
    (line,) = lines(log)
    assert (line["day"], line["entries"], line["seal"]) == ("2026-03-12", 2, seal["signature"])
    assert stored["outbox"].count_documents({}) == 0


async def test_after_an_outage_every_day_is_sealed_those_without_entries_too(
    ctx: Context, clock: Clock, stored: Any
) -> None:
    await record(ctx, [item(Random(1), WHO, clock())])
    clock.move(days=3)
    await record(ctx, [item(Random(2), WHO, clock())])
    (unsealed,) = await faults(ctx)
    assert (unsealed.kind, unsealed.message) == (
        FaultKind.SEAL,
        "The day 2026-03-12 and all after it are not sealed; does the scheduler run?",
    )
    clock.move(days=1)
    assert await sealing.sweep(ctx) == 4
    rows = list(stored["consent_seals"].find(sort=[("_id", 1)]))
    assert [(one["_id"], one["entries"]) for one in rows] == [
        ("2026-03-12", 1), ("2026-03-13", 0), ("2026-03-14", 0), ("2026-03-15", 1),
    ]  # fmt: skip
    assert [one["previous"] for one in rows[1:]] == [one["root"] for one in rows[:-1]]
    assert len({one["root"] for one in rows}) == 4
    assert await faults(ctx) == await faults(ctx, 1) == []
    clock.move(days=1, hours=14)
    assert await faults(ctx) == []
    clock.move(days=1)
    assert [one.message for one in await faults(ctx)] == [
        "The day 2026-03-16 and all after it are not sealed; does the scheduler run?"
    ]


async def test_two_schedulers_seal_a_day_once(ctx: Context, clock: Clock, stored: Any, log: BytesIO) -> None:
    mailing = replace(ctx, settings=replace(ctx.settings, seal_email="seals@notary.example.com"))
    await record(ctx, [item(Random(1), WHO, clock())])
    clock.move(days=2)
    done = await asyncio.gather(*(sealing.sweep(mailing) for _ in range(4)))
    assert sum(done) == stored["consent_seals"].count_documents({}) == stored["outbox"].count_documents({}) == 2
    assert [one["day"] for one in lines(log)] == ["2026-03-12", "2026-03-13"]


async def test_a_seal_leaves_by_mail_and_is_compared(
    ctx: Context, clock: Clock, stored: Any, enqueued: list[tuple[Job, str]], log: BytesIO
) -> None:
    settings = replace(ctx.settings, seal_email="seals@notary.example.com", smtp_url="smtp://127.0.0.1:1")
    mailing = replace(ctx, settings=settings)
    await record(ctx, [item(Random(1), WHO, clock())])
    clock.move(days=1)
    assert await sealing.sweep(mailing) == 1
    (mail,) = stored["outbox"].find()
    assert enqueued == [(Job.MAIL, str(mail["_id"]))]
    text = mail["personal"]["text"]
    assert mail["personal"]["to"] == "seals@notary.example.com"
    assert mail["personal"]["subject"] == "Seal of the consents of 2026-03-12"
    assert not personal_in(text)
    (seal,) = stored["consent_seals"].find()
    # The mail as it is read, as it is saved, the JWS alone, and lines of a log with something before them.
    encoded = text.replace("=", "=3D").replace("eyJ", "e=\nyJ")
    raw = f"Subject: x\nContent-Transfer-Encoding: quoted-printable\n\n{encoded}"
    logged = "\n".join(f"scheduler-1  | {one}" for one in log.getvalue().decode().splitlines())
    for saved in (text, raw, seal["signature"], logged):
        assert await seals.compare(ctx, saved) == (1, [])
    for nothing in ("", "no seal", '{"seal": 1}', "{}"):
        with pytest.raises(Invalid):
            await seals.compare(ctx, nothing)
    receipt = ctx.keys.sign_document(b'{"receiptId": "cen_1"}')
    other = Keys("another secret, of another installation").sign_document(b"{}")
    forged = orjson.dumps({**orjson.loads(seal["signature"]), "payload": "e30"}).decode()
    kinds = [[one.kind for one in (await seals.compare(ctx, text))[1]] for text in (receipt, other, forged)]
    assert kinds == [[FaultKind.SEAL], [FaultKind.KEY_MISSING], [FaultKind.SEAL]]


@pytest.mark.tampered
async def test_a_database_that_was_put_back_is_found_by_the_seal_that_left(
    ctx: Context, clock: Clock, stored: Any
) -> None:
    await build(ctx, clock)
    before = Copy(stored)
    random = Random(9)
    for number in range(12):
        await record(ctx, [item(random, {"email": f"person{number}@planted.example"}, clock(), state="WITHDRAWN")])
    clock.move(days=1)
    await sealing.sweep(ctx)
    left = "\n".join(one["signature"] for one in stored["consent_seals"].find())
    assert await faults(ctx) == []
    assert (await seals.compare(ctx, left))[1] == []
    before.put_back()
    # Sealed anew, the database as such holds again: nothing in it knows what was there.
    await sealing.sweep(ctx)
    assert await faults(ctx) == []
    compared, found = await seals.compare(ctx, left)
    assert compared == stored["consent_seals"].count_documents({})
    assert [one.kind for one in found] == [FaultKind.SEAL]
    stored["consent_seals"].delete_one({"_id": max(one["_id"] for one in stored["consent_seals"].find())})
    (gone,) = (await seals.compare(ctx, left))[1]
    assert "is not stored any more" in gone.message


@pytest.mark.tampered
async def test_whatever_is_done_to_seals_shows(ctx: Context, clock: Clock, stored: Any) -> None:
    await build(ctx, clock)
    clock.move(days=1, hours=2)
    await sealing.sweep(ctx)
    copy, days = Copy(stored), sorted(one["_id"] for one in stored["consent_seals"].find())
    assert len(days) >= 4
    middle = copy.docs["consent_seals"][days[1]]
    other = copy.docs["consent_seals"][days[2]]
    changes: list[dict[str, Any]] = [
        {"root": "0" * 64}, {"entries": 1}, {"previous": None}, {"signature": other["signature"]}, {"signature": ""},
        {"signature": None}, {"root": None}, {"entries": "many"},
    ]  # fmt: skip
    for change in changes:
        stored["consent_seals"].update_one({"_id": middle["_id"]}, {"$set": change})
        for budget in (20, 5000):
            assert {one.kind for one in await faults(ctx, budget)} == {FaultKind.SEAL}, change
        copy.put_back()
    for field in ("root", "signature", "previous", "entries"):
        stored["consent_seals"].update_one({"_id": middle["_id"]}, {"$unset": {field: 1}})
        assert {one.kind for one in await faults(ctx)} == {FaultKind.SEAL}, field
        copy.put_back()
    for day in days:
        stored["consent_seals"].delete_one({"_id": day})
        clock.move(days=day == days[-1])
        assert {one.kind for one in await faults(ctx)} == {FaultKind.SEAL}, day
        clock.move(days=-(day == days[-1]))
        copy.put_back()
    stored["consent_seals"].delete_many({})
    assert {one.kind for one in await faults(ctx)} == {FaultKind.SEAL}
    copy.put_back()
    for made_up in ("2020-01-01", "2099-01-01", "tomorrow"):
        stored["consent_seals"].insert_one({**middle, "_id": made_up})
        assert {one.kind for one in await faults(ctx)} == {FaultKind.SEAL}, made_up
        copy.put_back()
    assert await faults(ctx) == []


async def test_seals_are_listed_newest_first(data: Ask, gql: Ask, ctx: Context, clock: Clock, stored: Any) -> None:
    await record(ctx, [item(Random(1), WHO, clock())])
    clock.move(days=5)
    await sealing.sweep(ctx)
    found = (await data(SEALS, {"first": 2}))["consentSeals"]
    assert [(one["day"], one["entries"]) for one in found["nodes"]] == [("2026-03-16", 0), ("2026-03-15", 0)]
    assert found["nodes"][0]["sealedAt"] == "2026-03-17T09:30:00.000Z"
    assert said(ctx, found["nodes"][0]["signature"])["root"] == found["nodes"][0]["root"]
    rest = (await data(SEALS, {"first": 9, "after": found["pageInfo"]["endCursor"]}))["consentSeals"]
    assert [one["day"] for one in rest["nodes"]] == ["2026-03-14", "2026-03-13", "2026-03-12"]
    assert rest["pageInfo"]["hasNextPage"] is False
    back = (await data(SEALS, {"last": 2, "before": rest["pageInfo"]["endCursor"]}))["consentSeals"]
    assert [one["day"] for one in back["nodes"]] == ["2026-03-14", "2026-03-13"]
    assert back["pageInfo"]["hasPreviousPage"] is True
    refused = await gql(SEALS, {"after": "x"})
    assert refused["errors"][0]["extensions"]["code"] == "CURSOR_MISMATCH"
    assert await faults(ctx) == []
    assert timedelta(minutes=10) == sealing.GRACE
