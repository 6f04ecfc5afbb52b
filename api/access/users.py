"""Users: invited, changed, deactivated; their passwords and the links that set them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bson import ObjectId
from email_validator import EmailNotValidError, validate_email

from api.access import grants, passwords, sessions, store
from api.access.model import User
from api.core import idempotency, ids
from api.core.context import Context
from api.core.errors import Conflict, Invalid, NotFound
from api.core.idempotency import Done, Once
from api.core.mongo import Doc, Tx

LINK_HOURS = 24
LINKS_PER_ACCOUNT = 5
MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class UserChange:
    """What changes of a user; None leaves alone."""

    name: str | None = None
    role_ids: tuple[str, ...] | None = None
    active: bool | None = None


async def create_user(
    ctx: Context, name: str, email: str, role_ids: list[str], once: Once, password: str | None = None
) -> tuple[User | None, Done]:
    """Make a user and send the link that sets the password; with a password given, no link is sent.

    Raises Invalid (REQUIRED, INVALID, DUPLICATE_IDENTIFIER) and Forbidden for roles beyond the caller's own.
    """
    name, email = _name(name), _email(email)
    wanted = grants.read_role_ids(role_ids)
    token = passwords.token()
    if password is not None:
        passwords.check(password, email=email, name=name)
    user_id = ids.new()
    doc: Doc = {
        "_id": user_id,
        "name": name,
        "email": email,
        "password": await passwords.digest(password) if password else None,
        "active": True,
        "created_at": ctx.now(),
        "last_sign_in_at": None,
        "sessions": [],
        "link": None if password else _link(ctx, token),
    }

    async def decide(tx: Tx) -> Doc:
        if await store.secrets_by_email(ctx, email, tx):
            raise Conflict("There is a user with this email already.", code="DUPLICATE_IDENTIFIER", path=("email",))
        if await store.count_users(ctx, tx) >= store.MAX_USERS:
            raise Conflict(f"There are {store.MAX_USERS} users already.", code="LIMIT_EXCEEDED")
        roles = await grants.roles_of(ctx, wanted, tx)
        grants.require_all(ctx, grants.allowed(roles))
        return grants.resolved(roles)

    async def write(tx: Tx, roles: Doc) -> None:
        await store.hold_roles(ctx, wanted, tx)
        await store.insert_user(ctx, {**doc, **roles}, tx)

    done = await idempotency.act(ctx, once, {"id": user_id}, decide, write)
    if done.applied and not done.replayed and not password:
        await _send_link(ctx, name, email, token, invited=True)
    if not done.applied:
        return None, done
    return await store.user(ctx, done.receipt["id"]), done


async def update_user(ctx: Context, user_id: str, change: UserChange, once: Once) -> tuple[User | None, Done]:
    """Change a user's name, roles or whether she may sign in; another set of roles and deactivation end her sessions.

    Raises NotFound; Conflict (LAST_OWNER); Forbidden for roles beyond the caller's own, given or taken.
    """
    stored_id = ids.read(ids.USER, user_id)
    name = None if change.name is None else _name(change.name)
    wanted = None if change.role_ids is None else grants.read_role_ids(change.role_ids)

    async def decide(tx: Tx) -> tuple[Doc, bool]:
        user = await store.user(ctx, stored_id, tx)
        if user is None:
            raise NotFound
        values: Doc = {} if name is None else {"name": name}
        after = user.role_ids
        if wanted is not None and set(wanted) != set(user.role_ids):
            roles = await grants.roles_of(ctx, wanted, tx)
            grants.require_all(ctx, grants.allowed(roles) ^ user.permissions)
            values.update(grants.resolved(roles), sessions=[])
            after = tuple(wanted)
        if change.active is not None and change.active != user.active:
            grants.require_all(ctx, user.permissions)
            values.update(active=change.active, sessions=[], link=None)
        stays = grants.is_owner(after) and values.get("active", user.active)
        leaves = grants.is_owner(user.role_ids) and user.active and not stays
        if leaves:
            await grants.keep_an_owner(ctx, stored_id, tx)
        return values, leaves

    async def write(tx: Tx, decided: tuple[Doc, bool]) -> None:
        values, leaves = decided
        if leaves:
            await store.guard_owners(ctx, tx)
        await store.hold_roles(ctx, values.get("role_ids", ()), tx)
        if values:
            await store.set_user(ctx, stored_id, values, tx)

    done = await idempotency.act(ctx, once, {"id": stored_id}, decide, write)
    return await store.user(ctx, stored_id), done


# --- passwords ---


async def change_password(ctx: Context, current: str, new: str, once: Once) -> Done:
    """Change the caller's own password: every session of hers ends, this browser gets a new one.

    Raises Invalid (WRONG_PASSWORD, PASSWORD_WEAK), RateLimited after 10 tries in 15 minutes.
    """
    user_id = grants.require_user(ctx)
    await sessions.limit(ctx, sessions.account_tries(ctx, ctx.caller.email), sessions.TRIES_PER_ACCOUNT)
    doc = await store.secrets(ctx, user_id)
    stored = doc["password"] if doc else None
    passwords.check(new, email=ctx.caller.email, name=ctx.caller.name, path="new")
    right = await passwords.matches(current, stored)
    values = {"password": await passwords.digest(new), "link": None}
    token = passwords.token()
    session = sessions.session_of(ctx, token)

    async def decide(tx: Tx) -> None:
        now = await store.secrets(ctx, user_id, tx)
        if not right or now is None or now["password"] != stored:
            raise Invalid("This is not your present password.", code="WRONG_PASSWORD", path=("current",))

    async def write(tx: Tx, _decided: None) -> None:
        await store.set_user(ctx, user_id, {**values, "sessions": [session]}, tx)

    done = await idempotency.act(ctx, once, {"id": user_id}, decide, write)
    if done.applied and not done.replayed:
        await store.forget_tries(ctx, sessions.account_tries(ctx, ctx.caller.email))
        sessions.set_cookie(ctx, token)
    return done


async def set_password(ctx: Context, token: str, password: str, once: Once) -> Done:
    """Set the password that a link allows; the link is spent and every session of the user ends.

    Raises Invalid (LINK_INVALID) for a link that is wrong, spent or older than 24 hours; PASSWORD_WEAK.
    """
    await sessions.limit(ctx, sessions.address_tries(ctx), sessions.TRIES_PER_ADDRESS)
    digest = passwords.fingerprint(token)
    passwords.check(password, email="")
    hashed = await passwords.digest(password)

    async def decide(tx: Tx) -> ObjectId:
        doc = await store.secrets_by_link(ctx, digest, tx)
        if doc is None or not doc["active"] or doc["link"]["expires_at"] <= ctx.now():
            raise Invalid("This link is not valid any more. Ask for a new one.", code="LINK_INVALID", path=("token",))
        passwords.check(password, email=doc["email"], name=doc["name"])
        return ObjectId(doc["_id"])

    async def write(tx: Tx, user_id: ObjectId) -> None:
        await store.set_user(ctx, user_id, {"password": hashed, "link": None, "sessions": []}, tx)

    return await idempotency.act(ctx, once, {}, decide, write)


async def send_password_link(ctx: Context, email: str, once: Once) -> Done:
    """Send a link that sets the password, if there is such a user; the answer is the same if there is none."""
    address = sessions.clean(email)
    await sessions.limit(ctx, sessions.address_tries(ctx), sessions.TRIES_PER_ADDRESS)
    await sessions.limit(ctx, ctx.keys.digest("tries", f"link:{address}"), LINKS_PER_ACCOUNT)
    token = passwords.token()
    found: list[Doc] = []

    async def decide(tx: Tx) -> Doc | None:
        doc = await store.secrets_by_email(ctx, address, tx)
        found[:] = [doc] if doc and doc["active"] else []
        return found[0] if found else None

    async def write(tx: Tx, doc: Doc | None) -> None:
        if doc:
            await store.set_user(ctx, doc["_id"], {"link": _link(ctx, token)}, tx)

    done = await idempotency.act(ctx, once, {}, decide, write)
    if done.applied and not done.replayed and found:
        await _send_link(ctx, found[0]["name"], found[0]["email"], token, invited=False)
    return done


async def put_password(ctx: Context, email: str, password: str) -> None:
    """Set a user's password from the command line; every session of hers ends. Raises NotFound, Invalid."""
    address = sessions.clean(email)
    passwords.check(password, email=address)
    hashed = await passwords.digest(password)

    async def body(tx: Tx) -> None:
        doc = await store.secrets_by_email(ctx, address, tx)
        if doc is None:
            raise NotFound("There is no user with this email.")
        await store.set_user(ctx, doc["_id"], {"password": hashed, "link": None, "sessions": []}, tx)

    await ctx.db.transact(body)


def _link(ctx: Context, token: str) -> Doc:
    return {"digest": passwords.fingerprint(token), "expires_at": ctx.now() + timedelta(hours=LINK_HOURS)}


async def _send_link(ctx: Context, name: str, email: str, token: str, *, invited: bool) -> None:
    link = f"{ctx.settings.url}/set-password#token={token}"
    why = "You were invited to Regulars." if invited else "Somebody, hopefully you, asked for a new password."
    text = f"Hello {name},\n\n{why} Set your password here within {LINK_HOURS} hours:\n\n{link}\n"
    text += "" if invited else "\nIf it was not you, do nothing: your password stays as it is.\n"
    await ctx.post(ctx, email, "Set your Regulars password", text)


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise Invalid("A name is needed.", code="REQUIRED", path=("name",))
    if len(name) > MAX_NAME or not name.isprintable():
        raise Invalid(f"A name has at most {MAX_NAME} printable characters.", code="TOO_LONG", path=("name",))
    return name


def _email(email: str) -> str:
    try:
        found = validate_email(email.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise Invalid("This is not an email address.", path=("email",)) from None
    return sessions.clean(found.normalized)
