"""A worker in a process of its own, to be killed: claims whatever is due until it is told to stop, or is not asked."""

from __future__ import annotations

import asyncio
import sys

import api.imports.rules  # noqa: F401
from api.core.context import SYSTEM, Context
from api.core.keys import Keys
from api.core.mongo import connect
from api.core.settings import Settings
from api.mail import rules as mail
from api.runs import batches, rules


async def main(url: str, name: str, secret: str) -> None:
    """Work until killed; leases are short, so that a test need not wait for the real ones."""
    batches.LEASE_SECONDS, batches.RENEW_SECONDS = 1.0, 0.2
    db = connect(url, name)
    settings = Settings(mongodb_url=url, secret=secret, database=name)
    ctx = Context(db=db, settings=settings, keys=Keys(secret), caller=SYSTEM, post=mail.send)
    while True:
        for run_id in await rules.due_runs(ctx):
            await rules.work(ctx, run_id)
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
