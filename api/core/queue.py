"""What the API may ask the workers for, by name; a message carries an id only (the record is in the database)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TypeAlias


class Job(StrEnum):
    """Each has one actor in `jobs/`."""

    RUN = "run"
    MAIL = "mail"
    WEBHOOK = "webhook"


Enqueue: TypeAlias = Callable[[Job, str], Awaitable[None]]


async def nobody(_job: Job, _id: str) -> None:
    """Ask nobody: the scheduler finds what is due in the database anyway."""
