"""The quarantine in GraphQL: consents of files that could not prove them, and what is decided of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

import strawberry

from api.access.model import Permission
from api.agreements import rules as agreements
from api.agreements.model import ConsentChannel, Known
from api.consent import importing, quarantine
from api.consent.inputs import ConsentEvidenceInput
from api.consent.model import (
    AppliedAs,
    ConsentBasis,
    ConsentState,
    QuarantineReason,
    QuarantineStatus,
    TopicKind,
)
from api.consent.quarantine import Decision
from api.core import ids
from api.core.context import Context
from api.core.graphql import (
    Actor,
    Connection,
    Edge,
    Info,
    Node,
    Payload,
    Repeatable,
    Written,
    connected,
    mutation,
    plain,
    query,
    sending,
    user_errors,
)
from api.core.mongo import Doc
from api.customers import reading as customers
from api.customers.nodes import Customer, shown
from api.history.schema import RunRef

strawberry.enum(QuarantineStatus)
strawberry.enum(QuarantineReason)
strawberry.enum(Decision, name="QuarantineDecision", description="An accepted consent is recorded as an import.")


@strawberry.type(description="A consent of a file that could not prove it; nobody is written to because of it.")
class QuarantinedConsent(Node):
    at: datetime
    status: QuarantineStatus
    run: RunRef | None
    row: int | None
    identifier: str | None = strawberry.field(description="Null without customer.pii.read.")
    topic: TopicKind
    channel: ConsentChannel | None
    purpose: str | None
    list: str | None
    term: str | None
    state: ConsentState
    collected_at: datetime | None
    basis: ConsentBasis | None
    source: str | None = strawberry.field(description="Where it is said to come from; null without customer.pii.read.")
    why: QuarantineReason
    message: str
    reviewed_at: datetime | None
    reviewed_by: Actor | None
    entry_id: strawberry.ID | None = strawberry.field(description="What was recorded of it, if anything was.")
    doc: strawberry.Private[Any]

    @query(needs=Permission.CUSTOMER_READ, description="Whom the row of the file was about.")
    async def customer(self, info: Info) -> Customer | None:
        """Show the customer to those who may see customers."""
        found = await customers.by_id(info.context, self.doc["customer_id"]) if self.doc["customer_id"] else None
        return shown(info.context, found) if found else None

    @classmethod
    def of(cls, ctx: Context, known: Known, doc: Doc) -> Self:
        """Show one as the caller may see it."""
        topic, why = importing.topic_of(known, doc["topic"]), QuarantineReason(doc["why"])
        personal = (doc["personal"] if ctx.caller.may(Permission.CUSTOMER_PII_READ) else None) or {}
        by_address = personal.get("kind") != "CUSTOMER"
        return cls(
            id=strawberry.ID(ids.show(ids.QUARANTINED, doc["_id"])),
            at=doc["at"],
            status=QuarantineStatus(doc["status"]),
            run=RunRef.of(doc["run"]),
            row=doc["run"]["row"] if doc["run"] else None,
            identifier=personal.get("value") if by_address else None,
            topic=topic.kind,
            channel=topic.channel,
            purpose=topic.purpose,
            list=topic.list,
            term=topic.term,
            state=ConsentState(doc["state"]),
            collected_at=doc["collected_at"],
            basis=ConsentBasis(doc["basis"]) if doc["basis"] else None,
            source=personal.get("source"),
            why=why,
            message=quarantine.MESSAGES[why],
            reviewed_at=doc["reviewed_at"],
            reviewed_by=Actor.of(doc["reviewed_by"]) if doc["reviewed_by"] else None,
            entry_id=strawberry.ID(ids.show(ids.ENTRY, doc["entry"])) if doc["entry"] else None,
            doc=doc,
        )


@strawberry.type
class QuarantinedConsentConnection(Connection[QuarantinedConsent]):
    """What is or was in quarantine, newest first."""


@strawberry.input(description="What is decided of consents in quarantine, at most 100.")
class ConsentQuarantineReviewInput(Repeatable):
    ids: list[strawberry.ID]
    decision: Decision
    reason: str
    basis: ConsentBasis | None = strawberry.field(default=None, description="Needed to accept what states none.")
    collected_at: datetime | None = strawberry.field(default=None, description="Taken where the file states no date.")
    source: str | None = strawberry.field(default=None, description="Where the consents come from; kept as evidence.")
    evidence: ConsentEvidenceInput | None = None


@strawberry.type(description="The answer for one of them; BLOCKED: recorded, but the person had said no.")
class QuarantineReviewResult(Payload):
    index: int
    id: strawberry.ID
    ok: bool
    applied_as: AppliedAs | None


@strawberry.type
class ConsentQuarantineReviewPayload(Written):
    """One answer for each id."""

    results: list[QuarantineReviewResult] = strawberry.field(default_factory=list)


@strawberry.type
class Query:
    """What waits for a decision."""

    @query(needs=Permission.CONSENT_REVIEW, description="Consents of files that could not prove them, newest first.")
    async def consent_quarantine(
        self,
        info: Info,
        status: QuarantineStatus | None = None,
        why: QuarantineReason | None = None,
        first: int | None = 50,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> QuarantinedConsentConnection:
        ctx = info.context
        found = await quarantine.listed(ctx, status, (first, after, last, before), why)
        known = await agreements.known(ctx)
        return connected(  # type: ignore[no-any-return]
            QuarantinedConsentConnection,
            Edge[QuarantinedConsent],
            found,
            lambda doc: QuarantinedConsent.of(ctx, known, doc),
        )


@strawberry.type
class Mutation:
    """What may be decided."""

    @mutation(
        needs=Permission.CONSENT_REVIEW,
        description="Accept consents as imported, which lifts no refusal, or reject them; each is answered.",
    )
    async def consent_quarantine_review(
        self, info: Info, input: ConsentQuarantineReviewInput
    ) -> ConsentQuarantineReviewPayload:
        sent = plain(input)
        once = sending("consentQuarantineReview", input)
        found, replayed = await quarantine.review(info.context, list(input.ids), input.decision, sent, once)
        results = [
            QuarantineReviewResult(
                errors=user_errors(one.errors),
                index=index,
                id=strawberry.ID(one.id),
                ok=not one.errors,
                applied_as=one.applied_as,
            )
            for index, one in enumerate(found)
        ]
        applied = not input.dry_run and any(one.ok for one in results)
        return ConsentQuarantineReviewPayload(applied=applied, replayed=replayed and applied, results=results)
