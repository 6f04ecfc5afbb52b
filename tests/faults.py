"""What a replica set does now and then and the embedded server never does: a proxy that speaks MongoDB's wire protocol.

The driver is connected to the proxy. A fault is armed once, hits the first command that it fits, and is gone; all else
passes through. So what is tested is the real driver with the real transaction helper, retries and all.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import bson

OP_MSG = 2013
HEADER = struct.Struct("<iiii")
WRITES = frozenset({"insert", "update", "delete", "findAndModify"})

Doc = dict[str, Any]


class Fault(StrEnum):
    """What happens to one command."""

    CONFLICT = "write conflict inside a transaction"
    LOST_BEFORE_COMMIT = "primary lost before the commit, and with it the transaction"
    LOST_AFTER_COMMIT = "primary lost after the commit took effect"
    UNKNOWN_COMMIT = "commit result unknown"
    LOST_BEFORE_WRITE = "primary lost before a single write"
    LOST_AFTER_WRITE = "primary lost after a single write took effect"
    STEPPED_DOWN = "primary stepped down at a single write"

    def fits(self, command: Doc) -> bool:
        """Tell whether this command can meet the fault."""
        name, transactional = next(iter(command)), command.get("autocommit") is False
        if self is Fault.CONFLICT:
            return transactional and name in WRITES
        if self in {Fault.LOST_BEFORE_COMMIT, Fault.LOST_AFTER_COMMIT, Fault.UNKNOWN_COMMIT}:
            return name == "commitTransaction"
        return not transactional and name in WRITES and "txnNumber" in command


CONFLICT_REPLY: Doc = {
    "ok": 0.0,
    "code": 112,
    "codeName": "WriteConflict",
    "errmsg": "injected",
    "errorLabels": ["TransientTransactionError"],
}
UNKNOWN_REPLY: Doc = {
    "ok": 1.0,
    "writeConcernError": {
        "code": 64,
        "codeName": "WriteConcernTimeout",
        "errmsg": "injected",
        "errInfo": {"wtimeout": True},
    },
}
STEPPED_DOWN_REPLY: Doc = {
    "ok": 0.0,
    "code": 10107,
    "codeName": "NotWritablePrimary",
    "errmsg": "injected",
    "errorLabels": ["RetryableWriteError"],
}


class Lost(Exception):
    """The connection ends here."""


class Proxy:
    """One server in front of another."""

    def __init__(self, target: str) -> None:
        """Stand in front of the server at this URL."""
        parts = urlsplit(target)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 27017
        self._armed: Fault | None = None
        self._answered: dict[tuple[bytes, int], bytes] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.fired: list[str] = []
        """The commands that met a fault."""
        self.url = ""

    def arm(self, fault: Fault | None) -> None:
        """Put a fault in the way of the next command that it fits."""
        self._armed = fault
        self.fired.clear()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass one connection on until either side ends it."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            up_reader, up_writer = await asyncio.open_connection(self._host, self._port)
            try:
                await self._pump(reader, writer, up_reader, up_writer)
            except asyncio.CancelledError:
                # Cancelling is how a connection is cut; the task ends here either way.
                return
            finally:
                up_writer.close()
        finally:
            self._tasks.discard(task)
            writer.close()

    async def close(self) -> None:
        """End every connection."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        up_reader: asyncio.StreamReader,
        up_writer: asyncio.StreamWriter,
    ) -> None:
        back: asyncio.Task[None] | None = None
        with suppress(Lost, asyncio.IncompleteReadError, ConnectionError):
            while True:
                message = await _message(reader)
                command = _command(message)
                fault = self._armed
                known = self._answered.get(_key(command))
                if known is not None and "autocommit" not in command:
                    # MongoDB remembers what a retried write answered, and does not do it again.
                    writer.write(_to(message, known))
                elif fault is not None and fault.fits(command):
                    self._armed = None
                    self.fired.append(f"{next(iter(command))} {next(iter(command.values()))}")
                    await _stop(back)
                    back = None
                    await self._strike(fault, message, command, (writer, up_reader, up_writer))
                else:
                    back = back or asyncio.create_task(_copy(up_reader, writer))
                    up_writer.write(message)
        await _stop(back)

    async def _strike(self, fault: Fault, message: bytes, command: Doc, ends: Any) -> None:
        writer, up_reader, up_writer = ends
        if fault is Fault.CONFLICT:
            writer.write(_reply(message, CONFLICT_REPLY))
        elif fault is Fault.STEPPED_DOWN:
            writer.write(_reply(message, STEPPED_DOWN_REPLY))
            # A primary that steps down says so to whoever watches it; here their connections end, and they ask anew.
            for other in self._tasks - {asyncio.current_task()}:
                other.cancel()
        elif fault is Fault.LOST_BEFORE_WRITE:
            raise Lost
        elif fault is Fault.LOST_BEFORE_COMMIT:
            abort = {
                ("abortTransaction" if key == "commitTransaction" else key): value for key, value in command.items()
            }
            up_writer.write(_request(message, abort))
            await _message(up_reader)
            raise Lost
        else:
            up_writer.write(message)
            answer = await _message(up_reader)
            if fault is Fault.UNKNOWN_COMMIT:
                writer.write(_reply(message, UNKNOWN_REPLY))
                return
            if fault is Fault.LOST_AFTER_WRITE:
                self._answered[_key(command)] = answer
            raise Lost


@asynccontextmanager
async def proxied(target: str) -> AsyncIterator[Proxy]:
    """Run a proxy in front of a server; connect to its `url`."""
    proxy = Proxy(target)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    proxy.url = f"mongodb://127.0.0.1:{port}/?directConnection=true"
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readexactly(4)
    (length,) = struct.unpack("<i", head)
    return head + await reader.readexactly(length - 4)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            writer.write(await _message(reader))


async def _stop(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _command(message: bytes) -> Doc:
    if HEADER.unpack_from(message)[3] != OP_MSG or message[20] != 0:
        return {"": None}
    (size,) = struct.unpack_from("<i", message, 21)
    return bson.decode(message[21 : 21 + size])


def _key(command: Doc) -> tuple[bytes, int]:
    session = command.get("lsid")
    return (bytes(session["id"]), int(command.get("txnNumber", -1))) if session else (b"", -1)


def _body(request_id: int, response_to: int, doc: Doc) -> bytes:
    payload = struct.pack("<I", 0) + b"\0" + bson.encode(doc)
    return HEADER.pack(16 + len(payload), request_id, response_to, OP_MSG) + payload


def _reply(message: bytes, doc: Doc) -> bytes:
    return _body(0, HEADER.unpack_from(message)[1], doc)


def _request(message: bytes, doc: Doc) -> bytes:
    return _body(HEADER.unpack_from(message)[1], 0, doc)


def _to(message: bytes, answer: bytes) -> bytes:
    length, request_id, _, kind = HEADER.unpack_from(answer)
    return HEADER.pack(length, request_id, HEADER.unpack_from(message)[1], kind) + answer[16:]
