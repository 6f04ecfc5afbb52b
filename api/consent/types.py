"""Consents in GraphQL: what is sent and answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Self

import strawberry

from api.access.model import Permission
from api.agreements.model import ConsentChannel
from api.consent.facts import list_status
from api.consent.fold import Matter
from api.consent.model import (
    AppliedAs,
    ConsentBasis,
    ConsentSource,
    ConsentState,
    DeliverabilityReason,
    Entry,
    IdentifierKind,
    ListStatus,
    OptInLevel,
    Topic,
    TopicKind,
)
from api.consent.reading import HeldIdentifier
from api.consent.receipts import receipt
from api.consent.recording import Recorded
from api.core import ids
from api.core.context import Context
from api.core.graphql import Actor, Connection, Info, Node, Payload, query, user_errors

for one in (
    AppliedAs,
    ConsentBasis,
    ConsentSource,
    ConsentState,
    DeliverabilityReason,
    IdentifierKind,
    ListStatus,
    OptInLevel,
):
    strawberry.enum(one)
strawberry.enum(TopicKind, name="ConsentTopicKind")


# --- what is answered ---


@strawberry.type(description="Proof of an entry: a JWS that anybody can check with the keys of GET /keys.")
class ConsentReceipt:
    id: strawberry.ID
    jws: str

    @classmethod
    def of(cls, ctx: Context, entry: Entry) -> Self:
        """Derive an entry's receipt."""
        return cls(id=strawberry.ID(ids.show(ids.ENTRY, entry.id)), jws=receipt(ctx, entry))


@strawberry.type
class ConsentEvidence:
    ip: str | None
    user_agent: str | None
    form_url: str | None
    file_id: strawberry.ID | None
    note: str | None


@strawberry.type(description="What was recorded, once and for all.")
class ConsentEntry(Node):
    seq: int = strawberry.field(description="Its place in the chain of its address, from 1.")
    topic: TopicKind
    channel: ConsentChannel | None
    purpose: str | None
    list: str | None
    term: str | None
    term_version: int | None
    text_hash: str | None = strawberry.field(description="SHA-256 of the wording that was shown.")
    state: ConsentState
    basis: ConsentBasis
    opt_in_level: OptInLevel
    locale: str | None
    collected_at: datetime = strawberry.field(description="When the person said it.")
    recorded_at: datetime = strawberry.field(description="When it was written here.")
    actor: Actor
    source: ConsentSource
    applied_as: AppliedAs
    identifier_kind: IdentifierKind | None
    identifier: str | None = strawberry.field(description="Null without customer.pii.read, or when it was blanked.")
    evidence: ConsentEvidence | None
    reason: str | None
    redacted: bool = strawberry.field(description="Its personal part was blanked; the chain still proves the rest.")
    hash: str
    entry: strawberry.Private[Entry]

    @query(needs=Permission.CONSENT_READ, description="Proof of it; names nobody without customer.pii.read.")
    def receipt(self, info: Info) -> ConsentReceipt:
        """Derive the receipt."""
        sees = info.context.caller.may(Permission.CUSTOMER_PII_READ)
        return ConsentReceipt.of(info.context, self.entry if sees else replace(self.entry, personal=None))

    @classmethod
    def of(cls, ctx: Context, entry: Entry) -> Self:
        """Show an entry as the caller may see it."""
        said, topic = entry.body, entry.topic
        known = entry.personal if ctx.caller.may(Permission.CUSTOMER_PII_READ) else None
        personal: dict[str, Any] = known or {}
        evidence = {name.removeprefix("evidence_"): value for name, value in personal.items() if "evidence_" in name}
        return cls(
            id=strawberry.ID(ids.show(ids.ENTRY, entry.id)),
            seq=entry.seq,
            topic=topic.kind,
            channel=topic.channel,
            purpose=topic.purpose,
            list=topic.list,
            term=topic.term,
            term_version=said["term_version"],
            text_hash=said["text_hash"],
            state=ConsentState(said["state"]),
            basis=ConsentBasis(said["basis"]),
            opt_in_level=OptInLevel(said["level"]),
            locale=said["locale"],
            collected_at=entry.collected_at,
            recorded_at=entry.recorded_at,
            actor=Actor.of(said["actor"]),
            source=ConsentSource(said["source"]),
            applied_as=entry.applied_as,
            identifier_kind=IdentifierKind(personal["kind"]) if "kind" in personal else None,
            identifier=personal.get("value"),
            evidence=ConsentEvidence(**{name: evidence.get(name) for name in _EVIDENCE}) if evidence else None,
            reason=personal.get("reason"),
            redacted=entry.personal is None,
            hash=entry.hash,
            entry=entry,
        )


