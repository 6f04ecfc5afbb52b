"""Consents in GraphQL: recording them, and reading what was recorded."""

from __future__ import annotations

from typing import Any

import strawberry

from api.access.model import Permission
from api.consent import confirming, reading, recording
from api.consent.inputs import ConsentRecordInput, ConsentsRecordInput, ConsentTopicInput
from api.consent.model import AppliedAs
from api.consent.types import ConsentEntry, ConsentEntryConnection, ConsentReceipt, ConsentResult, CustomerIdentifier
from api.core import ids
from api.core.errors import NotFound, Unavailable
from api.core.graphql import Edge, Info, Written, connected, link, mutation, plain, query, sending
from api.core.idempotency import Once, once
from api.customers import reading as customers
from api.customers.nodes import Customer, shown


@strawberry.type
class ConsentRecordPayload(Written):
    """What was recorded; a key that may only record learns of no person here."""

    entry_id: strawberry.ID | None = None
    applied_as: AppliedAs | None = None
    receipt: ConsentReceipt | None = None
    confirm_token: str | None = strawberry.field(
        default=None, description="Of PENDING: what `consentConfirm` takes, for a mail of your own; good for 7 days."
    )
    found: strawberry.Private[Any] = None

    @query(needs=Permission.CONSENT_READ, description="The entry.")
    def entry(self, info: Info) -> ConsentEntry | None:
        """Show the entry to those who may see consents."""
        return ConsentEntry.of(info.context, self.found.entry) if self.found and self.found.entry else None

    @query(needs=Permission.CUSTOMER_READ, description="Whose it is; null where nobody or several have the address.")
    async def customer(self, info: Info) -> Customer | None:
        """Show the customer to those who may see customers."""
        if not self.found or not self.found.entry:
            return None
        # Of what was recorded before only the entry is known.
        holders = self.found.customers or await reading.holders(info.context, self.found.entry)
        doc = await customers.by_id(info.context, holders[0]) if len(holders) == 1 else None
        return shown(info.context, doc) if doc else None


@strawberry.type
class ConsentsRecordPayload(Written):
    """One answer for each item."""

    results: list[ConsentResult] = strawberry.field(default_factory=list)


_NOT_CONTENT = frozenset({"idempotency_key", "dry_run"})
_RETRY = frozenset({"UNAVAILABLE", "TIMEOUT"})


@strawberry.type
class Mutation:
    """What may be recorded."""

    @mutation(needs=Permission.CONSENT_RECORD, description="Record one consent or refusal; refusals are always taken.")
    async def consent_record(self, info: Info, input: ConsentRecordInput) -> ConsentRecordPayload:
        """Record one, under its idempotency key."""
        ctx, sent = info.context, plain(input)
        content = {name: value for name, value in sent.items() if name not in _NOT_CONTENT}
        how = once("consentRecord", content, key=sent.get("idempotency_key"), dry_run=input.dry_run)
        if input.send_confirmation:
            confirming.check_sendable(ctx, sent)
        (found,) = await recording.record(ctx, [sent], [how])
        if found.errors and found.errors[0].code in _RETRY:
            raise Unavailable(found.errors[0].message, code=found.errors[0].code)
        result = ConsentResult.of(ctx, 0, found)
        if input.send_confirmation and found.applied:
            await confirming.send(ctx, found)
        return ConsentRecordPayload(
            errors=result.errors,
            applied=result.applied,
            replayed=result.replayed,
            entry_id=result.entry_id,
            applied_as=result.applied_as,
            receipt=result.receipt,
            confirm_token=confirming.token_of(ctx, found.entry) if found.applied and found.entry else None,
            found=found,
        )

    @mutation(
        needs=Permission.CONSENT_RECORD, description="Record up to 500; what one is refused with touches no other."
    )
    async def consents_record(self, info: Info, input: ConsentsRecordInput) -> ConsentsRecordPayload:
        """Record many, each under its own key or the batch's and its place."""
        ctx = info.context
        items: list[dict[str, Any]] = plain(input.items)
        batch: Once = sending("consentsRecord", input)
        contents = [{name: value for name, value in one.items() if name not in _NOT_CONTENT} for one in items]
        hows = recording.sendings(batch, [one.get("idempotency_key") for one in items], contents)
        found = await recording.record(ctx, items, hows)
        results = [ConsentResult.of(ctx, place, one) for place, one in enumerate(found)]
        return ConsentsRecordPayload(
            applied=any(one.applied for one in results),
            replayed=bool(results) and all(one.replayed for one in results),
            results=results,
        )


@strawberry.type
class Query:
    """What may be read of consents."""

    @query(needs=Permission.CONSENT_READ, description="What was recorded about a customer, newest recorded first.")
    async def consent_ledger(
        self,
        info: Info,
        customer_id: strawberry.ID,
        identifier: strawberry.ID | None = None,
        topic: ConsentTopicInput | None = None,
        first: int | None = 50,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> ConsentEntryConnection:
        """Return a page of the entries of all that the customer holds."""
        ctx = info.context
        customer = ids.read(ids.CUSTOMER, customer_id)
        asked = plain(topic) if topic else None
        found = await reading.ledger(ctx, customer, identifier, asked, (first, after, last, before))
        return connected(  # type: ignore[no-any-return]
            ConsentEntryConnection, Edge[ConsentEntry], found, lambda one: ConsentEntry.of(ctx, one)
        )

    @query(needs=Permission.CONSENT_READ, description="One entry; null when there is none.")
    async def consent_entry(self, info: Info, id: strawberry.ID) -> ConsentEntry | None:
        """Return an entry by its id."""
        try:
            found = await reading.entry(info.context, ids.read(ids.ENTRY, id))
        except NotFound:
            return None
        return ConsentEntry.of(info.context, found) if found else None


# --- what a customer is shown with ---


async def _identifiers(self: Any, info: Info) -> list[CustomerIdentifier]:
    return [CustomerIdentifier.of(info.context, one) for one in await reading.identifiers(info.context, self["_id"])]


async def _do_not_sell(self: Any, info: Info) -> bool:
    return await reading.do_not_sell(info.context, self["_id"])


_HELD = "Its addresses with what each agreed to, and last the customer as such: post, in-app, terms, selling of data."
link(Customer, "identifiers", query(needs=Permission.CONSENT_READ, description=_HELD)(_identifiers))
_OPTED_OUT = "Whether she opted out of the selling of her data, through whichever of her addresses."
link(Customer, "do_not_sell", query(needs=Permission.CONSENT_READ, description=_OPTED_OUT)(_do_not_sell))
