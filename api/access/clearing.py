"""How the access log is cleared of persons who went: that somebody looked stays, what was said of it goes."""

from __future__ import annotations

from collections.abc import Sequence

from api.access import store
from api.core.context import Context
from api.core.mongo import Tx
from api.core.personal import MAX_CLEARED, Cleared, Gone


async def clear(ctx: Context, tx: Tx, gone: Sequence[Gone]) -> Cleared:
    """Blank the reasons for which somebody looked at them."""
    count = await store.blank_log(ctx, [one.customer_id for one in gone], MAX_CLEARED, tx)
    return Cleared(count, more=count == MAX_CLEARED)
