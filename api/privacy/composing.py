"""A copy while it is made: row by row, as JSON and as a page, in memory that does not grow with what is known."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from tempfile import SpooledTemporaryFile
from typing import IO

from bson import ObjectId

from api.access.model import Permission
from api.core import ids
from api.core.context import Context
from api.core.mongo import Doc
from api.core.personal import PAGE, Holding, Person
from api.files import rules as files
from api.files.model import HTML, JSON, PART_BYTES, FileKind
from api.privacy.model import FORMAT, MAX_BYTES, SCHEMA_VERSION, dumped
from api.privacy.page import Page
from api.privacy.registry import COPIED

_BREATH = 50
"""Rows after which others are let in."""


@dataclass(frozen=True, slots=True)
class Document:
    """One of the two files, with its size and the digest of its bytes."""

    media: str
    begin: bytes
    body: IO[bytes]
    end: bytes

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.begin) + self.body.seek(0, 2) + len(self.end)

    @property
    def sha256(self) -> str:
        """In hexadecimal digits."""
        digest = hashlib.sha256()
        for one in self.parts():
            digest.update(one)
        return digest.hexdigest()

    def parts(self) -> Iterator[bytes]:
        """Yield the bytes as parts of a file."""
        self.body.seek(0)
        held = self.begin
        for more in chain(iter(partial(self.body.read, PART_BYTES), b""), (self.end,)):
            held += more
            while len(held) > PART_BYTES:
                yield held[:PART_BYTES]
                held = held[PART_BYTES:]
        yield held


class Composing:
    """Writes what every collection knows about a person.

    What is over 5 MB goes to a file of this machine that has no name: it is gone with the process, however that ends.
    """

    def __init__(self, ctx: Context, person: Person, reason: str | None) -> None:
        """Begin with nothing."""
        self._ctx = ctx
        self._person = person
        self._reason = reason
        self._page = Page(person.doc)
        self._json: IO[bytes] = _spool()
        self._html: IO[bytes] = _spool()
        self._entries: list[Doc] = []

    @property
    def size(self) -> int:
        """Bytes of JSON so far."""
        return self._json.tell()

    async def write(self) -> AsyncIterator[int]:
        """Write every part; yields now and then how many rows were added since."""
        for one in COPIED:
            async for added in self._part(one):
                yield added

    async def _part(self, holding: Holding) -> AsyncIterator[int]:
        if holding.copy is None:
            raise AssertionError
        digest, count, first = hashlib.sha256(), 0, None
        self._json.write(b'%s"%s":' % (b"," if self._entries else b"", holding.part.encode()))
        self._html.write(self._page.part(holding))
        async for row in holding.copy(self._ctx, self._person):
            text = (b"," if count else b"[") + dumped(row)
            digest.update(text)
            self._json.write(text)
            count += 1
            if first is None:
                first = row
            elif count == 2:  # noqa: PLR2004
                self._html.write(self._page.row(first, 1))
            if count > 1:
                self._html.write(self._page.row(row, count))
            if count % _BREATH == 0:
                await asyncio.sleep(0)
            if count % PAGE == 0:
                yield PAGE
        end = b"]" if count else b"[]"
        digest.update(end)
        self._json.write(end)
        self._html.write((b"" if count > 1 else self._page.only(first)) + self._page.part_end())
        self._entries.append(
            {
                "part": holding.part,
                "collection": holding.collection,
                "about": holding.about,
                "count": count,
                "sha256": digest.hexdigest(),
            }
        )
        yield count % PAGE

    def documents(self) -> tuple[Document, Document]:
        """Return the copy as JSON and as a page."""
        manifest = self._manifest()
        page = self._page
        return (
            Document(JSON, b'{"manifest":' + dumped(manifest) + b",", self._json, b"}"),
            Document(HTML, page.begin(manifest), self._html, page.end()),
        )

    def _manifest(self) -> Doc:
        actor = self._ctx.caller.actor
        return {
            "format": FORMAT,
            "schemaVersion": SCHEMA_VERSION,
            "issuer": self._ctx.settings.url,
            "customer": ids.show(ids.CUSTOMER, self._person.customer_id),
            "madeAt": self._ctx.now(),
            "madeBy": {"kind": actor["kind"], "name": actor["name"]},
            "reason": self._reason or None,
            "parts": self._entries,
        }

    def close(self) -> None:
        """Let go of what was written."""
        self._json.close()
        self._html.close()


def _spool() -> IO[bytes]:
    return SpooledTemporaryFile(MAX_BYTES)


async def stage(ctx: Context, one: Document, file_id: ObjectId, about: ObjectId, hours: int) -> None:
    """Write a document as a file that nobody can read before it is released, and then only who asked for it."""
    doc = files.drafted(
        ctx,
        "copy.json" if one.media == JSON else "copy.html",
        one.size,
        one.sha256,
        Permission.CUSTOMER_EXPORT_SINGLE.value,
        one.media,
        kind=FileKind.COPY,
        hours=hours,
        about=about,
    )
    await files.stage(ctx, {**doc, "_id": file_id}, one.parts())
