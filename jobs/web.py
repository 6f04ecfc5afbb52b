"""The API as a process: uvicorn with limits, and the doorbell to the workers."""

from __future__ import annotations

import uvicorn
from starlette.applications import Starlette

from api import indexes
from api.app import create_app
from api.core.settings import Settings, SettingsError
from jobs import broker as brokers, engines
from jobs.context import system_context

MAX_CONCURRENCY = 2_000
MAX_SOCKET_FRAME_BYTES = 64 * 1024
MAX_HEADER_BYTES = 32 * 1024
STOP_SECONDS = 25
KEEP_ALIVE_SECONDS = 75
"""Longer than proxies and clients keep a connection that nobody uses: whoever sends just as it is closed is not answered."""


def app() -> Starlette:
    """Build the app; uvicorn's factory."""
    settings = Settings.from_env()
    return create_app(settings, enqueue=brokers.Doorbell(brokers.connect(settings.redis_url)))


async def check(settings: Settings) -> None:
    """Raise SettingsError, in words, for what would keep the API from starting; raise Unavailable without a database."""
    if engines.is_taken(settings.host, settings.port):
        message = f"Another program listens on port {settings.port} already. Stop it, or set PORT to another number."
        raise SettingsError(message)
    async with system_context(settings) as ctx:
        lacking = [f"{name}.{one.name}" for name, one in await indexes.missing(ctx.db) if one.unique]
    if lacking:
        message = f"Run `regulars indexes` first; these keep things unique and are missing: {', '.join(lacking)}"
        raise SettingsError(message)


def main(settings: Settings, *, processes: int = 1) -> None:
    """Serve until SIGTERM or SIGINT; what is under way then has 25 s to end."""
    uvicorn.run(
        "jobs.web:app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=processes,
        loop="uvloop",
        http="httptools",
        limit_concurrency=MAX_CONCURRENCY,
        h11_max_incomplete_event_size=MAX_HEADER_BYTES,
        ws_max_size=MAX_SOCKET_FRAME_BYTES,
        timeout_graceful_shutdown=STOP_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        server_header=False,
        # Exact addresses only: with a wildcard anyone could forge where a request comes from.
        forwarded_allow_ips=settings.trusted_proxies,
        # Our own middleware writes one line a request, without addresses and without paths that hold ids.
        access_log=False,
        log_config=None,
    )
