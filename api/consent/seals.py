"""Reads the seals: against the entries of their days, against each other, and against those that left the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email import message_from_string
from typing import Any

import orjson
from bson import ObjectId

from api.consent import store
from api.consent.chain import Fault, FaultKind, Part
from api.consent.sealing import ANY_DAY, ENTRIES_TOGETHER, LEDGER, Rolled, is_over
from api.core import jws
from api.core.context import Context
from api.core.errors import Invalid
from api.core.mongo import Doc
from api.core.paging import Cursors, Slice, cut, page

SEALS_TOGETHER = 100
PATIENCE = timedelta(days=1)
"""For so long a day that is over may wait for its seal, as while the scheduler is away."""
_SAID = ("entries", "root", "previous")
_NOBODY = ObjectId("0" * 24)


@dataclass(slots=True)
class _Place:
    """Behind a day that was checked, with what the next one follows on; perhaps within that next one."""

    day: str = ""
    root: str | None = None
    rolled: Rolled | None = None

    def saved(self) -> Doc:
        one = self.rolled
        beyond = [one.beyond[0].isoformat(), str(one.beyond[1])] if one and one.beyond else None
        rolled = [one.root, one.entries, beyond] if one else None
        return {"day": self.day, "root": self.root, "rolled": rolled}

    @classmethod
    def of(cls, saved: Doc) -> _Place:
        rolled = None
        if saved["rolled"]:
            root, entries, beyond = saved["rolled"]
            at = (datetime.fromisoformat(beyond[0]), ObjectId(beyond[1])) if beyond else None
            rolled = Rolled(root, entries, at)
        return cls(saved["day"], saved["root"], rolled)


async def walk(ctx: Context, place: Doc | None, budget: int) -> Part:
    """Check the seals of the next days, about `budget` entries of them."""
    here, part = _Place.of(place) if place else _Place(), Part()
    found = await store.seals(ctx, {"_id": {**ANY_DAY, "$gt": here.day}}, [("_id", 1)], SEALS_TOGETHER)
    for seal in found:
        day = _day(seal["_id"])
        if day is None:
            part.faults.append(Fault(FaultKind.SEAL, "There is a seal of what is no day."))
            here.day = seal["_id"]
            continue
        rolled = here.rolled = here.rolled or Rolled.begin(seal["_id"], here.root)
        is_end = False
        while not is_end:
            if part.spent >= budget:
                part.place = here.saved()
                return part
            before = rolled.entries
            is_end = await rolled.on(ctx, day, ENTRIES_TOGETHER)
            part.spent += rolled.entries - before
        part.spent += 1
        said = _signed(ctx, seal.get("signature"))
        part.faults += _judge(seal, said, here, rolled)
        here = _Place(seal["_id"], str(said["root"] if isinstance(said, dict) else seal.get("root")))
    if len(found) == SEALS_TOGETHER:
        part.place = here.saved()
    else:
        part.faults += await _unsealed(ctx, here)
    return part


def _judge(seal: Doc, said: Mapping[str, Any] | Fault, here: _Place, rolled: Rolled) -> Iterator[Fault]:
    day, before = seal["_id"], _day(here.day)
    if before and _day(day) != before + timedelta(days=1):
        yield Fault(FaultKind.SEAL, f"The seals between {here.day} and {day} are missing.")
    elif seal.get("previous") != here.root:
        yield Fault(FaultKind.SEAL, f"The seal of {day} does not follow the one before it.")
    if isinstance(said, Fault):
        yield Fault(said.kind, f"The seal of {day}: {said.message}")
    elif {name: seal.get(name) for name in _SAID} != {name: said.get(name) for name in _SAID} or said["day"] != day:
        yield Fault(FaultKind.SEAL, f"The seal of {day} was changed after it was signed.")
    if (rolled.entries, rolled.root) != (seal.get("entries"), seal.get("root")):
        message = (
            f"The entries of {day} are not those that were sealed: {seal.get('entries')} then, {rolled.entries} now."
        )
        yield Fault(FaultKind.SEAL, message)


async def _unsealed(ctx: Context, here: _Place) -> list[Fault]:
    """Find the days after the last seal that should have one by now."""
    last = _day(here.day)
    began = None if last else await store.first_recorded(ctx)
    day = last + timedelta(days=1) if last else began.date() if began else None
    if day and is_over(ctx, day, PATIENCE):
        return [Fault(FaultKind.SEAL, f"The day {day} and all after it are not sealed; does the scheduler run?")]
    return []


# --- those that left ---


async def compare(ctx: Context, text: str) -> tuple[int, list[Fault]]:
    """Compare the seals in a text (the JWS itself, lines of the log, a mail) with those stored; return how many, and faults.

    Raises Invalid when there is none in it.
    """
    found = list(dict.fromkeys(_documents(text)))
    if not found:
        raise Invalid("There is no seal in it.")
    faults: list[Fault] = []
    for document in found:
        said = _signed(ctx, document)
        if isinstance(said, Fault):
            faults.append(Fault(said.kind, f"A seal that left: {said.message}"))
            continue
        stored = await store.seal(ctx, said["day"])
        if stored is None:
            faults.append(Fault(FaultKind.SEAL, f"The seal of {said['day']} left, and is not stored any more."))
        elif any(stored.get(name) != said.get(name) for name in _SAID):
            message = (
                f"The seal of {said['day']} that is stored is not the one that left: {said['entries']} entries then."
            )
            faults.append(Fault(FaultKind.SEAL, message))
    return len(found), faults


def _documents(text: str) -> Iterator[str]:
    mail = message_from_string(text)
    if "content-transfer-encoding" in mail and not mail.is_multipart():
        text = bytes(mail.get_payload(decode=True)).decode(errors="replace")
    for one in (text, *text.splitlines()):
        found = _parsed(one[max(one.find("{"), 0) :])
        if isinstance(found, dict) and isinstance(found.get("seal"), str):
            yield found["seal"]
        elif isinstance(found, dict) and {"payload", "protected", "signature"} <= found.keys():
            yield orjson.dumps(found).decode()


def _signed(ctx: Context, document: object) -> dict[str, Any] | Fault:
    """Return what a seal says, or what is wrong with its signature."""
    try:
        said = _parsed(jws.verify(document if isinstance(document, str) else "", ctx.keys.key_set()))
    except Invalid as error:
        if error.code == "UNKNOWN_KEY":
            message = "It was made with a secret that is not here; set REGULARS_SECRET_OLD."
            return Fault(FaultKind.KEY_MISSING, message)
        return Fault(FaultKind.SEAL, error.message)
    # Receipts are signed by the same key.
    if not isinstance(said, dict) or said.get("ledger") != LEDGER or not {"day", *_SAID} <= said.keys():
        return Fault(FaultKind.SEAL, "It is signed, but it is no seal.")
    return said


def _parsed(text: str | bytes) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _day(text: object) -> date | None:
    try:
        found = date.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.isoformat() == text else None


# --- the list ---


async def listed(
    ctx: Context, first: int | None, after: str | None, last: int | None, before: str | None
) -> Slice[Doc]:
    """Return seals, newest first. Raises Invalid for sizes and cursors."""
    cursors = Cursors(ctx.keys, "consent seals")
    asked = page(cursors, first, after, last, before)
    where: Doc = {"_id": ANY_DAY}
    if asked.cursor:
        where = {"_id": {"$gt" if asked.backward else "$lt": asked.cursor[0]}}
    way = 1 if asked.backward else -1
    docs = await store.seals(ctx, where, [("_id", way)], asked.size + 1 if asked.size else 0)
    return cut(docs, asked, cursors, lambda doc: (doc["_id"], _NOBODY))
