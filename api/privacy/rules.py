"""What may happen for a person's privacy: she is given a copy of all that is known about her."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from bson import ObjectId

from api.access import rules as access
from api.access.model import Permission
from api.core import idempotency, ids
from api.core.context import Context
from api.core.errors import Invalid, NotFound
from api.core.idempotency import Once
from api.core.mongo import Doc, Tx
from api.core.personal import Person, too_large
from api.customers import choosing, personal as customers
from api.customers.model import EDITABLE
from api.files import rules as files
from api.files.model import HTML, JSON, File, FileKind
from api.privacy import page
from api.privacy.model import FORMAT, KEPT_HOURS, MAX_BYTES, MAX_REASON, SCHEMA_VERSION, Part, document
from api.privacy.registry import COPIED

LOOK = "profile.copied"


@dataclass(frozen=True, slots=True)
class Copied:
    """The copy as files; None for a dry run, or when their time is over."""

    file: File | None = None
    page: File | None = None
    applied: bool = False
    replayed: bool = False


async def copy(ctx: Context, sending: Once, public_id: str, reason: str | None = None) -> Copied:
    """Make a person's copy, as JSON and as a page to read; both can be downloaded for an hour, by whoever asked.

    It is an entry of the access log, which is in the copy itself. Raises NotFound; Invalid (TOO_LONG, TOO_LARGE).
    Source: GDPR art. 15(3) and 20(1).
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
    parts = await collect(ctx, person)
    data = document(_manifest(ctx, person, parts, reason), parts)
    if len(data) > MAX_BYTES:
        raise too_large()
    if sending.dry_run:
        return Copied()
    # Megabytes of it take a second, in which others are to be answered.
    html = await asyncio.to_thread(page.html, _manifest(ctx, person, parts, reason), parts, person.doc)
    return await _kept(ctx, sending, look, data, html)


async def collect(ctx: Context, person: Person) -> list[Part]:
    """Return what every collection knows about a person."""
    return [Part.of(one, await one.copy(ctx, person)) for one in COPIED if one.copy]


def _manifest(ctx: Context, person: Person, parts: list[Part], reason: str | None) -> Doc:
    return {
        "format": FORMAT,
        "schemaVersion": SCHEMA_VERSION,
        "issuer": ctx.settings.url,
        "customer": ids.show(ids.CUSTOMER, person.customer_id),
        "madeAt": ctx.now(),
        "madeBy": {"kind": ctx.caller.actor["kind"], "name": ctx.caller.actor["name"]},
        "reason": reason or None,
        "parts": [one.entry for one in parts],
    }


async def _again(ctx: Context, receipt: Doc) -> Copied:
    found = await files.many(ctx, [receipt["file"], receipt["page"]])
    return Copied(found.get(receipt["file"]), found.get(receipt["page"]), applied=True, replayed=True)


async def _kept(ctx: Context, sending: Once, look: Doc, data: bytes, html: bytes) -> Copied:
    about: ObjectId = look["customer_id"]
    docs = [_draft(ctx, data, JSON, about), _draft(ctx, html, HTML, about)]
    staged: list[ObjectId] = [doc["_id"] for doc in docs]
    for doc, written in zip(docs, (data, html), strict=True):
        await files.stage(ctx, doc, written)

    async def body(tx: Tx) -> Doc | None:
        known = await idempotency.seen(ctx, tx, sending)
        if known is None:
            if not await choosing.whole(ctx, [about], tx):
                raise NotFound
            await idempotency.keep(ctx, tx, sending, {"file": staged[0], "page": staged[1]})
            await files.release(ctx, staged, tx)
            await access.put_look(ctx, look, tx)
        return known

    try:
        known = await idempotency.transact(ctx, sending, body)
    except NotFound:
        # She was erased or anonymized while the copy was made.
        await files.discard(ctx, staged)
        raise
    if known and known["file"] != staged[0]:
        # The same was asked for twice at once, and the other was faster.
        await files.discard(ctx, staged)
        return await _again(ctx, known)
    found = await files.many(ctx, staged)
    return Copied(found.get(staged[0]), found.get(staged[1]), applied=True)


def _draft(ctx: Context, data: bytes, media: str, about: ObjectId) -> Doc:
    name = "copy.json" if media == JSON else "copy.html"
    needed = Permission.CUSTOMER_EXPORT_SINGLE.value
    return files.drafted(ctx, name, data, needed, media, kind=FileKind.COPY, hours=KEPT_HOURS, about=about)
