"""What retention policies and their forecasts look like in GraphQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import strawberry
from bson import ObjectId
from strawberry.dataloader import DataLoader

from api.access.model import Permission
from api.core import ids
from api.core.graphql import Actor, DateText, Edge, Info, Json, PageInfo, UserError, query
from api.core.personal import Act, camels
from api.customers.model import Kind
from api.customers.nodes import Customer
from api.privacy.types import RetentionPolicyRef
from api.retention import forecast
from api.retention.model import AgeOf, Block, Policy, runs_at

_CALENDAR = "retention calendar"
strawberry.enum(
    AgeOf,
    name="RetentionAge",
    description="From what an age is counted. LAST_SEEN: who was never seen is as old as her profile.",
)
strawberry.enum(Block, name="RetentionBlock", description="What keeps a customer whose time has come.")


@strawberry.type(description="What becomes of customers at an age, by a run at 03:00 of each day.")
class RetentionPolicy:
    id: strawberry.ID
    name: str
    kind: Kind | None = strawberry.field(description="Null: known and anonymous customers.")
    age_of: AgeOf
    days: int = strawberry.field(description="Whole days of the installation's time zone.")
    act: Act
    exempt: Json | None = strawberry.field(
        name="except", description="The condition of who stays, as a CustomerWhere; null: nobody by this policy."
    )
    enabled: bool
    notice_days: int
    noticed_at: datetime | None = strawberry.field(description="When those who may change it were told that it begins.")
    first_run_after: datetime | None = strawberry.field(description="It does not run before; null while it is off.")
    error: UserError | None = strawberry.field(description="Why it does not run, though it is on.")
    version: int
    created_at: datetime
    created_by: Actor
    updated_at: datetime
    updated_by: Actor
    source: strawberry.Private[Policy]

    @strawberry.field(description="When it runs next; null while it is off.")  # type: ignore[untyped-decorator]
    async def next_run_at(self, info: Info) -> datetime | None:
        if not self.source.enabled:
            return None
        (found,) = await forecast.outlooks(info.context, [self.source])
        return runs_at(found.earliest, found.zone)


def show(policy: Policy) -> RetentionPolicy:
    """Show a policy."""
    error = policy.error
    return RetentionPolicy(
        id=public_id(policy),
        name=policy.name,
        kind=policy.kind,
        age_of=policy.age_of,
        days=policy.days,
        act=policy.act,
        exempt=Json(_told(camels(policy.exempt))) if policy.exempt else None,
        enabled=policy.enabled,
        notice_days=policy.notice_days,
        noticed_at=policy.noticed_at,
        first_run_after=policy.first_run_after,
        error=UserError(code=error["code"], message=error["message"], path=None) if error else None,
        version=policy.version,
        created_at=policy.created_at,
        created_by=Actor.of(policy.created_by),
        updated_at=policy.updated_at,
        updated_by=Actor.of(policy.updated_by),
        source=policy,
    )


def public_id(policy: Policy) -> strawberry.ID:
    """Return the id of a policy as callers see it."""
    return strawberry.ID(ids.show(ids.RETENTION, policy.id))


def _told(value: Any) -> Any:
    """Return a stored condition as it can be sent again."""
    if isinstance(value, Mapping):
        return {name: _told(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_told(one) for one in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


# --- the forecast ---


@strawberry.type(description="What becomes of a customer whose time comes within 90 days.")
class RetentionForecastEntry:
    customer: Customer
    due_at: datetime = strawberry.field(description="When she goes if nothing keeps her.")
    goes_at: datetime | None = strawberry.field(description="When she goes; null while nobody knows.")
    blocked_by: Block | None = strawberry.field(description="What keeps her when she is due.")
    until: datetime | None = strawberry.field(description="When the hold ends; null where it does not.")


@strawberry.type(description="How many go on a day, and how many would but for what keeps them all the 90 days.")
class RetentionForecastDay:
    day: DateText
    go: int
    blocked: int


@strawberry.type(description="The sums of the days.")
class RetentionForecastTotals:
    go: int
    blocked: int


@strawberry.type(
    description="Who goes by a policy within 90 days, and who would; those whose time comes first stand first."
)
class RetentionForecastConnection:
    edges: list[Edge[RetentionForecastEntry]]
    nodes: list[RetentionForecastEntry]
    page_info: PageInfo
    first_run_at: datetime = strawberry.field(description="Of a policy that is off: as if it were switched on now.")
    outlook: strawberry.Private[forecast.Outlook]

    @query(needs=Permission.CUSTOMER_READ, description="Each day on which somebody goes or would.")
    async def days(self, info: Info) -> list[RetentionForecastDay]:
        found = await self._calendar(info)
        return [
            RetentionForecastDay(day=DateText(one.day.isoformat()), go=one.go, blocked=one.blocked) for one in found
        ]

    @query(needs=Permission.CUSTOMER_READ, description="How many there are in all.")
    async def totals(self, info: Info) -> RetentionForecastTotals:
        found = await self._calendar(info)
        return RetentionForecastTotals(go=sum(one.go for one in found), blocked=sum(one.blocked for one in found))

    async def _calendar(self, info: Info) -> list[forecast.Day]:
        memo, key = info.context.memo, (_CALENDAR, self.outlook.policy.id)
        loader: DataLoader[ObjectId, list[forecast.Day]] | None = memo.get(key)
        if loader is None:

            async def load(_ids: list[ObjectId]) -> list[list[forecast.Day]]:
                return [await forecast.calendar(info.context, self.outlook)]

            loader = memo[key] = DataLoader(load, max_batch_size=1)
        return await loader.load(self.outlook.policy.id)


@strawberry.type(description="By which policy a customer goes first, and when.")
class CustomerRetention:
    policy: RetentionPolicyRef
    act: Act
    due_at: datetime = strawberry.field(description="When she goes if nothing keeps her.")
    goes_at: datetime | None = strawberry.field(description="When she goes; null while nobody knows.")
    blocked_by: Block | None = strawberry.field(description="What keeps her when she is due.")
    until: datetime | None = strawberry.field(description="When the hold ends; null where it does not.")
