"""The command line: each command explains itself, and what keeps it from working is said in a sentence."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.core import mongo
from jobs.cli import app

SECRET = "5e0f7d1c9b3a4826f4c8d2e6a0b17953"
COMMANDS = (
    "up", "serve", "worker", "schedule", "indexes", "schema", "user create", "user password", "key create", "import",
    "export", "verify-receipt", "verify-certificate", "verify-ledger", "erasures", "replay-erasures",
)  # fmt: skip


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine on which nothing is set but the data folder."""
    return {"REGULARS_DATA_DIR": str(tmp_path), "MONGODB_URL": "", "REDIS_URL": "", "REGULARS_SECRET": "", "PORT": ""}


def run(*arguments: str, env: dict[str, str]) -> Result:
    return CliRunner().invoke(app, arguments, env=env)


@pytest.mark.unit
@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command: str, env: dict[str, str]) -> None:
    shown = run(*command.split(), "--help", env=env)
    assert shown.exit_code == 0
    assert f"Usage: regulars {command} [OPTIONS]" in shown.output


@pytest.mark.unit
def test_there_are_no_other_commands() -> None:
    own = {one.name or one.callback.__name__ for one in app.registered_commands if one.callback}
    below = {
        f"{group.name} {one.name}" for group in app.registered_groups if group.typer_instance
        for one in group.typer_instance.registered_commands
    }  # fmt: skip
    assert own | below == set(COMMANDS)


@pytest.mark.unit
def test_the_schema_needs_no_settings(env: dict[str, str]) -> None:
    shown = run("schema", env=env)
    assert shown.exit_code == 0
    assert shown.output == (Path(__file__).parents[2] / "schema.graphql").read_text()


@pytest.mark.unit
@pytest.mark.parametrize(
    "command",
    ["serve", "worker", "schedule", "indexes", "user create eva@example.com", "erasures x", "replay-erasures x"],
)
def test_without_a_database_it_says_what_to_set(command: str, env: dict[str, str]) -> None:
    shown = run(*command.split(), env=env)
    assert shown.exit_code == 1
    assert shown.output == "MONGODB_URL is not set. Set it, or start everything on this machine with `regulars up`.\n"


@pytest.mark.unit
@pytest.mark.parametrize("command", ["serve", "worker", "schedule"])
def test_without_redis_it_says_what_to_set(command: str, env: dict[str, str]) -> None:
    shown = run(command, env={**env, "MONGODB_URL": "mongodb://127.0.0.1:1", "REGULARS_SECRET": SECRET})
    assert shown.exit_code == 1
    assert shown.output == "REDIS_URL is not set. Set it, or start everything on this machine with `regulars up`.\n"


def test_a_database_that_is_not_there(env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongo, "COMMAND_SECONDS", 0.5)
    shown = run("indexes", env={**env, "MONGODB_URL": "mongodb://127.0.0.1:1", "REGULARS_SECRET": SECRET})
    assert shown.exit_code == 1
    assert shown.output == "MongoDB does not answer at the address of MONGODB_URL. Nothing was done.\n"


def test_serving_without_its_unique_indexes_or_its_port(
    env: dict[str, str], mongodb_url: str, redis_url: str, database_name: str
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        known = {
            **env, "MONGODB_URL": mongodb_url, "MONGODB_DATABASE": database_name, "REDIS_URL": redis_url,
            "REGULARS_SECRET": SECRET, "PORT": port,
        }  # fmt: skip
        shown = run("serve", env=known)
        assert shown.exit_code == 1
        assert shown.output.startswith(f"Another program listens on port {port} already.")
    shown = run("serve", env=known)
    assert shown.exit_code == 1
    assert shown.output.startswith("Run `regulars indexes` first")
    assert "users.email_1" in shown.output


def test_names_that_do_not_exist(env: dict[str, str], mongodb_url: str, database_name: str) -> None:
    known = {**env, "MONGODB_URL": mongodb_url, "MONGODB_DATABASE": database_name, "REGULARS_SECRET": SECRET}
    assert run("indexes", env=known).output == "All indexes are there.\n"
    shown = run("user", "password", "nobody@example.com", env=known)
    assert (shown.exit_code, shown.output) == (1, "There is no user with this email.\n")
    shown = run("key", "create", "--role", "emperor", "--name", "x", env=known)
    assert shown.exit_code == 1
    assert shown.output.startswith("There is no role emperor. There are: Viewer, Editor, Data admin,")


def test_passwords_that_are_asked_for(env: dict[str, str], mongodb_url: str, database_name: str) -> None:
    known = {**env, "MONGODB_URL": mongodb_url, "MONGODB_DATABASE": database_name, "REGULARS_SECRET": SECRET}
    given = "correct horse battery\n" * 2
    made = CliRunner().invoke(
        app, ["user", "create", "eva@example.com", "--ask", "--role", "owner"], env=known, input=given
    )
    assert made.exit_code == 0
    assert made.output.endswith("eva@example.com may sign in.\n")
    assert "correct horse" not in made.output
    weak = CliRunner().invoke(app, ["user", "password", "eva@example.com", "--ask"], env=known, input="short\nshort\n")
    assert weak.exit_code == 1
