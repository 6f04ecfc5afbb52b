"""The 300 histories once more, with persons who are anonymized and erased in between, and addresses that come back.

At the end each address stands where the story says, whoever went is nowhere, what came since is whole, and every chain holds.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from bson import ObjectId

from api.core.context import Context
from api.core.personal import Act, Gone
from api.customers import rules
from tests.conftest import Ask, Clock
from tests.consent.going import CONSENTS, cleared, leave
from tests.consent.test_histories import CHUNKS, CREATE, EACH, History, settle, stands
from tests.consent.world import faults

BRINGING_BACK = {"GRANTED", "PENDING"}


class Going(History):
    """One person's addresses, and what was said of them; she may go, and somebody else may come to her addresses."""

    def __init__(self, number: int, data: Ask, stored: Any, clock: Clock, ctx: Context) -> None:
        """Begin where nobody went."""
        super().__init__(number, data, stored, clock)
        self.ctx = ctx
        self.suppressed: set[tuple[str, str]] = set()
        self.is_racing = False
        """Somebody goes at this very moment: what is said meanwhile comes before or after."""
        self.uncleared: list[Gone] = []
        self.gone: list[Gone] = []
        self.had: dict[ObjectId, set[tuple[str, str]]] = {}
        """Customers -> the addresses that they ever had."""
        self.did: Counter[str] = Counter()

    def acts(self) -> list[Callable[[], Awaitable[None]]]:
        """Return what may happen."""
        going = [self.leaves, self.leaves, self.leaves_at_once, self.clears, self.lifts, self.lifts, self.returns]
        return [*super().acts(), *going]

    def is_needless(self, item: dict[str, Any], result: dict[str, Any]) -> bool:
        """Tell whether nothing was recorded, which must be so where the address is suppressed."""
        (address,) = item["identifier"].items()
        codes = [one["code"] for one in result["errors"]]
        if codes == ["DUPLICATE_ITEM"] or result["replayed"]:
            return False
        refused, needless = codes == ["IDENTIFIER_SUPPRESSED"], not codes and not result["applied"]
        assert (refused or needless) is (address in self.suppressed) or self.is_racing, (item, result)
        assert not refused or item["state"] in BRINGING_BACK
        assert not needless or (item["state"] not in BRINGING_BACK and result["appliedAs"] == "NO_CHANGE")
        self.did["refused"] += refused
        self.did["needless"] += needless
        return refused or needless

    def note(self) -> None:
        """Note who has what."""
        for address in self.addresses:
            holder = self.holder(*address)
            if holder:
                self.had.setdefault(holder["_id"], set()).add(address)

    # --- what may happen ---

    async def leaves(self) -> None:
        """Let somebody go; what she said is cleared now or later."""
        self.note()
        people = [one["_id"] for one in (self.holder(*one) for one in self.addresses) if one]
        if not people:
            return
        who, act = self.random.choice(people), self.random.choice(list(Act))
        suppress = self.random.random() < 0.3
        (gone,) = await leave(self.ctx, act, who, suppress=suppress)
        self.note()
        names = {one: rules.identifier_id(self.ctx.keys, *one) for one in self.had.pop(who)}
        hers = {one for one, name in names.items() if name in gone.identifiers}
        assert {one for one in gone.identifiers if not one.startswith("customer:")} == {names[one] for one in hers}
        # Of what else she had somebody has each, who may also have come after her.
        assert all(self.holder(*one) for one in names.keys() - hers)
        if suppress or act is Act.ERASE:
            self.suppressed |= hers
        self.uncleared.append(gone)
        self.did[act.value] += 1
        if self.random.random() < 0.6:
            await self.clears()

    async def leaves_at_once(self) -> None:
        """Let somebody go while something is said of an address of hers."""
        address = self.random.choice(self.addresses)
        self.is_racing = True
        await asyncio.gather(self.leaves(), *(self.one(own=False, address=address) for _ in range(3)))
        self.is_racing = False

    async def clears(self) -> None:
        """Clear what is left of whoever went."""
        gone, self.uncleared = self.uncleared, []
        for clear in CONSENTS if gone else ():
            self.did["blanked"] += await cleared(self.ctx, clear, gone)
        self.gone += gone

    async def lifts(self) -> None:
        """Let a suppressed address come back: nothing else does."""
        for address in sorted(self.suppressed)[:1]:
            name = rules.identifier_id(self.ctx.keys, *address)
            found = self.stored["identifiers"].update_one({"_id": name}, {"$unset": {"suppressed": 1}})
            assert found.modified_count == 1
            self.suppressed.discard(address)
            self.did["lifted"] += 1

    async def returns(self) -> None:
        """Try to give a suppressed address to somebody new."""
        for kind, value in sorted(self.suppressed)[:1]:
            field = {"emails": [{"address": value}]} if kind == "email" else {"phones": [{"number": value}]}
            answer = (await self.data(CREATE, {"input": field}))["customerCreate"]
            assert (answer["applied"], [one["code"] for one in answer["errors"]]) == (False, ["IDENTIFIER_SUPPRESSED"])
            self.did["kept away"] += 1

    async def come(self, kind: str, value: str) -> None:
        """Give this address to somebody, unless it is suppressed."""
        if (kind, value) not in self.suppressed:
            await super().come(kind, value)


@pytest.mark.parametrize("chunk", range(CHUNKS))
async def test_thirty_histories_of_people_who_go(
    data: Ask, ctx: Context, stored: Any, clock: Clock, chunk: int
) -> None:
    ctx.db.rehearse = chunk == 0
    await settle(data)
    spoken, did = 0, Counter[str]()
    for number in range(chunk * EACH, (chunk + 1) * EACH):
        history = Going(number, data, stored, clock, ctx)
        await history.play()
        await history.play()
        await history.clears()
        spoken += stands(ctx, stored, history)
        did += history.did
        for gone in history.gone:
            for subject, seq in gone.subjects.items():
                left = {"subject": subject, "seq": {"$lte": seq}, "topic": {"$ne": None}, "personal": {"$ne": None}}
                assert stored["consent_ledger"].count_documents(left) == 0
    assert min(did[one] for one in (*Act, "refused", "needless", "blanked")) > 3, did
    assert did["lifted"] > 0, did
    # What was answered is what is kept: nothing was lost, nothing was written twice.
    assert stored["consent_ledger"].count_documents({"topic": {"$ne": None}}) == spoken > 100
    assert await faults(ctx) == []
