"""A small world of people who said this and that, and its seals; with a copy, so that what is tampered with comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from api.consent import recording, sealing, verifying
from api.consent.chain import Fault
from api.core.context import ActorKind, Caller, Context
from api.core.idempotency import Once
from tests.conftest import Clock
from tests.factories import a_customer

COLLECTIONS = ("consent_ledger", "consent_seals", "identifiers", "customers")
PARTNER = Caller(
    ActorKind.API_KEY, id="key", name="Partner", permissions=frozenset({"consent.record", "customer.read"})
)
STATES = ("GRANTED", "DENIED", "WITHDRAWN", "PENDING", "EXPIRED")


def item(random: Random, who: dict[str, Any], now: datetime, **more: Any) -> dict[str, Any]:
    """Return something that an address may say."""
    kind = next(iter(who))
    topics: list[dict[str, Any]] = [{"do_not_sell": True}] if kind in {"email", "reference_id"} else []
    if kind == "email":
        topics += [{"channel": "EMAIL", "purpose": one} for one in ("MARKETING", "SERVICE", "PROFILING")]
    if kind == "phone":
        topics += [{"channel": one, "purpose": "MARKETING"} for one in ("SMS", "PHONE")]
    return {
        "identifier": who, **random.choice(topics), "state": random.choice(STATES),
        "basis": random.choice(["EXPLICIT", "IMPLICIT", "DOUBLE_OPT_IN", "IMPORTED"]),
        "source": random.choice(["FORM", "PARTNER"]),
        "collected_at": now - timedelta(hours=random.randrange(48)), **more,
    }  # fmt: skip


async def record(ctx: Context, items: list[dict[str, Any]]) -> list[recording.Recorded]:
    """Record as a partner does."""
    partner = ctx.as_(PARTNER)
    return await recording.record(partner, items, [Once("consentsRecord")] * len(items))


async def build(ctx: Context, clock: Clock) -> None:
    """Make some customers, and let about 20 addresses and persons say about 10 things each, over three days that are sealed."""
    random = Random(7)
    ctx.db.rehearse = False
    for number in range(12):
        await a_customer(ctx, email=f"person{number}@planted.example", reference_id=f"R{number}")
    people = [{"email": f"person{number}@planted.example"} for number in range(12)]
    people += [{"phone": f"061234560{number}"} for number in range(4)]
    people += [{"reference_id": f"R{number}"} for number in range(4)]
    for _ in range(20):
        clock.move(hours=4)
        for who in people:
            if random.random() < 0.55:
                (done,) = await record(ctx, [item(random, who, clock(), evidence={"note": "On a card."})])
                assert done.applied, done.errors
    await sealing.sweep(ctx)


async def faults(ctx: Context, budget: int = verifying.BUDGET) -> list[Fault]:
    """Verify everything."""
    found, place = [], None
    fresh = replace(ctx, memo={})
    while True:
        part = await verifying.verify(fresh, place, budget)
        found += part.faults
        place = part.next
        if place is None:
            return found


class Copy:
    """What the collections held."""

    def __init__(self, stored: Any) -> None:
        """Copy them now."""
        self._stored = stored
        self.docs = {name: {one["_id"]: one for one in stored[name].find()} for name in COLLECTIONS}

    def put_back(self) -> None:
        """Undo whatever was done since."""
        for name, docs in self.docs.items():
            now = {one["_id"]: one for one in self._stored[name].find()}
            for one in now.keys() - docs.keys():
                self._stored[name].delete_one({"_id": one})
            # What was changed is taken out first, as two of them may have changed places.
            changed = [one for key, one in docs.items() if now.get(key) != one]
            for one in changed:
                self._stored[name].delete_one({"_id": one["_id"]})
            if changed:
                self._stored[name].insert_many(changed)
