"""Things for tests: each fills in what you did not say.

What is stored goes through the rules; only callers (users with a session, API keys) are put into the database at once,
as a sign-in with Argon2 each time would cost more than the tests themselves.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from bson import ObjectId

from api.access import passwords
from api.access.model import PRESETS, preset
from api.core.context import Context
from api.core.idempotency import Once
from api.core.mongo import Doc
from api.customers import acts

PASSWORD = "correct horse battery"


async def a_customer(ctx: Context, *, email: str | None = None, **fields: Any) -> Doc:
    """Create a customer through the rules and return its document.

    `email="a@b.example"` adds one address; anything else is a field as `customerCreate` takes it, in snake_case.
    """
    if email is not None:
        fields["emails"] = [{"address": email}, *fields.get("emails", ())]
    if not fields:
        fields["given_name"] = f"Person {secrets.token_hex(4)}"
    saved = await acts.create(ctx, fields, once=Once("customerCreate"))
    assert saved.applied, saved.errors
    assert saved.doc is not None
    return saved.doc


def a_user(
    stored: Any, now: datetime, *, role: str = "owner", email: str | None = None, **more: Any
) -> tuple[Doc, str]:
    """Put a user with a session into the database; return the user and the token of the session's cookie."""
    token = passwords.token()
    user_id = ObjectId()
    held = PRESETS[preset(role)]
    user = {
        "_id": user_id,
        "name": f"Test {held.name}",
        "email": email or f"{role}-{user_id}@staff.example",
        "password": None,
        "role_ids": [held.id],
        "roles": [held.name],
        "permissions": sorted(held.permissions),
        "active": True,
        "created_at": now,
        "last_sign_in_at": None,
        "sessions": [{"id": passwords.fingerprint(token), "created_at": now, "seen_at": now}],
        **more,
    }
    stored["users"].insert_one(user)
    return user, token


def a_key(stored: Any, now: datetime, *, role: str = "owner", **more: Any) -> tuple[Doc, str]:
    """Put an API key into the database; return it and its secret."""
    prefix = secrets.token_hex(5)
    secret = f"rgl_{prefix}_{passwords.token()}"
    held = PRESETS[preset(role)]
    key = {
        "_id": ObjectId(),
        "name": "Test key",
        "prefix": prefix,
        "digest": passwords.fingerprint(secret),
        "role_ids": [held.id],
        "roles": [held.name],
        "scopes": None,
        "purposes": None,
        "permissions": sorted(held.permissions),
        "created_at": now,
        "created_by": {"kind": "SYSTEM", "id": "", "name": "Regulars"},
        "expires_at": None,
        "revoked_at": None,
        "last_used_at": now,
        **more,
    }
    stored["api_keys"].insert_one(key)
    return key, secret
