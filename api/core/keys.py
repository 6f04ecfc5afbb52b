"""Keys derived from REGULARS_SECRET: one for each purpose, by HKDF; what they made begins with a key id.

With REGULARS_SECRET_OLD set, the old keys still read and verify, the new ones write and sign.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from api.core import jws

_NONCE_BYTES = 12
_KEY_ID = re.compile(r"[0-9a-f]{8}")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")


class KeyMissing(Exception):
    """A ciphertext was made with a secret that this installation does not have."""


@dataclass(frozen=True)
class _Ring:
    secret: str

    def derive(self, purpose: str) -> bytes:
        hkdf = HKDF(algorithm=SHA256(), length=32, salt=b"regulars", info=purpose.encode())
        return hkdf.derive(self.secret.encode())

    @cached_property
    def key_id(self) -> str:
        return hashlib.sha256(b"regulars key id" + self.secret.encode()).hexdigest()[:8]

    @cached_property
    def aead(self) -> AESGCM:
        return AESGCM(self.derive("encrypt"))

    @cached_property
    def digest_key(self) -> bytes:
        return self.derive("digest")

    @cached_property
    def sign_key(self) -> bytes:
        return self.derive("sign")

    @cached_property
    def mac_key(self) -> bytes:
        return self.derive("mac")

    @cached_property
    def seal_key(self) -> AESSIV:
        return AESSIV(self.derive("seal"))

    @cached_property
    def receipt_key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.derive("receipts"))


class Keys:
    """Encrypts, digests and signs with the current secret; reads what the old one made."""

    def __init__(self, secret: str, old: str | None = None) -> None:
        """Take the current secret and, while rotating, the one before."""
        self._now = _Ring(secret)
        self._rings = {ring.key_id: ring for ring in (*((_Ring(old),) if old else ()), self._now)}

    def encrypt(self, text: str) -> str:
        """Encrypt with AES-GCM; the answer is `key id:base64`."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._now.aead.encrypt(nonce, text.encode(), None)
        return f"{self._now.key_id}:{base64.b64encode(nonce + sealed).decode()}"

    def decrypt(self, sealed: str) -> str:
        """Read what `encrypt` made; raise KeyMissing with another secret, never answer garbage."""
        key_id, _, body = sealed.partition(":")
        ring = self._rings.get(key_id)
        if ring is None:
            raise KeyMissing(key_id)
        raw = base64.b64decode(body)
        try:
            text: str = ring.aead.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], None).decode()
        except InvalidTag as error:
            raise KeyMissing(key_id) from error
        return text

    def seal(self, purpose: str, data: bytes) -> str:
        """Encrypt and sign bytes for whoever is to bring them back unread: `key id.base64url`; equal for equal bytes."""
        sealed = self._now.seal_key.encrypt(data, [purpose.encode()])
        return f"{self._now.key_id}.{base64.urlsafe_b64encode(sealed).decode().rstrip('=')}"

    def unseal(self, purpose: str, sealed: str) -> bytes | None:
        """Read what `seal` made with the current or the old secret; None for anything else, also other spellings."""
        key_id, _, body = sealed.partition(".")
        ring = self._rings.get(key_id)
        if ring is None or not _BASE64URL.fullmatch(body):
            return None
        try:
            raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
            data: bytes = ring.seal_key.decrypt(raw, [purpose.encode()])
        except (ValueError, InvalidTag):
            return None
        return data if base64.urlsafe_b64encode(raw).decode().rstrip("=") == body else None

    def digest(self, purpose: str, value: str) -> str:
        """Return a keyed digest for equality look-ups: 32 hex digits, stable for one secret."""
        return hmac.digest(self._now.digest_key, f"{purpose}\0{value}".encode(), "sha256")[:16].hex()

    def sign(self, purpose: str, value: str) -> str:
        """Return `key id.signature` over a value; the purpose keeps signatures of one kind from serving another."""
        return f"{self._now.key_id}.{_signature(self._now.sign_key, purpose, value)}"

    def verify(self, purpose: str, value: str, signed: str) -> bool:
        """Tell whether `sign` made this signature, with the current or the old secret."""
        key_id, _, signature = signed.partition(".")
        ring = self._rings.get(key_id)
        return ring is not None and _same(_signature(ring.sign_key, purpose, value), signature)

    def mac(self, purpose: str, data: bytes) -> str:
        """Return `key id.code` over bytes: the full 32 bytes of HMAC-SHA-256 in base64url; equal for equal bytes."""
        return f"{self._now.key_id}.{_code(self._now.mac_key, purpose, data)}"

    def check_mac(self, purpose: str, data: bytes, mac: str) -> bool | None:
        """Tell whether `mac` made this code over these bytes; None when its secret is not here, so nobody can tell."""
        key_id, _, code = mac.partition(".")
        ring = self._rings.get(key_id)
        if ring is None:
            return None if _KEY_ID.fullmatch(key_id) else False
        return _same(_code(ring.mac_key, purpose, data), code)

    def sign_document(self, payload: bytes) -> str:
        """Return a JWS (JSON text) over bytes that anyone can check with `key_set`; equal for equal bytes."""
        return jws.sign(payload, self._now.receipt_key)

    def key_set(self) -> dict[str, Any]:
        """Return the public keys of documents as a JSON Web Key Set, the current one first."""
        return jws.jwks(ring.receipt_key.public_key() for ring in reversed(self._rings.values()))


def _signature(key: bytes, purpose: str, value: str) -> str:
    mac = hmac.digest(key, f"{purpose}\0{value}".encode(), "sha256")
    return base64.urlsafe_b64encode(mac[:16]).decode().rstrip("=")


def _code(key: bytes, purpose: str, data: bytes) -> str:
    # A purpose is a word of ours without a zero byte, so that no purpose and data read as another pair.
    mac = hmac.digest(key, purpose.encode() + b"\0" + data, "sha256")
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def _same(made: str, given: str) -> bool:
    # Compared as bytes: as text, anything but ASCII would raise.
    return hmac.compare_digest(made.encode(), given.encode(errors="replace"))
