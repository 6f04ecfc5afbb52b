"""Customers who go: what is let go with them, what is suppressed, and what finds other rooms' documents of theirs."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from api.consent import recording
from api.core import ids
from api.core.context import Context
from api.core.idempotency import Once
from api.core.mongo import Tx
from api.core.personal import ALWAYS, Act, Gone
from api.customers import acts, clearing, holding
from api.customers.clearing import Fate, Result
from api.customers.rules import identifier_id
from tests.conftest import Clock, Commands
from tests.customers.going import RUN, blank, go, leave
from tests.factories import a_customer

Doc = dict[str, Any]
JANE, PHONE = "jane@example.org", "+31612345678"


def gone(result: Result) -> Gone:
    """Return who went."""
    assert result.fate is Fate.GONE
    assert result.gone is not None
    return result.gone


async def updated(ctx: Context, doc: Doc, **change: Any) -> Doc:
    """Save a change of a customer and return her document."""
    saved = await acts.update(ctx, doc["_id"], change, once=Once("customerUpdate"))
    assert saved.applied, saved.errors
    assert saved.doc
    return saved.doc


def left(stored: Any) -> dict[str, str]:
    """Return identifiers by what they are of, and what became of them."""
    return {
        f"{doc['type']} {len(doc['holders'])}": "suppressed" if "suppressed" in doc else "free"
        for doc in stored["identifiers"].find()
    }


async def test_erasing_takes_the_document_and_suppresses_what_found_her(ctx: Context, stored: Any) -> None:
    doc = await a_customer(
        ctx, email="Jane@Example.org", phones=[{"number": "06 12345678"}, {"number": "call me"}], reference_id="R-1",
        push_tokens=[{"token": "device-1", "channel": "PUSH"}], bank_accounts=[{"iban": "NL91ABNA0417164300"}],
    )  # fmt: skip
    (result,) = await go(ctx, Act.ERASE, doc["_id"])
    assert (result.before, result.after) == (doc, None)
    assert stored["customers"].count_documents({}) == 0
    names = {kind: identifier_id(ctx.keys, kind, value) for kind, value in (
        ("email", JANE), ("phone", PHONE), ("reference_id", "R-1"), ("push", "device-1"),
    )}  # fmt: skip
    assert {one["_id"]: one for one in stored["identifiers"].find()} == {
        name: {
            "_id": name,
            "type": kind,
            "holders": [],
            "seen_at": ctx.now(),
            "suppressed": {"at": ctx.now(), "run_id": RUN},
        }
        for kind, name in names.items()
    }
    assert sorted(result.suppressed) == sorted(names.values())
    own = identifier_id(ctx.keys, "customer", str(doc["_id"]))
    assert gone(result) == Gone(
        customer_id=doc["_id"],
        act=Act.ERASE,
        at=ctx.now(),
        identifiers=tuple(sorted([own, *names.values()])),
        subjects={},
        names=dict.fromkeys(
            (JANE, "Jane@Example.org", PHONE, "06 12345678", "call me", "R-1", "device-1", "NL91ABNA0417164300"), ALWAYS
        ),
    )
    (change,) = stored["changes"].find()
    assert (change["customer_id"], change["personal"]) == (doc["_id"], None)


async def test_anonymizing_deletes_what_nothing_was_said_of_and_suppresses_by_choice(ctx: Context, stored: Any) -> None:
    one, other = await a_customer(ctx, email=JANE), await a_customer(ctx, email="joe@example.org")
    (result,) = await go(ctx, Act.ANONYMIZE, one["_id"])
    assert result.suppressed == ()
    assert left(stored) == {"email 1": "free"}
    (result,) = await go(ctx, Act.ANONYMIZE, other["_id"], suppress=True)
    assert result.suppressed == (identifier_id(ctx.keys, "email", "joe@example.org"),)
    assert left(stored) == {"email 0": "suppressed"}
    assert (await a_customer(ctx, email=JANE))["version"] == 1


async def test_what_somebody_else_holds_stays_hers(ctx: Context, stored: Any) -> None:
    one = await a_customer(ctx, phones=[{"number": "06 12345678"}])
    other = await a_customer(ctx, phones=[{"number": PHONE}])
    (result,) = await go(ctx, Act.ERASE, one["_id"])
    assert result.suppressed == ()
    assert gone(result).names == {}
    (phone,) = stored["identifiers"].find()
    assert phone["holders"] == [other["_id"]]
    assert "suppressed" not in phone


async def test_who_go_together_share_what_they_held_together(ctx: Context, stored: Any) -> None:
    people = [await a_customer(ctx, phones=[{"number": PHONE}]) for _ in range(2)]
    results = await go(ctx, Act.ERASE, *(one["_id"] for one in people))
    name = identifier_id(ctx.keys, "phone", PHONE)
    assert [(one.suppressed, list(gone(one).names)) for one in results] == [((name,), [PHONE])] * 2
    assert left(stored) == {"phone 0": "suppressed"}


async def test_an_address_she_had_once_is_hers_unless_somebody_has_it_now(
    ctx: Context, stored: Any, clock: Clock
) -> None:
    doc = await a_customer(ctx, email="old@example.org", reference_id="R-1")
    begun, moved = clock(), clock.move(hours=1)
    item = doc["emails"][0]["id"]
    doc = await updated(
        ctx, doc, emails={"add": [{"address": JANE, "primary": True}], "remove": [item]}, reference_id=None
    )
    clock.move(hours=1)
    other = await a_customer(ctx, reference_id="R-1")
    (result,) = await go(ctx, Act.ERASE, doc["_id"])
    assert gone(result).names == {JANE: ALWAYS, "old@example.org": ((begun, moved),)}
    assert left(stored) == {"email 0": "suppressed", "reference_id 1": "free"}
    assert stored["identifiers"].find_one({"type": "reference_id"})["holders"] == [other["_id"]]
    assert stored["identifiers"].count_documents({"suppressed": {"$exists": True}}) == 2


async def test_chains_of_consents_stay_and_are_named(ctx: Context, stored: Any) -> None:
    doc = await a_customer(ctx, email=JANE)
    rows: list[Doc] = [
        {
            "identifier": {"email": JANE},
            "channel": "EMAIL",
            "purpose": "MARKETING",
            "state": "GRANTED",
            "source": "FORM",
        },
        {"identifier": {"email": JANE}, "channel": "EMAIL", "purpose": "SERVICE", "state": "GRANTED", "source": "FORM"},
        {
            "identifier": {"customer_id": ids.show(ids.CUSTOMER, doc["_id"])},
            "do_not_sell": True,
            "state": "WITHDRAWN",
            "source": "FORM",
        },
    ]
    answers = await recording.record(ctx, rows, [Once("consentsRecord")] * 3)
    assert [one.errors for one in answers] == [[], [], []]
    chains = {one["subject"]: one["head"]["seq"] for one in stored["identifiers"].find()}
    (result,) = await go(ctx, Act.ANONYMIZE, doc["_id"])
    assert gone(result).subjects == chains
    assert sorted(chains.values()) == [1, 2]
    assert left(stored) == {"email 0": "free", "customer 0": "free"}


async def test_whoever_was_saved_since_is_gathered_again(ctx: Context, stored: Any) -> None:
    doc = await a_customer(ctx, email=JANE)
    found = list((await clearing.gather(ctx, [doc["_id"]])).values())
    await updated(ctx, doc, phones={"add": [{"number": PHONE}]})
    (result,) = await leave(ctx, Act.ERASE, found)
    assert sorted(gone(result).names) == [PHONE, JANE]
    assert left(stored) == {"email 0": "suppressed", "phone 0": "suppressed"}
    assert await blank(ctx, [gone(result)]) == 2


async def test_who_is_held_or_missing_or_anonymized_is_left_out(ctx: Context, stored: Any, clock: Clock) -> None:
    held, plain, done = [await a_customer(ctx, email=f"{one}@example.org") for one in ("a", "b", "c")]
    await holding.put(ctx, Once("customerHold"), held["_id"], "A claim.", clock() + timedelta(hours=1))
    (result,) = await go(ctx, Act.ANONYMIZE, done["_id"])
    assert result.after
    kept, nobody = result.after["_id"], ObjectId()
    results = await go(ctx, Act.ANONYMIZE, held["_id"], kept, nobody, plain["_id"])
    assert [(one.customer_id, one.fate) for one in results] == [
        (held["_id"], Fate.HELD), (kept, Fate.ALREADY), (nobody, Fate.MISSING), (plain["_id"], Fate.GONE),
    ]  # fmt: skip
    assert stored["customers"].count_documents({}) == 3
    clock.move(hours=1)
    assert [one.fate for one in await go(ctx, Act.ERASE, held["_id"], kept)] == [Fate.GONE, Fate.GONE]
    assert stored["customers"].count_documents({}) == 1


async def test_an_anonymized_profile_that_was_written_again_is_a_person_again(ctx: Context, stored: Any) -> None:
    doc = await a_customer(ctx, email=JANE, tags=["vip"])
    (first,) = await go(ctx, Act.ANONYMIZE, doc["_id"])
    assert first.after
    await updated(ctx, first.after, given_name="Jane")
    (again,) = await go(ctx, Act.ANONYMIZE, first.after["_id"])
    assert again.fate is Fate.GONE
    (kept,) = stored["customers"].find()
    assert kept["_id"] not in {doc["_id"], first.after["_id"]}
    assert (kept["version"], kept.get("given_name")) == (1, None)


async def test_it_takes_the_same_commands_for_one_and_for_100(ctx: Context, commands: Commands) -> None:
    people = [
        await a_customer(ctx, email=f"p{n}@example.org", phones=[{"number": f"06{n:08d}"}], reference_id=f"R-{n}")
        for n in range(101)
    ]
    sent = {}
    for some in (people[:1], people[1:]):
        with commands() as gathering:
            found = list((await clearing.gather(ctx, [one["_id"] for one in some])).values())
        with commands() as clears:
            results = await leave(ctx, Act.ANONYMIZE, found)
        with commands() as blanks:
            await blank(ctx, [gone(one) for one in results])
        sent[len(some)] = (gathering, clears, blanks)
    assert sent[1] == sent[100] == (
        ["find customers", "find changes"],
        ["find customers", "find identifiers", "delete identifiers", "delete customers", "insert customers",
         "insert changes", "commit"],
        ["aggregate changes", "update changes", "commit"],
    )  # fmt: skip


async def test_nothing_is_written_when_the_transaction_fails(ctx: Context, stored: Any) -> None:
    doc = await a_customer(ctx, email=JANE)
    found = list((await clearing.gather(ctx, [doc["_id"]])).values())
    before = [list(stored[name].find(sort=[("_id", 1)])) for name in ("customers", "identifiers", "changes")]
    new_ids = clearing.random_ids(1)

    async def body(tx: Tx) -> None:
        await clearing.clear(ctx, tx, found, Act.ANONYMIZE, ctx.now(), new_ids, suppress=True, run_id=RUN)
        raise KeyError

    with contextlib.suppress(KeyError):
        await ctx.db.transact(body)
    assert [list(stored[name].find(sort=[("_id", 1)])) for name in ("customers", "identifiers", "changes")] == before


async def test_the_times_of_an_anonymized_profile_are_cut(ctx: Context, stored: Any, clock: Clock) -> None:
    doc = await a_customer(ctx, email=JANE, last_seen_at=datetime(2026, 3, 2, 13, 30, tzinfo=UTC))
    clock.move(days=40)
    doc = await updated(ctx, doc, locale="nl-jane-NL")
    await acts.trash(ctx, [doc["_id"]], once=Once("customerDelete"))
    clock.move(days=3)
    await go(ctx, Act.ANONYMIZE, doc["_id"])
    (kept,) = stored["customers"].find()
    days = {name: kept[name] for name in ("created_at", "updated_at", "last_seen_at", "trashed_at", "anonymized_at")}
    assert {name: f"{value:%Y-%m-%d %H:%M:%S.%f}"[:-3] for name, value in days.items()} == {
        "created_at": "2026-03-01 00:00:00.000",
        "updated_at": "2026-04-21 00:00:00.000",
        "last_seen_at": "2026-03-02 00:00:00.000",
        "trashed_at": "2026-04-21 00:00:00.000",
        "anonymized_at": "2026-04-24 00:00:00.000",
    }
    assert (kept["locale"], kept["trashed"], kept["version"]) == ("nl-NL", True, 1)


async def test_who_had_more_than_a_transaction_takes_is_lightened_first(
    ctx: Context, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ctx.db.rehearse = False
    monkeypatch.setattr(clearing, "TOGETHER", 20)
    doc = await a_customer(ctx, email=JANE, push_tokens=[{"token": "device-0", "channel": "PUSH"}])
    for n in range(1, 50):
        item = doc["push_tokens"][0]["id"]
        doc = await updated(
            ctx, doc, push_tokens={"add": [{"token": f"device-{n}", "channel": "PUSH"}], "remove": [item]}
        )
    other = await a_customer(ctx, push_tokens=[{"token": "device-7", "channel": "PUSH"}])
    found = (await clearing.gather(ctx, [doc["_id"]]))[doc["_id"]]
    assert found.documents == 3 + 52
    for _ in range(2):
        await clearing.lighten(ctx, found, Act.ERASE, ctx.now(), suppress=False, run_id=RUN)
        assert stored["identifiers"].count_documents({"suppressed": {"$exists": True}}) == 48
    held = [one["holders"] for one in stored["identifiers"].find({"suppressed": None})]
    assert sorted(held) == sorted([[doc["_id"]], [doc["_id"]], [other["_id"]]])
    (result,) = await leave(ctx, Act.ERASE, [found])
    assert len(result.suppressed) == 50
    assert len(gone(result).names) == 50
    assert await blank(ctx, [gone(result)]) == 50
    assert stored["identifiers"].count_documents({"suppressed": {"$exists": True}}) == 50


async def test_nobody_is_lightened_who_is_held(ctx: Context, stored: Any) -> None:
    doc = await a_customer(ctx, email=JANE)
    await updated(ctx, doc, emails={"remove": [doc["emails"][0]["id"]]})
    found = (await clearing.gather(ctx, [doc["_id"]]))[doc["_id"]]
    await holding.put(ctx, Once("customerHold"), doc["_id"], "A claim.", None)
    await clearing.lighten(ctx, found, Act.ERASE, ctx.now(), suppress=False, run_id=RUN)
    assert left(stored) == {"email 0": "free"}
