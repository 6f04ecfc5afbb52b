"""The 10,000 random histories once more, with persons who go in between: every chain verifies, and stands where it stood.

Nothing is stored here: a desk takes the wishes in as it does in a transaction, and what would be written is kept in lists.
"""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest
from bson import ObjectId

from api.consent import chain, clearing, fold
from api.consent.desk import Desk
from api.consent.fold import Said
from api.consent.model import ConsentState, Entry, IdentifierKind, OptInLevel, Topic
from api.consent.wishes import Wish
from api.core import ids
from api.core.context import SYSTEM, Context
from api.core.errors import Invalid
from api.core.keys import Keys
from api.customers import rules
from tests.conftest import SECRET, START
from tests.consent.naive import random_history, state_of

pytestmark = pytest.mark.unit
ADDRESS = "anna@planted.example"
BRINGING_BACK = {ConsentState.GRANTED, ConsentState.PENDING}


class Region:
    """All that deciding asks of the settings."""

    default_region = "NL"


class Address:
    """One address, its holder, and its chain."""

    def __init__(self, ctx: Context, random: Random) -> None:
        """Begin with an address that nobody has."""
        self.ctx, self.random, self.name = ctx, random, rules.identifier_id(ctx.keys, "email", ADDRESS)
        self.doc: dict[str, Any] = {}
        self.people: dict[ObjectId, dict[str, Any]] = {}
        self.entries: list[dict[str, Any]] = []
        self.said: list[Said] = []
        self.did: Counter[str] = Counter()

    @property
    def suppressed(self) -> bool:
        """Whether nobody may come to it."""
        return "suppressed" in self.doc

    def hear(self, said: Said) -> None:
        """Take in what somebody says of it."""
        desk = Desk(self.ctx, START, {self.name: self.doc} if self.doc else {}, dict(self.people))
        try:
            entry = desk.take(_wish(said, create=self.random.random() < 0.2))
        except Invalid as error:
            assert (error.code, self.suppressed, said.state in BRINGING_BACK) == ("IDENTIFIER_SUPPRESSED", True, True)
            self.did["refused"] += 1
            return
        assert (entry is None) is self.suppressed
        if entry is None:
            assert said.state not in BRINGING_BACK
            assert desk.documents == 0
            self.did["needless"] += 1
            return
        self.doc, self.people = desk.identifiers[self.name], desk.docs
        self.entries.append(entry)
        self.said.append(said)
        self.did["came"] += bool(desk.created)

    def go(self) -> None:
        """Let whoever has it go, as an act and what clears after it do; perhaps it is suppressed."""
        if not self.doc:
            return
        self.people = {}
        self.doc = {**self.doc, "holders": []}
        if self.random.random() < 0.4:
            self.doc["suppressed"] = {"at": START, "run_id": None}
        unblanked = [one for one in self.entries if one["topic"] and one["personal"] is not None]
        while unblanked:
            some = [unblanked.pop(0) for _ in range(min(len(unblanked), 5))]
            entry = clearing.redaction(self.ctx, self.doc, [one["seq"] for one in some], START)
            for one in some:
                one["personal"] = None
            self.entries.append(entry)
            self.doc["head"] = {"seq": entry["seq"], "hash": entry["hash"]}
        self.did["went"] += 1

    def lift(self) -> None:
        """Let the address come back; nothing else does."""
        if self.doc.pop("suppressed", None):
            self.did["lifted"] += 1


def _wish(said: Said, *, create: bool) -> Wish:
    return Wish(
        kind=IdentifierKind.EMAIL, value=ADDRESS, stored=None, topic=Topic.of("EMAIL/MARKETING"), state=said.state,
        basis=said.basis, level=OptInLevel.SINGLE, source=said.source, collected_at=said.at, term=None, term_version=None,
        text_hash=None, locale=None, evidence={"note": "A card"}, reason=None, create=create, confirms=None,
        entry_id=said.entry, customer_id=ids.new(), subject_id=ids.new(),
    )  # fmt: skip


def test_ten_thousand_histories_with_persons_who_go_in_between() -> None:
    random = Random(5)
    ctx: Any = Context(db=None, settings=Region(), keys=Keys(SECRET), caller=SYSTEM, clock=lambda: START)  # type: ignore[arg-type]
    did: Counter[str] = Counter()
    for number in range(10_000):
        address = Address(ctx, random)
        for said in random_history(random):
            address.hear(said)
            if random.random() < 0.2:
                address.go()
            elif random.random() < 0.3:
                address.lift()
        did += address.did
        matter = fold.read(address.doc).get("EMAIL/MARKETING", fold.Matter())
        assert matter.state == state_of(address.said), number
        if address.entries:
            assert chain.check(ctx.keys, address.doc["subject"], address.entries, address.doc["head"]) == [], number
            assert fold.fold(map(Entry.of, address.entries)) == fold.read(address.doc), number
        for person in address.people.values():
            (row,) = person["standing"]
            assert {name: row[name] for name in address.doc["facts"]} == address.doc["facts"], number
    assert min(did[one] for one in ("refused", "needless", "came", "went", "lifted")) > 2_000, did
