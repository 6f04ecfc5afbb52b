"""Signing in and out, and who stands behind a cookie or a key."""

from __future__ import annotations

import hmac
from datetime import timedelta

from api.access import passwords, recent, store
from api.access.model import purposes_of
from api.core import ids
from api.core.context import ActorKind, Caller, Context
from api.core.errors import Invalid, RateLimited
from api.core.http_gate import add_header
from api.core.mongo import Doc
from api.core.settings import Settings

ABSOLUTE = timedelta(days=7)
TOUCH = timedelta(minutes=1)
WINDOW = timedelta(minutes=15)
TRIES_PER_ACCOUNT = 10
TRIES_PER_ADDRESS = 100
KEY_HEAD = "rgl_"
MAX_EMAIL = 320
_LONGEST_SECRET = 100


def cookie_name(settings: Settings) -> str:
    """Return the session cookie's name."""
    return "__Host-regulars_session" if settings.is_https else "regulars_session"


async def caller_of_session(ctx: Context, token: str) -> Caller | None:
    """Return who holds a session, or None when it has ended; one command, and one more at most once a minute."""
    if not token or len(token) > _LONGEST_SECRET:
        return None
    digest = passwords.fingerprint(token)
    doc = await store.user_of_session(ctx, digest)
    if doc is None:
        return None
    session: Doc = next(one for one in doc["sessions"] if one["id"] == digest)
    now = ctx.now()
    idle = timedelta(hours=ctx.settings.session_idle_hours)
    if now - session["seen_at"] >= idle or now - session["created_at"] >= ABSOLUTE:
        return None
    if now - session["seen_at"] >= TOUCH:
        await store.touch_session(ctx, doc["_id"], digest, now)
    return _caller(doc, digest)


async def caller_of_key(ctx: Context, secret: str) -> Caller | None:
    """Return which API key this is, or None when it is wrong, revoked or expired."""
    prefix, _, tail = secret.removeprefix(KEY_HEAD).partition("_")
    if not secret.startswith(KEY_HEAD) or len(secret) > _LONGEST_SECRET or not prefix or not tail:
        return None
    given = passwords.fingerprint(secret)
    known = recent.recall(ctx.db.name, given)
    doc = known or await store.key_by_prefix(ctx, prefix)
    right = hmac.compare_digest(given, doc["digest"] if doc else passwords.fingerprint(""))
    now = ctx.now()
    if doc is None or not right or doc["revoked_at"] or (doc["expires_at"] and doc["expires_at"] <= now):
        return None
    if doc["last_used_at"] is None or now - doc["last_used_at"] >= TOUCH:
        await store.touch_key(ctx, doc["_id"], now)
        doc["last_used_at"] = now
    if known is None:
        recent.remember(ctx.db.name, given, doc)
    return Caller(
        ActorKind.API_KEY,
        ids.show(ids.KEY, doc["_id"]),
        doc["name"],
        frozenset(doc["permissions"]),
        roles=tuple(doc["roles"]),
        purposes=purposes_of(doc),
    )


async def sign_in(ctx: Context, email: str, password: str) -> Caller:
    """Begin a session and set its cookie; an older session of the same browser ends.

    Raises Invalid (SIGN_IN_FAILED), the same for an unknown user, a wrong password and a deactivated user;
    RateLimited after 10 tries of an account or 100 of an address in 15 minutes.
    """
    address = clean(email)
    account = account_tries(ctx, address)
    await limit(ctx, account, TRIES_PER_ACCOUNT)
    await limit(ctx, address_tries(ctx), TRIES_PER_ADDRESS)
    doc = await store.secrets_by_email(ctx, address)
    right = await passwords.matches(password, doc["password"] if doc and doc["active"] else None)
    if doc is None or not right:
        raise _failed()
    token = passwords.token()
    if not await store.add_session(ctx, doc["_id"], doc["password"], session_of(ctx, token)):
        raise _failed()
    await store.forget_tries(ctx, account)
    if ctx.caller.session_id:
        await store.end_session(ctx, ctx.caller.session_id)
    set_cookie(ctx, token)
    return _caller(doc, passwords.fingerprint(token))


async def sign_out(ctx: Context) -> None:
    """End the session that asks, and take its cookie back."""
    if ctx.caller.session_id:
        await store.end_session(ctx, ctx.caller.session_id)
    _send_cookie(ctx, "", "Max-Age=0")


def session_of(ctx: Context, token: str) -> Doc:
    """Return the stored form of a new session."""
    now = ctx.now()
    return {"id": passwords.fingerprint(token), "created_at": now, "seen_at": now}


def set_cookie(ctx: Context, token: str) -> None:
    """Send a session's cookie with this answer."""
    _send_cookie(ctx, token, f"Max-Age={int(ABSOLUTE.total_seconds())}")


async def limit(ctx: Context, name: str, most: int) -> None:
    """Take a try; raises RateLimited (RATE_LIMITED) and says when to come back."""
    if not await store.claim_try(ctx, name, most, WINDOW):
        seconds = int(WINDOW.total_seconds())
        add_header(ctx, "retry-after", str(seconds))
        message = "Too many tries. Wait a quarter of an hour."
        raise RateLimited(message, extensions={"retryAfterSeconds": seconds})


def account_tries(ctx: Context, email: str) -> str:
    """Name the tries of an account; the email itself is not kept."""
    return ctx.keys.digest("tries", f"account:{email}")


def address_tries(ctx: Context) -> str:
    """Name the tries of an address."""
    return ctx.keys.digest("tries", f"address:{ctx.address}")


def clean(email: str) -> str:
    """Return an email as users are found by it."""
    return email.strip().casefold()[:MAX_EMAIL]


def _caller(doc: Doc, digest: str) -> Caller:
    return Caller(
        ActorKind.USER,
        ids.show(ids.USER, doc["_id"]),
        doc["name"],
        frozenset(doc["permissions"]),
        session_id=digest,
        email=doc["email"],
        roles=tuple(doc["roles"]),
    )


def _failed() -> Invalid:
    return Invalid("This email and password do not go together.", code="SIGN_IN_FAILED")


def _send_cookie(ctx: Context, value: str, age: str) -> None:
    parts = [f"{cookie_name(ctx.settings)}={value}", "Path=/", "HttpOnly", "SameSite=Strict", age]
    if ctx.settings.is_https:
        parts.append("Secure")
    add_header(ctx, "set-cookie", "; ".join(parts))
