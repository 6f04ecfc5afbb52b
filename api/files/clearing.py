"""How files that hold a person who went are removed: unreadable at once, and then their bytes, some at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bson import ObjectId

from api.core.context import Context
from api.core.mongo import Tx
from api.core.personal import MAX_CLEARED, Cleared, Gone
from api.files import store

PARTS_TOGETHER = 100
"""Parts have up to a MiB each, and a server keeps what a transaction deletes in its memory until that ends."""
FILES_TOGETHER = 2


async def withdraw(ctx: Context, tx: Tx, file_ids: Sequence[ObjectId], at: datetime) -> int:
    """Remove files (at most 900) that hold persons who went: nobody can read them from now on; their bytes go later.

    Answers how many were there. One command.
    """
    return await store.withdraw(ctx, file_ids, at, tx) if file_ids else 0


async def clear(ctx: Context, tx: Tx, gone: Sequence[Gone]) -> Cleared:
    """Remove the copies that were made for persons."""
    copies = await store.about(ctx, [one.customer_id for one in gone], MAX_CLEARED, tx)
    count = await withdraw(ctx, tx, copies, max(one.at for one in gone))
    return Cleared(count, more=len(copies) == MAX_CLEARED)


async def clear_parts(ctx: Context, tx: Tx, gone: Sequence[Gone]) -> Cleared:
    """Remove bytes of files that were removed, whoever they held."""
    del gone
    return await remove_some(ctx, tx)


async def remove_some(ctx: Context, tx: Tx) -> Cleared:
    """Remove some bytes of files that were removed."""
    waiting = await store.removing(ctx, FILES_TOGETHER, tx)
    if not waiting:
        return Cleared(0, more=False)
    count = await store.remove_parts(ctx, waiting[0], PARTS_TOGETHER, tx)
    if count < PARTS_TOGETHER:
        await store.removed(ctx, waiting[0], tx)
    return Cleared(count, more=count == PARTS_TOGETHER or len(waiting) > 1)
