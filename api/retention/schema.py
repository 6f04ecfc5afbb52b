"""Retention policies and what they will do, in GraphQL: what may be asked and changed."""

from __future__ import annotations

from typing import Any

import strawberry
from bson import ObjectId
from strawberry.dataloader import DataLoader

from api.access.model import Permission
from api.core.graphql import Edge, Info, Repeatable, Written, connected, link, mutation, plain, query, sending
from api.core.mongo import Doc
from api.core.personal import Act
from api.customers.model import Kind
from api.customers.nodes import Customer, shown
from api.customers.types import CustomerWhere
from api.privacy.types import RetentionPolicyRef
from api.retention import forecast, rules
from api.retention.model import NOTICE_DAYS, AgeOf, Fate, Policy, runs_at
from api.retention.schema_types import (
    CustomerRetention,
    RetentionForecastConnection,
    RetentionForecastEntry,
    RetentionPolicy,
    public_id,
    show,
)

MAX_BATCH = 500
_FATES = "retention fates"


@strawberry.type
class Query:
    """Queries about retention."""

    @query(needs=Permission.SETTINGS_RETENTION, description="Every retention policy, oldest first.")
    async def retention_policies(self, info: Info) -> list[RetentionPolicy]:
        return [show(one) for one in await rules.get_all(info.context)]

    @query(
        needs=Permission.SETTINGS_RETENTION,
        description=(
            "Who goes by a policy within 90 days, on or off, and who would but for a hold or an exemption. `blocked`: only "
            "those who stay all the time, or only those who go. Needs customer.read as well, and what the exemption asks."
        ),
    )
    async def retention_forecast(
        self,
        info: Info,
        policy: strawberry.ID,
        first: int | None = 50,
        after: str | None = None,
        blocked: bool | None = None,
    ) -> RetentionForecastConnection:
        ctx = info.context
        asked = await rules.get(ctx, policy)
        ctx.require(Permission.CUSTOMER_READ)
        found = await forecast.outlook(ctx, asked)
        rows = await forecast.listed(ctx, found, first, after, blocked=blocked)

        def entry(row: tuple[Doc, Fate]) -> RetentionForecastEntry:
            doc, fate = row
            return RetentionForecastEntry(
                customer=shown(ctx, doc),
                due_at=fate.due_at,
                goes_at=fate.goes_at,
                blocked_by=fate.blocked_by,
                until=fate.until,
            )

        connection: RetentionForecastConnection = connected(
            RetentionForecastConnection,
            Edge[RetentionForecastEntry],
            rows,
            entry,
            first_run_at=runs_at(found.earliest, found.zone),
            outlook=found,
        )
        return connection


# --- changing policies ---


@strawberry.input(description="A new policy; it does nothing before it is switched on.")
class RetentionPolicyCreateInput(Repeatable):
    name: str
    act: Act
    age_of: AgeOf
    days: int = strawberry.field(description="1 to 36,500.")
    kind: Kind | None = strawberry.field(default=None, description="Null: known and anonymous customers.")
    except_: CustomerWhere | None = strawberry.field(
        default=None,
        name="except",
        description="Who stays. Of names and identifiers it may ask isSet only: for one person there are legal holds.",
    )
    notice_days: int = strawberry.field(
        default=NOTICE_DAYS, description="0 to 90: so long after it is switched on it does nothing yet."
    )


@strawberry.input(
    description=(
        "What changes; a null `kind` or `except` clears it. A policy that is on and does something else from now on begins "
        "anew, with a new notice."
    )
)
class RetentionPolicyUpdateInput(Repeatable):
    expected_version: int = strawberry.field(description="The version that this change was made on.")
    name: str | None = strawberry.UNSET
    act: Act | None = strawberry.UNSET
    age_of: AgeOf | None = strawberry.UNSET
    days: int | None = strawberry.UNSET
    kind: Kind | None = strawberry.UNSET
    except_: CustomerWhere | None = strawberry.field(default=strawberry.UNSET, name="except")
    notice_days: int | None = strawberry.UNSET
    enabled: bool | None = strawberry.UNSET


@strawberry.input(description="Which version is deleted.")
class RetentionPolicyDeleteInput(Repeatable):
    expected_version: int = strawberry.field(description="The version that was looked at.")


@strawberry.type(description="The policy as it is now.")
class RetentionPolicyPayload(Written):
    policy: RetentionPolicy | None = None


@strawberry.type(description="It takes nobody any more; a run that it has begun goes on.")
class RetentionPolicyDeletePayload(Written):
    pass


def _values(sent: Repeatable) -> Doc:
    named = plain(sent)
    return {name: named[name] for name in named if name not in {"idempotency_key", "dry_run", "expected_version"}}


@strawberry.type
class Mutation:
    """Mutations of retention policies."""

    @mutation(needs=Permission.SETTINGS_RETENTION, description="Make a retention policy, switched off.")
    async def retention_policy_create(self, info: Info, input: RetentionPolicyCreateInput) -> RetentionPolicyPayload:
        made, done = await rules.create(info.context, _values(input), sending("retentionPolicyCreate", input))
        return RetentionPolicyPayload(policy=show(made) if made else None, applied=done.applied, replayed=done.replayed)

    @mutation(
        needs=Permission.SETTINGS_RETENTION,
        description="Change a retention policy, or switch it on or off; who may change it is told by mail when it begins.",
    )
    async def retention_policy_update(
        self, info: Info, id: strawberry.ID, input: RetentionPolicyUpdateInput
    ) -> RetentionPolicyPayload:
        sent = sending("retentionPolicyUpdate", input, id=id)
        found, done = await rules.update(info.context, id, input.expected_version, _values(input), sent)
        return RetentionPolicyPayload(
            policy=show(found) if found else None, applied=done.applied, replayed=done.replayed
        )

    @mutation(needs=Permission.SETTINGS_RETENTION, description="Delete a retention policy.")
    async def retention_policy_delete(
        self, info: Info, id: strawberry.ID, input: RetentionPolicyDeleteInput
    ) -> RetentionPolicyDeletePayload:
        sent = sending("retentionPolicyDelete", input, id=id)
        done = await rules.remove(info.context, id, input.expected_version, sent)
        return RetentionPolicyDeletePayload(applied=done.applied, replayed=done.replayed)


# --- what a customer is shown with ---


async def _retention(self: Any, info: Info) -> CustomerRetention | None:
    memo = info.context.memo
    if _FATES not in memo:
        memo[_FATES] = _loader(info)
    loader: DataLoader[ObjectId, tuple[Policy, Fate] | None] = memo[_FATES]
    found = await loader.load(self["_id"])
    if found is None:
        return None
    policy, fate = found
    return CustomerRetention(
        policy=RetentionPolicyRef(id=public_id(policy), name=policy.name),
        act=policy.act,
        due_at=fate.due_at,
        goes_at=fate.goes_at,
        blocked_by=fate.blocked_by,
        until=fate.until,
    )


def _loader(info: Info) -> DataLoader[ObjectId, tuple[Policy, Fate] | None]:
    async def load(customer_ids: list[ObjectId]) -> list[tuple[Policy, Fate] | None]:
        found = await forecast.of_customers(info.context, customer_ids)
        return [found.get(one) for one in customer_ids]

    return DataLoader(load, max_batch_size=MAX_BATCH)


_ABOUT = "What becomes of her by the retention policies that are on; null: she stays."
link(Customer, "retention", query(needs=Permission.CUSTOMER_READ, description=_ABOUT)(_retention))
