"""What may happen to purposes, terms and lists: they are made, changed, given a new version, and archived.

Other rooms ask `known` what can be agreed to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from api.agreements import inputs, store
from api.agreements.model import SEEDS, ConsentChannel, Kind, Known, Purpose, SubscriptionList, Term
from api.core import idempotency
from api.core.context import Context
from api.core.errors import Conflict, Invalid, NotFound
from api.core.idempotency import Done, Once
from api.core.mongo import Doc, Tx

MAX_VERSIONS = 100
MAX_OF = {Kind.PURPOSE: 20, Kind.TERM: 100, Kind.LIST: 200}
_MEMO, _LOCK = "agreements", "agreements lock"


async def known(ctx: Context, tx: Tx | None = None) -> Known:
    """Return all that can be agreed to, without texts, in one command; remembered for the request."""
    # Fields of one query are resolved at once; the first of them asks, the others wait for it.
    async with ctx.memo.setdefault(_LOCK, asyncio.Lock()):
        if _MEMO not in ctx.memo:
            ctx.memo[_MEMO] = Known.of(await store.every(ctx, tx))
        found: Known = ctx.memo[_MEMO]
        return found


def forget(ctx: Context) -> None:
    """Load it anew when it is asked for again, after a write."""
    ctx.memo.pop(_MEMO, None)


async def texts(ctx: Context, text_ids: Sequence[str]) -> dict[str, str]:
    """Return the texts of terms (at most 1,000) by their ids (`model.text_id`)."""
    return await store.texts(ctx, text_ids)


async def set_policy(ctx: Context, tx: Tx, policy: Mapping[str, tuple[bool, bool]], now: datetime) -> None:
    """Write who counts as reachable: (allow_unknown, allow_implicit) by the key of a known purpose."""
    note = {"updated_at": now, "updated_by": ctx.caller.actor}
    values = {
        Kind.PURPOSE.id(key): {"allow_unknown": unknown, "allow_implicit": implicit, **note}
        for key, (unknown, implicit) in policy.items()
    }
    await store.put(ctx, values, tx, upsert=_seeds(values))
    forget(ctx)


# --- purposes ---


async def create_purpose(
    ctx: Context, key: str, name: str, about: str | None, once: Once
) -> tuple[Purpose | None, Done]:
    """Add a purpose, for which at first only explicit consent counts; raises Invalid, Conflict."""
    doc = _new(ctx, Kind.PURPOSE, key, name, about) | {"allow_unknown": False, "allow_implicit": False}
    done = await _create(ctx, Kind.PURPOSE, key, doc, once)
    return (await known(ctx)).purposes.get(key) if done.applied else None, done


async def update_purpose(ctx: Context, key: str, sent: Mapping[str, Any], once: Once) -> tuple[Purpose | None, Done]:
    """Change a purpose's name and description, or archive it and back; raises Invalid, NotFound."""
    done = await _update(ctx, Kind.PURPOSE, key, sent, once)
    return (await known(ctx)).purposes.get(key), done


# --- terms ---


async def create_term(
    ctx: Context,
    key: str,
    name: str,
    about: str | None,
    wordings: Sequence[tuple[str, str]],
    effective_from: datetime | None,
    once: Once,
) -> tuple[Term | None, Done]:
    """Add a term with its first version; `wordings` are (locale, text). Raises Invalid, Conflict."""
    doc, now = _new(ctx, Kind.TERM, key, name, about), ctx.now()
    read = inputs.wordings(wordings)
    doc["versions"] = [inputs.version(1, read, inputs.effective(effective_from, now), _created(ctx, now))]
    done = await _create(ctx, Kind.TERM, key, doc, once, inputs.text_docs(key, 1, read))
    return (await known(ctx)).terms.get(key) if done.applied else None, done


async def update_term(ctx: Context, key: str, sent: Mapping[str, Any], once: Once) -> tuple[Term | None, Done]:
    """Change a term's name and description, or archive it and back; raises Invalid, NotFound."""
    done = await _update(ctx, Kind.TERM, key, sent, once)
    return (await known(ctx)).terms.get(key), done


async def add_version(
    ctx: Context, key: str, wordings: Sequence[tuple[str, str]], effective_from: datetime | None, once: Once
) -> tuple[Term | None, Done]:
    """Add a version to a term; no older one is touched. Raises Invalid, Conflict, NotFound.

    A version holds from no earlier than the one before it, so that at each moment the highest begun one is in force.
    """
    now, stored_id = ctx.now(), Kind.TERM.id(key)
    read, begins = inputs.wordings(wordings), inputs.effective(effective_from, now)

    async def decide(tx: Tx) -> int:
        doc = await store.one(ctx, stored_id, tx)
        if doc is None:
            raise NotFound("There is no term with this key.")
        if doc["archived_at"] is not None:
            raise Invalid("This term is archived; take it back first.")
        last = doc["versions"][-1]
        if len(doc["versions"]) >= MAX_VERSIONS:
            raise Conflict(f"A term has at most {MAX_VERSIONS} versions.", code="LIMIT")
        if begins < last["effective_from"]:
            message = f"Version {last['version']} takes effect only later; this one cannot begin before it."
            raise Invalid(message, path=("effective_from",))
        return int(last["version"]) + 1

    async def write(tx: Tx, number: int) -> None:
        version = inputs.version(number, read, begins, _created(ctx, now))
        await store.push_version(ctx, stored_id, version, _updated(ctx, now), tx)
        await store.insert_texts(ctx, inputs.text_docs(key, number, read), tx)

    done = await idempotency.act(ctx, once, {"key": key}, decide, write)
    forget(ctx)
    return (await known(ctx)).terms.get(key), done


