"""What may happen to retention policies: one is made, changed, switched on with a notice to all who may change it, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from api.core import idempotency, ids
from api.core.context import Context
from api.core.errors import Conflict, Invalid, NotFound
from api.core.idempotency import Done, Once
from api.core.mongo import Doc, Tx
from api.mail import rules as mail
from api.retention import choosing as choose, notice, store
from api.retention.model import MAX_DAYS, MAX_NOTICE_DAYS, MAX_POLICIES, Policy

MAX_NAME = 100
NULLABLE = frozenset({"kind", "except"})
WHAT_IT_DOES = frozenset({"kind", "age_of", "days", "act", "except"})
"""Whoever changes one of these of a policy that is on has made another policy, of which notice is given anew."""


async def get_all(ctx: Context) -> list[Policy]:
    """Return every policy, oldest first."""
    return [Policy.of(doc) for doc in await store.every(ctx)]


async def get(ctx: Context, public_id: str) -> Policy:
    """Return a policy; raises NotFound."""
    doc = await store.one(ctx, ids.read(ids.RETENTION, public_id))
    if doc is None:
        raise NotFound
    return Policy.of(doc)


async def create(ctx: Context, sent: Mapping[str, Any], once: Once) -> tuple[Policy | None, Done]:
    """Make a policy, which does nothing before it is switched on; raises Invalid, Conflict (LIMIT)."""
    now, values = ctx.now(), await _read(ctx, sent)
    by = ctx.caller.actor
    doc = {
        "_id": ids.new(),
        **values,
        "enabled": False,
        "noticed_at": None,
        "first_run_after": None,
        "last": None,
        "error": None,
        "version": 1,
        "created_at": now,
        "created_by": by,
        "updated_at": now,
        "updated_by": by,
    }

    async def decide(tx: Tx) -> None:
        if len(await store.every(ctx, tx)) >= MAX_POLICIES:
            raise Conflict(f"There are {MAX_POLICIES} policies already.", code="LIMIT")

    async def write(tx: Tx, _decided: None) -> None:
        await store.insert(ctx, doc, tx)

    done = await idempotency.act(ctx, once, {"policy": doc["_id"]}, decide, write)
    return await _answer(ctx, done), done


async def update(
    ctx: Context, public_id: str, expected_version: int, sent: Mapping[str, Any], once: Once
) -> tuple[Policy | None, Done]:
    """Change a policy, or switch it on or off; raises NotFound, Invalid, Conflict (VERSION_CONFLICT).

    Everybody who may change policies is told by mail when one is switched on, or does something else from now on.
    """
    policy_id, now, values = ids.read(ids.RETENTION, public_id), ctx.now(), await _read(ctx, sent)
    present = await store.one(ctx, policy_id)
    letters: list[Doc] = []
    if present and present["version"] == expected_version and not once.dry_run:
        after = {**present, **changed(present, values, now)}
        if after["noticed_at"] == now:
            letters = await notice.letters(ctx, Policy.of(after))

    async def decide(tx: Tx) -> Doc:
        doc = await _expected(ctx, policy_id, expected_version, tx)
        return changed(doc, values, now)

    async def write(tx: Tx, put: Doc) -> None:
        if not put:
            return
        noted = {"version": expected_version + 1, "updated_at": now, "updated_by": ctx.caller.actor}
        await store.put(ctx, policy_id, expected_version, {**put, **noted}, tx)
        for letter in letters:
            await mail.put(ctx, letter, tx)

    done = await idempotency.act(ctx, once, {"policy": policy_id}, decide, write)
    for letter in letters if done.applied and not done.replayed else ():
        await mail.ring(ctx, letter)
    return await _answer(ctx, done, policy_id), done


async def remove(ctx: Context, public_id: str, expected_version: int, once: Once) -> Done:
    """Delete a policy; a run that it has begun goes on. Raises NotFound, Conflict (VERSION_CONFLICT)."""
    policy_id = ids.read(ids.RETENTION, public_id)

    async def decide(tx: Tx) -> None:
        await _expected(ctx, policy_id, expected_version, tx)

    async def write(tx: Tx, _decided: None) -> None:
        await store.remove(ctx, policy_id, tx)

    return await idempotency.act(ctx, once, {"policy": policy_id}, decide, write)


def changed(doc: Doc, values: Mapping[str, Any], now: datetime) -> Doc:
    """Return what a change comes to: nothing, or new values with what follows for the notice."""
    put = {name: value for name, value in values.items() if doc[name] != value}
    is_on = put.get("enabled", doc["enabled"])
    if is_on and (not doc["enabled"] or WHAT_IT_DOES & put.keys()):
        notice_given = timedelta(days={**doc, **put}["notice_days"])
        put |= {"noticed_at": now, "first_run_after": now + notice_given, "error": None}
    elif is_on and "notice_days" in put and doc["first_run_after"] > now:
        put["first_run_after"] = doc["noticed_at"] + timedelta(days=put["notice_days"])
    elif not is_on and doc["enabled"]:
        put |= {"noticed_at": None, "first_run_after": None, "error": None}
    return put


async def _expected(ctx: Context, policy_id: ObjectId, version: int, tx: Tx) -> Doc:
    doc = await store.one(ctx, policy_id, tx)
    if doc is None:
        raise NotFound
    if doc["version"] != version:
        message = "Somebody changed this policy meanwhile. Look at it again."
        raise Conflict(message, code="VERSION_CONFLICT", path=("expected_version",))
    return doc


async def _answer(ctx: Context, done: Done, policy_id: ObjectId | None = None) -> Policy | None:
    if not done.applied and policy_id is None:
        return None
    doc = await store.one(ctx, done.receipt["policy"])
    return Policy.of(doc) if doc else None


# --- what is sent ---


async def _read(ctx: Context, sent: Mapping[str, Any]) -> Doc:
    """Return the values that were sent, in their stored form; raises Invalid."""
    values = dict(sent)
    for name, value in values.items():
        if value is None and name not in NULLABLE:
            raise Invalid("This cannot be empty.", code="REQUIRED", path=(name,))
    if "name" in values:
        values["name"] = _name(values["name"])
    for name, least, most in (("days", 1, MAX_DAYS), ("notice_days", 0, MAX_NOTICE_DAYS)):
        if name in values and not least <= values[name] <= most:
            raise Invalid(f"Between {least} and {most:,} days.", path=(name,))
    if values.get("except") is not None:
        await _check(ctx, values["except"])
    return values


def _name(sent: str) -> str:
    name = " ".join(sent.split())
    if not name:
        raise Invalid("A name is needed.", code="REQUIRED", path=("name",))
    if len(name) > MAX_NAME or not name.isprintable():
        raise Invalid(f"A name has at most {MAX_NAME} printable characters.", code="TOO_LONG", path=("name",))
    return name


async def _check(ctx: Context, tree: Mapping[str, Any]) -> None:
    naming = next(choose.named(tree), None)
    if naming:
        message = (
            "An exemption says what people have in common, not who they are: of this it may ask isSet only. "
            "To keep one person, put a legal hold on her."
        )
        raise Invalid(message, code="NAMES_SOMEBODY", path=("except", naming))
    try:
        await choose.compiled(ctx, tree)
    except Invalid as error:
        # Conditions are said to be wrong in `where`, which they are not here.
        error.path = ("except", *(one for one in error.path if one not in {"where", "except"}))
        raise
