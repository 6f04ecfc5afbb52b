"""What a customer's document repeats of the facts on its identifiers, so that a list can ask for them in one query.

An identifier's document may hold `facts`: {deliverable, keys, known}, written by the room that knows what they mean
(`consent`). `keys` are words that conditions look for, `known` says of which matters anything is known. They stay with
the identifier: when it comes to a customer, `standing` repeats them there, when it leaves, they leave.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from api.core.mongo import Doc
from api.customers.derive import identifiers

NO_FACTS: Doc = {"deliverable": True, "keys": [], "known": []}
OWN = "customer"
"""The kind of the element that belongs to the customer itself and to no address."""
_ADDRESSES = frozenset({"email", "phone", "push", "web_push"})
_EVERY_ONE = frozenset({"push", "web_push", OWN})


def carried(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    facts: Mapping[str, Doc],
    identifier_id: Callable[[str, str], str],
) -> list[Doc]:
    """Return the standing of a customer that is saved: what stays, and what the identifiers that come bring along.

    An element is {i: identifier's id, kind, seen_at, last, deliverable, keys, known}.
    """
    held = before.get("standing") or []
    now = addresses(after)
    if held and now == addresses(before):
        return list(held)
    known = {one["i"]: one for one in held}
    found = [one for one in held if one["kind"] == OWN]
    for kind, value in now:
        identifier = identifier_id(kind, value)
        found.append(
            known.get(identifier) or element(identifier, kind, after["updated_at"], facts.get(identifier, NO_FACTS))
        )
    return with_last(found)


def element(identifier: str, kind: str, seen_at: datetime, facts: Mapping[str, Any]) -> Doc:
    """Return the element that repeats an identifier's facts."""
    return {"i": identifier, "kind": kind, "seen_at": seen_at, **{name: facts[name] for name in NO_FACTS}}


def with_last(elements: Iterable[Doc]) -> list[Doc]:
    """Return elements marked with the newest of each kind, which alone is written to; devices are all written to."""
    rows = list(elements)
    newest: dict[str, Doc] = {}
    for one in rows:
        if one["kind"] not in newest or one["seen_at"] > newest[one["kind"]]["seen_at"]:
            newest[one["kind"]] = one
    return [{**one, "last": one["kind"] in _EVERY_ONE or one is newest[one["kind"]]} for one in rows]


def addresses(doc: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (kind, normalized value) of what a customer can be written to at."""
    return [(kind, value) for kind, value, _ in identifiers(doc) if kind in _ADDRESSES]
