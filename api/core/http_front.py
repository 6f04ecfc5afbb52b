"""Around every request: security headers, a trace id, one log line and the metrics. Nothing personal in any of them."""

from __future__ import annotations

import secrets
from time import perf_counter

import orjson
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.core import logs

ROUTES = ("/graphql", "/files", "/healthz", "/readyz", "/metrics", "/assets", "/keys", "/unsubscribe", "/confirm")
QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
CONTENT_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)

REGISTRY = CollectorRegistry()
REQUESTS = Counter("regulars_http_requests", "Requests answered.", ("route", "status"), registry=REGISTRY)
SECONDS = Histogram("regulars_http_seconds", "Time to answer.", ("route",), buckets=BUCKETS, registry=REGISTRY)
_counters: dict[tuple[str, int], tuple[Counter, Histogram]] = {}


class Front:
    """The outermost middleware."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        """Wrap the app; `https` adds Strict-Transport-Security."""
        self._app = app
        self._headers: list[tuple[bytes, bytes]] = [
            (b"content-security-policy", CONTENT_POLICY.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"x-frame-options", b"DENY"),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"cross-origin-resource-policy", b"same-origin"),
        ]
        if https:
            self._headers.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve; a bug is answered with 500 and a trace id, and logged by its type only."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *self._headers]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:  # noqa: BLE001
            trace = secrets.token_hex(8)
            # Its type only: what an unexpected error says may quote a person's data.
            logs.bound("http").error("crash", route=route_of(scope["path"]), raised=type(error).__name__, trace=trace)
            if not status:
                await _crashed(sending, trace)
        finally:
            _note(scope, status, perf_counter() - started)


def route_of(path: str) -> str:
    """Return which route a path belongs to; never the path itself, which may hold an id or what a person typed."""
    head = "/" + path.split("/", 2)[1]
    return head if head in ROUTES else "app"


def _note(scope: Scope, status: int, seconds: float) -> None:
    route = route_of(scope["path"])
    counted = _counters.get((route, status))
    if counted is None:
        counted = _counters[route, status] = REQUESTS.labels(route, status), SECONDS.labels(route)
    counted[0].inc()
    counted[1].observe(seconds)
    if route not in QUIET:
        logs.bound("http").info(
            "request", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1)
        )


async def _crashed(send: Send, trace: str) -> None:
    error = {"message": "Something went wrong on our side.", "extensions": {"code": "INTERNAL", "traceId": trace}}
    body = orjson.dumps({"errors": [error]})
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})
