"""Idempotency keys and dry runs: the same message twice is one effect and two answers.

A mutation builds a `Once` from its input. Inside its one transaction it asks `seen` first, and calls `keep` as its
first write; `transact` around both waits while the same key is in flight, and `act` is all of it for a simple mutation.
Refusals leave no record, so a mended input may use its key again. Records are kept for 7 days on our own clock and hold
ids, versions and codes only.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic
from typing import Any, TypeVar

import orjson

from api.core.context import Context
from api.core.errors import Conflict, Invalid, Unavailable
from api.core.mongo import Doc, Index, Tx, UpdateOne, is_write_conflict

RECORDS = "idempotency"
KEPT = timedelta(days=7)
MAX_KEY = 255
WAIT_SECONDS = 10.0
PAUSE_SECONDS = 0.05
_CLASHED = "idempotency clash"
T = TypeVar("T")
COLLECTIONS: dict[str, tuple[Index, ...]] = {
    RECORDS: (Index((("expires_at", 1),), "Sweeping what is older than 7 days."),),
}


@dataclass(frozen=True, slots=True)
class Once:
    """One sending of a mutation: under which key, with what content, and whether it only asks."""

    mutation: str
    key: str | None = None
    digest: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """How a sending ended: its receipt, whether it is written now, and whether it was before."""

    receipt: Doc
    applied: bool = False
    replayed: bool = False


def once(mutation: str, content: Mapping[str, Any], *, key: str | None, dry_run: bool) -> Once:
    """Describe a sending; the content is digested without the key itself. Raises Invalid (TOO_LONG) beyond 255."""
    if key is not None and not 1 <= len(key) <= MAX_KEY:
        raise Invalid(f"An idempotency key has 1 to {MAX_KEY} characters.", code="TOO_LONG", path=("idempotency_key",))
    if key is None:
        return Once(mutation, dry_run=dry_run)
    return Once(mutation, key, _digest(content), dry_run)


def part(whole: Once, place: int, content: Mapping[str, Any]) -> Once:
    """Describe a part of a sending: under the whole's key, however long, and its place."""
    return replace(whole, key=f"{whole.key}#{place}", digest=_digest(content)) if whole.key else whole


