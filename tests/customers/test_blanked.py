"""A history of which nothing is said any more, and the one that an anonymized profile begins with, read everywhere."""

from __future__ import annotations

from typing import Any

import pytest
from bson import ObjectId

from api.core import ids
from api.core.context import Context
from api.core.errors import Invalid, NotFound
from api.core.idempotency import Once
from api.core.personal import ALWAYS, MAX_CLEARED, Act, Gone
from api.customers import acts, clearing
from api.history import rules as history
from api.history.model import Action
from tests.conftest import Ask, Clock
from tests.customers.going import blank, go, leave
from tests.factories import a_customer

Doc = dict[str, Any]
LOOK = """query($id: ID!) { customer(id: $id) {
  anonymizedAt displayName kind version
  timeline { nodes { type at change { version source revertible reason actor { kind name } run { id }
    paths { path before after } } } }
  fieldHistory(path: "locale") { nodes { version after } }
  provenance { path after version } } }"""
WHERE = """query($where: CustomerWhere) { customers(where: $where) { nodes { id } } }"""


async def test_an_anonymized_profile_says_when_and_what_was_kept(ctx: Context, data: Ask, clock: Clock) -> None:
    doc = await a_customer(ctx, email="jane@example.org", given_name="Jane", locale="nl-NL")
    other = await a_customer(ctx, given_name="Joe")
    clock.move(days=1, hours=3)
    (result,) = await go(ctx, Act.ANONYMIZE, doc["_id"])
    assert result.after
    new_id = ids.show(ids.CUSTOMER, result.after["_id"])
    found = (await data(LOOK, {"id": new_id}))["customer"]
    day = found["anonymizedAt"]
    assert day.startswith("2026-03-13T00:00:00")
    assert (found["kind"], found["version"], found["displayName"]) == ("ANONYMOUS", 1, f"Anonymous {new_id[-4:]}")
    (entry,) = found["timeline"]["nodes"]
    assert (entry["type"], entry["at"]) == ("profile.anonymized", day)
    paths = {one["path"]: (one["before"], one["after"]) for one in entry["change"].pop("paths")}
    assert paths == {"locale": (None, "nl-NL"), "anonymized_at": (None, "2026-03-13T00:00:00+00:00")}
    assert entry["change"] == {
        "version": 1, "source": "SYSTEM", "revertible": False, "reason": None, "run": None,
        "actor": {"kind": "SYSTEM", "name": "Regulars"},
    }  # fmt: skip
    assert found["fieldHistory"]["nodes"] == [{"version": 1, "after": "nl-NL"}]
    assert [(one["path"], one["version"]) for one in found["provenance"]] == [("anonymized_at", 1), ("locale", 1)]
    assert (await data(LOOK, {"id": ids.show(ids.CUSTOMER, doc["_id"])}))["customer"] is None
    for is_set, expected in ((True, new_id), (False, ids.show(ids.CUSTOMER, other["_id"]))):
        rows = (await data(WHERE, {"where": {"anonymizedAt": {"isSet": is_set}}}))["customers"]["nodes"]
        assert [one["id"] for one in rows] == [expected]


async def test_nothing_of_it_is_taken_back(ctx: Context) -> None:
    doc = await a_customer(ctx, email="jane@example.org")
    (result,) = await go(ctx, Act.ANONYMIZE, doc["_id"])
    assert result.after
    with pytest.raises(Invalid) as refused:
        await acts.revert(ctx, result.after["_id"], 1, once=Once("customerRevert"))
    assert refused.value.code == "NOT_REVERTIBLE"
    with pytest.raises(NotFound):
        await acts.revert(ctx, doc["_id"], 1, once=Once("customerRevert"))


