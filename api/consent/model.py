"""What a consent is: states, topics, and the ledger's entries.

Stored in `consent_ledger`, append-only: `{_id, subject, seq, topic, recorded_at, hash, body, personal}`. `body` holds the
exact bytes that `hash` is made over (see `chain.py`) and is the truth; `subject`, `seq`, `topic` and `recorded_at` repeat
parts of it for look-ups. All that is personal stands in `personal`, which anonymization sets to null.

A subject is the address (an email, a phone, a device) or the person herself; it has a random id and stays with the
address. Its document is the identifier's: `{subject, head {seq, hash}, matters, deliverability, facts}`; the person's own is
the identifier of type "customer".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

import orjson
from bson import ObjectId

from api.agreements.model import ConsentChannel
from api.core.mongo import Doc


class ConsentState(StrEnum):
    """What somebody said last."""

    GRANTED = "GRANTED"
    DENIED = "DENIED"
    WITHDRAWN = "WITHDRAWN"
    PENDING = "PENDING"
    EXPIRED = "EXPIRED"
    UNKNOWN = "UNKNOWN"


REFUSALS = frozenset({ConsentState.WITHDRAWN, ConsentState.DENIED})


class ConsentBasis(StrEnum):
    """What a consent rests on."""

    EXPLICIT = "EXPLICIT"
    IMPLICIT = "IMPLICIT"
    DOUBLE_OPT_IN = "DOUBLE_OPT_IN"
    IMPORTED = "IMPORTED"


class OptInLevel(StrEnum):
    """How sure it is that the owner of the address said it."""

    SINGLE = "SINGLE"
    CONFIRMED = "CONFIRMED"
    UNKNOWN = "UNKNOWN"


class ConsentSource(StrEnum):
    """Through which door it came."""

    FORM = "FORM"
    PARTNER = "PARTNER"
    CONFIRM = "CONFIRM"
    ADMIN = "ADMIN"
    UNSUBSCRIBE = "UNSUBSCRIBE"
    IMPORT = "IMPORT"


class AppliedAs(StrEnum):
    """What an entry did: it is kept whatever it did."""

    CURRENT = "CURRENT"
    SUPERSEDED = "SUPERSEDED"
    BLOCKED = "BLOCKED"
    NO_CHANGE = "NO_CHANGE"


class QuarantineStatus(StrEnum):
    """Whether somebody has decided about a consent that could not be proved."""

    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"


class QuarantineReason(StrEnum):
    """Why a consent waits for somebody to decide."""

    NO_BASIS = "NO_BASIS"
    NO_DATE = "NO_DATE"
    NO_SOURCE = "NO_SOURCE"
    NO_PERMISSION = "NO_PERMISSION"
    UNKNOWN_TERM = "UNKNOWN_TERM"
    RESUBSCRIBE = "RESUBSCRIBE"
    EARLIER_IMPORT = "EARLIER_IMPORT"


class TopicKind(StrEnum):
    """What a consent is about."""

    CHANNEL = "CHANNEL"
    LIST = "LIST"
    TERM = "TERM"
    DO_NOT_SELL = "DO_NOT_SELL"


class ListStatus(StrEnum):
    """Where somebody stands with a list; CLEANED: subscribed, but the address does not work."""

    SUBSCRIBED = "SUBSCRIBED"
    UNSUBSCRIBED = "UNSUBSCRIBED"
    PENDING = "PENDING"
    CLEANED = "CLEANED"


class DeliverabilityReason(StrEnum):
    """Why nothing arrives at an address."""

    HARD_BOUNCE = "HARD_BOUNCE"
    SOFT_BOUNCE = "SOFT_BOUNCE"
    SPAM_REPORT = "SPAM_REPORT"
    UNINSTALLED = "UNINSTALLED"
    INVALID = "INVALID"
    RETURNED = "RETURNED"
    EXPIRED = "EXPIRED"
    OTHER = "OTHER"
    UNKNOWN = "UNKNOWN"


class IdentifierKind(StrEnum):
    """What names a person or an address; the stored type is the same word in lower case."""

    EMAIL = "EMAIL"
    PHONE = "PHONE"
    PUSH = "PUSH"
    WEB_PUSH = "WEB_PUSH"
    REFERENCE_ID = "REFERENCE_ID"
    CUSTOMER = "CUSTOMER"


ADDRESS_OF: dict[ConsentChannel, IdentifierKind] = {
    ConsentChannel.EMAIL: IdentifierKind.EMAIL,
    ConsentChannel.SMS: IdentifierKind.PHONE,
    ConsentChannel.PHONE: IdentifierKind.PHONE,
    ConsentChannel.PUSH: IdentifierKind.PUSH,
    ConsentChannel.WEB_PUSH: IdentifierKind.WEB_PUSH,
}
"""Whose a channel's consent is; that of the others (post, in-app) is the person's own."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What a consent is about: a channel for a purpose, a list, a term, or the selling of data."""

    kind: TopicKind
    channel: ConsentChannel | None = None
    purpose: str | None = None
    list: str | None = None
    term: str | None = None

    @property
    def word(self) -> str:
        """The form that is stored and compared: "EMAIL/MARKETING", "LIST/weekly", "TERM/privacy", "DO_NOT_SELL"."""
        if self.kind is TopicKind.CHANNEL:
            return f"{self.channel}/{self.purpose}"
        if self.kind is TopicKind.DO_NOT_SELL:
            return self.kind.value
        return f"{self.kind}/{self.list or self.term}"

    @classmethod
    def of(cls, word: str, channel: ConsentChannel | None = None, purpose: str | None = None) -> Topic:
        """Read the stored form; a list's channel and purpose are told."""
        head, _, tail = word.partition("/")
        if head == TopicKind.DO_NOT_SELL:
            return cls(TopicKind.DO_NOT_SELL)
        if head == TopicKind.LIST:
            return cls(TopicKind.LIST, channel, purpose, list=tail)
        if head == TopicKind.TERM:
            return cls(TopicKind.TERM, term=tail)
        return cls(TopicKind.CHANNEL, ConsentChannel(head), tail)

    @property
    def address(self) -> IdentifierKind | None:
        """The kind of address that it belongs to; None: the person's own."""
        return ADDRESS_OF.get(self.channel) if self.channel else None


REDACTED = "redacted"
"""The kind of a chained entry that names the entries whose personal part was blanked."""


@dataclass(frozen=True)
class Entry:
    """One entry of the ledger as it is stored, and what its bytes say."""

    id: ObjectId
    subject: ObjectId
    seq: int
    hash: str
    bytes: bytes
    personal: Doc | None

    @classmethod
    def of(cls, doc: Mapping[str, Any]) -> Entry:
        """Read the stored form."""
        return cls(doc["_id"], doc["subject"], doc["seq"], doc["hash"], bytes(doc["body"]), doc["personal"])

    @cached_property
    def body(self) -> dict[str, Any]:
        """What the hashed bytes say."""
        found: dict[str, Any] = orjson.loads(self.bytes)
        return found

    @property
    def topic(self) -> Topic:
        """What it is about."""
        said = self.body
        channel = ConsentChannel(said["channel"]) if said["channel"] else None
        return Topic(TopicKind(said["kind"]), channel, said["purpose"], said["list"], said["term"])

    @property
    def collected_at(self) -> datetime:
        """When the person said it."""
        return datetime.fromisoformat(self.body["collected_at"])

    @property
    def recorded_at(self) -> datetime:
        """When it was written here."""
        return datetime.fromisoformat(self.body["recorded_at"])

    @property
    def applied_as(self) -> AppliedAs:
        """What it did."""
        return AppliedAs(self.body["applied_as"])
