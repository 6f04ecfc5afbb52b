"""300 random histories over the API: late, twice, in another order, at once; addresses come, go and come back.

At the end each address and person stands where the rules, told as a story (naive.py), say, and nothing had to be excused.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from bson import ObjectId

from api.consent import fold
from api.consent.fold import Said
from api.consent.model import ConsentBasis, ConsentSource, ConsentState
from api.core.context import Context
from api.customers import rules, subjects
from tests.conftest import START, Ask, Clock
from tests.consent.naive import STATES, state_of
from tests.consent.world import faults

CHUNKS, EACH = 10, 30
RESULT = "applied replayed appliedAs entryId errors { code }"
ONE = f"mutation ($input: ConsentRecordInput!) {{ consentRecord(input: $input) {{ {RESULT} customer {{ id }} }} }}"
MANY = f"mutation ($input: ConsentsRecordInput!) {{ consentsRecord(input: $input) {{ results {{ {RESULT} }} }} }}"
CREATE = "mutation ($input: CustomerCreateInput!) { customerCreate(input: $input) { applied errors { code } } }"
UPDATE = "mutation ($id: ID!, $input: CustomerUpdateInput!) { customerUpdate(id: $id, input: $input) { applied errors { code } } }"
LIST = "mutation ($input: ListCreateInput!) { listCreate(input: $input) { applied } }"
TERM = "mutation ($input: TermCreateInput!) { termCreate(input: $input) { applied } }"
TOPICS: dict[str, tuple[tuple[str, dict[str, Any]], ...]] = {
    "email": (
        ("EMAIL/MARKETING", {"channel": "EMAIL", "purpose": "MARKETING"}),
        ("EMAIL/SERVICE", {"channel": "EMAIL", "purpose": "SERVICE"}),
        ("LIST/weekly", {"list": "weekly"}),
    ),
    "phone": (
        ("SMS/MARKETING", {"channel": "SMS", "purpose": "MARKETING"}),
        ("PHONE/MARKETING", {"channel": "PHONE", "purpose": "MARKETING"}),
    ),
}
OWN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("DO_NOT_SELL", {"doNotSell": True}),
    ("TERM/privacy", {"term": "privacy"}),
)


class History:
    """One person's addresses, and what was said of them."""

    def __init__(self, number: int, data: Ask, stored: Any, clock: Clock) -> None:
        """Begin with one to three addresses that nobody has."""
        self.random, self.number, self.data, self.stored, self.clock = Random(number), number, data, stored, clock
        emails = [("email", f"h{number}x{one}@planted.example") for one in range(self.random.randrange(1, 3))]
        phones = [("phone", f"+31612{number:04}78")] if self.random.random() < 0.5 else []
        self.addresses = [*emails, *phones]
        self.said: dict[tuple[str, str, str], list[Said]] = defaultdict(list)
        """By kind and value of the address, or "customer" and her id, and the topic."""
        self.sent: list[tuple[dict[str, Any], str]] = []
        self.keys = 0

    def item(self, address: tuple[str, str] | None = None, *, own: bool = True) -> tuple[dict[str, Any], str]:
        """Return something to send, and its topic."""
        random, (kind, value) = self.random, address or self.random.choice(self.addresses)
        # A term or the selling of data is the person's own, whom an email names.
        topics = TOPICS[kind] + (OWN if own and kind == "email" else ())
        word, topic = random.choice(topics)
        return {
            "identifier": {kind: value}, **topic, "state": random.choice(STATES).value,
            "basis": random.choice(list(ConsentBasis)).value, "source": random.choice(["FORM", "PARTNER"]),
            "collectedAt": (START - timedelta(hours=random.randrange(8))).isoformat(),
        }, word  # fmt: skip

    def heard(self, item: dict[str, Any], word: str, result: dict[str, Any], customer: str | None = None) -> None:
        """Note what was recorded."""
        ((kind, value),) = item["identifier"].items()
        if self.is_needless(item, result):
            return
        assert {one["code"] for one in result["errors"]} <= {"DUPLICATE_ITEM"}, result
        if result["errors"] or result["replayed"]:
            return
        assert result["applied"]
        if word in dict(OWN):
            assert customer
            kind, value = "customer", customer.removeprefix("cus_")
        at = datetime.fromisoformat(item["collectedAt"])
        said = Said(
            ObjectId(result["entryId"].removeprefix("cen_")), ConsentState(item["state"]), ConsentBasis(item["basis"]),
            ConsentSource(item["source"]), at,
        )  # fmt: skip
        self.said[kind, value, word].append(said)

    def is_needless(self, item: dict[str, Any], result: dict[str, Any]) -> bool:
        """Tell whether nothing was recorded, because whoever had the address was erased."""
        del self, item, result
        return False

    # --- what may happen ---

    async def one(self, *, own: bool = True, address: tuple[str, str] | None = None) -> None:
        """Send one; sometimes with a key, sometimes as an admin."""
        item, word = self.item(address, own=own)
        as_ = "key"
        if self.random.random() < 0.15:
            item |= {"source": "ADMIN", "reason": "Asked by phone", "evidence": {"note": "A call"}}
            as_ = "owner"
        elif self.random.random() < 0.5:
            self.keys += 1
            item["idempotencyKey"] = f"{self.number}-{self.keys}"
        answer = (await self.data(ONE, {"input": item}, as_=as_))["consentRecord"]
        assert not answer["replayed"]
        self.heard(item, word, answer, (answer["customer"] or {}).get("id"))
        if as_ == "key" and answer["applied"]:
            self.sent.append((item, word))

    async def again(self) -> None:
        """Send something once more, as it was: with a key it is one effect, without it changes nothing."""
        if self.sent:
            item, word = self.random.choice(self.sent)
            answer = (await self.data(ONE, {"input": item}, as_="key"))["consentRecord"]
            assert answer["replayed"] is ("idempotencyKey" in item)
            if not answer["replayed"]:
                self.heard(item, word, answer, (answer["customer"] or {}).get("id"))

    async def many(self) -> None:
        """Send several in one batch, and half of the time the same batch again."""
        rows = [self.item(own=False) for _ in range(self.random.randrange(2, 6))]
        self.keys += 1
        sent = {"items": [item for item, _ in rows], "idempotencyKey": f"{self.number}-b{self.keys}"}
        for is_first in (True, False):
            results = (await self.data(MANY, {"input": sent}, as_="key"))["consentsRecord"]["results"]
            for (item, word), result in zip(rows, results, strict=True):
                assert not result["entryId"] or result["replayed"] is not is_first
                self.heard(item, word, result)
            if self.random.random() < 0.5:
                break

    async def at_once(self) -> None:
        """Send two to five on one address at the same time."""
        address = self.random.choice(self.addresses)
        await asyncio.gather(*(self.one(address=address) for _ in range(self.random.randrange(2, 6))))

    async def comes(self) -> None:
        """Give an address that nobody holds to somebody new, or to whom another one belongs."""
        await self.come(*self.random.choice(self.addresses))

    async def come(self, kind: str, value: str) -> None:
        """Give this address to somebody, unless somebody has it."""
        if self.holder(kind, value):
            return
        field = {"emails": {"address": value}} if kind == "email" else {"phones": {"number": value}}
        others = [one for one in (self.holder(*other) for other in self.addresses) if one]
        ((name, item),) = field.items()
        if others and self.random.random() < 0.5:
            sent = {"id": f"cus_{others[0]['_id']}", "input": {name: {"add": [item]}}}
            assert (await self.data(UPDATE, sent))["customerUpdate"]["applied"]
        else:
            assert (await self.data(CREATE, {"input": {name: [item]}}))["customerCreate"]["applied"]

    async def goes(self) -> None:
        """Take an address from who holds it."""
        kind, value = self.random.choice(self.addresses)
        doc = self.holder(kind, value)
        if doc:
            name, field = ("emails", "normalized") if kind == "email" else ("phones", "number")
            (item,) = [one for one in doc[name] if one[field] == value]
            sent = {"id": f"cus_{doc['_id']}", "input": {name: {"remove": [item["id"]]}}}
            assert (await self.data(UPDATE, sent))["customerUpdate"]["applied"]

    def holder(self, kind: str, value: str) -> dict[str, Any] | None:
        """Return who holds an address."""
        field = "emails.normalized" if kind == "email" else "phones.number"
        found: dict[str, Any] | None = self.stored["customers"].find_one({field: value})
        return found

    def acts(self) -> list[Callable[[], Awaitable[None]]]:
        """Return what may happen; what stands there twice is twice as likely."""
        return [self.one, self.one, self.again, self.many, self.at_once, self.comes, self.goes]

    async def play(self) -> None:
        """Let it happen."""
        acts = self.acts()
        for _ in range(self.random.randrange(3, 7)):
            self.clock.move(seconds=1)
            await self.random.choice(acts)()


