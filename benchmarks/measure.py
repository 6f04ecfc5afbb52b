"""Counting: CPU seconds of a process, wall time of a request, memory of a worker."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import httpx2 as httpx
import psutil


@dataclass(frozen=True)
class Cost:
    """What one request costs: CPU of the serving process, and wall time."""

    cpu_ms: float
    p50_ms: float
    p95_ms: float


@contextmanager
def server(target: str, port: int, env: dict[str, str]) -> Iterator[psutil.Process]:
    """Run an app factory in uvicorn of its own, as production does; yields its process."""
    command = [
        sys.executable, "-m", "uvicorn", "--factory", target, "--port", str(port), "--loop", "uvloop", "--http", "httptools",
        "--log-level", "warning", "--no-access-log",
    ]  # fmt: skip
    started = subprocess.Popen(command, env={**os.environ, **env}, stdout=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/healthz")
        yield psutil.Process(started.pid)
    finally:
        started.send_signal(signal.SIGTERM)
        started.wait(30)


def _wait(url: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    message = f"{url} does not answer"
    raise TimeoutError(message)


def cost(process: psutil.Process, send: Callable[[], httpx.Response], rounds: int, warm: int = 30) -> Cost:
    """Send one request after the other; fails on any answer but 200 without errors."""
    for _ in range(warm):
        _checked(send())
    before, times = process.cpu_times(), []
    for _ in range(rounds):
        start = time.perf_counter()
        answer = send()
        times.append((time.perf_counter() - start) * 1000)
        _checked(answer)
    after = process.cpu_times()
    spent = (after.user + after.system) - (before.user + before.system)
    times.sort()
    return Cost(spent / rounds * 1000, statistics.median(times), times[int(len(times) * 0.95)])


def _checked(answer: httpx.Response) -> None:
    if answer.status_code != httpx.codes.OK or b'"errors":[{' in answer.content:
        raise AssertionError(answer.text[:500])


class Peak:
    """Watches the resident memory of a process and its children while a block runs."""

    def __init__(self, process: psutil.Process) -> None:
        """Watch a process."""
        self._process = process
        self._done = threading.Event()
        self.bytes = 0

    def __enter__(self) -> Self:
        """Begin."""
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.2):
            self.bytes = max(self.bytes, self._process.memory_info().rss)
