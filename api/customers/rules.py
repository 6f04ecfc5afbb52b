"""What may happen to a customer: load what a decision needs, decide, save.

Deciding is pure and knows only the `Book`; the API, the import and every later bulk act decide and save through here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import bson
from bson import ObjectId

from api.core import ids
from api.core.context import Context, Source
from api.core.errors import Conflict, Invalid, Problem
from api.core.keys import Keys
from api.core.mongo import Doc, Tx
from api.customers import edits, parsing, standing, store
from api.customers.derive import SHARED, derived, identifiers
from api.customers.edits import Edit
from api.customers.model import LISTS, MAX_BYTES
from api.history import rules as history
from api.history.model import Action, PathChange

FEW_ITEMS = 25
MAX_SHARERS = 100
"""Of one phone or device: what is said of it is written to all of them in one transaction."""


_SAID = {
    "email": "email address",
    "reference_id": "reference id",
    "phone": "phone number",
    "push": "device",
    "web_push": "browser",
}


class Outcome(StrEnum):
    """What a decision came to."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    UNCHANGED = "UNCHANGED"
    CONFLICT = "CONFLICT"
    INVALID = "INVALID"


@dataclass(slots=True)
class Decision:
    """What would be written for one wish; nothing is, unless it is saved."""

    outcome: Outcome
    customer_id: ObjectId
    before: Doc = field(default_factory=dict)
    """The whole document it was decided on; empty for a new customer."""
    after: Doc = field(default_factory=dict)
    paths: list[PathChange] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def base_version(self) -> int:
        """The version it was decided on; 0 for a new customer."""
        return int(self.before.get("version", 0))

    @property
    def writes(self) -> bool:
        """Whether saving it changes anything."""
        return self.outcome in {Outcome.CREATE, Outcome.UPDATE}


@dataclass(slots=True)
class Book:
    """What decisions know: who holds which identifier, and the customers themselves.

    `accept` writes a decision into it, so that the next one is decided as if that one were saved.
    """

    holders: dict[str, list[ObjectId]] = field(default_factory=dict)
    docs: dict[ObjectId, Doc] = field(default_factory=dict)
    facts: dict[str, Doc] = field(default_factory=dict)
    """What identifiers bring along to whoever holds them; see `standing.py`."""
    suppressed: set[str] = field(default_factory=set)
    """Identifiers that may not come back; see `suppression.py`."""

    def accept(self, decision: Decision, keys: Keys) -> None:
        """Let later decisions see this one."""
        if not decision.writes:
            return
        self.docs[decision.customer_id] = decision.after
        gone, come = _moved(decision.before, decision.after, keys)
        for identifier_id, _ in gone:
            self.holders[identifier_id] = [
                one for one in self.holders.get(identifier_id, ()) if one != decision.customer_id
            ]
        for identifier_id, _ in come:
            self.holders.setdefault(identifier_id, []).append(decision.customer_id)


def identifier_id(keys: Keys, kind: str, value: str) -> str:
    """Return the `_id` of an identifier document: its type and a keyed digest of the normalized value."""
    return f"{kind}:{keys.digest(kind, value)}"


def is_shared(identifier: str) -> bool:
    """Tell whether several customers may hold an identifier, by its id."""
    return identifier.partition(":")[0] in SHARED


async def book(
    ctx: Context, wanted: Iterable[Edit], customer_ids: Iterable[ObjectId] = (), tx: Tx | None = None
) -> Book:
    """Load what deciding these edits needs: identifiers, then their holders and the named customers; two commands."""
    identifier_ids = {identifier_id(ctx.keys, *one) for edit in wanted for one in edits.identifiers(edit)}
    return await book_of(ctx, identifier_ids, customer_ids, tx)


async def book_of(
    ctx: Context, identifier_ids: Iterable[str], customer_ids: Iterable[ObjectId], tx: Tx | None = None
) -> Book:
    """Load identifiers by id with their holders (a shared phone's excepted), and the named customers."""
    found = await store.identifiers_by_ids(ctx, sorted(set(identifier_ids)), tx)
    holders = {one: list(doc.get("holders", ())) for one, doc in found.items()}
    wanted = {one for name, held in holders.items() if not is_shared(name) for one in held} | set(customer_ids)
    facts = {one: doc["facts"] for one, doc in found.items() if "facts" in doc}
    suppressed = {one for one, doc in found.items() if "suppressed" in doc}
    return Book(holders, await store.by_ids(ctx, sorted(wanted), tx), facts, suppressed)


