"""The access log of persons who went: who looked and when stays, what was said of it goes."""

from __future__ import annotations

from typing import Any

from api.access import clearing, log, store
from api.core import ids
from api.core.context import Context
from api.core.mongo import Tx
from api.core.personal import MAX_CLEARED, Act, Cleared
from tests.conftest import Ask
from tests.factories import a_customer
from tests.privacy.clearing.steps import all_of, changed, cleared, gone, once


async def looked(ctx: Context, customer_id: Any, reason: str | None) -> Any:
    """Note that somebody looked, and say why."""
    entry = log.look(ctx, "profile.copied", customer_id, ["emails"], reason=reason)

    async def body(tx: Tx) -> None:
        await log.put(ctx, entry, tx)

    await ctx.db.transact(body)
    return entry["_id"]


async def test_reasons_go_and_entries_stay(ctx: Context, stored: Any, data: Ask) -> None:
    anna, ben = [(await a_customer(ctx, given_name=name))["_id"] for name in ("Anna", "Ben")]
    hers = await looked(ctx, anna, "Anna asked for it by letter.")
    await looked(ctx, anna, None)
    await looked(ctx, ben, "Ben asked for it by letter.")
    people = await gone(ctx, anna)
    before = all_of(stored, "access_log")
    assert await cleared(ctx, clearing.clear, people) == 1
    after = all_of(stored, "access_log")
    assert changed(before, after) == {"access_log": [hers]}
    assert after["access_log"][hers] == {**before["access_log"][hers], "personal": None}
    asked = "query ($id: ID!) { customer(id: $id) { accessLog { nodes { action fields } } } }"
    answer = await data(asked, {"id": ids.show(ids.CUSTOMER, ben)})
    assert answer["customer"]["accessLog"]["nodes"][-1] == {"action": "profile.copied", "fields": ["emails"]}


async def test_what_is_blanked_is_read_without_an_error(ctx: Context, stored: Any) -> None:
    anna = (await a_customer(ctx))["_id"]
    await looked(ctx, anna, "why")
    await cleared(ctx, clearing.clear, await gone(ctx, anna, act=Act.ANONYMIZE))
    (entry,) = await store.read_log(ctx, anna, {}, [("at", -1), ("_id", -1)], 10)
    assert (entry.action, entry.fields) == ("profile.copied", ("emails",))


async def test_many_go_in_several_calls(ctx: Context, stored: Any, commands: Any) -> None:
    anna = (await a_customer(ctx))["_id"]
    entries = [log.look(ctx, "profile.opened", anna, reason=f"reason {n}") for n in range(MAX_CLEARED + 5)]
    stored["access_log"].insert_many(entries)
    people = await gone(ctx, anna)
    with commands(everything=True) as sent:
        assert await once(ctx, clearing.clear, people) == Cleared(MAX_CLEARED, more=True)
    assert sent == ["aggregate access_log", "update access_log", "commit"]
    assert await cleared(ctx, clearing.clear, people) == 5
