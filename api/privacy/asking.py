"""Asking by hand that somebody goes, and applying a plan: once, by whoever may, of nobody who is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bson import ObjectId

from api.core import idempotency
from api.core.context import Context
from api.core.errors import Conflict, NotFound
from api.core.idempotency import Once
from api.core.mongo import Doc, Tx
from api.core.personal import Act
from api.customers import choosing
from api.customers.clearing import Fate
from api.privacy import store
from api.privacy.acting import LIVE, Prepared, is_over, meant, prepare, record
from api.privacy.planning import fate_of
from api.privacy.requests import ACTS, NEEDS
from api.runs import rules as runs
from api.runs.model import Run, RunStatus
from api.runs.selecting import Selection


@dataclass(frozen=True, slots=True)
class Started:
    """What became of a request: a run, or for a dry run whom it would be about and whether that is exact."""

    run: Run | None = None
    count: tuple[int, bool] | None = None
    replayed: bool = False


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
