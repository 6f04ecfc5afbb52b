"""How customers go: erased, or replaced by what may be kept of them.

An anonymized profile cannot be followed back to the number that it had:
- Its id is 12 random bytes, and so holds no time and no counter; its one change has the same. Both are drawn apart from
  everything else, and nothing stores the old number and the new one side by side: no run, no receipt, no log.
- Its times are cut to days and the month of its making, its version begins anew at 1, and its change is the system's own
  with the day and no run: nothing in it equals something that the old history, which stays blanked, still says. The
  language is cut to what many share.
- What goes together is inserted in the order of the new ids, which is random.
What is left is that of a few who went on one day, made in one month and speaking one language, a guess has good odds; and
the order in which an engine keeps documents in its files. Both lead to a history of saves without a word in it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from bson import ObjectId

from api.core.context import SYSTEM, Context, Source
from api.core.fields import Anonymize
from api.core.keys import KeyMissing, Keys
from api.core.mongo import Doc, Tx
from api.core.personal import ALWAYS, Act, Gone, Spans
from api.customers import edits, holding, names, standing, store, values
from api.customers.derive import derived
from api.customers.leaving import TOGETHER, Found, Leaving
from api.customers.model import FIELDS
from api.customers.rules import identifier_id
from api.history import rules as history
from api.history.model import Action, PathChange, paths_of

_RANDOM_BYTES = 12


class Fate(StrEnum):
    """What became of a customer who was to go."""

    GONE = "GONE"
    HELD = "HELD"
    """A legal hold keeps her."""
    MISSING = "MISSING"
    """There is no such customer, or no more."""
    ALREADY = "ALREADY"
    """She is anonymized, and nobody wrote anything of her since."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one customer."""

    customer_id: ObjectId
    fate: Fate
    gone: Gone | None = None
    before: Doc | None = None
    """Her document as it was: for the figures, never to be stored."""
    after: Doc | None = None
    """What is kept of her; None where she was erased."""
    suppressed: tuple[str, ...] = ()
    """Identifiers that may not come back."""


def random_ids(count: int) -> list[ObjectId]:
    """Return ids that say nothing, for what is kept of anonymized customers; draw them before the transaction."""
    return [ObjectId(os.urandom(_RANDOM_BYTES)) for _ in range(count)]


def is_anonymized(doc: Mapping[str, Any]) -> bool:
    """Tell whether a customer holds nothing but what anonymizing left: whoever was written since is a person again."""
    return doc.get("anonymized_at") is not None and doc["version"] == 1


def anonymized(doc: Mapping[str, Any], new_id: ObjectId, now: datetime) -> Doc:
    """Return what may be kept of a customer under a new id, by each field's declaration."""
    after: Doc = {}
    for name, spec in FIELDS.items():
        value = doc.get(name)
        if value is None or spec.field.anonymize is Anonymize.REMOVE:
            continue
        kept = spec.field.generalize(value) if spec.field.generalize else value
        if kept is not None:
            after[name] = kept
    after.update(_id=new_id, updated_by=SYSTEM.actor, standing=[], anonymized_at=values.midnight(now))
    after.update(derived(after))
    return after


def _entry(after: Doc) -> history.Entry:
    """Return the one change of an anonymized customer: it came into being with what was kept."""
    paths = [PathChange(name, None, value) for name, value in edits.declared(after).items()]
    # The customer's own new id serves the change too: it must say nothing either, and needs no other draw.
    return history.Entry(after["_id"], 1, after["anonymized_at"], Action.ANONYMIZE, paths, id=after["_id"])


# --- who she is ---


async def gather(ctx: Context, customer_ids: Sequence[ObjectId], tx: Tx | None = None) -> dict[ObjectId, Found]:
    """Return all that finds customers, from their documents and their saves; two commands where the saves are few."""
    docs = await store.named(ctx, customer_ids, tx)
    held = {one: names.Held() for one in docs}
    accounts: dict[ObjectId, dict[str, str]] = {one: {} for one in docs}
    async for page in history.each(ctx, list(docs), tx):
        for change in page:
            customer_id, paths = change["customer_id"], paths_of(change)
            held[customer_id].take(change["at"], paths)
            accounts[customer_id] |= _accounts(side for one in paths for side in (one.before, one.after))
    found = {one: Found(one, 0) for one in customer_ids}
    for one, doc in docs.items():
        accounts[one] |= _accounts(doc.get("bank_accounts", ()))
        found[one] = _found(ctx.keys, doc, held[one].spans(doc, ALWAYS), accounts[one].values())
    return found


