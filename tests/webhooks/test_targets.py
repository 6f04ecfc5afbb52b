"""Where a webhook may go: forms of addresses that are refused when saved, and again, by address, when connecting."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from api.core.context import Context
from api.core.errors import Invalid
from api.core.idempotency import Once
from api.webhooks import rules, targets
from api.webhooks.sending import Net
from tests.conftest import Ask
from tests.webhooks.conftest import TOPICS, announced
from tests.webhooks.receiver import Receiver

CREATE = """mutation($input: WebhookCreateInput!) {
  webhookCreate(input: $input) { webhook { id url } secret applied errors { code path } } }"""
UPDATE = """mutation($id: ID!, $input: WebhookUpdateInput!) {
  webhookUpdate(id: $id, input: $input) { webhook { url } applied errors { code path } } }"""
PUBLIC = "https://9.9.9.9/hook"

FORMS = [
    # This machine, in its spellings.
    "https://127.0.0.1/", "https://127.1/", "https://127.0.1/", "https://2130706433/", "https://0x7f000001/",
    "https://0x7f.0.0.1/", "https://0177.0.0.1/", "https://017700000001/", "https://127.0.0.1./", "https://0/",
    "https://0.0.0.0/", "https://localhost/", "https://localhost./", "https://127.000.000.001/", "https://[::1]/",
    "https://[::]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[0:0:0:0:0:ffff:8.8.8.8]/",
    "https://[::127.0.0.1]/", "https://[64:ff9b::127.0.0.1]/", "https://[64:ff9b:1::7f00:1]/", "https://[2002:7f00:1::]/",
    # Its neighbours, and what clouds tell their own machines.
    "https://10.0.0.1/", "https://172.16.5.4/", "https://192.168.1.1/", "https://100.64.0.1/", "https://100.100.100.200/",
    "https://169.254.169.254/latest/meta-data/", "https://[fe80::1]/", "https://[fe80::1%25eth0]/", "https://[fd00:ec2::254]/",
    "https://[::ffff:169.254.169.254]/", "https://168.63.129.16/", "https://192.0.0.192/", "https://198.18.0.1/",
    # Everybody and nobody.
    "https://255.255.255.255/", "https://224.0.0.1/", "https://240.0.0.1/", "https://[ff02::1]/", "https://192.0.2.1/",
    "https://203.0.113.9/", "https://[2001:db8::1]/", "https://[2001::1]/", "https://[3fff::1]/", "https://[fec0::1]/",
    # What a browser and a server read differently.
    "https://user@9.9.9.9/", "https://user:password@9.9.9.9/", "https://9.9.9.9@127.0.0.1/", "https://9.9.9.9\\@127.0.0.1/",
    "https://9.9.9.9:443\\@127.0.0.1/", "https://9.9.9.9#@127.0.0.1/", "https://9.9.9.9%2f@127.0.0.1/",
    "https://9.9.9.9 .127.0.0.1/", "https://9.9.9.9\t/", "https://9.9.9.9/\r\nHost: 127.0.0.1", "https://9.9.9.9/\u2028",
    "https://9.9.9.9/\0", " https://9.9.9.9/", "https://9.9.9.9/ ", "https://\uff19.\uff19.\uff19.\uff19/", "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/", "https://%31%32%37.0.0.1/", "https://9.9.9.9/ü", "https://bücher.example/",
    # No web server of anybody.
    "http://9.9.9.9/", "ftp://9.9.9.9/", "file:///etc/passwd", "gopher://9.9.9.9/", "javascript:alert(1)", "//9.9.9.9/",
    "9.9.9.9", "", "https://", "https:///hook", "https:9.9.9.9", "https://9.9.9.9:/", "https://9.9.9.9:0/",
    "https://9.9.9.9:25/", "https://9.9.9.9:6667/", "https://9.9.9.9:65536/", "https://9.9.9.9:-1/", "https://9.9.9.9:x/",
    "https://[9.9.9.9]/", "https://[::1/", "https://::1/", "https://mongo/", "https://a..example/", "https://.example/",
    "https://under_score.example/", "https://-a.example/", f"https://{'a' * 64}.example/", "https://9.9.9.9/" + "a" * 2_000,
]  # fmt: skip


@pytest.mark.parametrize("url", FORMS)
async def test_a_form_is_refused_when_it_is_saved(gql: Ask, stored: Any, url: str) -> None:
    answer = await gql(CREATE, {"input": {"url": url, "topics": ["CONSENT_CHANGED"]}})
    assert answer["data"]["webhookCreate"] == {
        "webhook": None,
        "secret": None,
        "applied": False,
        "errors": [{"code": "INVALID_TARGET", "path": ["url"]}],
    }
    assert stored["webhooks"].count_documents({}) == 0


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "https://9.9.9.9@127.0.0.1/", "http://9.9.9.9/"])
async def test_a_form_is_refused_when_it_is_changed(data: Ask, stored: Any, url: str) -> None:
    made = (await data(CREATE, {"input": {"url": PUBLIC, "topics": ["CONSENT_CHANGED"]}}))["webhookCreate"]["webhook"]
    answer = await data(UPDATE, {"id": made["id"], "input": {"url": url}})
    assert answer["webhookUpdate"] == {
        "webhook": None,
        "applied": False,
        "errors": [{"code": "INVALID_TARGET", "path": ["url"]}],
    }
    assert stored["webhooks"].find_one()["url"] == PUBLIC


@pytest.mark.parametrize("url", FORMS)
async def test_a_form_that_got_into_the_database_is_refused_when_connecting(ctx: Context, url: str) -> None:
    def never(host: str) -> Sequence[str]:
        # An address is what it is; a name is whatever its owner says.
        return [str(ipaddress.ip_address(host))]

    with pytest.raises(Invalid) as error:
        await targets.addresses(targets.read(url, local=False), never, local=False)
    assert error.value.code == "INVALID_TARGET"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://hooks.example.com", ("https", "hooks.example.com", 443, "/", "hooks.example.com")),
        ("https://HOOKS.Example.com/A?b=c%20d", ("https", "hooks.example.com", 443, "/A?b=c%20d", "hooks.example.com")),
        (
            "https://xn--bcher-kva.example:8443/",
            ("https", "xn--bcher-kva.example", 8443, "/", "xn--bcher-kva.example:8443"),
        ),
        ("https://9.9.9.9:443/x", ("https", "9.9.9.9", 443, "/x", "9.9.9.9")),
        ("https://[2620:FE::fe]:8443/x", ("https", "2620:fe::fe", 8443, "/x", "[2620:fe::fe]:8443")),
    ],
)
def test_a_good_one_is_read(url: str, expected: tuple[Any, ...]) -> None:
    found = targets.read(url, local=False)
    assert (found.scheme, found.host, found.port, found.path, found.authority) == expected


ADDRESSES = {
    "9.9.9.9": True, "2620:fe::fe": True, "::ffff:9.9.9.9": True, "64:ff9b::9.9.9.9": True, "2002:909:909::": True,
    "::ffff:10.0.0.1": False, "64:ff9b::10.0.0.1": False, "2002:a00:1::": False, "64:ff9b:1::909:909": False,
    "::9.9.9.9": False, "192.88.99.1": False, "2001:0:909:909::": False, "fd00::1": False, "fe80::1%eth0": False,
    "ff0e::1": False, "5f00::1": False, "100::1": False, "0.1.2.3": False, "192.0.0.8": False, "169.254.1.1": False,
}  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_public_or_not(address: str) -> None:
    assert targets.public(ipaddress.ip_address(address)) is ADDRESSES[address]


@pytest.mark.parametrize("found", [[], ["127.0.0.1"], ["9.9.9.9", "10.0.0.1"], ["2620:fe::fe", "::1"], ["nonsense"]])
async def test_every_address_of_a_name_must_be_public(ctx: Context, stored: Any, found: list[str]) -> None:
    net = Net(resolve=lambda _host: found)
    with pytest.raises(Invalid) as error:
        await rules.create(ctx, "https://hooks.example.com/", TOPICS, Once("webhookCreate"), net)
    assert (error.value.code, error.value.path) == ("INVALID_TARGET", ("url",))
    assert stored["webhooks"].count_documents({}) == 0


async def test_a_name_that_nobody_knows_is_refused_with_the_same_words(ctx: Context) -> None:
    def unknown(_host: str) -> Sequence[str]:
        raise OSError

    said = set()
    for resolve in (unknown, lambda _host: ["10.0.0.1"]):
        with pytest.raises(Invalid) as error:
            await rules.create(ctx, "https://a.example.com/", TOPICS, Once("webhookCreate"), Net(resolve=resolve))
        said.add(error.value.message)
    assert said == {"This host cannot be found, or it is not on the public internet."}


async def test_a_resolver_that_hangs_is_not_waited_for(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "RESOLVE_SECONDS", 0.05)
    let_go = threading.Event()

    def hangs(_host: str) -> Sequence[str]:
        let_go.wait(30)
        return ["9.9.9.9"]

    with pytest.raises(Invalid):
        await rules.create(ctx, "https://a.example.com/", TOPICS, Once("webhookCreate"), Net(resolve=hangs))
    let_go.set()


# --- development ---


async def test_local_targets_are_for_development_only(ctx: Context, local: Context) -> None:
    for url in ("http://127.0.0.1:8080/", "http://[::1]:8080/", "https://10.0.0.1/", "http://192.168.1.7/"):
        made, _, _ = await rules.create(local, url, TOPICS, Once("webhookCreate"))
        assert made is not None
        with pytest.raises(Invalid):
            await rules.create(ctx, url, TOPICS, Once("webhookCreate"))


@pytest.mark.parametrize("url", ["http://9.9.9.9/", "http://169.254.169.254/", "https://[fe80::1]/", "http://0.0.0.0/"])
async def test_development_opens_neither_plain_http_to_the_world_nor_link_local(local: Context, url: str) -> None:
    with pytest.raises(Invalid) as error:
        await rules.create(local, url, TOPICS, Once("webhookCreate"))
    assert error.value.code == "INVALID_TARGET"


# --- names that change ---


async def test_a_name_that_moves_inside_after_it_was_saved_is_not_connected_to(
    ctx: Context, receiver: Receiver, stored: Any
) -> None:
    asked: list[str] = []

    def moves(host: str) -> Sequence[str]:
        asked.append(host)
        return ["9.9.9.9"] if len(asked) == 1 else ["127.0.0.1"]

    net = Net(resolve=moves)
    url = f"https://moves.example.com:{receiver.port}/"
    await rules.create(ctx, url, TOPICS, Once("webhookCreate"), net)
    (delivery_id,) = await announced(ctx)
    await rules.deliver(ctx, delivery_id, net)
    found = stored["webhook_deliveries"].find_one()
    assert (found["status"], found["attempts"], found["last_status"]) == ("QUEUED", 1, None)
    assert found["error"] == "Its host cannot be found, or is not where a webhook may go."
    assert (asked, receiver.requests) == (["moves.example.com"] * 2, [])


async def test_what_was_checked_is_what_is_connected_to(local: Context, receiver: Receiver, stored: Any) -> None:
    asked: list[str] = []

    def moves(host: str) -> Sequence[str]:
        asked.append(host)
        # A second look-up between check and use would be sent astray.
        return ["127.0.0.1"] if len(asked) <= 2 else ["127.0.0.99"]

    net = Net(resolve=moves)
    url = f"http://moves.example.com:{receiver.port}/"
    await rules.create(local, url, TOPICS, Once("webhookCreate"), net)
    (delivery_id,) = await announced(local)
    await rules.deliver(local, delivery_id, net)
    assert stored["webhook_deliveries"].find_one()["status"] == "DELIVERED"
    assert asked == ["moves.example.com"] * 2
    assert [one.headers["host"] for one in receiver.requests] == [f"moves.example.com:{receiver.port}"]


async def test_the_setting_counts_when_connecting_too(
    ctx: Context, local: Context, receiver: Receiver, stored: Any
) -> None:
    await rules.create(local, receiver.url, TOPICS, Once("webhookCreate"))
    (delivery_id,) = await announced(local)
    await rules.deliver(ctx, delivery_id)
    found = stored["webhook_deliveries"].find_one()
    assert (found["status"], found["error"]) == (
        "QUEUED",
        "Its host cannot be found, or is not where a webhook may go.",
    )
    assert receiver.requests == []
