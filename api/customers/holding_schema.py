"""Legal holds in GraphQL."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.access.model import Permission
from api.core import ids
from api.core.graphql import Info, Repeatable, Written, mutation, sending
from api.core.idempotency import Done
from api.core.mongo import Doc
from api.customers import holding
from api.customers.nodes import Customer, shown


@strawberry.input(description="Neither a person nor a policy anonymizes or erases whoever is held.")
class CustomerHoldInput(Repeatable):
    reason: str = strawberry.field(description="Why, at most 500 characters; kept in the access log.")
    until: datetime | None = strawberry.field(default=None, description="When it ends; null: when it is lifted.")


@strawberry.input
class CustomerHoldLiftInput(Repeatable):
    reason: str = strawberry.field(description="Why, at most 500 characters; kept in the access log.")


@strawberry.type
class CustomerHoldPayload(Written):
    customer: Customer | None = None


@strawberry.type
class Mutation:
    @mutation(needs=Permission.CUSTOMER_HOLD, description="Keep a customer from being anonymized or erased.")
    async def customer_hold(self, info: Info, id: strawberry.ID, input: CustomerHoldInput) -> CustomerHoldPayload:
        once = sending("customerHold", input, id=id)
        return _held(info, await holding.put(info.context, once, ids.read(ids.CUSTOMER, id), input.reason, input.until))

    @mutation(needs=Permission.CUSTOMER_HOLD, description="End a hold before its time.")
    async def customer_hold_lift(
        self, info: Info, id: strawberry.ID, input: CustomerHoldLiftInput
    ) -> CustomerHoldPayload:
        once = sending("customerHoldLift", input, id=id)
        return _held(info, await holding.lift(info.context, once, ids.read(ids.CUSTOMER, id), input.reason))


def _held(info: Info, written: tuple[Doc | None, Done]) -> CustomerHoldPayload:
    doc, done = written
    return CustomerHoldPayload(
        customer=shown(info.context, doc) if doc else None, applied=done.applied, replayed=done.replayed
    )
