"""POST /graphql and its socket: what is read, what is refused, and how an answer is written (GraphQL over HTTP)."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import ASGIWebSocketAdapter, GraphQL
from strawberry.http.exceptions import NonJsonMessageReceived
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from api.core.buckets import Charge
from api.core.context import Context
from api.core.graphql_schema import NotRun, RegularsSchema
from api.core.http_gate import Gate, Refused, added_headers
from api.core.mongo import unavailable

MAX_BODY_BYTES = 1024 * 1024
MAX_FRAME_CHARACTERS = 65_536
MAX_SOCKETS_PER_ADDRESS = 50
MAX_SUBSCRIPTIONS = 10
SOCKET_CHECK_SECONDS = 4
"""How often the rights of an open socket are looked up again; the promise is 5."""

PLAIN = "application/json"
GRAPHQL = "application/graphql-response+json"
_TYPES = {PLAIN: b"application/json; charset=utf-8", GRAPHQL: b"application/graphql-response+json; charset=utf-8"}
_CONTEXT = "regulars.context"


class Frames(ASGIWebSocketAdapter):
    """Reads frames of at most 64 kB that hold one JSON object each."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> Any:
        """Yield each message; anything else than an object closes the socket."""
        async for message in super().iter_json(ignore_parsing_errors=ignore_parsing_errors):
            if not _is_message(message):
                raise NonJsonMessageReceived
            yield message


class Endpoint(GraphQL[Context, None]):
    """The one GraphQL view: no IDE, no GET, no multipart, no batches."""

    websocket_adapter_class = Frames
    sockets: ClassVar[Counter[str]] = Counter()

    def __init__(self, schema: RegularsSchema) -> None:
        """Serve a schema; the gate stands in `app.state.gate`."""
        super().__init__(
            schema,
            graphql_ide=None,
            allow_queries_via_get=False,
            multipart_uploads_enabled=False,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=timedelta(seconds=5),
            max_subscriptions_per_connection=MAX_SUBSCRIPTIONS,
        )
        self._schema = schema

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one socket."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await self._http(request)
        except Refused as refused:
            response = _refusal(refused, _accepted(request))
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    # --- HTTP ---

    async def _http(self, request: Request) -> Response:
        if request.method != "POST":
            raise Refused(405, "INVALID", "GraphQL is asked by POST.", {"allow": "POST"})
        accepted = _accepted(request)
        _require_json(request)
        text, variables, name = _asked(await _body(request))
        gate: Gate = request.app.state.gate
        try:
            ctx = await gate.enter(request.scope)
        except Exception as error:
            down = unavailable(error)
            if down is None:
                raise
            raise Refused(503, down.code, down.message, {"retry-after": "5"}) from error
        asked = self._schema.ask(text, variables, name, ctx, gate.rates.size_of(ctx).maximum)
        charge = await gate.rates.charge(ctx, asked.cost)
        if charge.retry_after_ms:
            return _over(charge, accepted)
        result = await self._schema.answer(asked, variables, name, ctx)
        return _written(result, charge, accepted, added_headers(ctx))

    def decode_json(self, data: str | bytes) -> object:
        """Read a frame strictly; a frame that is too long is none."""
        if len(data) > MAX_FRAME_CHARACTERS:
            raise orjson.JSONDecodeError("too long", "", 0)
        return orjson.loads(data)

    def encode_json(self, data: object) -> str:
        """Write JSON as text, so that sockets send text frames."""
        return orjson.dumps(data).decode()

    # --- sockets ---

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        gate: Gate = scope["app"].state.gate
        socket = WebSocket(scope, receive=receive, send=send)
        address = (scope.get("client") or ("",))[0]
        try:
            if self.sockets[address] >= MAX_SOCKETS_PER_ADDRESS:
                raise Refused(429, "RATE_LIMITED", "Too many sockets.")  # noqa: TRY301
            scope[_CONTEXT] = ctx = await gate.open_socket(scope)
        except Refused:
            await socket.close(1008)
            return
        self.sockets[address] += 1
        watch = asyncio.create_task(_watch(gate, socket, ctx))
        try:
            await self.run(socket)
        finally:
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch
            self.sockets[address] -= 1
            if not self.sockets[address]:
                del self.sockets[address]

    async def get_context(self, request: Any, response: Any) -> Context:  # noqa: ARG002
        """Return the context that the gate made for this socket."""
        found: Context = request.scope[_CONTEXT]
        return found

    def is_websocket_origin_allowed(self, request: Any, origin: str) -> bool:  # noqa: ARG002
        """The gate has looked already."""
        return True


