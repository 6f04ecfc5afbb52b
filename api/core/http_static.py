"""Serves the built app: hashed files for ever, everything else is its first page."""

from __future__ import annotations

import gzip
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

COMPRESSED = frozenset({".js", ".css", ".html", ".svg", ".json", ".webmanifest"})
MIN_COMPRESSED_BYTES = 500
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    packed: bytes | None
    kind: str
    cache: str


class App:
    """The files of `frontend/dist`, read once when first asked for."""

    def __init__(self, folder: Path) -> None:
        """Serve from a folder, which may not exist yet."""
        self._folder = folder
        self._files: dict[str, _File] | None = None

    async def __call__(self, request: Request) -> Response:
        """Answer a file, or the first page for any address of the app."""
        if self._files is None:
            self._files = _read(self._folder) or None
        files = self._files or {}
        path = request.url.path.lstrip("/")
        found = files.get(path)
        if found is None and not path.startswith("assets/") and "." not in path.rpartition("/")[2]:
            found = files.get("index.html")
        if found is None:
            text = "Not found." if files else "The app is not built: run `make build`. The API answers at /graphql."
            return PlainTextResponse(text, 404)
        packs = found.packed is not None and "gzip" in request.headers.get("accept-encoding", "")
        headers = {"cache-control": found.cache, "vary": "accept-encoding"}
        if packs:
            headers["content-encoding"] = "gzip"
        return Response((found.packed if packs else found.body) or b"", 200, headers, found.kind)


def _read(folder: Path) -> dict[str, _File]:
    found: dict[str, _File] = {}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if not path.is_file():
            continue
        name = path.relative_to(folder).as_posix()
        body = path.read_bytes()
        packs = path.suffix in COMPRESSED and len(body) >= MIN_COMPRESSED_BYTES
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        cache = FOREVER if name.startswith("assets/") else "no-cache"
        found[name] = _File(body, gzip.compress(body, 9, mtime=0) if packs else None, kind, cache)
    return found
