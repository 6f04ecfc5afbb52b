"""Giving and taking roles: nobody gives what she does not hold, and the last Owner stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bson import ObjectId

from api.access import store
from api.access.model import OWNER_ID, Role
from api.core import ids
from api.core.context import ActorKind, Context
from api.core.errors import Conflict, Forbidden, Invalid, NotFound
from api.core.mongo import Doc, Tx

MAX_ROLES_EACH = 20


def read_role_ids(role_ids: Sequence[str]) -> list[ObjectId]:
    """Return stored ids of roles, each once; raises Invalid (REQUIRED, INVALID) at `role_ids`."""
    if not 1 <= len(role_ids) <= MAX_ROLES_EACH:
        raise Invalid(f"Give 1 to {MAX_ROLES_EACH} roles.", code="REQUIRED", path=("role_ids",))
    try:
        return list(dict.fromkeys(ids.read(ids.ROLE, one) for one in role_ids))
    except NotFound:
        raise _no_role() from None


async def roles_of(ctx: Context, role_ids: Iterable[ObjectId], tx: Tx) -> list[Role]:
    """Return roles in the given order; raises Invalid at `role_ids` for one that does not exist."""
    known = await store.roles(ctx, tx)
    try:
        return [known[one] for one in role_ids]
    except KeyError:
        raise _no_role() from None


def resolved(roles: Iterable[Role]) -> Doc:
    """Return what a user document keeps of its roles."""
    roles = list(roles)
    return {
        "role_ids": [one.id for one in roles],
        "roles": [one.name for one in roles],
        "permissions": sorted(allowed(roles)),
    }


def allowed(roles: Iterable[Role]) -> frozenset[str]:
    """Return all that roles allow together."""
    return frozenset[str]().union(*(one.permissions for one in roles))


def require_all(ctx: Context, permissions: Iterable[str]) -> None:
    """Raise Forbidden unless the caller holds every one of the permissions that would be given or taken."""
    for one in sorted(permissions):
        if not ctx.caller.may(one):
            raise Forbidden(f"You do not hold {one}, so you cannot give or take it.", extensions={"permission": one})


async def keep_an_owner(ctx: Context, leaving: ObjectId, tx: Tx) -> None:
    """Raise Conflict (LAST_OWNER) when nobody else is an Owner who can sign in; whoever goes on writes the guard."""
    if not await store.owners(ctx, tx) - {leaving}:
        raise Conflict("The last Owner stays: make somebody else an Owner first.", code="LAST_OWNER")


def is_owner(role_ids: Iterable[ObjectId]) -> bool:
    """Tell whether the Owner role is among these."""
    return OWNER_ID in set(role_ids)


def require_user(ctx: Context) -> ObjectId:
    """Return the id of the user who asks; raises Forbidden for an API key."""
    if ctx.caller.kind is not ActorKind.USER:
        raise Forbidden("Only a signed-in user has a password.")
    return ids.read(ids.USER, ctx.caller.id)


def _no_role() -> Invalid:
    return Invalid("There is no role with this id.", path=("role_ids",))
