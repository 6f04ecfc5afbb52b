"""What goes over the wire, and what a target can do with it: nothing but answer 2xx, or fail within the deadline."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import ssl
import time
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from api.core.context import Context
from api.core.idempotency import Once
from api.webhooks import rules, sending
from api.webhooks.sending import Net, Outcome
from jobs.engines import free_port
from tests.conftest import Clock
from tests.webhooks.conftest import TOPICS, a_webhook, announced
from tests.webhooks.receiver import Behave, Receiver, dripping, flood, raw, receiving, serving, stalled, status

SLOW = "It did not answer within 10 seconds."
NO_HTTP = "Its answer is not HTTP."
GONE_AWAY = "It cannot be reached, or it hung up."


def verified(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Check a message as its receiver would, from the words of the Standard Webhooks specification."""
    key = base64.b64decode(secret.split("_", 1)[1])
    signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(
        version == "v1" and hmac.compare_digest(one, expected)
        for version, _, one in (part.partition(",") for part in headers["webhook-signature"].split(" "))
    )


# --- the message ---


async def test_a_message_is_signed_and_says_what_the_room_says(
    local: Context, receiver: Receiver, stored: Any, clock: Clock
) -> None:
    _, secret = await a_webhook(local, receiver.url)
    subject = ObjectId()
    (delivery_id,) = await announced(local, subject)
    queued_at = clock()
    clock.move(seconds=7)
    await rules.deliver(local, delivery_id)
    (request,) = receiver.requests
    assert request.line == "POST /hook?from=regulars HTTP/1.1"
    assert request.headers == {
        "host": f"127.0.0.1:{receiver.port}",
        "user-agent": "Regulars-Webhooks/1",
        "content-type": "application/json",
        "content-length": str(len(request.body)),
        "accept": "*/*",
        "connection": "close",
        "webhook-id": f"whd_{delivery_id}",
        "webhook-timestamp": str(int(clock().timestamp())),
        "webhook-signature": request.headers["webhook-signature"],
    }
    assert json.loads(request.body) == {
        "type": "consent.changed",
        "id": f"whd_{delivery_id}",
        "timestamp": queued_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": {"entry": f"cen_{subject}", "state": "WITHDRAWN"},
    }
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert verified(secret, request.headers, request.body)
    assert not verified(secret, request.headers, request.body + b" ")
    assert not verified(secret, {**request.headers, "webhook-timestamp": "1"}, request.body)
    found = stored["webhook_deliveries"].find_one()
    assert (found["status"], found["attempts"], found["last_status"], found["error"]) == ("DELIVERED", 1, 204, None)
    assert stored["webhooks"].find_one()["last_delivery_at"] == clock()


async def test_a_rotated_secret_signs_beside_the_new_one_for_a_day(
    local: Context, receiver: Receiver, clock: Clock
) -> None:
    made, old = await a_webhook(local, receiver.url)
    _, new, _ = await rules.rotate(local, f"whk_{made.id}", Once("webhookRotateSecret"))
    assert new is not None
    assert new != old
    seen = []
    for _ in range(2):
        (delivery_id,) = await announced(local)
        await rules.deliver(local, delivery_id)
        request = receiver.requests[-1]
        signatures = request.headers["webhook-signature"].split(" ")
        seen.append((len(signatures), *(verified(one, request.headers, request.body) for one in (new, old))))
        clock.move(hours=24)
    assert seen == [(2, True, True), (1, True, False)]


async def test_an_address_that_is_rotated_often_has_five_signatures_at_most(local: Context, receiver: Receiver) -> None:
    made, first = await a_webhook(local, receiver.url)
    known = [first]
    for _ in range(6):
        _, secret, _ = await rules.rotate(local, f"whk_{made.id}", Once("webhookRotateSecret"))
        assert secret
        known.append(secret)
    (delivery_id,) = await announced(local)
    await rules.deliver(local, delivery_id)
    (request,) = receiver.requests
    assert [verified(one, request.headers, request.body) for one in known] == [False, False, *[True] * 5]


async def test_a_secret_is_kept_encrypted_and_never_logged(
    local: Context, receiver: Receiver, stored: Any, log: BytesIO
) -> None:
    _, secret = await a_webhook(local, receiver.url)
    receiver.answers = [status(500)]
    (delivery_id,) = await announced(local)
    await rules.deliver(local, delivery_id)
    kept = repr(stored["webhooks"].find_one()) + repr(stored["webhook_deliveries"].find_one())
    assert secret.removeprefix("whsec_") not in kept
    said = log.getvalue().decode()
    assert "webhook.failed" in said
    assert receiver.url not in said
    assert secret not in said


# --- what a target can do ---


async def sent(receiver: Receiver, behave: Behave) -> Outcome:
    receiver.answers = [behave]
    return await sending.post(receiver.url, {}, b"{}", Net(), local=True)


@pytest.mark.parametrize("code", [200, 201, 202, 204, 299])
async def test_2xx_is_delivered(receiver: Receiver, code: int) -> None:
    assert await sent(receiver, status(code)) == Outcome(code)


