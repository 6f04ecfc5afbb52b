"""`regulars up` as people use it: started, killed in part, stopped by Ctrl-C, started again; commands beside it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pymongo
import pytest

from tests.engines import drop_database, new_database

STARTING_SECONDS, LOADING_SECONDS, STOPPING_SECONDS = 90.0, 120.0, 60.0
REGULARS = str(Path(sys.executable).with_name("regulars"))
PASSWORD = "a-password-for-the-tests"
ADMIN = "admin@example.org"
CSV = "first_name,last_name,email\nSanne,Visser,sanne@example.com\nOnno,Smit,onno@example.com\n,,not-an-email\n"

pytestmark = [pytest.mark.alone, pytest.mark.timeout(300)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Up:
    """A running `regulars up` and what it has said."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.said = folder.parent / f"up-{time.monotonic_ns()}.txt"
        wanted = {"PATH": os.environ["PATH"], "REGULARS_DATA_DIR": str(folder), **environment}
        self.environment = wanted
        with self.said.open("wb") as out:
            self.process = subprocess.Popen(
                [REGULARS, "up"], env=wanted, cwd=folder.parent, stdout=out, stderr=subprocess.STDOUT
            )

    def until(self, what: str | Callable[[], bool], seconds: float = STARTING_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        is_so = (lambda: what in self.said.read_text()) if isinstance(what, str) else what
        while not is_so():
            assert time.monotonic() < deadline, f"waited for {what}:\n{self.said.read_text()}\n{self._logs()}"
            assert self.process.poll() is None or isinstance(what, str), self.said.read_text()
            time.sleep(0.05)

    def _logs(self) -> str:
        return "\n".join(
            f"{one.name}: {one.read_text()[-800:]}" for one in sorted((self.folder / "logs").glob("*.log"))
        )

    @property
    def state(self) -> dict[str, str]:
        return dict(json.loads((self.folder / "state.json").read_text()))

    def part(self, word: str) -> psutil.Process:
        """Return the process whose command line holds this word."""
        found = [one for one in psutil.Process(self.process.pid).children(recursive=True) if word in one.cmdline()]
        assert len(found) == 1, f"{word}: {found}"
        return found[0]

    def run(self, *arguments: str) -> str:
        """Run another command of the command line beside it and return what it prints."""
        done = subprocess.run(
            [REGULARS, *arguments],
            env=self.environment,
            cwd=self.folder.parent,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask(self, query: str, key: str) -> dict[str, Any]:
        """Ask the API as another system does."""
        request = urllib.request.Request(
            f"{self.state['REGULARS_URL']}/graphql",
            json.dumps({"query": query}).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return dict(json.load(answer))

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(how)
        return self.process.wait(STOPPING_SECONDS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def servers(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The servers that the tests were given, with a database of this test's own; empty when there are none."""
    named = {name: value for name in ("MONGODB_URL", "REDIS_URL") if (value := os.environ.get(name))}
    if "MONGODB_URL" not in named:
        yield named
        return
    bare = request.getfixturevalue("bare")
    name = new_database(bare)
    yield {**named, "MONGODB_DATABASE": name}
    drop_database(bare, name)


@pytest.fixture
def up(folder: Path, servers: dict[str, str]) -> Iterator[Callable[..., Up]]:
    """Start an `up`; whatever still runs at the end of the test is killed with all its parts."""
    running: list[Up] = []

    def start(**environment: str) -> Up:
        running.append(Up(folder, **{**servers, **environment}))
        return running[-1]

    yield start
    for one in running:
        if one.process.poll() is None:
            parts = psutil.Process(one.process.pid).children(recursive=True)
            one.process.kill()
            one.process.wait()
            for part in parts:
                if part.is_running():
                    part.kill()


def test_first_start_kills_stop_and_second_start(up: Callable[..., Up]) -> None:
    port = str(free_port())
    first = up(PORT=port, REGULARS_ADMIN_EMAIL=ADMIN)
    first.until("Regulars runs at")
    assert f"http://127.0.0.1:{port}" in first.said.read_text()
    shown = re.search(rf"Sign in as {ADMIN} with the password (\S+)", first.said.read_text())
    assert shown, first.said.read_text()
    assert len(shown[1]) >= 12
    first.until("500 demo customers were imported", LOADING_SECONDS)

    # A second `up` on the same folder is refused; it would open the same database.
    second = up()
    assert second.process.wait(STARTING_SECONDS) == 1
    assert "runs already" in second.said.read_text()

    key = first.run("key", "create", "--role", "owner", "--name", "tests").strip()
    count = "{ customers(first: 1) { totalCount { count precision } } }"
    assert first.ask(count, key)["data"]["customers"]["totalCount"] == {"count": 500, "precision": "EXACT"}

    for word, name in (("worker", "The worker"), ("schedule", "The scheduler"), ("serve", "The API")):
        killed = first.part(word)
        killed.kill()
        first.until(f"{name} ended with signal SIGKILL")
        first.until(f"{name} runs again.")
        assert first.part(word).pid != killed.pid
    assert first.ask(count, key)["data"]["customers"]["totalCount"]["count"] == 500

    parts = psutil.Process(first.process.pid).children(recursive=True)
    assert first.stop() == 0
    assert "Stopped." in first.said.read_text()
    assert not [one for one in parts if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]

    again = up(PORT=port)
    again.until("Regulars runs at")
    assert "with the password" not in again.said.read_text()
    assert again.ask(count, key)["data"]["customers"]["totalCount"]["count"] == 500
    assert again.stop(signal.SIGTERM) == 0


@pytest.mark.skipif(
    bool(os.environ.get("MONGODB_URL") or os.environ.get("REDIS_URL")),
    reason="servers are named: nothing embedded starts",
)
def test_engine_that_dies_starts_again_with_its_data(up: Callable[..., Up]) -> None:
    one = up(REGULARS_DEMO="false", REGULARS_ADMIN_PASSWORD=PASSWORD, PORT=str(free_port()))
    one.until("Regulars runs at")
    assert PASSWORD not in one.said.read_text()
    key = one.run("key", "create", "--role", "owner", "--name", "tests").strip()
    with pymongo.MongoClient(one.state["MONGODB_URL"]) as client:
        users = client.get_database("regulars").users.count_documents({})
    assert users == 1
    for pid_of, name in (("MONGODB_URL", "MongoDB"), ("REDIS_URL", "Redis")):
        port = int(one.state[pid_of].rpartition(":")[2].partition("/")[0])
        engine = next(
            part
            for part in psutil.Process(one.process.pid).children()
            if any(link.laddr.port == port and link.status == "LISTEN" for link in part.net_connections())
        )
        engine.kill()
        one.until(f"{name} ended with signal SIGKILL")
        one.until(f"{name} runs again.")
    users = one.ask("{ users { email } }", key)["data"]["users"]
    assert [user["email"] for user in users] == ["admin@example.com"]
    assert one.stop() == 0


def test_command_line_beside_it(up: Callable[..., Up]) -> None:
    one = up(REGULARS_DEMO="false", PORT=str(free_port()))
    one.until("Regulars runs at")
    made = one.run("user", "create", "eva@example.org", "--name", "Eva", "--role", "owner")
    assert re.search(r"eva@example\.org may sign in with the password \S{12,}", made)
    changed = one.run("user", "password", "eva@example.org")
    assert re.search(r"password of eva@example\.org is changed to \S{12,}", changed)
    assert "All indexes are there." in one.run("indexes")
    file = one.folder.parent / "people.csv"
    file.write_text(CSV)
    said = one.run("import", str(file), "--wait")
    assert "3 rows read: succeeded" in said
    assert re.search(r"^ +2 create$", said, re.MULTILINE)
    assert re.search(r"^ +1 invalid$", said, re.MULTILINE)
    assert one.stop() == 0


def test_port_that_is_taken(up: Callable[..., Up]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        one = up(PORT=str(port))
        assert one.process.wait(STARTING_SECONDS) == 1
    assert f"Another program listens on port {port} already" in one.said.read_text()


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"REGULARS_SECRET": "short"}, "REGULARS_SECRET is shorter than 32 characters"),
        ({"HOST": "0.0.0.0"}, "REGULARS_URL is not set"),
        ({"REGULARS_URL": "https://customers.example.com"}, "REGULARS_SECRET is not set"),
        ({"PORT": "http"}, "PORT must be a whole number"),
    ],
)
def test_unsafe_settings_start_nothing(
    up: Callable[..., Up], folder: Path, environment: dict[str, str], message: str
) -> None:
    one = up(**environment)
    assert one.process.wait(STARTING_SECONDS) == 1
    assert message in one.said.read_text()
    assert not (folder / "mongo").exists()


def test_named_servers_are_used_and_nothing_embedded_starts(
    up: Callable[..., Up], folder: Path, mongodb_url: str, redis_url: str, database_name: str
) -> None:
    one = up(
        MONGODB_URL=mongodb_url,
        MONGODB_DATABASE=database_name,
        REDIS_URL=redis_url,
        REGULARS_DEMO="false",
        PORT=str(free_port()),
    )
    one.until("Regulars runs at")
    names = [psutil.Process(part.pid).cmdline()[-1] for part in psutil.Process(one.process.pid).children()]
    assert sorted(names) == ["schedule", "serve", "worker"]
    assert sorted(entry.name for entry in folder.iterdir()) == ["logs", "secret", "state.json", "up.lock"]
    assert one.stop() == 0
