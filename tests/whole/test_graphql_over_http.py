"""The audits that the GraphQL-over-HTTP working group's reference implementation brings: no error, no warning."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette

from api.core.rates import Rates
from tests.conftest import Clock
from tests.factories import a_key

ROOT = Path(__file__).parents[2]
FRONTEND = ROOT / "frontend"
NOTICES = {
    "MAY accept application/x-www-form-urlencoded formatted GET requests",
    "MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/graphql-response+json",
    "MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/json",
}
"""What may be and is not: queries in addresses would put what people search for into logs."""


async def test_the_audits(app: Starlette, stored: Any, clock: Clock) -> None:
    node = shutil.which("node")
    if node is None or not (FRONTEND / "node_modules" / "graphql-http").is_dir():
        if os.environ.get("CI"):
            pytest.fail("The audits need node and `npm ci` in frontend/.")
        pytest.skip("The audits need node and `npm ci` in frontend/.")
    _, secret = a_key(stored, clock(), role="viewer")
    # They ask for the schema more often in a second than a key may.
    roomy = Rates(replace(app.state.gate.base.settings, rate_key="1000000/1000000"))
    app.state.gate = replace(app.state.gate, rates=roomy)
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_config=None))
    task = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(10):
            while not server.started:
                await asyncio.sleep(0.01)
        url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/graphql"
        script = Path(__file__).with_name("audits.mjs")
        ran = await asyncio.create_subprocess_exec(
            node, script, FRONTEND, url, secret, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(60):
            out, err = await ran.communicate()
    finally:
        server.should_exit = True
        await task
    assert ran.returncode == 0, err.decode()
    results = json.loads(out)
    wrong = [(one["name"], one["reason"]) for one in results if one["status"] in {"error", "warn"}]
    assert wrong == []
    assert {one["name"] for one in results if one["status"] == "notice"} == NOTICES
    assert Counter(one["status"] for one in results) == {"ok": len(results) - len(NOTICES), "notice": len(NOTICES)}
    assert len(results) == 61
