"""A worker in a process of its own, to be killed."""

from __future__ import annotations

import asyncio
import sys

import api.privacy.acting  # noqa: F401
from api.core.context import SYSTEM, Context
from api.core.keys import Keys
from api.core.mongo import connect
from api.core.settings import Settings
from api.mail import rules as mail
from api.privacy import applying, search
from api.runs import batches, rules, selecting


async def main(url: str, name: str, secret: str, persons: str) -> None:
    """Work until killed; leases are short, so that a test need not wait for the real ones."""
    batches.LEASE_SECONDS, batches.RENEW_SECONDS = 1.0, 0.2
    applying.MAX_PERSONS = int(persons)
    selecting.IDS_PER_CHUNK = 5 * int(persons)
    search.STRETCH_SECONDS = 0.05
    db = connect(url, name)
    settings = Settings(mongodb_url=url, secret=secret, database=name)
    ctx = Context(db=db, settings=settings, keys=Keys(secret), caller=SYSTEM, post=mail.send)
    while True:
        for run_id in await rules.due_runs(ctx):
            await rules.work(ctx, run_id)
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
