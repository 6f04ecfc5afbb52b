"""One program that we start, watch and stop: an engine, the API, the worker, the scheduler."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_LEASH = str(Path(__file__).with_name("leash.py"))
_POLL_SECONDS = 0.03
_TAIL_BYTES = 2_000
_LOG_MAX_BYTES = 10 * 1024 * 1024


class PartFailed(Exception):
    """A part did not start; the text says which, why, and where its log is."""


@dataclass
class Part:
    """A program with its log, its readiness and its way to stop."""

    name: str
    command: Sequence[str]
    log: Path
    ready: Callable[[Part], bool] = lambda _part: True
    env: Mapping[str, str] | None = None
    """The whole environment; None hands on ours."""
    cwd: Path | None = None
    start_seconds: float = 60
    stop_seconds: float = 30
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    log_start: int = field(default=0, init=False)
    started_at: float = field(default=0.0, init=False)

    def start(self) -> None:
        """Start the program in a process group of its own, so that Ctrl-C in the terminal reaches only the supervisor."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LOG_MAX_BYTES:
            self.log.replace(self.log.with_suffix(".old.log"))
        self.started_at = time.monotonic()
        with self.log.open("ab") as out:
            self.log_start = out.tell()
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", _LEASH, str(os.getpid()), *self.command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=None if self.env is None else dict(self.env),
                cwd=self.cwd,
                start_new_session=True,
            )

    def wait_ready(self, give_up: Callable[[], bool] = lambda: False) -> bool:
        """Wait until the part answers; False when told to give up. Raises PartFailed when it ends or takes too long."""
        deadline = time.monotonic() + self.start_seconds
        while not give_up():
            code = self.exit_code
            if code is not None:
                raise PartFailed(self._why(f"ended with {named_exit(code)}"))
            if self.ready(self):
                return True
            if time.monotonic() > deadline:
                self.stop()
                raise PartFailed(self._why(f"did not answer within {self.start_seconds:.0f} s"))
            time.sleep(_POLL_SECONDS)
        return False

    @property
    def exit_code(self) -> int | None:
        """What it ended with; None while it runs."""
        return None if self.process is None else self.process.poll()

    @property
    def pid(self) -> int:
        """Its process id, which is also its group's."""
        if self.process is None:
            message = f"{self.name} was not started"
            raise RuntimeError(message)
        return self.process.pid

    def kill(self) -> None:
        """Kill the whole group at once, as a power cut would."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> bool:
        """Ask it to stop, and kill it when it does not; return whether it stopped by itself."""
        if self.process is None:
            return True
        self.process.terminate()
        try:
            self.process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        return True

    def output(self) -> str:
        """What it has written since it was started last, at most the end of it."""
        with self.log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(self.log_start, file.tell() - _TAIL_BYTES))
            return file.read().decode(errors="replace").strip()

    def _why(self, what: str) -> str:
        last = "\n".join("    " + line for line in self.output().splitlines()[-8:])
        return f"{self.name} {what}. Its log is {self.log}" + (f"; the end of it:\n{last}" if last else ".")


def named_exit(code: int) -> str:
    """Return "signal SIGKILL" or "code 1"."""
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"signal {signal.Signals(-code).name}"
    return f"code {code}"
