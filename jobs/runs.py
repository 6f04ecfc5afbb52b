"""The actor that works on runs, of every kind."""

from __future__ import annotations

# Rooms with runs of their own register how these are worked off when they are imported.
import api.exports.rules
import api.imports.rules
import api.privacy.acting
import api.privacy.copying
import api.retention.daily  # noqa: F401
from api.core.queue import Job
from api.runs import rules
from jobs.broker import actor
from jobs.context import worker_context


@actor(Job.RUN)
async def work(run_id: str) -> None:
    """Claim a run and work on it; delivered twice, the second does nothing."""
    await rules.work(worker_context(), run_id)
