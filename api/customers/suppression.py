"""Addresses that may not come back: their owner was erased, and nothing and nobody may bring her here again unseen.

It is a state of the identifier's document, `suppressed: {at, run_id}`: a keyed digest and a moment, and nothing of hers. Every
door that adds an identifier reads that document and writes it, so that of an erasure and a save one is first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId

from api.access import rules as access
from api.core import idempotency
from api.core.context import Context
from api.core.errors import Conflict
from api.core.idempotency import Done, Once
from api.core.mongo import Doc, Tx
from api.customers import holding, reading, store
from api.customers.rules import identifier_id

MAX_TOGETHER = 900
LIFTED = "suppression.lifted"


@dataclass(frozen=True, slots=True)
class Suppression:
    """Whether an identifier may come back, and since when not."""

    suppressed: bool
    at: datetime | None = None

    @classmethod
    def of(cls, doc: Doc | None) -> Suppression:
        """Read an identifier's document; there may be none."""
        found = (doc or {}).get("suppressed")
        return cls(suppressed=True, at=found["at"]) if found else cls(suppressed=False)


async def state(ctx: Context, kind: str, value: str) -> Suppression:
    """Return whether an identifier (email, phone, reference_id, push, web_push) is suppressed; one command.

    Raises Invalid for a value that is none of its kind (INVALID_EMAIL, INVALID_PHONE, INVALID_IDENTIFIER).
    """
    name = identifier_id(ctx.keys, kind, reading.normalized(ctx, kind, value))
    return Suppression.of((await store.identifiers_by_ids(ctx, [name], None)).get(name))


async def lift(ctx: Context, sending: Once, kind: str, value: str, reason: str) -> Done:
    """Let an identifier come back. It is an entry of the access log, of no customer: nobody knows any more whose it was.

    Raises Conflict (NOT_SUPPRESSED), and Invalid as `state`; REQUIRED, TOO_LONG for the reason.
    """
    name = identifier_id(ctx.keys, kind, reading.normalized(ctx, kind, value))
    look = access.look(ctx, LIFTED, None, (), holding.why(reason))

    async def decide(tx: Tx) -> None:
        found = (await store.identifiers_by_ids(ctx, [name], tx)).get(name)
        if not Suppression.of(found).suppressed:
            raise Conflict("This is not suppressed; it may come.", code="NOT_SUPPRESSED", path=("value",))

    async def write(tx: Tx, _decided: None) -> None:
        await store.put_identifiers(ctx, tx, [store.lift(name)])
        await access.put_look(ctx, look, tx)

    return await idempotency.act(ctx, sending, {}, decide, write)


async def suppress_ids(
    ctx: Context, tx: Tx, identifier_ids: Sequence[str], at: datetime, run_id: ObjectId | None
) -> list[str]:
    """Suppress up to 900 identifiers by id again, as after a restore; return which are now, or were before.

    What somebody holds is left to her. In the caller's transaction; two commands.
    """
    known = await store.identifiers_by_ids(ctx, identifier_ids, tx)
    free = [one for one in sorted(set(identifier_ids)) if not known.get(one, {}).get("holders")]
    missing = [one for one in free if "suppressed" not in known.get(one, {})]
    mark = {"at": at, "run_id": run_id}
    await store.put_identifiers(ctx, tx, [store.suppress(one, one.partition(":")[0], mark) for one in missing])
    return free


async def suppressed_of(ctx: Context, identifier_ids: Sequence[str]) -> set[str]:
    """Return which identifiers may not come back now; one command for each 900."""
    found: set[str] = set()
    for begin in range(0, len(identifier_ids), MAX_TOGETHER):
        docs = await store.identifiers_by_ids(ctx, identifier_ids[begin : begin + MAX_TOGETHER], None)
        found |= {one for one, doc in docs.items() if Suppression.of(doc).suppressed}
    return found


async def lift_ids(ctx: Context, tx: Tx, identifier_ids: Sequence[str]) -> None:
    """Let up to 900 identifiers come back that were lifted before, as after a restore; one command."""
    await store.put_identifiers(ctx, tx, [store.lift(one) for one in identifier_ids])
