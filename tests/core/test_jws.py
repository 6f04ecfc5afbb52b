"""Signed documents: as the standards spell them, checkable by others, and never by a key that they bring along."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any, cast

import httpx2
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from api.core import jws
from api.core.errors import Invalid
from api.core.keys import Keys
from tests.conftest import SECRET

NEW, OLD, OTHER = (
    "n" * 20 + "ew secret of thirty-two",
    "o" * 20 + "ld secret of thirty-two",
    "another one, of thirty-two letters",
)
PAYLOAD = json.dumps({"receiptId": "cen_1", "principal": {"kind": "EMAIL", "value": "zoë@example.com"}}).encode()


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


# RFC 8037, appendix A.1 to A.5.
RFC_KEY = Ed25519PrivateKey.from_private_bytes(raw("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"))
RFC_X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
RFC_THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
RFC_JWS = {
    "payload": "RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
    "protected": "eyJhbGciOiJFZERTQSJ9",
    "signature": "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
}


@pytest.mark.unit
def test_the_examples_of_the_standard() -> None:
    (key,) = jws.jwks([RFC_KEY.public_key()])["keys"]
    assert key == {
        "kty": "OKP", "crv": "Ed25519", "x": RFC_X, "kid": RFC_THUMBPRINT, "use": "sig", "alg": "EdDSA",
    }  # fmt: skip
    assert json.loads(jws.signed(b'{"alg":"EdDSA"}', b"Example of Ed25519 signing", RFC_KEY)) == RFC_JWS
    public = {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": RFC_X}]}
    assert jws.verify(json.dumps(RFC_JWS), public) == b"Example of Ed25519 signing"


def check_with_cryptography_only(text: str, key_set: dict[str, Any]) -> bytes:
    """Check a document as the standards tell, by nothing of ours: what a partner's program does."""
    document = json.loads(text)
    assert set(document) == {"payload", "protected", "signature"}
    header = json.loads(raw(document["protected"]))
    assert set(header) == {"alg", "kid"}
    assert header["alg"] == "EdDSA"
    (key,) = [one for one in key_set["keys"] if one["kid"] == header["kid"]]
    assert (key["kty"], key["crv"], key["use"]) == ("OKP", "Ed25519", "sig")
    signed = f"{document['protected']}.{document['payload']}".encode("ascii")
    Ed25519PublicKey.from_public_bytes(raw(key["x"])).verify(raw(document["signature"]), signed)
    return raw(document["payload"])


@pytest.mark.unit
def test_others_can_check_what_we_sign() -> None:
    keys = Keys(NEW)
    text = keys.sign_document(PAYLOAD)
    assert text == Keys(NEW, OLD).sign_document(PAYLOAD) != Keys(OLD).sign_document(PAYLOAD)
    assert check_with_cryptography_only(text, keys.key_set()) == PAYLOAD
    document = json.loads(text)
    document["payload"] = b64(PAYLOAD.replace(b"cen_1", b"cen_2"))
    with pytest.raises(InvalidSignature):
        check_with_cryptography_only(json.dumps(document), keys.key_set())


@pytest.mark.unit
def test_while_rotating_both_keys_are_public_and_the_new_one_signs() -> None:
    old, both, new = Keys(OLD), Keys(NEW, OLD), Keys(NEW)
    assert both.key_set()["keys"] == new.key_set()["keys"] + old.key_set()["keys"]
    assert jws.verify(old.sign_document(PAYLOAD), both.key_set()) == PAYLOAD
    assert jws.verify(both.sign_document(PAYLOAD), new.key_set()) == PAYLOAD
    assert code_of(old.sign_document(PAYLOAD), new.key_set()) == "UNKNOWN_KEY"


def code_of(text: str, key_set: object) -> str:
    with pytest.raises(Invalid) as caught:
        jws.verify(text, key_set)
    return caught.value.code


def resigned(**header: object) -> str:
    """Return a document with another header, truly signed by our key."""
    key = Keys(NEW)._now.receipt_key
    mine = {"alg": "EdDSA", "kid": jws.thumbprint(key.public_key())}
    return jws.signed(json.dumps({**mine, **header}).encode(), PAYLOAD, key)


@pytest.mark.unit
def test_a_truly_signed_header_may_hold_more() -> None:
    assert jws.verify(resigned(typ="JOSE", cty="json"), Keys(NEW).key_set()) == PAYLOAD


@pytest.mark.unit
@pytest.mark.parametrize(
    "header",
    [{"alg": "none"}, {"alg": "HS256"}, {"alg": "ES256"}, {"alg": "Ed448"}, {"alg": None}, {"alg": ["EdDSA"]},
     {"crit": ["exp"], "exp": 1}, {"crit": []}, {"b64": False, "crit": ["b64"]}, {"kid": 5}, {"kid": None}],
)  # fmt: skip
def test_headers_that_are_not_ours_are_refused_even_when_signed(header: dict[str, object]) -> None:
    assert code_of(resigned(**header), Keys(NEW).key_set()) == "INVALID"


