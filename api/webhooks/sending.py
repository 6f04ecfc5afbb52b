"""One exchange with a target: connect to a checked address, send, read the status, hang up. 10 seconds in all.

The standard library's streams: no proxy of the environment, no redirect, no second look-up of the name, and one deadline
over all of it, whatever the target does with its bytes.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from api.core.errors import Invalid
from api.webhooks import targets
from api.webhooks.targets import Resolve, Target

SECONDS = 10.0
CONNECT_SECONDS = 4.0
LINGER_SECONDS = 1.0
MAX_ANSWER = 64 * 1024
MAX_HEADS = 8
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d)(?: [^\r\n]*)?\r?\n")
_OK, _REDIRECT, _WRONG = 200, 300, 400


@cache
def system_trust() -> ssl.SSLContext:
    """Return what certificates are checked against: the authorities that the system trusts."""
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class Net:
    """The network as the sender sees it."""

    resolve: Resolve = targets.system_resolve
    trust: Callable[[], ssl.SSLContext] = system_trust


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an exchange ended: the status that was answered, if any, and why it is a failure, if it is one."""

    status: int | None = None
    error: str | None = None


async def post(url: str, headers: Mapping[str, str], body: bytes, net: Net, *, local: bool) -> Outcome:
    """Send a body to a URL; whatever goes wrong is an outcome, never a word of the target's own."""
    try:
        async with asyncio.timeout(SECONDS):
            target = targets.read(url, local=local)
            found = await targets.addresses(target, net.resolve, local=local)
            return _judged(await _exchange(target, found, _request(target, headers, body), net))
    except Invalid:
        return Outcome(error="Its host cannot be found, or is not where a webhook may go.")
    except ssl.SSLCertVerificationError:
        return Outcome(error="Its certificate is not valid for this host.")
    except TimeoutError:
        return Outcome(error=f"It did not answer within {SECONDS:.0f} seconds.")
    except OSError:
        return Outcome(error="It cannot be reached, or it hung up.")


def _judged(status: int | None) -> Outcome:
    if status is None:
        return Outcome(error="Its answer is not HTTP.")
    if _OK <= status < _REDIRECT:
        return Outcome(status)
    hint = "; redirects are not followed" if _REDIRECT <= status < _WRONG else ""
    return Outcome(status, f"It answered {status}{hint}.")


def _request(target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    head = {
        "Host": target.authority,
        "User-Agent": "Regulars-Webhooks/1",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Accept": "*/*",
        "Connection": "close",
        **headers,
    }
    lines = [f"POST {target.path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
    return "\r\n".join(lines).encode("ascii") + body


async def _exchange(target: Target, found: list[str], request: bytes, net: Net) -> int | None:
    reader, writer = await _connected(target, found, net)
    try:
        writer.write(request)
        # Who answers before it has read everything has answered.
        with suppress(ConnectionError):
            await writer.drain()
        status = await _status(reader)
        if status is not None:
            await _read_away(reader)
        return status
    finally:
        # Not a polite end: a target could take its time with that, too.
        writer.transport.abort()
        with suppress(OSError):
            await writer.wait_closed()


async def _connected(target: Target, found: list[str], net: Net) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    trust = net.trust() if target.scheme == "https" else None
    last: OSError = ConnectionError()
    for address in found:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                return await asyncio.open_connection(
                    address, target.port, limit=MAX_ANSWER, ssl=trust, server_hostname=target.host if trust else None
                )
        except TimeoutError:
            last = ConnectionError()
        except OSError as error:
            last = error
    raise last


async def _status(reader: asyncio.StreamReader) -> int | None:
    """Return the status of the final answer; None for what is not HTTP, or a head beyond 64 kB."""
    for _ in range(MAX_HEADS):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            return None
        except asyncio.IncompleteReadError as cut:
            if cut.partial:
                return None
            raise ConnectionError from cut
        found = _STATUS.match(head)
        status = int(found[1]) if found else None
        # What begins with 1 only announces the answer.
        if status is None or status >= _OK:
            return status
    return None


async def _read_away(reader: asyncio.StreamReader) -> None:
    """Read what follows and throw it away, so that an honest server can finish its sentence; not for long."""
    left = MAX_ANSWER
    with suppress(TimeoutError, OSError):
        async with asyncio.timeout(LINGER_SECONDS):
            while left > 0 and (part := await reader.read(left)):
                left -= len(part)
