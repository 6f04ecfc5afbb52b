"""The hand of somebody who can write every collection and has no key, and who knows the program."""

from __future__ import annotations

import string
from collections.abc import Iterable
from random import Random
from typing import Any, TypeAlias

from api.consent import facts, fold
from api.consent.model import Entry
from api.customers import subjects

Doc: TypeAlias = dict[str, Any]


class Hand:
    """Writes the collections."""

    def __init__(self, stored: Any, random: Random) -> None:
        """Choose by this random."""
        self.stored, self.random = stored, random
        self.ledger, self.identifiers, self.customers = (
            stored[name] for name in ("consent_ledger", "identifiers", "customers")
        )

    def entry(self) -> Doc:
        """Return some entry."""
        return self.random.choice(list(self.ledger.find(sort=[("_id", 1)])))

    def owner(self, at_least: int = 1) -> Doc:
        """Return some identifier whose chain has so many entries."""
        found = self.identifiers.find({"head.seq": {"$gte": at_least}}, sort=[("_id", 1)])
        return dict(self.random.choice(list(found)))

    def chain(self, owner: Doc) -> list[Doc]:
        """Return its entries."""
        return list(self.ledger.find({"subject": owner["subject"]}, sort=[("seq", 1)]))

    def put(self, doc: Doc, **values: Any) -> None:
        """Change an entry. Written anew: the embedded server keeps what it indexed as unique of one that is updated."""
        self.replace([{**doc, **values}])

    def replace(self, docs: Iterable[Doc]) -> None:
        """Write entries anew, however they changed places."""
        rows = list(docs)
        self.ledger.delete_many({"_id": {"$in": [one["_id"] for one in rows]}})
        self.ledger.insert_many(rows)

    def other(self, text: str) -> str:
        """Return a text with another character at some place."""
        place = self.random.randrange(len(text))
        letters = (string.ascii_letters + string.digits).replace(text[place], "")
        return text[:place] + self.random.choice(letters) + text[place + 1 :]

    def project(self, owner: Doc, entries: list[Doc]) -> None:
        """Let an identifier and its holders stand where these entries lead, as only who knows the program can."""
        matters = fold.fold(Entry.of(one) for one in entries)
        values = {
            "head": {"seq": entries[-1]["seq"], "hash": entries[-1]["hash"]},
            "matters": fold.write(matters),
            "facts": facts.of(matters, owner),
        }
        self.identifiers.update_one({"_id": owner["_id"]}, {"$set": values})
        self.show({**owner, **values})

    def show(self, owner: Doc) -> None:
        """Let the holders repeat an identifier."""
        for holder in owner["holders"]:
            rows = subjects.with_facts(self.customers.find_one({"_id": holder})["standing"], owner, owner["type"])
            self.customers.update_one({"_id": holder}, {"$set": {"standing": rows}})
