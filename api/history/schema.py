"""How changes are shown: saves on a timeline, changes of one field, conflicts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry

from api.core import ids
from api.core.context import Context, Source
from api.core.fields import FieldType, Read, Spec
from api.core.graphql import Actor, Edge, Json, PageInfo
from api.history.model import FIRST, Action, Change as StoredChange, PathChange as StoredPath

strawberry.enum(Action, name="ChangeAction")
strawberry.enum(Source, name="ChangeSource")
ENTRY_TYPES = {
    Action.CREATE: "profile.created",
    Action.UPDATE: "profile.updated",
    Action.TRASH: "profile.trashed",
    Action.RESTORE: "profile.restored",
    Action.REVERT: "profile.reverted",
    Action.ANONYMIZE: "profile.anonymized",
}


@strawberry.type(description="The run that made a change, and the row of its file.")
class RunRef:
    id: strawberry.ID
    kind: str
    phase: str
    row: int | None
    file_name: str | None

    @classmethod
    def of(cls, doc: Mapping[str, Any] | None) -> RunRef | None:
        """Show the run that a change names."""
        if doc is None:
            return None
        return cls(
            id=strawberry.ID(ids.show(ids.RUN, doc["id"])),
            kind=doc.get("kind", ""),
            phase=doc["phase"],
            row=doc.get("row"),
            file_name=doc.get("title"),
        )


@strawberry.type(description="What stood at a path before and after; null is absent. Bank accounts are masked.")
class PathChange:
    path: str
    label: str
    before: Json | None
    after: Json | None


@strawberry.type(description="One save of one customer.")
class Change:
    id: strawberry.ID
    customer_id: strawberry.ID
    version: int
    at: datetime
    actor: Actor
    source: Source
    action: Action
    reason: str | None
    run: RunRef | None
    paths: list[PathChange]
    revertible: bool = strawberry.field(
        description="Whether customerRevert can take it back, as far as this save goes."
    )
    reverted_by: int | None = strawberry.field(description="The version that took it back.")


@strawberry.type(description="One change of one path, with who made it.")
class FieldChange:
    path: str
    label: str
    before: Json | None
    after: Json | None
    version: int
    at: datetime
    actor: Actor
    source: Source
    reason: str | None
    run: RunRef | None


@strawberry.type
class FieldChangeConnection:
    edges: list[Edge[FieldChange]]
    nodes: list[FieldChange]
    page_info: PageInfo


@strawberry.type(description="profile.created, .updated, .trashed, .restored, .reverted or .anonymized.")
class TimelineEntry:
    id: strawberry.ID
    type: str
    at: datetime
    change: Change | None


@strawberry.type
class TimelineConnection:
    edges: list[Edge[TimelineEntry]]
    nodes: list[TimelineEntry]
    page_info: PageInfo


@strawberry.type(description="A path that somebody else changed: what it was, what it is, what was asked for.")
class FieldConflict:
    path: str
    original: Json | None
    theirs: Json | None
    yours: Json | None
    by: Actor | None
    at: datetime | None


class Shown:
    """Shows changes of a thing with these declared fields to one caller: labels, and only what she may read."""

    def __init__(self, ctx: Context, fields: Mapping[str, Spec]) -> None:
        """Take the caller and the declaration."""
        self._ctx = ctx
        self._fields = fields
        self._sees = ctx.caller.may(Read.PERSONAL.permission)

    def path(self, one: StoredPath) -> PathChange:
        """Show one path."""
        return PathChange(
            path=one.path,
            label=self.label(one.path),
            before=self.value(one.path, one.before),
            after=self.value(one.path, one.after),
        )

    def label(self, path: str) -> str:
        """Return the words for a path."""
        return self._fields[path.partition(".")[0]].label

    def value(self, path: str, value: Any) -> Any:
        """Return a stored value as it may be shown: null without the permission, bank accounts masked."""
        spec = self._fields[path.partition(".")[0]]
        if value is None:
            return None
        if spec.type is FieldType.BANK_ACCOUNTS:
            return self._bank(value)
        if spec.field.read is Read.PERSONAL and not self._sees:
            return None
        return value.isoformat() if isinstance(value, datetime) else value

    def _bank(self, item: Mapping[str, Any]) -> Any:
        if not self._sees:
            return None
        shown = {"id": item["id"], "iban": item["masked"], "primary": item.get("primary", False)}
        if self._ctx.caller.may(Read.BANK.permission):
            shown |= {name: item[name] for name in ("holder", "bic") if name in item}
        return shown

    def change(self, one: StoredChange, reverted: Mapping[int, int]) -> Change:
        """Show a save."""
        return Change(
            id=strawberry.ID(ids.show(ids.CHANGE, one.id)),
            customer_id=strawberry.ID(ids.show(ids.CUSTOMER, one.customer_id)),
            version=one.version,
            at=one.at,
            actor=Actor.of(one.actor),
            source=Source(one.source),
            action=Action(one.action),
            # What somebody typed may be about the person.
            reason=one.reason if self._sees else None,
            run=RunRef.of(one.run),
            paths=[self.path(path) for path in one.paths],
            revertible=one.action not in FIRST and bool(one.paths) and one.version not in reverted,
            reverted_by=reverted.get(one.version),
        )

    def entry(self, one: StoredChange, reverted: Mapping[int, int]) -> TimelineEntry:
        """Show a save as an entry of the timeline."""
        return TimelineEntry(
            id=strawberry.ID(ids.show(ids.CHANGE, one.id)),
            type=ENTRY_TYPES[Action(one.action)],
            at=one.at,
            change=self.change(one, reverted),
        )

    def field_change(self, path: StoredPath, one: StoredChange) -> FieldChange:
        """Show one change of one path."""
        shown = self.path(path)
        return FieldChange(
            path=shown.path,
            label=shown.label,
            before=shown.before,
            after=shown.after,
            version=one.version,
            at=one.at,
            actor=Actor.of(one.actor),
            source=Source(one.source),
            reason=one.reason if self._sees else None,
            run=RunRef.of(one.run),
        )
