"""Every string of a document, and what stands in bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_NAME = re.compile(r"[A-Za-z_]{1,40}")


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every string of a document with its path; names that could be somebody's are told as `*`."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, bytes):
        yield path, text_of(value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            plain = _NAME.fullmatch(name) is not None
            inside = f"{path}.{name if plain else '*'}" if path else (name if plain else "*")
            if not plain:
                yield inside, name
            yield from texts(inner, inside)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner, path)


def text_of(data: bytes) -> str:
    """Return bytes as text; what is no UTF-8 as the encodings have it in which identifiers look the same."""
    data = data.replace(b"\0", b"")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
