"""Users with their sessions, roles, API keys, tries and the access log in MongoDB."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from api.access import recent
from api.access.model import OWNER_ID, PRESETS, AccessEntry, ApiKey, Role, User
from api.core.context import Context
from api.core.mongo import Doc, DuplicateKeyError, Index, Tx, UpdateOne

MAX_SESSIONS = 20
MAX_USERS = 1_000
MAX_KEYS = 1_000
MAX_ROLES = 200

COLLECTIONS: dict[str, tuple[Index, ...]] = {
    "users": (
        Index((("email", 1),), "Signing in; one user per email.", unique=True),
        Index((("sessions.id", 1),), "Who asks, at every request with a cookie."),
        Index((("link.digest", 1),), "Whose password a link sets."),
        Index((("role_ids", 1),), "Who is touched when a role changes."),
    ),
    "roles": (Index((("name", 1),), "Names are told apart.", unique=True),),
    "api_keys": (
        Index((("prefix", 1),), "Who asks, at every request with a key.", unique=True),
        Index((("role_ids", 1),), "Which keys are touched when a role changes."),
    ),
    "access_log": (Index((("customer_id", 1), ("at", -1), ("_id", -1)), "Who looked at a customer, newest first."),),
    "tries": (Index((("expires_at", 1),), "Sweeping tries that no longer count."),),
}

_CALLER = {"name": 1, "email": 1, "roles": 1, "permissions": 1, "sessions": 1}
_SHOWN = {"password": 0, "sessions": 0, "link": 0}


# --- users ---


async def user_of_session(ctx: Context, digest: str) -> Doc | None:
    """Return the active user who holds a session."""
    return await ctx.db["users"].find_one({"sessions.id": digest, "active": True}, _CALLER)


async def touch_session(ctx: Context, user_id: ObjectId, digest: str, now: datetime) -> None:
    """Note that a session is in use."""
    await ctx.db["users"].update_one({"_id": user_id, "sessions.id": digest}, {"$set": {"sessions.$.seen_at": now}})


async def add_session(ctx: Context, user_id: ObjectId, password: str, session: Doc) -> bool:
    """Add a session; False when the password changed or the user was deactivated meanwhile."""
    still = {"_id": user_id, "active": True, "password": password}
    kept = {"$each": [session], "$slice": -MAX_SESSIONS}
    update = {"$push": {"sessions": kept}, "$set": {"last_sign_in_at": session["created_at"]}}
    return await ctx.db["users"].update_one(still, update) == 1


async def end_session(ctx: Context, digest: str) -> None:
    """End one session."""
    await ctx.db["users"].update_one({"sessions.id": digest}, {"$pull": {"sessions": {"id": digest}}})


async def secrets_by_email(ctx: Context, email: str, tx: Tx | None = None) -> Doc | None:
    """Return a user with the password's hash."""
    return await ctx.db["users"].find_one({"email": email}, tx=tx)


async def secrets_by_link(ctx: Context, digest: str, tx: Tx | None = None) -> Doc | None:
    """Return the user whose password a link sets."""
    return await ctx.db["users"].find_one({"link.digest": digest}, tx=tx)


async def secrets(ctx: Context, user_id: ObjectId, tx: Tx | None = None) -> Doc | None:
    """Return a user with the password's hash, by id."""
    return await ctx.db["users"].find_one({"_id": user_id}, tx=tx)


async def user(ctx: Context, user_id: ObjectId, tx: Tx | None = None) -> User | None:
    """Return one user."""
    doc = await ctx.db["users"].find_one({"_id": user_id}, _SHOWN, tx=tx)
    return User.of(doc) if doc else None


async def users(ctx: Context, after: ObjectId | None, limit: int) -> list[User]:
    """Return users, oldest first."""
    where: Doc = {"_id": {"$gt": after}} if after else {}
    return [User.of(doc) for doc in await ctx.db["users"].find(where, limit=limit, fields=_SHOWN, sort=[("_id", 1)])]


async def allowed(ctx: Context, permission: str) -> list[User]:
    """Return the active users who hold a permission."""
    where = {"active": True, "permissions": permission}
    return [
        User.of(doc) for doc in await ctx.db["users"].find(where, limit=MAX_USERS, fields=_SHOWN, sort=[("_id", 1)])
    ]