# --- lists ---


async def create_list(
    ctx: Context,
    key: str,
    name: str,
    about: str | None,
    channel: ConsentChannel,
    purpose: str,
    double_opt_in: bool,  # noqa: FBT001 - What a list is, is said in full.
    once: Once,
) -> tuple[SubscriptionList | None, Done]:
    """Add a list; its channel and purpose stay. Raises Invalid (UNKNOWN_PURPOSE also for an archived one), Conflict."""
    doc = _new(ctx, Kind.LIST, key, name, about)
    doc |= {"channel": channel.value, "purpose": purpose, "double_opt_in": double_opt_in}
    done = await _create(ctx, Kind.LIST, key, doc, once)
    return (await known(ctx)).lists.get(key) if done.applied else None, done


async def update_list(
    ctx: Context, key: str, sent: Mapping[str, Any], once: Once
) -> tuple[SubscriptionList | None, Done]:
    """Change a list's name, description and double opt-in, or archive it and back; raises Invalid, NotFound."""
    done = await _update(ctx, Kind.LIST, key, sent, once)
    return (await known(ctx)).lists.get(key), done


# --- what all three share ---


def _new(ctx: Context, kind: Kind, key: str, name: str, about: str | None) -> Doc:
    now, stored_id = ctx.now(), kind.id(inputs.key(kind, key))
    described = inputs.described(name, about)
    noted = {**_created(ctx, now), **_updated(ctx, now)}
    return {"_id": stored_id, "kind": kind.value, **described, "archived_at": None, **noted}


async def _create(ctx: Context, kind: Kind, key: str, doc: Doc, once: Once, texts: Sequence[Doc] = ()) -> Done:
    async def decide(tx: Tx) -> None:
        found = Known.of(await store.every(ctx, tx))
        same = found.keys(kind)
        if key in same:
            raise Conflict("This key is taken; keys are never used again.", code="DUPLICATE_KEY", path=("key",))
        if len(same) >= MAX_OF[kind]:
            raise Conflict(f"There are {MAX_OF[kind]} of them already, archived ones counted.", code="LIMIT")
        if kind is Kind.LIST:
            _require_open(found, doc["purpose"])

    async def write(tx: Tx, _decided: None) -> None:
        await store.insert(ctx, doc, tx)
        await store.insert_texts(ctx, texts, tx)

    done = await idempotency.act(ctx, once, {"key": key}, decide, write)
    forget(ctx)
    return done


async def _update(ctx: Context, kind: Kind, key: str, sent: Mapping[str, Any], once: Once) -> Done:
    now, stored_id = ctx.now(), kind.id(key)
    values = inputs.change(sent)
    archived = values.pop("archived", None)

    async def decide(tx: Tx) -> Doc:
        stored = await store.one(ctx, stored_id, tx)
        if stored is None and stored_id not in SEEDS:
            raise NotFound(f"There is no {kind.value} with this key.")
        doc = {**SEEDS.get(stored_id, {}), **(stored or {})}
        wanted = dict(values)
        if archived is not None and archived is (doc["archived_at"] is None):
            wanted["archived_at"] = now if archived else None
        return {name: value for name, value in wanted.items() if doc[name] != value}

    async def write(tx: Tx, changed: Doc) -> None:
        if changed:
            put = {stored_id: {**changed, **_updated(ctx, now)}}
            await store.put(ctx, put, tx, upsert=_seeds(put))

    done = await idempotency.act(ctx, once, {"key": key}, decide, write)
    forget(ctx)
    return done


def _require_open(found: Known, purpose: str) -> None:
    there = found.purposes.get(purpose)
    if there is None or there.archived_at is not None:
        raise Invalid("There is no such purpose, or it is archived.", code="UNKNOWN_PURPOSE", path=("purpose",))


def _seeds(values: Mapping[str, Doc]) -> dict[str, Doc]:
    return {one: {"kind": SEEDS[one]["kind"]} for one in values if one in SEEDS}


def _created(ctx: Context, now: datetime) -> Doc:
    return {"created_at": now, "created_by": ctx.caller.actor}


def _updated(ctx: Context, now: datetime) -> Doc:
    return {"updated_at": now, "updated_by": ctx.caller.actor}
