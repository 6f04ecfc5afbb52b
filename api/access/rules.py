"""What other rooms, the app and the command line may ask of access."""

from __future__ import annotations

from api.access import store
from api.access.api_keys import NewKey, create_key, revoke_key
from api.access.log import log, look, opened, put as put_look, put_all as put_looks, read_log, reason_of
from api.access.model import ApiKey, User
from api.access.roles import create_role, delete_role, list_roles, update_role
from api.access.sessions import caller_of_key, caller_of_session, cookie_name, sign_in, sign_out
from api.access.users import (
    UserChange,
    change_password,
    create_user,
    put_password,
    send_password_link,
    set_password,
    update_user,
)
from api.core import ids
from api.core.context import Context
from api.core.errors import Invalid, NotFound
from api.core.paging import DEFAULT_PAGE, MAX_PAGE

__all__ = [
    "NewKey", "UserChange", "caller_of_key", "caller_of_session", "change_password", "cookie_name", "create_key", "create_role",
    "create_user", "delete_role", "get_key", "get_user", "has_users", "list_keys", "list_roles", "list_users", "log",
    "look", "opened", "put_look", "put_looks",
    "put_password", "read_log", "reason_of", "revoke_key", "send_password_link", "set_password", "sign_in", "sign_out", "sweep",
    "update_role", "update_user", "users_who_may",
]  # fmt: skip


async def list_users(ctx: Context, first: int | None, after: str | None) -> list[User]:
    """Return a page of users, oldest first; raises Invalid for a size outside 0..100 or a malformed id."""
    size = DEFAULT_PAGE if first is None else first
    if not 0 <= size <= MAX_PAGE:
        raise Invalid(f"A page has 0 to {MAX_PAGE} rows.", path=("first",))
    try:
        beyond = ids.read(ids.USER, after) if after else None
    except NotFound:
        raise Invalid("`after` is the id of a user.", code="CURSOR_MISMATCH", path=("after",)) from None
    return await store.users(ctx, beyond, size)


async def get_user(ctx: Context, user_id: str) -> User | None:
    """Return one user, or None."""
    return await store.user(ctx, ids.read(ids.USER, user_id))


async def list_keys(ctx: Context) -> list[ApiKey]:
    """Return every API key, newest first."""
    return await store.keys(ctx)


async def users_who_may(ctx: Context, permission: str) -> list[User]:
    """Return the active users who hold a permission, oldest first."""
    return await store.allowed(ctx, permission)


async def get_key(ctx: Context, key_id: str) -> ApiKey | None:
    """Return one API key, or None."""
    return await store.key(ctx, ids.read(ids.KEY, key_id))


async def has_users(ctx: Context) -> bool:
    """Tell whether anybody can sign in yet; without users, the first start makes one."""
    return await store.count_users(ctx) > 0


async def sweep(ctx: Context, limit: int = 500) -> int:
    """Delete tries that no longer count; return how many went."""
    return await store.sweep_tries(ctx, limit)
