"""The condition tree evaluated on one customer in plain Python: what the compiled filter is compared with.

Written from what the filters promise, not from how they are compiled: no MongoDB semantics in here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from api.customers import values

FOLDED = {"given_name", "family_name", "job_title", "organization"}


def meets(doc: Mapping[str, Any], tree: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether a customer meets a tree."""
    return all(_part(doc, name, part, now) for name, part in tree.items())


def _part(doc: Mapping[str, Any], name: str, part: Any, now: datetime) -> bool:
    if name == "AND":
        return all(meets(doc, one, now) for one in part)
    if name == "OR":
        return any(meets(doc, one, now) for one in part)
    if name == "NOT":
        return not meets(doc, part, now)
    return all(_holds(doc.get(name), name, operator, wanted, now) for operator, wanted in part.items())


def _holds(value: Any, name: str, operator: str, wanted: Any, now: datetime) -> bool:
    if operator == "is_set":
        return (value not in (None, [])) is wanted
    if operator == "any":
        return any(_item(item, name, wanted, now) for item in value or ())
    if name == "tags":
        held = {values.fold(one) for one in value or ()}
        asked = {values.fold(one.strip()) for one in wanted}
        return {"has_any": bool(held & asked), "has_all": asked <= held, "has_none": not held & asked}[operator]
    if name in FOLDED:
        return _text(value, operator, wanted)
    if operator.endswith("days"):
        recent = value is not None and value >= now - timedelta(days=wanted)
        return value is not None and recent is (operator == "within_days")
    return _compared(value, operator, _asked(name, operator, wanted))


def _item(item: Mapping[str, Any], name: str, wanted: Mapping[str, Any], now: datetime) -> bool:
    return all(
        _holds(_of(item, part), f"{name}.{part}", operator, asked, now)
        for part, given in wanted.items()
        for operator, asked in given.items()
    )


def _of(item: Mapping[str, Any], part: str) -> Any:
    return item.get("normalized") if part == "address" else item.get(part)


def _asked(name: str, operator: str, wanted: Any) -> Any:
    if isinstance(wanted, list):
        return [_asked(name, "eq", one) for one in wanted]
    if not isinstance(wanted, str):
        return wanted
    if name == "emails.address":
        return wanted.strip().lower()
    if name == "phones.number" and operator != "starts_with":
        return values.phone(wanted, "NL") or wanted.strip()
    return wanted.strip()


def _text(value: str | None, operator: str, wanted: Any) -> bool:
    folded = values.fold(value) if value is not None else None
    if operator in {"in", "nin"}:
        inside = folded is not None and folded in {values.fold(one.strip()) for one in wanted}
        return inside is (operator == "in")
    asked = values.fold(wanted.strip())
    if operator == "has_word":
        return any(word.startswith(asked) for word in values.words(value or ""))
    if operator == "starts_with":
        return folded is not None and folded.startswith(asked)
    return (folded == asked) is (operator == "eq")


def _compared(value: Any, operator: str, wanted: Any) -> bool:
    if operator in {"neq", "nin"}:
        return not _compared(value, {"neq": "eq", "nin": "in"}[operator], wanted)
    if value is None:
        return False
    tests = {
        "eq": lambda: value == wanted,
        "in": lambda: value in wanted,
        "starts_with": lambda: value.startswith(wanted),
        "lt": lambda: value < wanted,
        "lte": lambda: value <= wanted,
        "gt": lambda: value > wanted,
        "gte": lambda: value >= wanted,
    }
    return tests[operator]()
