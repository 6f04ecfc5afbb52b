"""Partners that send consents to an address, and do not give up: what they said, and what they were told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from bson import ObjectId

from api.consent import fold
from api.consent.fold import Said
from api.consent.model import ConsentBasis, ConsentSource, ConsentState
from api.core.keys import Keys
from api.customers.rules import identifier_id
from tests.consent.naive import STATES, state_of

START = datetime(2026, 1, 1, tzinfo=UTC)
TOPICS = ("MARKETING", "SERVICE")
RESULT = "applied replayed entryId appliedAs receipt { id jws } errors { code path }"
ONE = f"mutation ($input: ConsentRecordInput!) {{ consentRecord(input: $input) {{ {RESULT} }} }}"
MANY = f"mutation ($input: ConsentsRecordInput!) {{ consentsRecord(input: $input) {{ results {{ index {RESULT} }} }} }}"
AGAIN = frozenset({"UNAVAILABLE", "TIMEOUT", "IN_PROGRESS", "RATE_LIMITED"})
"""Codes that a partner answers by sending the same once more."""


def a_message(dice: Random, people: int, key: str) -> dict[str, Any]:
    """Return one consent of one of so many people, said at one of few moments, so that ties are common."""
    return {
        "identifier": {"email": f"p{dice.randrange(people)}@planted.example"},
        "channel": "EMAIL",
        "purpose": dice.choice(TOPICS),
        "state": dice.choice(STATES).value,
        "basis": dice.choice(list(ConsentBasis)).value,
        "source": dice.choice(["PARTNER", "FORM"]),
        "collectedAt": (START + timedelta(hours=dice.randrange(12))).isoformat(),
        "idempotencyKey": key,
    }


def again(answer: dict[str, Any]) -> bool:
    """Tell whether an answer says that the same should be sent once more."""
    codes = {one["extensions"]["code"] for one in answer.get("errors", ())}
    return bool(codes) or any(one["code"] in AGAIN for result in results(answer) for one in result["errors"])


def results(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the answer for each item."""
    data = answer.get("data") or {}
    if data.get("consentRecord"):
        return [data["consentRecord"]]
    return list((data.get("consentsRecord") or {}).get("results", ()))


@dataclass
class Told:
    """What was acknowledged under each key, by all partners; what contradicts itself is kept as a fault."""

    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    times: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def take(self, key: str, result: dict[str, Any]) -> None:
        """Note the answer for one item; the same key must always be told the same."""
        if not result["applied"]:
            return
        told = {name: value for name, value in result.items() if name not in {"replayed", "index"}}
        if self.entries.setdefault(key, told) != told:
            self.faults.append(f"{key} was told {self.entries[key]}, then {told}")
        self.times[key] += 0 if result["replayed"] else 1


def faults_in(stored: Any, told: Told, messages: Iterable[dict[str, Any]], keys: Keys) -> list[str]:
    """Return what does not hold between what partners sent and were told, and what is stored."""
    found = list(told.faults)
    by_key = {one["idempotencyKey"]: one for one in messages}
    acknowledged = {key: ObjectId(one["entryId"].partition("_")[2]) for key, one in told.entries.items()}
    emails = {one["identifier"]["email"] for one in by_key.values()}
    known = [_identifier(stored, keys, email) for email in emails]
    subjects = [one["subject"] for one in known if "subject" in one]
    there = {one["_id"] for one in stored["consent_ledger"].find({"subject": {"$in": subjects}}, {"_id": 1})}
    found += [f"{key}: never acknowledged" for key in by_key.keys() - acknowledged.keys()]
    found += [f"{key}: acknowledged and lost" for key, entry in acknowledged.items() if entry not in there]
    found += [f"entry {one} was acknowledged to nobody" for one in there - set(acknowledged.values())]
    if len(set(acknowledged.values())) != len(acknowledged):
        found.append("two keys were told the same entry")
    # A first answer may have been lost on its way; two firsts may not be.
    found += [f"{key}: {times} effects" for key, times in told.times.items() if times > 1]
    return found + _wrong_states(stored, by_key, keys)


def _wrong_states(stored: Any, by_key: dict[str, dict[str, Any]], keys: Keys) -> list[str]:
    histories: dict[tuple[str, str], list[Said]] = defaultdict(list)
    for one in by_key.values():
        said = Said(
            ObjectId(),
            ConsentState(one["state"]),
            ConsentBasis(one["basis"]),
            ConsentSource(one["source"]),
            datetime.fromisoformat(one["collectedAt"]),
        )
        histories[one["identifier"]["email"], one["purpose"]].append(said)
    found = []
    for (email, purpose), history in histories.items():
        matter = fold.read(_identifier(stored, keys, email)).get(f"EMAIL/{purpose}")
        if matter is None or matter.state is not state_of(history):
            found.append(f"{email} stands at {matter and matter.state} for {purpose}, not at {state_of(history)}")
    return found


def _identifier(stored: Any, keys: Keys, email: str) -> dict[str, Any]:
    found: dict[str, Any] | None = stored["identifiers"].find_one({"_id": identifier_id(keys, "email", email)})
    return found or {}
