"""The supervisor with small programs for parts: order, falls, back-off, stopping."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.process import Part, PartFailed, named_exit
from jobs.up import Supervisor

SECONDS = 20.0
STAYS = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(0)); print('here', flush=True); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('here', flush=True); time.sleep(60)"


def a_part(folder: Path, name: str, program: str, *, stop_seconds: float = 10) -> Part:
    return Part(
        name, [sys.executable, "-c", program], folder / f"{name}.log",
        ready=lambda part: "here" in part.output(), start_seconds=10, stop_seconds=stop_seconds,
    )  # fmt: skip


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_part_that_died_starts_again_and_that_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(said.append)
    one, other = a_part(tmp_path, "One", STAYS), a_part(tmp_path, "Other", STAYS)
    assert supervisor.start(one, other)

    def look_after() -> None:
        supervisor.watch()
        # A part dies with the thread that started it, so the same thread has to stop it.
        supervisor.stop()

    watching = threading.Thread(target=look_after)
    watching.start()
    before = one.pid
    one.kill()
    until(lambda: "One runs again." in said)
    assert one.pid != before
    one.kill()
    until(lambda: said.count("One runs again.") == 2)
    supervisor.stop_soon()
    watching.join(SECONDS)
    assert (one.exit_code, other.exit_code) == (0, 0)
    falls = [line for line in said if "ended" in line]
    assert falls == [
        "One ended with signal SIGKILL; it starts again in 0.5 s.",
        "One ended with signal SIGKILL; it starts again in 1 s.",
    ]


def test_it_stops_the_last_one_first_and_kills_who_does_not_listen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    stopped: list[str] = []
    supervisor = Supervisor(said.append)
    first, last = a_part(tmp_path, "First", STAYS), a_part(tmp_path, "Last", STUBBORN, stop_seconds=0.3)
    assert supervisor.start(first, last)
    real = Part.stop
    monkeypatch.setattr(Part, "stop", lambda part: (stopped.append(part.name), real(part))[1])
    supervisor.stop()
    assert stopped == ["Last", "First"]
    assert said[-1] == "Last did not stop in time and was killed."
    assert (last.exit_code, first.exit_code) == (-signal.SIGKILL, 0)


def test_a_part_that_cannot_start_says_why_and_where_its_log_is(tmp_path: Path) -> None:
    part = a_part(tmp_path, "Broken", "import sys; sys.exit('no such port')")
    part.start()
    with pytest.raises(PartFailed) as caught:
        part.wait_ready()
    assert "Broken ended with code 1." in str(caught.value)
    assert str(part.log) in str(caught.value)
    assert "no such port" in str(caught.value)


def test_a_part_that_does_not_answer_is_stopped(tmp_path: Path) -> None:
    part = a_part(tmp_path, "Silent", "import time; time.sleep(60)")
    part.start_seconds = 0.3
    part.start()
    with pytest.raises(PartFailed, match="did not answer within"):
        part.wait_ready()
    assert part.exit_code == -signal.SIGTERM


def test_told_to_stop_while_starting_it_starts_nothing_more(tmp_path: Path) -> None:
    supervisor = Supervisor(lambda _text: None)
    part = a_part(tmp_path, "Slow", "import time; time.sleep(60)")
    threading.Timer(0.2, supervisor.stop_soon).start()
    assert supervisor.start(part) is False
    assert supervisor.start(a_part(tmp_path, "Next", STAYS)) is False
    assert not (tmp_path / "Next.log").exists()
    supervisor.stop()
    assert part.exit_code == -signal.SIGTERM


def test_exits_are_named() -> None:
    assert [named_exit(code) for code in (0, 3, -9, -99)] == ["code 0", "code 3", "signal SIGKILL", "code -99"]
