"""The app on a real port of this process, and what its socket answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
import websockets
from starlette.applications import Starlette

from tests.conftest import ORIGIN

PATIENCE_SECONDS = 10


@asynccontextmanager
async def serving(app: Starlette) -> AsyncIterator[str]:
    """Serve the app and yield where: "127.0.0.1:54321"."""
    config = uvicorn.Config(app, port=0, lifespan="off", log_config=None, ws="websockets-sansio", ws_max_size=65_536)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not server.started:
            await asyncio.sleep(0.01)
    try:
        yield f"127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


async def first_of(where: str, document: str, headers: Mapping[str, str]) -> Any:
    """Subscribe, and return the first message as an answer: `data`, or `errors`."""
    origin = {"Origin": ORIGIN} if "Cookie" in headers else {}
    protocol: Any = "graphql-transport-ws"
    address = f"ws://{where}/graphql"
    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        websockets.connect(address, subprotocols=[protocol], additional_headers={**origin, **headers}) as socket,
    ):
        await socket.send(json.dumps({"type": "connection_init"}))
        assert json.loads(await socket.recv()) == {"type": "connection_ack"}
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": document}}))
        while True:
            heard = json.loads(await socket.recv())
            if heard["type"] == "next":
                return heard["payload"]
            if heard["type"] == "error":
                return {"errors": heard["payload"]}
