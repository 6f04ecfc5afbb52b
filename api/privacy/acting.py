"""Anonymizing and erasing: a request is checked and started here, applied, and cleaned up after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bson import ObjectId, json_util

from api.core import idempotency
from api.core.context import Context
from api.core.errors import Conflict, Invalid, NotFound
from api.core.idempotency import Once
from api.core.mongo import Doc, Filter, Tx
from api.core.personal import Act
from api.customers import choosing
from api.customers.clearing import Fate
from api.privacy import store
from api.privacy.acts import PrivacyHandler
from api.privacy.planning import fate_of
from api.privacy.requests import ACTS, KINDS, MAX_GRACE_DAYS, MAX_REASON, NEEDS, Options
from api.runs import rules as runs
from api.runs.model import ACTIVE, Run, RunKind, RunPhase, RunStatus
from api.runs.selecting import MAX_UNFILTERED, Selection, empty, too_many

for _act in Act:
    runs.register(KINDS[_act], PrivacyHandler(), NEEDS[_act])

VERB = "do"
KEPT = timedelta(days=31)
"""How long a plan that waits for somebody can be applied."""
LIVE = frozenset({*ACTIVE, RunStatus.READY})


@dataclass(frozen=True, slots=True)
class Started:
    """What became of a request: a run, or for a dry run whom it would be about and whether that is exact."""

    run: Run | None = None
    count: tuple[int, bool] | None = None
    replayed: bool = False


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
    raw = json_util.dumps(chosen, json_options=json_util.CANONICAL_JSON_OPTIONS) if chosen is not None else None
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


# --- by hand ---


async def request(
    ctx: Context,
    sending: Once,
    act: Act,
    selection: Selection,
    *,
    suppress: bool = False,
    apply: bool,
    grace_days: int = 0,
    reason: str | None = None,
) -> Started:
    """Start what somebody asks for, once; whoever asks needs the permission of the act.

    Raises as `prepare`; Conflict (ALREADY_ASKED) when another request for one of the named customers waits.
    """
    ctx.require(NEEDS[act])
    if sending.dry_run:
        await prepare(ctx, act, selection, apply=apply, grace_days=grace_days, reason=reason)
        return Started(count=await choosing.counted(ctx, await meant(ctx, selection)))
    known = await idempotency.seen(ctx, None, sending)
    if known:
        return Started(await runs.get_by_id(ctx, known["run"]), replayed=True)
    made = await prepare(ctx, act, selection, suppress=suppress, apply=apply, grace_days=grace_days, reason=reason)
    return await _once(ctx, sending, made, selection.ids or ())


async def single(
    ctx: Context,
    sending: Once,
    act: Act,
    customer_id: ObjectId,
    *,
    suppress: bool = False,
    grace_days: int = 0,
    reason: str | None = None,
) -> Started:
    """Anonymize or erase one customer; it is planned and applied by itself.

    Raises as `request`; NotFound; Conflict (LEGAL_HOLD, ALREADY_ANONYMIZED).
    """
    ctx.require(NEEDS[act])
    if not await idempotency.seen(ctx, None, sending):
        doc = (await choosing.whole(ctx, [customer_id])).get(customer_id)
        fate = fate_of(act, doc, ctx.now())
        if fate is Fate.MISSING:
            raise NotFound(path=("id",))
        if fate is not Fate.GONE:
            refused = REFUSED[fate]
            raise refused()
    try:
        return await request(
            ctx, sending, act, Selection(ids=(customer_id,)), suppress=suppress, apply=True, grace_days=grace_days,
            reason=reason,
        )  # fmt: skip
    except Conflict as error:
        if error.code != "ALREADY_ASKED":
            raise
        raise Conflict(error.message, code=error.code, path=("id",)) from None


def held() -> Conflict:
    """Return the error of who wants somebody gone who is held."""
    return Conflict("A legal hold keeps this customer; lift it first.", code="LEGAL_HOLD", path=("id",))


def anonymized() -> Conflict:
    """Return the error of who wants somebody anonymized a second time."""
    return Conflict("This customer was anonymized before.", code="ALREADY_ANONYMIZED", path=("id",))


REFUSED = {Fate.HELD: held, Fate.ALREADY: anonymized}


async def _once(ctx: Context, sending: Once, made: Prepared, named: Sequence[ObjectId]) -> Started:
    run_id = made.run["_id"]
    # A plan that waits for somebody's word is no request yet, and keeps nobody from asking.
    asking = named if made.run["options"]["apply"] else ()

    async def body(tx: Tx) -> Doc | None:
        known = await idempotency.seen(ctx, tx, sending)
        if known:
            return known
        for place, one in enumerate(named):
            if await _is_asked(ctx, one, tx):
                message = "Another request for this customer is under way; cancel that one first."
                raise Conflict(message, code="ALREADY_ASKED", path=("ids", str(place)))
        await idempotency.keep(ctx, tx, sending, {"run": run_id})
        await record(ctx, made, tx)
        if asking:
            await store.put_asked(ctx, asking, run_id, made.request["expires_at"], tx)
        return None

    known = await idempotency.transact(ctx, sending, body)
    if known is None:
        await runs.ring(ctx, run_id)
    return Started(await runs.get_by_id(ctx, known["run"] if known else run_id), replayed=known is not None)


async def _is_asked(ctx: Context, customer_id: ObjectId, tx: Tx) -> bool:
    found = (await store.asked(ctx, [customer_id], tx)).get(customer_id)
    return found is not None and await runs.status_of(ctx, found["run_id"], tx) in LIVE


async def apply(ctx: Context, sending: Once, public_id: str, customers: int) -> tuple[Run, bool]:
    """Let a plan that waits be applied; `customers` is how many it says go. Answers whether this was a replay.

    Raises NotFound; Conflict (NOT_READY, PLAN_DIFFERS).
    """
    run = await runs.get(ctx, public_id)
    if run.kind not in ACTS:
        raise NotFound(path=("id",))
    ctx.require(NEEDS[ACTS[run.kind]])

    async def body(tx: Tx) -> bool:
        if await idempotency.seen(ctx, tx, sending):
            return True
        present = await runs.in_transaction(ctx, run.id, tx)
        if present.status is not RunStatus.READY or is_over(ctx, present):
            raise Conflict("Only a plan that waits can be applied.", code="NOT_READY", path=("id",))
        if present.planned.get(Fate.GONE.value, 0) != customers:
            message = "The plan is about another number of customers; look at it again."
            raise Conflict(message, code="PLAN_DIFFERS", path=("customers",))
        if not sending.dry_run:
            await idempotency.keep(ctx, tx, sending, {"run": run.id})
            await runs.apply(ctx, run.id, {}, tx)
        return False

    replayed = await idempotency.transact(ctx, sending, body)
    if not replayed and not sending.dry_run:
        await runs.ring(ctx, run.id)
    return await runs.get_by_id(ctx, run.id), replayed


def is_over(ctx: Context, run: Run) -> bool:
    """Tell whether whom a plan is about is forgotten by now."""
    apply_at = Options.of(run.options).apply_at
    return ctx.now() >= (apply_at or run.created_at) + KEPT


# --- by the scheduler ---


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
    await store.sweep(ctx, ctx.now())
