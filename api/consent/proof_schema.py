"""The proof of the ledger in GraphQL: verifying it, and the seals of its days."""

from __future__ import annotations

from datetime import datetime
from typing import Self

import strawberry
from bson import ObjectId

from api.access.model import Permission
from api.consent import seals, verifying
from api.consent.chain import Fault, FaultKind
from api.core import ids
from api.core.graphql import Connection, DateText, Edge, Info, connected, query
from api.core.mongo import Doc

LedgerFaultKind = strawberry.enum(FaultKind, name="LedgerFaultKind")


@strawberry.type(description="One thing that is wrong with the ledger, or with what is repeated of it.")
class LedgerFault:
    kind: FaultKind
    entry_id: strawberry.ID | None = strawberry.field(description="Null where no entry is there to be named.")
    seq: int | None = strawberry.field(description="The place in its chain.")
    message: str

    @classmethod
    def of(cls, fault: Fault) -> Self:
        """Show a fault."""
        known = isinstance(fault.entry, ObjectId)
        entry_id = strawberry.ID(ids.show(ids.ENTRY, fault.entry)) if known and fault.entry else None
        return cls(kind=fault.kind, entry_id=entry_id, seq=fault.seq, message=fault.message)


@strawberry.type(description="What a stretch of the ledger came to.")
class ConsentVerification:
    entries: int
    subjects: int = strawberry.field(description="Addresses and persons whose whole chain was checked.")
    faults: list[LedgerFault]
    next: str | None = strawberry.field(description="Ask again with `after` of this; null when all was verified.")


@strawberry.type(description="All entries of a day, sealed together.")
class ConsentSeal:
    day: DateText = strawberry.field(description="In UTC.")
    entries: int
    root: str = strawberry.field(description="Rolled SHA-256 over the entries of the day and the seal before.")
    signature: str = strawberry.field(description="A JWS that anybody can check with the keys of GET /keys.")
    sealed_at: datetime

    @classmethod
    def of(cls, doc: Doc) -> Self:
        """Show a seal."""
        return cls(
            day=DateText(doc["_id"]),
            entries=doc["entries"],
            root=doc["root"],
            signature=doc["signature"],
            sealed_at=doc["sealed_at"],
        )


@strawberry.type
class ConsentSealConnection(Connection[ConsentSeal]):
    """Seals, newest first."""


@strawberry.type
class Query:
    """What proves the ledger."""

    @query(needs=Permission.AUDIT_READ, description="Verify the next stretch of the ledger, about 5,000 entries of it.")
    async def consent_ledger_verify(self, info: Info, after: str | None = None) -> ConsentVerification:
        found = await verifying.verify(info.context, after)
        return ConsentVerification(
            entries=found.entries,
            subjects=found.subjects,
            faults=[LedgerFault.of(one) for one in found.faults],
            next=found.next,
        )

    @query(needs=Permission.AUDIT_READ, description="The seals of the ledger's days, newest first.")
    async def consent_seals(
        self,
        info: Info,
        first: int | None = 50,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> ConsentSealConnection:
        found = await seals.listed(info.context, first, after, last, before)
        return connected(ConsentSealConnection, Edge[ConsentSeal], found, ConsentSeal.of)  # type: ignore[no-any-return]
