"""The person's copy in GraphQL."""

from __future__ import annotations

import strawberry

from api.access.model import Permission
from api.core.graphql import Info, Repeatable, Written, link, mutation, sending
from api.exports.schema import files_of
from api.files import schema as files
from api.privacy import copying, rules
from api.runs.schema import Run, show as show_run


async def _files(root: Run, info: Info) -> list[files.File]:
    found = await copying.files_of(info.context, root.source)
    return [files.show(one) for one in found] or await files_of(root, info)


link(Run, "files", strawberry.field(resolver=_files))


@strawberry.input
class CustomerCopyInput(Repeatable):
    """Why a copy is made."""

    reason: str | None = strawberry.field(
        default=None, description="At most 500 characters; it stands in the access log and in the copy."
    )


@strawberry.type(
    description="Both files can be downloaded for an hour by whoever asked, and by nobody else; null when that is over. "
    "Of over 5 MB there is a run instead, whose files they are for a day."
)
class CustomerCopyPayload(Written):
    """Where the copy is."""

    file: files.File | None = strawberry.field(default=None, description="The copy as JSON, with a manifest.")
    page: files.File | None = strawberry.field(default=None, description="The same as a page to read and print.")
    run: Run | None = strawberry.field(default=None, description="What makes a large copy.")


@strawberry.type
class Mutation:
    """Mutations of this room."""

    @mutation(
        needs=Permission.CUSTOMER_EXPORT_SINGLE,
        description="Make the copy that a person may ask for: all that every collection knows about her.",
    )
    async def customer_copy(self, info: Info, id: strawberry.ID, input: CustomerCopyInput) -> CustomerCopyPayload:
        """Make it; the access log says so."""
        made = await rules.copy(info.context, sending("customerCopy", input, id=id), id, input.reason)
        return CustomerCopyPayload(
            file=files.show(made.file) if made.file else None,
            page=files.show(made.page) if made.page else None,
            run=show_run(made.run) if made.run else None,
            applied=made.applied,
            replayed=made.replayed,
        )
