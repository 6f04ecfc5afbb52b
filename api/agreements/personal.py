"""What can be agreed to says nothing about anybody; who agreed stands in the ledger."""

from __future__ import annotations

from api.core.personal import Holding

HOLDINGS = (
    Holding(
        collection="agreements",
        excused="Purposes, terms and lists, the same for everybody.",
        stays="What can be agreed to says nothing about anybody.",
    ),
    Holding(
        collection="term_texts",
        excused="The wordings of terms; a consent names its version and its hash.",
        stays="The wordings of terms say nothing about anybody.",
    ),
)
