"""The API as a process: uvicorn with limits, and the doorbell to the workers."""

from __future__ import annotations

import uvicorn
from starlette.applications import Starlette

from api.app import create_app
from api.core.settings import Settings
from jobs import broker as brokers

MAX_CONCURRENCY = 2_000
MAX_SOCKET_FRAME_BYTES = 64 * 1024
MAX_HEADER_BYTES = 32 * 1024
STOP_SECONDS = 25


def app() -> Starlette:
    """Build the app; uvicorn's factory."""
    settings = Settings.from_env()
    return create_app(settings, enqueue=brokers.Doorbell(brokers.connect(settings.redis_url)))


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
        server_header=False,
        # Exact addresses only: with a wildcard anyone could forge where a request comes from.
        forwarded_allow_ips=settings.trusted_proxies,
        # Our own middleware writes one line a request, without addresses and without paths that hold ids.
        access_log=False,
        log_config=None,
    )