async def role_ids_of_users(ctx: Context) -> list[list[ObjectId]]:
    """Return which roles each user has."""
    docs = await ctx.db["users"].find({}, limit=MAX_USERS, fields={"role_ids": 1}, sort=[("_id", 1)])
    return [doc["role_ids"] for doc in docs]


async def count_users(ctx: Context, tx: Tx | None = None) -> int:
    """Return how many users there are, at most `MAX_USERS`."""
    return len(await ctx.db["users"].find({}, limit=MAX_USERS, fields={"_id": 1}, sort=[("_id", 1)], tx=tx))


async def owners(ctx: Context, tx: Tx) -> set[ObjectId]:
    """Return the active owners who have a password."""
    where = {"role_ids": OWNER_ID, "active": True}
    docs = await ctx.db["users"].find(where, limit=MAX_USERS, fields={"password": 1}, tx=tx)
    return {doc["_id"] for doc in docs if doc["password"]}


async def guard_owners(ctx: Context, tx: Tx) -> None:
    """Write the document that everyone writes who takes an owner away, so that two at once cannot take the last two."""
    update = {"$inc": {"guard": 1}, "$setOnInsert": {"name": PRESETS[OWNER_ID].name}}
    await ctx.db["roles"].update_one({"_id": OWNER_ID}, update, upsert=True, tx=tx)


async def insert_user(ctx: Context, doc: Doc, tx: Tx) -> None:
    """Insert a user; the email's unique index decides between two."""
    await ctx.db["users"].insert_one(doc, tx=tx)


async def set_user(ctx: Context, user_id: ObjectId, values: Doc, tx: Tx) -> None:
    """Set values of a user."""
    await ctx.db["users"].update_one({"_id": user_id}, {"$set": values}, tx=tx)


# --- roles ---


async def roles(ctx: Context, tx: Tx | None = None) -> dict[ObjectId, Role]:
    """Return every role by id, presets first."""
    docs = await ctx.db["roles"].find({}, limit=MAX_ROLES + 1, sort=[("_id", 1)], tx=tx)
    return {**PRESETS, **{doc["_id"]: Role.of(doc) for doc in docs if doc["_id"] not in PRESETS}}


async def hold_roles(ctx: Context, role_ids: Sequence[ObjectId], tx: Tx) -> None:
    """Write on roles that are being given, so that a change of theirs in the meantime is noticed by one of the two."""
    held = [UpdateOne({"_id": one}, {"$inc": {"guard": 1}}) for one in sorted(set(role_ids) - PRESETS.keys())]
    await ctx.db["roles"].bulk(held, tx)


async def insert_role(ctx: Context, doc: Doc, tx: Tx) -> None:
    """Insert a role."""
    await ctx.db["roles"].insert_one(doc, tx=tx)


async def set_role(ctx: Context, role_id: ObjectId, values: Doc, tx: Tx) -> None:
    """Set values of a role."""
    await ctx.db["roles"].update_one({"_id": role_id}, {"$set": values}, tx=tx)


async def delete_role(ctx: Context, role_id: ObjectId, tx: Tx) -> None:
    """Delete a role."""
    await ctx.db["roles"].delete_one({"_id": role_id}, tx=tx)


async def holders(ctx: Context, collection: str, role_id: ObjectId, limit: int, tx: Tx) -> list[Doc]:
    """Return users or API keys that have a role, as `{_id, role_ids, scopes}`."""
    fields = {"role_ids": 1, "scopes": 1}
    return await ctx.db[collection].find({"role_ids": role_id}, limit=limit, fields=fields, tx=tx)


async def set_many(ctx: Context, collection: str, values: dict[ObjectId, Doc], tx: Tx) -> None:
    """Set values of several users or keys in one command."""
    recent.forget()
    await ctx.db[collection].bulk([UpdateOne({"_id": one}, {"$set": value}) for one, value in values.items()], tx)


# --- API keys ---


async def key_by_prefix(ctx: Context, prefix: str) -> Doc | None:
    """Return a stored key with its digest."""
    return await ctx.db["api_keys"].find_one({"prefix": prefix})


async def touch_key(ctx: Context, key_id: ObjectId, now: datetime) -> None:
    """Note that a key is in use."""
    await ctx.db["api_keys"].update_one({"_id": key_id}, {"$set": {"last_used_at": now}})


