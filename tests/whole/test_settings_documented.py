"""Every setting stands in the README's table, with its default, and nothing else does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.core.settings import describe

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\|\s*`([A-Z][A-Z0-9_]+)`\s*\|\s*(.*?)\s*\|\s*(.*?)\s*\|$", re.MULTILINE)

pytestmark = pytest.mark.unit


def test_the_table_is_the_settings() -> None:
    rows = {name: (default.strip("`"), about) for name, default, about in ROW.findall((ROOT / "README.md").read_text())}
    assert rows == {one.name: (one.default, one.about) for one in describe()}


def test_only_settings_read_the_environment() -> None:
    readers = [
        str(path.relative_to(ROOT))
        for room in ("api", "jobs")
        for path in sorted((ROOT / room).rglob("*.py"))
        if re.search(r"os\.(environ|getenv)\b", path.read_text())
    ]
    assert set(readers) <= {"api/core/settings.py", "api/app.py", "jobs/cli.py", "jobs/up.py", "jobs/process.py"}
