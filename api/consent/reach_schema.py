"""May somebody be contacted, who counts as reachable, and how many are on a list, in GraphQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

import strawberry

from api.access.model import Permission
from api.agreements import types as agreements
from api.agreements.model import ConsentChannel
from api.agreements.types import Purpose
from api.consent import policy, reach
from api.consent.inputs import ConsentIdentifier
from api.consent.model import ListStatus
from api.consent.reach import MESSAGES, Code, Reach
from api.core import ids
from api.core.context import Context
from api.core.errors import RegularsError
from api.core.graphql import Info, Payload, Repeatable, Written, link, mutation, plain, query, sending, user_errors
from api.customers.schema import Precision

strawberry.enum(Code, name="ContactabilityCode")


@strawberry.input(description="Whom, on which channel, for which purpose, and through which list.")
class ContactabilityInput:
    identifier: ConsentIdentifier
    channel: ConsentChannel
    purpose: str
    list: str | None = None


@strawberry.input(description="The same for up to 500.")
class ContactabilitiesInput:
    identifiers: list[ConsentIdentifier]
    channel: ConsentChannel
    purpose: str
    list: str | None = None


@strawberry.type(description="One thing that speaks for or against.")
class ContactabilityReason:
    code: Code
    message: str
    allows: bool
    entry_id: strawberry.ID | None = strawberry.field(description="The entry of the ledger that says so.")
    at: datetime | None


@strawberry.type(
    description="Whether somebody may be contacted; what speaks against comes first, and the first decides."
)
class Contactability:
    allowed: bool
    reasons: list[ContactabilityReason]
    identifier: str | None = strawberry.field(description="The address to use; null without customer.pii.read.")
    unsubscribe_url: str | None = strawberry.field(description="For the message: leads to a page that takes one click.")

    @classmethod
    def of(cls, ctx: Context, found: Reach) -> Self:
        """Show an answer as the caller may see it."""
        return cls(
            allowed=found.allowed,
            reasons=[
                ContactabilityReason(
                    code=one.code,
                    message=MESSAGES[one.code],
                    allows=one.allows,
                    entry_id=strawberry.ID(ids.show(ids.ENTRY, one.entry)) if one.entry else None,
                    at=one.at,
                )
                for one in found.reasons
            ],
            identifier=found.identifier if ctx.caller.may(Permission.CUSTOMER_PII_READ) else None,
            unsubscribe_url=found.unsubscribe_url,
        )


@strawberry.type
class ContactabilityResult(Payload):
    """The answer for one of several."""

    index: int
    contactability: Contactability | None


@strawberry.input(description="Who counts as reachable for a purpose, beside those who agreed explicitly.")
class PurposePolicyInput:
    purpose: str
    allow_unknown: bool = strawberry.field(description="Who never said anything.")
    allow_implicit: bool = strawberry.field(description="Who agreed implicitly, or by an import.")


@strawberry.input
class ReachabilityPolicyUpdateInput(Repeatable):
    policy: list[PurposePolicyInput]


@strawberry.type
class ReachabilityPolicyUpdatePayload(Written):
    purposes: list[Purpose] = strawberry.field(default_factory=list)


@strawberry.type(description="How many can be reached, as it is and as it would be.")
class ReachabilityForecast:
    channel: ConsentChannel
    purpose: str
    now: int
    then: int
    precision: Precision


@strawberry.type(description="How many customers stand where with a list; up to 10,001 each.")
class ListCounts:
    subscribed: int
    unsubscribed: int
    pending: int
    cleaned: int


def _policy(rows: list[PurposePolicyInput]) -> policy.Policy:
    return policy.read([(one.purpose, one.allow_unknown, one.allow_implicit) for one in rows])


@strawberry.type
class Query:
    """What may be asked about reaching people."""

    @query(needs=Permission.CONSENT_READ, description="May this person be contacted, and why?")
    async def contactability(self, info: Info, input: ContactabilityInput) -> Contactability:
        """Answer for one."""
        asked = plain(input.identifier)
        (found,) = await reach.contactability(info.context, [asked], input.channel, input.purpose, input.list)
        if found.errors:
            raise RegularsError(found.errors[0].message, found.errors[0].code, found.errors[0].path)
        return Contactability.of(info.context, found)

    @query(needs=Permission.CONSENT_READ, description="The same for up to 500, in their order.")
    async def contactabilities(self, info: Info, input: ContactabilitiesInput) -> list[ContactabilityResult]:
        """Answer for many, in as many commands as for one."""
        ctx, asked = info.context, plain(input.identifiers)
        found = await reach.contactability(ctx, asked, input.channel, input.purpose, input.list)
        return [
            ContactabilityResult(
                index=place,
                errors=user_errors(one.errors),
                contactability=None if one.errors else Contactability.of(ctx, one),
            )
            for place, one in enumerate(found)
        ]

    @query(needs=Permission.SETTINGS_CONSENT, description="What a policy would change, before it is saved.")
    async def reachability_forecast(self, info: Info, policy: list[PurposePolicyInput]) -> list[ReachabilityForecast]:
        """Count for each channel of each purpose."""
        return [
            ReachabilityForecast(
                channel=one.channel,
                purpose=one.purpose,
                now=one.now,
                then=one.then,
                precision=Precision.EXACT if one.exact else Precision.LOWER_BOUND,
            )
            for one in await _forecast(info.context, policy)
        ]


async def _forecast(ctx: Context, rows: list[PurposePolicyInput]) -> list[policy.Forecast]:
    return await policy.forecast(ctx, _policy(rows))


@strawberry.type
class Mutation:
    """What may be changed about reaching people."""

    @mutation(needs=Permission.SETTINGS_CONSENT, description="Say who counts as reachable.")
    async def reachability_policy_update(
        self, info: Info, input: ReachabilityPolicyUpdateInput
    ) -> ReachabilityPolicyUpdatePayload:
        """Set the policy of the purposes that are named."""
        purposes, done = await policy.update(
            info.context, _policy(input.policy), sending("reachabilityPolicyUpdate", input)
        )
        return ReachabilityPolicyUpdatePayload(
            purposes=[Purpose.of(one) for one in purposes], applied=done.applied, replayed=done.replayed
        )


async def _counts(self: Any, info: Info) -> ListCounts:
    found = await policy.list_counts(info.context, self.source.key)
    return ListCounts(**{status.value.lower(): found[status] for status in ListStatus})


_COUNTED = "How many customers stand where with it."
link(agreements.SubscriptionList, "counts", query(needs=Permission.CONSENT_READ, description=_COUNTED)(_counts))
