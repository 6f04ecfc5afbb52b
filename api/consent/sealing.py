"""Seals the entries of each day (UTC) together, so that what was there on a day can be shown to be there still.

    root      = rolled SHA-256: it begins with the day and the root of the day before, and takes in each entry of the day,
                in the order in which they were recorded: root = SHA-256(root, subject, seq, hash)
    signature = a JWS over {version, ledger, issuer, day, entries, root, previous}, by the key of the receipts

A seal leaves the database: as a line of the log, and as a mail where `REGULARS_SEAL_EMAIL` is set. Somebody who puts the
whole database back to what it was can put back the seals in it too, but not those. Days without entries are sealed as
well, so that a seal that is missing shows.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from time import monotonic
from typing import Any

import orjson
import structlog
from bson import ObjectId

from api.consent import store
from api.core.context import Context
from api.core.mongo import Doc, Tx
from api.mail import rules as mail

GRACE = timedelta(minutes=10)
"""After the end of a day: whatever was being recorded then is written by now, or never."""
ENTRIES_TOGETHER = 1_000
PATIENCE_SECONDS = 5.0
VERSION = "1"
LEDGER = "consent"
ANY_DAY: Doc = {"$gt": ""}

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Rolled:
    """The root of a day as far as its entries were taken in."""

    root: str
    entries: int = 0
    beyond: tuple[datetime, ObjectId] | None = None

    @classmethod
    def begin(cls, day: str, previous: str | None) -> Rolled:
        """Begin a day after the one before."""
        return cls(hashlib.sha256(f"{day} {previous or ''}".encode()).hexdigest())

    async def on(self, ctx: Context, day: date, limit: int) -> bool:
        """Take in the next entries of the day; return whether these were the last."""
        docs = await store.recorded(ctx, midnight(day), midnight(day + timedelta(days=1)), self.beyond, limit)
        for doc in docs:
            line = f"{self.root} {doc.get('subject')} {doc.get('seq')} {doc.get('hash')}"
            self.root = hashlib.sha256(line.encode(errors="replace")).hexdigest()
            self.entries += 1
            self.beyond = doc["recorded_at"], doc["_id"]
        return len(docs) < limit


def midnight(day: date) -> datetime:
    """Return the moment at which a day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def payload(ctx: Context, day: str, rolled: Rolled, previous: str | None) -> dict[str, Any]:
    """Return what a seal says; whoever makes it, it says the same."""
    return {
        "version": VERSION,
        "ledger": LEDGER,
        "issuer": ctx.settings.url,
        "day": day,
        "entries": rolled.entries,
        "root": rolled.root,
        "previous": previous,
    }


async def sweep(ctx: Context) -> int:
    """Seal the days that are over; return how many. One command when there is none; safe in several schedulers at once."""
    sealed, until = 0, monotonic() + PATIENCE_SECONDS
    while due := await _due(ctx):
        sealed += await _seal(ctx, *due)
        if monotonic() > until:
            break
    return sealed


async def _due(ctx: Context) -> tuple[date, str | None] | None:
    """Return the next day that is to be sealed, and the root of the one before."""
    last = await store.seals(ctx, {"_id": ANY_DAY}, [("_id", -1)], 1)
    if last:
        day, previous = date.fromisoformat(last[0]["_id"]) + timedelta(days=1), last[0]["root"]
    else:
        began = await store.first_recorded(ctx)
        if began is None:
            return None
        day, previous = began.date(), None
    return (day, previous) if is_over(ctx, day, GRACE) else None


def is_over(ctx: Context, day: date, since: timedelta) -> bool:
    """Tell whether a day is over since some time."""
    return midnight(day + timedelta(days=1)) + since <= ctx.now()


async def _seal(ctx: Context, day: date, previous: str | None) -> bool:
    name, rolled, now = day.isoformat(), Rolled.begin(day.isoformat(), previous), ctx.now()
    while not await rolled.on(ctx, day, ENTRIES_TOGETHER):
        pass
    signature = ctx.keys.sign_document(orjson.dumps(payload(ctx, name, rolled, previous), option=orjson.OPT_SORT_KEYS))
    seal = {
        "_id": name,
        "entries": rolled.entries,
        "root": rolled.root,
        "previous": previous,
        "signature": signature,
        "sealed_at": now,
    }
    letter = _letter(ctx, name, rolled.entries, signature)

    async def body(tx: Tx) -> bool:
        if await store.seal(ctx, name, tx):
            return False
        await store.put_seal(ctx, seal, tx)
        if letter:
            await mail.put(ctx, letter, tx)
        return True

    is_new = await ctx.db.transact(body)
    if is_new:
        log.info("consent.sealed", day=name, entries=rolled.entries, seal=signature)
        if letter:
            await mail.ring(ctx, letter)
    return is_new


def _letter(ctx: Context, day: str, entries: int, signature: str) -> Doc | None:
    if not ctx.settings.seal_email:
        return None
    text = (
        f"{entries} consents were recorded on {day} (UTC) at {ctx.settings.url}, and sealed together.\n\n"
        "Keep this mail where nobody who can write the database can change it. Saved as a file, it proves that nothing\n"
        "was changed or taken away since:\n\n"
        "    regulars verify-ledger --seal FILE\n\n"
        f"{signature}\n"
    )
    return mail.draft(ctx, ctx.settings.seal_email, f"Seal of the consents of {day}", text)
