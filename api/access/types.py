"""What access looks like in GraphQL: the caller, users, roles, permissions, API keys."""

from __future__ import annotations

from datetime import datetime

import strawberry
from bson import ObjectId

from api.access import model, rules
from api.core import ids
from api.core.context import ActorKind, Caller
from api.core.graphql import Actor, Info, Node

_ROLES = "roles"


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
class Permission:
    """One thing that a role may allow."""

    name: str
    about: str


@strawberry.type
class Role(Node):
    """A named set of permissions; presets cannot be changed."""

    id: strawberry.ID
    name: str
    about: str
    preset: bool
    permissions: list[str]
    source: strawberry.Private[ObjectId]

    @classmethod
    def of(cls, role: model.Role) -> Role:
        """Show a role."""
        return cls(
            id=strawberry.ID(ids.show(ids.ROLE, role.id)),
            name=role.name,
            about=role.about,
            preset=role.preset,
            permissions=sorted(role.permissions),
            source=role.id,
        )

    @strawberry.field
    async def user_count(self, info: Info) -> int:
        """How many users have it."""
        return (await known_roles(info))[self.source][1]


@strawberry.type
class User(Node):
    """Who signs in."""

    id: strawberry.ID
    name: str
    email: str
    active: bool
    created_at: datetime
    last_sign_in_at: datetime | None
    source: strawberry.Private[model.User]

    @classmethod
    def of(cls, user: model.User) -> User:
        """Show a user."""
        return cls(
            id=strawberry.ID(ids.show(ids.USER, user.id)),
            name=user.name,
            email=user.email,
            active=user.active,
            created_at=user.created_at,
            last_sign_in_at=user.last_sign_in_at,
            source=user,
        )

    @strawberry.field
    async def roles(self, info: Info) -> list[Role]:
        """What she may do."""
        return await _roles(info, self.source.role_ids)


@strawberry.type
class ApiKey(Node):
    """What a program calls with."""

    id: strawberry.ID
    name: str
    prefix: str
    scopes: list[str] = strawberry.field(description="All that it may do: what its roles allow within its scopes.")
    purposes: list[str] | None = strawberry.field(
        description="For what it may record that somebody agrees; null: for everything. Refusals it may always record."
    )
    created_at: datetime
    created_by: Actor
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = strawberry.field(description="To the minute.")
    source: strawberry.Private[model.ApiKey]

    @classmethod
    def of(cls, key: model.ApiKey) -> ApiKey:
        """Show a key."""
        return cls(
            id=strawberry.ID(ids.show(ids.KEY, key.id)),
            name=key.name,
            prefix=key.prefix,
            scopes=sorted(key.permissions),
            purposes=None if key.purposes is None else sorted(key.purposes),
            created_at=key.created_at,
            created_by=Actor.of(key.created_by),
            expires_at=key.expires_at,
            revoked_at=key.revoked_at,
            last_used_at=key.last_used_at,
            source=key,
        )

    @strawberry.field
    async def roles(self, info: Info) -> list[Role]:
        """Where its permissions come from."""
        return await _roles(info, self.source.role_ids)


async def known_roles(info: Info) -> dict[ObjectId, tuple[model.Role, int]]:
    """Return every role with its number of users, loaded once a request; a mutation forgets them."""
    memo = info.context.memo
    if _ROLES not in memo:
        memo[_ROLES] = {role.id: (role, count) for role, count in await rules.list_roles(info.context)}
    known: dict[ObjectId, tuple[model.Role, int]] = memo[_ROLES]
    return known


def forget_roles(info: Info) -> None:
    """Load roles anew when they are asked for after a write."""
    info.context.memo.pop(_ROLES, None)


async def _roles(info: Info, role_ids: tuple[ObjectId, ...]) -> list[Role]:
    known = await known_roles(info)
    return [Role.of(known[one][0]) for one in role_ids if one in known]