_EVIDENCE = ("ip", "user_agent", "form_url", "file_id", "note")


@strawberry.type
class ConsentEntryConnection(Connection[ConsentEntry]):
    """Entries, newest recorded first."""


@strawberry.type(description="Where somebody stands on one topic.")
class ConsentStanding:
    topic: TopicKind
    channel: ConsentChannel | None
    purpose: str | None
    list: str | None
    term: str | None
    term_version: int | None
    state: ConsentState
    basis: ConsentBasis | None
    collected_at: datetime | None
    entry_id: strawberry.ID | None
    list_status: ListStatus | None

    @classmethod
    def of(cls, topic: Topic, matter: Matter, *, deliverable: bool) -> Self:
        """Show a matter."""
        said = matter.current
        status = list_status(matter.state, deliverable=deliverable) if topic.kind is TopicKind.LIST else None
        return cls(
            topic=topic.kind,
            channel=topic.channel,
            purpose=topic.purpose,
            list=topic.list,
            term=topic.term,
            term_version=said.version if said else None,
            state=matter.state,
            basis=said.basis if said else None,
            collected_at=said.at if said else None,
            entry_id=strawberry.ID(ids.show(ids.ENTRY, said.entry)) if said else None,
            list_status=status,
        )


@strawberry.type(description="An address of a customer, or the customer as such (the last one), and what it agreed to.")
class CustomerIdentifier:
    key: strawberry.ID
    kind: IdentifierKind
    value: str | None = strawberry.field(description="Null without customer.pii.read.")
    label: str | None
    primary: bool
    channels: list[ConsentChannel]
    deliverable: bool
    deliverability_reason: DeliverabilityReason | None
    deliverability_at: datetime | None
    last_seen: bool = strawberry.field(
        description="The newest of its kind, which alone is written to; devices all are."
    )
    seen_at: datetime | None
    standings: list[ConsentStanding]

    @classmethod
    def of(cls, ctx: Context, held: HeldIdentifier) -> Self:
        """Show an identifier as the caller may see it."""
        sees = ctx.caller.may(Permission.CUSTOMER_PII_READ)
        reason = held.deliverability.get("reason")
        return cls(
            key=strawberry.ID(held.id),
            kind=held.kind,
            value=held.value if sees else None,
            label=held.label if sees else None,
            primary=held.primary,
            channels=held.channels,
            deliverable=held.deliverable,
            deliverability_reason=DeliverabilityReason(reason) if reason else None,
            deliverability_at=held.deliverability.get("at"),
            last_seen=held.last_seen,
            seen_at=held.seen_at,
            standings=[ConsentStanding.of(*one, deliverable=held.deliverable) for one in held.matters],
        )


@strawberry.type
class ConsentResult(Payload):
    """The answer for one item."""

    index: int
    applied: bool
    replayed: bool
    entry_id: strawberry.ID | None
    applied_as: AppliedAs | None
    receipt: ConsentReceipt | None

    @classmethod
    def of(cls, ctx: Context, index: int, found: Recorded) -> Self:
        """Show what came of an item; of a dry run there is no receipt, for nothing was recorded."""
        shown = found.entry if found.applied else None
        return cls(
            errors=user_errors(found.errors),
            index=index,
            applied=found.applied,
            replayed=found.replayed,
            entry_id=strawberry.ID(ids.show(ids.ENTRY, shown.id)) if shown else None,
            applied_as=found.applied_as,
            receipt=ConsentReceipt.of(ctx, shown) if shown else None,
        )
