"""Regulars with its demo customers, started for a browser on a free port and in a folder of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ADMIN_EMAIL = "ada@example.org"
ADMIN_PASSWORD = "correct horse battery staple"
READY = "demo customers were imported"
STARTING_SECONDS = 120
STOPPING_SECONDS = 30
LOOK_SECONDS = 0.2


def _free_port() -> int:
    """Return a port that nobody listens to."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _answers(address: str) -> bool:
    """Tell whether the API is up."""
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


@contextmanager
def running() -> Iterator[str]:
    """Start everything, yield its address once the demo customers are there, and stop it."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="regulars-browser-") as folder:
        said = Path(folder) / "said.txt"
        environment = {
            name: value for name, value in os.environ.items() if name not in {"MONGODB_URL", "REDIS_URL"}
        } | {
            "PORT": str(port),
            "REGULARS_URL": address,
            "REGULARS_DATA_DIR": str(Path(folder) / "data"),
            "REGULARS_ADMIN_EMAIL": ADMIN_EMAIL,
            "REGULARS_ADMIN_PASSWORD": ADMIN_PASSWORD,
            "REGULARS_DEMO": "true",
            "REGULARS_WEBHOOKS_LOCAL": "true",
        }
        with said.open("w") as out:
            command = [str(Path(sys.executable).with_name("regulars")), "up"]
            server = subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.STDOUT)
        try:
            _wait(server, said, address)
            yield address
        finally:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(STOPPING_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()


def _wait(server: subprocess.Popen[bytes], said: Path, address: str) -> None:
    """Return when the API answers and the demo customers are imported."""
    until = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            break
        if READY in said.read_text() and _answers(address):
            return
        time.sleep(LOOK_SECONDS)
    message = f"Regulars did not start:\n{said.read_text()}"
    raise RuntimeError(message)
