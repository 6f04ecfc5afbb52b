"""Every example of docs/partners.md does what the page says, against a running API."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SECRET
from tests.installation import api_part, running

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "partners.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SAID = "http://127.0.0.1:8000"
END = "\x1e"
"""Put behind what each example prints."""
SOURCES = ("api/consent/wishes.py", "api/consent/desk.py", "api/consent/recording.py", "api/consent/confirming.py",
           "api/consent/pending.py", "api/consent/tokens.py", "api/core/idempotency.py")  # fmt: skip
OF_USERS = {"REASON_REQUIRED", "EVIDENCE_REQUIRED"}
"""Codes that a key is never answered with."""


def blocks() -> list[tuple[str, str]]:
    """Return the fenced blocks of the page: language and text."""
    return BLOCK.findall(PAGE.read_text())


def examples() -> list[tuple[str, str, str]]:
    """Return each example, with the language and the text of the answer below it; both empty where none is shown."""
    found = blocks()
    shown = [*found[1:], ("", "")]
    return [
        (text, *(after if after[0] != "sh" else ("", "")))
        for (kind, text), after in zip(found, shown, strict=True)
        if kind == "sh"
    ]


def differs(shown: Any, told: Any, path: str = "") -> list[str]:
    """Return where an answer is not the one that is shown; "…" stands for anything, keys that are not shown are free."""
    if isinstance(shown, dict) and isinstance(told, dict):
        missing = [f"{path}.{name} is not answered" for name in shown.keys() - told.keys()]
        return missing + [
            one for name in shown.keys() & told.keys() for one in differs(shown[name], told[name], f"{path}.{name}")
        ]
    if isinstance(shown, list) and isinstance(told, list):
        if shown and shown[-1] == "…":
            shown, told = shown[:-1], told[: len(shown) - 1]
        if len(shown) != len(told):
            return [f"{path} has {len(told)} items, shown are {len(shown)}"]
        return [one for n, pair in enumerate(zip(shown, told, strict=True)) for one in differs(*pair, f"{path}[{n}]")]
    if isinstance(shown, str) and "…" in shown:
        pattern = ".*".join(map(re.escape, shown.split("…")))
        return [] if re.fullmatch(pattern, str(told), re.DOTALL) else [f"{path} is {told!r}, shown is {shown!r}"]
    return [] if shown == told and type(shown) is type(told) else [f"{path} is {told!r}, shown is {shown!r}"]


@pytest.mark.unit
def test_answers_are_compared() -> None:
    assert differs({"a": "cen_…", "b": [1, "…"]}, {"a": "cen_1", "b": [1, 2, 3], "c": 1}) == []
    assert differs({"a": 1}, {"a": True}) == [".a is True, shown is 1"]
    assert differs([1], [1, 2]) == [" has 2 items, shown are 1"]
    assert differs({"a": "x…"}, {"a": "yx"}) == [".a is 'yx', shown is 'x…'"]
    assert differs({"a": None}, {}) == [".a is not answered"]


@pytest.mark.unit
def test_the_table_has_every_code_that_a_partner_may_meet() -> None:
    documented = {
        code
        for row in PAGE.read_text().splitlines()
        if row.startswith("| `")
        for code in re.findall(r"`([A-Z_]{4,})`", row.split("|")[1])
    }
    said = {
        code for path in SOURCES for code in re.findall(r'(?:code=|Problem\()"([A-Z_]+)"', (ROOT / path).read_text())
    }
    assert said - OF_USERS - documented == set()


@pytest.mark.alone
@pytest.mark.timeout(180)
@pytest.mark.skipif(shutil.which("curl") is None, reason="the examples are made with curl, which is not here")
def test_every_example_does_what_the_page_says(
    mongodb_url: str, redis_url: str, database_name: str, stored: Any, tmp_path: Path
) -> None:
    part, address = api_part(
        tmp_path,
        mongodb_url=mongodb_url,
        database=database_name,
        redis_url=redis_url,
        secret=SECRET,
        # As a new installation has it, for the page says how much that is.
        REGULARS_RATE_KEY="10000/500",
    )
    assert part.env
    script = "set -e\n" + "".join(f"{text}\nprintf '\\036'\n" for text, _, _ in examples()).replace(SAID, address)
    folder = tmp_path / "partner"
    folder.mkdir()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with running(part):
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=folder,
            env={**part.env, "PATH": path},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    *outputs, rest = done.stdout.split(END)
    assert rest == ""
    wrong = []
    for (text, kind, shown), output in zip(examples(), outputs, strict=True):
        told, meant = (json.loads(output), json.loads(shown)) if kind == "json" else (output.strip(), shown.strip())
        wrong += [f"{one}, in the example:\n{text}" for one in differs(meant, told)]
    assert not wrong, "\n".join(wrong)
    assert stored["consent_ledger"].count_documents({}) == 6
