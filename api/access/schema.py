"""Access in GraphQL: who asks, users, roles, permissions, API keys and the access log."""

from __future__ import annotations

import strawberry

from api.core.context import ActorKind, Caller
from api.core.graphql import ANYONE, Actor, Info, query

__all__ = ["Actor", "Query", "Viewer"]


@strawberry.type
class Viewer:
    """The admin or API key that asks."""

    id: strawberry.ID
    kind: ActorKind
    name: str
    email: str | None
    roles: list[str]
    permissions: list[str]

    @classmethod
    def of(cls, caller: Caller) -> Viewer | None:
        """Show a caller; a stranger is nobody."""
        if caller.kind is ActorKind.ANONYMOUS:
            return None
        return cls(
            id=strawberry.ID(caller.id),
            kind=caller.kind,
            name=caller.name,
            email=caller.email or None,
            roles=list(caller.roles),
            permissions=sorted(caller.permissions),
        )


@strawberry.type
class Query:
    """What may be asked about access."""

    @query(needs=ANYONE, description="The admin or API key that asks; null for a stranger.")
    def viewer(self, info: Info) -> Viewer | None:
        """Return who asks."""
        return Viewer.of(info.context.caller)
