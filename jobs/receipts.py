"""Checking a receipt of a consent on any machine: by the two files alone, without a database, a secret or a network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from api.core import jws
from api.core.errors import Invalid

_TOLD = frozenset(
    {"principal", "state", "topic", "channel", "purpose", "list", "term", "termVersion", "timestamp", "collectedAt"}
)


def verified(receipt: Path, keys: Path) -> list[str]:
    """Return lines that tell who agreed to what and when, then all else that the receipt says.

    `receipt` holds the text of a JWS, `keys` the saved answer of GET /keys. Raises Invalid: INVALID, UNKNOWN_KEY,
    INVALID_SIGNATURE.
    """
    payload = jws.verify(_text(receipt), _parsed(_text(keys), f"{keys.name} is not the saved answer of GET /keys."))
    # Other documents are signed by the same key, such as the seals of the ledger.
    message = f"{receipt.name} is signed, but it is not the receipt of a consent."
    claims = _parsed(payload, message)
    if not isinstance(claims, dict) or not isinstance(claims.get("receiptId"), str):
        raise Invalid(message)
    told = [("Who", _who(claims)), ("What", _what(claims)), ("When", _when(claims))]
    rest = [(name, _shown(value)) for name, value in claims.items() if name not in _TOLD]
    width = max(len(name) for name, _ in rest) + 2
    lines = [f"{name:<{width}}{value}" for name, value in (*told, *rest)]
    return ["The receipt is genuine: it was signed with a key of this key file and not changed since.", *lines]


def _who(claims: Mapping[str, Any]) -> str:
    principal = claims.get("principal")
    if principal is None:
        return "not in the receipt"
    if not isinstance(principal, dict):
        return _shown(principal)
    return " ".join(_shown(value) for value in principal.values())


def _what(claims: Mapping[str, Any]) -> str:
    parts = []
    if claims.get("channel") is not None:
        parts.append(f"channel {_shown(claims['channel'])} for {_shown(claims.get('purpose'))}")
    if claims.get("list") is not None:
        parts.append(f"list {_shown(claims['list'])}")
    if claims.get("term") is not None:
        parts.append(f"term {_shown(claims['term'])} version {_shown(claims.get('termVersion'))}")
    return f"{_shown(claims.get('state'))}: " + ", ".join(parts or [_shown(claims.get("topic"))])


def _when(claims: Mapping[str, Any]) -> str:
    return f"collected {_shown(claims.get('collectedAt'))}, recorded {_shown(claims.get('timestamp'))}"


def _shown(value: object) -> str:
    """Return a value on one line that cannot steer a terminal."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(jws.MAX_CHARACTERS + 1).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise Invalid(f"{path} cannot be read as text.") from None


def _parsed(text: str | bytes, message: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid(message) from None