def _is_message(message: object) -> bool:
    if not isinstance(message, dict):
        return False
    payload = message.get("payload", {})
    if not isinstance(payload, dict) or not isinstance(message.get("id", ""), str):
        return False
    variables, name = payload.get("variables"), payload.get("operationName")
    asked = isinstance(payload.get("query", ""), str)
    return asked and isinstance(variables, dict | None) and isinstance(name, str | None)


async def _watch(gate: Gate, socket: WebSocket, ctx: Context) -> None:
    """Close the socket of a caller whose rights changed since it was opened."""
    while True:
        await asyncio.sleep(SOCKET_CHECK_SECONDS)
        try:
            caller = (await gate.open_socket(socket.scope)).caller
        except Refused:
            caller = None
        if caller is None or (caller.id, caller.permissions) != (ctx.caller.id, ctx.caller.permissions):
            with contextlib.suppress(RuntimeError):
                await socket.close(4403, "Your rights have changed.")
            return


# --- reading ---


def _require_json(request: Request) -> None:
    kind, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    if kind.strip() != PLAIN:
        raise Refused(415, "INVALID", "Send application/json.")
    for one in parameters.split(";"):
        name, _, value = one.strip().partition("=")
        if name == "charset" and value.strip('" ') not in {"utf-8", "utf8"}:
            raise Refused(415, "INVALID", "Send UTF-8.")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Refused(415, "INVALID", "Send the body uncompressed.")


async def _body(request: Request) -> bytes:
    declared = request.headers.get("content-length", "0")
    if not declared.isascii() or not declared.isdigit() or int(declared[:20]) > MAX_BODY_BYTES:
        raise Refused(413, "LIMIT_EXCEEDED", f"A request has at most {MAX_BODY_BYTES} bytes.")
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise Refused(413, "LIMIT_EXCEEDED", f"A request has at most {MAX_BODY_BYTES} bytes.")
        parts.append(part)
    return b"".join(parts)


def _asked(body: bytes) -> tuple[str, Mapping[str, Any] | None, str | None]:
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refused(400, "INVALID", "The body is not JSON.") from None
    if not isinstance(asked, dict):
        raise Refused(400, "INVALID", "The body is not one JSON object.")
    text, variables, name = asked.get("query"), asked.get("variables"), asked.get("operationName")
    if not isinstance(text, str) or not text:
        raise Refused(400, "INVALID", "`query` is text.")
    if not isinstance(name, str | None):
        raise Refused(400, "INVALID", "`operationName` is text or null.")
    for key in ("variables", "extensions"):
        if not isinstance(asked.get(key), dict | None):
            raise Refused(400, "INVALID", f"`{key}` is an object or null.")
    return text, variables, name or None


def _accepted(request: Request) -> str:
    """Return the media type to answer with: the first of ours that is named, else plain JSON."""
    for one in request.headers.get("accept", "").split(","):
        kind = one.partition(";")[0].strip().lower()
        if kind in _TYPES:
            return kind
    return PLAIN


# --- writing ---


def _written(result: Any, charge: Charge, accepted: str, headers: list[tuple[bytes, bytes]]) -> Response:
    errors = [one.formatted for one in result.errors] if result.errors else None
    body: dict[str, Any]
    if result.data is None and (isinstance(result, NotRun) or _is_of_variables(result)):
        status, body = (400 if accepted == GRAPHQL else 200), {"errors": errors}
    elif errors:
        status, body = 200, {"data": result.data, "errors": errors}
    else:
        status, body = 200, {"data": result.data}
    body["extensions"] = {"cost": charge.shown}
    return _response(orjson.dumps(body), status, accepted, headers)


def _is_of_variables(result: Any) -> bool:
    return all(one.path is None for one in result.errors)


def _over(charge: Charge, accepted: str) -> Response:
    seconds = -(-charge.retry_after_ms // 1000)
    error = {
        "message": f"Too much was asked in a short time. Ask again in {seconds} s.",
        "extensions": {"code": "RATE_LIMITED", "retryAfterMs": charge.retry_after_ms},
    }
    body = {"errors": [error], "extensions": {"cost": charge.shown}}
    return _response(orjson.dumps(body), 429, accepted, [(b"retry-after", str(seconds).encode())])


def _refusal(refused: Refused, accepted: str) -> Response:
    error = {"message": refused.message, "extensions": {"code": refused.code}}
    headers = [(name.encode(), value.encode()) for name, value in refused.headers.items()]
    return _response(orjson.dumps({"errors": [error]}), refused.status, accepted, headers)


def _response(body: bytes, status: int, accepted: str, headers: list[tuple[bytes, bytes]]) -> Response:
    response = Response(body, status)
    response.raw_headers = [
        (b"content-length", str(len(body)).encode()),
        (b"content-type", _TYPES[accepted]),
        (b"cache-control", b"no-store"),
        *headers,
    ]
    return response
