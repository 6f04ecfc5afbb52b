"""Who stands at the door: turns the headers of a request or a socket into a context, or refuses.

A session comes in a cookie and needs the `X-CSRF` header and a page of our own; a key comes as `Authorization: Bearer`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api.core.context import STRANGER, Caller, Context, Source
from api.core.rates import Rates

Find = Callable[[Context, str], Awaitable[Caller | None]]

CSRF_HEADER = "x-csrf"
_HEADERS = "response headers"
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Refused(Exception):
    """A request that is turned away before it is read: an HTTP status, a code and a sentence."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        """Hold what is answered."""
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


@dataclass(frozen=True)
class Gate:
    """Makes the context of each request; `session` and `key` find the caller of a token."""

    base: Context
    session: Find
    key: Find
    cookie: str
    origin: str
    """Where people type it: scheme, host and port."""
    rates: Rates

    async def enter(self, scope: Scope, *, csrf: bool = True) -> Context:
        """Return the context of a request; `csrf=False` for plain downloads, which change nothing.

        Raises Refused: 401 for a key that is not valid, 403 for a foreign page or a missing `X-CSRF`.
        """
        headers = Headers(scope=scope)
        base = self._here(scope)
        bearer = _bearer(headers.get("authorization"))
        if bearer is not None:
            return base.as_(await self._keyed(base, bearer), Source.API)
        if csrf and not self.is_ours(headers):
            raise Refused(403, "FORBIDDEN", "Pages of other origins may not call this.")
        token = self._cookie(headers)
        if token is None:
            return base
        if csrf and CSRF_HEADER not in headers:
            raise Refused(403, "FORBIDDEN", "Send the header X-CSRF: 1 with the session cookie.")
        return base.as_(await self.session(base, token) or STRANGER, Source.APP)

    async def open_socket(self, scope: Scope) -> Context:
        """Return the context of a socket; with a cookie it must say which page of ours it comes from."""
        headers = Headers(scope=scope)
        base = self._here(scope)
        bearer = _bearer(headers.get("authorization"))
        if bearer is not None:
            return base.as_(await self._keyed(base, bearer), Source.API)
        token = self._cookie(headers)
        if "origin" in headers and not self.is_ours(headers):
            raise Refused(403, "FORBIDDEN", "Pages of other origins may not open a socket.")
        if token is None:
            return base
        if "origin" not in headers:
            raise Refused(403, "FORBIDDEN", "A socket with a session cookie says its Origin.")
        return base.as_(await self.session(base, token) or STRANGER, Source.APP)

    def is_ours(self, headers: Headers) -> bool:
        """Tell whether a request comes from a page of ours, or from no page."""
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site", "none") in {"none", "same-origin"}
        scheme = self.origin.partition(":")[0]
        return origin == self.origin or _host_of(origin, scheme) == headers.get("host", "").lower()

    def _here(self, scope: Scope) -> Context:
        client = scope.get("client")
        return replace(self.base, address=client[0] if client else "", source=Source.API, memo={})

    async def _keyed(self, base: Context, secret: str) -> Caller:
        caller = await self.key(base, secret)
        if caller is None:
            message = "This API key is not valid."
            raise Refused(401, "UNAUTHENTICATED", message, {"www-authenticate": 'Bearer realm="regulars"'})
        return caller

    def _cookie(self, headers: Headers) -> str | None:
        for one in headers.get("cookie", "").split(";"):
            name, _, value = one.strip().partition("=")
            if name == self.cookie:
                return value
        return None


class Entered:
    """Gives the requests of plain routes their context as `request.state.context`."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the routes of a room."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in, or answer why not."""
        gate: Gate = scope["app"].state.gate
        try:
            if scope["method"] not in {"GET", "HEAD"} and not gate.is_ours(Headers(scope=scope)):
                raise Refused(403, "FORBIDDEN", "Pages of other origins may not call this.")  # noqa: TRY301
            scope.setdefault("state", {})["context"] = await gate.enter(scope, csrf=False)
        except Refused as refused:
            error = {"message": refused.message, "extensions": {"code": refused.code}}
            headers = {**refused.headers, "cache-control": "no-store"}
            await JSONResponse({"errors": [error]}, refused.status, headers)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def add_header(ctx: Context, name: str, value: str) -> None:
    """Send a header with the answer to this request, such as a cookie."""
    ctx.memo.setdefault(_HEADERS, []).append((name.encode(), value.encode()))


def added_headers(ctx: Context) -> list[tuple[bytes, bytes]]:
    """Return the headers that rules added."""
    found: list[tuple[bytes, bytes]] = ctx.memo.get(_HEADERS, [])
    return found


def _bearer(header: str | None) -> str | None:
    if header is None:
        return None
    kind, _, secret = header.partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""


def _host_of(origin: str, scheme: str) -> str | None:
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme != scheme or not parts.hostname:
        return None
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return name if port in {None, _DEFAULT_PORTS[parts.scheme]} else f"{name}:{port}"
