"""What a mail is: written in the transaction that is its reason, delivered later, shown in the outbox either way.

Stored as `{_id, at, status, attempts, next_at, error, about, personal {to, subject, text} | None}`; `about` is the run whose
end it tells, where it is such a report.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bson import ObjectId

from api.core.mongo import Doc

ERASED = "Whom it was written to, or about, was erased or anonymized."
"""Why a mail that waited is not sent any more."""


class MailStatus(StrEnum):
    """KEPT: no mail server is set, the outbox is where it is read."""

    QUEUED = "QUEUED"
    SENT = "SENT"
    KEPT = "KEPT"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as the outbox shows it."""

    id: ObjectId
    at: datetime
    to: str
    subject: str
    text: str
    status: MailStatus
    attempts: int
    error: str | None

    @classmethod
    def of(cls, doc: Doc) -> Mail:
        """Read the stored form; an erased mail has neither address nor text."""
        personal = doc.get("personal") or {}
        return cls(
            id=doc["_id"],
            at=doc["at"],
            to=personal.get("to", ""),
            subject=personal.get("subject", ""),
            text=personal.get("text", ""),
            status=MailStatus(doc["status"]),
            attempts=doc["attempts"],
            error=doc.get("error"),
        )
