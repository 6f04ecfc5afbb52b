"""A real web server that receives webhooks, and misbehaves when it is told to."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeAlias

Take: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Behave: TypeAlias = Take


@dataclass
class Received:
    """One request."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What came in, and how the next ones are answered; 204 when nothing is said."""

    port: int = 0
    requests: list[Received] = field(default_factory=list)
    answers: list[Behave] = field(default_factory=list)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}/hook?from=regulars"

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one request and answer it, as asyncio calls it."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
            line, *rest = head.strip().split("\r\n")
            headers = {name.lower(): value for name, _, value in (one.partition(": ") for one in rest)}
            body = await reader.readexactly(int(headers["content-length"]))
            self.requests.append(Received(line, headers, body))
            behave = self.answers.pop(0) if self.answers else status(204)
            await behave(reader, writer)
        self.hung_up.set()


@asynccontextmanager
async def serving(take: Take, trust: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Serve on a free port of this machine; at the end every connection is closed."""
    open_now: set[asyncio.Task[None]] = set()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        open_now.add(task)
        try:
            await take(reader, writer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_server(one, "127.0.0.1", 0, ssl=trust)
    yield server.sockets[0].getsockname()[1]
    server.close()
    for task in open_now:
        task.cancel()
    await asyncio.gather(*open_now, return_exceptions=True)


@asynccontextmanager
async def receiving(trust: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Run a receiver."""
    receiver = Receiver()
    async with serving(receiver.take, trust) as receiver.port:
        yield receiver


def raw(answer: bytes) -> Behave:
    """Answer these bytes."""

    async def behave(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    return behave


def status(code: int, *headers: str, body: bytes = b"") -> Behave:
    """Answer a status."""
    head = [f"HTTP/1.1 {code} Whatever", *headers, f"Content-Length: {len(body)}", "", ""]
    return raw("\r\n".join(head).encode() + body)


def stalled(text: bytes) -> Behave:
    """Begin, and never go on; wait until the other side gives up."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(text)
        await reader.read()

    return behave


def dripping(text: bytes, *, then: bytes) -> Behave:
    """Begin at once, and go on with one byte after another for ever."""

    async def behave(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(text)
        while True:
            writer.write(then)
            await writer.drain()
            await asyncio.sleep(0.01)

    return behave


def flood(first: bytes) -> Behave:
    """Answer as much as anybody takes."""

    async def behave(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    return behave
