"""Legal holds: while one lasts, a customer is neither anonymized nor erased, by nobody and no policy.

It stands on the customer's document as `hold: {at, until (None: until it is lifted), by, personal {reason}}`. It is no
change and does not touch the version; whoever puts one writes the document that erasing deletes, so that of the two one
is first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bson import ObjectId

from api.access import rules as access
from api.core import idempotency
from api.core.context import Context
from api.core.errors import Conflict, Invalid, NotFound
from api.core.idempotency import Done, Once
from api.core.mongo import Doc, Tx
from api.customers import store, values

MAX_REASON = 500
PUT, LIFTED = "hold.put", "hold.lifted"


def is_held(doc: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether a hold keeps a customer; one that has expired keeps nobody."""
    hold = doc.get("hold")
    return hold is not None and (hold["until"] is None or hold["until"] > now)


def asked(now: datetime, wanted: Mapping[str, Any]) -> Doc:
    """Return the filter of a condition `{eq}` on being held."""
    held = {"$or": [{"hold": {"$exists": True}, "hold.until": None}, {"hold.until": {"$gt": now}}]}
    parts: list[Doc] = [held if value else {"$nor": [held]} for value in wanted.values() if value is not None]
    return {"$and": parts} if parts else {}


async def put(
    ctx: Context, sending: Once, customer_id: ObjectId, reason: str, until: datetime | None
) -> tuple[Doc | None, Done]:
    """Hold a customer until a moment, or until it is lifted; an earlier hold ends with it. Returns her document.

    It is an entry of the access log. Raises NotFound; Invalid (REQUIRED, TOO_LONG, INVALID for a moment that is over).
    """
    now, said = ctx.now(), why(reason)
    if until is not None and until <= now:
        raise Invalid("A hold ends in the future.", path=("until",))
    hold = {"at": now, "until": until, "by": ctx.caller.actor, "personal": {"reason": said}}
    return await _write(ctx, sending, customer_id, hold, access.look(ctx, PUT, customer_id, (), said))


async def lift(ctx: Context, sending: Once, customer_id: ObjectId, reason: str) -> tuple[Doc | None, Done]:
    """Let a customer go again. Returns her document; raises NotFound, Conflict (NOT_HELD), and as `put`."""
    said = why(reason)
    return await _write(ctx, sending, customer_id, None, access.look(ctx, LIFTED, customer_id, (), said))


async def _write(
    ctx: Context, sending: Once, customer_id: ObjectId, hold: Doc | None, look: Doc
) -> tuple[Doc | None, Done]:
    async def decide(tx: Tx) -> Doc:
        doc = (await store.by_ids(ctx, [customer_id], tx)).get(customer_id)
        if doc is None:
            raise NotFound(path=("id",))
        if hold is None and not is_held(doc, ctx.now()):
            raise Conflict("Nothing holds this customer.", code="NOT_HELD", path=("id",))
        return doc

    async def write(tx: Tx, _doc: Doc) -> None:
        await store.put_hold(ctx, tx, customer_id, hold)
        await access.put_look(ctx, look, tx)

    done = await idempotency.act(ctx, sending, {"id": customer_id}, decide, write)
    doc = (await store.to_show(ctx, [customer_id])).get(customer_id)
    if doc and not done.applied:
        doc = {**doc, "hold": hold}
    return doc, done


def why(reason: str) -> str:
    """Return the reason that somebody gave; raises Invalid (REQUIRED, TOO_LONG)."""
    try:
        said = values.text(reason, MAX_REASON)
    except Invalid as error:
        raise error.under("reason") from None
    if said is None:
        raise Invalid("Say why; it is kept.", code="REQUIRED", path=("reason",))
    return said
