"""Confirming a consent, and what is known of an address's delivery, in GraphQL."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.access.model import Permission
from api.consent import confirming, deliverability
from api.consent.inputs import ConsentIdentifier
from api.consent.model import AppliedAs, DeliverabilityReason
from api.core.context import ANYONE
from api.core.errors import Unavailable
from api.core.graphql import Info, Repeatable, Written, mutation, plain, sending, user_errors


@strawberry.input
class ConsentConfirmInput(Repeatable):
    """The token of a PENDING consent, from its mail or from `confirmToken`."""

    token: str


@strawberry.type
class ConsentConfirmPayload(Written):
    """What came of it; it tells of no person."""

    applied_as: AppliedAs | None = strawberry.field(default=None, description="NO_CHANGE: it was confirmed before.")


@strawberry.input
class DeliverabilityUpdateInput(Repeatable):
    """What happened to messages to an address, as the sending system learned it."""

    identifier: ConsentIdentifier
    deliverable: bool = strawberry.field(description="False: nothing arrives there.")
    reason: DeliverabilityReason | None = strawberry.field(
        default=None, description="UNKNOWN, when absent. After SOFT_BOUNCE the address stays deliverable."
    )
    at: datetime | None = strawberry.field(default=None, description="When it happened: it orders. Now, when absent.")


@strawberry.type
class DeliverabilityPayload(Written):
    """Not applied: the same or newer is known of the address. Whether anybody has it is not told."""


@strawberry.type
class Mutation:
    """What the sending side tells."""

    @mutation(needs=ANYONE, description="Confirm a PENDING consent: the token is the proof, and good once, for 7 days.")
    async def consent_confirm(self, info: Info, input: ConsentConfirmInput) -> ConsentConfirmPayload:
        """Record the yes that a token asks for."""
        found = await confirming.confirm(info.context, input.token, sending("consentConfirm", input))
        if found.errors and found.errors[0].code in {"UNAVAILABLE", "TIMEOUT"}:
            raise Unavailable(found.errors[0].message, code=found.errors[0].code)
        return ConsentConfirmPayload(
            errors=user_errors(found.errors),
            applied=found.applied,
            replayed=found.replayed,
            applied_as=found.applied_as,
        )

    @mutation(needs=Permission.CONSENT_RECORD, description="Tell whether messages arrive at an address.")
    async def deliverability_update(self, info: Info, input: DeliverabilityUpdateInput) -> DeliverabilityPayload:
        """Keep what is known of an address's delivery."""
        done = await deliverability.update(
            info.context,
            plain(input.identifier),
            deliverable=input.deliverable,
            reason=input.reason,
            at=input.at,
            once=sending("deliverabilityUpdate", input),
        )
        return DeliverabilityPayload(applied=done.applied, replayed=done.replayed)
