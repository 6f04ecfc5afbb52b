"""What a run is: one long act, worked off in batches, each saved together with the run's cursor.

Stored as `{_id, kind, phase, status, title, created_at, created_by, personal {email, reason}, started_at, phase_started_at,
finished_at, processed, total, rate, planned {name: count}, outcome {name: count}, tallies {name: count}, cursor, state,
options, details, fence, attempt, stalled, wake_at, error, log}`. `cursor` counts the batches that were committed; `state`
is where the handler goes on; both change in the transaction of the batch, and only for the holder of the present `fence`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bson import ObjectId

from api.core.errors import Problem
from api.core.mongo import Doc

MAX_LOG = 50


class RunKind(StrEnum):
    """What a run does."""

    IMPORT = "IMPORT"
    EXPORT = "EXPORT"
    ANONYMIZE = "ANONYMIZE"
    ERASE = "ERASE"
    COPY = "COPY"


class RunPhase(StrEnum):
    """Say what would change, change exactly that, take it back."""

    PLAN = "PLAN"
    APPLY = "APPLY"
    UNDO = "UNDO"


class RunStatus(StrEnum):
    """READY is a plan that waits to be applied."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    READY = "READY"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


ACTIVE = (RunStatus.QUEUED, RunStatus.RUNNING)


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it was read; a committed batch makes the next one."""

    id: ObjectId
    kind: RunKind
    phase: RunPhase
    status: RunStatus
    title: str
    created_at: datetime
    created_by: Doc
    email: str
    """Whom to tell at the end; empty for nobody."""
    reason: str | None
    """What whoever started it said; only runs that are asked for one have it."""
    started_at: datetime | None
    phase_started_at: datetime | None
    finished_at: datetime | None
    processed: int
    total: int | None
    rate: float | None
    """Rows a second of the last batches."""
    planned: dict[str, int]
    outcome: dict[str, int]
    tallies: dict[str, int]
    cursor: int
    state: Doc
    options: Doc
    fence: int
    attempt: int
    details: Doc
    """What the handler wants to remember and show."""
    stalled: int
    """How often the run was claimed since its last committed batch."""
    error: Problem | None
    log: tuple[tuple[datetime, str], ...] = ()

    @classmethod
    def of(cls, doc: Doc) -> Run:
        """Read the stored form."""
        error = doc.get("error")
        return cls(
            id=doc["_id"],
            kind=RunKind(doc["kind"]),
            phase=RunPhase(doc["phase"]),
            status=RunStatus(doc["status"]),
            title=doc["title"],
            created_at=doc["created_at"],
            created_by=doc["created_by"],
            email=(doc.get("personal") or {}).get("email", ""),
            reason=(doc.get("personal") or {}).get("reason"),
            started_at=doc.get("started_at"),
            phase_started_at=doc.get("phase_started_at"),
            finished_at=doc.get("finished_at"),
            processed=doc["processed"],
            total=doc.get("total"),
            rate=doc.get("rate"),
            planned=doc.get("planned", {}),
            outcome=doc.get("outcome", {}),
            tallies=doc.get("tallies", {}),
            cursor=doc["cursor"],
            state=doc["state"],
            options=doc["options"],
            fence=doc["fence"],
            attempt=doc["attempt"],
            details=doc.get("details", {}),
            stalled=doc["stalled"],
            error=Problem(error["code"], error["message"]) if error else None,
            log=tuple((one["at"], one["text"]) for one in doc.get("log", ())),
        )

    @property
    def eta_seconds(self) -> int | None:
        """How long the phase will go on at the present rate; None when nobody can tell."""
        if self.status is not RunStatus.RUNNING or not self.rate or self.total is None:
            return None
        return max(0, round((self.total - self.processed) / self.rate))


@dataclass(slots=True)
class Step:
    """What one committed batch does to its run."""

    state: Doc
    processed: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    """Dotted counter -> how much more: `planned.CREATE`, `tallies.NO_KEY`."""
    put: Doc = field(default_factory=dict)
    """Other fields of the run to set."""
    ends: RunStatus | None = None
    """How the phase ended, with this batch; QUEUED: the next phase waits for a worker."""
    text: str = ""
    """A line for the run's log."""
    after: tuple[tuple[Any, str], ...] = ()
    """(job, id) pairs to ask for once it is committed."""
