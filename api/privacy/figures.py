"""What statistics say of customers before and after they are anonymized: counted by whatever is kept of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from api.core.fields import Anonymize
from api.customers.model import FIELDS

CUSTOMERS = "customers"
NOT_COUNTED = frozenset({"version", "kind", "anonymized_at"})
"""What is kept, and yet another: who was known is not known any more."""
_KEPT = tuple(
    spec for name, spec in FIELDS.items() if spec.field.anonymize is not Anonymize.REMOVE and name not in NOT_COUNTED
)


def of(docs: Iterable[Mapping[str, Any] | None]) -> Counter[str]:
    """Return the figures of customers: `customers`, and of each field that is kept how many have which value.

    Values are counted as anonymizing leaves them, so that the figures before and after are the same ones; of moments the
    month.
    """
    found: Counter[str] = Counter()
    for doc in docs:
        if doc is None:
            continue
        found[CUSTOMERS] += 1
        for spec in _KEPT:
            value = doc.get(spec.name)
            if value is not None and spec.field.generalize:
                value = spec.field.generalize(value)
            if value is not None:
                shown = f"{value:%Y-%m}" if isinstance(value, datetime) else str(value)
                found[f"{spec.name}:{shown.replace('.', '_')}"] += 1
    return found
