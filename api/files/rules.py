"""What may happen to a file: it is uploaded part by part, written by a run, read, and removed when its time is over."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from bson import Binary, ObjectId

from api.access.model import Permission
from api.core import idempotency, ids
from api.core.context import Context
from api.core.errors import Conflict, Forbidden, Invalid, NotFound, RegularsError
from api.core.idempotency import Once
from api.core.mongo import Doc, Tx
from api.files import clearing, store
from api.files.model import KEEP_DAYS, MAX_BYTES, MAX_NAME, PART_BYTES, TICKET_HOURS, File, FileKind

SWEEP_FILES = 20
FILE_REMOVED = "FILE_REMOVED"


# --- uploading ---


def draft(ctx: Context, name: str, size: int, kind: FileKind = FileKind.UPLOAD) -> Doc:
    """Return a new, empty file; raises Invalid for a size that cannot be taken."""
    if size < 0 or (kind is FileKind.UPLOAD and size == 0):
        raise Invalid("This file is empty.", code="EMPTY_FILE", path=("size",))
    if size > MAX_BYTES:
        raise Invalid("A file has at most 2 GiB.", code="TOO_LARGE", path=("size",))
    shown = "".join(letter for letter in name.strip() if letter.isprintable())[:MAX_NAME]
    now = ctx.now()
    return {
        "_id": ids.new(),
        "kind": kind.value,
        "permission": Permission.IMPORT_RUN.value,
        "size": size,
        "uploaded": 0,
        "complete": False,
        "sha256": None,
        "created_at": now,
        "created_by": ctx.caller.actor,
        "expires_at": now + timedelta(hours=TICKET_HOURS),
        "personal": {"name": shown or "file.csv"},
    }


def draft_export(ctx: Context, name: str, media: str, also: Sequence[str]) -> Doc:
    """Return a new file that an export will fill; whoever may export, and see what stands in it, may fetch it."""
    kept = ctx.now() + timedelta(days=KEEP_DAYS)
    permission = Permission.CUSTOMER_EXPORT_BULK.value
    drafted = draft(ctx, name, 0, FileKind.EXPORT)
    return {**drafted, "permission": permission, "also": list(also), "media": media, "expires_at": kept}


async def create(ctx: Context, sending: Once, name: str, size: int) -> tuple[File | None, bool]:
    """Announce an upload; answers it (None for a dry run) and whether this key had announced it before."""
    doc = draft(ctx, name, size)
    if sending.dry_run:
        return None, False

    async def body(tx: Tx) -> Doc | None:
        known = await idempotency.seen(ctx, tx, sending)
        if known is None:
            await idempotency.keep(ctx, tx, sending, {"file": doc["_id"]})
            await store.insert(ctx, doc, tx)
        return known

    known = await idempotency.transact(ctx, sending, body)
    return (await by_id(ctx, known["file"]), True) if known else (File.of(doc), False)


async def record(ctx: Context, doc: Doc, tx: Tx | None = None) -> File:
    """Record a drafted file that the server itself will fill."""
    await store.insert(ctx, doc, tx)
    return File.of(doc)


def ticket(ctx: Context, file: File) -> str:
    """Return what lets its holder upload this file, and nothing else, until it expires."""
    body = f"{file.id}-{int(file.created_at.timestamp()) + TICKET_HOURS * 3600}"
    return f"{body}-{ctx.keys.sign('upload', body)}"


async def of_ticket(ctx: Context, text: str) -> File:
    """Return the file of a ticket; raises NotFound for one that was made up or is over."""
    parts = text.split("-", 2)
    if len(parts) != 3 or not parts[1].isdigit() or not ctx.keys.verify("upload", f"{parts[0]}-{parts[1]}", parts[2]):  # noqa: PLR2004
        raise NotFound("This upload address is not valid.")
    if datetime.fromtimestamp(int(parts[1]), UTC) <= ctx.now():
        raise NotFound("This upload address is over; start again.")
    return await by_id(ctx, ObjectId(parts[0]))


async def upload(ctx: Context, file: File, offset: int, data: bytes) -> File:
    """Take the bytes at an offset; the same bytes again change nothing.

    Raises Invalid (EMPTY_PART, PART_TOO_LARGE, TOO_LARGE), Conflict (WRONG_OFFSET) for a gap or other bytes at a place
    that is taken.
    """
    if not data:
        raise Invalid("This part is empty.", code="EMPTY_PART")
    if len(data) > PART_BYTES:
        raise Invalid(f"A part has at most {PART_BYTES} bytes.", code="PART_TOO_LARGE")
    if offset < 0 or offset + len(data) > file.size:
        raise Invalid("These bytes lie beyond the file's end.", code="TOO_LARGE")
    digest = hashlib.sha256(data).hexdigest()
    end = offset + len(data)
    part_id = ids.new()
    # An upload lives as long as a result once it is whole; until then only as long as its ticket.
    whole: Doc = {"expires_at": ctx.now() + timedelta(days=KEEP_DAYS)} if end == file.size else {}

    async def body(tx: Tx) -> bool:
        there = await store.part_at(ctx, file.id, offset, tx)
        if there:
            return bool(there["digest"] == digest)
        if not await store.grew(ctx, file.id, offset, {"uploaded": end, **whole}, tx):
            return False
        await store.add_part(ctx, _part(part_id, file.id, offset, data, digest), tx)
        return True

    if not await ctx.db.transact(body):
        raise Conflict("These bytes do not go on where the upload stands.", code="WRONG_OFFSET")
    found = await by_id(ctx, file.id)
    return await _completed(ctx, found) if found.uploaded == found.size and not found.complete else found


async def _completed(ctx: Context, file: File) -> File:
    sha = hashlib.sha256()
    async for data in read(ctx, file):
        sha.update(data)
    await store.put(ctx, file.id, {"complete": True, "sha256": sha.hexdigest()})
    return await by_id(ctx, file.id)


def _part(part_id: ObjectId, file_id: ObjectId, offset: int, data: bytes, digest: str) -> Doc:
    return {
        "_id": part_id,
        "file_id": file_id,
        "offset": offset,
        "size": len(data),
        "digest": digest,
        "data": Binary(data),
    }


# --- results ---


async def append(ctx: Context, file_id: ObjectId, offset: int, data: bytes, part_id: ObjectId, tx: Tx) -> None:
    """Add a part to a result in a run's transaction."""
    put = {"uploaded": offset + len(data), "size": offset + len(data)}
    # A file that was removed meanwhile takes no more bytes.
    if await store.put(ctx, file_id, put, tx):
        await store.add_part(ctx, _part(part_id, file_id, offset, data, ""), tx)


