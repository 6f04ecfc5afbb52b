"""Choosing many customers for a long act: who is meant, page after page of ids, and who of them is still meant later."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from bson import ObjectId

from api.core.context import Context
from api.core.mongo import Doc, Filter, Tx, deadline, driver_errors, is_timeout
from api.customers import store
from api.customers.reading import COUNT_LIMIT, COUNT_SECONDS, SORTS, filter_of, speaks_of_others

PAGE_SECONDS = 300.0
"""For each page: the embedded server reads everybody before it answers the first of them, a million in over a minute."""
MOST = 100_000_000


async def chosen(
    ctx: Context,
    where: Mapping[str, Any] | None,
    search: str | None,
    ids: Sequence[ObjectId] | None,
    *,
    with_trash: bool = False,
) -> Doc:
    """Return the filter of whoever is meant: named customers, who meets a condition, or both; raises as `filter_of`."""
    found = await filter_of(ctx, search=search, where=where, trash=False)
    if with_trash:
        found["trashed"] = {"$in": [False, True]}
    return found if ids is None else {"_id": {"$in": list(ids)}, **found}


async def any_of(ctx: Context, where: Filter) -> bool:
    """Tell whether a filter finds anybody; True also when that takes too long to say."""
    try:
        with deadline(COUNT_SECONDS):
            return bool(await store.listed(ctx, where, [], 1, {"_id": 1}))
    except driver_errors as error:
        if is_timeout(error):
            return True
        raise


async def counted(ctx: Context, where: Filter) -> tuple[int, bool]:
    """Return how many a filter finds, and whether that is exact: up to 10,001, within a second."""
    try:
        with deadline(COUNT_SECONDS):
            found = await store.count(ctx, where, COUNT_LIMIT)
    except driver_errors as error:
        if is_timeout(error):
            return 0, False
        raise
    return found, found < COUNT_LIMIT


async def more_than(ctx: Context, limit: int) -> bool:
    """Tell whether there are more customers than that, as far as the collection's own count says; the trash counts.

    False also when that takes too long to say: whoever selects them counts again.
    """
    try:
        with deadline(COUNT_SECONDS):
            return await store.estimated(ctx) > limit
    except driver_errors as error:
        if is_timeout(error):
            return False
        raise


def pages(
    ctx: Context, where: Filter, sort: tuple[str, bool] | None, size: int, lists: Sequence[str] = ()
) -> AsyncIterator[list[Doc]]:
    """Yield whoever a filter finds at one moment, each once: ids, and of these lists the ids of the items.

    `sort` is (name of SORTS, descending); without, in whichever order the server reads fastest.
    """
    way = -1 if sort and sort[1] else 1
    order = [(SORTS[sort[0]], way), ("_id", way)] if sort else []
    fields = {"_id": 1, **{f"{name}.id": 1 for name in lists}}
    return store.pages(ctx, where, fields, order, size, MOST, PAGE_SECONDS)


async def current(ctx: Context, ids: Sequence[ObjectId], fields: Filter) -> dict[ObjectId, Doc]:
    """Return those of these customers (at most 1,000) who are there and not in the trash; `fields` holds `trashed`."""
    found = await store.some(ctx, ids, fields)
    return {one: doc for one, doc in found.items() if not doc["trashed"]}


async def whole(ctx: Context, ids: Sequence[ObjectId], tx: Tx | None = None) -> dict[ObjectId, Doc]:
    """Return those of these customers (at most 1,000) who are there, in the trash or not, with all that is stored."""
    return await store.by_ids(ctx, ids, tx)


async def consenting(ctx: Context, where: Mapping[str, Any] | None) -> Doc | None:
    """Return the filter of what a condition asks about consent, to be asked again later; None when it asks nothing.

    What stands beside each other at the top is looked at apart: only parts that speak of consent are kept, each whole.
    """
    kept = [one for one in _beside(where or {}) if speaks_of_others(one)]
    if not kept:
        return None
    found = await filter_of(ctx, search=None, where={"AND": kept}, trash=False)
    return {"$and": found["$and"]}


def _beside(tree: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for name, part in tree.items():
        if name == "AND":
            found += [inner for one in part or () for inner in _beside(one)]
        elif part is not None:
            found.append({name: part})
    return found


async def still(ctx: Context, ids: Sequence[ObjectId], where: Filter) -> set[ObjectId]:
    """Return which of these customers (at most 1,000) meet a filter now."""
    return await store.meeting(ctx, ids, where)
