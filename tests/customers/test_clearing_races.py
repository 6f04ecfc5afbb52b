"""Erasing against those who write the same person at the same moment: in whatever order they come, she stays erased."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

from bson import ObjectId

from api.core.context import Context
from api.core.errors import NotFound, RegularsError
from api.core.idempotency import Once
from api.core.personal import Act
from api.customers import acts, clearing, holding
from api.customers.clearing import Fate, Result
from tests.customers.going import blank, leave
from tests.factories import a_customer

Doc = dict[str, Any]
ROUNDS, SEED = 100, 20260313


async def erase(ctx: Context, customer_id: ObjectId, dice: random.Random, act: Act = Act.ERASE) -> Result:
    """Erase a customer as a run does; whoever is not erased yet for others' writing is tried again."""
    await asyncio.sleep(dice.random() / 100)
    while True:
        found = list((await clearing.gather(ctx, [customer_id])).values())
        try:
            (result,) = await leave(ctx, act, found, suppress=True)
        except RegularsError as error:
            if error.code != "UNAVAILABLE":
                raise
            continue
        if result.gone:
            await blank(ctx, [result.gone])
        return result


async def at_once(n: int, *doing: Awaitable[Any]) -> list[Any]:
    """Do things at the same time; in the first round one after the other, in the second the last one first."""
    if n > 1:
        return list(await asyncio.gather(*doing))
    answers = {place: await doing[place] for place in sorted(range(len(doing)), reverse=n == 1)}
    return [answers[place] for place in range(len(doing))]


async def told(dice: random.Random, wish: Callable[[], Awaitable[Any]]) -> list[str]:
    """Write at some moment, and return the codes of a refusal."""
    await asyncio.sleep(dice.random() / 100)
    while True:
        try:
            answer = await wish()
        except NotFound as error:
            return [error.code]
        except RegularsError as error:
            if error.code not in {"UNAVAILABLE", "VERSION_CONFLICT"}:
                raise
            continue
        results = getattr(answer, "results", [answer])
        return [problem.code for one in results for problem in one.errors]


def writers(ctx: Context, doc: Doc, n: int) -> dict[str, Callable[[], Awaitable[Any]]]:
    """Return who else writes: an upsert by the same email, an update of hers, somebody with her former phone."""
    email, phone, new = f"p{n}@example.org", f"+3161{n:07d}", f"new{n}@example.org"
    upsert = [acts.Item(None, {"emails": {"add": [{"address": email}]}, "job_title": f"Spy {n}"})]
    return {
        "upsert": lambda: acts.upsert(ctx, upsert, once=Once("customersUpsert"), reject_all=True),
        "update": lambda: acts.update(
            ctx, doc["_id"], {"emails": {"add": [{"address": new}]}}, once=Once("customerUpdate")
        ),
        "create": lambda: acts.create(ctx, {"phones": [{"number": phone}]}, once=Once("customerCreate")),
        "later": lambda: acts.create(ctx, {"emails": [{"address": email}]}, once=Once("customerCreate")),
    }


async def test_100_rounds_of_an_erasure_against_others_who_write(ctx: Context, stored: Any) -> None:
    ctx.db.rehearse = False
    dice = random.Random(SEED)
    heard: set[tuple[str, str]] = set()
    for n in range(ROUNDS):
        doc = await a_customer(ctx, email=f"p{n}@example.org", phones=[{"number": f"+3161{n:07d}"}])
        doing = writers(ctx, doc, n)
        *answers, result = await at_once(
            n, *(told(dice, wish) for wish in doing.values()), erase(ctx, doc["_id"], dice)
        )
        assert result.fate is Fate.GONE
        for name, codes in zip(doing, answers, strict=True):
            heard.update((name, code) for code in codes or ("",))
        assert stored["customers"].find_one({"_id": doc["_id"]}) is None
        assert (
            stored["customers"].find_one({"emails.normalized": {"$in": [f"p{n}@example.org", f"new{n}@example.org"]}})
            is None
        )
        # What she gave before she went is suppressed, what nobody ever took is not.
        late = await acts.create(ctx, {"emails": [{"address": f"p{n}@example.org"}]}, once=Once("customerCreate"))
        assert [one.code for one in late.errors] == ["IDENTIFIER_SUPPRESSED"]
    assert heard >= {
        ("upsert", ""), ("upsert", "IDENTIFIER_SUPPRESSED"), ("update", ""), ("update", "NOT_FOUND"),
        ("create", ""), ("create", "IDENTIFIER_SUPPRESSED"), ("later", "DUPLICATE_IDENTIFIER"),
        ("later", "IDENTIFIER_SUPPRESSED"),
    }  # fmt: skip


async def test_50_rounds_of_a_hold_against_an_erasure(ctx: Context, stored: Any) -> None:
    ctx.db.rehearse = False
    dice = random.Random(SEED)
    heard: set[str] = set()
    for n in range(50):
        doc = await a_customer(ctx, email=f"p{n}@example.org")

        async def hold(customer_id: ObjectId = doc["_id"]) -> str:
            await asyncio.sleep(dice.random() / 100)
            while True:
                try:
                    await holding.put(ctx, Once("customerHold"), customer_id, "A claim.", None)
                except NotFound:
                    return "NOT_FOUND"
                except RegularsError as error:
                    if error.code != "UNAVAILABLE":
                        raise
                    continue
                return "held"

        answer, result = await at_once(n, hold(), erase(ctx, doc["_id"], dice))
        assert (result.fate, answer) in {(Fate.GONE, "NOT_FOUND"), (Fate.HELD, "held")}
        assert (stored["customers"].find_one({"_id": doc["_id"]}) is None) == (answer == "NOT_FOUND")
        heard.add(answer)
    assert heard == {"held", "NOT_FOUND"}


async def test_of_two_who_erase_the_same_person_one_does(ctx: Context, stored: Any) -> None:
    ctx.db.rehearse = False
    dice = random.Random(SEED)
    for n in range(20):
        doc = await a_customer(ctx, email=f"p{n}@example.org")
        acting = [erase(ctx, doc["_id"], dice, act) for act in (Act.ERASE, Act.ANONYMIZE)]
        results = await asyncio.gather(*acting)
        assert sorted(one.fate for one in results) == [Fate.GONE, Fate.MISSING]
    kept = stored["customers"].count_documents({})
    assert kept == stored["changes"].count_documents({"action": "ANONYMIZE"})
    assert stored["identifiers"].count_documents({"suppressed": {"$exists": True}}) == 20
