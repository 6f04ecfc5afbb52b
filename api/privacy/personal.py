"""What this room keeps of persons: who asked for them to go, that they went, and for a while what finds the rest of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from api.core.context import Context
from api.core.mongo import Tx
from api.core.personal import Cleared, Gone, Holding
from api.privacy import store

MAX_OPEN = 200


async def clear_requests(ctx: Context, tx: Tx, gone: Sequence[Gone]) -> Cleared:
    """Forget requests that look for one of these by name; they live until their selection is fixed, so they are few."""
    names = [name.casefold() for one in gone for name in one.names]
    found = [doc for doc in await store.open_requests(ctx, tx, MAX_OPEN) if doc["personal"]]
    hers = [
        doc["_id"]
        for doc in found
        if any(name in text.casefold() for text in _texts(doc["personal"]) for name in names)
    ]
    await store.blank_requests(ctx, hers, tx)
    return Cleared(len(hers), more=False)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


HOLDINGS = (
    Holding(
        collection="certificates",
        excused="What a run cleared and searched: old numbers of customers, names of collections and counts.",
        stays="It proves that somebody is gone; it holds old numbers and counts, and nothing that was hers.",
    ),
    Holding(
        collection="privacy_requests",
        excused="How somebody looks for whoever is to go, until they are found; it is about many people.",
        clear=clear_requests,
    ),
    Holding(
        collection="privacy_asked",
        excused="Numbers of customers who are asked for, until the run has ended that does it.",
        stays="A number and the run that was asked for; it is removed when that run has ended.",
    ),
    Holding(
        collection="clearings",
        excused="What finds the rest of those who went, encrypted, until the run has ended that clears it.",
        stays="By it the other collections are cleared; it is removed when the run has ended.",
    ),
    Holding(
        collection="erasures",
        excused="Old numbers of customers who went, and digests that nobody can read; it begins when a profile ends.",
        stays="By it an erasure is done again on a restored backup: a number that leads nowhere, and keyed digests.",
    ),
)
