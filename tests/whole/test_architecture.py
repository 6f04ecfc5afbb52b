"""A newcomer finds three things on the page without searching, and they are where it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.customers import store, values
from api.history import rules as history
from api.runs import batches

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "ARCHITECTURE.md").read_text()

pytestmark = pytest.mark.unit


def answer(question: str) -> str:
    found = re.search(rf"^\| {re.escape(question)} \| (.+) \|$", PAGE, re.MULTILINE)
    assert found, f"the page does not ask: {question}"
    return found[1]


def test_where_an_email_is_normalized() -> None:
    assert answer("Where is an email normalized?").startswith("`api/customers/values.py`, `email`")
    assert values.email(" Jane.Doe@EXAMPLE.org ") == "jane.doe@example.org"


def test_where_the_lists_index_is() -> None:
    assert "`api/customers/store.py`, `COLLECTIONS`" in answer("Where is the list's index?")
    assert (("trashed", 1), ("sort_name", 1), ("_id", 1)) in [one.keys for one in store.COLLECTIONS["customers"]]


def test_what_happens_when_a_worker_dies() -> None:
    said = answer("What happens when a worker dies?")
    assert all(
        word in said
        for word in ("`run_leases`", "`LEASE_SECONDS`", "`api/runs/batches.py`", "`jobs/schedule.py`", "fence")
    )
    assert batches.LEASE_SECONDS == 10.0


def test_every_file_that_the_page_names_exists() -> None:
    for name in re.findall(r"`((?:api|jobs|frontend|tests|benchmarks)/[\w./]+)`", PAGE):
        assert (ROOT / name).exists(), name
    assert callable(history.record)


def test_it_stays_one_page() -> None:
    assert len(PAGE.splitlines()) <= 90
