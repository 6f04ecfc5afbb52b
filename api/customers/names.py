"""What names a customer, and when it was hers: identifiers as they are compared and as they were typed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from api.core.personal import Spans
from api.customers.derive import identifiers
from api.history.model import PathChange

NAMING = frozenset({"reference_id", "emails", "phones", "push_tokens"})
"""The fields that hold what names a customer."""


class Name(NamedTuple):
    """A text that names a customer; `kind` and `value` are of the identifier that it is, both empty where it is none."""

    kind: str
    value: str
    text: str


def of(doc: Mapping[str, Any]) -> Iterator[Name]:
    """Yield what names a customer, each identifier first in the form that is compared."""
    for kind, value, _ in identifiers({"_id": "", **doc}):
        yield Name(kind, value, value)
    for item in doc.get("emails") or ():
        if item["address"] != item["normalized"]:
            yield Name("email", item["normalized"], item["address"])
    for item in doc.get("phones") or ():
        kind, value = ("phone", item["number"]) if item["valid"] else ("", "")
        for text in {item["number"], item.get("raw") or item["number"]}:
            if text != value:
                yield Name(kind, value, text)


class Held:
    """When each name was hers: takes her saves, the oldest first."""

    def __init__(self) -> None:
        """Begin before the first."""
        self._since: dict[Name, datetime] = {}
        self._spans: dict[Name, Spans] = {}

    def take(self, at: datetime, paths: Iterable[PathChange]) -> None:
        """Take what a save changed."""
        for one in paths:
            name, _, item = one.path.partition(".")
            if name not in NAMING:
                continue
            before, after = _named(name, item, one.before), _named(name, item, one.after)
            for gone in before - after:
                self._spans[gone] = (*self._spans.get(gone, ()), (self._since.pop(gone, at), at))
            for come in after - before:
                self._since.setdefault(come, at)

    def spans(self, doc: Mapping[str, Any], now: Spans) -> dict[Name, Spans]:
        """Return what was hers once, and what is hers now with the spans that are to be said of that."""
        return self._spans | dict.fromkeys(of(doc), now)


def _named(name: str, item: str, value: Any) -> set[Name]:
    return set(of({name: [value] if item else value})) if value is not None else set()


def by_text(spans: Mapping[Name, Spans]) -> dict[str, Spans]:
    """Return when each text was hers, whatever it stood for."""
    found: dict[str, Spans] = {}
    for one, some in spans.items():
        found[one.text] = (*found.get(one.text, ()), *some)
    return found
