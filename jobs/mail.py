"""The actor that delivers mails."""

from __future__ import annotations

from api.core.queue import Job
from api.mail import rules
from jobs.broker import actor
from jobs.context import worker_context


@actor(Job.MAIL)
async def deliver(mail_id: str) -> None:
    """Try to deliver one mail; delivered twice, the second does nothing."""
    await rules.deliver(worker_context(), mail_id)