async def test_a_save_of_who_just_went_is_not_taken_back_either(ctx: Context) -> None:
    doc = await a_customer(ctx, email="jane@example.org")
    await acts.update(ctx, doc["_id"], {"job_title": "Spy"}, once=Once("customerUpdate"))
    found = list((await clearing.gather(ctx, [doc["_id"]])).values())
    gone = [one.gone for one in await leave(ctx, Act.ERASE, found) if one.gone]
    with pytest.raises(NotFound):
        await acts.revert(ctx, doc["_id"], 2, once=Once("customerRevert"))
    assert await blank(ctx, gone) == 2
    with pytest.raises(NotFound):
        await acts.revert(ctx, doc["_id"], 2, once=Once("customerRevert"))


async def test_blanked_saves_are_read_without_a_word(ctx: Context, stored: Any, clock: Clock) -> None:
    doc = await a_customer(ctx, email="jane@example.org")
    for title in ("Spy", "Cook"):
        clock.move(hours=1)
        await acts.update(ctx, doc["_id"], {"job_title": title}, once=Once("customerUpdate"), reason="She said so.")
    stored["changes"].update_one(
        {"version": 2}, {"$set": {"run": {"id": ObjectId(), "phase": "APPLY", "title": "jane.csv"}}}
    )
    await go(ctx, Act.ERASE, doc["_id"])
    saves = (await history.timeline(ctx, doc["_id"], 10, None)).rows
    assert [(one.version, one.action, one.paths, one.reason) for one in saves] == [
        (3, Action.UPDATE, (), None), (2, Action.UPDATE, (), None), (1, Action.CREATE, (), None),
    ]  # fmt: skip
    assert [sorted(one.run) if one.run else None for one in saves] == [None, ["id", "phase"], None]
    assert [one.at for one in saves] == sorted((one.at for one in saves), reverse=True)
    assert await history.provenance(ctx, doc["_id"]) == []
    assert (await history.of_path(ctx, doc["_id"], "job_title", 10, None)).rows == []
    assert [one.version for one in await history.since(ctx, doc["_id"], 1)] == [3, 2]


async def test_a_long_history_is_blanked_in_parts(ctx: Context, stored: Any) -> None:
    ctx.db.rehearse = False
    customer_id, count = ObjectId(), MAX_CLEARED + 10
    stored["changes"].insert_many(
        {
            "customer_id": customer_id, "version": n, "at": ctx.now(), "actor": ctx.caller.actor, "source": "APP",
            "action": "UPDATE", "run": None, "reverts": None,
            "personal": {"reason": None, "paths": [{"path": "job_title", "before": None, "after": f"Spy {n}"}]},
        }
        for n in range(1, count + 1)
    )  # fmt: skip
    gone = Gone(customer_id, Act.ERASE, ctx.now(), (), {}, {"x": ALWAYS})
    first = await ctx.db.transact(lambda tx: history.clear(ctx, tx, [gone]))
    assert first == (MAX_CLEARED, True)
    assert await blank(ctx, [gone]) == 10
    assert stored["changes"].count_documents({"personal": None}) == count
    assert await ctx.db.transact(lambda tx: history.clear(ctx, tx, [gone])) == (0, False)


async def test_a_long_history_is_gathered_in_pages(ctx: Context, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setattr(history, "TOGETHER", 3)
    people = [await a_customer(ctx, email=f"p{n}@example.org") for n in range(4)]
    for doc, saves in zip(people, (0, 7, 2, 5), strict=True):
        for n in range(saves):
            clock.move(minutes=1)
            change = {"push_tokens": {"add": [{"token": f"{doc['emails'][0]['normalized']}-{n}", "channel": "PUSH"}]}}
            assert (await acts.update(ctx, doc["_id"], change, once=Once("customerUpdate"))).applied
    seen: dict[ObjectId, list[int]] = {}
    async for page in history.each(ctx, [one["_id"] for one in people]):
        assert len(page) <= 3
        for one in page:
            seen.setdefault(one["customer_id"], []).append(one["version"])
    assert seen == {doc["_id"]: list(range(1, saves + 2)) for doc, saves in zip(people, (0, 7, 2, 5), strict=True)}
