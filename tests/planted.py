"""Looks for planted personal values in what was answered, also where they are packed: in tokens, receipts, cursors."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from urllib.parse import unquote_plus

_PACKED = re.compile(r"[A-Za-z0-9+/_-]{12,}")
_DEPTH = 3


def found_in(text: str, values: Iterable[str]) -> list[str]:
    """Return which values stand in a text, in any letter case, as they are, escaped, or in base64 within base64."""
    layers = _layers(text, _DEPTH)
    return sorted({value for value in values for layer in layers if value.casefold() in layer})


def _layers(text: str, depth: int) -> list[str]:
    plain = text.replace("\\/", "/")
    found = {plain.casefold(), unquote_plus(plain).casefold(), _unescaped(plain).casefold()}
    if depth:
        for run in set(_PACKED.findall(plain)):
            for inner in _unpacked(run):
                found |= set(_layers(inner, depth - 1))
    return sorted(found)


def _unescaped(text: str) -> str:
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda one: chr(int(one.group(1), 16)), text)


def _unpacked(run: str) -> list[str]:
    found = []
    usual = run.replace("-", "+").replace("_", "/")
    try:
        data = base64.b64decode(usual + "=" * (-len(usual) % 4))
        found.append(data.decode("utf-8", "ignore"))
    except (binascii.Error, ValueError):
        pass
    if len(run) % 2 == 0 and re.fullmatch(r"[0-9a-fA-F]+", run):
        found.append(bytes.fromhex(run).decode("utf-8", "ignore"))
    return [one for one in found if len(one) > 3]
