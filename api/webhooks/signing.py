"""How a message is signed: HMAC-SHA256 over id, time and body, as receivers know it from other systems.

Source: Standard Webhooks 1.0, https://www.standardwebhooks.com. While a secret is being changed there are two signatures.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from api.core.context import Context
from api.core.mongo import Doc
from api.webhooks.model import Secret, Webhook

HEAD = "whsec_"
SECRET_BYTES = 32
OLD_FOR = timedelta(hours=24)
MAX_SECRETS = 5


def draw() -> str:
    """Return a new secret as its receiver keeps it."""
    return HEAD + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def kept(ctx: Context, secret: str) -> Doc:
    """Return the stored form of the secret in use."""
    return {"sealed": ctx.keys.encrypt(secret), "until": None}


def rotated(webhook: Webhook, new: Doc, now: datetime) -> list[Doc]:
    """Return the secrets with a new one in use; the one before signs for 24 hours more."""
    old = [Secret(one.sealed, one.until or now + OLD_FOR) for one in _valid(webhook, now)]
    return [new, *({"sealed": one.sealed, "until": one.until} for one in old[: MAX_SECRETS - 1])]


def headers(ctx: Context, webhook: Webhook, message_id: str, body: bytes) -> dict[str, str]:
    """Return the headers that a message carries. Raises KeyMissing when REGULARS_SECRET was lost."""
    now = ctx.now()
    stamp = str(int(now.timestamp()))
    valid = [ctx.keys.decrypt(one.sealed) for one in _valid(webhook, now)]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(sign(one, message_id, stamp, body) for one in valid),
    }


def sign(secret: str, message_id: str, stamp: str, body: bytes) -> str:
    """Return one signature, `v1,<base64>`."""
    key = base64.b64decode(secret.removeprefix(HEAD))
    mac = hmac.digest(key, f"{message_id}.{stamp}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(mac).decode()}"


def _valid(webhook: Webhook, now: datetime) -> Sequence[Secret]:
    return [one for one in webhook.secrets if one.until is None or one.until > now]
