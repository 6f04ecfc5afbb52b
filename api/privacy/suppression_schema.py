"""Suppressed addresses in GraphQL."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.access.model import Permission
from api.consent.model import IdentifierKind
from api.core.errors import Invalid
from api.core.graphql import Info, Repeatable, Written, mutation, query, sending
from api.customers import suppression


@strawberry.type(description="Whether an address may come back after its owner was erased.")
class Suppression:
    suppressed: bool
    at: datetime | None = strawberry.field(description="Since when it may not.")


@strawberry.input
class SuppressionLiftInput(Repeatable):
    kind: IdentifierKind
    value: str
    reason: str = strawberry.field(description="Why, at most 500 characters; kept in the access log.")


@strawberry.type
class SuppressionPayload(Written):
    suppression: Suppression | None = None


@strawberry.type
class Query:
    @query(needs=Permission.SUPPRESSION_LIFT, description="Whether an address may come back; CUSTOMER is none.")
    async def suppression(self, info: Info, kind: IdentifierKind, value: str) -> Suppression:
        found = await suppression.state(info.context, _kind(kind), value)
        return Suppression(suppressed=found.suppressed, at=found.at)


@strawberry.type
class Mutation:
    @mutation(needs=Permission.SUPPRESSION_LIFT, description="Let an address come back whose owner was erased.")
    async def suppression_lift(self, info: Info, input: SuppressionLiftInput) -> SuppressionPayload:
        once = sending("suppressionLift", input)
        done = await suppression.lift(info.context, once, _kind(input.kind), input.value, input.reason)
        return SuppressionPayload(
            suppression=Suppression(suppressed=False, at=None), applied=done.applied, replayed=done.replayed
        )


def _kind(kind: IdentifierKind) -> str:
    if kind is IdentifierKind.CUSTOMER:
        raise Invalid("A customer is no address, and never suppressed.", path=("kind",))
    return kind.value.lower()
