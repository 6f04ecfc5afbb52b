"""The context in which workers, the scheduler and the command line call rules."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from api.core.context import SYSTEM, Context, Source
from api.core.keys import Keys
from api.core.mongo import connect
from api.core.queue import Enqueue, nobody
from api.core.settings import Settings
from api.mail import rules as mail


@asynccontextmanager
async def system_context(
    settings: Settings, enqueue: Enqueue = nobody, *, driver: Literal["motor", "pymongo"] = "motor"
) -> AsyncIterator[Context]:
    """Open the database on the running event loop and yield the context of the system itself."""
    db = connect(settings.mongodb_url, settings.database, driver=driver)
    try:
        yield Context(
            db=db,
            settings=settings,
            keys=Keys(settings.secret, settings.secret_old),
            caller=SYSTEM,
            source=Source.SYSTEM,
            enqueue=enqueue,
            post=mail.send,
        )
    finally:
        await db.close()
