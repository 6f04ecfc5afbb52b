r"""How entries are chained, so that editing, deleting, reordering or cutting them off is found.

    personal digest = SHA-256(canonical JSON of `personal`, which holds a random salt)
    body            = canonical JSON of the entry, the personal digest in it
    hash            = HMAC(key, previous hash + "\n" + body); of the first entry the previous hash is the subject's id

Without the key nobody makes a hash that fits. The personal part may be blanked, and the chain still verifies: a REDACTED
entry, chained like the others, names what was blanked; any other missing personal part is tampering.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import orjson
from bson import ObjectId

from api.consent.model import Entry
from api.core.keys import Keys
from api.core.mongo import Doc

PURPOSE = "consent ledger"
_JSON = orjson.OPT_SORT_KEYS


def salted(personal: Mapping[str, Any]) -> dict[str, Any]:
    """Return a personal part with the salt that keeps its digest from being guessed; what is None is left out."""
    return {"salt": secrets.token_hex(16), **{name: value for name, value in personal.items() if value is not None}}


def personal_digest(personal: Mapping[str, Any]) -> str:
    """Return the digest of a personal part."""
    return hashlib.sha256(orjson.dumps(personal, option=_JSON)).hexdigest()


def link(keys: Keys, subject: ObjectId, previous: str | None, body: Mapping[str, Any]) -> tuple[bytes, str]:
    """Return an entry's exact bytes and its hash after the previous one."""
    exact = orjson.dumps(body, option=_JSON)
    return exact, keys.mac(PURPOSE, _hashed(subject, previous, exact))


def _hashed(subject: ObjectId, previous: str | None, exact: bytes) -> bytes:
    return (previous or str(subject)).encode() + b"\n" + exact


def _place_of(entry: Entry) -> tuple[object, object] | None:
    """Return the place that an entry says it has; None when it says nothing that can be read."""
    try:
        return entry.body["seq"], entry.body["subject"]
    except (KeyError, TypeError, ValueError):
        return None


class FaultKind(StrEnum):
    """What is wrong with the ledger."""

    EDITED = "EDITED"
    MISSING = "MISSING"
    REORDERED = "REORDERED"
    CUT = "CUT"
    PERSONAL = "PERSONAL"
    PROJECTION = "PROJECTION"
    SEAL = "SEAL"
    KEY_MISSING = "KEY_MISSING"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and where."""

    kind: FaultKind
    message: str
    subject: ObjectId | None = None
    entry: ObjectId | None = None
    seq: int | None = None


@dataclass(slots=True)
class Part:
    """What one stretch of verifying came to."""

    faults: list[Fault] = field(default_factory=list)
    entries: int = 0
    subjects: int = 0
    spent: int = 0
    """How much was read, for the limit of a call."""
    place: Doc | None = None
    """Where to go on (plain JSON); None when this was the end."""


@dataclass(slots=True)
class Links:
    """Checks a chain entry by entry, so that a long one can be read in parts; what it holds is where it stands."""

    keys: Keys
    subject: ObjectId
    seq: int = 0
    last: str | None = None
    """The hash of the last entry."""
    blanked: set[int] = field(default_factory=set)
    """Entries without a personal part that no entry has named yet."""

    def take(self, doc: Mapping[str, Any]) -> tuple[Entry | None, Fault | None]:
        """Return the next entry and what is wrong with it; no entry when all that follow cannot be told any more."""
        place = self.seq + 1
        try:
            entry = Entry.of(doc)
            fault = self._link(doc, entry, place)
            lost = entry.personal is not None and personal_digest(entry.personal) != entry.body["personal"]
        except (KeyError, TypeError, ValueError, AttributeError):
            # Whoever can write the collection can leave anything there.
            return None, self._fault(FaultKind.EDITED, "It cannot be read any more.", doc, place)
        if fault:
            return None, fault
        self.seq, self.last = place, entry.hash
        if entry.personal is None:
            self.blanked.add(place)
        self.blanked.difference_update(entry.body.get("redacts", ()))
        if lost:
            return entry, self._fault(
                FaultKind.PERSONAL, "Its personal part is not the one that was recorded.", doc, place
            )
        return entry, None

    def end(self, head: Mapping[str, Any] | None) -> list[Fault]:
        """Return what is wrong when no entry follows."""
        gone = "Its personal part is gone, and no entry says why."
        faults = [Fault(FaultKind.PERSONAL, gone, self.subject, seq=seq) for seq in sorted(self.blanked)]
        return faults + self._head(head)

    def _link(self, doc: Mapping[str, Any], entry: Entry, place: int) -> Fault | None:
        if entry.seq != place:
            return self._fault(FaultKind.MISSING, f"Entry {place} is missing.", doc, place)
        holds = self.keys.check_mac(PURPOSE, _hashed(self.subject, self.last, entry.bytes), entry.hash)
        if holds is None:
            message = "It was made with a secret that is not here; set REGULARS_SECRET_OLD."
            return self._fault(FaultKind.KEY_MISSING, message, doc, place)
        if not holds and _place_of(entry) not in {None, (place, str(self.subject))}:
            return self._fault(FaultKind.REORDERED, "It stands at another place than it was recorded.", doc, place)
        if not holds:
            message = "It is not what was recorded, or does not follow the one before it."
            return self._fault(FaultKind.EDITED, message, doc, place)
        said = entry.body
        repeated = (str(doc["_id"]), doc["topic"], doc["recorded_at"])
        if repeated != (said["id"], entry.topic.word if "state" in said else None, entry.recorded_at):
            message = "Its look-up fields are not those that were recorded."
            return self._fault(FaultKind.EDITED, message, doc, place)
        return None

    def _head(self, head: Mapping[str, Any] | None) -> list[Fault]:
        known = (head or {}).get("seq"), (head or {}).get("hash")
        if not isinstance(known[0], int):
            return [Fault(FaultKind.CUT, "Nobody knows this subject's last entry.", self.subject)]
        if known == (self.seq, self.last):
            return []
        if known[0] > self.seq:
            message = f"The last entries are missing: {known[0]} were recorded, {self.seq} are there."
            return [Fault(FaultKind.CUT, message, self.subject, seq=self.seq + 1)]
        message = "The last entry is not the one that was recorded last."
        return [Fault(FaultKind.CUT, message, self.subject, seq=self.seq)]

    def _fault(self, kind: FaultKind, message: str, doc: Mapping[str, Any], place: int) -> Fault:
        entry_id = doc["_id"]
        return Fault(kind, message, self.subject, entry_id if isinstance(entry_id, ObjectId) else None, place)


def check(
    keys: Keys, subject: ObjectId, docs: Iterable[Mapping[str, Any]], head: Mapping[str, Any] | None
) -> list[Fault]:
    """Return what is wrong with a subject's whole chain, its documents in the order of `seq`; empty when it holds."""
    links, faults = Links(keys, subject), []
    for doc in docs:
        entry, fault = links.take(doc)
        faults += [fault] if fault else []
        if entry is None:
            return faults
    return faults + links.end(head)
