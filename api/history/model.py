"""What a change is: one save of one customer, append-only.

Stored as `{_id, customer_id, version, at, actor {kind, id, name}, source, action, reverts, run {id, phase, row} | None,
personal {reason, paths [{path, before, after}]} | None}`, unique by `(customer_id, version)`. `personal` is None once the
customer was anonymized or erased: the save is known, and nothing of what it said. A path is a declared name (`job_title`),
or a list's item (`emails.<id>`, `tags.<folded word>`) with the whole item as its value; None is absent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from bson import ObjectId

from api.core.mongo import Doc


class Action(StrEnum):
    """What a save was."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    TRASH = "TRASH"
    RESTORE = "RESTORE"
    REVERT = "REVERT"
    ANONYMIZE = "ANONYMIZE"


FIRST = frozenset({Action.CREATE, Action.ANONYMIZE})
"""What begins a history, and so is never taken back."""


class PathChange(NamedTuple):
    """What stood at a path before, and after; None is absent."""

    path: str
    before: Any
    after: Any

    @property
    def doc(self) -> Doc:
        """The stored form."""
        return {"path": self.path, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True)
class Change:
    """One save, as read."""

    id: ObjectId
    customer_id: ObjectId
    version: int
    at: datetime
    actor: Doc
    source: str
    action: str
    reason: str | None
    run: Doc | None
    paths: tuple[PathChange, ...]
    reverts: int | None

    @classmethod
    def of(cls, doc: Doc) -> Change:
        """Read the stored form."""
        personal = doc.get("personal") or {}
        return cls(
            id=doc["_id"],
            customer_id=doc["customer_id"],
            version=doc["version"],
            at=doc["at"],
            actor=doc["actor"],
            source=doc["source"],
            action=doc["action"],
            reason=personal.get("reason"),
            run=doc.get("run"),
            paths=paths_of(doc),
            reverts=doc.get("reverts"),
        )


def paths_of(doc: Doc) -> tuple[PathChange, ...]:
    """Return the paths of a stored change; none of one that is blanked."""
    personal = doc.get("personal") or {}
    return tuple(PathChange(one["path"], one["before"], one["after"]) for one in personal.get("paths", ()))
