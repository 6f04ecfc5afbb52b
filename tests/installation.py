"""Regulars as an installation has it: the API in processes of its own, on engines that can be killed."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jobs.engines import free_port
from jobs.process import Part

LOOK_SECONDS = 2
UNBOUNDED = "900000000/900000000"


def api_part(
    folder: Path, *, mongodb_url: str, database: str, redis_url: str, secret: str, processes: int = 1, **more: str
) -> tuple[Part, str]:
    """Return the part that serves the API, not yet started, and its address; `more` are settings by their names."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    own = ("MONGODB_", "REDIS_", "REGULARS_", "SMTP_", "HOST", "PORT")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(own)} | {
        "MONGODB_URL": mongodb_url,
        "MONGODB_DATABASE": database,
        "REDIS_URL": redis_url,
        "REGULARS_SECRET": secret,
        "REGULARS_DATA_DIR": str(folder / "data"),
        "REGULARS_URL": address,
        "PORT": str(port),
        # What a key may cost has tests of its own.
        "REGULARS_RATE_KEY": UNBOUNDED,
        **more,
    }
    command = [sys.executable, "-m", "jobs.cli", "serve", "--processes", str(processes)]
    log = folder / "logs" / "api.log"
    return Part("The API", command, log, ready=lambda _part: answers(f"{address}/readyz"), env=environment), address


def answers(url: str) -> bool:
    """Tell whether somebody answers 200 there."""
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=LOOK_SECONDS) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def running(*parts: Part) -> Iterator[None]:
    """Start parts one after the other; kill them all at the end."""
    try:
        for part in parts:
            part.start()
            assert part.wait_ready()
        yield
    finally:
        for part in reversed(parts):
            part.kill()
