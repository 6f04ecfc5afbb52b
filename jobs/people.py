"""What the command line does with users and keys, as the system itself."""

from __future__ import annotations

from collections.abc import Sequence

from api.access import rules as access
from api.core import ids
from api.core.context import Context
from api.core.errors import NotFound
from api.core.idempotency import Once
from api.core.settings import Settings
from jobs.context import system_context


async def create_user(settings: Settings, email: str, name: str, roles: Sequence[str], password: str) -> None:
    """Make a user with these roles, by name, and this password. Raises what the rules raise."""
    async with system_context(settings) as ctx:
        await make_user(ctx, email, name, roles, password)


async def make_user(ctx: Context, email: str, name: str, roles: Sequence[str], password: str) -> None:
    """Make a user on an open database."""
    role_ids = [await _role(ctx, role) for role in roles]
    await access.create_user(ctx, name, email, role_ids, Once("userCreate"), password)


async def put_password(settings: Settings, email: str, password: str) -> None:
    """Set a user's password; her sessions end. Raises what the rules raise."""
    async with system_context(settings) as ctx:
        await access.put_password(ctx, email, password)


async def create_key(settings: Settings, name: str, role: str) -> str:
    """Make an API key with a role and return its secret. Raises what the rules raise."""
    async with system_context(settings) as ctx:
        wish = access.NewKey(name, [await _role(ctx, role)])
        _key, secret, _done = await access.create_key(ctx, wish, Once("apiKeyCreate"))
        return secret or ""


async def _role(ctx: Context, name: str) -> str:
    """Return the id of a role by its name in any spelling: "owner", "data-admin", "Data admin". Raises NotFound."""
    roles = {_plain(role.name): role for role, _users in await access.list_roles(ctx)}
    found = roles.get(_plain(name))
    if found is None:
        raise NotFound(f"There is no role {name}. There are: {', '.join(role.name for role in roles.values())}.")
    return ids.show(ids.ROLE, found.id)


def _plain(name: str) -> str:
    return name.strip().casefold().replace("-", " ").replace("_", " ")
