"""Mutations on customers: inputs and payloads stand above what takes and answers them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, TypeVar

import strawberry
from bson import ObjectId

from api.access.model import Permission
from api.core import ids
from api.core.context import Context
from api.core.errors import Invalid, NotFound, Problem
from api.core.graphql import (
    Actor,
    Info,
    Payload,
    Repeatable,
    UserError,
    Written,
    mutation,
    plain,
    sending,
    user_errors,
)
from api.customers import acts, values
from api.customers.model import EDITABLE, FIELDS
from api.customers.nodes import Customer, shown
from api.customers.saving import Batch, Saved
from api.customers.types import CustomerCreateInput, CustomerUpdateInput, CustomerUpsertSet
from api.history import rules as history
from api.history.schema import Change, FieldConflict, Shown


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
class CustomerCreatePayload(Written):
    customer: Customer | None = None
    warnings: list[UserError] = strawberry.field(default_factory=list)


@strawberry.type
class CustomerUpdatePayload(Written):
    customer: Customer | None = None
    change: Change | None = strawberry.field(
        default=None, description="The save that this made; customerRevert takes it back."
    )
    rebased: bool = strawberry.field(
        default=False, description="Others changed other fields meanwhile; both were kept."
    )
    conflicts: list[FieldConflict] = strawberry.field(default_factory=list)
    warnings: list[UserError] = strawberry.field(default_factory=list)


@strawberry.type
class CustomerRevertPayload(CustomerUpdatePayload):
    pass


MAX_REASON = 500
Answer = TypeVar("Answer", bound=CustomerUpdatePayload)


@strawberry.input(description="Takes back the save that made this version of the customer; `paths` narrows it to some.")
class CustomerRevertInput(Repeatable):
    version: int
    paths: list[str] | None = None
    reason: str | None = None


# --- writing several ---


@strawberry.input
class CustomerUpsertItem:
    set: CustomerUpsertSet
    id: strawberry.ID | None = strawberry.field(
        default=None, description="Which customer; else found by reference id, else by email."
    )


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
    async def customer_create(self, info: Info, input: CustomerCreateInput) -> CustomerCreatePayload:
        ctx = info.context
        raw = _values(ctx, input)
        saved = await acts.create(ctx, raw, once=sending("customerCreate", input), reason=_reason(input.reason))
        return CustomerCreatePayload(
            customer=shown(ctx, saved.doc) if saved.doc else None,
            warnings=user_errors(saved.warnings),
            **_written(saved),
        )

    @mutation(needs=Permission.CUSTOMER_WRITE, description="Change one customer: absent leaves alone, null clears.")
    async def customer_update(self, info: Info, id: strawberry.ID, input: CustomerUpdateInput) -> CustomerUpdatePayload:
        ctx, customer_id = info.context, ids.read(ids.CUSTOMER, id)
        saved = await acts.update(
            ctx,
            customer_id,
            _values(ctx, input),
            once=sending("customerUpdate", input, id=id),
            expected_version=input.expected_version,
            reason=_reason(input.reason),
        )
        return await _answer(ctx, CustomerUpdatePayload, customer_id, saved)

    @mutation(
        needs=Permission.CUSTOMER_WRITE, description="Create or update up to 100 customers, with a result for each."
    )
    async def customers_upsert(self, info: Info, input: CustomersUpsertInput) -> CustomersUpsertPayload:
        ctx = info.context
        items = [
            acts.Item(ids.read(ids.CUSTOMER, one.id) if one.id else None, _values(ctx, one.set)) for one in input.items
        ]
        batch = await acts.upsert(
            ctx,
            items,
            once=sending("customersUpsert", input),
            reject_all=input.error_policy is ErrorPolicy.REJECT_ALL,
            reason=_reason(input.reason),
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
    async def customer_delete(self, info: Info, input: CustomerDeleteInput) -> CustomerDeletePayload:
        named, known = _named(input.ids)
        batch = await acts.trash(
            info.context, known, once=sending("customerDelete", input), reason=_reason(input.reason)
        )
        results = _results(input.ids, named, batch)
        return CustomerDeletePayload(
            results=results, deleted=_moved(batch), applied=batch.applied, replayed=batch.replayed
        )

    @mutation(needs=Permission.CUSTOMER_DELETE, description="Take up to 100 customers out of the trash.")
    async def customer_restore(self, info: Info, input: CustomerRestoreInput) -> CustomerRestorePayload:
        named, known = _named(input.ids)
        batch = await acts.restore(
            info.context, known, once=sending("customerRestore", input), reason=_reason(input.reason)
        )
        results = _results(input.ids, named, batch)
        return CustomerRestorePayload(
            results=results, restored=_moved(batch), applied=batch.applied, replayed=batch.replayed
        )

    @mutation(needs=Permission.CUSTOMER_WRITE, description="Take one save back, or some of its paths.")
    async def customer_revert(self, info: Info, id: strawberry.ID, input: CustomerRevertInput) -> CustomerRevertPayload:
        ctx, customer_id = info.context, ids.read(ids.CUSTOMER, id)
        saved = await acts.revert(
            ctx,
            customer_id,
            input.version,
            once=sending("customerRevert", input, id=id),
            paths=input.paths,
            reason=_reason(input.reason),
        )
        return await _answer(ctx, CustomerRevertPayload, customer_id, saved)


def _values(ctx: Context, sent: Any) -> dict[str, Any]:
    """Return the declared fields of an input; writing a value needs the permission that reading it does."""
    values = {name: value for name, value in plain(sent).items() if name in EDITABLE}
    for name in values:
        ctx.require(EDITABLE[name].field.read.permission)
    return values


def _reason(sent: str | None) -> str | None:
    try:
        return values.text(sent, MAX_REASON) if sent else None
    except Invalid as error:
        raise error.under("reason") from None


def _written(saved: Saved) -> dict[str, Any]:
    return {"applied": saved.applied, "replayed": saved.replayed, "errors": user_errors(saved.errors)}


async def _answer(ctx: Context, payload: type[Answer], customer_id: ObjectId, saved: Saved) -> Answer:
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
    return named, [one for one in named if one is not None] or ([ids.new()] if sent else [])


def _results(sent: Sequence[str], named: Sequence[ObjectId | None], batch: Batch) -> list[CustomerActResult]:
    answers = iter(batch.results)
    results = []
    for index, (public, customer_id) in enumerate(zip(sent, named, strict=True)):
        problems: list[Problem] = [NotFound().problem] if customer_id is None else next(answers).errors
        results.append(
            CustomerActResult(index=index, id=strawberry.ID(public), ok=not problems, errors=user_errors(problems))
        )
    return results


def _moved(batch: Batch) -> int:
    return sum(1 for one in batch.results if one.version is not None)
