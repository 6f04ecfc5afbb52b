"""A customer as GraphQL answers it: declared fields straight from the document, links by resolvers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry

from api.access import rules as access
from api.access.log_schema import AccessEntryConnection, access_connection
from api.access.model import Permission
from api.core import ids
from api.core.context import Context
from api.core.fields import Read
from api.core.graphql import Actor, Edge, Info, Node, page_info, query
from api.core.mongo import Doc
from api.customers.holding import is_held
from api.customers.model import EDITABLE, FIELDS, LISTS
from api.customers.types import ITEM_TYPES, customer_fields
from api.history import rules as history
from api.history.schema import (
    FieldChange,
    FieldChangeConnection,
    Shown,
    TimelineConnection,
    TimelineEntry,
)

BANK = "bank_accounts"
BANK_ABOUT = "Masked (NL91 **** 4300) unless asked for `unmasked` with customer.bank.read, which is logged."
BankAccount: Any = ITEM_TYPES[BANK]
_LISTS = tuple(name for name, spec in FIELDS.items() if spec.is_list)
_PERSONAL = tuple(name for name, spec in EDITABLE.items() if spec.field.read is not Read.PLAIN)


class CustomerDoc(dict[str, Any]):
    """A stored customer, prepared to be answered: public id, empty lists, nothing the caller may not see."""

    @property
    def object_id(self) -> Any:
        """The stored id."""
        return self["_id"]


def shown(ctx: Context, doc: Doc) -> CustomerDoc:
    """Prepare a stored customer for one caller."""
    out = CustomerDoc(doc)
    out["id"] = ids.show(ids.CUSTOMER, doc["_id"])
    for name in _LISTS:
        if name not in doc:
            out[name] = []
    if not ctx.caller.may(Permission.CUSTOMER_PII_READ):
        out.update(dict.fromkeys(_PERSONAL))
        out["display_name"] = f"Customer {out['id'][-4:]}"
    return out


@strawberry.type(description="While it lasts, the customer is neither anonymized nor erased.")
class CustomerHold:
    reason: str | None = strawberry.field(description="Null for who may not see what is personal.")
    at: datetime
    until: datetime | None = strawberry.field(description="When it ends; null: when it is lifted.")
    by: Actor


@strawberry.type
class _Links:
    """What a customer leads to."""

    @classmethod
    def is_type_of(cls, obj: object, _info: object) -> bool:
        """Tell GraphQL that a prepared document is a Customer."""
        return isinstance(obj, CustomerDoc)

    @query(needs=Permission.CUSTOMER_PII_READ, description=BANK_ABOUT)
    async def bank_accounts(self, info: Info, unmasked: bool = False) -> list[BankAccount] | None:
        return await bank_accounts(info.context, self, unmasked=unmasked)  # type: ignore[arg-type]

    @query(needs=Permission.CUSTOMER_READ, description="Who saved it last.")
    def updated_by(self, info: Info) -> Actor | None:  # noqa: ARG002 - Every resolver with a permission is given it.
        return Actor.of(self["updated_by"]) if self.get("updated_by") else None  # type: ignore[index,attr-defined]

    @query(needs=Permission.CUSTOMER_READ, description="The legal hold that keeps this customer; null: none does.")
    def hold(self, info: Info) -> CustomerHold | None:
        if not is_held(self, info.context.now()):  # type: ignore[arg-type]
            return None
        found = self["hold"]  # type: ignore[index]
        # What somebody typed may be about the person.
        reason = found["personal"]["reason"] if info.context.caller.may(Permission.CUSTOMER_PII_READ) else None
        return CustomerHold(reason=reason, at=found["at"], until=found["until"], by=Actor.of(found["by"]))

    @query(needs=Permission.CUSTOMER_READ, description="Saves, newest first.")
    async def timeline(self, info: Info, first: int = 20, after: str | None = None) -> TimelineConnection:
        ctx, customer_id = info.context, self["_id"]  # type: ignore[index]
        found = await history.timeline(ctx, customer_id, first, after)
        reverted = await history.reverted(ctx, customer_id, [one.version for one in found.rows])
        show = Shown(ctx, FIELDS)
        nodes = [show.entry(one, reverted) for one in found.rows]
        edges = [
            Edge[TimelineEntry](cursor=cursor, node=node) for cursor, node in zip(found.cursors, nodes, strict=True)
        ]
        return TimelineConnection(edges=edges, nodes=nodes, page_info=page_info(found))

    @query(
        needs=Permission.CUSTOMER_READ,
        description="Changes of one field, newest first: `job_title`, `emails`, `emails.<id>`.",
    )
    async def field_history(
        self, info: Info, path: str, first: int = 20, after: str | None = None
    ) -> FieldChangeConnection:
        ctx = info.context
        found = await history.of_path(ctx, self["_id"], path, first, after)  # type: ignore[index]
        show = Shown(ctx, FIELDS)
        nodes, edges = [], []
        for cursor, change in zip(found.cursors, found.rows, strict=True):
            for one in change.paths:
                if one.path == path or one.path.startswith(f"{path}."):
                    nodes.append(show.field_change(one, change))
                    edges.append(Edge[FieldChange](cursor=cursor, node=nodes[-1]))
        return FieldChangeConnection(edges=edges, nodes=nodes, page_info=page_info(found))

    @query(needs=Permission.CUSTOMER_READ, description="Who put each present value where it stands.")
    async def provenance(self, info: Info) -> list[FieldChange]:
        show = Shown(info.context, FIELDS)
        found = await history.provenance(info.context, self["_id"])  # type: ignore[index]
        return [show.field_change(path, change) for path, change in found]

    @query(needs=Permission.AUDIT_READ, description="Who opened this profile, newest first.")
    async def access_log(self, info: Info, first: int = 20, after: str | None = None) -> AccessEntryConnection:
        return access_connection(await access.read_log(info.context, self["_id"], first, after))  # type: ignore[index]


async def bank_accounts(ctx: Context, doc: Mapping[str, Any], *, unmasked: bool) -> list[Doc] | None:
    """Return bank accounts as this caller may see them; reading them in clear is logged, before it is answered."""
    held = doc.get(BANK)
    if held is None:
        return None
    bank = ctx.caller.may(Permission.CUSTOMER_BANK_READ)
    if unmasked:
        ctx.require(Permission.CUSTOMER_BANK_READ)
        if held:
            await access.log(ctx, "bank.read", [doc["_id"]], [BANK])
    return [
        {
            "id": item["id"],
            "iban": ctx.keys.decrypt(item["iban"]) if unmasked else item["masked"],
            "holder": item.get("holder") if bank else None,
            "bic": item.get("bic") if bank else None,
            "masked": not unmasked,
            "primary": item.get("primary", False),
        }
        for item in held
    ]


def _customer() -> Any:
    fields = customer_fields(skip={BANK})
    body: dict[str, Any] = {name: given for name, (_, given) in fields.items()}
    body["display_name"] = strawberry.field(
        description='Given and family name, else the local part of the primary email, else "Anonymous 3f9a".'
    )
    body["__annotations__"] = {"display_name": str, **{name: hint for name, (hint, _) in fields.items()}}
    body["__module__"] = __name__
    about = "A person in the database; values that the caller may not see are null."
    return strawberry.type(type("Customer", (_Links, Node), body), description=about)


Customer: Any = _customer()
LIST_NAMES = tuple(LISTS)
