"""Anonymizing and erasing in GraphQL, and what they add to a run."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry
from bson import ObjectId

from api.access.model import Permission
from api.core import ids
from api.core.errors import Invalid, NotFound
from api.core.fields import Anonymize
from api.core.graphql import Info, Repeatable, Written, link, mutation, plain, sending
from api.core.personal import Act
from api.customers.schema import Count, Precision
from api.customers.types import CustomerWhere
from api.privacy import asking, telling
from api.privacy.requests import ACTS, MAX_IDS, Options
from api.privacy.types import RetentionPolicyRef
from api.runs.schema import Run, RunCount, show as show_run
from api.runs.selecting import Selection

strawberry.enum(
    Anonymize,
    name="PrivacyFieldFate",
    description="What becomes of a field's value. GENERALIZE: it is kept less exactly, a moment as its month.",
)


@strawberry.type
class PrivacyField:
    """What becomes of a field, and how many customers have a value there."""

    name: str
    label: str
    does: Anonymize
    customers: int


@strawberry.type
class PrivacyCollection:
    """What was done in a collection of the database."""

    collection: str
    about: str
    cleared: int = strawberry.field(description="Documents that were blanked, removed or replaced.")
    searched: int | None = strawberry.field(description="Documents that were searched afterwards; null: not yet.")
    found: int | None = strawberry.field(description="Places where something of these persons was found.")


@strawberry.type
class PrivacyFigures:
    """What was counted of these customers before and after; of fewer than 5 it is not said what they had."""

    before: list[RunCount]
    after: list[RunCount]
    same: bool | None = strawberry.field(description="Whether the two are equal; null for erasing.")


@strawberry.type
class PrivacyCertificate:
    """What was done and searched, signed; `regulars verify-certificate` checks it without this server."""

    at: datetime
    clean: bool = strawberry.field(description="Whether nothing was found.")
    signed: str
    name: str = strawberry.field(description="How a file of it is called.")


@strawberry.type
class PrivacyDetails:
    """What a run that anonymizes or erases knows beyond what every run has."""

    act: Act
    reason: str | None
    suppress: bool = strawberry.field(description="Whether what found these persons may find nobody again.")
    apply_at: datetime | None = strawberry.field(
        description="When it is applied by itself; null: when somebody says so."
    )
    policy: RetentionPolicyRef | None
    customers: int = strawberry.field(description="Who goes; once it is applied, who went.")
    held: int = strawberry.field(description="Chosen, but kept by a legal hold.")
    missing: int = strawberry.field(
        description="Chosen, but not there any more, anonymized before, or not meant by the policy any more."
    )
    fields: list[PrivacyField]
    collections: list[PrivacyCollection]
    figures: PrivacyFigures | None = strawberry.field(description="Null until it is applied.")
    certificate: PrivacyCertificate | None = strawberry.field(description="Null until everything was searched.")


async def _details(root: Run, info: Info) -> PrivacyDetails | None:
    run = root.source
    if run.kind not in ACTS:
        return None
    options, counts, act = Options.of(run.options), telling.counts(run), ACTS[run.kind]
    found = await telling.certificate(info.context, run)
    policy = options.policy
    return PrivacyDetails(
        act=act,
        reason=run.reason,
        suppress=options.suppress,
        apply_at=options.apply_at,
        policy=RetentionPolicyRef(id=strawberry.ID(str(policy["id"])), name=policy["name"]) if policy else None,
        customers=counts.customers,
        held=counts.held,
        missing=counts.missing,
        fields=[
            PrivacyField(name=spec.camel, label=spec.label, does=does, customers=number)
            for spec, does, number in telling.fields(run)
        ],
        collections=[PrivacyCollection(**one) for one in telling.collections(run)],
        figures=_figures(run),
        certificate=PrivacyCertificate(**found) if found else None,
    )


def _figures(run: Any) -> PrivacyFigures | None:
    found = telling.figures(run)
    if found is None:
        return None
    before, after, same = found
    return PrivacyFigures(before=_counts(before), after=_counts(after), same=same)


def _counts(counts: dict[str, int]) -> list[RunCount]:
    return [RunCount(name=name, count=count) for name, count in sorted(counts.items())]


link(
    Run, "privacy", strawberry.field(resolver=_details, description="Of runs that anonymize or erase; null for others.")
)


@strawberry.input
class CustomerAnonymizeInput(Repeatable):
    """How to anonymize a customer."""

    reason: str | None = strawberry.field(default=None, description="At most 500 characters; no names, please.")
    suppress: bool = strawberry.field(
        default=False, description="Keep the email addresses and numbers from coming back by an import or a partner."
    )


@strawberry.input
class CustomerEraseInput(Repeatable):
    """How to erase a customer."""

    reason: str | None = strawberry.field(default=None, description="At most 500 characters; no names, please.")
    grace_days: int = strawberry.field(default=0, description="0 to 90 days in which it can be cancelled.")


@strawberry.input
class PrivacyPlanInput(Repeatable):
    """What to do with whom: named customers, whoever a list finds, or everybody."""

    act: Act
    ids: list[strawberry.ID] | None = strawberry.field(default=None, description="At most 100; also of the trash.")
    where: CustomerWhere | None = None
    search: str | None = None
    suppress: bool = strawberry.field(default=False, description="Erasing always does.")
    grace_days: int | None = strawberry.field(
        default=None, description="Apply it by itself after 0 to 90 days; without, it waits for privacyApply."
    )
    reason: str | None = strawberry.field(default=None, description="At most 500 characters; no names, please.")


@strawberry.input
class PrivacyApplyInput(Repeatable):
    """What the plan was read as."""

    customers: int = strawberry.field(description="How many customers the plan says go; else PLAN_DIFFERS.")


@strawberry.type
class PrivacyPayload(Written):
    """The run that does it; for a dry run, how many customers it would be about."""

    run: Run | None = None
    count: Count | None = None


@strawberry.type
class Mutation:
    """Mutations of anonymizing and erasing; they cannot be taken back."""

    @mutation(
        needs=Permission.CUSTOMER_ANONYMIZE,
        description="Remove all that is personal of a customer, for good; a run does it, in every collection.",
    )
    async def customer_anonymize(self, info: Info, id: strawberry.ID, input: CustomerAnonymizeInput) -> PrivacyPayload:
        """Start the run."""
        return _started(
            await asking.single(
                info.context,
                sending("customerAnonymize", input, id=id),
                Act.ANONYMIZE,
                ids.read(ids.CUSTOMER, id),
                suppress=input.suppress,
                reason=input.reason,
            )
        )

    @mutation(
        needs=Permission.CUSTOMER_ERASE,
        description="Remove a customer with all that is known about her, for good; what found her may not come back.",
    )
    async def customer_erase(self, info: Info, id: strawberry.ID, input: CustomerEraseInput) -> PrivacyPayload:
        """Start the run."""
        return _started(
            await asking.single(
                info.context,
                sending("customerErase", input, id=id),
                Act.ERASE,
                ids.read(ids.CUSTOMER, id),
                grace_days=input.grace_days,
                reason=input.reason,
            )
        )

    @mutation(
        needs=Permission.RUN_READ,
        description="Plan to anonymize or erase customers; needs the permission of the act too.",
    )
    async def privacy_plan(self, info: Info, input: PrivacyPlanInput) -> PrivacyPayload:
        """Start the plan."""
        return _started(
            await asking.request(
                info.context,
                sending("privacyPlan", input),
                input.act,
                _selection(input),
                suppress=input.suppress,
                apply=input.grace_days is not None,
                grace_days=input.grace_days or 0,
                reason=input.reason,
            )
        )

    @mutation(
        needs=Permission.RUN_READ,
        description="Apply a plan that waits, at once; needs the permission of the act too.",
    )
    async def privacy_apply(self, info: Info, id: strawberry.ID, input: PrivacyApplyInput) -> PrivacyPayload:
        """Let it go on."""
        sent = sending("privacyApply", input, id=id)
        run, replayed = await asking.apply(info.context, sent, id, input.customers)
        return PrivacyPayload(run=show_run(run), applied=not input.dry_run, replayed=replayed)


def _selection(sent: PrivacyPlanInput) -> Selection:
    if len(sent.ids or ()) > MAX_IDS:
        raise Invalid(f"At most {MAX_IDS} customers by id; use a filter for more.", code="TOO_LONG", path=("ids",))
    named: dict[ObjectId, None] = {}
    for index, one in enumerate(sent.ids or ()):
        try:
            named[ids.read(ids.CUSTOMER, one)] = None
        except NotFound as error:
            raise error.under("ids", str(index)) from None
    return Selection(
        where=plain(sent.where) if sent.where else None,
        search=sent.search,
        ids=tuple(named) if sent.ids is not None else None,
    )


def _started(found: asking.Started) -> PrivacyPayload:
    if found.count:
        number, exact = found.count
        precision = Precision.EXACT if exact else Precision.LOWER_BOUND
        return PrivacyPayload(count=Count(count=number, precision=precision))
    return PrivacyPayload(
        run=show_run(found.run) if found.run else None, applied=found.run is not None, replayed=found.replayed
    )
