"""Signed tokens that stand in links: what a link is about, nothing personal, and nothing that could be made up.

A token is `key id.signature.base64url of the text`, text last: a link then ends in a letter or digit, which every mail program
takes as part of it.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime

from bson import ObjectId

from api.core.context import Context
from api.core.errors import Invalid

_CONFIRM = "consent confirm"
_UNSUBSCRIBE = "consent unsubscribe"
_MAX_TOKEN = 500


def confirm_token(ctx: Context, entry_id: ObjectId, expires: datetime) -> str:
    """Return what confirms a PENDING entry until it expires; equal for equal arguments."""
    return _signed(ctx, _CONFIRM, f"{entry_id}/{int(expires.timestamp())}")


def read_confirm(ctx: Context, token: str) -> ObjectId:
    """Return the entry that a token confirms; raises Invalid (TOKEN_INVALID, TOKEN_EXPIRED)."""
    entry, _, expires = _checked(ctx, _CONFIRM, token).partition("/")
    if ctx.now() >= datetime.fromtimestamp(int(expires), UTC):
        raise Invalid("This link is no longer valid; ask for a new one.", code="TOKEN_EXPIRED", path=("token",))
    return ObjectId(entry)


def unsubscribe_token(ctx: Context, identifier_id: str, topic_word: str) -> str:
    """Return what withdraws an identifier's consent on a topic, for ever: a mail may be opened years later."""
    return _signed(ctx, _UNSUBSCRIBE, f"{identifier_id}/{topic_word}")


def unsubscribe_url(ctx: Context, identifier_id: str, topic_word: str) -> str:
    """Return the link for a mail to an identifier about a topic; also good as List-Unsubscribe (RFC 8058)."""
    return f"{ctx.settings.url}/unsubscribe/{unsubscribe_token(ctx, identifier_id, topic_word)}"


def read_unsubscribe(ctx: Context, token: str) -> tuple[str, str]:
    """Return the identifier's id and the topic's word; raises Invalid (TOKEN_INVALID)."""
    identifier_id, _, topic_word = _checked(ctx, _UNSUBSCRIBE, token).partition("/")
    return identifier_id, topic_word


def _signed(ctx: Context, purpose: str, text: str) -> str:
    packed = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return f"{ctx.keys.sign(purpose, text)}.{packed}"


def _checked(ctx: Context, purpose: str, token: str) -> str:
    signature, _, packed = token.rpartition(".")
    try:
        text = base64.b64decode(packed + "=" * (-len(packed) % 4), b"-_", validate=True).decode()
    except ValueError:
        text = ""
    if len(token) > _MAX_TOKEN or not text or not ctx.keys.verify(purpose, text, signature):
        raise Invalid(
            "This link is not one of ours, or a part of it is missing.", code="TOKEN_INVALID", path=("token",)
        )
    return text
