"""GET /keys: the public keys that check what this installation signed."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.core.http_gate import Gate

CACHE_SECONDS = 300


async def keys(request: Request) -> Response:
    """Answer the JSON Web Key Set of the current secret and, while rotating, the one before."""
    gate: Gate = request.app.state.gate
    headers = {"cache-control": f"public, max-age={CACHE_SECONDS}"}
    return JSONResponse(gate.base.keys.key_set(), headers=headers, media_type="application/jwk-set+json")


ROUTES = [Route("/keys", keys)]
