"""What every test may ask for: engines, a database of its own, a context with a clock, callers, the app, mail, logs."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, cast

import httpx2
import pymongo
import pytest
from aiosmtpd.controller import Controller
from argon2 import PasswordHasher
from starlette.applications import Starlette

from api import indexes
from api.access import passwords
from api.app import create_app
from api.core import logs
from api.core.context import SYSTEM, Context
from api.core.keys import Keys
from api.core.mongo import Database, connect
from api.core.queue import Job
from api.core.settings import Settings
from api.mail import rules as mail
from jobs.engines import free_port
from tests import mongo_watch
from tests.engines import Bare, drop_database, mongo_server, new_database, redis_server, with_indexes
from tests.factories import a_key, a_user
from tests.log_scan import personal_in
from tests.mongo_watch import Watch
from tests.whole.fold import faults_of

Commands = Callable[..., AbstractContextManager[list[str]]]
Ask = Callable[..., Awaitable[dict[str, Any]]]

START = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
SECRET = "c0ffee4all-the-tests-and-nothing-else-5eed"
DRIVER = cast("Literal['motor', 'pymongo']", os.environ.get("REGULARS_MONGO_DRIVER", "motor"))
ORIGIN = "http://127.0.0.1:8000"
ROLES = ("viewer", "editor", "data-admin", "privacy-officer", "owner")


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the browser tests last: what drives a browser holds the event loop of its process until the session ends."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


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
    watch = mongo_watch.install()
    if "secantusVersion" not in bare.admin.command("buildInfo"):
        watch.explainer = bare
    return watch


# --- MongoDB ---


@pytest.fixture
def watch(watching: Watch) -> Iterator[Watch]:
    """The listener; a test fails at its end for what MongoDB would refuse. Take what a test provokes with `take()`."""
    watching.take()
    watching.shape.indexes = {name: [one.keys for one in declared] for name, declared in indexes.declared().items()}
    yield watching
    found = watching.take()
    assert not found, "MongoDB would refuse or do badly:\n" + "\n".join(map(str, found))


@pytest.fixture
def commands(watch: Watch) -> Commands:
    """Count: `with commands() as sent: ...` fills `sent` with what went to MongoDB, as "find customers" and "commit"."""
    return watch.counting


@pytest.fixture
def database_name(bare: Bare, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of this test's own; at its end it must hold together (whole/fold.py), then it is dropped."""
    name = new_database(bare)
    yield name
    try:
        found = [] if request.node.get_closest_marker("tampered") else faults_of(bare[name], Keys(SECRET))
    finally:
        drop_database(bare, name)
    assert not found, "The database does not hold together:\n" + "\n".join(found)


@pytest.fixture
def stored(bare: Bare, database_name: str) -> Any:
    """The test's database through the unwatched client: to look at, and to put in what no rule would write."""
    return with_indexes(bare[database_name])


@pytest.fixture
async def db(mongodb_url: str, database_name: str, stored: Any, watch: Watch) -> AsyncIterator[Database]:
    """A connected database with every declared index; each transaction is rehearsed."""
    database = connect(mongodb_url, database_name, driver=DRIVER)
    database.rehearse = True
    yield database
    await database.close()


# --- context and app ---


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at 2026-03-12T09:30Z until it is moved."""
    return Clock()


@pytest.fixture
def settings(mongodb_url: str, database_name: str, tmp_path: Path) -> Settings:
    """Settings as a development machine has them."""
    # A test may ask as much as it likes, but for those of the rates.
    plenty = dict.fromkeys(("rate_key", "rate_user", "rate_anonymous"), "100000000/1000000")
    return Settings(
        mongodb_url=mongodb_url, secret=SECRET, database=database_name, data_dir=tmp_path, url=ORIGIN, **plenty
    )


@pytest.fixture
def enqueued() -> list[tuple[Job, str]]:
    """What was asked of the workers."""
    return []


@pytest.fixture
def ctx(db: Database, settings: Settings, clock: Clock, enqueued: list[tuple[Job, str]]) -> Context:
    """The system's own context on the test's database and clock."""

    async def note(job: Job, object_id: str) -> None:
        enqueued.append((job, object_id))

    keys = Keys(settings.secret)
    return Context(db=db, settings=settings, keys=keys, caller=SYSTEM, clock=clock, enqueue=note, post=mail.send)


@pytest.fixture
async def app(ctx: Context) -> AsyncIterator[Starlette]:
    """The running app, in process, on the test's database and clock."""
    built = create_app(ctx.settings, database=ctx.db, clock=ctx.clock, enqueue=ctx.enqueue)
    async with built.router.lifespan_context(built):
        yield built


