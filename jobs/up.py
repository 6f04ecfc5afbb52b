"""`regulars up`: starts every part in order, starts one that died again, and stops all of them in reverse order."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TextIO

from api.core.errors import RegularsError
from api.core.settings import Settings, SettingsError
from jobs import engines, first
from jobs.folder import Folder
from jobs.process import Part, PartFailed, named_exit

LOOK_SECONDS = 0.2
# What the other commands on this machine take from an `up` that runs.
_SHARED = ("MONGODB_URL", "MONGODB_DATABASE", "REDIS_URL", "REGULARS_SECRET", "REGULARS_URL", "HOST", "PORT")
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0
STEADY_SECONDS = 60.0
ENGINE_ATTEMPTS = 3
# What these say when they are ready stands in jobs/worker.py and jobs/schedule.py; importing those here would cost a second.
WORKER_READY, SCHEDULER_READY = '"worker ready"', '"scheduler ready"'


@dataclass
class _Kept:
    """A part with what we remember of its falls."""

    part: Part
    falls: int = 0
    again_at: float | None = None


class Supervisor:
    """Keeps parts running until told to stop."""

    def __init__(self, say: Callable[[str], None]) -> None:
        """Tell the reader through `say`."""
        self._say = say
        self._kept: list[_Kept] = []
        self._stopping = False

    def stop_soon(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        """Stop at the next look; a signal handler. Asked twice, it kills."""
        if self._stopping:
            for kept in self._kept:
                kept.part.kill()
        self._stopping = True

    def stopping(self) -> bool:
        """Tell whether it was told to stop."""
        return self._stopping

    def start(self, *parts: Part) -> bool:
        """Start parts side by side and wait until each answers; False when told to stop meanwhile. Raises PartFailed."""
        if self._stopping:
            return False
        for part in parts:
            self._kept.append(_Kept(part))
            part.start()
        for part in parts:
            if not part.wait_ready(self.stopping):
                return False
            self._say(f"{part.name} is ready ({time.monotonic() - part.started_at:.1f} s).")
        return True

    def forget(self, part: Part) -> None:
        """Do not look after a part any longer."""
        self._kept = [kept for kept in self._kept if kept.part is not part]

    def watch(self) -> None:
        """Look after the parts until told to stop."""
        while not self._stopping:
            for kept in self._kept:
                self._look(kept)
            time.sleep(LOOK_SECONDS)

    def stop(self) -> None:
        """Stop every part, the last one started first."""
        for kept in reversed(self._kept):
            if not kept.part.stop():
                self._say(f"{kept.part.name} did not stop in time and was killed.")

    def _look(self, kept: _Kept) -> None:
        part, now = kept.part, time.monotonic()
        if kept.again_at is None:
            code = part.exit_code
            if code is None or self._stopping:
                return
            if now - part.started_at > STEADY_SECONDS:
                kept.falls = 0
            self._fell(kept, f"{part.name} ended with {named_exit(code)}")
        elif now >= kept.again_at:
            kept.again_at = None
            try:
                part.start()
                if part.wait_ready(self.stopping):
                    self._say(f"{part.name} runs again.")
            except PartFailed as error:
                self._fell(kept, str(error))

    def _fell(self, kept: _Kept, what: str) -> None:
        wait = min(FIRST_WAIT_SECONDS * 2**kept.falls, LONGEST_WAIT_SECONDS)
        kept.falls += 1
        kept.again_at = time.monotonic() + wait
        self._say(f"{what}; it starts again in {wait:g} s.")


def run(env: Mapping[str, str]) -> int:
    """Run everything until Ctrl-C or SIGTERM; return the exit code."""
    folder = Folder.of(env)
    supervisor = Supervisor(_say)
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, supervisor.stop_soon)
    try:
        # What is wrong with the settings is said before anything is started.
        draft = Settings.from_env(
            {**_defaults(env, folder), "MONGODB_URL": env.get("MONGODB_URL") or "mongodb://later"}
        )
        with folder.locked():
            try:
                _start_all(supervisor, env, draft, folder)
                supervisor.watch()
            finally:
                if supervisor.stopping():
                    _say("Stopping ...")
                supervisor.stop()
                folder.forget()
    except (SettingsError, PartFailed, RegularsError) as error:
        _say(error.message if isinstance(error, RegularsError) else str(error), sys.stderr)
        return 1
    _say("Stopped. Everything is kept; the next start goes on from here.")
    return 0


def _start_all(supervisor: Supervisor, env: Mapping[str, str], draft: Settings, folder: Folder) -> None:
    started = time.monotonic()
    logs = folder.path / "logs"
    full = {**env, **_engines(supervisor, env, folder), "REGULARS_DATA_DIR": str(folder.path)}
    full["REGULARS_SECRET"] = env.get("REGULARS_SECRET") or folder.secret()
    full["PORT"] = str(_port(env, draft))
    if supervisor.stopping():
        return
    settings = Settings.from_env(full)
    full["REGULARS_URL"] = settings.url
    folder.remember({name: full[name] for name in _SHARED if name in full})
    asyncio.run(first.prepare(settings))

    def part(name: str, command: str, ready: Callable[[Part], bool]) -> Part:
        program = [sys.executable, "-m", "jobs.cli", command]
        return Part(name, program, logs / f"{command}.log", ready=ready, env=full)

    parts = (
        part("The worker", "worker", lambda one: WORKER_READY in one.output()),
        part("The scheduler", "schedule", lambda one: SCHEDULER_READY in one.output()),
        part("The API", "serve", lambda _one: _answers(settings)),
    )
    if not supervisor.start(*parts):
        return
    greeting, is_first = asyncio.run(first.welcome(settings))
    _say(
        f"Regulars runs at {settings.url}  (after {time.monotonic() - started:.1f} s; logs in {_short(logs)}; Ctrl-C stops it)"
    )
    _say(greeting)
    if settings.demo and is_first:
        # Beside the supervisor, which starts the worker again should it die over these customers.
        threading.Thread(target=_demo, args=(settings, supervisor), daemon=True).start()


def _demo(settings: Settings, supervisor: Supervisor) -> None:
    said = asyncio.run(first.demo(settings, supervisor.stopping))
    if said and not supervisor.stopping():
        _say(said)


def _engines(supervisor: Supervisor, env: Mapping[str, str], folder: Folder) -> dict[str, str]:
    """Start the engines that the settings do not name, and return where they answer."""
    found: dict[str, str] = {}
    if not env.get("MONGODB_URL"):
        found["MONGODB_URL"] = _engine(supervisor, lambda: engines.mongo_part(folder.path / "mongo"))
    if not env.get("REDIS_URL"):
        found["REDIS_URL"] = _engine(supervisor, lambda: engines.redis_part(folder.path / "redis"))
    return found


def _engine(supervisor: Supervisor, make: Callable[[], tuple[Part, str]]) -> str:
    for attempt in range(1, ENGINE_ATTEMPTS + 1):
        part, url = make()
        try:
            supervisor.start(part)
        except PartFailed:
            # Another program may have taken the port in between; the next attempt takes another.
            supervisor.forget(part)
            if attempt == ENGINE_ATTEMPTS:
                raise
        else:
            return url
    raise AssertionError


def _defaults(env: Mapping[str, str], folder: Folder) -> dict[str, str]:
    """Return the environment with a stand-in where `up` will bring its own."""
    if not env.get("REGULARS_SECRET") and env.get("REGULARS_URL", "").startswith("https://"):
        message = "REGULARS_SECRET is not set, but REGULARS_URL is https. Make one with: openssl rand -hex 32"
        raise SettingsError(message)
    del folder
    return {
        "REGULARS_SECRET": "only-to-read-the-other-settings-0123456789",
        **{name: value for name, value in env.items() if value},
    }


def _port(env: Mapping[str, str], settings: Settings) -> int:
    if not engines.is_taken(settings.host, settings.port):
        return settings.port
    if env.get("PORT"):
        message = f"Another program listens on port {settings.port} already. Stop it, or set PORT to another number."
        raise SettingsError(message)
    return engines.free_port()


def _answers(settings: Settings) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104
    request = urllib.request.Request(f"http://{host}:{settings.port}/healthz")
    try:
        # No proxy of the environment stands between us and our own process.
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=2) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004
    except (urllib.error.URLError, OSError):
        return False


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _say(text: str, stream: TextIO | None = None) -> None:
    print(text, file=stream or sys.stdout, flush=True)


def main() -> None:
    """Run as a program."""
    sys.exit(run(os.environ))
