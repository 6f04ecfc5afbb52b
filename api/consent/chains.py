"""Walks all chains of the ledger in the order of their subjects: each against the identifier that it belongs to.

Entries and identifiers are read side by side, so that a chain of nobody shows too. What looks wrong may only have been
read while it grew; so it is read once more inside a snapshot before it is said.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bson import ObjectId

from api.consent import facts, fold, store
from api.consent.chain import Fault, FaultKind, Links, Part
from api.consent.fold import Matter, Matters, Said
from api.consent.model import Entry
from api.core.context import Context
from api.core.mongo import Doc, Tx
from api.customers import subjects
from api.customers.standing import NO_FACTS

IDENTIFIERS_TOGETHER = 500
MAX_IN = 1_000
FIRST = ObjectId("0" * 24)
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)


@dataclass(slots=True)
class Chain:
    """How far a chain was checked, and where its entries lead so far."""

    links: Links
    matters: Matters = field(default_factory=dict)

    def saved(self) -> Doc:
        """Return it as plain JSON: the entries that decide matters stand for all that were read."""
        kept = {said.entry for one in self.matters.values() for said in (one.refusal, one.lifter, one.latest) if said}
        return {
            "seq": self.links.seq,
            "last": self.links.last,
            "blanked": _ranges(sorted(self.links.blanked)),
            "kept": [str(one) for one in sorted(kept)],
        }


async def walk(ctx: Context, place: Doc | None, budget: int) -> Part:
    """Check chains from a place on, about `budget` entries of them."""
    after = ObjectId(place["after"]) if place else FIRST
    if place and place["chain"]:
        return await _on(ctx, after, place["chain"], budget)
    page = await subjects.chains_after(ctx, after, IDENTIFIERS_TOGETHER)
    upto = None
    if len(page) == IDENTIFIERS_TOGETHER:
        # Two that claim one chain are looked at together, so the last subject comes next time.
        page = [one for one in page if one["subject"] != page[-1]["subject"]] or page
        upto = page[-1]["subject"]
    docs = await store.span(ctx, after, upto, budget + 1)
    owners, entries = _by_subject(page), _by_subject(docs[:budget])
    known = sorted(owners.keys() | entries.keys())
    if len(docs) > budget:
        # The chain of the entry that is too many comes next time; should it be the only one, it is read in parts.
        upto = docs[budget]["subject"]
        known = [one for one in known if one < upto]
        if not known:
            return await _on(ctx, upto, Chain(Links(ctx.keys, upto)).saved(), budget)
        upto = known[-1]
    part = Part(subjects=len(known), spent=len(docs) + len(page))
    part.place = {"after": str(upto), "chain": None} if upto else None
    holders = await _holders(ctx, [doc for one in known for doc in owners.get(one, ())])
    for subject in known:
        mine = entries.get(subject, [])
        part.entries += len(mine)
        if judge(owners.get(subject, []), Chain(Links(ctx.keys, subject)), mine, holders, is_end=True):
            part.faults += (await _again(ctx, subject, Chain(Links(ctx.keys, subject)).saved(), budget)).faults
    if part.place is None:
        part.faults += await _strays(ctx)
    return part


async def _on(ctx: Context, subject: ObjectId, saved: Doc, budget: int) -> Part:
    """Check the next entries of one long chain."""
    part = await _stretch(ctx, None, subject, saved, budget)
    return await _again(ctx, subject, saved, budget) if part.faults else part


async def _again(ctx: Context, subject: ObjectId, saved: Doc, budget: int) -> Part:
    """Check entries once more, with all that is said about them read at one moment."""

    async def body(tx: Tx) -> Part:
        return await _stretch(ctx, tx, subject, saved, budget)

    return await ctx.db.transact(body)


async def _stretch(ctx: Context, tx: Tx | None, subject: ObjectId, saved: Doc, budget: int) -> Part:
    owners = await subjects.of_chain(ctx, subject, tx)
    chain = await _resumed(ctx, tx, subject, saved)
    docs = await store.chain(ctx, subject, saved["seq"], budget + 1, tx)
    holders = await _holders(ctx, owners, tx)
    is_end = len(docs) <= budget
    faults = judge(owners, chain, docs[:budget], holders, is_end=is_end)
    is_broken = not is_end and chain.links.seq < saved["seq"] + budget
    is_over = is_end or is_broken
    place: Doc = {"after": str(subject), "chain": None if is_over else chain.saved()}
    return Part(faults, len(docs[:budget]), int(is_over), len(docs), place)


async def _resumed(ctx: Context, tx: Tx | None, subject: ObjectId, saved: Doc) -> Chain:
    kept = [ObjectId(one) for one in saved["kept"]]
    docs: list[Doc] = []
    for start in range(0, len(kept), MAX_IN):
        docs += (await store.by_ids(ctx, kept[start : start + MAX_IN], tx)).values()
    blanked = {seq for first, last in saved["blanked"] for seq in range(first, last + 1)}
    chain = Chain(Links(ctx.keys, subject, saved["seq"], saved["last"], blanked))
    # Should one have been tampered with since, the address does not stand where the others lead.
    with contextlib.suppress(*UNREADABLE):
        chain.matters = fold.fold(Entry.of(doc) for doc in sorted(docs, key=lambda one: int(one["seq"])))
    return chain


async def _holders(ctx: Context, owners: Sequence[Doc], tx: Tx | None = None) -> dict[ObjectId, Doc]:
    held = sorted({one for doc in owners for one in _listed(doc.get("holders")) if isinstance(one, ObjectId)})
    found: dict[ObjectId, Doc] = {}
    for start in range(0, len(held), MAX_IN):
        found |= await subjects.shown(ctx, held[start : start + MAX_IN], tx)
    return found


async def _strays(ctx: Context) -> list[Fault]:
    """Find entries whose subject is no id at all: they stand before or behind all others."""
    message = "It belongs to no chain."
    return [
        Fault(FaultKind.EDITED, message, entry=doc["_id"] if isinstance(doc["_id"], ObjectId) else None)
        for doc in await store.edges(ctx)
        if not isinstance(doc.get("subject"), ObjectId)
    ]


# --- judging: pure ---


def judge(
    owners: Sequence[Doc], chain: Chain, docs: Iterable[Doc], holders: Mapping[ObjectId, Doc], *, is_end: bool
) -> list[Fault]:
    """Return what is wrong with the next entries of a chain and, at its end, with what is repeated of it."""
    subject, owner = chain.links.subject, owners[0] if owners else None
    faults: list[Fault] = []
    if owner is None:
        faults.append(Fault(FaultKind.CUT, "No address and no person has this chain.", subject))
    if len(owners) > 1:
        faults.append(Fault(FaultKind.PROJECTION, "Several addresses say that this chain is theirs.", subject))
    is_elsewhere = False
    for doc in docs:
        entry, fault = chain.links.take(doc)
        faults += [fault] if fault else []
        if entry is None:
            return faults
        if "state" in entry.body:
            word = entry.topic.word
            chain.matters[word], _ = chain.matters.get(word, Matter()).take(Said.of(entry))
            named = entry.personal and not fault and entry.personal.get("identifier")
            is_elsewhere = is_elsewhere or bool(named and owner and named != owner["_id"])
    if is_elsewhere:
        message = "This chain hangs on another address than the one that it was recorded for."
        faults.append(Fault(FaultKind.PROJECTION, message, subject))
    if is_end and owner:
        try:
            faults += chain.links.end(owner.get("head"))
            faults += _projected(subject, owner, chain.matters, holders)
        except UNREADABLE:
            faults.append(Fault(FaultKind.PROJECTION, "What is known of this address cannot be read.", subject))
    return faults


def _projected(subject: ObjectId, owner: Doc, matters: Matters, holders: Mapping[ObjectId, Doc]) -> list[Fault]:
    said = []
    if fold.write(matters) != owner.get("matters"):
        said.append("The address does not stand where its entries lead.")
    if facts.of(matters, owner) != owner.get("facts"):
        said.append("The facts of the address do not follow from where it stands.")
    for holder in owner["holders"]:
        rows = [one for one in (holders.get(holder) or {}).get("standing") or () if one["i"] == owner["_id"]]
        if [{name: one[name] for name in NO_FACTS} for one in rows] != [owner.get("facts")]:
            said.append("A customer who has this address does not stand where it stands.")
    return [Fault(FaultKind.PROJECTION, one, subject) for one in said]


def _by_subject(docs: Iterable[Doc]) -> dict[ObjectId, list[Doc]]:
    found: dict[ObjectId, list[Doc]] = defaultdict(list)
    for doc in docs:
        found[doc["subject"]].append(doc)
    return dict(found)


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _ranges(numbers: Sequence[int]) -> list[list[int]]:
    found: list[list[int]] = []
    for one in numbers:
        if found and found[-1][1] == one - 1:
            found[-1][1] = one
        else:
            found.append([one, one])
    return found
