"""API keys: shown once, kept as a digest, never allowed more than their maker."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from api.access import grants, passwords, store
from api.access.model import ALL, ApiKey
from api.access.sessions import KEY_HEAD
from api.core import idempotency, ids
from api.core.context import Context
from api.core.errors import Forbidden, Invalid, NotFound
from api.core.idempotency import Done, Once
from api.core.mongo import Doc, Tx

MAX_NAME = 100
MAX_PURPOSES = 20
_PURPOSE = re.compile(r"[A-Z][A-Z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class NewKey:
    """What is wished of a key: `scopes` and `purposes` narrow it when they are not None."""

    name: str
    role_ids: Sequence[str]
    scopes: Sequence[str] | None = None
    purposes: Sequence[str] | None = None
    expires_at: datetime | None = None


async def create_key(ctx: Context, wish: NewKey, once: Once) -> tuple[ApiKey | None, str | None, Done]:
    """Make a key and return it with its secret, which nobody can show again; a repetition answers it without.

    Raises Invalid; Forbidden for permissions and purposes beyond the caller's own.
    """
    wanted = grants.read_role_ids(wish.role_ids)
    narrowed = None if wish.scopes is None else _scopes(wish.scopes)
    purposes = None if wish.purposes is None else _purposes(wish.purposes)
    now = ctx.now()
    if wish.expires_at is not None and wish.expires_at <= now:
        raise Invalid("This moment has passed.", path=("expires_at",))
    key_id = ids.new()
    prefix = secrets.token_hex(5)
    secret = f"{KEY_HEAD}{prefix}_{passwords.token()}"
    doc: Doc = {
        "_id": key_id,
        "name": _name(wish.name),
        "prefix": prefix,
        "digest": passwords.fingerprint(secret),
        "scopes": narrowed,
        "purposes": purposes,
        "created_at": now,
        "created_by": ctx.caller.actor,
        "expires_at": wish.expires_at,
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
        _require_purposes(ctx, purposes)
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


def _purposes(purposes: Sequence[str]) -> list[str]:
    """Return names of purposes, each once. Which exist is known further up; one that does not allows nothing."""
    if not purposes:
        raise Invalid("Name a purpose, or leave this out for all of them.", code="REQUIRED", path=("purposes",))
    if len(purposes) > MAX_PURPOSES:
        raise Invalid(f"A key has at most {MAX_PURPOSES} purposes.", path=("purposes",))
    for place, one in enumerate(purposes):
        if not _PURPOSE.fullmatch(one):
            raise Invalid("A purpose is named like MARKETING.", path=("purposes", str(place)))
    return sorted(set(purposes))


def _require_purposes(ctx: Context, purposes: Iterable[str] | None) -> None:
    own = ctx.caller.purposes
    if own is not None and (purposes is None or not own.issuperset(purposes)):
        raise Forbidden("A key that is bound to purposes makes only keys that are bound to some of these.")


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= MAX_NAME:
        raise Invalid(f"A key's name has 1 to {MAX_NAME} characters.", path=("name",))
    return name
