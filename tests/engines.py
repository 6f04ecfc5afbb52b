"""The servers that the tests run on: the ones named by MONGODB_URL and REDIS_URL, else embedded ones for this session."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymongo

from api import indexes
from jobs.engines import embedded_mongo, embedded_redis

TOKENS = "test_tokens"
PREFIX = "regulars_test_"

Bare = pymongo.MongoClient[dict[str, Any]]


@contextmanager
def mongo_server(folder: Path) -> Iterator[str]:
    """Yield the address of a server that speaks MongoDB's protocol."""
    url = os.environ.get("MONGODB_URL")
    if url:
        yield url
        return
    with embedded_mongo(folder, throwaway=True) as url:
        yield url


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Yield the address of a Redis."""
    url = os.environ.get("REDIS_URL")
    if url:
        yield url
        return
    with embedded_redis(folder) as url:
        yield url


def new_database(bare: Bare) -> str:
    """Return the random name of a database that this test made, with the document that proves it."""
    name = f"{PREFIX}{secrets.token_hex(8)}"
    bare[name][TOKENS].insert_one({"_id": name})
    return name


def drop_database(bare: Bare, name: str) -> None:
    """Drop a database that `new_database` made, and no other."""
    if not name.startswith(PREFIX) or bare[name][TOKENS].find_one({"_id": name}) is None:
        message = f"{name} was not made by these tests"
        raise RuntimeError(message)
    bare.drop_database(name)


def with_indexes(database: Any) -> Any:
    """Build every declared index in a database, and return it."""
    for name, declared in indexes.declared().items():
        models = [pymongo.IndexModel(list(one.keys), name=one.name, unique=one.unique) for one in declared]
        if models:
            database[name].create_indexes(models)
    return database
