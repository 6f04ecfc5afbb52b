"""Reading signed documents and keys from files, and showing what stands in them."""

from __future__ import annotations

import json
from pathlib import Path

from api.core import jws
from api.core.errors import Invalid


def text(path: Path) -> str:
    """Return a small file as text; raises Invalid."""
    try:
        with path.open("rb") as file:
            return file.read(jws.MAX_CHARACTERS + 1).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise Invalid(f"{path} cannot be read as text.") from None


def parsed(said: str | bytes, message: str) -> object:
    """Return what JSON says; raises Invalid with this message for anything else."""
    try:
        return json.loads(said)
    except (ValueError, RecursionError):
        raise Invalid(message) from None


def shown(value: object) -> str:
    """Return a value on one line that cannot steer a terminal."""
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in said)


def key_set(key: str) -> object:
    """Return the keys that were named: the file of an answer of GET /keys or of one key, or one of these as JSON text."""
    message = "The key is neither the saved answer of GET /keys nor a JSON Web Key."
    found = parsed(key if key.lstrip().startswith("{") else text(Path(key)), message)
    if isinstance(found, dict) and "keys" not in found and "kty" in found:
        return {"keys": [found]}
    return found
