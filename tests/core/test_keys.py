"""Keys from one secret: apart by purpose, rotating, and never answering garbage."""

from __future__ import annotations

import base64
import hmac

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from api.core.keys import KeyMissing, Keys

pytestmark = pytest.mark.unit

NEW, OLD = "n" * 20 + "ew secret of thirty-two", "o" * 20 + "ld secret of thirty-two"


def test_what_is_sealed_opens_and_is_never_the_same_twice() -> None:
    keys = Keys(NEW)
    sealed = [keys.encrypt("NL91ABNA0417164300") for _ in range(2)]
    assert sealed[0] != sealed[1]
    assert [keys.decrypt(one) for one in sealed] == ["NL91ABNA0417164300"] * 2
    assert "NL91" not in str(base64.b64decode(sealed[0].partition(":")[2]))


def test_while_rotating_the_old_is_read_and_the_new_is_written() -> None:
    old, both, new = Keys(OLD), Keys(NEW, OLD), Keys(NEW)
    assert both.decrypt(old.encrypt("x")) == "x"
    assert new.decrypt(both.encrypt("x")) == "x"
    assert both.verify("p", "v", old.sign("p", "v"))
    assert new.verify("p", "v", both.sign("p", "v"))
    with pytest.raises(KeyMissing):
        new.decrypt(old.encrypt("x"))
    assert not new.verify("p", "v", old.sign("p", "v"))


@pytest.mark.parametrize("place", range(0, 40, 3))
def test_a_changed_ciphertext_is_refused(place: int) -> None:
    keys = Keys(NEW)
    head, _, body = keys.encrypt("NL91ABNA0417164300").partition(":")
    raw = bytearray(base64.b64decode(body))
    raw[place] ^= 1
    with pytest.raises(KeyMissing):
        keys.decrypt(f"{head}:{base64.b64encode(raw).decode()}")


def test_purposes_are_apart() -> None:
    keys = Keys(NEW)
    assert keys.digest("email", "a") != keys.digest("phone", "a")
    assert keys.digest("email", "a") == Keys(NEW).digest("email", "a") != Keys(OLD).digest("email", "a")
    assert len(keys.digest("email", "a")) == 32
    signed = keys.sign("cursor", "a")
    assert keys.verify("cursor", "a", signed)
    for purpose, value, signature in (
        ("ticket", "a", signed), ("cursor", "b", signed), ("cursor", "a", signed[:-1]), ("cursor", "a", ""),
        ("cursor", "a", "."), ("cursor", "a", signed.partition(".")[2]), ("cursor", "a", "x" + signed),
    ):  # fmt: skip
        assert not keys.verify(purpose, value, signature)


def test_a_mac_is_the_full_hmac_under_a_key_of_its_own() -> None:
    keys = Keys(NEW)
    mac = keys.mac("ledger", b"entry")
    assert mac == keys.mac("ledger", b"entry")
    key_id, _, code = mac.partition(".")
    assert key_id == keys.sign("p", "v").partition(".")[0]
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=b"regulars", info=b"mac")
    wanted = hmac.new(hkdf.derive(NEW.encode()), b"ledger\0entry", "sha256").digest()
    assert base64.urlsafe_b64decode(code + "=") == wanted


def test_a_mac_is_checked_with_both_secrets_and_not_told_without_its_own() -> None:
    old, both, new = Keys(OLD), Keys(NEW, OLD), Keys(NEW)
    mac = old.mac("ledger", b"entry")
    assert both.check_mac("ledger", b"entry", mac) is True
    assert new.check_mac("ledger", b"entry", mac) is None
    assert new.check_mac("ledger", b"entry", both.mac("ledger", b"entry")) is True
    key_id, _, code = mac.partition(".")
    for purpose, data, given in (
        ("seal", b"entry", mac), ("ledger", b"entry!", mac), ("ledger", b"entry", mac[:-1]), ("ledger", b"entry", mac + "="),
        ("ledger", b"entry", ""), ("ledger", b"entry", "."), ("ledger", b"entry", code), ("ledger", b"entry", key_id),
        ("ledger", b"entry", f"{key_id}.é"), ("ledger", b"entry", f"{key_id}.\ud800"), ("ledger", b"entry", f"{key_id}x.{code}"),
    ):  # fmt: skip
        assert both.check_mac(purpose, data, given) is False, given
    assert not both.verify("p", "v", f"{key_id}.é")


def test_what_is_sealed_is_read_by_us_alone_and_in_one_spelling() -> None:
    old, both, new = Keys(OLD), Keys(NEW, OLD), Keys(NEW)
    sealed = old.seal("cursor a", b"Anna")
    assert sealed == old.seal("cursor a", b"Anna")
    assert b"Anna" not in base64.urlsafe_b64decode(sealed.partition(".")[2] + "==")
    assert both.unseal("cursor a", sealed) == b"Anna"
    assert new.unseal("cursor a", sealed) is None
    key_id, _, body = sealed.partition(".")
    for purpose, given in (
        ("cursor b", sealed), ("cursor a", ""), ("cursor a", "."), ("cursor a", body), ("cursor a", f"{key_id}."),
        ("cursor a", f"{sealed}="), ("cursor a", f"{sealed}A"), ("cursor a", sealed[:-1]), ("cursor a", f"{key_id}.é"),
        ("cursor a", f"{key_id}.{body.swapcase()}"), ("cursor a", f"{key_id}.{body}\n"), ("cursor a", f"{key_id}.AAAA"),
    ):  # fmt: skip
        assert old.unseal(purpose, given) is None, given
