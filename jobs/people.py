"""What the command line does with users and keys, as the system itself."""

from __future__ import annotations

from collections.abc import Sequence

from api.access import rules as access
from api.core import ids
from api.core.idempotency import Once
from api.core.settings import Settings
from jobs.context import system_context


async def create_user(settings: Settings, email: str, name: str, roles: Sequence[str], password: str) -> None:
    """Make a user with these roles, by name, and this password. Raises what the rules raise."""
    async with system_context(settings) as ctx:
        role_ids = [ids.show(ids.ROLE, await access.role_named(ctx, role)) for role in roles]
        await access.create_user(ctx, name, email, role_ids, Once("userCreate"), password)


async def put_password(settings: Settings, email: str, password: str) -> None:
    """Set a user's password; her sessions end. Raises what the rules raise."""
    async with system_context(settings) as ctx:
        await access.put_password(ctx, email, password)


async def create_key(settings: Settings, name: str, role: str) -> str:
    """Make an API key with a role and return its secret. Raises what the rules raise."""
    async with system_context(settings) as ctx:
        role_id = ids.show(ids.ROLE, await access.role_named(ctx, role))
        _key, secret, _done = await access.create_key(ctx, name, [role_id], None, None, Once("apiKeyCreate"))
        return secret or ""
