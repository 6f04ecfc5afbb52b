"""Random customers and random condition trees over them, from a seed; values are few, so that trees match somebody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any

NAMES = ["Anna", "ánna", "Łukasz", "O'Brien", "Van Dam", "van", "𠮷田", "ab", "Ab cd"]
WORDS = ["a", "an", "ANNA", "van", "dam", "luk", "brien", "o", "𠮷", "zz"]
LOCALES = ["nl-NL", "nl", "en-GB"]
DAYS = ["1980-02-29", "1990-01-01", "2001-12-31"]
TAGS = ["VIP", "press", "Été", "x"]
EMAILS = ["Anna{n}@One.example", "zażółć{n}@two.example", "b{n}@one.example"]
PHONES = ["0612345678", "+31201234567", "nonsense"]
COUNTRIES = ["NL", "BE", "Germany"]
LABELS = ["home", "work"]


def seen(random: Random) -> datetime:
    """Return one of a few moments before the clock's start."""
    return datetime(2026, 3, random.choice([1, 5, 12]), 9, 30, tzinfo=UTC)


def person(random: Random, n: int) -> dict[str, Any]:
    """Return the fields of a new customer."""

    def often(make: Callable[[], Any]) -> Any:
        return make() if random.random() < 0.6 else None

    fields = {
        "given_name": often(lambda: random.choice(NAMES)),
        "organization": often(lambda: random.choice(NAMES)),
        "locale": often(lambda: random.choice(LOCALES)),
        "date_of_birth": often(lambda: random.choice(DAYS)),
        "gender": often(lambda: random.choice(["FEMALE", "MALE"])),
        "last_seen_at": often(lambda: seen(random)),
        "tags": random.sample(TAGS, random.randint(0, 3)),
        "emails": [
            {"address": one.format(n=n), "label": often(lambda: random.choice(LABELS))}
            for one in random.sample(EMAILS, random.randint(0, 2))
        ],
        "phones": [
            {"number": one, "label": often(lambda: random.choice(LABELS))}
            for one in random.sample(PHONES, random.randint(0, 2))
        ],
        "addresses": [
            {"city": random.choice(NAMES), "country_code": random.choice(COUNTRIES)}
            for _ in range(random.randint(0, 2))
        ],
    }
    return {name: value for name, value in fields.items() if value not in (None, [])}


def tree(random: Random, depth: int = 3) -> dict[str, Any]:
    """Return a condition tree."""
    found: dict[str, Any] = {}
    for _ in range(random.randint(1, 2)):
        kind = random.random()
        if depth and kind < 0.15:
            found["NOT"] = tree(random, depth - 1)
        elif depth and kind < 0.4:
            found[random.choice(["AND", "OR"])] = [tree(random, depth - 1) for _ in range(random.randint(0, 3))]
        else:
            name = random.choice(list(LEAVES))
            found[name] = LEAVES[name](random)
    return found


def _text(options: list[str], *, words: bool) -> Callable[[Random], dict[str, Any]]:
    def make(random: Random) -> dict[str, Any]:
        operator = random.choice(["eq", "neq", "in", "nin", "starts_with", "is_set", *(["has_word"] if words else [])])
        if operator == "is_set":
            return {operator: random.random() < 0.5}
        if operator in {"in", "nin"}:
            return {operator: random.sample(options, random.randint(0, 2))}
        if operator in {"starts_with", "has_word"}:
            return {operator: random.choice([*(WORDS if words else []), *(one[:2] for one in options)])}
        return {operator: f" {random.choice(options)} "}

    return make


def _range(options: Callable[[Random], Any], *more: str) -> Callable[[Random], dict[str, Any]]:
    def make(random: Random) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for operator in random.sample(["lt", "lte", "gt", "gte", "is_set", *more], 2):
            if operator == "is_set":
                found[operator] = random.random() < 0.5
            else:
                found[operator] = random.randint(0, 12) if operator.endswith("days") else options(random)
        return found

    return make


def _any(parts: dict[str, Callable[[Random], dict[str, Any]]]) -> Callable[[Random], dict[str, Any]]:
    def make(random: Random) -> dict[str, Any]:
        if random.random() < 0.3:
            return {"is_set": random.random() < 0.5}
        names = random.sample(list(parts), random.randint(1, min(2, len(parts))))
        return {"any": {name: parts[name](random) for name in names}}

    return make


def _truth(random: Random) -> dict[str, Any]:
    return {"eq": random.random() < 0.5}


def _tags(random: Random) -> dict[str, Any]:
    operator = random.choice(["has_any", "has_all", "has_none", "is_set"])
    wanted = [one.upper() for one in random.sample([*TAGS, "nobody's"], random.randint(0, 2))]
    return {operator: random.random() < 0.5 if operator == "is_set" else wanted}


def _gender(random: Random) -> dict[str, Any]:
    operator = random.choice(["eq", "neq", "in", "nin", "is_set"])
    if operator == "is_set":
        return {operator: random.random() < 0.5}
    one = random.choice(["FEMALE", "MALE", "OTHER"])
    return {operator: [one] if operator in {"in", "nin"} else one}


ADDRESSES = [one.format(n=n) for one in EMAILS for n in (1, 5)]
LEAVES: dict[str, Callable[[Random], dict[str, Any]]] = {
    "given_name": _text(NAMES, words=True),
    "organization": _text(NAMES, words=True),
    "locale": _text(LOCALES, words=False),
    "date_of_birth": _range(lambda random: random.choice(DAYS), "eq"),
    "last_seen_at": _range(seen, "within_days", "older_than_days"),
    "created_at": _range(seen, "within_days", "older_than_days"),
    "gender": _gender,
    "kind": lambda random: {random.choice(["eq", "neq"]): random.choice(["KNOWN", "ANONYMOUS"])},
    "version": lambda random: {random.choice(["eq", "neq", "lt", "lte", "gt", "gte"]): random.randint(0, 2)},
    "tags": _tags,
    "emails": _any({"address": _text(ADDRESSES, words=False), "label": _text(LABELS, words=False), "primary": _truth}),
    "phones": _any({"number": _text(PHONES[:2], words=False), "valid": _truth, "label": _text(LABELS, words=False)}),
    "addresses": _any({"city": _text(NAMES, words=False), "country_code": _text(["NL", "BE", "DE"], words=False)}),
}
