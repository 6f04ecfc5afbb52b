"""Each policy runs once a local day, at 03:00 or as much later as the scheduler comes, and never before.

That a day was begun is a record, written together with the run and on the policy: of two schedulers one begins it, and a
policy that was changed or switched off in that moment does not run as it was.
"""

from __future__ import annotations

from datetime import date

import structlog

from api.core.context import Context
from api.core.errors import Conflict, Invalid
from api.core.mongo import Doc, Tx
from api.mail import rules as mail
from api.privacy import acting, applying
from api.privacy.acting import Prepared
from api.retention import choosing as choose, notice, store
from api.retention.forecast import day_id
from api.retention.model import Policy, due_today, runs_at
from api.runs import rules as runs
from api.runs.selecting import Selection

log = structlog.get_logger(__name__)
applying.let_policies_say(choose.still)


async def sweep(ctx: Context) -> int:
    """Begin what is due today and was not begun; return how many runs. One command while nothing is on."""
    zone, now = choose.zone_of(ctx), ctx.now()
    due: dict[str, tuple[Doc, date]] = {}
    for stored in await store.every(ctx):
        day = due_today(Policy.of(stored), now, zone)
        if day:
            due[day_id(stored["_id"], day)] = stored, day
    begun = await store.days(ctx, list(due))
    started = 0
    for name, (stored, day) in due.items():
        if name in begun:
            continue
        try:
            started += await _begin(ctx, stored, day)
        except Exception:
            # Another policy is not to wait for this one; it is tried again in a minute.
            log.exception("retention.begin", policy=str(stored["_id"]))
    return started


async def _begin(ctx: Context, stored: Doc, day: date) -> bool:
    """Begin a policy's run of a day, which is none when nobody is to go; return whether there is one."""
    policy = Policy.of(stored)
    made: Prepared | None = None
    error: Doc | None = None
    letters: list[Doc] = []
    try:
        made = await _prepared(ctx, policy, stored, day)
    except Conflict as broken:
        error = {"code": broken.code, "message": broken.message, "at": ctx.now()}
        letters = [] if policy.error else await notice.broken(ctx, policy)
        log.warning("retention.broken", policy=str(policy.id))
    record: Doc = {
        "_id": day_id(policy.id, day),
        "policy_id": policy.id,
        "day": day.isoformat(),
        "at": ctx.now(),
        "run_id": made.run["_id"] if made else None,
        "code": error["code"] if error else None,
    }

    async def body(tx: Tx) -> bool:
        if await store.days(ctx, [record["_id"]], tx):
            return False
        last = {name: record[name] for name in ("day", "at", "run_id", "code")}
        if not await store.put(ctx, policy.id, policy.version, {"last": last, "error": error}, tx):
            return False
        await store.add_day(ctx, record, tx)
        for letter in letters:
            await mail.put(ctx, letter, tx)
        if made:
            await acting.record(ctx, made, tx)
        return True

    if not await ctx.db.transact(body):
        return False
    for letter in letters:
        await mail.ring(ctx, letter)
    if made:
        await runs.ring(ctx, made.run["_id"])
    return made is not None


async def _prepared(ctx: Context, policy: Policy, stored: Doc, day: date) -> Prepared | None:
    """Return the run of a day, to be recorded; None when nobody is to go. Raises Conflict (EXEMPTION_BROKEN)."""
    chosen = await choose.chosen(ctx, policy, day, runs_at(day, choose.zone_of(ctx)))
    remembered = choose.snapshot(policy, stored, day)
    try:
        return await acting.prepare(ctx, policy.act, Selection(), policy=remembered, chosen=chosen)
    except Invalid as error:
        if error.code == "EMPTY_SELECTION":
            return None
        raise
