"""What every test may ask for: engines, a database of its own, a context with a clock, callers, the app, mail, logs."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast

import pymongo
import pytest

from api.core.mongo import Database, connect
from tests import mongo_watch
from tests.engines import Bare, drop_database, mongo_server, new_database, redis_server
from tests.mongo_watch import Watch

Commands = Callable[..., AbstractContextManager[list[str]]]

START = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
DRIVER = cast("Literal['motor', 'pymongo']", os.environ.get("REGULARS_MONGO_DRIVER", "motor"))


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        """Start at a moment."""
        self.now = now

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now

    def move(self, **by: float) -> datetime:
        """Move by the arguments of `timedelta` and return the new time."""
        self.now += timedelta(**by)
        return self.now


# --- engines, one of each for the session ---


@pytest.fixture(scope="session")
def mongodb_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The MongoDB of this session."""
    with mongo_server(tmp_path_factory.mktemp("mongo")) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The Redis of this session."""
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="session")
def bare(mongodb_url: str) -> Iterator[Bare]:
    """A plain client that nobody watches, for what the tests themselves do and look at."""
    with cast("Bare", pymongo.MongoClient(mongodb_url, tz_aware=True, w="majority")) as client:
        yield client


@pytest.fixture(scope="session")
def watching(bare: Bare) -> Watch:
    """The listener of the session; registered after the unwatched client was made."""
    del bare
    return mongo_watch.install()


# --- MongoDB ---


@pytest.fixture
def watch(watching: Watch) -> Iterator[Watch]:
    """The listener; a test fails at its end for what MongoDB would refuse. Take what a test provokes with `take()`."""
    watching.take()
    yield watching
    found = watching.take()
    assert not found, "MongoDB would refuse or do badly:\n" + "\n".join(map(str, found))


@pytest.fixture
def commands(watch: Watch) -> Commands:
    """`with commands() as sent: ...` fills `sent` with what went to MongoDB, as "find customers" and "commit"."""
    return watch.counting


@pytest.fixture
def database_name(bare: Bare) -> Iterator[str]:
    """A database of this test's own; at its end whole/fold.py looks at it, then it is dropped."""
    name = new_database(bare)
    yield name
    drop_database(bare, name)


@pytest.fixture
async def db(mongodb_url: str, database_name: str, watch: Watch) -> AsyncIterator[Database]:
    """A connected database with every declared index; each transaction is rehearsed."""
    del watch
    database = connect(mongodb_url, database_name, driver=DRIVER)
    database.rehearse = True
    yield database
    await database.close()


@pytest.fixture
def stored(bare: Bare, database_name: str) -> Any:
    """The test's database through the unwatched client: to look at, and to put in what no rule would write."""
    return bare[database_name]


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at 2026-03-12T09:30Z until it is moved."""
    return Clock()
