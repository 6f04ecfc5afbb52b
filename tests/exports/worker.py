"""A worker in a process of its own, to be killed; its parts are small, so that a short export has many of them."""

from __future__ import annotations

import asyncio
import sys

import api.exports.rules  # noqa: F401
from api.core.context import SYSTEM, Context
from api.core.keys import Keys
from api.core.mongo import connect
from api.core.settings import Settings
from api.exports import working
from api.mail import rules as mail
from api.runs import batches, rules, selecting


async def main(url: str, name: str, secret: str, rows: str) -> None:
    """Work until killed; leases are short, so that a test need not wait for the real ones."""
    batches.LEASE_SECONDS, batches.RENEW_SECONDS = 1.0, 0.2
    selecting.IDS_PER_CHUNK = working.MAX_ROWS = int(rows)
    selecting.CHUNKS_TOGETHER = 2
    db = connect(url, name)
    settings = Settings(mongodb_url=url, secret=secret, database=name)
    ctx = Context(db=db, settings=settings, keys=Keys(secret), caller=SYSTEM, post=mail.send)
    while True:
        for run_id in await rules.due_runs(ctx):
            await rules.work(ctx, run_id)
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
