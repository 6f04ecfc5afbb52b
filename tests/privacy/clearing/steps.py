"""What tests of clearing do again and again: people go, each holding is cleared of them, and the others are as they were."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from bson import ObjectId

from api.consent import personal as consent
from api.core.context import Context
from api.core.mongo import Tx
from api.core.personal import Act, Clear, Cleared, Gone
from api.customers import clearing
from api.history import personal as history

Docs = dict[Any, dict[str, Any]]
MAX_CALLS = 50


async def gone(ctx: Context, *customer_ids: ObjectId, act: Act = Act.ERASE, suppress: bool = True) -> list[Gone]:
    """Let customers go, and return what finds them."""
    found = await clearing.gather(ctx, customer_ids)
    at, new_ids = ctx.now(), clearing.random_ids(len(found))

    async def body(tx: Tx) -> list[clearing.Result]:
        some = [found[one] for one in customer_ids]
        return await clearing.clear(ctx, tx, some, act, at, new_ids, suppress=suppress, run_id=None)

    results = await ctx.db.transact(body)
    people = [one.gone for one in results if one.gone]
    assert len(people) == len(customer_ids)
    # So that the database holds together at the end of the test.
    for one in (*history.HOLDINGS, *consent.HOLDINGS):
        if one.clear:
            await cleared(ctx, one.clear, people)
    return people


async def once(ctx: Context, clear: Clear, people: Sequence[Gone]) -> Cleared:
    """Call a `clear` in a transaction of its own."""

    async def body(tx: Tx) -> Cleared:
        return await clear(ctx, tx, people)

    return await ctx.db.transact(body)


async def cleared(ctx: Context, clear: Clear, people: Sequence[Gone]) -> int:
    """Call a `clear` until it has nothing left to do, and once more; return how many documents it wrote."""
    documents = 0
    for _ in range(MAX_CALLS):
        found = await once(ctx, clear, people)
        documents += found.documents
        if not found.more:
            assert await once(ctx, clear, people) == Cleared(0, more=False)
            return documents
    message = "It goes on for ever"
    raise AssertionError(message)


def all_of(stored: Any, *names: str) -> dict[str, Docs]:
    """Return collections whole: name -> id -> document."""
    return {name: {doc["_id"]: doc for doc in stored[name].find()} for name in names}


def changed(before: dict[str, Docs], after: dict[str, Docs]) -> dict[str, list[Any]]:
    """Return the ids of documents that are not the same any more, by collection; those without any are left out."""
    found = {
        name: sorted((one for one in {*docs, *after[name]} if docs.get(one) != after[name].get(one)), key=str)
        for name, docs in before.items()
    }
    return {name: ids for name, ids in found.items() if ids}


def holding(stored: Any, texts: Iterable[str]) -> list[str]:
    """Return which collections hold one of these texts, in any letter case."""
    wanted = [one.casefold() for one in texts]
    found = set()
    for name in stored.list_collection_names():
        for doc in stored[name].find():
            whole = _texts(doc).casefold()
            found |= {f"{name}: {one}" for one in wanted if one in whole}
    return sorted(found)


def _texts(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{name} {_texts(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return "\n".join(map(_texts, value))
    return value.decode("utf-8", "replace").replace("\0", "") if isinstance(value, bytes) else str(value)
