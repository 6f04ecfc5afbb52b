"""Mails to persons who went: blanked while the address was theirs, and not sent any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from api.core.context import Context
from api.core.idempotency import Once
from api.core.personal import Act, Cleared, Gone
from api.customers import acts
from api.mail import clearing, rules as mail
from api.mail.model import ERASED
from tests.conftest import Caught, Clock
from tests.factories import a_customer
from tests.privacy.clearing.steps import all_of, changed, cleared, gone, once

ANNA, BEN = "anna@planted.example", "ben@planted.example"


def to(stored: Any, address: str) -> list[Any]:
    """Return the ids of mails to an address."""
    return [doc["_id"] for doc in stored["outbox"].find({"personal.to": address})]


async def test_hers_are_blanked_and_his_are_as_they_were(ctx: Context, stored: Any) -> None:
    anna = (await a_customer(ctx, emails=[{"address": "Anna@planted.example"}]))["_id"]
    await a_customer(ctx, email=BEN)
    for address in (ANNA, "Anna@planted.example", BEN):
        await ctx.post(ctx, address, f"to {address}", "text")
    hers = {*to(stored, ANNA), *to(stored, "Anna@planted.example")}
    people = await gone(ctx, anna)
    before = all_of(stored, "outbox")
    assert await cleared(ctx, clearing.clear, people) == 2
    after = all_of(stored, "outbox")
    assert set(changed(before, after)["outbox"]) == hers
    assert [after["outbox"][one]["personal"] for one in hers] == [None, None]
    # Without a mail server nothing waits: what was kept to be read stays so, without its text.
    assert {after["outbox"][one]["status"] for one in hers} == {"KEPT"}
    assert {(one.to, one.text) for one in (await mail.listed(ctx, 10, None)).rows} == {("", ""), (BEN, "text")}


async def test_what_waits_is_not_sent_any_more(ctx: Context, stored: Any, smtp: tuple[str, Caught]) -> None:
    url, caught = smtp
    ctx = replace(ctx, settings=replace(ctx.settings, smtp_url=url))
    anna = (await a_customer(ctx, email=ANNA))["_id"]
    sent = await ctx.post(ctx, ANNA, "sent", "text")
    await mail.deliver(ctx, str(sent))
    queued = [await ctx.post(ctx, ANNA, "queued", "text"), await ctx.post(ctx, BEN, "his", "text")]
    await cleared(ctx, clearing.clear, await gone(ctx, anna, act=Act.ANONYMIZE))
    assert await mail.due_mails(ctx) == [str(queued[1])]
    for one in queued:
        await mail.deliver(ctx, str(one))
    assert [one["Subject"] for one in caught.mails] == ["sent", "his"]
    kept = {doc["_id"]: (doc["status"], doc["error"], doc["personal"]) for doc in stored["outbox"].find()}
    assert kept[sent] == ("SENT", None, None)
    assert kept[queued[0]] == ("FAILED", ERASED, None)
    assert kept[queued[1]][0] == "SENT"


async def test_an_address_that_was_once_hers_counts_for_that_time(ctx: Context, stored: Any, clock: Clock) -> None:
    await ctx.post(ctx, ANNA, "before her", "text")
    clock.move(days=1)
    anna = (await a_customer(ctx, emails=[{"address": ANNA}, {"address": "a2@planted.example"}]))["_id"]
    clock.move(days=1)
    await ctx.post(ctx, ANNA, "hers", "text")
    clock.move(days=1)
    (doc,) = stored["customers"].find({"_id": anna})
    remove = {"emails": {"remove": [doc["emails"][0]["id"]]}}
    assert (await acts.update(ctx, anna, remove, once=Once("customerUpdate"))).applied
    clock.move(days=1)
    await ctx.post(ctx, ANNA, "after her", "text")
    clock.move(days=1)
    people = await gone(ctx, anna)
    assert await cleared(ctx, clearing.clear, people) == 1
    left = [doc["personal"]["subject"] for doc in stored["outbox"].find({"personal": {"$ne": None}})]
    assert left == ["before her", "after her"]


async def test_what_is_written_after_she_went_is_not_hers(ctx: Context, stored: Any, clock: Clock) -> None:
    anna = (await a_customer(ctx, email=ANNA))["_id"]
    people = await gone(ctx, anna, act=Act.ANONYMIZE, suppress=False)
    clock.move(minutes=1)
    await ctx.post(ctx, ANNA, "to whoever has it now", "text")
    assert await once(ctx, clearing.clear, people) == Cleared(0, more=False)
    assert stored["outbox"].count_documents({"personal": None}) == 0


async def test_many_go_in_several_calls(ctx: Context, stored: Any, commands: Any) -> None:
    now, many = ctx.now(), clearing.MAX_MAILS + 50
    anna = (await a_customer(ctx, email=ANNA))["_id"]
    mails = [{**mail.draft(ctx, ANNA, f"{n}", "text"), "at": now - timedelta(minutes=n)} for n in range(many)]
    stored["outbox"].insert_many(mails)
    people = await gone(ctx, anna)
    with commands() as sent:
        first = await once(ctx, clearing.clear, people)
    assert (first, sent) == (Cleared(clearing.MAX_MAILS, more=True), ["aggregate outbox", "update outbox", "commit"])
    assert await cleared(ctx, clearing.clear, people) == 50
    assert stored["outbox"].count_documents({"personal": {"$ne": None}}) == 0


async def test_a_hundred_people_are_one_read(ctx: Context, stored: Any, commands: Any) -> None:
    docs = [await a_customer(ctx, email=f"p{n}@planted.example") for n in range(3)]
    people: list[Gone] = await gone(ctx, *(doc["_id"] for doc in docs))
    await ctx.post(ctx, "p1@planted.example", "one", "text")
    with commands() as sent:
        assert (await once(ctx, clearing.clear, people)).documents == 1
    assert sent == ["aggregate outbox", "update outbox", "commit"]