def _found(keys: Keys, doc: Doc, spans: Mapping[names.Name, Spans], accounts: Iterable[str]) -> Found:
    own = identifier_id(keys, standing.OWN, str(doc["_id"]))
    identifiers = {own: standing.OWN}
    texts: dict[str, tuple[frozenset[str], Spans]] = {}
    for one, some in spans.items():
        means: frozenset[str] = frozenset()
        if one.kind:
            name = identifier_id(keys, one.kind, one.value)
            identifiers[name], means = one.kind, frozenset({name})
        known = texts.get(one.text)
        texts[one.text] = (means | known[0], (*known[1], *some)) if known else (means, some)
    for sealed in accounts:
        try:
            texts.setdefault(keys.decrypt(sealed), (frozenset(), ALWAYS))
        except KeyMissing:
            # Nobody can read it any more, so nobody can find it anywhere either.
            continue
    return Found(doc["_id"], doc["version"], identifiers, texts)


def _accounts(items: Iterable[Any]) -> dict[str, str]:
    return {one["digest"]: one["iban"] for one in items if isinstance(one, Mapping) and "digest" in one}


# --- the act ---


async def clear(
    ctx: Context,
    tx: Tx,
    found: Sequence[Found],
    act: Act,
    at: datetime,
    new_ids: Sequence[ObjectId],
    *,
    suppress: bool,
    run_id: ObjectId | None,
) -> list[Result]:
    """Erase or anonymize customers whom `gather` found, in the caller's transaction; an answer for each, in their order.

    Whoever was saved since she was gathered is gathered again here. What found her is let go, and what nobody else holds
    is suppressed (always by erasing, by choice by anonymizing); what has neither a chain of consents nor is suppressed
    is deleted. `new_ids` are of `random_ids`, one for each. At most 7 commands, but for those who were saved since; what
    it writes is at most the sum of their `documents`.
    """
    docs = await store.by_ids(ctx, [one.customer_id for one in found], tx)
    fates = {one.customer_id: _fate(docs.get(one.customer_id), act, at) for one in found}
    going = [one for one in found if fates[one.customer_id] is Fate.GONE]
    moved = [one.customer_id for one in going if one.version != docs[one.customer_id]["version"]]
    again = await gather(ctx, moved, tx) if moved else {}
    going = [again.get(one.customer_id, one) for one in going]
    leaving = await Leaving.open(ctx, tx, going)
    marked = leaving.release(_mark(act, at, suppress=suppress, run_id=run_id))
    kept: dict[ObjectId, Doc] = {}
    if act is Act.ANONYMIZE:
        news = dict(zip((one.customer_id for one in found), new_ids, strict=True))
        kept = {one.customer_id: anonymized(docs[one.customer_id], news[one.customer_id], at) for one in going}
    came = sorted(kept.values(), key=lambda doc: doc["_id"])
    await store.clear(ctx, tx, sorted(one.customer_id for one in going), came, leaving.writes, leaving.lost)
    await history.record(ctx.as_(SYSTEM), tx, [_entry(doc) for doc in came], source=Source.SYSTEM)
    gone = {
        one.customer_id: Result(
            one.customer_id,
            Fate.GONE,
            leaving.gone(one, act, at),
            docs[one.customer_id],
            kept.get(one.customer_id),
            tuple(sorted(one.identifiers.keys() & marked)),
        )
        for one in going
    }
    return [gone.get(one.customer_id) or Result(one.customer_id, fates[one.customer_id]) for one in found]


def _fate(doc: Doc | None, act: Act, at: datetime) -> Fate:
    if doc is None:
        return Fate.MISSING
    if holding.is_held(doc, at):
        return Fate.HELD
    return Fate.ALREADY if act is Act.ANONYMIZE and is_anonymized(doc) else Fate.GONE


async def lighten(
    ctx: Context, found: Found, act: Act, at: datetime, *, suppress: bool, run_id: ObjectId | None
) -> None:
    """Suppress or delete beforehand what found a customer once, in transactions of its own, where `clear` would write too much.

    It is what `clear` would do with it, and safe to repeat; what she holds now is left to `clear`.
    """
    names_of = sorted(found.identifiers.items())
    for start in range(0, len(names_of), TOGETHER):
        some = dict(names_of[start : start + TOGETHER])

        async def body(tx: Tx, some: dict[str, str] = some) -> None:
            doc = (await store.by_ids(ctx, [found.customer_id], tx)).get(found.customer_id)
            known = await store.identifiers_by_ids(ctx, sorted(some), tx)
            free = {one: kind for one, kind in some.items() if not known.get(one, {}).get("holders")}
            if _fate(doc, act, at) is Fate.GONE:
                leaving = Leaving([replace(found, identifiers=free)], known)
                leaving.release(_mark(act, at, suppress=suppress, run_id=run_id))
                await store.clear(ctx, tx, [], [], leaving.writes, leaving.lost)

        await ctx.db.transact(body)


def _mark(act: Act, at: datetime, *, suppress: bool, run_id: ObjectId | None) -> Doc | None:
    return {"at": at, "run_id": run_id} if suppress or act is Act.ERASE else None
