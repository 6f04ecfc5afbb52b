"""docker-compose.yml: its shape, and that what it starts also starts as plain processes with the same environment.

Nothing here needs a container engine. What only one can show (the images, the network) is not claimed.
"""

from __future__ import annotations

import dataclasses
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymongo
import pytest
import yaml

from api.core.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("init", "api", "worker", "scheduler")
ONE_SHOT = ("mongo-key", "mongo-init", "init")
KNOWN_KEYS = {
    "build", "cap_add", "cap_drop", "command", "configs", "depends_on", "deploy", "entrypoint", "environment",
    "healthcheck", "hostname", "image", "init", "network_mode", "networks", "ports", "read_only", "restart",
    "security_opt", "stop_grace_period", "tmpfs", "user", "volumes",
}  # fmt: skip
IMAGES = {"mongo:8", "valkey/valkey:8", "caddy:2", "regulars:${REGULARS_VERSION:-latest}"}
STARTING_SECONDS, STOPPING_SECONDS = 60.0, 40.0


# --- the file ---


@pytest.mark.unit
def test_services_are_the_parts_of_an_installation() -> None:
    assert set(SERVICES) == {"mongo-key", "mongo", "mongo-init", "redis", "init", "api", "worker", "scheduler", "proxy"}
    assert set(COMPOSE) - {"x-regulars"} == {"name", "services", "configs", "networks", "volumes"}


@pytest.mark.unit
@pytest.mark.parametrize("name", SERVICES)
def test_service_has_the_shape_of_the_format(name: str) -> None:
    one = SERVICES[name]
    assert set(one) <= KNOWN_KEYS
    assert one["image"] in IMAGES
    assert one["restart"] == ("no" if name in ONE_SHOT else "unless-stopped")
    assert set(one.get("networks", ())) <= set(COMPOSE["networks"])
    volumes = {volume.split(":")[0] for volume in one.get("volumes", ())}
    assert volumes <= set(COMPOSE["volumes"])
    for other, how in one.get("depends_on", {}).items():
        done = "service_completed_successfully" if other in ONE_SHOT else "service_healthy"
        assert how == {"condition": done}
        assert other in ONE_SHOT or SERVICES[other]["healthcheck"]["test"]
    assert "privileged" not in one


@pytest.mark.unit
@pytest.mark.parametrize("name", OURS)
def test_our_parts_have_no_rights_that_they_do_not_need(name: str) -> None:
    one = SERVICES[name]
    assert one["read_only"] is True
    assert one["tmpfs"] == ["/tmp"]
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert "volumes" not in one, "no state lives in a process"


@pytest.mark.unit
def test_only_the_proxy_is_reachable_and_the_databases_have_no_way_out() -> None:
    assert [name for name, one in SERVICES.items() if "ports" in one] == ["proxy"]
    assert COMPOSE["networks"]["data"] == {"internal": True}
    assert SERVICES["mongo"]["networks"] == ["data"]
    assert SERVICES["redis"]["networks"] == ["data"]
    assert "data" not in SERVICES["proxy"]["networks"]
    believed = SERVICES["api"]["environment"]["REGULARS_TRUSTED_PROXIES"]
    assert believed == SERVICES["proxy"]["networks"]["web"]["ipv4_address"]


@pytest.mark.unit
def test_databases_keep_what_they_must() -> None:
    assert {"--replSet", "--keyFile"} <= set(SERVICES["mongo"]["command"])
    redis = " ".join(SERVICES["redis"]["command"])
    assert "--appendonly yes" in redis
    assert "--maxmemory-policy noeviction" in redis
    assert "--requirepass" in redis


@pytest.mark.unit
def test_no_secret_stands_in_the_file_and_none_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    names = {"REGULARS_SECRET", "MONGO_PASSWORD", "MONGO_ROOT_PASSWORD", "REDIS_PASSWORD", "REGULARS_DOMAIN"}
    for name in names:
        assert f"${{{name}:?" in text
        assert f"${{{name}:-" not in text
    example = dict(line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if "=" in line)
    assert names <= set(example)
    assert not any(example[name] for name in names - {"REGULARS_DOMAIN"})


@pytest.mark.unit
@pytest.mark.parametrize("name", OURS)
def test_environment_names_settings_only(name: str) -> None:
    settings = {field.metadata["name"] for field in dataclasses.fields(Settings)}
    assert set(SERVICES[name]["environment"]) <= settings
    Settings.from_env(_environment(name))


