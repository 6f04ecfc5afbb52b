"""The plan of a request: whoever is meant is fixed, and each is looked at, so that it says what would become of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bson import ObjectId

# Conditions about consent are known once their room is imported.
import api.consent.asking  # noqa: F401
from api.core.context import SYSTEM, Context
from api.core.errors import NotFound
from api.core.mongo import Doc, Tx
from api.core.personal import Act
from api.customers import choosing
from api.customers.clearing import Fate, is_anonymized
from api.customers.holding import is_held
from api.customers.model import FIELDS
from api.privacy import store
from api.privacy.requests import LOOK, Options, act_of, packed, unpacked
from api.runs.batches import Batch
from api.runs.model import Run, RunPhase, RunStatus, Step
from api.runs.rules import next_phase
from api.runs.selecting import Chosen, Selecting, Selection, Whole, chunks as chunks_of

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
VERB = "do"


def fate_of(act: Act, doc: Mapping[str, Any] | None, now: datetime) -> Fate:
    """Return what would become of a customer as she is now."""
    if doc is None:
        return Fate.MISSING
    if is_held(doc, now):
        return Fate.HELD
    return Fate.ALREADY if act is Act.ANONYMIZE and is_anonymized(doc) else Fate.GONE


class PlanWork:
    """Selects, and then looks at each; goes on at the run's state."""

    def __init__(self, ctx: Context, run: Run, selecting: Selecting | None) -> None:
        """Know whom it is about; without `selecting` the selection is fixed."""
        self._ctx = ctx
        self._run = run
        self._selecting = selecting
        self._chunks = run.state.get("chunks", 0)
        self._chunk = run.state.get("chunk", 0)

    async def next(self) -> Batch:
        """Return the next chunks of the selection, then the next look at one, at last the end of the plan."""
        if self._selecting:
            batch = await self._selecting.next()
            if isinstance(batch, FixedBatch):
                await self.close()
                self._chunks, self._chunk = batch.chunks, 0
            return batch
        if self._chunk >= self._chunks:
            return PlannedBatch(self._run)
        (found,) = await chunks_of(self._ctx, self._run.id, self._chunk, 1)
        self._chunk += 1
        docs = await choosing.whole(self._ctx, found)
        return LookBatch(self._ctx, self._run, self._chunks, self._chunk, found, docs)

    async def close(self) -> None:
        """Let go of the cursor."""
        if self._selecting:
            await self._selecting.close()
        self._selecting = None


class FixedBatch(Whole):
    """The selection is complete; how it was looked for is forgotten but for what it asked of consent, as it may name somebody."""

    is_alone = True

    def __init__(self, run: Run, chosen: Chosen, consent: Doc | None) -> None:
        """Know how many there are; `consent` is asked of each again when she is to go."""
        self._run = run
        self._consent = packed(consent) if consent else None
        self._count = chosen.count
        self.chunks = chosen.chunks

    async def write(self, ctx: Context, tx: Tx) -> Step:
        """Go on to looking."""
        if self._consent:
            await store.keep_consent(ctx, self._run.id, self._consent, tx)
        else:
            await store.drop_requests(ctx, [self._run.id], tx)
        word = "customer" if self._count == 1 else "customers"
        state = {"stage": LOOK, "chunks": self.chunks, "chunk": 0}
        put = {"total": self._count, "details.asks_consent": self._consent is not None}
        return Step(state, put=put, text=f"{self._count:,} {word} chosen.")


class LookBatch(Whole):
    """What would become of the customers of one chunk."""

    def __init__(
        self,
        ctx: Context,
        run: Run,
        chunks: int,
        chunk: int,
        found: list[ObjectId],
        docs: Mapping[ObjectId, Doc],
    ) -> None:
        """Count."""
        now, act = ctx.now(), act_of(run)
        self._state = {"stage": LOOK, "chunks": chunks, "chunk": chunk}
        self._processed = len(found)
        counts: Counter[str] = Counter()
        for one in found:
            fate = fate_of(act, docs.get(one), now)
            counts[f"planned.{fate.value}"] += 1
            if fate is Fate.GONE:
                counts.update(f"details.fields.{name}" for name in FIELDS if docs[one].get(name) not in (None, [], ""))
        self._counts = dict(counts)

    async def write(self, _ctx: Context, _tx: Tx) -> Step:
        """Add to the counts of the plan."""
        return Step(self._state, processed=self._processed, counts=self._counts)


class PlannedBatch(Whole):
    """The plan is made; it waits, or is applied at once."""

    is_alone = True

    def __init__(self, run: Run) -> None:
        """Know what was asked for."""
        self._options = Options.of(run.options)

    async def write(self, ctx: Context, _tx: Tx) -> Step:
        """Say that it is ready."""
        at = self._options.apply_at
        if self._options.apply and (at is None or at <= ctx.now()):
            return Step(state={}, put=next_phase(RunPhase.APPLY), ends=RunStatus.QUEUED, text="Planned; goes on.")
        put = {"wake_at": at if self._options.apply else NEVER}
        text = f"Planned; goes on after {at:%Y-%m-%d %H:%M} UTC." if self._options.apply else "Planned."
        return Step(state={}, put=put, ends=RunStatus.READY, text=text)


async def planning(ctx: Context, run: Run) -> PlanWork:
    """Open a plan where it stopped; raises NotFound when whom it is about is forgotten."""
    if run.state.get("stage") == LOOK:
        return PlanWork(ctx, run, None)
    kept = await store.request(ctx, run.id)
    if kept is None or kept["personal"] is None:
        raise NotFound("Whom this is about is forgotten; ask for it anew.")
    asked, options = kept["personal"], Options.of(run.options)
    selection = Selection(asked["where"], asked["search"], options.ids)
    # Whoever started it was asked for the permissions; relative days count from then.
    there = replace(ctx.as_(SYSTEM), clock=lambda: run.created_at)
    where: Doc = (
        unpacked(asked["raw"])
        if asked["raw"]
        else await choosing.chosen(there, asked["where"], asked["search"], options.ids, with_trash=bool(options.ids))
    )

    consent = await choosing.consenting(there, asked["where"])

    def fixed(chosen: Chosen) -> FixedBatch:
        return FixedBatch(run, chosen, consent)

    # A policy that finds nobody any more has nothing to do, as another took them that night.
    by_policy = asked["raw"] is not None
    selecting = Selecting(
        ctx, run, where, selection, fixed, verb=VERB, expires_at=kept["expires_at"], is_filtered=by_policy,
        may_be_nobody=by_policy,
    )  # fmt: skip
    return PlanWork(ctx, run, selecting)