@pytest.mark.unit
def test_a_key_inside_the_document_is_never_used() -> None:
    stranger = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
    (brought,) = jws.jwks([stranger.public_key()])["keys"]
    ours = Keys(NEW).key_set()
    for header in (
        {"jwk": brought, "kid": brought["kid"]},
        {"jku": "http://127.0.0.1:1/keys", "kid": brought["kid"]},
        {"x5u": "http://127.0.0.1:1/keys", "kid": "../../etc/passwd"},
    ):
        text = jws.signed(json.dumps({"alg": "EdDSA", **header}).encode(), PAYLOAD, stranger)
        assert code_of(text, ours) == "UNKNOWN_KEY"
    for claimed in ({"jwk": brought, "kid": ours["keys"][0]["kid"]}, {"jwk": brought}):
        text = jws.signed(json.dumps({"alg": "EdDSA", **claimed}).encode(), PAYLOAD, stranger)
        assert code_of(text, ours) == "INVALID_SIGNATURE"


def changed(part: str, by: Callable[[str], str]) -> str:
    document = json.loads(Keys(NEW).sign_document(PAYLOAD))
    document[part] = by(document[part])
    return json.dumps(document)


@pytest.mark.unit
def test_every_changed_bit_is_found() -> None:
    key_set = Keys(NEW).key_set()
    for part in ("payload", "signature"):
        whole = raw(json.loads(Keys(NEW).sign_document(PAYLOAD))[part])
        for place in range(len(whole) * 8):
            bits = bytearray(whole)
            bits[place // 8] ^= 1 << place % 8
            document = {**json.loads(Keys(NEW).sign_document(PAYLOAD)), part: b64(bytes(bits))}
            assert code_of(json.dumps(document), key_set) == "INVALID_SIGNATURE"


@pytest.mark.unit
@pytest.mark.parametrize("part", ["payload", "protected", "signature"])
def test_one_document_has_one_spelling(part: str) -> None:
    key_set = Keys(NEW).key_set()
    for by in (
        lambda text: text + "=", lambda text: text + "==", lambda text: text + "\n", lambda text: " " + text,
        lambda text: text + "A", lambda text: text + "é", lambda text: text[:-1] + ".", lambda text: text + "\ud800",
    ):  # fmt: skip
        assert code_of(changed(part, by), key_set) in {"INVALID", "INVALID_SIGNATURE", "UNKNOWN_KEY"}
    assert code_of(changed(part, lambda _: ""), key_set) in {"INVALID", "INVALID_SIGNATURE"}
    # 64 bytes are 86 letters, of which the last holds four bits that say nothing.
    assert code_of(changed("signature", lambda text: text[:-1] + chr(ord(text[-1]) + 1)), key_set) == "INVALID"


@pytest.mark.unit
def test_what_is_no_document() -> None:
    key_set = Keys(NEW).key_set()
    good = json.loads(Keys(NEW).sign_document(PAYLOAD))
    texts = [
        "", "x", "null", "5", "[]", "{}", '"x"', "[" * 100_000, '{"a":' * 100_000, "NaN", "x" * 2_000_000,
        ".".join((good["protected"], good["payload"], good["signature"])),
        json.dumps({**good, "signature": 5}), json.dumps({**good, "payload": None}),
        json.dumps({**good, "header": {"kid": "x"}}), json.dumps({**good, "signatures": []}),
        json.dumps(good)[:-1] + f', "payload": "{good["payload"]}"}}',
        json.dumps({name: value for name, value in good.items() if name != "signature"}),
    ]  # fmt: skip
    assert [code_of(text, key_set) for text in texts] == ["INVALID"] * len(texts)
    twice = b64(b'{"alg":"EdDSA","alg":"EdDSA"}')
    assert code_of(json.dumps({**good, "protected": twice}), key_set) == "INVALID"


@pytest.mark.unit
def test_key_sets_that_hold_nothing_of_use() -> None:
    text = Keys(NEW).sign_document(PAYLOAD)
    (key,) = Keys(NEW).key_set()["keys"]
    for key_set in cast("tuple[object, ...]", (None, [], "x", {}, {"keys": None}, {"keys": {}}, key)):
        assert code_of(text, key_set) == "INVALID"
    for one in (
        None, 5, {}, {**key, "kty": "EC"}, {**key, "crv": "Ed448"}, {**key, "crv": "X25519"}, {**key, "use": "enc"},
        {**key, "alg": "HS256"}, {**key, "kid": "other"}, {**key, "x": b64(b"x" * 31)},
    ):  # fmt: skip
        assert code_of(text, {"keys": [one]}) == "UNKNOWN_KEY"
        assert jws.verify(text, {"keys": [one, key]}) == PAYLOAD
    for broken in ("!", None, 5):
        assert code_of(text, {"keys": [{**key, "x": broken}]}) == "INVALID"
    (theirs,) = Keys(OTHER).key_set()["keys"]
    assert code_of(text, {"keys": [{**theirs, "kid": key["kid"]}]}) == "INVALID_SIGNATURE"


async def test_the_keys_are_public_and_hold_no_secret(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/keys", headers={"origin": "https://elsewhere.example"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/jwk-set+json"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.json() == Keys(SECRET).key_set()
    assert {name for one in answer.json()["keys"] for name in one} == {"kty", "crv", "x", "kid", "use", "alg"}
    assert (await client.head("/keys")).status_code == 200
    assert (await client.post("/keys", json={})).status_code == 405
