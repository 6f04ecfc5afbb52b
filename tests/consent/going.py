"""Persons who go, as a run lets them go: the act, then what the rooms of their history and their consents hold."""

from __future__ import annotations

from collections.abc import Sequence

from bson import ObjectId

from api.consent import personal as consent
from api.core.context import Context
from api.core.mongo import Tx
from api.core.personal import Act, Clear, Gone
from api.customers import clearing
from api.history import personal as history

RUN = ObjectId("0" * 23 + "7")
SAVES, CONSENTS = (tuple(one.clear for one in some if one.clear) for some in (history.HOLDINGS, consent.HOLDINGS))


async def go(ctx: Context, act: Act, *customer_ids: ObjectId, suppress: bool = False) -> list[Gone]:
    """Let customers go, and return those who went."""
    gone = await leave(ctx, act, *customer_ids, suppress=suppress)
    for clear in CONSENTS:
        await cleared(ctx, clear, gone)
    return gone


async def leave(ctx: Context, act: Act, *customer_ids: ObjectId, suppress: bool = False) -> list[Gone]:
    """Let them go with their saves; their consents are not cleared."""
    found = list((await clearing.gather(ctx, customer_ids)).values())
    at, new_ids = ctx.now(), clearing.random_ids(len(found))

    async def body(tx: Tx) -> list[Gone]:
        results = await clearing.clear(ctx, tx, found, act, at, new_ids, suppress=suppress, run_id=RUN)
        return [one.gone for one in results if one.gone]

    gone = await ctx.db.transact(body)
    for clear in SAVES:
        await cleared(ctx, clear, gone)
    return gone


async def cleared(ctx: Context, clear: Clear, gone: Sequence[Gone]) -> int:
    """Clear a collection of them, and return how many documents that were."""
    documents = 0
    while True:
        found = await ctx.db.transact(lambda tx: clear(ctx, tx, gone))
        documents += found.documents
        if not found.more:
            return documents
