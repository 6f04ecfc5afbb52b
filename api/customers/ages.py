"""Customers by how old they are: which ones, in that order, and how many on each day; for what is done with them by age."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from bson import ObjectId

from api.core.context import Context
from api.core.errors import Unavailable
from api.core.mongo import Doc, Filter, deadline, driver_errors, is_timeout
from api.customers import store
from api.customers.reading import LIST_SECONDS

FIELDS = ("kind", "version", "created_at", "updated_at", "last_seen_at", "anonymized_at", "hold")
"""What it depends on whether a customer is kept."""


@contextmanager
def _in_time() -> Iterator[None]:
    try:
        with deadline(LIST_SECONDS):
            yield
    except driver_errors as error:
        if is_timeout(error):
            raise Unavailable("There are too many customers to look through.", code="FILTER_TOO_BROAD") from error
        raise


async def listed(
    ctx: Context, where: Filter, sort: Sequence[tuple[str, int]], limit: int, *, only: Sequence[str] = ()
) -> list[Doc]:
    """Return some of whoever a filter finds, to be shown or with a few fields only; raises FILTER_TOO_BROAD after 10 s."""
    with _in_time():
        return await store.listed(ctx, where, sort, limit, dict.fromkeys(only, 1) if only else store.READ_FIELDS)


async def these(ctx: Context, ids: Sequence[ObjectId]) -> dict[ObjectId, Doc]:
    """Return `FIELDS` of customers (at most 1,000), those in the trash too; one command."""
    return await store.reached(ctx, ids, FIELDS)


async def per_day(ctx: Context, where: Filter, field: str, days: Sequence[tuple[str, datetime]]) -> dict[str, int]:
    """Count whoever a filter finds by the first of the days before whose moment a stored moment lies; days in order.

    Raises FILTER_TOO_BROAD after 10 s.
    """
    branches = [{"case": {"$lt": [f"${field}", before]}, "then": day} for day, before in days]
    if not branches:
        return {}
    with _in_time():
        found = await store.counted_by(ctx, where, {"$switch": {"branches": branches, "default": ""}}, len(days) + 1)
    return {day: count for day, count in found.items() if day}
