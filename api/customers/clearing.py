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
from dataclasses import dataclass, field
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
from api.customers.model import FIELDS
from api.customers.rules import identifier_id
from api.history import rules as history
from api.history.model import Action, PathChange, paths_of

_TOGETHER = 1_000
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
class Found:
    """A customer with all that ever found her, as she was when it was read."""

    customer_id: ObjectId
    version: int
    """0 where there was none."""
    identifiers: Mapping[str, str] = field(default_factory=dict)
    """Ids of all that found her, once or now, and of what stands for herself -> their types."""
    texts: Mapping[str, tuple[frozenset[str], Spans]] = field(default_factory=dict)
    """Each name as typed and as compared, and bank accounts in clear -> the identifiers that it stands for, and when it was
    hers."""

    @property
    def documents(self) -> int:
        """How many documents `clear` writes for her, at most."""
        return 3 + len(self.identifiers)


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
    leaving = await _Leaving.open(ctx, tx, going)
    marked = leaving.release({"at": at, "run_id": run_id} if suppress or act is Act.ERASE else None)
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


class _Leaving:
    """The identifiers of those who go, as they are in the transaction."""

    def __init__(self, going: Sequence[Found], docs: Mapping[str, Doc]) -> None:
        self._types = {name: kind for one in going for name, kind in one.identifiers.items()}
        self._docs = docs
        who = {one.customer_id for one in going}
        self._others = {name: [one for one in doc.get("holders", ()) if one not in who] for name, doc in docs.items()}
        self.writes: list[Any] = []
        self.lost: list[str] = []

    @classmethod
    async def open(cls, ctx: Context, tx: Tx, going: Sequence[Found]) -> _Leaving:
        """Load them; one command for each thousand."""
        wanted = sorted({name for one in going for name in one.identifiers})
        docs: dict[str, Doc] = {}
        for start in range(0, len(wanted), _TOGETHER):
            docs |= await store.identifiers_by_ids(ctx, wanted[start : start + _TOGETHER], tx)
        return cls(going, docs)

    def release(self, suppressed: Doc | None) -> set[str]:
        """Decide what becomes of each; return those that are suppressed now, or were before."""
        marked: set[str] = set()
        for name, kind in sorted(self._types.items()):
            doc, others = self._docs.get(name, {}), self._others.get(name)
            if others:
                if len(others) < len(doc["holders"]):
                    self.writes.append(store.left(name, others))
            elif "suppressed" in doc:
                marked.add(name)
            elif suppressed and kind != standing.OWN:
                marked.add(name)
                self.writes.append(store.suppress(name, kind, suppressed))
            elif "subject" in doc:
                if doc["holders"]:
                    self.writes.append(store.left(name, []))
            elif doc:
                self.lost.append(name)
        return marked

    def gone(self, one: Found, act: Act, at: datetime) -> Gone:
        """Return her with what found her and finds nobody else."""
        hers = {name for name in one.identifiers if not self._others.get(name)}
        chains = (self._docs[name] for name in sorted(hers) if "subject" in self._docs.get(name, {}))
        return Gone(
            customer_id=one.customer_id,
            act=act,
            at=at,
            identifiers=tuple(sorted(hers)),
            subjects={doc["subject"]: doc["head"]["seq"] for doc in chains},
            names={text: spans for text, (means, spans) in one.texts.items() if means <= hers},
        )
