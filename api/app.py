"""Builds the Starlette app: routes, middleware, and what is open while it runs."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import BaseRoute, Route, WebSocketRoute

from api import indexes
from api.access import rules as access
from api.consent import pages
from api.core import http_keys, http_probes, logs
from api.core.context import Clock, Context, utc_now
from api.core.endpoint import Endpoint
from api.core.http_front import Front
from api.core.http_gate import Entered, Gate
from api.core.http_static import App
from api.core.keys import Keys
from api.core.mongo import Database, connect
from api.core.queue import Enqueue, nobody
from api.core.rates import Rates
from api.core.settings import Settings
from api.files import http as files
from api.mail import rules as mail
from api.schema import schema

DIST = Path(__file__).parent.parent / "frontend" / "dist"
LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")


class IndexesMissing(RuntimeError):
    """The database lacks an index that keeps things unique."""


def create_app(
    settings: Settings | None = None,
    *,
    database: Database | None = None,
    clock: Clock = utc_now,
    enqueue: Enqueue = nobody,
) -> Starlette:
    """Return the app; uvicorn's factory. A given database is used as it is, else one is opened on the running loop."""
    settings = settings or Settings.from_env(os.environ)
    if database is None:
        logs.configure(level=settings.log_level)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        db = database or connect(settings.mongodb_url, settings.database)
        if database is None:
            await _refuse_without_unique_indexes(db)
        app.state.gate = gate = _gate(settings, db, clock, enqueue)
        await gate.rates.open()
        yield
        await gate.rates.close()
        if database is None:
            await db.close()

    return Starlette(routes=_routes(), middleware=_middleware(settings), lifespan=lifespan)


def _gate(settings: Settings, db: Database, clock: Clock, enqueue: Enqueue) -> Gate:
    keys = Keys(settings.secret, settings.secret_old or None)
    base = Context(db=db, settings=settings, keys=keys, clock=clock, enqueue=enqueue, post=mail.send)
    return Gate(
        base=base,
        session=access.caller_of_session,
        key=access.caller_of_key,
        cookie=access.cookie_name(settings),
        origin=settings.origin.lower(),
        rates=Rates(settings),
    )


def _routes() -> list[BaseRoute]:
    endpoint = Endpoint(schema)
    routes: list[BaseRoute] = [Route("/graphql", endpoint), WebSocketRoute("/graphql", endpoint)]
    routes += [*http_probes.ROUTES, *http_keys.ROUTES]
    routes += [Route(one.path, Entered(one.app), methods=one.methods) for one in files.routes]
    return [*routes, *pages.routes, Route("/{path:path}", App(DIST).__call__, methods=["GET"])]


def _middleware(settings: Settings) -> list[Middleware]:
    return [
        Middleware(Front, https=settings.is_https),
        Middleware(TrustedHostMiddleware, allowed_hosts=_hosts(settings), www_redirect=False),
    ]


def _hosts(settings: Settings) -> list[str]:
    """Return the hosts that may be asked for: the address's own, and this machine's names for probes and laptops."""
    host = urlsplit(settings.url).hostname or "localhost"
    return sorted({host, *LOCAL_HOSTS})


async def _refuse_without_unique_indexes(db: Database) -> None:
    lacking = [f"{name}.{one.name}" for name, one in await indexes.missing(db) if one.unique]
    if lacking:
        message = f"Run `regulars indexes` first: {', '.join(lacking)} is missing."
        raise IndexesMissing(message)
