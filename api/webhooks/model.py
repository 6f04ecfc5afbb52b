"""What a webhook is, and a delivery to it: queued in the transaction that is its reason, sent later, kept for 30 days.

A webhook is stored as `{_id, url, topics, active, created_at, created_by, secrets [{sealed, until}], last_delivery_at,
failures, retry_at}`: the first secret is the one in use, the others sign beside it until their hour.
A delivery is stored as `{_id, webhook_id, topic, subject_id, at, status, attempts, next_at, last_status, error,
expires_at}`: ids only; what it says is read when it is sent. `expires_at` is when a queued one is given up, and when one
that has ended is removed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bson import ObjectId

from api.core.mongo import Doc

MAX_WEBHOOKS = 10
KEPT = timedelta(days=30)
TRIED_FOR = timedelta(hours=24)
BACK_OFF_SECONDS = (5, 30, 120, 600, 1_800, 3_600, 10_800, 21_600, 43_200)
JITTER = 0.1
TRIPS_AT = 5
PAUSE_SECONDS = (5, 30, 120, 600, 1_800)
"""How long a target is left alone after the fifth failure in a row, the sixth, and so on."""


class WebhookTopic(StrEnum):
    """What a webhook may be told of."""

    CONSENT_CHANGED = "CONSENT_CHANGED"


TEST = "TEST"
"""The topic of a test delivery; nobody subscribes to it."""


class WebhookDeliveryStatus(StrEnum):
    """DEAD: given up; it can be replayed."""

    QUEUED = "QUEUED"
    DELIVERED = "DELIVERED"
    DEAD = "DEAD"


@dataclass(frozen=True, slots=True)
class Secret:
    """A signing secret, encrypted; `until` is None for the one in use."""

    sealed: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Webhook:
    """A system that is told of changes."""

    id: ObjectId
    url: str
    topics: tuple[WebhookTopic, ...]
    active: bool
    created_at: datetime
    created_by: dict[str, str]
    secrets: tuple[Secret, ...]
    last_delivery_at: datetime | None
    failures: int
    retry_at: datetime | None

    @classmethod
    def of(cls, doc: Doc) -> Webhook:
        """Read the stored form."""
        return cls(
            doc["_id"],
            doc["url"],
            tuple(WebhookTopic(one) for one in doc["topics"]),
            doc["active"],
            doc["created_at"],
            doc["created_by"],
            tuple(Secret(one["sealed"], one["until"]) for one in doc["secrets"]),
            doc["last_delivery_at"],
            doc["failures"],
            doc["retry_at"],
        )

    @property
    def failing(self) -> bool:
        """Tell whether so many tries failed in a row that only one at a time is made, now and then."""
        return self.failures >= TRIPS_AT

    def rests(self, now: datetime) -> bool:
        """Tell whether it is left alone now."""
        return self.failing and self.retry_at is not None and self.retry_at > now


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one webhook."""

    id: ObjectId
    webhook_id: ObjectId
    topic: str
    subject_id: ObjectId
    at: datetime
    status: WebhookDeliveryStatus
    attempts: int
    next_at: datetime
    last_status: int | None
    error: str | None
    expires_at: datetime

    @classmethod
    def of(cls, doc: Doc) -> Delivery:
        """Read the stored form."""
        return cls(
            doc["_id"],
            doc["webhook_id"],
            doc["topic"],
            doc["subject_id"],
            doc["at"],
            WebhookDeliveryStatus(doc["status"]),
            doc["attempts"],
            doc["next_at"],
            doc["last_status"],
            doc["error"],
            doc["expires_at"],
        )

    @property
    def type(self) -> str:
        """The topic as receivers read it: `consent.changed`."""
        return self.topic.lower().replace("_", ".")


def queued(delivery_id: ObjectId, webhook_id: ObjectId, topic: str, subject_id: ObjectId, now: datetime) -> Doc:
    """Return a new delivery that waits for its first try."""
    return {
        "_id": delivery_id,
        "webhook_id": webhook_id,
        "topic": topic,
        "subject_id": subject_id,
        "at": now,
        **anew(now),
    }


def anew(now: datetime) -> Doc:
    """Return the fields with which a delivery begins, and begins again."""
    return {
        "status": WebhookDeliveryStatus.QUEUED.value,
        "attempts": 0,
        "next_at": now,
        "last_status": None,
        "error": None,
        "expires_at": now + TRIED_FOR,
    }


def next_try(delivery: Delivery, now: datetime) -> datetime | None:
    """Return when a delivery that failed just now is tried again; None when its 24 hours are over."""
    if now >= delivery.expires_at:
        return None
    step = BACK_OFF_SECONDS[min(delivery.attempts, len(BACK_OFF_SECONDS)) - 1]
    # Jitter keeps what failed together from coming back together.
    seconds = step * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
    return min(now + timedelta(seconds=seconds), delivery.expires_at)


def pause(failures: int) -> timedelta:
    """Return how long a target is left alone after so many failures in a row."""
    return timedelta(seconds=PAUSE_SECONDS[min(failures - TRIPS_AT, len(PAUSE_SECONDS) - 1)])
