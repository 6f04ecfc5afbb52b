"""The access log in GraphQL; a customer's page links to it."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.access.model import AccessEntry as StoredEntry
from api.core import ids
from api.core.graphql import Actor, Edge, PageInfo, connected
from api.core.paging import Slice


@strawberry.type(description="Who looked at a customer, and at which fields; never at which values.")
class AccessEntry:
    """One look at a customer."""

    id: strawberry.ID
    at: datetime
    actor: Actor
    action: str
    fields: list[str]

    @classmethod
    def of(cls, one: StoredEntry) -> AccessEntry:
        """Show an entry."""
        shown = strawberry.ID(ids.show(ids.ACCESS, one.id))
        return cls(id=shown, at=one.at, actor=Actor.of(one.actor), action=one.action, fields=list(one.fields))


@strawberry.type
class AccessEntryConnection:
    """A page of the log."""

    edges: list[Edge[AccessEntry]]
    nodes: list[AccessEntry]
    page_info: PageInfo


def access_connection(rows: Slice[StoredEntry]) -> AccessEntryConnection:
    """Show a page of the log."""
    page: AccessEntryConnection = connected(AccessEntryConnection, Edge[AccessEntry], rows, AccessEntry.of)
    return page
