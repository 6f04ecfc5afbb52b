"""The mails that were written to a person."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence

from api.core import ids
from api.core.context import Context
from api.core.mongo import Doc
from api.core.personal import PAGE, Holding, Person, pages, together, told, within
from api.mail import clearing, store

_COPIED = {
    "_id": "id",
    "at": "at",
    "personal.to": "to",
    "personal.subject": "subject",
    "personal.text": "text",
    "status": "status",
}
_LINK = re.compile(r"https?://\S+")


async def _mails(ctx: Context, person: Person) -> AsyncIterator[Doc]:
    for names in together(sorted(person.names)):

        async def fetch(last: Doc | None, names: Sequence[str] = names) -> list[Doc]:
            return await store.sent_to(ctx, names, last, PAGE)

        async for doc in pages(fetch):
            if within(person.names[doc["personal"]["to"]], doc["at"]):
                yield _told(doc)


def _told(doc: Doc) -> Doc:
    row = {**told(doc, _COPIED), "id": ids.show(ids.MAIL, doc["_id"])}
    # Whoever holds a link can act with it, and who makes a copy for somebody must not be able to act for her.
    return {**row, "text": _LINK.sub("[link]", row.get("text", ""))}


HOLDINGS = (
    Holding(
        collection="outbox",
        part="mails",
        about="Mails that were written to an address of hers, newest first; links in them are cut.",
        copy=_mails,
        copied=_COPIED,
        left_out={
            "attempts": "How often delivery was tried.",
            "next_at": "When delivery is tried next.",
            "error": "What the mail server answered to the last try.",
            "about": "The run whose end a mail to a colleague tells.",
        },
        clear=clearing.clear,
    ),
)
