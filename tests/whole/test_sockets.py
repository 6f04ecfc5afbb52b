"""The socket of /graphql: who may open it, what it takes, and that it ends with the rights of who opened it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
import uvicorn
import websockets
from starlette.applications import Starlette

from api.core import endpoint
from api.core.context import Context
from api.runs import schema as runs
from tests.conftest import ORIGIN
from tests.factories import a_user

PROTOCOL = "graphql-transport-ws"
SUBSCRIBE = {
    "query": "subscription ($id: ID!) { runProgress(id: $id) { id status } }",
    "variables": {"id": "run_" + "f" * 24},
}


@pytest.fixture
async def address(app: Starlette) -> AsyncIterator[str]:
    """The app on a real server; sockets need one."""
    config = uvicorn.Config(app, port=0, lifespan="off", log_config=None, ws="websockets-sansio", ws_max_size=65_536)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(10):
        while not server.started:
            await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"ws://127.0.0.1:{port}/graphql"
    server.should_exit = True
    await task


@asynccontextmanager
async def connected(
    address: str, headers: dict[str, str] | None = None, *, protocol: str = PROTOCOL, origin: str | None = None
) -> AsyncIterator[Any]:
    asked = {**({"Origin": origin} if origin else {}), **(headers or {})}
    async with websockets.connect(address, subprotocols=[protocol], additional_headers=asked, max_size=None) as socket:  # type: ignore[list-item]
        yield socket


async def say(socket: Any, **message: Any) -> None:
    await socket.send(json.dumps(message))


async def hear(socket: Any) -> Any:
    async with asyncio.timeout(10):
        text = await socket.recv()
    assert isinstance(text, str), "a client of GraphQL takes text frames"
    return json.loads(text)


async def begin(socket: Any) -> None:
    await say(socket, type="connection_init")
    assert await hear(socket) == {"type": "connection_ack"}


async def closing_code(socket: Any) -> int:
    async with asyncio.timeout(10):
        await socket.wait_closed()
    code: int = socket.close_code
    return code


def cookie(headers_of: Any) -> dict[str, str]:
    return {"Cookie": headers_of("owner")["Cookie"]}


async def status_of(address: str, headers: dict[str, str], **more: Any) -> int:
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with connected(address, headers, **more):
            pass
    return caught.value.response.status_code


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://127.0.0.1.evil.example", "https://127.0.0.1", "http://localhost:1"],
)
async def test_pages_of_other_origins_open_nothing(address: str, headers_of: Any, origin: str) -> None:
    assert await status_of(address, cookie(headers_of), origin=origin) == 403
    assert await status_of(address, {}, origin=origin) == 403


async def test_a_session_must_say_where_it_comes_from(address: str, headers_of: Any) -> None:
    assert await status_of(address, cookie(headers_of)) == 403


async def test_our_page_and_programs_with_keys_subscribe(address: str, headers_of: Any) -> None:
    own = address.replace("ws://", "http://").removesuffix("/graphql")
    for headers, origin in ((cookie(headers_of), own), (cookie(headers_of), ORIGIN), (headers_of("key"), None)):
        async with connected(address, headers, origin=origin) as socket:
            await begin(socket)
            await say(socket, type="subscribe", id="1", payload=SUBSCRIBE)
            answer = await hear(socket)
            errors = answer["payload"] if answer["type"] == "error" else answer["payload"]["errors"]
            assert [one["extensions"]["code"] for one in errors] == ["NOT_FOUND"]


async def test_a_wrong_key_opens_nothing(address: str) -> None:
    assert await status_of(address, {"Authorization": "Bearer rgl_x_y"}) == 403


async def test_a_stranger_is_told_to_sign_in(address: str) -> None:
    async with connected(address) as socket:
        await begin(socket)
        await say(socket, type="subscribe", id="1", payload=SUBSCRIBE)
        answer = await hear(socket)
        errors = answer["payload"] if answer["type"] == "error" else answer["payload"]["errors"]
        assert errors[0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    "query", ["{ viewer { id } }", "mutation { signOut { errors { code } } }", "{ __schema { types { name } } }"]
)
async def test_a_socket_takes_subscriptions_only(address: str, query: str) -> None:
    async with connected(address) as socket:
        await begin(socket)
        await say(socket, type="subscribe", id="1", payload={"query": query})
        answer = await hear(socket)
        assert answer["type"] == "error"
        assert answer["payload"][0]["extensions"]["code"] in {"INVALID", "INTROSPECTION_CLOSED"}


async def test_limits_hold_on_sockets(address: str) -> None:
    fragments = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(45))
    bomb = f"query {{ ...F0 }} {fragments} fragment F45 on Query {{ viewer {{ id }} }}"
    async with connected(address) as socket:
        await begin(socket)
        await say(socket, type="subscribe", id="1", payload={"query": bomb})
        assert (await hear(socket))["payload"][0]["extensions"]["code"] == "COST_EXCEEDED"


async def test_the_old_protocol_is_refused(address: str) -> None:
    async with connected(address, protocol="graphql-ws") as socket:
        assert await closing_code(socket) == 4406


async def test_nothing_before_the_greeting(address: str) -> None:
    async with connected(address) as socket:
        await say(socket, type="subscribe", id="1", payload=SUBSCRIBE)
        assert await closing_code(socket) == 4401


async def test_a_silent_socket_is_closed(address: str, app: Starlette) -> None:
    view = next(one.endpoint for one in app.routes if getattr(one, "path", "") == "/graphql")  # type: ignore[attr-defined]
    assert view.connection_init_wait_timeout == timedelta(seconds=5)
    view.connection_init_wait_timeout = timedelta(milliseconds=50)
    async with connected(address) as socket:
        assert await closing_code(socket) == 4408


@pytest.mark.parametrize(
    "frame", ["x", "5", "null", "[]", '"x"', "{}", '{"type":"unknown"}', '{"type":5}', b'{"type":"connection_init"}',
              '{"type":"connection_init","payload":5}', '{"type":"subscribe","id":{"a":1},"payload":{}}', "[" * 60_000]
)  # fmt: skip
async def test_frames_that_are_no_message_close_the_socket(address: str, frame: str | bytes) -> None:
    async with connected(address) as socket:
        await socket.send(frame)
        assert await closing_code(socket) == 4400


@pytest.mark.parametrize(
    "payload",
    [{"query": 5}, {"query": ["x"]}, {}, {"query": "{a}", "variables": []}, {"query": "{a}", "operationName": 5}],
)
async def test_payloads_that_are_no_operation_close_the_socket(address: str, payload: dict[str, Any]) -> None:
    async with connected(address) as socket:
        await begin(socket)
        await say(socket, type="subscribe", id="1", payload=payload)
        assert await closing_code(socket) == 4400


async def test_a_frame_over_64_kilobytes_closes_the_socket(address: str) -> None:
    async with connected(address) as socket:
        await begin(socket)
        await socket.send('{"type":"ping","payload":{"x":"' + "x" * 65_536 + '"}}')
        assert await closing_code(socket) == 1009


async def test_ten_subscriptions_a_socket(address: str, headers_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert endpoint.MAX_SUBSCRIPTIONS == 10

    async def endless(*_args: Any, **_more: Any) -> AsyncIterator[Any]:
        await asyncio.Event().wait()
        yield None

    monkeypatch.setattr(runs, "progress", endless)
    async with connected(address, headers_of("key")) as socket:
        await begin(socket)
        for n in range(11):
            await say(socket, type="subscribe", id=str(n), payload=SUBSCRIBE)
        answer = await hear(socket)
        assert (answer["type"], answer["id"]) == ("error", "10")


async def test_fifty_sockets_an_address(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert endpoint.MAX_SOCKETS_PER_ADDRESS == 50
    monkeypatch.setattr(endpoint, "MAX_SOCKETS_PER_ADDRESS", 3)
    async with connected(address), connected(address), connected(address):
        assert await status_of(address, {}) == 403
    async with asyncio.timeout(10):
        while endpoint.Endpoint.sockets:
            await asyncio.sleep(0.01)
    async with connected(address) as socket:
        await begin(socket)


async def test_a_socket_ends_with_the_rights_of_who_opened_it(
    address: str, ctx: Context, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert endpoint.SOCKET_CHECK_SECONDS < 5
    monkeypatch.setattr(endpoint, "SOCKET_CHECK_SECONDS", 0.05)
    for end in ({"$set": {"active": False}}, {"$set": {"sessions": []}}, {"$set": {"permissions": []}}):
        user, token = a_user(stored, ctx.now(), role="viewer")
        async with connected(address, {"Cookie": f"regulars_session={token}"}, origin=ORIGIN) as socket:
            await begin(socket)
            stored["users"].update_one({"_id": user["_id"]}, end)
            assert await closing_code(socket) == 4403
