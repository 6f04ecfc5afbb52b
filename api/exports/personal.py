"""Exports pass on what customers hold; the file itself is a file like any other."""

from __future__ import annotations

from api.core.personal import Holding
from api.exports import clearing

HOLDINGS = (
    Holding(
        collection="exports",
        excused="Which filter and which search somebody exports by, until that has ended; it is about many people.",
        clear=clearing.clear,
    ),
)
