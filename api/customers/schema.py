"""Queries and mutations on customers."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

import strawberry

from api.access import rules as access
from api.access.model import Permission
from api.core import ids
from api.core.errors import NotFound
from api.core.fields import FieldType, Spec, camel
from api.core.graphql import (
    Edge,
    Info,
    PageInfo,
    page_info,
    plain,
    query,
)
from api.customers import reading
from api.customers.model import FIELDS
from api.customers.nodes import Customer, shown
from api.customers.schema_writes import Mutation
from api.customers.selection import wanted_fields
from api.customers.types import CustomerWhere

__all__ = ["Mutation", "Query"]

CustomerSortField: Any = strawberry.enum(Enum("CustomerSortField", {name: name for name in reading.SORTS}))  # type: ignore[call-overload]
strawberry.enum(FieldType)


@strawberry.enum
class SortDirection(Enum):
    ASC = "ASC"
    DESC = "DESC"


@strawberry.enum
class Precision(Enum):
    EXACT = "EXACT"
    LOWER_BOUND = "LOWER_BOUND"


@strawberry.type
class Count:
    count: int
    precision: Precision


@strawberry.type
class CustomerConnection:
    nodes: list[Customer]
    page_info: PageInfo
    listing: strawberry.Private[reading.Listing]

    @strawberry.field
    def edges(self) -> list[Edge[Customer]]:
        rows = zip(self.listing.rows.cursors, self.nodes, strict=True)
        return [{"cursor": cursor, "node": node} for cursor, node in rows]  # type: ignore[misc]

    @query(needs=Permission.CUSTOMER_READ, description="How many there are in all: up to 10,000, within a second.")
    async def total_count(self, info: Info) -> Count:
        found, exact = await reading.counted(info.context, self.listing)
        return Count(count=found, precision=Precision.EXACT if exact else Precision.LOWER_BOUND)


@strawberry.input(one_of=True, description="What a customer is found by; exactly one.")
class CustomerKey:
    email: str | None = strawberry.UNSET
    phone: str | None = strawberry.UNSET
    reference_id: str | None = strawberry.UNSET


@strawberry.input
class CustomerSort:
    field: CustomerSortField
    direction: SortDirection = SortDirection.ASC


@strawberry.type(description="What forms, tables, filters and imports are drawn from.")
class FieldDefinition:
    name: str = strawberry.field(description="As in Customer.")
    path: str = strawberry.field(description="As stored, and as paths of history and errors say it.")
    label: str
    about: str
    type: FieldType
    read: str
    permission: str
    editable: bool
    max_length: int | None
    options: list[str]
    operators: list[str]
    sort: str | None
    csv: list[str]
    items: list[FieldDefinition]


def definition(spec: Spec) -> FieldDefinition:
    """Show a declared field."""
    is_enum = spec.type is FieldType.ENUM
    return FieldDefinition(
        name=spec.camel,
        path=spec.name,
        label=spec.label,
        about=spec.field.about,
        type=spec.type,
        read=spec.field.read.value,
        permission=spec.field.read.permission,
        editable=spec.field.editable,
        max_length=spec.field.max_length if spec.type in {FieldType.TEXT, FieldType.TAGS} else None,
        options=[one.value for one in spec.python] if is_enum else [],
        operators=[camel(one) for one in reading.operators(spec)],
        sort=spec.field.sort or None,
        csv=list(spec.field.csv),
        items=[definition(one) for one in spec.items],
    )


LISTED = "Customers in pages; `search` finds words by their beginnings in name, email, phone, reference id and id."
DEFINITIONS = [definition(spec) for spec in FIELDS.values()]


@strawberry.type
class Query:
    @query(needs=Permission.CUSTOMER_READ, description="One customer, in the trash or not; opening it is logged.")
    async def customer(self, info: Info, id: strawberry.ID) -> Customer | None:
        try:
            doc = await reading.by_id(info.context, ids.read(ids.CUSTOMER, id))
        except NotFound:
            return None
        return await _opened(info, doc)

    @query(needs=Permission.CUSTOMER_PII_READ, description="The customer who holds an email, phone or reference id.")
    async def customer_by_key(self, info: Info, key: CustomerKey) -> Customer | None:
        ((kind, value),) = plain(key).items()
        return await _opened(info, await reading.by_key(info.context, kind, value))

    @query(needs=Permission.CUSTOMER_READ, description=LISTED)
    async def customers(
        self,
        info: Info,
        first: int | None = 50,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        search: str | None = None,
        where: CustomerWhere | None = None,
        sort: list[CustomerSort] | None = None,
        trash: bool = False,
    ) -> CustomerConnection:
        listing = await reading.listed(
            info.context,
            search=search,
            where=plain(where) if where else None,
            sort=[(one.field.value, one.direction is SortDirection.DESC) for one in sort or ()],
            trash=trash,
            first=first,
            after=after,
            last=last,
            before=before,
            fields=wanted_fields(info),
        )
        nodes = [shown(info.context, doc) for doc in listing.rows.rows]
        return CustomerConnection(nodes=nodes, page_info=page_info(listing.rows), listing=listing)

    @query(needs=Permission.CUSTOMER_READ, description="Every field of a customer, with how it behaves.")
    def customer_fields(self, info: Info) -> list[FieldDefinition]:  # noqa: ARG002 - every resolver is handed it.
        return DEFINITIONS


async def _opened(info: Info, doc: Mapping[str, Any] | None) -> Any:
    if doc is None:
        return None
    await access.opened(info.context, doc["_id"], sorted(wanted_fields(info) or ()))
    return shown(info.context, dict(doc))
