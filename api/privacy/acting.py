"""Anonymizing and erasing: a request is checked and started here, let go on when its time has come, and forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from api.core.context import Context
from api.core.errors import Conflict, Invalid
from api.core.mongo import Doc, Filter, Tx
from api.core.personal import Act
from api.customers import choosing
from api.privacy import store
from api.privacy.acts import PrivacyHandler
from api.privacy.requests import KINDS, MAX_GRACE_DAYS, MAX_REASON, NEEDS, Options, packed
from api.runs import rules as runs
from api.runs.model import ACTIVE, Run, RunKind, RunPhase, RunStatus
from api.runs.selecting import MAX_UNFILTERED, Selection, empty, too_many

for _act in Act:
    runs.register(KINDS[_act], PrivacyHandler(), NEEDS[_act])

VERB = "do"
KEPT = timedelta(days=31)
"""How long a plan that waits for somebody can be applied."""
MAX_FORGOTTEN = 200
LIVE = frozenset({*ACTIVE, RunStatus.READY})


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that was checked, to be recorded in a transaction."""

    run: Doc
    request: Doc


async def start(
    ctx: Context,
    act: Act,
    selection: Selection,
    *,
    suppress: bool = False,
    apply: bool = True,
    grace_days: int = 0,
    reason: str | None = None,
    policy: Mapping[str, Any] | None = None,
    chosen: Filter | None = None,
) -> Run:
    """Start a run that plans and, unless `apply` is False, goes on by itself once its grace time is over.

    `policy` is {id, name}; `chosen` is a filter of the collection that is meant instead of the selection. Raises as
    `prepare`.
    """
    made = await prepare(
        ctx, act, selection, suppress=suppress, apply=apply, grace_days=grace_days, reason=reason, policy=policy,
        chosen=chosen,
    )  # fmt: skip

    async def body(tx: Tx) -> Run:
        return await record(ctx, made, tx)

    run = await ctx.db.transact(body)
    await runs.ring(ctx, run.id)
    return run


async def prepare(
    ctx: Context,
    act: Act,
    selection: Selection,
    *,
    suppress: bool = False,
    apply: bool = True,
    grace_days: int = 0,
    reason: str | None = None,
    policy: Mapping[str, Any] | None = None,
    chosen: Filter | None = None,
) -> Prepared:
    """Check a request and draft its run, for a caller with a transaction of its own: `record`, then `runs.rules.ring`.

    Raises Invalid (TOO_MANY, EMPTY_SELECTION, TOO_LONG, OUT_OF_RANGE, what a filter raises), Forbidden for a filter on what
    the caller may not see.
    """
    _check(reason, grace_days)
    where = dict(chosen) if chosen is not None else await meant(ctx, selection)
    if chosen is None and not selection.is_filtered and await choosing.more_than(ctx, MAX_UNFILTERED):
        raise too_many(VERB)
    if not await choosing.any_of(ctx, where):
        raise empty(VERB)
    now = ctx.now()
    apply_at = now + timedelta(days=grace_days) if apply else None
    options = Options(selection.ids, suppress or act is Act.ERASE, apply, apply_at, policy)
    run = runs.draft(ctx, KINDS[act], RunPhase.PLAN, _title(selection, policy), options.doc, reason=reason or None)
    raw = packed(chosen) if chosen is not None else None
    sought = {"where": dict(selection.where) if selection.where else None, "search": selection.search, "raw": raw}
    request = {"_id": run["_id"], "personal": sought, "expires_at": (apply_at or now) + KEPT}
    return Prepared(run, request)


async def record(ctx: Context, made: Prepared, tx: Tx) -> Run:
    """Record a request; ask for a worker with `runs.rules.ring` once it is committed."""
    await store.put_request(ctx, made.request, tx)
    return await runs.start(ctx, made.run, tx)


async def meant(ctx: Context, selection: Selection) -> Doc:
    """Return the filter of whoever a selection means; named customers also when they are in the trash."""
    return await choosing.chosen(
        ctx, selection.where, selection.search, selection.ids, with_trash=selection.ids is not None
    )


def _check(reason: str | None, grace_days: int) -> None:
    if reason and len(reason) > MAX_REASON:
        raise Invalid(f"At most {MAX_REASON} characters.", code="TOO_LONG", path=("reason",))
    if not 0 <= grace_days <= MAX_GRACE_DAYS:
        raise Invalid(f"0 to {MAX_GRACE_DAYS} days.", code="OUT_OF_RANGE", path=("grace_days",))


def _title(selection: Selection, policy: Mapping[str, Any] | None) -> str:
    if policy:
        return f"Policy {policy['name']}"
    if selection.ids is not None:
        return "1 selected customer" if len(selection.ids) == 1 else f"{len(selection.ids)} selected customers"
    return "Customers that match a filter" if selection.is_filtered else "All customers"


# --- by the scheduler ---


def is_over(ctx: Context, run: Run) -> bool:
    """Tell whether whom a plan is about is forgotten by now."""
    apply_at = Options.of(run.options).apply_at
    return ctx.now() >= (apply_at or run.created_at) + KEPT


async def go_on(ctx: Context) -> None:
    """Let requests be applied whose grace time is over."""
    for run in await runs.waiting(ctx, [RunKind.ANONYMIZE, RunKind.ERASE], ctx.now()):
        options = Options.of(run.options)
        if not options.apply or options.apply_at is None or options.apply_at > ctx.now():
            continue
        try:
            await runs.apply(ctx, run.id, {})
        except Conflict:
            # Somebody cancelled it in this moment, or applied it.
            continue
        await runs.ring(ctx, run.id)


async def sweep(ctx: Context) -> None:
    """Let go on what waited long enough, and remove what is over."""
    await go_on(ctx)
    await _forget(ctx)
    await store.sweep(ctx, ctx.now())


async def _forget(ctx: Context) -> None:
    """Forget how somebody was looked for by requests that were cancelled before a worker came to them."""
    asked = [doc["_id"] for doc in await store.open_requests(ctx, None, MAX_FORGOTTEN)]
    known = await runs.many(ctx, asked)
    await store.drop_requests(ctx, [one for one in asked if one not in known or known[one].status not in LIVE])
