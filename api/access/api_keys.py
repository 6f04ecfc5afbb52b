"""API keys: shown once, kept as a digest, never allowed more than their maker."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from api.access import grants, passwords, store
from api.access.model import ALL, ApiKey
from api.access.sessions import KEY_HEAD
from api.core import idempotency, ids
from api.core.context import Context
from api.core.errors import Invalid, NotFound
from api.core.idempotency import Done, Once
from api.core.mongo import Doc, Tx

MAX_NAME = 100


async def create_key(
    ctx: Context,
    name: str,
    role_ids: Sequence[str],
    scopes: Sequence[str] | None,
    expires_at: datetime | None,
    once: Once,
) -> tuple[ApiKey | None, str | None, Done]:
    """Make a key and return it with its secret, which nobody can show again; a repetition answers it without.

    Raises Invalid; Forbidden for permissions beyond the caller's own.
    """
    wanted = grants.read_role_ids(role_ids)
    narrowed = None if scopes is None else _scopes(scopes)
    now = ctx.now()
    if expires_at is not None and expires_at <= now:
        raise Invalid("This moment has passed.", path=("expires_at",))
    key_id = ids.new()
    prefix = secrets.token_hex(5)
    secret = f"{KEY_HEAD}{prefix}_{passwords.token()}"
    doc: Doc = {
        "_id": key_id,
        "name": _name(name),
        "prefix": prefix,
        "digest": passwords.fingerprint(secret),
        "scopes": narrowed,
        "created_at": now,
        "created_by": ctx.caller.actor,
        "expires_at": expires_at,
        "revoked_at": None,
        "last_used_at": None,
    }

    async def decide(tx: Tx) -> Doc:
        roles = grants.resolved(await grants.roles_of(ctx, wanted, tx))
        if narrowed is not None:
            beyond = set(narrowed) - set(roles["permissions"])
            if beyond:
                raise Invalid(f"The roles do not allow {min(beyond)}.", path=("scopes",))
            roles["permissions"] = narrowed
        grants.require_all(ctx, roles["permissions"])
        return roles

    async def write(tx: Tx, roles: Doc) -> None:
        await store.hold_roles(ctx, wanted, tx)
        await store.insert_key(ctx, {**doc, **roles}, tx)

    done = await idempotency.act(ctx, once, {"id": key_id}, decide, write)
    if not done.applied:
        return None, None, done
    return await store.key(ctx, done.receipt["id"]), None if done.replayed else secret, done


async def revoke_key(ctx: Context, key_id: str, once: Once) -> tuple[ApiKey | None, Done]:
    """End a key at once; a revoked one stays as it is. Raises NotFound."""
    stored_id = ids.read(ids.KEY, key_id)
    now = ctx.now()

    async def decide(tx: Tx) -> None:
        if await store.key(ctx, stored_id, tx) is None:
            raise NotFound

    async def write(tx: Tx, _decided: None) -> None:
        await store.revoke_key(ctx, stored_id, now, tx)

    done = await idempotency.act(ctx, once, {"id": stored_id}, decide, write)
    return await store.key(ctx, stored_id), done


def _scopes(scopes: Sequence[str]) -> list[str]:
    for place, one in enumerate(scopes):
        if one not in ALL:
            raise Invalid("There is no such permission.", path=("scopes", str(place)))
    if not scopes:
        raise Invalid("Without a scope the key may do nothing.", code="REQUIRED", path=("scopes",))
    return sorted(set(scopes))


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= MAX_NAME:
        raise Invalid(f"A key's name has 1 to {MAX_NAME} characters.", path=("name",))
    return name
