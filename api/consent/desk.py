"""What one transaction makes of wishes: subjects, customers and entries, as they come to be one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bson import ObjectId

from api.consent import chain, facts, fold, pending, store
from api.consent.fold import Said
from api.consent.model import AppliedAs, ConsentState, Entry, IdentifierKind, TopicKind
from api.consent.wishes import Wish
from api.core.context import Context
from api.core.errors import Invalid, NotFound
from api.core.mongo import Doc, Tx
from api.customers import parsing, rules as customers, subjects
from api.customers.acts import reader
from api.customers.rules import Book, Decision

_NAMES: dict[IdentifierKind, Any] = {
    IdentifierKind.EMAIL: lambda value: {"emails": {"add": [{"address": value}]}},
    IdentifierKind.PHONE: lambda value: {"phones": {"add": [{"number": value}]}},
    IdentifierKind.PUSH: lambda value: {"push_tokens": {"add": [{"token": value, "channel": "PUSH"}]}},
    IdentifierKind.WEB_PUSH: lambda value: {"push_tokens": {"add": [{"token": value, "channel": "WEB_PUSH"}]}},
    IdentifierKind.REFERENCE_ID: lambda value: {"reference_id": value},
}
"""What a person is created with who is known by nothing else."""
_BRINGING_BACK = frozenset({ConsentState.GRANTED, ConsentState.PENDING})
_SUPPRESSED = "This belonged to somebody who was erased; who may lift that can let it come back."


@dataclass(slots=True)
class Desk:
    """Takes wishes in, one after the other, each as if those before it were written."""

    ctx: Context
    now: datetime
    identifiers: dict[str, Doc]
    docs: dict[ObjectId, Doc]
    entries: list[Doc] = field(default_factory=list)
    created: dict[ObjectId, Decision] = field(default_factory=dict)
    advanced: dict[str, str] = field(default_factory=dict)
    """Identifiers whose chain grew -> their type."""
    shown: set[ObjectId] = field(default_factory=set)
    """Customers whose standing is to be written."""
    pending: dict[ObjectId, list[Entry]] = field(default_factory=dict)
    """What is to be confirmed, and what was said of it since."""

    @classmethod
    async def open(cls, ctx: Context, wishes: Sequence[Wish], now: datetime, tx: Tx | None) -> Desk:
        """Load what taking these in needs: identifiers, holders, and for persons' own topics theirs; 2 or 3 commands."""
        found = await subjects.load(ctx, sorted({identifier_of(ctx, one) for one in wishes}), tx)
        holders = {holder for doc in found.values() for holder in doc.get("holders", ())}
        holders |= {ObjectId(one.value) for one in wishes if _is_own(one)}
        docs = await customers.current(ctx, sorted(holders), tx)
        # Who is named by her own id has her own identifier loaded above.
        named = {identifier_of(ctx, one) for one in wishes if one.topic.address is None and not _is_own(one)}
        own = {subjects.own_id(ctx, one) for name in named for one in found.get(name, {}).get("holders", ())}
        if own - found.keys():
            found |= await subjects.load(ctx, sorted(own - found.keys()), tx)
        asked = {one.confirms: await pending.load(ctx, one.confirms, tx) for one in wishes if one.confirms}
        return cls(ctx, now, found, docs, pending=asked)

    def take(self, wish: Wish) -> Doc | None:
        """Append what a wish says to its subject's chain and return the entry's document.

        None where nothing has to be kept: of whoever was erased nothing is known, and her no changes nothing.
        Raises Invalid (AMBIGUOUS_IDENTIFIER, IDENTIFIER_SUPPRESSED), NotFound, and what creating the person is refused with.
        """
        identifier = identifier_of(self.ctx, wish)
        if "suppressed" in self.identifiers.get(identifier, {}):
            if wish.state not in _BRINGING_BACK:
                return None
            raise Invalid(_SUPPRESSED, code="IDENTIFIER_SUPPRESSED", path=("identifier",))
        if wish.confirms:
            pending.check(self.pending[wish.confirms])
        holders = self._holders(wish, identifier)
        if not holders and not wish.stored and (wish.create or wish.topic.address is None):
            holders = [self._create(wish, identifier)]
        if wish.topic.address is not None or len(holders) > 1:
            # Several hold this phone: their no is the number's no, which all of them carry.
            return self._append(wish, identifier, wish.kind.value.lower(), holders)
        if not holders:
            raise NotFound(path=("identifier",))
        own = subjects.own_id(self.ctx, holders[0])
        return self._append(wish, own, "customer", holders)

    def _holders(self, wish: Wish, identifier: str) -> list[ObjectId]:
        if _is_own(wish):
            if ObjectId(wish.value) not in self.docs:
                raise NotFound(path=("identifier", "customer_id"))
            return [ObjectId(wish.value)]
        holders = list(self.identifiers.get(identifier, {}).get("holders", ()))
        if len(holders) > 1 and not (wish.refuses and wish.topic.kind is not TopicKind.TERM):
            message = "Several people have this number, so it does not say who agreed; only a refusal counts for all."
            raise Invalid(message, code="AMBIGUOUS_IDENTIFIER", path=("identifier",))
        return holders

    def _create(self, wish: Wish, identifier: str) -> ObjectId:
        parsed = parsing.parse(_NAMES[wish.kind](wish.value), reader(self.ctx))
        if parsed.errors:
            raise Invalid(parsed.errors[0].message, code=parsed.errors[0].code, path=("identifier",))
        known = self.identifiers.get(identifier, {})
        book = Book({}, {}, {identifier: known["facts"]} if "facts" in known else {})
        decision = customers.decide(self.ctx, book, parsed.edit, wish.customer_id, at=self.now)
        if not decision.writes:
            problem = decision.problems[0]
            raise Invalid(problem.message, code=problem.code, path=("identifier",))
        self.created[wish.customer_id] = decision
        self.docs[wish.customer_id] = decision.after
        self.identifiers[identifier] = {
            **known, "_id": identifier, "holders": [wish.customer_id], "seen_at": self.now
        }  # fmt: skip
        return wish.customer_id

    def _append(self, wish: Wish, identifier: str, kind: str, holders: Iterable[ObjectId]) -> Doc:
        doc = {"_id": identifier, "holders": list(holders), **self.identifiers.get(identifier, {})}
        doc.setdefault("subject", wish.subject_id)
        head = doc.get("head") or {"seq": 0, "hash": None}
        matters = fold.read(doc)
        word = wish.topic.word
        said = Said(wish.entry_id, wish.state, wish.basis, wish.source, wish.collected_at, wish.term_version)
        matters[word], applied = matters.get(word, fold.Matter()).take(said)
        entry = self._entry(wish, doc, head, applied)
        doc["head"] = {"seq": entry["seq"], "hash": entry["hash"]}
        doc["matters"] = fold.write(matters)
        seen = doc.setdefault("seen_at", wish.collected_at)
        # Who leaves through an old address does not make it the one to write to.
        doc["seen_at"] = seen if wish.refuses else max(seen, wish.collected_at)
        doc["facts"] = facts.of(matters, doc)
        self.identifiers[identifier] = doc
        self.advanced[identifier] = kind
        self.entries.append(entry)
        for holder in holders:
            self._show(holder, doc, kind)
        return entry

    def _show(self, holder: ObjectId, identifier: Doc, kind: str) -> None:
        customer = self.docs[holder]
        rows = subjects.with_facts(customer.get("standing") or [], identifier, kind)
        if rows != customer.get("standing"):
            customer["standing"] = rows
            self.shown.add(holder)

    def _entry(self, wish: Wish, identifier: Doc, head: Doc, applied: AppliedAs) -> Doc:
        subject = identifier["subject"]
        personal = chain.salted({
            # Named, so that nobody can hang a chain on another address.
            "identifier": identifier["_id"],
            "kind": wish.kind.value, "value": wish.value or None, "reason": wish.reason,
            **{f"evidence_{name}": value for name, value in wish.evidence.items()},
        })  # fmt: skip
        topic, seq = wish.topic, head["seq"] + 1
        body = {
            "v": 1, "id": str(wish.entry_id), "subject": str(subject), "seq": seq,
            "kind": topic.kind.value, "channel": topic.channel and topic.channel.value, "purpose": topic.purpose,
            "list": topic.list, "term": wish.term, "term_version": wish.term_version, "text_hash": wish.text_hash,
            "state": wish.state.value, "basis": wish.basis.value, "level": wish.level.value, "locale": wish.locale,
            "source": wish.source.value, "collected_at": wish.collected_at.isoformat(),
            "recorded_at": self.now.isoformat(), "actor": dict(self.ctx.caller.actor), "applied_as": applied.value,
            "confirms": wish.confirms and str(wish.confirms), "personal": chain.personal_digest(personal),
        }  # fmt: skip
        exact, made = chain.link(self.ctx.keys, subject, head["hash"], body)
        return {
            "_id": wish.entry_id, "subject": subject, "seq": seq, "topic": topic.word, "recorded_at": self.now,
            "hash": made, "body": exact, "personal": personal,
        }  # fmt: skip

    def holders_of(self, wish: Wish) -> list[ObjectId]:
        """Return the customers whom a wish named, who may be new."""
        if _is_own(wish):
            return [ObjectId(wish.value)]
        return list(self.identifiers.get(identifier_of(self.ctx, wish), {}).get("holders", ()))

    @property
    def documents(self) -> int:
        """How many documents `write` writes, at most."""
        born = sum(3 + len(one.after["standing"]) for one in self.created.values())
        return len(self.entries) + len(self.advanced) + len(self.shown) + born

    async def write(self, tx: Tx) -> None:
        """Write it all: heads first, then persons who are new, the entries, and who stands where."""
        moved = []
        for identifier, kind in self.advanced.items():
            doc = self.identifiers[identifier]
            values = {name: doc[name] for name in ("subject", "head", "matters", "facts", "seen_at")}
            born = doc["holders"] if kind == "customer" else []
            moved.append((identifier, values, {"type": kind, "holders": born}))
        old = {one: self.docs[one]["standing"] for one in self.shown - self.created.keys()}
        await subjects.write(self.ctx, tx, moved, old)
        if self.created:
            await customers.save(self.ctx, tx, list(self.created.values()))
        await store.insert(self.ctx, self.entries, tx)


def _is_own(wish: Wish) -> bool:
    return wish.kind is IdentifierKind.CUSTOMER and not wish.stored


def identifier_of(ctx: Context, wish: Wish) -> str:
    """Return the id of the identifier that a wish names."""
    return wish.stored or customers.identifier_id(ctx.keys, wish.kind.value.lower(), wish.value)
