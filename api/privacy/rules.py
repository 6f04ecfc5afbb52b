"""What may happen for a person's privacy: she is given a copy of all that is known about her."""

from __future__ import annotations

from dataclasses import dataclass

from bson import ObjectId

from api.access import rules as access
from api.core import idempotency, ids
from api.core.context import Context
from api.core.errors import Invalid, NotFound
from api.core.idempotency import Once
from api.core.mongo import Doc, Tx
from api.core.personal import Person
from api.customers import choosing, personal as customers
from api.customers.model import EDITABLE
from api.files import rules as files
from api.files.model import File
from api.privacy import copying
from api.privacy.composing import Composing, stage
from api.privacy.model import KEPT_HOURS, MAX_BYTES, MAX_REASON
from api.runs import rules as runs
from api.runs.model import Run

LOOK = "profile.copied"


@dataclass(frozen=True, slots=True)
class Copied:
    """The copy as files, or the run that makes them; nothing for a dry run, or when the time of the files is over."""

    file: File | None = None
    page: File | None = None
    run: Run | None = None
    applied: bool = False
    replayed: bool = False


async def copy(ctx: Context, sending: Once, public_id: str, reason: str | None = None) -> Copied:
    """Make a person's copy, as JSON and as a page to read; both can be downloaded for an hour, by whoever asked.

    Of over 5 MB a run makes it, and it is there for a day. It is an entry of the access log, which is in the copy itself.
    Raises NotFound; Invalid (TOO_LONG). Source: GDPR art. 15(3) and 20(1).
    """
    customer_id = ids.read(ids.CUSTOMER, public_id)
    if reason and len(reason) > MAX_REASON:
        raise Invalid(f"At most {MAX_REASON} characters.", code="TOO_LONG", path=("reason",))
    known = await idempotency.seen(ctx, None, sending)
    if known:
        return await _again(ctx, known)
    look = access.look(ctx, LOOK, customer_id, (), reason)
    person = await customers.person(ctx, customer_id, [look])
    if person is None:
        raise NotFound(path=("id",))
    look["fields"] = [name for name in EDITABLE if person.doc.get(name)]
    composing = Composing(ctx, person, reason)
    try:
        is_whole = await _is_written(composing)
        if sending.dry_run:
            return Copied()
        if is_whole:
            return await _kept(ctx, sending, person, look, composing)
    finally:
        composing.close()
    return await _later(ctx, sending, person, look)


async def _is_written(composing: Composing) -> bool:
    """Write the copy; False when it is too much for one answer."""
    async for _ in composing.write():
        if composing.size > MAX_BYTES:
            return False
    return True


async def _again(ctx: Context, receipt: Doc) -> Copied:
    if "run" in receipt:
        return Copied(run=await runs.get_by_id(ctx, receipt["run"]), applied=True, replayed=True)
    found = await files.many(ctx, [receipt["file"], receipt["page"]])
    return Copied(found.get(receipt["file"]), found.get(receipt["page"]), applied=True, replayed=True)


async def _kept(ctx: Context, sending: Once, person: Person, look: Doc, composing: Composing) -> Copied:
    staged = [ids.new(), ids.new()]
    for file_id, one in zip(staged, composing.documents(), strict=True):
        await stage(ctx, one, file_id, person.customer_id, KEPT_HOURS)

    async def body(tx: Tx) -> Doc | None:
        known = await idempotency.seen(ctx, tx, sending)
        if known is None:
            await _check(ctx, person.customer_id, tx)
            await idempotency.keep(ctx, tx, sending, {"file": staged[0], "page": staged[1]})
            await files.release(ctx, staged, tx)
            await access.put_look(ctx, look, tx)
        return known

    try:
        known = await idempotency.transact(ctx, sending, body)
    except NotFound:
        await files.discard(ctx, staged)
        raise
    if known and known.get("file") != staged[0]:
        # The same was asked for twice at once, and the other was faster.
        await files.discard(ctx, staged)
        return await _again(ctx, known)
    found = await files.many(ctx, staged)
    return Copied(found.get(staged[0]), found.get(staged[1]), applied=True)


async def _later(ctx: Context, sending: Once, person: Person, look: Doc) -> Copied:
    doc = copying.draft(ctx, person.customer_id, look["_id"])

    async def body(tx: Tx) -> Doc | None:
        known = await idempotency.seen(ctx, tx, sending)
        if known is None:
            await _check(ctx, person.customer_id, tx)
            await idempotency.keep(ctx, tx, sending, {"run": doc["_id"]})
            await access.put_look(ctx, look, tx)
            await runs.start(ctx, doc, tx)
        return known

    known = await idempotency.transact(ctx, sending, body)
    if known:
        return await _again(ctx, known)
    await runs.ring(ctx, doc["_id"])
    return Copied(run=await runs.get_by_id(ctx, doc["_id"]), applied=True)


async def _check(ctx: Context, customer_id: ObjectId, tx: Tx) -> None:
    """Raise NotFound when somebody was erased or anonymized while her copy was made."""
    if not await choosing.whole(ctx, [customer_id], tx):
        raise NotFound
