"""Roles: sets of permissions that a company names itself, beside the presets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bson import ObjectId

from api.access import grants, store
from api.access.model import ALL, PRESETS, Role
from api.core import idempotency, ids
from api.core.context import Context
from api.core.errors import Conflict, Invalid, NotFound
from api.core.idempotency import Done, Once
from api.core.mongo import Doc, Tx

MAX_NAME = 60
MAX_ABOUT = 500
MAX_HOLDERS = 400
"""Of each sort, so that a change with all its holders fits one transaction."""
_HOLDERS = ("users", "api_keys")


async def list_roles(ctx: Context) -> list[tuple[Role, int]]:
    """Return every role with how many users have it, presets first."""
    counts = Counter(one for each in await store.role_ids_of_users(ctx) for one in each)
    return [(role, counts[role.id]) for role in (await store.roles(ctx)).values()]


async def create_role(
    ctx: Context, name: str, about: str | None, permissions: Sequence[str], once: Once
) -> tuple[Role | None, Done]:
    """Make a role; raises Invalid and Forbidden for permissions beyond the caller's own."""
    role_id = ids.new()
    doc: Doc = {"_id": role_id, "name": _name(name), "about": _about(about), "guard": 0}
    doc["permissions"] = _permissions(permissions)
    grants.require_all(ctx, doc["permissions"])

    async def decide(tx: Tx) -> None:
        known = await store.roles(ctx, tx)
        _unique(known, doc["name"], None)
        if len(known) >= store.MAX_ROLES:
            raise Conflict(f"There are {store.MAX_ROLES} roles already.", code="LIMIT_EXCEEDED")

    async def write(tx: Tx, _decided: None) -> None:
        await store.insert_role(ctx, doc, tx)

    done = await idempotency.act(ctx, once, {"id": role_id}, decide, write)
    return (await store.roles(ctx)).get(done.receipt["id"]) if done.applied else None, done


async def update_role(
    ctx: Context, role_id: str, name: str | None, about: str | None, permissions: Sequence[str] | None, once: Once
) -> tuple[Role | None, Done]:
    """Change a role; what it allows changes for all its users and keys at once.

    Raises NotFound; Conflict (PRESET) for the roles that come with Regulars; Forbidden for permissions beyond the
    caller's own, given or taken.
    """
    stored_id = _own(role_id)
    values: Doc = {} if name is None else {"name": _name(name)}
    if about is not None:
        values["about"] = _about(about)
    if permissions is not None:
        values["permissions"] = _permissions(permissions)

    async def decide(tx: Tx) -> dict[str, dict[ObjectId, Doc]]:
        known = await store.roles(ctx, tx)
        role = known.get(stored_id)
        if role is None:
            raise NotFound
        _unique(known, values.get("name"), stored_id)
        grants.require_all(ctx, role.permissions ^ frozenset(values.get("permissions", role.permissions)))
        after = Role(
            stored_id, values.get("name", role.name), "", frozenset(values.get("permissions", role.permissions))
        )
        return {one: await _rewritten(ctx, one, {**known, stored_id: after}, stored_id, tx) for one in _HOLDERS}

    async def write(tx: Tx, holders: dict[str, dict[ObjectId, Doc]]) -> None:
        await store.hold_roles(ctx, [stored_id], tx)
        if values:
            await store.set_role(ctx, stored_id, values, tx)
        for one, changes in holders.items():
            await store.set_many(ctx, one, changes, tx)

    done = await idempotency.act(ctx, once, {"id": stored_id}, decide, write)
    return (await store.roles(ctx)).get(stored_id), done


async def delete_role(ctx: Context, role_id: str, once: Once) -> Done:
    """Delete a role that nobody has; raises NotFound, Conflict (IN_USE, PRESET)."""
    stored_id = _own(role_id)

    async def decide(tx: Tx) -> None:
        role = (await store.roles(ctx, tx)).get(stored_id)
        if role is None:
            raise NotFound
        grants.require_all(ctx, role.permissions)
        for one in _HOLDERS:
            if await store.holders(ctx, one, stored_id, 1, tx):
                raise Conflict("Somebody has this role; give them another one first.", code="IN_USE")

    async def write(tx: Tx, _decided: None) -> None:
        await store.delete_role(ctx, stored_id, tx)

    return await idempotency.act(ctx, once, {"id": stored_id}, decide, write)


async def _rewritten(
    ctx: Context, collection: str, known: dict[ObjectId, Role], role_id: ObjectId, tx: Tx
) -> dict[ObjectId, Doc]:
    """Return what each holder of a role keeps of its roles after the change."""
    holders = await store.holders(ctx, collection, role_id, MAX_HOLDERS + 1, tx)
    if len(holders) > MAX_HOLDERS:
        raise Conflict(f"More than {MAX_HOLDERS} hold this role; make another one.", code="LIMIT_EXCEEDED")
    changed: dict[ObjectId, Doc] = {}
    for one in holders:
        values = grants.resolved(known[each] for each in one["role_ids"] if each in known)
        if one.get("scopes") is not None:
            values["permissions"] = sorted(set(values["permissions"]) & set(one["scopes"]))
        changed[one["_id"]] = values
    return changed


def _own(role_id: str) -> ObjectId:
    stored_id = ids.read(ids.ROLE, role_id)
    if stored_id in PRESETS:
        raise Conflict("This role comes with Regulars and stays as it is; make one of your own.", code="PRESET")
    return stored_id


def _unique(known: dict[ObjectId, Role], name: str | None, own: ObjectId | None) -> None:
    if name and any(one.name.casefold() == name.casefold() and one.id != own for one in known.values()):
        raise Conflict("There is a role of this name already.", code="DUPLICATE_IDENTIFIER", path=("name",))


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= MAX_NAME:
        raise Invalid(f"A role's name has 1 to {MAX_NAME} characters.", path=("name",))
    return name


def _about(about: str | None) -> str:
    about = (about or "").strip()
    if len(about) > MAX_ABOUT:
        raise Invalid(f"This has at most {MAX_ABOUT} characters.", code="TOO_LONG", path=("about",))
    return about


def _permissions(permissions: Sequence[str]) -> list[str]:
    for place, one in enumerate(permissions):
        if one not in ALL:
            raise Invalid("There is no such permission.", path=("permissions", str(place)))
    return sorted(set(permissions))