async def settle(data: Ask) -> None:
    """Make what can be agreed to."""
    made = {"key": "weekly", "name": "Weekly", "channel": "EMAIL", "purpose": "MARKETING"}
    assert (await data(LIST, {"input": made}))["listCreate"]["applied"]
    texts = [{"locale": "en", "text": "We keep it to ourselves."}]
    term = {"key": "privacy", "name": "Privacy", "texts": texts, "effectiveFrom": "2026-01-01T00:00:00Z"}
    assert (await data(TERM, {"input": term}))["termCreate"]["applied"]


def stands(ctx: Context, stored: Any, history: History) -> int:
    """See that each address and person stands where the story says; return how much was said."""
    spoken = 0
    for (kind, value, word), said in history.said.items():
        is_own = kind == "customer"
        name = subjects.own_id(ctx, ObjectId(value)) if is_own else rules.identifier_id(ctx.keys, kind, value)
        doc = stored["identifiers"].find_one({"_id": name})
        assert fold.read(doc)[word].state == state_of(said), (history.number, kind, word)
        spoken += len(said)
    return spoken


@pytest.mark.parametrize("chunk", range(CHUNKS))
async def test_thirty_histories(data: Ask, ctx: Context, stored: Any, clock: Clock, chunk: int) -> None:
    ctx.db.rehearse = chunk == 0
    await settle(data)
    spoken = 0
    for number in range(chunk * EACH, (chunk + 1) * EACH):
        history = History(number, data, stored, clock)
        await history.play()
        spoken += stands(ctx, stored, history)
    # What was answered is what is kept: nothing was lost, nothing was written twice.
    assert stored["consent_ledger"].count_documents({}) == spoken > 100
    assert await faults(ctx) == []