@pytest.mark.parametrize("code", [400, 401, 404, 410, 429, 500, 503])
async def test_any_other_status_is_a_failure(receiver: Receiver, code: int) -> None:
    assert await sent(receiver, status(code, body=b"the target's own words")) == Outcome(code, f"It answered {code}.")


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(receiver: Receiver, code: int) -> None:
    async with receiving() as elsewhere:
        found = await sent(receiver, status(code, f"Location: {elsewhere.url}"))
        assert found == Outcome(code, f"It answered {code}; redirects are not followed.")
        assert (len(receiver.requests), elsewhere.requests) == (1, [])


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"", Outcome(error=GONE_AWAY)),
        (b"HTTP/1.1 200", Outcome(error=NO_HTTP)),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", Outcome(error=NO_HTTP)),
        (b"HTTP/2 200\r\n\r\n", Outcome(error=NO_HTTP)),
        (b"HTTP/1.1 2000\r\n\r\n", Outcome(error=NO_HTTP)),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", Outcome(error=NO_HTTP)),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 20 + b"HTTP/1.1 200 OK\r\n\r\n", Outcome(error=NO_HTTP)),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", Outcome(200)),
        (b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 500\r\n\r\n", Outcome(500, "It answered 500.")),
        (b"HTTP/1.0 200\r\n\r\n", Outcome(200)),
    ],
)
async def test_odd_answers(receiver: Receiver, answer: bytes, expected: Outcome) -> None:
    assert await sent(receiver, raw(answer)) == expected


@pytest.mark.parametrize(
    "behave",
    [
        stalled(b""),
        dripping(b"", then=b"H"),
        dripping(b"HTTP/1.1 200 OK\r\n", then=b"X: y\r\n"),
        dripping(b"", then=b"HTTP/1.1 100 Continue\r\n"),
    ],
)
async def test_the_deadline_is_for_all_of_it(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, behave: Behave
) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.5)
    started = time.monotonic()
    found = await sent(receiver, behave)
    assert 0.5 <= time.monotonic() - started < 3
    assert found == Outcome(error=SLOW.replace("10", "0"))
    async with asyncio.timeout(5):
        await receiver.hung_up.wait()


@pytest.mark.parametrize(
    "behave",
    [
        flood(b"HTTP/1.1 200 OK\r\n\r\n"),
        dripping(b"HTTP/1.1 200 OK\r\n\r\n", then=b"x"),
        stalled(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"),
    ],
)
async def test_what_follows_the_status_is_thrown_away_and_not_waited_for(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, behave: Behave
) -> None:
    monkeypatch.setattr(sending, "LINGER_SECONDS", 0.2)
    assert await sent(receiver, behave) == Outcome(200)
    async with asyncio.timeout(5):
        await receiver.hung_up.wait()


async def test_a_target_that_is_down_is_a_failure() -> None:
    found = await sending.post(f"http://127.0.0.1:{free_port()}/", {}, b"{}", Net(), local=True)
    assert found == Outcome(error=GONE_AWAY)


async def test_the_next_address_is_tried_when_one_is_down(receiver: Receiver) -> None:
    net = Net(resolve=lambda _host: ["127.0.0.2", "127.0.0.1"])
    found = await sending.post(f"http://both.example.com:{receiver.port}/", {}, b"{}", net, local=True)
    assert found == Outcome(204)


async def test_proxies_of_the_environment_are_not_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        for spelled in (name, name.upper()):
            monkeypatch.setenv(spelled, f"http://127.0.0.1:{free_port()}")
    assert await sent(receiver, status(200)) == Outcome(200)


# --- TLS ---


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What a server for hooks.example.com shows, and what trusts it."""
    folder: Path = tmp_path_factory.mktemp("tls")
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example.com")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return server, ssl.create_default_context(cafile=str(folder / "cert.pem"))


Certificates = tuple[ssl.SSLContext, ssl.SSLContext]


async def test_the_name_is_asked_for_and_checked_though_the_address_is_connected_to(
    local: Context, stored: Any, certificates: Certificates
) -> None:
    server, trust = certificates
    asked_for: list[str | None] = []
    server.sni_callback = lambda _socket, name, _context: asked_for.append(name)
    async with receiving(server) as receiver:
        net = Net(lambda _host: ["127.0.0.1"], lambda: trust)
        url = f"https://hooks.example.com:{receiver.port}/hook"
        await rules.create(local, url, TOPICS, Once("webhookCreate"), net)
        (delivery_id,) = await announced(local)
        await rules.deliver(local, delivery_id, net)
        assert stored["webhook_deliveries"].find_one()["status"] == "DELIVERED"
        assert asked_for == ["hooks.example.com"]
        assert [one.headers["host"] for one in receiver.requests] == [f"hooks.example.com:{receiver.port}"]


@pytest.mark.parametrize(("host", "trusted"), [("other.example.com", True), ("hooks.example.com", False)])
async def test_a_certificate_of_another_or_of_nobody_is_refused(
    certificates: Certificates, host: str, trusted: bool
) -> None:
    server, trust = certificates
    async with receiving(server) as receiver:
        net = Net(lambda _host: ["127.0.0.1"], (lambda: trust) if trusted else sending.system_trust)
        found = await sending.post(f"https://{host}:{receiver.port}/", {}, b"{}", net, local=True)
        assert found == Outcome(error="Its certificate is not valid for this host.")
        assert receiver.requests == []


async def test_who_speaks_no_tls_is_a_failure() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")

    async with serving(plain) as port:
        net = Net(lambda _host: ["127.0.0.1"])
        found = await sending.post(f"https://plain.example.com:{port}/", {}, b"{}", net, local=True)
    assert found == Outcome(error=GONE_AWAY)


async def test_a_handshake_that_hangs_ends_with_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.3)
    hung_up = asyncio.Event()

    async def mute(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        while await reader.read(1024):
            pass
        hung_up.set()

    async with serving(mute) as port:
        net = Net(lambda _host: ["127.0.0.1"])
        found = await sending.post(f"https://mute.example.com:{port}/", {}, b"{}", net, local=True)
        assert found == Outcome(error=SLOW.replace("10", "0"))
        async with asyncio.timeout(5):
            await hung_up.wait()
