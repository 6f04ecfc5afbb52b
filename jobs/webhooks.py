"""The actor that sends webhooks."""

from __future__ import annotations

from api.core.queue import Job
from api.webhooks import rules
from jobs.broker import actor
from jobs.context import worker_context


@actor(Job.WEBHOOK)
async def deliver(delivery_id: str) -> None:
    """Try to send one delivery; delivered twice, the second does nothing."""
    await rules.deliver(worker_context(), delivery_id)
