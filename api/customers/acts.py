"""What a caller may do to customers: create, update, upsert, trash, restore, and take a save back.

Each act reads, decides and writes in one transaction; with an idempotency key it looks its receipt up there first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from api.core import ids
from api.core.context import Context
from api.core.errors import Conflict, Invalid, NotFound, Problem
from api.core.idempotency import Once
from api.core.mongo import Doc, Tx
from api.customers import edits, parsing, rules, saving
from api.customers.derive import identifiers
from api.customers.model import LISTS, PRIMARY_LISTS
from api.customers.parsing import Parsed, Reader
from api.customers.rules import Decision, Outcome
from api.customers.saving import Batch, FieldConflict, Saved
from api.history import rules as history
from api.history.model import FIRST, Action, PathChange

MAX_BATCH = 100


@dataclass(frozen=True, slots=True)
class Item:
    """One customer of an upsert: its id, or found by its keys, and what to set."""

    customer_id: ObjectId | None
    raw: Mapping[str, Any]


def reader(ctx: Context) -> Reader:
    """Return what reading values depends on."""
    return Reader(ctx.settings.default_region, ctx.keys)


async def create(ctx: Context, raw: Mapping[str, Any], *, once: Once, reason: str | None = None) -> Saved:
    """Create a customer from plain values; lists are given whole.

    Codes: DUPLICATE_IDENTIFIER, IN_TRASH, and those of `parsing.parse`.
    """
    parsed = parsing.parse(
        {name: {"add": value} if _is_list(name) else value for name, value in raw.items()}, reader(ctx)
    )
    if parsed.errors:
        return Saved(errors=[_flat(one) for one in parsed.errors], warnings=parsed.warnings)
    new_id, now = ids.new(), ctx.now()

    async def act(tx: Tx) -> Saved:
        known = await rules.book(ctx, [parsed.edit], tx=tx)
        return await saving.finish(ctx, tx, once, rules.decide(ctx, known, parsed.edit, new_id, at=now), reason)

    saved = await saving.run(ctx, once, act)
    saved.warnings = [_flat(one) for one in parsed.warnings]
    saved.errors = [_flat(one) for one in saved.errors]
    return saved


async def update(
    ctx: Context,
    customer_id: ObjectId,
    raw: Mapping[str, Any],
    *,
    once: Once,
    expected_version: int | None = None,
    reason: str | None = None,
) -> Saved:
    """Change what is given: None clears, lists take `{add, edit, remove}`.

    With `expected_version`, a path that somebody else changed since is refused (VERSION_CONFLICT, with both values);
    a save that touched other paths only is kept beside this one (`rebased`). Raises NotFound.
    """
    parsed = parsing.parse(raw, reader(ctx))
    if parsed.errors:
        return Saved(errors=parsed.errors, warnings=parsed.warnings)
    now = ctx.now()

    async def act(tx: Tx) -> Saved:
        known = await rules.book(ctx, [parsed.edit], [customer_id], tx)
        doc = known.docs.get(customer_id)
        if doc is None:
            raise NotFound
        decision = rules.decide(ctx, known, parsed.edit, customer_id, at=now)
        if expected_version is not None and not 1 <= expected_version <= doc["version"]:
            raise Conflict("This version never was.", code="VERSION_CONFLICT", path=("expected_version",))
        stale = expected_version is not None and expected_version != doc["version"]
        if stale and decision.writes:
            conflicts = await _clashes(ctx, tx, decision, int(expected_version or 0))
            if conflicts:
                return _refused(doc, conflicts)
        saved = await saving.finish(ctx, tx, once, decision, reason)
        saved.rebased = stale and saved.outcome is Outcome.UPDATE
        return saved

    saved = await saving.run(ctx, once, act)
    saved.warnings = parsed.warnings
    return saved


async def revert(
    ctx: Context,
    customer_id: ObjectId,
    version: int,
    *,
    once: Once,
    paths: Sequence[str] | None = None,
    reason: str | None = None,
) -> Saved:
    """Take back the save that made a version, or some of its paths.

    A path that was changed again since is refused (VERSION_CONFLICT). Creating is taken back by the trash
    (NOT_REVERTIBLE).
    """
    now = ctx.now()

    async def act(tx: Tx) -> Saved:
        change = await history.at_version(ctx, customer_id, version, tx)
        if change is None:
            raise NotFound
        if change.action in FIRST or not change.paths:
            if customer_id not in await rules.current(ctx, [customer_id], tx):
                raise NotFound
            raise Invalid(
                "What created a customer is taken back by the trash.", code="NOT_REVERTIBLE", path=("version",)
            )
        wanted = [one for one in change.paths if paths is None or one.path in paths]
        brought = edits.apply({}, [PathChange(one.path, None, one.before) for one in wanted])
        named = [rules.identifier_id(ctx.keys, kind, value) for kind, value, _ in identifiers(brought)]
        known = await rules.book_of(ctx, named, [customer_id], tx)
        doc = known.docs.get(customer_id)
        if doc is None:
            raise NotFound
        if doc.get("trashed_at") and all(one.path != "trashed_at" for one in wanted):
            return Saved(doc, errors=[Problem("IN_TRASH", "This customer is in the trash; restore it first.")])
        clashes = [one for one in wanted if edits.value_at(doc, one.path) not in (one.before, one.after)]
        if clashes:
            return _refused(doc, await _revert_clashes(ctx, tx, doc, version, clashes))
        back = [
            PathChange(one.path, one.after, one.before) for one in wanted if edits.value_at(doc, one.path) != one.before
        ]
        decision = rules.settle(ctx, known, customer_id, _one_primary(doc, back), at=now)
        return await saving.finish(ctx, tx, once, decision, reason, Action.REVERT, version)

    return await saving.run(ctx, once, act)


async def upsert(
    ctx: Context, items: Sequence[Item], *, once: Once, reject_all: bool, reason: str | None = None
) -> Batch:
    """Create or update up to 100 customers, found by id, else by reference id, else by email; an answer for each.

    `reject_all`: one that fails fails all, and nothing is written. Else each stands for itself. Raises Invalid
    (TOO_MANY_ITEMS) beyond 100 items or 1,000 written documents.
    """
    _bounded(items)
    parsed = [parsing.parse(item.raw, reader(ctx)) for item in items]
    new_ids, now = [ids.new() for _ in items], ctx.now()

    async def act(tx: Tx) -> Batch:
        fine = [one.edit for one in parsed if not one.errors]
        known = await rules.book(ctx, fine, [item.customer_id for item in items if item.customer_id], tx)
        decisions = []
        for item, one, new_id in zip(items, parsed, new_ids, strict=True):
            decision = _upserted(ctx, known, item, one, new_id, now)
            known.accept(decision, ctx.keys)
            decisions.append(decision)
        refused = reject_all and any(one.problems for one in decisions)
        return await saving.finish_batch(ctx, tx, once, [] if refused else decisions, reason, decisions)

    batch = await saving.run_batch(ctx, once, act)
    for index, (saved, one) in enumerate(zip(batch.results, parsed, strict=True)):
        saved.errors = [problem.under("items", str(index)) for problem in saved.errors]
        saved.warnings = [problem.under("items", str(index), "set") for problem in one.warnings]
    return batch


async def trash(ctx: Context, customer_ids: Sequence[ObjectId], *, once: Once, reason: str | None = None) -> Batch:
    """Move up to 100 customers to the trash; their identifiers stay theirs. One that is there already stays so."""
    return await _mark(ctx, customer_ids, once, reason, Action.TRASH)


async def restore(ctx: Context, customer_ids: Sequence[ObjectId], *, once: Once, reason: str | None = None) -> Batch:
    """Take up to 100 customers out of the trash. One that is not there stays as it is."""
    return await _mark(ctx, customer_ids, once, reason, Action.RESTORE)


async def _mark(
    ctx: Context, customer_ids: Sequence[ObjectId], once: Once, reason: str | None, action: Action
) -> Batch:
    _bounded(customer_ids)
    now = ctx.now()

    async def act(tx: Tx) -> Batch:
        known = await rules.book_of(ctx, (), customer_ids, tx)
        decisions = []
        for customer_id in customer_ids:
            doc = known.docs.get(customer_id)
            if doc is None:
                decisions.append(Decision(Outcome.INVALID, customer_id, problems=[NotFound().problem]))
                continue
            since = doc.get("trashed_at")
            moves = (since is None) == (action is Action.TRASH)
            paths = [PathChange("trashed_at", since, now if since is None else None)] if moves else []
            decision = rules.settle(ctx, known, customer_id, paths, at=now)
            known.accept(decision, ctx.keys)
            decisions.append(decision)
        return await saving.finish_batch(ctx, tx, once, decisions, reason, decisions, action)

    return await saving.run_batch(ctx, once, act)


# --- deciding ---


def _upserted(ctx: Context, known: rules.Book, item: Item, one: Parsed, new_id: ObjectId, now: Any) -> Decision:
    if one.errors:
        problems = [problem.under("set") for problem in one.errors]
        return Decision(Outcome.INVALID, item.customer_id or new_id, problems=problems)
    try:
        meant = item.customer_id or rules.match(ctx.keys, known, one.edit)
    except Conflict as error:
        return Decision(Outcome.CONFLICT, new_id, problems=[error.problem])
    if item.customer_id and item.customer_id not in known.docs:
        return Decision(Outcome.INVALID, new_id, problems=[NotFound().problem.under("id")])
    decision = rules.decide(ctx, known, one.edit, meant or new_id, at=now)
    decision.problems = [problem.under("set") if problem.path else problem for problem in decision.problems]
    return decision


async def _clashes(ctx: Context, tx: Tx, decision: Decision, version: int) -> list[FieldConflict]:
    """Return the paths of a decision that somebody else changed after a version."""
    mine = {one.path: one for one in decision.paths}
    clashes: dict[str, FieldConflict] = {}
    for change in await history.since(ctx, decision.customer_id, version, tx):
        for one in change.paths:
            if one.path in mine:
                newest = clashes[one.path].change if one.path in clashes else change
                asked = mine[one.path]
                clashes[one.path] = FieldConflict(one.path, one.before, asked.before, asked.after, newest)
    return list(clashes.values())


async def _revert_clashes(
    ctx: Context, tx: Tx, doc: Doc, version: int, clashes: Sequence[PathChange]
) -> list[FieldConflict]:
    later = await history.since(ctx, doc["_id"], version, tx)
    return [
        FieldConflict(
            one.path,
            one.after,
            edits.value_at(doc, one.path),
            one.before,
            next(change for change in later if any(path.path == one.path for path in change.paths)),
        )
        for one in clashes
    ]


def _refused(doc: Doc, conflicts: list[FieldConflict]) -> Saved:
    errors = [
        Problem("VERSION_CONFLICT", "Somebody else changed this meanwhile.", tuple(one.path.split(".")))
        for one in conflicts
    ]
    return Saved(doc, outcome=Outcome.CONFLICT, conflicts=conflicts, errors=errors)


def _one_primary(doc: Doc, back: list[PathChange]) -> list[PathChange]:
    """Return the paths with what keeps exactly one primary in each list that they touch."""
    after = edits.apply(doc, back)
    paths = {one.path: one for one in back}
    for name in {one.path.partition(".")[0] for one in back} & set(PRIMARY_LISTS):
        items = {item["id"]: item for item in after.get(name, ())}
        wanted = next(
            (item_id for item_id, item in items.items() if item.get("primary") and f"{name}.{item_id}" in paths), None
        )
        for item_id, item in edits.with_primary(items, wanted).items():
            if item != items[item_id]:
                path = f"{name}.{item_id}"
                paths[path] = PathChange(path, edits.value_at(doc, path), item)
    return list(paths.values())


def _bounded(items: Sequence[object]) -> None:
    if not 1 <= len(items) <= MAX_BATCH:
        raise Invalid(f"Between 1 and {MAX_BATCH} items.", code="TOO_MANY_ITEMS" if items else "REQUIRED")


def _is_list(name: str) -> bool:
    return name in LISTS or name == edits.TAGS


def _flat(problem: Problem) -> Problem:
    """Drop the `add` that a create's input does not have: emails.add.0 is emails.0 there."""
    name, *rest = problem.path or ("",)
    return Problem(problem.code, problem.message, (name, *rest[1:])) if rest and rest[0] == "add" else problem