async def current(ctx: Context, customer_ids: Sequence[ObjectId], tx: Tx | None = None) -> dict[ObjectId, Doc]:
    """Return whole customers as they are now."""
    return await store.by_ids(ctx, customer_ids, tx)


def match(keys: Keys, known: Book, edit: Edit) -> ObjectId | None:
    """Return the customer that an edit means: by reference id, then by email.

    Raises Conflict (AMBIGUOUS_MATCH, both ids in the message) when its keys belong to different customers.
    """
    found: dict[ObjectId, str] = {}
    for kind, value in edits.identifiers(edit):
        if kind not in SHARED:
            for holder in known.holders.get(identifier_id(keys, kind, value), ()):
                found.setdefault(holder, kind)
    if len(found) > 1:
        who = ", ".join(f"{ids.show(ids.CUSTOMER, one)} (by {kind.replace('_', ' ')})" for one, kind in found.items())
        raise Conflict(f"Its keys belong to different customers: {who}.", code="AMBIGUOUS_MATCH")
    return next(iter(found), None)


def decide(ctx: Context, known: Book, edit: Edit, customer_id: ObjectId, *, at: datetime | None = None) -> Decision:
    """Decide an edit on a customer that the book knows, or on a new one with this id.

    A customer in the trash is a CONFLICT (IN_TRASH); an identifier of somebody else DUPLICATE_IDENTIFIER.
    """
    doc = known.docs.get(customer_id, {})
    if doc.get("trashed_at"):
        problem = Problem("IN_TRASH", f"{ids.show(ids.CUSTOMER, customer_id)} is in the trash; restore it first.")
        return Decision(Outcome.CONFLICT, customer_id, doc, problems=[problem])
    try:
        paths = edits.diff(doc, edit)
    except Invalid as error:
        return Decision(Outcome.INVALID, customer_id, doc, problems=[error.problem])
    decision = settle(ctx, known, customer_id, paths, at=at)
    decision.problems = [replace(one, path=_in_input(edit, one.path)) for one in decision.problems]
    return decision


def _in_input(edit: Edit, path: tuple[str, ...]) -> tuple[str, ...]:
    """Return where in the edit an item stands that a problem names by its id."""
    if len(path) == 1:
        return path
    name, item_id = path
    added = [one["id"] for one in edit.add.get(name, ())]
    changed = list(edit.change.get(name, {}))
    part = parsing.REQUIRED[name]
    if item_id in added:
        return name, "add", str(added.index(item_id)), part
    return (name, "edit", str(changed.index(item_id)), part) if item_id in changed else path


def settle(
    ctx: Context, known: Book, customer_id: ObjectId, paths: list[PathChange], *, at: datetime | None = None
) -> Decision:
    """Decide paths that are known already: check identifiers and size, and prepare the document."""
    doc = known.docs.get(customer_id, {})
    if not paths and doc:
        return Decision(Outcome.UNCHANGED, customer_id, doc, doc)
    after = prepared(ctx, customer_id, doc, paths, at or ctx.now())
    after["standing"] = standing.carried(doc, after, known.facts, lambda *one: identifier_id(ctx.keys, *one))
    problems = list(_taken(ctx.keys, known, doc, after))
    if problems:
        return Decision(Outcome.CONFLICT, customer_id, doc, paths=paths, problems=problems)
    # The longest values in a few items cannot come near the limit: only customers with many are measured.
    items = sum(len(after.get(name, ())) for name in LISTS)
    if items > FEW_ITEMS and len(bson.encode(after)) > MAX_BYTES:
        problem = Problem("TOO_LARGE", f"A customer holds at most {MAX_BYTES // 1000} kB in all.")
        return Decision(Outcome.INVALID, customer_id, doc, paths=paths, problems=[problem])
    return Decision(Outcome.UPDATE if doc else Outcome.CREATE, customer_id, doc, after, paths)


