"""What each room holds about a person, declared beside its store: how she is told of it, and how it goes when she does.

A room declares one `Holding` or more for each of its collections in its `personal.py`: what is copied for the person under
which name, what is left out of that and why, or why the whole collection is excused; and how it is cleared of persons who
were anonymized or erased, or why nothing of it has to go. `api/privacy` joins them; a test walks the database and fails for
a collection or a field that nobody declared.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias, TypeVar

from bson import ObjectId

from api.core.context import Context
from api.core.fields import camel
from api.core.mongo import Doc, Tx

PAGE = 500
T = TypeVar("T")
Spans: TypeAlias = tuple[tuple[datetime, datetime], ...]
"""From when until when something was hers, both included."""
ALWAYS: Spans = ((datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)),)
SELF = "It is the number of the person whom this copy is about, as the manifest names it."
STAFF = "The number of a colleague's account; the name is told."


@dataclass(frozen=True, slots=True)
class Person:
    """A customer with all that finds her in the collections; loaded once."""

    customer_id: ObjectId
    doc: Doc
    """Her document, whole."""
    identifiers: Mapping[str, Doc]
    """What she is found by now, and what stands for herself, by id."""
    subjects: Mapping[ObjectId, Spans]
    """Chains of consents -> when they spoke of her: those of her addresses always, those of former ones in her time."""
    names: Mapping[str, Spans]
    """Each address, number, reference id and device as typed and as compared -> when it was hers."""
    tell: Callable[[str, Any], Any]
    """Returns what stood at a path (`job_title`, `emails.<id>`) as it is told: names of the API, bank accounts in clear."""
    looks: tuple[Doc, ...] = ()
    """Entries of the access log that are written together with what is made of her now."""


class Act(StrEnum):
    """What becomes of a person: her profile stays without anything personal, or it goes; in both cases she is nowhere else."""

    ANONYMIZE = "ANONYMIZE"
    ERASE = "ERASE"


@dataclass(frozen=True, slots=True)
class Gone:
    """A person whose profile was anonymized or erased, with all that finds what other collections still hold of her."""

    customer_id: ObjectId
    """The old one; an anonymized profile has another, which stands nowhere beside this."""
    act: Act
    at: datetime
    """When; what is recorded later is about somebody else."""
    identifiers: tuple[str, ...]
    """What found her, once or until now, and finds nobody else: ids of documents; what stands for herself is one."""
    subjects: Mapping[ObjectId, int]
    """Chains of consents of these -> how many entries they had; what follows is about somebody else."""
    names: Mapping[str, Spans]
    """Each address, number, reference id, device and bank account, as typed and as compared -> when it was hers; nothing that
    somebody else holds."""

    @property
    def until(self) -> datetime:
        """Until when something was recorded of her: also while the act was under way, which may have had to begin again."""
        return self.at + MEANWHILE


MEANWHILE = timedelta(seconds=30)


class Cleared(NamedTuple):
    """What one call of a `clear` wrote."""

    documents: int
    more: bool
    """It stopped at `MAX_CLEARED`, and is to be called again."""


MAX_CLEARED = 900
"""Documents that one call of a `clear` may write; MongoDB advises to write at most 1,000 in a transaction."""
MAX_PERSONS = 100
"""Persons of one call."""

Copy: TypeAlias = Callable[[Context, Person], AsyncIterator[Doc]]
"""Yield the rows of a copy; of many never all at once."""
Clear: TypeAlias = Callable[[Context, Tx, Sequence[Gone]], Awaitable[Cleared]]
"""Blank or remove what a collection holds of up to `MAX_PERSONS` persons, in the caller's transaction; safe to repeat."""


@dataclass(frozen=True, kw_only=True)
class Holding:
    """What a collection holds about a person, and what becomes of it."""

    collection: str
    part: str = ""
    """Its name in the copy."""
    about: str = ""
    """What the person finds in this part."""
    copy: Copy | None = None
    copied: Mapping[str, str] = field(default_factory=dict)
    """Stored field (`actor.name`; of the items of lists too) -> where it stands in a row of the copy."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Stored field -> why the copy does not hold it."""
    excused: str = ""
    """Why the collection is not copied at all."""
    clear: Clear | None = None
    """How it is cleared of persons who went."""
    stays: str = ""
    """Why nothing of it has to go when a person does."""

    def __post_init__(self) -> None:
        """Refuse a declaration that says nothing, or two things."""
        if (self.copy is None) == (not self.excused) or (self.copy is not None) != bool(self.part and self.about):
            message = f"Say of {self.collection} what is copied, or why it is excused"
            raise TypeError(message)
        if self.clear and self.stays:
            message = f"Say of {self.collection} how it is cleared, or why nothing of it has to go"
            raise TypeError(message)


def within(spans: Spans, at: datetime) -> bool:
    """Tell whether a moment lies in one of the spans."""
    return any(begin <= at <= end for begin, end in spans)


def told(doc: Mapping[str, Any], copied: Mapping[str, str]) -> Doc:
    """Return a row of a copy: the declared fields of a stored document where they are told; what is empty is left out."""
    row: Doc = {}
    for stored, name in copied.items():
        value = _at(doc, stored)
        if value is not None and value not in ("", []):
            *outer, last = name.split(".")
            inner = row
            for one in outer:
                inner = inner.setdefault(one, {})
            inner[last] = value
    return row


def _at(doc: Mapping[str, Any], path: str) -> Any:
    found: Any = doc
    for step in path.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found


def camels(value: Any) -> Any:
    """Return documents with the names that the API has for their fields."""
    if isinstance(value, Mapping):
        return {camel(name): camels(inner) for name, inner in value.items()}
    return [camels(one) for one in value] if isinstance(value, list | tuple) else value


async def pages(fetch: Callable[[Doc | None], Awaitable[Sequence[Doc]]]) -> AsyncIterator[Doc]:
    """Yield all that `fetch` finds, page by page: it is given the last document so far and answers at most `PAGE` more."""
    last: Doc | None = None
    while more := await fetch(last):
        for one in more:
            yield one
        if len(more) < PAGE:
            return
        last = more[-1]


def together(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield values a page at a time."""
    return (values[start : start + PAGE] for start in range(0, len(values), PAGE))
