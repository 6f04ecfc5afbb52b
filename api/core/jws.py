"""Signed documents: JSON Web Signatures (RFC 7515) with Ed25519 (RFC 8037), and the key sets to check them (RFC 7517).

Nothing here needs a database or a secret of an installation, so that whoever got a document can check it alone.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from api.core.errors import Invalid

ALGORITHM = "EdDSA"
MAX_CHARACTERS = 1024 * 1024
_KEY_BYTES = 32


def sign(payload: bytes, key: Ed25519PrivateKey) -> str:
    """Return a flattened JWS as JSON text; equal for equal payload and key."""
    protected = _compact({"alg": ALGORITHM, "kid": thumbprint(key.public_key())})
    return signed(protected.encode(), payload, key)


def signed(protected: bytes, payload: bytes, key: Ed25519PrivateKey) -> str:
    """Return a flattened JWS whose protected header is written already."""
    header, body = _encode(protected), _encode(payload)
    signature = key.sign(f"{header}.{body}".encode())
    return _compact({"payload": body, "protected": header, "signature": _encode(signature)})


def verify(text: str, key_set: object) -> bytes:
    """Return the payload of a flattened JWS that a key of this set (JSON, as read) signed.

    Keys inside the document are never looked at. Raises Invalid with the code INVALID (no JWS of this sort, no key set),
    UNKNOWN_KEY (signed with another key) or INVALID_SIGNATURE.
    """
    document = _members(text, "This is not a signed document.")
    parts = [document.get(name) for name in ("protected", "payload", "signature")]
    # A header that is not protected by the signature, and several signatures, are forms that are never made here.
    if document.keys() & {"header", "signatures"} or not all(isinstance(one, str) for one in parts):
        raise Invalid("This is not a signed document.")
    protected, payload, signature = (str(one) for one in parts)
    header = _members(_decode(protected), "The header of this document is not readable.")
    # What is marked critical must be understood, and nothing is.
    if header.get("alg") != ALGORITHM or "crit" in header or not isinstance(header.get("kid", ""), str):
        raise Invalid(f"This document is not signed by {ALGORITHM} alone.")
    body, mark = _decode(payload), _decode(signature)
    candidates = [key for key_id, key in _keys(key_set) if header.get("kid") in {None, key_id}]
    if not candidates:
        raise Invalid("This document is signed with a key that is not among the given ones.", code="UNKNOWN_KEY")
    if not any(_is_signed(key, f"{protected}.{payload}".encode(), mark) for key in candidates):
        message = "The signature does not fit: the document was changed after it was signed, or another signed it."
        raise Invalid(message, code="INVALID_SIGNATURE")
    return body


def jwks(keys: Iterable[Ed25519PublicKey]) -> dict[str, Any]:
    """Return public keys as a JSON Web Key Set."""
    return {
        "keys": [
            {"kty": "OKP", "crv": "Ed25519", "x": _x(key), "kid": thumbprint(key), "use": "sig", "alg": ALGORITHM}
            for key in keys
        ]
    }


def thumbprint(key: Ed25519PublicKey) -> str:
    """Return a key's id: a digest of the key itself (RFC 7638), so that no two keys share one."""
    canonical = _compact({"crv": "Ed25519", "kty": "OKP", "x": _x(key)})
    return _encode(hashlib.sha256(canonical.encode()).digest())


def _keys(key_set: object) -> Iterator[tuple[str | None, Ed25519PublicKey]]:
    listed = key_set.get("keys") if isinstance(key_set, dict) else None
    if not isinstance(listed, list):
        raise Invalid("This is not a JSON Web Key Set.")
    for one in listed:
        # Keys of other kinds and for other uses are passed over, as the standard asks.
        ours = isinstance(one, dict) and (one.get("kty"), one.get("crv")) == ("OKP", "Ed25519")
        if not ours or one.get("use", "sig") != "sig" or one.get("alg", ALGORITHM) != ALGORITHM:
            continue
        raw = _decode(one.get("x"))
        if len(raw) == _KEY_BYTES:
            yield one.get("kid"), Ed25519PublicKey.from_public_bytes(raw)


def _is_signed(key: Ed25519PublicKey, data: bytes, mark: bytes) -> bool:
    try:
        key.verify(mark, data)
    except InvalidSignature:
        return False
    return True


def _members(text: str | bytes, message: str) -> dict[str, Any]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise ValueError(message)
        return found

    if len(text) > MAX_CHARACTERS:
        raise Invalid(message)
    try:
        found = json.loads(text, object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise Invalid(message) from None
    if not isinstance(found, dict):
        raise Invalid(message)
    return found


def _compact(members: dict[str, str]) -> str:
    return json.dumps(members, separators=(",", ":"))


def _x(key: Ed25519PublicKey) -> str:
    return _encode(key.public_bytes_raw())


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: object) -> bytes:
    """Read base64url in its one right spelling: no padding, no other letters, no bits left over."""
    try:
        raw = base64.urlsafe_b64decode(f"{text}{'=' * (-len(str(text)) % 4)}") if isinstance(text, str) else None
    except (binascii.Error, ValueError):
        raw = None
    if raw is None or _encode(raw) != text:
        raise Invalid("This is not base64url without padding.")
    return raw
