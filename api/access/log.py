"""Who looked at whom: each opened profile and each unmasked bank account."""

from __future__ import annotations

from collections.abc import Sequence

from bson import ObjectId

from api.access import store
from api.access.model import AccessEntry, Permission
from api.core import ids
from api.core.context import Context
from api.core.paging import Cursors, Order, Slice, cut, page, window

NEWEST_FIRST = Order("at", descending=True)


async def log(ctx: Context, action: str, customer_ids: Sequence[ObjectId], fields: Sequence[str] = ()) -> None:
    """Note that the caller looked at customers: an action such as `profile.opened`, and names of fields, never values.

    One command for all of them. Raises when it cannot be written: what is not logged is not shown.
    """
    now = ctx.now()
    entry = {"at": now, "actor": ctx.caller.actor, "action": action, "fields": list(fields)}
    await store.log(ctx, [{"_id": ids.new(), "customer_id": one, **entry} for one in customer_ids])


async def read_log(ctx: Context, customer_id: ObjectId, first: int | None, after: str | None) -> Slice[AccessEntry]:
    """Return who looked at a customer, newest first; asks for `audit.read`."""
    ctx.require(Permission.AUDIT_READ)
    cursors = Cursors(ctx.keys, "access log", str(customer_id))
    asked = page(cursors, first, after)
    beyond, sort, limit = window(NEWEST_FIRST, asked)
    found = await store.read_log(ctx, customer_id, beyond, sort, limit)
    return cut(found, asked, cursors, lambda one: (one.at, one.id))