@pytest.fixture
async def client(app: Starlette) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser without a session; cookies that it is given are kept."""
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN, headers={"X-CSRF": "1"}) as opened:
        yield opened


@pytest.fixture
def headers_of(stored: Any, clock: Clock) -> Callable[[str], dict[str, str]]:
    """Return the headers with which somebody asks: a role ("owner", "viewer", ...), "key", "key:viewer" or "anonymous"."""
    made: dict[str, dict[str, str]] = {"anonymous": {}}

    def headers(who: str) -> dict[str, str]:
        if who not in made and who.partition(":")[0] == "key":
            _, secret = a_key(stored, clock(), role=who.partition(":")[2] or "owner")
            made[who] = {"Authorization": f"Bearer {secret}"}
        elif who not in made:
            _, token = a_user(stored, clock(), role=who)
            made[who] = {"Cookie": f"regulars_session={token}", "X-CSRF": "1"}
        return made[who]

    return headers


@pytest.fixture
def gql(client: httpx2.AsyncClient, headers_of: Callable[[str], dict[str, str]]) -> Ask:
    """Ask: `await gql(query, {...}, as_="viewer")` sends GraphQL to the app and returns the whole answer."""

    async def ask(query: str, variables: dict[str, Any] | None = None, *, as_: str = "owner") -> dict[str, Any]:
        body = {"query": query, "variables": variables or {}}
        answer = await client.post("/graphql", json=body, headers=headers_of(as_))
        return cast("dict[str, Any]", answer.json())

    return ask


@pytest.fixture
def data(gql: Ask) -> Ask:
    """As `gql`, but returns `data` and fails on any top-level error."""

    async def ask(query: str, variables: dict[str, Any] | None = None, *, as_: str = "owner") -> dict[str, Any]:
        answer = await gql(query, variables, as_=as_)
        assert "errors" not in answer, answer["errors"]
        return cast("dict[str, Any]", answer["data"])

    return ask


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Argon2 at its cheapest: its costs are its own business, and tested once."""
    dear, passwords.hasher = passwords.hasher, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield
    passwords.hasher = dear


# --- mail and logs ---


class Caught:
    """Keeps the mails that it is sent; `refuse` makes it answer an error instead."""

    def __init__(self) -> None:
        """Start empty."""
        self.mails: list[Message] = []
        self.refuse: str = ""

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a mail, as aiosmtpd calls it."""
        if self.refuse:
            return self.refuse
        self.mails.append(message_from_bytes(envelope.content))
        return "250 OK"


@pytest.fixture
def smtp() -> Iterator[tuple[str, Caught]]:
    """A mail server: its SMTP_URL, and what it caught."""
    caught = Caught()
    # The controller asks its own port whether it is there, so that it must be told which.
    port = free_port()
    controller = Controller(caught, hostname="127.0.0.1", port=port)
    controller.start()
    yield f"smtp://127.0.0.1:{port}", caught
    controller.stop()


@pytest.fixture(autouse=True)
def log() -> Iterator[BytesIO]:
    """What this test logs, as production would; a personal value in it fails the test."""
    sink = BytesIO()
    logs.configure(sink)
    yield sink
    found = personal_in(sink.getvalue().decode())
    assert not found, f"Personal values in the log: {found}"
