"""Joins every room's queries, mutations and subscriptions into one schema."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import strawberry

from api.access import rules as access_rules, schema as access, types as access_types
from api.access.model import Permission
from api.agreements import schema as agreements
from api.consent import (
    confirm_schema as confirm,
    proof_schema as proof,
    quarantine_schema as quarantine,
    reach_schema as reach,
    schema as consent,
)
from api.core import cost, ids
from api.core.context import ANYONE, SIGNED_IN
from api.core.errors import NotFound
from api.core.graphql import Info, Node, query
from api.core.graphql_schema import RegularsSchema
from api.core.paging import MAX_PAGE
from api.customers import holding_schema as holding, schema as customers
from api.customers.model import MAX_ITEMS, MAX_TAGS
from api.exports import schema as exports
from api.files import rules as files_rules, schema as files
from api.files.model import MAX_BYTES, PART_BYTES
from api.imports import schema as imports
from api.mail import schema as mail
from api.privacy import (
    acts_schema as privacy_acts,
    asked_schema as privacy_asked,
    schema as privacy,
    suppression_schema as suppression,
)
from api.retention import schema as retention
from api.runs import schema as runs
from api.webhooks import schema as webhooks

Load: TypeAlias = Callable[[Info, str], Awaitable[Any]]


@strawberry.type
class ServerLimits:
    """What one request, batch or customer may hold at most."""

    page_size: int
    batch_items: int
    depth: int
    aliases: int
    tokens: int
    cost: int
    upload_bytes: int
    part_bytes: int
    identifiers_per_type: int
    tags: int


LIMITS = ServerLimits(
    page_size=MAX_PAGE,
    batch_items=100,
    depth=cost.MAX_DEPTH,
    aliases=cost.MAX_ALIASES,
    tokens=cost.MAX_TOKENS,
    cost=cost.MAX_COST,
    upload_bytes=MAX_BYTES,
    part_bytes=PART_BYTES,
    identifiers_per_type=MAX_ITEMS,
    tags=MAX_TAGS,
)


@strawberry.type
class Whole:
    """What belongs to no room."""

    @query(needs=SIGNED_IN, description="Anything by its id; null when there is none, or none for the caller to see.")
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:  # noqa: A002
        """Ask the room that the id's prefix names."""
        load = NODES.get(id.partition("_")[0])
        try:
            found: Node | None = await load(info, id) if load else None
        except NotFound:
            return None
        return found

    @query(needs=ANYONE, description="How much may be asked at once.")
    def server_limits(self) -> ServerLimits:
        """Return the limits."""
        return LIMITS


@strawberry.type
class Query(
    Whole,
    consent.Query,
    reach.Query,
    proof.Query,
    quarantine.Query,
    access.Query,
    customers.Query,
    suppression.Query,
    runs.Query,
    imports.Query,
    exports.Query,
    mail.Query,
    agreements.Query,
    webhooks.Query,
    retention.Query,
    privacy_asked.Query,
):
    """What may be asked."""


@strawberry.type
class Mutation(
    consent.Mutation,
    reach.Mutation,
    confirm.Mutation,
    quarantine.Mutation,
    access.Mutation,
    customers.Mutation,
    holding.Mutation,
    suppression.Mutation,
    files.Mutation,
    imports.Mutation,
    exports.Mutation,
    runs.Mutation,
    agreements.Mutation,
    webhooks.Mutation,
    privacy.Mutation,
    privacy_acts.Mutation,
    retention.Mutation,
):
    """What may be changed."""


@strawberry.type
class Subscription(runs.Subscription):
    """What may be watched."""


def _root(name: str) -> Load:
    field = Query.__strawberry_definition__.get_field(name)  # type: ignore[attr-defined]
    resolver = field.base_resolver.wrapped_func

    async def load(info: Info, public_id: str) -> Any:
        return await resolver(None, info, id=public_id)

    return load


async def _user(info: Info, public_id: str) -> Any:
    info.context.require(Permission.SETTINGS_USERS)
    found = await access_rules.get_user(info.context, public_id)
    return access_types.User.of(found) if found else None


async def _role(info: Info, public_id: str) -> Any:
    info.context.require(Permission.SETTINGS_USERS)
    found = (await access_types.known_roles(info)).get(ids.read(ids.ROLE, public_id))
    return access_types.Role.of(found[0]) if found else None


async def _key(info: Info, public_id: str) -> Any:
    info.context.require(Permission.SETTINGS_KEYS)
    found = await access_rules.get_key(info.context, public_id)
    return access_types.ApiKey.of(found) if found else None


async def _file(info: Info, public_id: str) -> Any:
    found = await files_rules.get(info.context, public_id)
    for one in (found.permission, *found.also):
        info.context.require(one)
    return files.show(found)


NODES: dict[str, Load] = {
    ids.CUSTOMER: _root("customer"),
    ids.RUN: _root("run"),
    ids.USER: _user,
    ids.ROLE: _role,
    ids.KEY: _key,
    ids.FILE: _file,
}
"""Each asks for the permission of its kind, as the room's own field does."""

schema = RegularsSchema(query=Query, mutation=Mutation, subscription=Subscription)


def print_schema() -> str:
    """Return the schema as `schema.graphql` holds it."""
    return schema.printed()
