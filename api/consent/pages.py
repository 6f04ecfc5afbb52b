"""The two pages for the people themselves: `/unsubscribe/{token}` and `/confirm/{token}`.

They need neither a sign-in nor a script. GET changes nothing, for mail scanners follow links; POST does it, whoever sends it
and from wherever, because only the token says what is done. An empty POST is enough, so that the one-click header of a mail
(RFC 8058) may name the same address.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from api.agreements import rules as agreements
from api.consent import confirming, unsubscribing, words
from api.consent.unsubscribing import Asked
from api.consent.words import Words
from api.core import languages
from api.core.context import Context, Source
from api.core.errors import RegularsError, Unavailable
from api.core.http_gate import Gate
from api.core.idempotency import Once

_STYLE = """
:root { color-scheme: light dark; --page: #f6f7f8; --card: #fff; --text: #1b1f23; --dim: #5b636b; --line: #e4e7ea;
  --accent: #0f6b60; --on-accent: #fff; }
@media (prefers-color-scheme: dark) { :root { --page: #101315; --card: #16191c; --text: #d5d8da; --dim: #9aa1a6;
  --line: #2c3135; --accent: #4fb6a4; --on-accent: #0b0d0f; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px 16px; background: var(--page);
  color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main { width: 100%; max-width: 440px; padding: 32px 24px; background: var(--card); border: 1px solid var(--line);
  border-radius: 6px; overflow-wrap: anywhere; }
h1 { margin: 0 0 12px; font-size: 20px; line-height: 1.4; font-weight: 600; }
p { margin: 0 0 12px; }
.address { color: var(--dim); }
form { margin: 24px 0 0; }
button { width: 100%; min-height: 44px; padding: 8px 16px; border: 0; border-radius: 6px; background: var(--accent);
  color: var(--on-accent); font: inherit; font-weight: 600; cursor: pointer; }
button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
main > :last-child { margin-bottom: 0; }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_PAGE = """<!doctype html>
<html lang="{language}" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>{title}</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""
_FORM = '\n<form method="post"><button type="submit">{button}</button></form>'
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
}
_GONE = 410
_REFUSED = {"TOKEN_INVALID": ("broken", 404), "TOKEN_EXPIRED": ("expired", _GONE)}
Answer = Callable[[Request], Awaitable[Response]]


def _context(request: Request) -> Context:
    """Return a stranger's context: who has signed in, or sends a key, may do no more and no less here."""
    gate: Gate = request.app.state.gate
    return replace(gate.base, address=request.client.host if request.client else "", source=Source.API, memo={})


def _friendly(answer: Callable[[Request, Context], Awaitable[Response]]) -> Answer:
    async def answered(request: Request) -> Response:
        try:
            return await answer(request, _context(request))
        except RegularsError as error:
            kind, status = _REFUSED.get(error.code, ("void", _GONE))
            if isinstance(error, Unavailable):
                kind, status = "busy", 503
            said = _words(request, None)
            return _page(said, getattr(said, kind), _text(getattr(said, f"{kind}_text")), status)

    return answered


@_friendly
async def _unsubscribe(request: Request, ctx: Context) -> Response:
    token = request.path_params["token"]
    if request.method == "POST":
        asked = await unsubscribing.withdraw(ctx, token)
        said = _words(request, asked.locale)
        return _page(said, said.unsubscribed, await _about(ctx, said, said.unsubscribed_text, asked))
    asked = await unsubscribing.look(ctx, token)
    said = _words(request, asked.locale)
    body = await _about(ctx, said, said.unsubscribe_ask, asked)
    return _page(said, said.unsubscribe, body + _FORM.format(button=escape(said.unsubscribe)))


@_friendly
async def _confirm(request: Request, ctx: Context) -> Response:
    token = request.path_params["token"]
    asked, is_done = await confirming.look(ctx, token)
    if request.method == "POST" and not is_done:
        found = await confirming.confirm(ctx, token, Once("consentConfirm"))
        if found.errors:
            problem = found.errors[0]
            raise (Unavailable if problem.code in {"UNAVAILABLE", "TIMEOUT"} else RegularsError)(
                problem.message, problem.code
            )
        is_done = True
    said = _words(request, asked.locale)
    if is_done:
        return _page(said, said.confirmed, await _about(ctx, said, said.confirmed_text, asked))
    body = await _about(ctx, said, said.confirm_ask, asked)
    return _page(said, said.confirm, body + _FORM.format(button=escape(said.confirm)))


def _words(request: Request, locale: str | None) -> Words:
    heard = languages.accepted(request.headers.get("accept-language", ""))
    return languages.spoken(words.LANGUAGES, locale, *heard)


async def _about(ctx: Context, said: Words, text: str, asked: Asked) -> str:
    name = words.name_of(said, await agreements.known(ctx), asked.topic)
    found = _text(text).replace("{name}", f"<strong><bdi>{escape(name)}</bdi></strong>")
    return found + (f'\n<p class="address"><bdi>{escape(asked.address)}</bdi></p>' if asked.address else "")


def _text(text: str) -> str:
    return f"<p>{escape(text, quote=False)}</p>"


def _page(said: Words, title: str, body: str, status: int = 200) -> Response:
    page = _PAGE.format(language=said.language, title=escape(title), style=_STYLE, body=body)
    return HTMLResponse(page, status, {**_HEADERS, "Content-Language": said.language, "Vary": "Accept-Language"})


routes = [
    Route("/unsubscribe/{token}", _unsubscribe, methods=["GET", "POST"]),
    Route("/confirm/{token}", _confirm, methods=["GET", "POST"]),
]
