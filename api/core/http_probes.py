"""GET /healthz, /readyz and /metrics."""

from __future__ import annotations

import asyncio

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.core.http_front import REGISTRY
from api.core.http_gate import Gate

READY_SECONDS = 3
_NO_STORE = {"cache-control": "no-store"}


async def healthz(_request: Request) -> Response:
    """Tell that the process answers."""
    return JSONResponse({"status": "ok"}, headers=_NO_STORE)


async def readyz(request: Request) -> Response:
    """Tell whether the database answers: 200 or 503."""
    gate: Gate = request.app.state.gate
    try:
        await asyncio.wait_for(asyncio.shield(asyncio.ensure_future(gate.base.db.ping())), READY_SECONDS)
    except Exception:  # noqa: BLE001
        return JSONResponse({"status": "down", "mongodb": "down"}, 503, headers=_NO_STORE)
    return JSONResponse({"status": "ok", "mongodb": "ok"}, headers=_NO_STORE)


async def metrics(_request: Request) -> Response:
    """Answer the metrics of this process for Prometheus."""
    return Response(generate_latest(REGISTRY), headers={**_NO_STORE, "content-type": CONTENT_TYPE_LATEST})


ROUTES = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
