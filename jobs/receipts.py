"""Checking a receipt of a consent on any machine: by the two files alone, without a database, a secret or a network."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from api.core import jws
from api.core.errors import Invalid
from jobs.signed import parsed, shown, text

_TOLD = frozenset(
    {"principal", "state", "topic", "channel", "purpose", "list", "term", "termVersion", "timestamp", "collectedAt"}
)


def verified(receipt: Path, keys: Path) -> list[str]:
    """Return lines that tell who agreed to what and when, then all else that the receipt says.

    `receipt` holds the text of a JWS, `keys` the saved answer of GET /keys. Raises Invalid: INVALID, UNKNOWN_KEY,
    INVALID_SIGNATURE.
    """
    payload = jws.verify(text(receipt), parsed(text(keys), f"{keys.name} is not the saved answer of GET /keys."))
    # Other documents are signed by the same key, such as the seals of the ledger.
    message = f"{receipt.name} is signed, but it is not the receipt of a consent."
    claims = parsed(payload, message)
    if not isinstance(claims, dict) or not isinstance(claims.get("receiptId"), str):
        raise Invalid(message)
    told = [("Who", _who(claims)), ("What", _what(claims)), ("When", _when(claims))]
    rest = [(name, shown(value)) for name, value in claims.items() if name not in _TOLD]
    width = max(len(name) for name, _ in rest) + 2
    lines = [f"{name:<{width}}{value}" for name, value in (*told, *rest)]
    return ["The receipt is genuine: it was signed with a key of this key file and not changed since.", *lines]


def _who(claims: Mapping[str, Any]) -> str:
    principal = claims.get("principal")
    if principal is None:
        return "not in the receipt"
    if not isinstance(principal, dict):
        return shown(principal)
    return " ".join(shown(value) for value in principal.values())


def _what(claims: Mapping[str, Any]) -> str:
    parts = []
    if claims.get("channel") is not None:
        parts.append(f"channel {shown(claims['channel'])} for {shown(claims.get('purpose'))}")
    if claims.get("list") is not None:
        parts.append(f"list {shown(claims['list'])}")
    if claims.get("term") is not None:
        parts.append(f"term {shown(claims['term'])} version {shown(claims.get('termVersion'))}")
    return f"{shown(claims.get('state'))}: " + ", ".join(parts or [shown(claims.get("topic"))])


def _when(claims: Mapping[str, Any]) -> str:
    return f"collected {shown(claims.get('collectedAt'))}, recorded {shown(claims.get('timestamp'))}"
