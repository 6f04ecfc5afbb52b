"""Passwords and secrets: Argon2 in a thread, SHA-256 for what is random anyway."""

from __future__ import annotations

import asyncio
import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from api.core.errors import Invalid

MIN_CHARACTERS = 12
MAX_CHARACTERS = 1_000

hasher = PasswordHasher()
"""Its costs are Argon2's own advice (64 MiB, 3 passes); tests put a cheap one here."""

_decoys: dict[int, str] = {}


def check(password: str, *, email: str, name: str = "", path: str = "password") -> None:
    """Raise Invalid (PASSWORD_WEAK) for a password that is too short, too long or that repeats who it is for."""
    if not MIN_CHARACTERS <= len(password) <= MAX_CHARACTERS:
        message = f"A password has {MIN_CHARACTERS} to {MAX_CHARACTERS} characters."
        raise Invalid(message, code="PASSWORD_WEAK", path=(path,))
    folded = password.casefold().strip()
    if len(set(folded)) < 5 or folded in {email.casefold(), name.casefold()}:  # noqa: PLR2004
        raise Invalid("This password is too easy to guess.", code="PASSWORD_WEAK", path=(path,))


async def digest(password: str) -> str:
    """Return the hash to store."""
    return await asyncio.to_thread(hasher.hash, password)


async def matches(password: str, stored: str | None) -> bool:
    """Tell whether a password is the stored one; takes as long when there is none."""
    decoy = stored is None
    if stored is None:
        # Made once per hasher, so that an unknown user costs exactly one verification, as a known one does.
        stored = _decoys.get(id(hasher)) or _decoys.setdefault(id(hasher), hasher.hash(secrets.token_hex(8)))
    try:
        return await asyncio.to_thread(hasher.verify, stored, password[: MAX_CHARACTERS + 1]) and not decoy
    except (VerificationError, InvalidHashError):
        return False


def token() -> str:
    """Draw a secret of 256 bits."""
    return secrets.token_urlsafe(32)


def fingerprint(secret: str) -> str:
    """Return what is stored of a drawn secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
