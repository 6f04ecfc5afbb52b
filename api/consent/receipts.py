"""Receipts: what was recorded, as a signed document that anybody can check with the keys of `GET /keys`.

The fields follow the Kantara consent receipt where it has a word for them. A receipt is derived from its entry whenever it
is asked for, so that there is nothing to keep and nothing to forget.
"""

from __future__ import annotations

from typing import Any

import orjson

from api.consent.model import Entry, TopicKind
from api.core import ids
from api.core.context import Context

VERSION = "1"


def receipt(ctx: Context, entry: Entry) -> str:
    """Return an entry's receipt as a JWS; the same text each time, until the entry is blanked or the secret rotates."""
    return ctx.keys.sign_document(orjson.dumps(payload(ctx, entry), option=orjson.OPT_SORT_KEYS))


def payload(ctx: Context, entry: Entry) -> dict[str, Any]:
    """Return what a receipt says."""
    said = entry.body
    personal = entry.personal
    return {
        "version": VERSION,
        "receiptId": ids.show(ids.ENTRY, entry.id),
        "issuer": ctx.settings.url,
        "timestamp": said["recorded_at"],
        "collectedAt": said["collected_at"],
        "state": said["state"],
        "topic": TopicKind(said["kind"]).value,
        "channel": said["channel"],
        "purpose": said["purpose"],
        "list": said["list"],
        "term": said["term"],
        "termVersion": said["term_version"],
        "textHash": said["text_hash"],
        "basis": said["basis"],
        "optInLevel": said["level"],
        "source": said["source"],
        "locale": said["locale"],
        "principal": {"kind": personal["kind"], "value": personal.get("value")} if personal else None,
        "entryHash": entry.hash,
    }
