"""Recording what people agreed to: many items, each whole in one transaction, each with its own answer.

Several items share a transaction as long as it stays small. What an item is refused with is its answer; the others are
not touched by it. With a key an item is one effect however often it is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

from bson import ObjectId

from api.agreements import rules as agreements
from api.agreements.model import Known
from api.consent import store, wishes
from api.consent.desk import Desk
from api.consent.model import AppliedAs, Entry
from api.consent.wishes import Wish
from api.core import idempotency
from api.core.context import Context
from api.core.errors import Conflict, Invalid, Problem, RegularsError, Unavailable
from api.core.idempotency import Once
from api.core.mongo import Doc, Tx
from api.webhooks import outbox
from api.webhooks.model import WebhookTopic

MAX_ITEMS = 500
ITEMS_TOGETHER = 100
MAX_DOCUMENTS = 900
"""Written in one transaction; MongoDB advises at most 1,000."""
PATIENCE_SECONDS = 10.0


@dataclass(slots=True)
class Recorded:
    """The answer for one item."""

    entry: Entry | None = None
    applied: bool = False
    replayed: bool = False
    needless: bool = False
    """Nothing had to be written: it takes back what somebody said who was erased since."""
    customers: list[ObjectId] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)

    @property
    def applied_as(self) -> AppliedAs | None:
        """What the entry did, or would have done."""
        if self.needless:
            return AppliedAs.NO_CHANGE
        return self.entry.applied_as if self.entry else None


@dataclass(slots=True)
class _Item:
    place: int
    once: Once
    wish: Wish | None = None
    answer: Recorded = field(default_factory=Recorded)


class _TooMuch(Exception):
    """More documents than one transaction should write."""


async def record(ctx: Context, items: Sequence[Mapping[str, Any]], sendings: Sequence[Once]) -> list[Recorded]:
    """Record items (see `wishes.read`), each under its own sending; answers in their order.

    Codes: those of `wishes.read`, DUPLICATE_ITEM, AMBIGUOUS_IDENTIFIER, IDENTIFIER_SUPPRESSED, NOT_FOUND,
    IDEMPOTENCY_KEY_REUSED, UNAVAILABLE.
    Raises Invalid (REQUIRED, TOO_MANY_ITEMS).
    """
    if not 1 <= len(items) <= MAX_ITEMS:
        raise Invalid(
            f"Between 1 and {MAX_ITEMS} items.", code="TOO_MANY_ITEMS" if items else "REQUIRED", path=("items",)
        )
    known, now = await agreements.known(ctx), ctx.now()
    rows = [_Item(place, once) for place, once in enumerate(sendings)]
    for row, item in zip(rows, items, strict=True):
        _read(ctx, known, row, item, now)
    _refuse_twins(rows)
    good = [row for row in rows if row.wish]
    for start in range(0, len(good), ITEMS_TOGETHER):
        await _together(ctx, good[start : start + ITEMS_TOGETHER], now)
    return [row.answer for row in rows]


def _read(ctx: Context, known: Known, row: _Item, item: Mapping[str, Any], now: datetime) -> None:
    try:
        row.wish = wishes.read(ctx, known, item, now)
    except RegularsError as error:
        row.answer.errors.append(error.problem)


def _refuse_twins(rows: Sequence[_Item]) -> None:
    seen: dict[Any, int] = {}
    for row in rows:
        if row.wish is None:
            continue
        first = seen.setdefault(row.wish.likeness, row.place)
        if first != row.place:
            row.wish = None
            row.answer.errors.append(Problem("DUPLICATE_ITEM", f"This is item {first} once more."))


async def _together(ctx: Context, rows: Sequence[_Item], now: datetime) -> None:
    try:
        await _patiently(ctx, rows, now)
    except _TooMuch:
        middle = len(rows) // 2
        await _together(ctx, rows[:middle], now)
        await _together(ctx, rows[middle:], now)
    except (Unavailable, Conflict) as error:
        for row in rows:
            row.answer = Recorded(errors=[error.problem])


async def _patiently(ctx: Context, rows: Sequence[_Item], now: datetime) -> None:
    """Write these in one transaction; while others write the same addresses, wait for them."""
    prepared = await outbox.prepare(ctx, WebhookTopic.CONSENT_CHANGED, [row.wish.entry_id for row in rows if row.wish])
    asked = next((row.once for row in rows if row.once.key), rows[0].once)
    until = monotonic() + PATIENCE_SECONDS
    is_again = False

    async def body(tx: Tx) -> list[str]:
        # An attempt whose commit nobody heard of may have come through.
        if is_again and await _written(ctx, tx, rows):
            return []
        return await _write(ctx, tx, rows, prepared, now)

    while True:
        try:
            ringing = await idempotency.transact(ctx, asked, body)
            break
        except Unavailable as error:
            if error.code != "UNAVAILABLE" or monotonic() >= until:
                raise
            is_again = True
            await asyncio.sleep(idempotency.PAUSE_SECONDS)
    await outbox.ring(ctx, ringing)


async def _written(ctx: Context, tx: Tx, rows: Sequence[_Item]) -> bool:
    found = await store.by_ids(ctx, [row.wish.entry_id for row in rows if row.wish], tx)
    for row in rows:
        doc = found.get(row.wish.entry_id) if row.wish else None
        if doc:
            row.answer = Recorded(Entry.of(doc), applied=True)
    return bool(found)


async def _write(ctx: Context, tx: Tx, rows: Sequence[_Item], prepared: outbox.Prepared, now: datetime) -> list[str]:
    receipts = await idempotency.seen_many(ctx, tx, [row.once for row in rows]) if _keyed(rows) else [None] * len(rows)
    await _replay(ctx, tx, rows, receipts)
    new = [row for row, receipt in zip(rows, receipts, strict=True) if receipt is None]
    desk = await Desk.open(ctx, [row.wish for row in new if row.wish], now, tx)
    taken = [row for row in new if _take(desk, row)]
    told = sum(len(one) for one in prepared.by_subject.values())
    if len(rows) > 1 and desk.documents + len(taken) + told > MAX_DOCUMENTS:
        raise _TooMuch
    if not taken or taken[0].once.dry_run:
        return []
    if _keyed(taken):
        kept = [(row.once, {"entry": row.answer.entry.id}) for row in taken if row.answer.entry]
        await idempotency.keep_many(ctx, tx, kept)
    await desk.write(tx)
    changed = [row.answer.entry.id for row in taken if row.answer.entry and row.answer.applied_as is AppliedAs.CURRENT]
    for row in taken:
        row.answer.applied = True
    return await outbox.announce(ctx, tx, prepared, changed)


def _keyed(rows: Sequence[_Item]) -> bool:
    return any(row.once.key for row in rows)


def _take(desk: Desk, row: _Item) -> bool:
    # The body may run several times: each begins with a clean answer.
    row.answer = Recorded()
    if row.wish is None:
        return False
    try:
        entry = desk.take(row.wish)
    except RegularsError as error:
        row.answer.errors = [error.problem]
        return False
    if entry is None:
        row.answer.needless = True
        return False
    row.answer.entry = Entry.of(entry)
    row.answer.customers = desk.holders_of(row.wish)
    return True


async def _replay(ctx: Context, tx: Tx, rows: Sequence[_Item], receipts: Sequence[Doc | Conflict | None]) -> None:
    wanted = [one["entry"] for one in receipts if isinstance(one, dict)]
    found = await store.by_ids(ctx, wanted, tx)
    for row, receipt in zip(rows, receipts, strict=True):
        if isinstance(receipt, Conflict):
            row.answer = Recorded(errors=[receipt.problem])
        elif receipt is not None:
            doc = found.get(receipt["entry"])
            row.answer = Recorded(Entry.of(doc) if doc else None, applied=True, replayed=True)


def sendings(batch: Once, keys: Sequence[str | None], contents: Sequence[Mapping[str, Any]]) -> list[Once]:
    """Return how each item of a batch is sent: under its own key, or the batch's and its place."""
    return [
        idempotency.once(batch.mutation, content, key=own, dry_run=batch.dry_run)
        if own
        else idempotency.part(batch, place, content)
        for place, (own, content) in enumerate(zip(keys, contents, strict=True))
    ]