@pytest.mark.unit
def test_image_runs_as_nobody_in_particular_and_holds_what_the_file_starts() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    last = max(number for number, line in enumerate(lines) if line.startswith("FROM "))
    assert [line for line in lines[last:] if line.startswith("USER ")] == ["USER 10001:10001"]
    assert not any("embedded" in line or "dev.txt" in line for line in lines)
    ours = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    copied = {path for paths in ours for path in paths}
    assert all((ROOT / one).exists() for one in copied), copied
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert all(any(one == way or one.startswith(f"{way}/") for way in let_in) for one in copied)


# --- the same commands as plain processes ---


def _environment(service: str, **instead: str) -> dict[str, str]:
    """Return a service's environment as compose would fill it in, with other addresses where asked."""
    filled = {
        "REGULARS_SECRET": "3f9a1c5e7b2d4f60819a3c5e7d9f1b2c", "REGULARS_DOMAIN": "customers.example.com",
        "MONGO_PASSWORD": "0123abcd", "REDIS_PASSWORD": "4567ef01",
    }  # fmt: skip

    def fill(match: re.Match[str]) -> str:
        return filled.get(match["name"]) or match["default"] or ""

    pattern = re.compile(r"\$\{(?P<name>\w+)(?::-(?P<default>[^}]*)|:\?[^}]*)?\}")
    values = {name: pattern.sub(fill, str(value)) for name, value in SERVICES[service]["environment"].items()}
    return {**values, **instead}


@pytest.fixture
def addresses(mongodb_url: str, redis_url: str, database_name: str) -> dict[str, str]:
    """What differs from the containers: where the databases and the API listen."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return {
        "MONGODB_URL": mongodb_url,
        "MONGODB_DATABASE": database_name,
        "REDIS_URL": redis_url,
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The processes that a test starts; whatever still runs at its end is killed."""
    running: list[subprocess.Popen[bytes]] = []
    yield running
    for one in running:
        if one.poll() is None:
            one.kill()
            one.wait()


def _start(service: str, addresses: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    program, *arguments = SERVICES[service]["command"]
    assert program == "regulars"
    # Only the interpreter's own folders are added to what the container would have.
    path = {"PATH": f"{Path(sys.executable).parent}:{os.defpath}"}
    with log.open("wb") as out:
        return subprocess.Popen(
            [str(Path(sys.executable).with_name(program)), *arguments],
            env={**path, **_environment(service, **addresses)},
            cwd=log.parent,
            stdout=out,
            stderr=subprocess.STDOUT,
        )


def _until(what: str, is_so: Any, log: Path) -> None:
    deadline = time.monotonic() + STARTING_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, f"{what}: {log.read_text()[-2000:]}"
        time.sleep(0.05)


@pytest.mark.alone
def test_commands_of_the_file_start_answer_and_stop(
    addresses: dict[str, str],
    bare: pymongo.MongoClient[dict[str, Any]],
    started: list[subprocess.Popen[bytes]],
    tmp_path: Path,
) -> None:
    def log(service: str) -> Path:
        return tmp_path / f"{service}.log"

    init = _start("init", addresses, log("init"))
    started.append(init)
    assert init.wait(STARTING_SECONDS) == 0, log("init").read_text()

    started.extend(_start(service, addresses, log(service)) for service in ("api", "worker", "scheduler"))
    database = bare[addresses["MONGODB_DATABASE"]]

    def healthy() -> bool:
        check = SERVICES["api"]["healthcheck"]["test"]
        assert check[:3] == ["CMD", "python", "-c"]
        code = check[3].replace("127.0.0.1:8000", f"127.0.0.1:{addresses['PORT']}")
        answer = subprocess.run(
            [sys.executable, "-c", code], env=_environment("api", **addresses), check=False, capture_output=True
        )
        return answer.returncode == 0

    _until("the API's own health check passes", healthy, log("api"))
    _until("a worker says that it is there", lambda: database.workers.count_documents({}) == 1, log("worker"))
    _until("the scheduler is ready", lambda: b"scheduler ready" in log("scheduler").read_bytes(), log("scheduler"))

    for one in reversed(started[1:]):
        one.send_signal(signal.SIGTERM)
    codes = {one.args[1]: one.wait(STOPPING_SECONDS) for one in started[1:]}  # type: ignore[index]
    # uvicorn ends what it has under way and then passes the signal on to itself.
    assert codes == {"serve": -signal.SIGTERM, "worker": 0, "schedule": 0}