def _digest(content: Mapping[str, Any]) -> str:
    canonical = orjson.dumps(content, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return hashlib.sha256(canonical).hexdigest()


async def seen(ctx: Context, tx: Tx | None, sending: Once) -> Doc | None:
    """Return what was kept under this key, or None when it is new, expired, absent, or this is a dry run.

    Raises Conflict (IDEMPOTENCY_KEY_REUSED) when it was kept for other content.
    """
    if sending.key is None or sending.dry_run:
        return None
    found = await ctx.db[RECORDS].find_one({"_id": _record_id(ctx, sending)}, tx=tx)
    if found is None or found["expires_at"] <= ctx.now():
        return None
    if found["digest"] != _content(ctx, sending):
        raise _reused()
    receipt: Doc = found["receipt"]
    return receipt


async def keep(ctx: Context, tx: Tx, sending: Once, receipt: Doc) -> None:
    """Keep ids, versions and codes as the first write of the effect's transaction; nothing without a key.

    Of two that send one key at once, the second's write clashes; its transaction starts anew and sees the first's.
    """
    if sending.key is None:
        return
    record = {"digest": _content(ctx, sending), "receipt": receipt, "expires_at": ctx.now() + KEPT}
    with _clashes_noted(ctx):
        await ctx.db[RECORDS].update_one({"_id": _record_id(ctx, sending)}, {"$set": record}, upsert=True, tx=tx)


@contextmanager
def _clashes_noted(ctx: Context) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if is_write_conflict(error):
            ctx.memo[_CLASHED] = True
        raise


def _reused() -> Conflict:
    message = "This idempotency key was used with other content; nothing was done."
    return Conflict(message, code="IDEMPOTENCY_KEY_REUSED", path=("idempotency_key",))


async def seen_many(ctx: Context, tx: Tx, sendings: Sequence[Once]) -> list[Doc | Conflict | None]:
    """Ask `seen` for the items of a batch in one command; other content under a key is answered, not raised."""
    ids = {_record_id(ctx, one) for one in sendings if one.key is not None and not one.dry_run}
    found = await ctx.db[RECORDS].by_ids(sorted(ids), tx=tx)
    answers: list[Doc | Conflict | None] = []
    for one in sendings:
        record = None if one.key is None or one.dry_run else found.get(_record_id(ctx, one))
        if record is None or record["expires_at"] <= ctx.now():
            answers.append(None)
        elif record["digest"] != _content(ctx, one):
            answers.append(_reused())
        else:
            answers.append(record["receipt"])
    return answers


async def keep_many(ctx: Context, tx: Tx, receipts: Sequence[tuple[Once, Doc]]) -> None:
    """Keep the receipts of a batch's items as the first write of their transaction, in one command."""
    records = [
        UpdateOne(
            {"_id": _record_id(ctx, one)},
            {"$set": {"digest": _content(ctx, one), "receipt": receipt, "expires_at": ctx.now() + KEPT}},
            upsert=True,
        )
        for one, receipt in receipts
        if one.key is not None
    ]
    with _clashes_noted(ctx):
        await ctx.db[RECORDS].bulk(records, tx)


async def transact(ctx: Context, sending: Once, body: Callable[[Tx], Awaitable[T]]) -> T:
    """Run a body that calls `seen` and `keep` in one transaction; wait while another holds the same key.

    Raises Conflict (IN_PROGRESS) when it is still held after 10 seconds.
    """
    until = monotonic() + WAIT_SECONDS
    while True:
        ctx.memo.pop(_CLASHED, None)
        try:
            return await ctx.db.transact(body)
        except Unavailable:
            if sending.key is None or not ctx.memo.get(_CLASHED):
                raise
            if monotonic() >= until:
                message = "The same idempotency key is being worked on. Ask again in a moment."
                raise Conflict(message, code="IN_PROGRESS", path=("idempotency_key",)) from None
        await asyncio.sleep(PAUSE_SECONDS)


async def act(
    ctx: Context,
    sending: Once,
    receipt: Doc,
    decide: Callable[[Tx], Awaitable[T]],
    write: Callable[[Tx, T], Awaitable[None]],
) -> Done:
    """Decide, keep the receipt and write in one transaction; a dry run only decides, a repetition answers the receipt.

    `decide` reads and raises, `write` writes what it answered; both may run several times.
    """

    async def body(tx: Tx) -> Done:
        kept = await seen(ctx, tx, sending)
        if kept is not None:
            return Done(kept, applied=True, replayed=True)
        decided = await decide(tx)
        if sending.dry_run:
            return Done(receipt)
        await keep(ctx, tx, sending, receipt)
        await write(tx, decided)
        return Done(receipt, applied=True)

    return await transact(ctx, sending, body)


async def sweep(ctx: Context, limit: int = 500) -> int:
    """Delete what is older than 7 days, at most `limit`; return how many went."""
    old = await ctx.db[RECORDS].find({"expires_at": {"$lte": ctx.now()}}, limit=limit, fields={"_id": 1})
    return await ctx.db[RECORDS].delete_ids([doc["_id"] for doc in old])


def _content(ctx: Context, sending: Once) -> str:
    # Keyed, because inputs may hold what a bare digest would let someone guess, such as a password.
    return ctx.keys.digest("idempotent content", sending.digest)


def _record_id(ctx: Context, sending: Once) -> str:
    # Strangers are told apart by where they call from, so that one cannot use up another's key.
    caller = ctx.caller.id or ctx.address
    return ctx.keys.digest("idempotency", f"{ctx.caller.kind}:{caller}:{sending.mutation}:{sending.key}")