async def keys(ctx: Context) -> list[ApiKey]:
    """Return every key, newest first."""
    docs = await ctx.db["api_keys"].find({}, limit=MAX_KEYS, fields={"digest": 0}, sort=[("_id", -1)])
    return [ApiKey.of(doc) for doc in docs]


async def key(ctx: Context, key_id: ObjectId, tx: Tx | None = None) -> ApiKey | None:
    """Return one key."""
    doc = await ctx.db["api_keys"].find_one({"_id": key_id}, {"digest": 0}, tx=tx)
    return ApiKey.of(doc) if doc else None


async def insert_key(ctx: Context, doc: Doc, tx: Tx) -> None:
    """Insert a key."""
    await ctx.db["api_keys"].insert_one(doc, tx=tx)


async def revoke_key(ctx: Context, key_id: ObjectId, now: datetime, tx: Tx) -> None:
    """Note since when a key is dead."""
    recent.forget()
    await ctx.db["api_keys"].update_one({"_id": key_id, "revoked_at": None}, {"$set": {"revoked_at": now}}, tx=tx)


# --- tries ---


async def claim_try(ctx: Context, name: str, most: int, window: timedelta) -> bool:
    """Take one of `most` tries within a window; False when none is left. One document per account or address.

    Taking is one atomic update, so that parallel tries cannot share one.
    """
    now = ctx.now()
    tries = ctx.db["tries"]
    await tries.update_one({"_id": name}, {"$pull": {"at": {"$lte": now - window}}})
    free: dict[str, Any] = {"_id": name, f"at.{most - 1}": {"$exists": False}}
    update = {"$push": {"at": now}, "$set": {"expires_at": now + window}}
    try:
        return await tries.update_one(free, update, upsert=True) == 1
    except DuplicateKeyError:
        # Either all are taken, or two made the document at once; the second then finds it.
        return await tries.update_one(free, update) == 1


async def forget_tries(ctx: Context, name: str) -> None:
    """Give the tries back after a success."""
    await ctx.db["tries"].delete_one({"_id": name})


async def sweep_tries(ctx: Context, limit: int) -> int:
    """Delete what no longer counts; return how many went."""
    old = await ctx.db["tries"].find({"expires_at": {"$lte": ctx.now()}}, limit=limit, fields={"_id": 1})
    return await ctx.db["tries"].delete_ids([doc["_id"] for doc in old])


# --- the access log: append-only ---


async def log(ctx: Context, entries: Sequence[Doc], tx: Tx | None = None) -> None:
    """Append entries in one command."""
    await ctx.db["access_log"].insert_many(entries, tx)


async def logged(ctx: Context, entry_id: ObjectId) -> Doc | None:
    """Return an entry as it is stored."""
    return await ctx.db["access_log"].find_one({"_id": entry_id})


async def looks_at(ctx: Context, customer_id: ObjectId, last: Doc | None, limit: int) -> list[Doc]:
    """Return the next entries of a customer as they are stored, newest first."""
    where: Doc = {"customer_id": customer_id}
    if last:
        where["$or"] = [{"at": last["at"], "_id": {"$lt": last["_id"]}}, {"at": {"$lt": last["at"]}}]
    return await ctx.db["access_log"].find(where, limit=limit, sort=[("at", -1), ("_id", -1)])


async def read_log(
    ctx: Context, customer_id: ObjectId, beyond: Doc, sort: list[tuple[str, int]], limit: int
) -> list[AccessEntry]:
    """Return a page of a customer's entries."""
    docs = await ctx.db["access_log"].find({"customer_id": customer_id, **beyond}, limit=limit, sort=sort)
    return [AccessEntry.of(doc) for doc in docs]


async def blank_log(ctx: Context, customer_ids: Sequence[ObjectId], limit: int, tx: Tx) -> int:
    """Take what is personal out of entries of customers (at most 1,000); return how many had it, at most `limit`."""
    hers, kept = {"customer_id": {"$in": list(customer_ids)}}, {"personal": {"$ne": None}}
    found = await ctx.db["access_log"].sifted(hers, kept, limit=limit, fields={"_id": 1}, tx=tx)
    writes = [UpdateOne({"_id": doc["_id"]}, {"$set": {"personal": None}}) for doc in found]
    return await ctx.db["access_log"].bulk(writes, tx)
