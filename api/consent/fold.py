"""How entries come to a state: pure, and the same whatever order they arrive in.

Entries are ordered by `collected_at`; at one moment WITHDRAWN comes after DENIED, EXPIRED, PENDING, GRANTED, so that it wins.
The newest says the state, but a refusal stands until a GRANTED that may lift it comes strictly later. It follows that
three newest ones decide: the newest refusal, the newest that may lift one, and the newest of all that is no refusal.
If the lifter is later than the refusal, the newest that is no refusal says the state, else the refusal does. A matter keeps
those three, so that a late entry is taken in without reading the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from bson import ObjectId

from api.consent.model import REFUSALS, AppliedAs, ConsentBasis, ConsentSource, ConsentState, Entry
from api.core.mongo import Doc

RANK = {
    ConsentState.GRANTED: 0,
    ConsentState.PENDING: 1,
    ConsentState.EXPIRED: 2,
    ConsentState.DENIED: 3,
    ConsentState.WITHDRAWN: 4,
}
LIFTING_BASES = frozenset({ConsentBasis.EXPLICIT, ConsentBasis.DOUBLE_OPT_IN})
LIFTING_SOURCES = frozenset({ConsentSource.FORM, ConsentSource.PARTNER, ConsentSource.CONFIRM, ConsentSource.ADMIN})
"""Where the person herself spoke. An import, a merge or a bulk act never lifts a refusal."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a matter keeps of an entry."""

    entry: ObjectId
    state: ConsentState
    basis: ConsentBasis
    source: ConsentSource
    at: datetime
    """When it was collected."""
    version: int | None = None
    """Of the term."""

    @classmethod
    def of(cls, entry: Entry) -> Said:
        """Read what matters from an entry."""
        said = entry.body
        return cls(
            entry.id,
            ConsentState(said["state"]),
            ConsentBasis(said["basis"]),
            ConsentSource(said["source"]),
            entry.collected_at,
            said["term_version"],
        )

    @property
    def order(self) -> tuple[datetime, int]:
        """Where it stands among the others."""
        return self.at, RANK[self.state]

    @property
    def refuses(self) -> bool:
        """Whether it says no."""
        return self.state in REFUSALS

    @property
    def lifts(self) -> bool:
        """Whether it may lift an older refusal."""
        is_grant = self.state is ConsentState.GRANTED
        return is_grant and self.basis in LIFTING_BASES and self.source in LIFTING_SOURCES


@dataclass(frozen=True, slots=True)
class Matter:
    """Where a subject stands on one topic."""

    refusal: Said | None = None
    lifter: Said | None = None
    latest: Said | None = None
    """The newest that is no refusal."""

    @property
    def current(self) -> Said | None:
        """The entry that says the state."""
        refusal, lifter = self.refusal, self.lifter
        if refusal and not (lifter and lifter.at > refusal.at):
            return refusal
        return self.latest

    @property
    def state(self) -> ConsentState:
        """The state."""
        return self.current.state if self.current else ConsentState.UNKNOWN

    def take(self, said: Said) -> tuple[Matter, AppliedAs]:
        """Take an entry in, and say what it did."""
        after = Matter(
            refusal=_newer(self.refusal, said) if said.refuses else self.refusal,
            lifter=_newer(self.lifter, said) if said.lifts else self.lifter,
            latest=self.latest if said.refuses else _newer(self.latest, said),
        )
        return after, _applied(self, after, said)


def _newer(kept: Said | None, said: Said) -> Said:
    return said if kept is None or said.order > kept.order else kept


def _applied(before: Matter, after: Matter, said: Said) -> AppliedAs:
    if any(one and _same(one, said) for one in (before.refusal, before.lifter, before.latest)):
        return AppliedAs.NO_CHANGE
    if after.current != before.current:
        return AppliedAs.CURRENT
    current = after.current
    if current and current.refuses and not said.refuses and said.at > current.at:
        return AppliedAs.NO_CHANGE if said.state is ConsentState.EXPIRED else AppliedAs.BLOCKED
    return AppliedAs.SUPERSEDED


def _same(one: Said, other: Said) -> bool:
    return (one.order, one.basis, one.source, one.version) == (other.order, other.basis, other.source, other.version)


Matters: TypeAlias = dict[str, Matter]
"""Topic's word -> where a subject stands."""


def fold(entries: Iterable[Entry]) -> Matters:
    """Return where a subject stands, from its entries in the order of the chain."""
    matters: Matters = {}
    for entry in entries:
        if "state" in entry.body:
            word = entry.topic.word
            matters[word], _ = matters.get(word, Matter()).take(Said.of(entry))
    return matters


# --- the stored form ---


def read(doc: Mapping[str, Any] | None) -> Matters:
    """Read the matters of a subject's document: `[{topic, refusal, lifter, latest}]`."""
    rows = (doc or {}).get("matters") or ()
    return {one["topic"]: Matter(*(_read(one.get(name)) for name in ("refusal", "lifter", "latest"))) for one in rows}


def _read(doc: Doc | None) -> Said | None:
    if doc is None:
        return None
    return Said(
        doc["entry"],
        ConsentState(doc["state"]),
        ConsentBasis(doc["basis"]),
        ConsentSource(doc["source"]),
        doc["at"],
        doc["version"],
    )


def write(matters: Matters) -> list[Doc]:
    """Return the stored form of matters, in the order of their words."""
    return [
        {"topic": word, **{name: _write(getattr(matter, name)) for name in ("refusal", "lifter", "latest")}}
        for word, matter in sorted(matters.items())
    ]


def _write(said: Said | None) -> Doc | None:
    if said is None:
        return None
    return {
        "entry": said.entry,
        "state": said.state.value,
        "basis": said.basis.value,
        "source": said.source.value,
        "at": said.at,
        "version": said.version,
    }