async def keep(ctx: Context, file_id: ObjectId, tx: Tx | None = None, *, complete: bool = False) -> None:
    """Let a file live for another 7 days; `complete` says that it has all its bytes."""
    put: Doc = {"expires_at": ctx.now() + timedelta(days=KEEP_DAYS)}
    await store.put(ctx, file_id, {**put, "complete": True} if complete else put, tx)


async def finish(ctx: Context, file_id: ObjectId, sha256: str, tx: Tx) -> None:
    """Say that a result has all its bytes, and which they are; it lives for 7 days from now."""
    put = {"complete": True, "sha256": sha256, "expires_at": ctx.now() + timedelta(days=KEEP_DAYS)}
    await store.put(ctx, file_id, put, tx)


# --- results that are there at once ---


def drafted(
    ctx: Context,
    name: str,
    size: int,
    sha256: str,
    permission: str,
    media: str,
    *,
    kind: FileKind,
    hours: int,
    about: ObjectId,
) -> Doc:
    """Return a file about a customer of which all bytes are known; nothing is written."""
    now = ctx.now()
    return {
        "_id": ids.new(),
        "kind": kind.value,
        "permission": permission,
        "media": media,
        "size": size,
        "uploaded": size,
        "complete": False,
        "sha256": sha256,
        "created_at": now,
        "created_by": ctx.caller.actor,
        "expires_at": now + timedelta(hours=hours),
        "about": about,
        "personal": {"name": name},
    }


