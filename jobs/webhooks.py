"""The actor that sends webhooks."""

from __future__ import annotations

from api.consent import telling
from api.core.queue import Job
from api.webhooks import rules
from jobs.broker import actor
from jobs.context import worker_context

ROOMS = (telling,)
"""Imported so that they say what their messages hold."""


@actor(Job.WEBHOOK)
async def deliver(delivery_id: str) -> None:
    """Try to send one delivery; delivered twice, the second does nothing."""
    await rules.deliver(worker_context(), delivery_id)
