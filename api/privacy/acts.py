"""Who works off the runs that anonymize and erase."""

from __future__ import annotations

from api.core.context import Context, Source
from api.core.mongo import Tx
from api.privacy import store
from api.privacy.applying import ClearingWork
from api.privacy.clearings import finish
from api.privacy.planning import planning
from api.privacy.telling import told
from api.runs import rules as runs
from api.runs.batches import Work
from api.runs.model import Run, RunPhase
from api.runs.selecting import drop_chunks


class PrivacyHandler:
    """Works off requests to anonymize and to erase."""

    source = Source.SYSTEM

    async def open(self, ctx: Context, run: Run) -> Work:
        """Open the plan, or what is being cleared."""
        if run.phase is RunPhase.PLAN:
            return await planning(ctx, run)
        return ClearingWork(ctx, run)

    async def discard(self, ctx: Context, run: Run) -> None:
        """Clear what is half cleared, and forget whom it was about."""
        await finish(ctx, run)
        await _told_figures(ctx, run)
        await store.drop_requests(ctx, [run.id])
        await store.drop_asked(ctx, run.id)
        while await drop_chunks(ctx, run.id):
            continue


async def _told_figures(ctx: Context, run: Run) -> None:
    """Keep of the figures what may be kept, as the end of a run does."""
    counted = run.details.get("figures", {})

    async def body(tx: Tx) -> None:
        await runs.note(ctx, run.id, {f"details.figures.{side}": told(found) for side, found in counted.items()}, tx)

    if counted:
        await ctx.db.transact(body)
