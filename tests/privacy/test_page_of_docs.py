"""`docs/privacy.md` says what the rooms declare.

After a change, `REGULARS_WRITE_PRIVACY=1 pytest tests/privacy/test_page_of_docs.py` writes it anew; look at the difference.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from api.privacy.registry import COPIED, HOLDINGS

PAGE = Path(__file__).parents[2] / "docs" / "privacy.md"
BEGINS = "### What the copy holds\n"

pytestmark = pytest.mark.unit


def printed() -> str:
    """Return what the page holds from its first table on."""
    lines = [BEGINS, "| part | of the collection | what it tells |", "|---|---|---|"]
    lines += [f"| `{one.part}` | `{one.collection}` | {one.about} |" for one in COPIED]
    lines += [
        "",
        "### What is left out of these parts, and why\n",
        "| collection | stored field | why |",
        "|---|---|---|",
    ]
    for one in COPIED:
        whys: dict[str, list[str]] = {}
        for name, why in one.left_out.items():
            whys.setdefault(why, []).append(f"`{name}`")
        lines += [f"| `{one.collection}` | {', '.join(names)} | {why} |" for why, names in whys.items()]
    lines += ["", "### Which collections are not copied, and why\n", "| collection | why |", "|---|---|"]
    lines += [f"| `{one.collection}` | {one.excused} |" for one in HOLDINGS if one.excused]
    return "\n".join(lines) + "\n"


def test_the_page_is_what_the_rooms_declare() -> None:
    text, _, tables = PAGE.read_text().partition(BEGINS)
    if os.environ.get("REGULARS_WRITE_PRIVACY"):
        PAGE.write_text(text + printed())
    else:
        assert BEGINS + tables == printed(), "REGULARS_WRITE_PRIVACY=1 pytest tests/privacy/test_page_of_docs.py"
