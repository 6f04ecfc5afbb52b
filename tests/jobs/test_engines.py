"""The embedded engines: what they answered for survives a kill, and they do not outlive whoever started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pymongo
import pytest
import redis

from jobs import engines
from jobs.process import Part

SECONDS = 30.0

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(
        bool(os.environ.get("MONGODB_URL") or os.environ.get("REDIS_URL")),
        reason="servers are named: nothing embedded starts",
    ),
]


def started(part: Part) -> Part:
    """Start a part and wait for its answer."""
    part.start()
    assert part.wait_ready()
    return part


def test_mongo_keeps_every_acknowledged_write_through_a_kill(tmp_path: Path) -> None:
    part, url = engines.mongo_part(tmp_path / "mongo")
    started(part)
    with pymongo.MongoClient(url, w="majority", journal=True) as client:
        for number in range(50):
            client.kept.things.insert_one({"_id": number})
    part.kill()

    again, url = engines.mongo_part(tmp_path / "mongo")
    started(again)
    try:
        with pymongo.MongoClient(url) as client:
            assert [one["_id"] for one in client.kept.things.find(sort=[("_id", 1)])] == list(range(50))
            assert client.admin.command("hello")["isWritablePrimary"] is True
    finally:
        assert again.stop()


def test_redis_keeps_its_list_over_a_stop_and_lets_no_stranger_in(tmp_path: Path) -> None:
    part, url = engines.redis_part(tmp_path / "redis")
    started(part)
    with redis.Redis.from_url(url) as client:
        client.rpush("waiting", "one", "two")
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    stranger = redis.Redis.from_url(f"redis://{url.partition('@')[2]}")
    with pytest.raises(redis.exceptions.AuthenticationError):
        stranger.ping()
    stranger.close()
    assert part.stop()

    again, url = engines.redis_part(tmp_path / "redis")
    started(again)
    with redis.Redis.from_url(url) as client:
        assert client.lrange("waiting", 0, -1) == [b"one", b"two"]
    assert again.stop()


def test_they_listen_on_the_loopback_only(tmp_path: Path) -> None:
    for make in (engines.mongo_part, engines.redis_part):
        part, _url = make(tmp_path / make.__name__, throwaway=True)
        started(part)
        listening = [one.laddr.ip for one in psutil.Process(part.pid).net_connections() if one.status == "LISTEN"]
        part.kill()
        assert listening == ["127.0.0.1"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_they_die_with_whoever_started_them(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from jobs import engines\n"
        "part, _ = engines.redis_part(Path(sys.argv[1]), throwaway=True)\n"
        "part.start(); part.wait_ready(); print(part.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        engine = psutil.Process(int(parent.stdout.readline()))
        assert engine.is_running()
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + SECONDS
    while engine.is_running() and engine.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the engine outlived its supervisor"
        time.sleep(0.05)


def test_a_machine_without_an_engine_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_beside", lambda *_: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(engines.NoEngine, match="Set MONGODB_URL"):
        engines.mongo_part(tmp_path / "mongo")
    with pytest.raises(engines.NoEngine, match="Set REDIS_URL"):
        engines.redis_part(tmp_path / "redis")
