"""Exports pass on what customers hold; the file itself is a file like any other."""

from __future__ import annotations

from api.core.personal import Holding

HOLDINGS = (
    Holding(
        collection="exports",
        excused="Which filter and which search somebody exported by, for 8 days; it is about many people.",
    ),
)
