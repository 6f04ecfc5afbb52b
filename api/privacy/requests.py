"""What a request to anonymize or erase is: a run that plans, waits when it has to, and then clears.

`privacy_requests` hold how somebody was looked for until the selection is fixed: `{_id: run, personal {where, search, raw},
expires_at}`, and then until the run has ended only what is asked again of whoever is to go: `personal {consent}`.
`privacy_asked` hold who is asked for by name, so that nobody is asked for twice: `{_id: customer, run_id, expires_at}`.
`erasures` are kept: `{_id: customer, act, at, run_id, suppressed: [identifier ids]}`. `clearings` hold, sealed, what finds
the persons of one batch in other collections: `{_id, run_id, n, at, persons, sealed}`, until the run has ended.

A run's `options` are `{ids, suppress, apply, apply_at, policy {id, name}}`. Its `state` is that of the selection first, then
`{stage: LOOK, chunks, chunk}` while the plan looks at each; when it is applied `{stage: ACT, chunks, chunk, row, open, step}`:
who comes next, which `clearings` are not through, at which holding the first of them stands; then `{stage: SEARCH, searched}`,
and at last `{stage: CLEAN}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId, json_util

from api.access.model import Permission
from api.core.mongo import Doc, Filter
from api.core.personal import Act
from api.runs.model import Run, RunKind

MAX_IDS = 100
MAX_GRACE_DAYS = 90
MAX_REASON = 500
LOOK, ACT, SEARCH, CLEAN = "LOOK", "ACT", "SEARCH", "CLEAN"
SPARED = "SPARED"
"""The outcome of who is not meant any more: by the policy that asked, or by what the filter asked about consent."""
KINDS = {Act.ANONYMIZE: RunKind.ANONYMIZE, Act.ERASE: RunKind.ERASE}
ACTS = {kind: act for act, kind in KINDS.items()}
NEEDS = {Act.ANONYMIZE: Permission.CUSTOMER_ANONYMIZE.value, Act.ERASE: Permission.CUSTOMER_ERASE.value}
LOOKS = {Act.ANONYMIZE: "profile.anonymized", Act.ERASE: "profile.erased"}


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for, beside whom it is about."""

    ids: tuple[ObjectId, ...] | None = None
    suppress: bool = False
    """Whether what found them may find nobody again; always when they are erased."""
    apply: bool = False
    """Whether it is applied without anybody's word once it is planned, and `apply_at` is over."""
    apply_at: datetime | None = None
    policy: Mapping[str, Any] | None = None
    """{id, name} of the retention policy that asked."""

    @property
    def doc(self) -> Doc:
        """The stored form."""
        return {
            "ids": None if self.ids is None else list(self.ids),
            "suppress": self.suppress,
            "apply": self.apply,
            "apply_at": self.apply_at,
            "policy": dict(self.policy) if self.policy else None,
        }

    @classmethod
    def of(cls, doc: Mapping[str, Any]) -> Options:
        """Read the stored form."""
        chosen = doc["ids"]
        return cls(
            tuple(chosen) if chosen is not None else None,
            doc["suppress"],
            doc["apply"],
            doc["apply_at"],
            doc["policy"],
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where applying stands."""

    chunks: int
    chunk: int = 0
    row: int = 0
    cleared: int = 0
    """How many clearings there are."""
    open: tuple[ObjectId, ...] = ()
    """Those that are not through yet."""
    step: str = ""
    """The holding at which the first of them stands; empty: at the first."""

    @property
    def doc(self) -> Doc:
        """The stored form, as the run's state."""
        return {
            "stage": ACT,
            "chunks": self.chunks,
            "chunk": self.chunk,
            "row": self.row,
            "cleared": self.cleared,
            "open": list(self.open),
            "step": self.step,
        }

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Place:
        """Read the stored form."""
        names = ("chunks", "chunk", "row", "cleared", "step")
        return cls(**{name: state[name] for name in names}, open=tuple(state["open"]))


def packed(where: Filter) -> str:
    """Return a filter of the collection as text: its names hold what names of stored fields may not."""
    return json_util.dumps(where, json_options=json_util.CANONICAL_JSON_OPTIONS)


def unpacked(text: str) -> Doc:
    """Return a filter from its text."""
    where: Doc = json_util.loads(text, json_options=json_util.CANONICAL_JSON_OPTIONS)
    return where


def act_of(run: Run) -> Act:
    """Return what a run does."""
    return ACTS[run.kind]
