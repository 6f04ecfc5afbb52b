"""Customers who go, as a run lets them go: the act, then their saves."""

from __future__ import annotations

from collections.abc import Sequence

from bson import ObjectId

from api.core.context import Context
from api.core.mongo import Tx
from api.core.personal import Act, Gone
from api.customers import clearing
from api.customers.clearing import Result
from api.customers.leaving import Found
from api.history import rules as history

RUN = ObjectId("0" * 23 + "7")


async def go(ctx: Context, act: Act, *customer_ids: ObjectId, suppress: bool = False) -> list[Result]:
    """Let customers go, and blank their saves."""
    found = await clearing.gather(ctx, customer_ids)
    results = await leave(ctx, act, [found[one] for one in customer_ids], suppress=suppress)
    await blank(ctx, [one.gone for one in results if one.gone])
    return results


async def leave(ctx: Context, act: Act, found: Sequence[Found], *, suppress: bool = False) -> list[Result]:
    """Let go whom `gather` found; their saves still say what they said."""
    at, new_ids = ctx.now(), clearing.random_ids(len(found))

    async def body(tx: Tx) -> list[Result]:
        return await clearing.clear(ctx, tx, found, act, at, new_ids, suppress=suppress, run_id=RUN)

    return await ctx.db.transact(body)


async def blank(ctx: Context, gone: Sequence[Gone]) -> int:
    """Blank the saves of those who went, and return how many that were."""
    documents = 0
    while True:
        found = await ctx.db.transact(lambda tx: history.clear(ctx, tx, gone))
        documents += found.documents
        if not found.more:
            return documents
