"""Joins every room's indexes: `regulars indexes` builds them, `serve` only compares."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pkgutil import walk_packages

import api
from api.core.mongo import Database, Index


def declared() -> dict[str, tuple[Index, ...]]:
    """Return every collection with its indexes, as the modules that own it declare them in `COLLECTIONS`."""
    found: dict[str, tuple[Index, ...]] = {}
    for module in walk_packages(api.__path__, "api."):
        if module.name.endswith(("store", "core.idempotency")):
            room: Mapping[str, tuple[Index, ...]] = getattr(importlib.import_module(module.name), "COLLECTIONS", {})
            twice = found.keys() & room.keys()
            if twice:
                message = f"Two rooms declare {sorted(twice)}"
                raise TypeError(message)
            found.update(room)
    return found


async def build(db: Database) -> None:
    """Create every collection's missing indexes."""
    for name, indexes in declared().items():
        await db[name].build(indexes)


async def missing(db: Database) -> list[tuple[str, Index]]:
    """Return which declared indexes do not exist, as (collection, index)."""
    lacking: list[tuple[str, Index]] = []
    for name, indexes in declared().items():
        if indexes:
            there = await db[name].index_names()
            lacking += [(name, one) for one in indexes if one.name not in there]
    return lacking
