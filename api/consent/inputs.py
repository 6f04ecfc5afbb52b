"""Consents in GraphQL: what is sent, and what lists may be asked."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry

from api.agreements.model import ConsentChannel
from api.consent.model import ConsentBasis, ConsentSource, ConsentState, ListStatus, OptInLevel
from api.core.graphql import Repeatable


@strawberry.enum(description="What can be recorded; UNKNOWN is where nothing was.")
class RecordedState(Enum):
    GRANTED = "GRANTED"
    DENIED = "DENIED"
    WITHDRAWN = "WITHDRAWN"
    PENDING = "PENDING"
    EXPIRED = "EXPIRED"


# --- what is sent ---


@strawberry.input(one_of=True, description="Whose consent it is; exactly one. A customer's id needs customer.read.")
class ConsentIdentifier:
    email: str | None = strawberry.UNSET
    phone: str | None = strawberry.UNSET
    push: str | None = strawberry.UNSET
    web_push: str | None = strawberry.UNSET
    reference_id: str | None = strawberry.UNSET
    customer_id: strawberry.ID | None = strawberry.UNSET


@strawberry.input(description="How the person's word can be shown.")
class ConsentEvidenceInput:
    ip: str | None = strawberry.UNSET
    user_agent: str | None = strawberry.UNSET
    form_url: str | None = strawberry.UNSET
    file_id: strawberry.ID | None = strawberry.UNSET
    note: str | None = strawberry.UNSET


@strawberry.input(description="What a consent is about: channel and purpose, a list, a term, or the selling of data.")
class ConsentTopicInput:
    channel: ConsentChannel | None = strawberry.UNSET
    purpose: str | None = strawberry.UNSET
    list: str | None = strawberry.UNSET
    term: str | None = strawberry.UNSET
    do_not_sell: bool | None = strawberry.UNSET


@strawberry.input(
    description="One consent or refusal. Say one topic: channel and purpose, list, term alone, or doNotSell."
)
class ConsentItem:
    identifier: ConsentIdentifier
    state: RecordedState
    channel: ConsentChannel | None = strawberry.UNSET
    purpose: str | None = strawberry.field(default=strawberry.UNSET, description="A purpose's key, beside the channel.")
    list: str | None = strawberry.field(default=strawberry.UNSET, description="A list's key.")
    term: str | None = strawberry.field(
        default=strawberry.UNSET, description="A term's key: alone what is accepted, else the wording that was shown."
    )
    term_version: int | None = strawberry.field(
        default=strawberry.UNSET, description="The one in force then, when absent."
    )
    do_not_sell: bool | None = strawberry.field(
        default=strawberry.UNSET, description="True: WITHDRAWN opts the whole person out of the selling of data."
    )
    basis: ConsentBasis | None = strawberry.field(default=strawberry.UNSET, description="EXPLICIT, when absent.")
    opt_in_level: OptInLevel | None = strawberry.UNSET
    collected_at: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="When the person said it: it orders. Now, when absent."
    )
    source: ConsentSource | None = strawberry.field(
        default=strawberry.UNSET, description="A key's are PARTNER (when absent) and FORM; a user's is ADMIN."
    )
    locale: str | None = strawberry.UNSET
    evidence: ConsentEvidenceInput | None = strawberry.UNSET
    reason: str | None = strawberry.UNSET
    create_if_missing: bool = strawberry.field(
        default=True, description="Create the person; else the address alone remembers."
    )
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET, description="Of this item; in a batch else the batch's key and the item's place."
    )


@strawberry.input(description="One consent or refusal, on its own.")
class ConsentRecordInput(ConsentItem):
    dry_run: bool = strawberry.field(default=False, description="Say what would happen, and write nothing.")
    send_confirmation: bool = strawberry.field(
        default=False, description="Of PENDING on an email address: write the mail that asks to confirm."
    )


@strawberry.input(description="At most 500 items, each whole in one transaction and answered for itself.")
class ConsentsRecordInput(Repeatable):
    items: list[ConsentItem]


# --- conditions of a list ---


@strawberry.input(description="Some address of the customer stands so; UNKNOWN: nothing was ever recorded.")
class ConsentWhere:
    channel: ConsentChannel
    purpose: str
    in_: list[ConsentState] = strawberry.field(name="in")


@strawberry.input(description="Whether the customer may be reached now, as `contactability` says.")
class ReachableWhere:
    channel: ConsentChannel
    purpose: str
    eq: bool


@strawberry.input
class ListWhere:
    in_: list[ListStatus] = strawberry.field(name="in")
    list: str


@strawberry.input(description="Whether a term was accepted: this version, else the one in force now.")
class TermWhere:
    term: str
    accepted: bool
    version: int | None = None


@strawberry.input
class DoNotSellWhere:
    eq: bool
