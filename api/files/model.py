"""What a file is: an upload, or the result of a run, kept in parts of at most 1 MiB.

Stored as `files {_id, kind, permission, also, media, size, uploaded, complete, sha256, created_at, created_by, expires_at,
about, removal, removed_at, personal {name} | None}`, `also` and
`media` only where they say something, and `file_parts {_id, file_id, offset, size, digest, data}`. A part of a
result is saved in the transaction of the run's cursor, so that a file neither loses nor doubles a byte. `about` is the
customer of whom a file is a copy. `removal` is there once a file was removed because it held a person who went: PARTS while
bytes of it are left, DONE when none is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bson import ObjectId

from api.core.mongo import Doc

PART_BYTES = 1_048_576
MAX_BYTES = 2 * 1024**3 - 1
"""2 GiB; the byte less keeps every size within what a GraphQL Int can say."""
MAX_NAME = 200
TICKET_HOURS = 24
KEEP_DAYS = 7


class Removal(StrEnum):
    """How far the removal of a file is that held a person who went; nobody can read it in either case."""

    PARTS = "PARTS"
    DONE = "DONE"


class FileKind(StrEnum):
    """What a file is for."""

    UPLOAD = "UPLOAD"
    ERROR_FILE = "ERROR_FILE"
    EXPORT = "EXPORT"
    COPY = "COPY"


CSV, JSON, JSONL, HTML = "text/csv", "application/json", "application/jsonl", "text/html"
_ENDINGS = {CSV: "csv", JSON: "json", JSONL: "jsonl", HTML: "html"}


@dataclass(frozen=True, slots=True)
class File:
    """A file without its bytes."""

    id: ObjectId
    kind: FileKind
    name: str
    permission: str
    size: int
    uploaded: int
    complete: bool
    sha256: str | None
    created_at: datetime
    created_by: Doc
    expires_at: datetime
    media: str = CSV
    also: tuple[str, ...] = ()
    """Other permissions that its bytes ask for, by what stands in them."""

    @classmethod
    def of(cls, doc: Doc) -> File:
        """Read the stored form."""
        return cls(
            id=doc["_id"],
            kind=FileKind(doc["kind"]),
            name=(doc.get("personal") or {}).get("name", ""),
            permission=doc["permission"],
            size=doc["size"],
            uploaded=doc["uploaded"],
            complete=doc["complete"],
            sha256=doc.get("sha256"),
            created_at=doc["created_at"],
            created_by=doc["created_by"],
            expires_at=doc["expires_at"],
            media=doc.get("media", CSV),
            also=tuple(doc.get("also", ())),
        )

    @property
    def download_name(self) -> str:
        """The name that a browser saves it under: ours, never the uploader's."""
        return f"regulars-{self.kind.value.lower().replace('_', '-')}-{self.id}.{_ENDINGS[self.media]}"

    @property
    def is_private(self) -> bool:
        """Whether only who had it made may read it."""
        return self.kind is FileKind.COPY