async def stage(ctx: Context, doc: Doc, parts: Iterable[bytes]) -> None:
    """Write a drafted file that nobody can read until `release`, outside of transactions: its bytes may be too many for one.

    Should nobody release it, it goes when its time is over.
    """
    await store.put_whole(ctx, doc)
    offset = 0
    for data in parts:
        await store.put_part(ctx, _part(ids.new(), doc["_id"], offset, data, ""))
        offset += len(data)


async def release(ctx: Context, file_ids: Sequence[ObjectId], tx: Tx) -> None:
    """Let staged files be read."""
    for one in file_ids:
        await store.put(ctx, one, {"complete": True}, tx)


async def discard(ctx: Context, file_ids: Sequence[ObjectId]) -> None:
    """Remove files at once."""
    for one in file_ids:
        await store.remove(ctx, one)


# --- reading ---


def check_reader(ctx: Context, file: File) -> None:
    """Raise Unauthenticated or Forbidden unless the caller may read a file's bytes now."""
    for one in (file.permission, *file.also):
        ctx.require(one)
    if file.is_private and (ctx.caller.kind.value, ctx.caller.id) != (file.created_by["kind"], file.created_by["id"]):
        raise Forbidden("Only who had this copy made may download it.")


def may_read(ctx: Context, file: File) -> bool:
    """Tell whether the caller may read a file's bytes now."""
    try:
        check_reader(ctx, file)
    except RegularsError:
        return False
    return file.complete


async def get(ctx: Context, public_id: str) -> File:
    """Return a file by its public id; raises what `by_id` raises."""
    return await by_id(ctx, ids.read(ids.FILE, public_id))


async def by_id(ctx: Context, file_id: ObjectId, tx: Tx | None = None) -> File:
    """Return a file; raises NotFound, also when its time is over; as FILE_REMOVED when it held a person who went."""
    doc = await store.by_id(ctx, file_id, tx)
    if doc is None or doc["expires_at"] <= ctx.now():
        raise NotFound("This file does not exist, or its time is over.")
    if doc.get("removal"):
        raise NotFound("This file was removed because it held a person who was erased.", code=FILE_REMOVED)
    return File.of(doc)


async def is_removed(ctx: Context, file_id: ObjectId, tx: Tx) -> bool:
    """Tell whether a file was removed because it held a person who went."""
    doc = await store.by_id(ctx, file_id, tx)
    return doc is not None and bool(doc.get("removal"))


async def many(ctx: Context, file_ids: Sequence[ObjectId]) -> dict[ObjectId, File]:
    """Return the files that still exist, by id; none that were removed."""
    found = await store.by_ids(ctx, file_ids)
    there = {one: doc for one, doc in found.items() if not doc.get("removal")}
    return {one: File.of(doc) for one, doc in there.items() if doc["expires_at"] > ctx.now()}


async def read(ctx: Context, file: File, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
    """Yield a file's bytes from `start` up to `end`, a part at a time; raises NotFound when a part is gone."""
    stop = file.uploaded if end is None else end
    while start < stop:
        part = await store.covering(ctx, file.id, start)
        if part is None or part["offset"] + part["size"] <= start:
            raise NotFound("This file does not exist, or its time is over.")
        data: bytes = part["data"]
        yield data[start - part["offset"] : stop - part["offset"]]
        start = part["offset"] + part["size"]


# --- sweeping ---


async def sweep(ctx: Context) -> int:
    """Remove files whose time is over, some at a time; return how many."""
    gone = await store.expired(ctx, ctx.now(), SWEEP_FILES)
    for file_id in gone:
        await store.remove(ctx, file_id)
    # Should whoever removes persons have been cut off, the bytes of what they removed go here.
    while (await ctx.db.transact(lambda tx: clearing.remove_some(ctx, tx))).more:
        continue
    return len(gone)
