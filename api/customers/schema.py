"""Queries and mutations on customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

import strawberry
from bson import ObjectId

from api.access import rules as access
from api.access.model import Permission
from api.core import ids
from api.core.context import Context
from api.core.fields import FieldType, Spec, camel
from api.core.graphql import (
    Actor,
    Edge,
    Info,
    PageInfo,
    Payload,
    Repeatable,
    UserError,
    Written,
    mutation,
    page_info,
    query,
    sending,
    user_errors,
    plain,
)
from api.core.errors import NotFound, Problem
from api.customers import acts, reading
from api.customers.acts import Saved
from api.customers.model import EDITABLE, FIELDS
from api.customers.nodes import Customer, shown
from api.customers.selection import wanted_fields
from api.customers.types import CustomerCreateInput, CustomerUpdateInput, CustomerUpsertSet, CustomerWhere
from api.history import rules as history
from api.history.schema import Change, FieldConflict, Shown

Sorts = strawberry.enum(Enum("CustomerSortField", {name: name for name in reading.SORTS}))  # type: ignore[misc]
strawberry.enum(FieldType)


@strawberry.enum
class SortDirection(Enum):
    ASC = "ASC"
    DESC = "DESC"


@strawberry.enum
class Precision(Enum):
    EXACT = "EXACT"
    LOWER_BOUND = "LOWER_BOUND"


@strawberry.enum(description="REJECT_ALL: one that fails fails all. REJECT_FAILED: each stands for itself.")
class ErrorPolicy(Enum):
    REJECT_ALL = "REJECT_ALL"
    REJECT_FAILED = "REJECT_FAILED"


@strawberry.enum
class UpsertOutcome(Enum):
    CREATED = "CREATE"
    UPDATED = "UPDATE"
    UNCHANGED = "UNCHANGED"
    CONFLICT = "CONFLICT"
    INVALID = "INVALID"


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
    field: Sorts
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


DEFINITIONS = [definition(spec) for spec in FIELDS.values()]


@strawberry.type
class Query:
    @query(needs=Permission.CUSTOMER_READ, description="One customer, in the trash or not; opening it is logged.")
    async def customer(self, info: Info, id: strawberry.ID) -> Customer | None:  # noqa: A002
        try:
            doc = await reading.by_id(info.context, ids.read(ids.CUSTOMER, id))
        except NotFound:
            return None
        return await _opened(info, doc)

    @query(needs=Permission.CUSTOMER_PII_READ, description="The customer who holds an email, phone or reference id.")
    async def customer_by_key(self, info: Info, key: CustomerKey) -> Customer | None:
        ((kind, value),) = plain(key).items()
        return await _opened(info, await reading.by_key(info.context, kind, value))

    @query(needs=Permission.CUSTOMER_READ, description="Customers in pages; `search` finds words by their beginnings in name, email, phone, reference id and id.")  # fmt: skip
    async def customers(  # noqa: PLR0913
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
    await access.log(info.context, "profile.opened", [doc["_id"]], sorted(wanted_fields(info) or ()))
    return shown(info.context, dict(doc))


# --- writing one ---


@strawberry.type
class CustomerCreatePayload(Written):
    customer: Customer | None = None
    warnings: list[UserError] = strawberry.field(default_factory=list)


@strawberry.type
class CustomerUpdatePayload(Written):
    customer: Customer | None = None
    change: Change | None = strawberry.field(default=None, description="The save that this made; customerRevert takes it back.")
    rebased: bool = strawberry.field(default=False, description="Others changed other fields meanwhile; both were kept.")
    conflicts: list[FieldConflict] = strawberry.field(default_factory=list)
    warnings: list[UserError] = strawberry.field(default_factory=list)


@strawberry.type
class CustomerRevertPayload(CustomerUpdatePayload):
    pass


@strawberry.input(description="Takes back the save that made this version of the customer; `paths` narrows it to some.")
class CustomerRevertInput(Repeatable):
    version: int
    paths: list[str] | None = None
    reason: str | None = None


# --- writing several ---


@strawberry.input
class CustomerUpsertItem:
    set: CustomerUpsertSet
    id: strawberry.ID | None = strawberry.field(default=None, description="Which customer; else found by reference id, else by email.")


@strawberry.input(description="At most 100 items.")
class CustomersUpsertInput(Repeatable):
    items: list[CustomerUpsertItem]
    error_policy: ErrorPolicy = ErrorPolicy.REJECT_ALL
    reason: str | None = None


@strawberry.type
class CustomerUpsertResult(Payload):
    index: int
    outcome: UpsertOutcome
    customer: Customer | None
    replayed: bool
    warnings: list[UserError]


@strawberry.type
class CustomersUpsertPayload(Written):
    results: list[CustomerUpsertResult] = strawberry.field(default_factory=list)


@strawberry.input(description="At most 100 ids.")
class CustomerDeleteInput(Repeatable):
    ids: list[strawberry.ID]
    reason: str | None = None


@strawberry.input(description="At most 100 ids.")
class CustomerRestoreInput(Repeatable):
    ids: list[strawberry.ID]
    reason: str | None = None


@strawberry.type
class CustomerActResult:
    index: int
    id: strawberry.ID
    ok: bool
    errors: list[UserError]


@strawberry.type
class CustomerDeletePayload(Written):
    results: list[CustomerActResult] = strawberry.field(default_factory=list)
    deleted: int = 0


@strawberry.type
class CustomerRestorePayload(Written):
    results: list[CustomerActResult] = strawberry.field(default_factory=list)
    restored: int = 0


@strawberry.type
class Mutation:
    @mutation(needs=Permission.CUSTOMER_WRITE, description="Create one customer.")
    async def customer_create(self, info: Info, input: CustomerCreateInput) -> CustomerCreatePayload:  # noqa: A002
        ctx = info.context
        raw = _values(ctx, input)
        saved = await acts.create(ctx, raw, once=sending("customerCreate", input), reason=input.reason)
        return CustomerCreatePayload(
            customer=shown(ctx, saved.doc) if saved.doc else None, warnings=user_errors(saved.warnings), **_written(saved)
        )

    @mutation(needs=Permission.CUSTOMER_WRITE, description="Change one customer: absent leaves alone, null clears.")
    async def customer_update(self, info: Info, id: strawberry.ID, input: CustomerUpdateInput) -> CustomerUpdatePayload:  # noqa: A002
        ctx, customer_id = info.context, ids.read(ids.CUSTOMER, id)
        saved = await acts.update(
            ctx,
            customer_id,
            _values(ctx, input),
            once=sending("customerUpdate", input, id=id),
            expected_version=input.expected_version,
            reason=input.reason,
        )
        return await _answer(ctx, CustomerUpdatePayload, customer_id, saved)

    @mutation(needs=Permission.CUSTOMER_WRITE, description="Create or update up to 100 customers, with a result for each.")
    async def customers_upsert(self, info: Info, input: CustomersUpsertInput) -> CustomersUpsertPayload:  # noqa: A002
        ctx = info.context
        items = [acts.Item(ids.read(ids.CUSTOMER, one.id) if one.id else None, _values(ctx, one.set)) for one in input.items]
        batch = await acts.upsert(
            ctx,
            items,
            once=sending("customersUpsert", input),
            reject_all=input.error_policy is ErrorPolicy.REJECT_ALL,
            reason=input.reason,
        )
        results = [
            CustomerUpsertResult(
                index=index,
                outcome=UpsertOutcome(one.outcome.value),
                customer=shown(ctx, one.doc) if one.doc else None,
                replayed=one.replayed,
                errors=user_errors(one.errors),
                warnings=user_errors(one.warnings),
            )
            for index, one in enumerate(batch.results)
        ]
        return CustomersUpsertPayload(results=results, applied=batch.applied, replayed=batch.replayed)

    @mutation(needs=Permission.CUSTOMER_DELETE, description="Move up to 100 customers to the trash.")
    async def customer_delete(self, info: Info, input: CustomerDeleteInput) -> CustomerDeletePayload:  # noqa: A002
        named, known = _named(input.ids)
        batch = await acts.trash(info.context, known, once=sending("customerDelete", input), reason=input.reason)
        results = _results(input.ids, named, batch)
        return CustomerDeletePayload(results=results, deleted=_moved(batch), applied=batch.applied, replayed=batch.replayed)

    @mutation(needs=Permission.CUSTOMER_DELETE, description="Take up to 100 customers out of the trash.")
    async def customer_restore(self, info: Info, input: CustomerRestoreInput) -> CustomerRestorePayload:  # noqa: A002
        named, known = _named(input.ids)
        batch = await acts.restore(info.context, known, once=sending("customerRestore", input), reason=input.reason)
        results = _results(input.ids, named, batch)
        return CustomerRestorePayload(results=results, restored=_moved(batch), applied=batch.applied, replayed=batch.replayed)

    @mutation(needs=Permission.CUSTOMER_WRITE, description="Take one save back, or some of its paths.")
    async def customer_revert(self, info: Info, id: strawberry.ID, input: CustomerRevertInput) -> CustomerRevertPayload:  # noqa: A002
        ctx, customer_id = info.context, ids.read(ids.CUSTOMER, id)
        saved = await acts.revert(
            ctx, customer_id, input.version, once=sending("customerRevert", input, id=id), paths=input.paths, reason=input.reason
        )
        return await _answer(ctx, CustomerRevertPayload, customer_id, saved)


def _values(ctx: Context, sent: Any) -> dict[str, Any]:
    """Return the declared fields of an input; writing a value needs the permission that reading it does."""
    values = {name: value for name, value in plain(sent).items() if name in EDITABLE}
    for name in values:
        ctx.require(EDITABLE[name].field.read.permission)
    return values


def _written(saved: Saved) -> dict[str, Any]:
    return {"applied": saved.applied, "replayed": saved.replayed, "errors": user_errors(saved.errors)}


async def _answer(ctx: Context, payload: Any, customer_id: ObjectId, saved: Saved) -> Any:
    show = Shown(ctx, FIELDS)
    change = None
    if saved.applied and saved.version is not None:
        made = await history.at_version(ctx, customer_id, saved.version)
        change = show.change(made, {}) if made else None
    conflicts = [
        FieldConflict(
            path=one.path,
            original=show.value(one.path, one.original),
            theirs=show.value(one.path, one.theirs),
            yours=show.value(one.path, one.yours),
            by=Actor.of(one.change.actor),
            at=one.change.at,
        )
        for one in saved.conflicts
    ]
    return payload(
        customer=shown(ctx, saved.doc) if saved.doc else None,
        change=change,
        rebased=saved.rebased,
        conflicts=conflicts,
        warnings=user_errors(saved.warnings),
        **_written(saved),
    )


def _named(sent: Sequence[str]) -> tuple[list[ObjectId | None], list[ObjectId]]:
    """Read ids; what is none stays in its place, so that each item is answered."""
    named: list[ObjectId | None] = []
    for one in sent:
        try:
            named.append(ids.read(ids.CUSTOMER, one))
        except NotFound:
            named.append(None)
    return named, [one for one in named if one is not None] or [ids.new()]


def _results(sent: Sequence[str], named: Sequence[ObjectId | None], batch: acts.Batch) -> list[CustomerActResult]:
    answers = iter(batch.results)
    results = []
    for index, (public, customer_id) in enumerate(zip(sent, named, strict=True)):
        problems: list[Problem] = [NotFound().problem] if customer_id is None else next(answers).errors
        results.append(
            CustomerActResult(index=index, id=strawberry.ID(public), ok=not problems, errors=user_errors(problems))
        )
    return results


def _moved(batch: acts.Batch) -> int:
    return sum(1 for one in batch.results if one.version is not None)
