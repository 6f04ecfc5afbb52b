"""What can be agreed to says nothing about anybody; who agreed stands in the ledger."""

from __future__ import annotations

from api.core.personal import Holding

HOLDINGS = (
    Holding(collection="agreements", excused="Purposes, terms and lists, the same for everybody."),
    Holding(collection="term_texts", excused="The wordings of terms; a consent names its version and its hash."),
)