def prepared(ctx: Context, customer_id: ObjectId, doc: Doc, paths: Sequence[PathChange], now: datetime) -> Doc:
    """Return the document as it is decided: declared fields, version and times; `save` derives the rest."""
    # Time never goes back for a customer, whatever the clocks of two machines say.
    at = max(now, doc.get("updated_at", now))
    after = edits.apply(doc, paths)
    after.update(
        _id=customer_id,
        version=doc.get("version", 0) + 1,
        created_at=doc.get("created_at", at),
        updated_at=at,
        updated_by=ctx.caller.actor,
    )
    return after


def _taken(keys: Keys, known: Book, before: Doc, after: Doc) -> Iterable[Problem]:
    mine = {(kind, value) for kind, value, _ in identifiers(before)}
    for kind, value, path in identifiers(after):
        if (kind, value) in mine:
            continue
        identifier = identifier_id(keys, kind, value)
        if identifier in known.suppressed:
            message = f"This {_SAID[kind]} belonged to somebody who was erased; who may lift that can let it come back."
            yield Problem("IDENTIFIER_SUPPRESSED", message, path)
            continue
        holders = known.holders.get(identifier, ())
        if kind in SHARED:
            if len(holders) >= MAX_SHARERS:
                yield Problem(
                    "IDENTIFIER_LIMIT", f"{len(holders)} customers have this already, the most that may.", path
                )
            continue
        for holder in holders:
            if holder == after["_id"]:
                continue
            name = ids.show(ids.CUSTOMER, holder)
            if known.docs.get(holder, {}).get("trashed_at"):
                yield Problem("IN_TRASH", f"This {_SAID[kind]} belongs to {name}, who is in the trash.", path)
            else:
                yield Problem("DUPLICATE_IDENTIFIER", f"This {_SAID[kind]} belongs to {name}.", path)


async def save(
    ctx: Context,
    tx: Tx,
    decisions: Sequence[Decision],
    *,
    action: Action | None = None,
    source: Source | None = None,
    reason: str | None = None,
    reverts: int | None = None,
    run: Callable[[Decision], Doc] | None = None,
) -> None:
    """Write decisions and their changes in a transaction; at most 4 commands, however many they are.

    Several decisions on one customer are one write of the last state and one change each. They must have been decided
    on what was read in the same transaction.
    """
    writing = [one for one in decisions if one.writes]
    first = {one.customer_id: one.before for one in reversed(writing)}
    last = {one.customer_id: one.after for one in writing}
    for doc in last.values():
        doc.update(derived(doc))
    created = [last[one] for one, before in first.items() if not before]
    updated = [(before["version"], last[one]) for one, before in first.items() if before]
    moves: list[Any] = []
    for customer_id, before in first.items():
        gone, come = _moved(before, last[customer_id], ctx.keys)
        moves += [store.release(identifier, customer_id) for identifier, _ in gone]
        at = last[customer_id]["updated_at"]
        moves += [store.claim(identifier, kind, customer_id, at) for identifier, kind in come]
    if not await store.save(ctx, tx, created, updated, moves):
        raise Conflict("Somebody else saved this customer at the same moment; try again.", code="VERSION_CONFLICT")
    entries = [
        history.Entry(
            one.customer_id,
            one.after["version"],
            one.after["updated_at"],
            action or (Action.UPDATE if one.before else Action.CREATE),
            one.paths,
            run(one) if run else None,
            reverts,
        )
        for one in writing
    ]
    await history.record(ctx, tx, entries, source=source or ctx.source, reason=reason)


def _moved(before: Doc, after: Doc, keys: Keys) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the identifiers (id, type) that a customer lets go and takes up."""
    old = {(kind, value) for kind, value, _ in identifiers(before)}
    new = {(kind, value) for kind, value, _ in identifiers(after)}
    gone = [(identifier_id(keys, *one), one[0]) for one in sorted(old - new)]
    return gone, [(identifier_id(keys, *one), one[0]) for one in sorted(new - old)]
