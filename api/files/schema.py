"""Files in GraphQL: the ticket for an upload, and what is known of a file."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.access.model import Permission
from api.core import ids
from api.core.graphql import Info, Node, Repeatable, Written, mutation, sending
from api.files import model, rules
from api.files.model import FileKind

strawberry.enum(FileKind, description="What a file is for.")


@strawberry.type
class File(Node):
    """A file without its bytes; `url` answers them to the signed-in who hold the permission."""

    id: strawberry.ID
    name: str
    kind: FileKind
    size: int
    sha256: str | None
    uploaded: int
    complete: bool
    created_at: datetime
    expires_at: datetime
    url: str


def show(file: model.File) -> File:
    """Show a file."""
    public = ids.show(ids.FILE, file.id)
    return File(
        id=strawberry.ID(public),
        name=file.name,
        kind=file.kind,
        size=file.size,
        sha256=file.sha256,
        uploaded=file.uploaded,
        complete=file.complete,
        created_at=file.created_at,
        expires_at=file.expires_at,
        url=f"/files/{public}",
    )


@strawberry.input
class FileCreateInput(Repeatable):
    """What will be uploaded."""

    name: str
    size: int


@strawberry.type(
    description="PUT the bytes to uploadUrl in parts of at most partSize bytes, each with the header Upload-Offset."
)
class FileCreatePayload(Written):
    """Where to send the bytes."""

    file: File | None = None
    upload_url: str | None = None
    part_size: int = model.PART_BYTES


@strawberry.type
class Mutation:
    """Mutations of this room."""

    @mutation(needs=Permission.IMPORT_RUN)
    async def file_create(self, info: Info, input: FileCreateInput) -> FileCreatePayload:
        """Announce an upload; its ticket lives for 24 hours."""
        ctx = info.context
        file, replayed = await rules.create(ctx, sending("fileCreate", input), input.name, input.size)
        if file is None:
            return FileCreatePayload()
        url = f"/files/{rules.ticket(ctx, file)}"
        return FileCreatePayload(file=show(file), upload_url=url, applied=True, replayed=replayed)
