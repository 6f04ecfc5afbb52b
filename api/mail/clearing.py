"""How mails to persons who went are blanked, and not sent any more."""

from __future__ import annotations

from collections.abc import Sequence

from bson import ObjectId

from api.core.context import Context
from api.core.mongo import Tx
from api.core.personal import ALWAYS, Cleared, Gone
from api.mail import store
from api.mail.model import ERASED

MAX_MAILS = 450
"""Each is written twice."""
_TOGETHER = 1_000


async def clear(ctx: Context, tx: Tx, gone: Sequence[Gone]) -> Cleared:
    """Blank the mails that were written to an address of theirs while it was theirs."""
    until = max(one.until for one in gone)
    held = [(text, spans) for one in gone for text, spans in one.names.items() if "@" in text]
    always = sorted({text for text, spans in held if ALWAYS[0] in spans})
    once = sorted((text, *span) for text, spans in held if ALWAYS[0] not in spans for span in spans)
    theirs: dict[ObjectId, None] = {}
    for start in range(0, len(always), _TOGETHER):
        some = always[start : start + _TOGETHER]
        theirs |= dict.fromkeys(await store.written_to(ctx, some, until, MAX_MAILS, tx))
    for start in range(0, len(once), _TOGETHER):
        times = [(text, begin, min(end, until)) for text, begin, end in once[start : start + _TOGETHER]]
        theirs |= dict.fromkeys(await store.written_in(ctx, times, MAX_MAILS, tx))
    mails = list(theirs)[:MAX_MAILS]
    await store.blank(ctx, mails, ERASED, tx)
    return Cleared(len(mails), more=len(theirs) >= MAX_MAILS)


async def clear_reports(ctx: Context, tx: Tx, run_ids: Sequence[ObjectId]) -> int:
    """Blank what colleagues were told of runs: their titles may name somebody. Two commands; answers how many."""
    reports = await store.reports_of(ctx, run_ids, MAX_MAILS, tx) if run_ids else []
    await store.blank(ctx, reports, ERASED, tx)
    return len(reports)
