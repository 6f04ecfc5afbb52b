"""Which language somebody is answered in; the words of each stand in tables in the rooms that say them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

MAX_ACCEPTED = 20
Words = TypeVar("Words")


def spoken(tables: Mapping[str, Words], *locales: str | None) -> Words:
    """Return the table of the first locale whose language has one, else the first, which is English."""
    languages = ((one or "").partition("-")[0].lower() for one in locales)
    return next((tables[one] for one in languages if one in tables), next(iter(tables.values())))


def accepted(header: str) -> list[str]:
    """Return the languages of an Accept-Language header, the dearest first."""
    found: list[tuple[float, str]] = []
    for one in header.split(",")[:MAX_ACCEPTED]:
        tag, _, weight = one.partition(";")
        try:
            dear = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if dear > 0:
            found.append((dear, tag.strip()))
    return [tag for _, tag in sorted(found, key=lambda one: -one[0])]
