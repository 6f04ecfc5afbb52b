"""Fixtures of the tests of customers."""

from __future__ import annotations

import pytest

from tests.conftest import Ask
from tests.customers.documents import Customers


@pytest.fixture
def customers(data: Ask) -> Customers:
    """Send mutations on customers as an owner."""
    return Customers(data)
