"""The context in which workers, the scheduler and the command line call rules."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from api.core.context import SYSTEM, Context, Source
from api.core.errors import Unavailable
from api.core.keys import Keys
from api.core.mongo import connect, unavailable
from api.core.queue import Enqueue, nobody
from api.core.settings import Settings
from api.mail import rules as mail


@asynccontextmanager
async def system_context(
    settings: Settings, enqueue: Enqueue = nobody, *, driver: Literal["motor", "pymongo"] = "motor"
) -> AsyncIterator[Context]:
    """Open the database on the running event loop and yield the context of the system itself.

    Raises Unavailable when the database is gone.
    """
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
    except Exception as error:
        if unavailable(error):
            message = "MongoDB does not answer at the address of MONGODB_URL. Nothing was done."
            raise Unavailable(message) from error
        raise
    finally:
        await db.close()


class Held:
    """What the actors of this process work with; set while a worker runs."""

    context: Context | None = None


def worker_context() -> Context:
    """Return the context of this worker; raises outside of one."""
    if Held.context is None:
        message = "There is no worker in this process."
        raise RuntimeError(message)
    return Held.context
