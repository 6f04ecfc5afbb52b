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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson
from bson import ObjectId

from api.consent.model import Entry
from api.core.keys import Keys

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


def check(
    keys: Keys, subject: ObjectId, docs: Sequence[Mapping[str, Any]], head: Mapping[str, Any] | None
) -> list[Fault]:
    """Return what is wrong with a subject's whole chain, its documents in the order of `seq`; empty when it holds."""
    faults: list[Fault] = []
    previous: str | None = None
    blanked: dict[int, Entry] = {}
    redacted: set[int] = set()
    for place, doc in enumerate(docs, start=1):
        entry = Entry.of(doc)
        found = _entry(keys, subject, doc, entry, previous, place)
        if found:
            # What follows cannot be told from here on: the first fault names the place.
            return [found]
        if entry.personal is None:
            blanked[entry.seq] = entry
        elif personal_digest(entry.personal) != entry.body["personal"]:
            faults.append(
                Fault(
                    FaultKind.PERSONAL, "Its personal part is not the one that was recorded.", subject, entry.id, place
                )
            )
        redacted.update(entry.body.get("redacts", ()))
        previous = entry.hash
    faults += [
        Fault(FaultKind.PERSONAL, "Its personal part is gone, and no entry says why.", subject, one.id, seq)
        for seq, one in blanked.items()
        if seq not in redacted
    ]
    return faults + _head(subject, docs, head)


def _entry(
    keys: Keys, subject: ObjectId, doc: Mapping[str, Any], entry: Entry, previous: str | None, place: int
) -> Fault | None:
    if entry.seq != place:
        kind, message = FaultKind.MISSING, f"Entry {place} is missing."
        return Fault(kind, message, subject, entry.id, place)
    holds = keys.check_mac(PURPOSE, _hashed(subject, previous, entry.bytes), entry.hash)
    if holds is None:
        message = "It was made with a secret that is not here; set REGULARS_SECRET_OLD."
        return Fault(FaultKind.KEY_MISSING, message, subject, entry.id, place)
    if not holds:
        message = "It is not what was recorded, or does not follow the one before it."
        return Fault(FaultKind.EDITED, message, subject, entry.id, place)
    said = entry.body
    if said["seq"] != place or said["subject"] != str(subject):
        return Fault(FaultKind.REORDERED, "It stands at another place than it was recorded.", subject, entry.id, place)
    repeated = (str(doc["_id"]), doc["topic"], doc["recorded_at"])
    if repeated != (said["id"], entry.topic.word if "state" in said else None, entry.recorded_at):
        return Fault(FaultKind.EDITED, "Its look-up fields are not those that were recorded.", subject, entry.id, place)
    return None


def _head(subject: ObjectId, docs: Sequence[Mapping[str, Any]], head: Mapping[str, Any] | None) -> list[Fault]:
    last = (docs[-1]["seq"], docs[-1]["hash"]) if docs else (0, None)
    if head is None:
        return [Fault(FaultKind.CUT, "Nobody knows this subject's last entry.", subject)]
    if (head["seq"], head["hash"]) == last:
        return []
    if head["seq"] > last[0]:
        message = f"The last entries are missing: {head['seq']} were recorded, {last[0]} are there."
        return [Fault(FaultKind.CUT, message, subject, seq=last[0] + 1)]
    return [Fault(FaultKind.CUT, "The last entry is not the one that was recorded last.", subject, seq=last[0])]
