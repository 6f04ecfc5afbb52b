"""How an act is saved: one transaction, one receipt, and the answer that says what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from api.core import idempotency
from api.core.context import Context
from api.core.errors import Invalid, Problem
from api.core.idempotency import Once
from api.core.mongo import Doc, Tx
from api.customers import rules
from api.customers.derive import derived, identifiers
from api.customers.rules import Decision, Outcome
from api.history.model import Action, Change

MAX_DOCUMENTS = 1_000
"""Written in one transaction: MongoDB's own advice."""


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """A path that somebody else changed since: what it was, what it is, what was asked for."""

    path: str
    original: Any
    theirs: Any
    yours: Any
    change: Change


@dataclass(slots=True)
class Saved:
    """The answer of an act on one customer."""

    doc: Doc | None = None
    """The customer after it, or as it would be after a dry run."""
    version: int | None = None
    """The version that this act made."""
    applied: bool = False
    replayed: bool = False
    rebased: bool = False
    outcome: Outcome = Outcome.INVALID
    conflicts: list[FieldConflict] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class Batch:
    """The answer of an act on several: one result an item, in order."""

    results: list[Saved]
    applied: bool = False
    replayed: bool = False
    errors: list[Problem] = field(default_factory=list)


async def run(ctx: Context, once: Once, act: Callable[[Tx], Awaitable[Saved]]) -> Saved:
    """Run an act on one customer in one transaction, or answer it again from its receipt."""

    async def body(tx: Tx) -> Saved:
        receipt = await idempotency.seen(ctx, tx, once)
        if receipt is None:
            return await act(tx)
        customer_id, version = receipt["items"][0]
        return Saved(
            (await rules.current(ctx, [customer_id], tx)).get(customer_id), version, applied=True, replayed=True
        )

    return await idempotency.transact(ctx, once, body)


async def run_batch(ctx: Context, once: Once, act: Callable[[Tx], Awaitable[Batch]]) -> Batch:
    """Run an act on several customers in one transaction, or answer it again from its receipt."""

    async def body(tx: Tx) -> Batch:
        receipt = await idempotency.seen(ctx, tx, once)
        if receipt is None:
            return await act(tx)
        docs = await rules.current(ctx, [one[0] for one in receipt["items"] if one[0]], tx)
        results = [
            Saved(
                docs.get(customer_id),
                version,
                applied=version is not None,
                replayed=True,
                outcome=Outcome(outcome),
                errors=[Problem(code, "As answered before.") for code in codes],
            )
            for customer_id, version, outcome, codes in receipt["items"]
        ]
        return Batch(results, applied=True, replayed=True)

    return await idempotency.transact(ctx, once, body)


async def finish(
    ctx: Context,
    tx: Tx,
    once: Once,
    decision: Decision,
    reason: str | None,
    action: Action | None = None,
    reverts: int | None = None,
) -> Saved:
    """Keep the receipt and write one decision, unless it changes nothing or this is a dry run."""
    saved = _saved(decision, once)
    if decision.writes and not once.dry_run:
        await idempotency.keep(ctx, tx, once, {"items": [[decision.customer_id, decision.after["version"]]]})
        await rules.save(ctx, tx, [decision], action=action, reason=reason, reverts=reverts)
        saved.applied = True
    return saved


async def finish_batch(
    ctx: Context,
    tx: Tx,
    once: Once,
    writing: Sequence[Decision],
    reason: str | None,
    decisions: Sequence[Decision],
    action: Action | None = None,
) -> Batch:
    """Keep the receipt and write decisions; the answer has one result for each, written or not.

    Raises Invalid (TOO_MANY_ITEMS) beyond 1,000 documents.
    """
    batch = Batch([_saved(one, once) for one in decisions])
    writes = [one for one in writing if one.writes]
    if sum(2 + len(list(identifiers(one.after))) for one in writes) > MAX_DOCUMENTS:
        raise Invalid(f"These items write over {MAX_DOCUMENTS} documents; send fewer.", code="TOO_MANY_ITEMS")
    if writes and not once.dry_run:
        items = [
            [one.customer_id if one.before or one.writes else None, one.after["version"] if one.writes else None,
             one.outcome.value, [problem.code for problem in one.problems]]
            for one in decisions
        ]  # fmt: skip
        await idempotency.keep(ctx, tx, once, {"items": items})
        await rules.save(ctx, tx, writes, action=action, reason=reason)
        batch.applied = True
        for saved, one in zip(batch.results, decisions, strict=True):
            saved.applied = one.writes
    return batch


def _saved(decision: Decision, once: Once) -> Saved:
    if once.dry_run and decision.writes:
        decision.after.update(derived(decision.after))
    return Saved(
        doc=(decision.after if decision.writes else decision.before) or None,
        version=decision.after.get("version") if decision.writes else None,
        outcome=decision.outcome,
        errors=list(decision.problems),
    )
