"""The bytes of files over HTTP: `PUT /files/{ticket}` in parts, `HEAD` for how far it is, `GET /files/{id}` with ranges.

The application gives each request its context as `request.state.context`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from api.core.context import Context
from api.core.errors import Conflict, Forbidden, Invalid, NotFound, RegularsError, Unauthenticated, Unavailable
from api.files import rules
from api.files.model import PART_BYTES, File

PART_SECONDS = 300
_HEADERS = {"Cache-Control": "no-store", "Content-Security-Policy": "sandbox"}
_STATUS: dict[type[RegularsError], int] = {
    Unauthenticated: 401, Forbidden: 403, NotFound: 404, Conflict: 409, Unavailable: 503, Invalid: 400,
}  # fmt: skip
_BY_CODE = {"PART_TOO_LARGE": 413, "TOO_LARGE": 413, rules.FILE_REMOVED: 410}


def _refusal(error: RegularsError, **headers: str) -> Response:
    status = _BY_CODE.get(error.code) or _STATUS.get(type(error), 400)
    body = {"errors": [{"message": error.message, "extensions": {"code": error.code, **error.extensions}}]}
    return JSONResponse(body, status, headers={**_HEADERS, **headers})


async def put(request: Request) -> Response:
    """Take one part of an upload."""
    # The ticket is what allows it; who sends it does not matter.
    ctx: Context = request.state.context
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/octet-stream":
        return _refusal(Invalid("Send the bytes as application/octet-stream.", code="UNSUPPORTED_MEDIA_TYPE"))
    offset = request.headers.get("upload-offset", "")
    if not re.fullmatch(r"\d{1,12}", offset, re.ASCII):
        return _refusal(Invalid("Say with Upload-Offset where these bytes begin.", code="WRONG_OFFSET"))
    try:
        file = await rules.of_ticket(ctx, request.path_params["name"])
        data = await _body(request)
        file = await rules.upload(ctx, file, int(offset), data)
    except Conflict as error:
        now = await rules.by_id(ctx, file.id)
        return _refusal(error, **{"Upload-Offset": str(now.uploaded)})
    except RegularsError as error:
        return _refusal(error)
    return Response(status_code=204, headers=_progress(file))


async def _body(request: Request) -> bytes:
    """Read at most one part; a body that stops coming is given up."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > PART_BYTES:
        raise Invalid(f"A part has at most {PART_BYTES} bytes.", code="PART_TOO_LARGE")
    data = bytearray()
    try:
        async with asyncio.timeout(PART_SECONDS):
            async for chunk in request.stream():
                data += chunk
                if len(data) > PART_BYTES:
                    raise Invalid(f"A part has at most {PART_BYTES} bytes.", code="PART_TOO_LARGE")
    except (TimeoutError, ClientDisconnect):
        raise Invalid("The bytes of this part did not arrive; send it again.", code="INCOMPLETE_PART") from None
    return bytes(data)


def _progress(file: File) -> dict[str, str]:
    return {**_HEADERS, "Upload-Offset": str(file.uploaded), "Upload-Length": str(file.size)}


async def get(request: Request) -> Response:
    """Answer a file's bytes, or with HEAD how far an upload is."""
    name = request.path_params["name"]
    ctx: Context = request.state.context
    try:
        if request.method == "HEAD" and not name.startswith("fil_"):
            return Response(status_code=204, headers=_progress(await rules.of_ticket(ctx, name)))
        if not ctx.caller.may("signed-in"):
            raise Unauthenticated
        file = await rules.get(ctx, name)
        rules.check_reader(ctx, file)
        if not file.complete:
            raise NotFound("This file is not whole yet.")
    except RegularsError as error:
        return _refusal(error)
    return await _answer(ctx, request, file)


async def _answer(ctx: Context, request: Request, file: File) -> Response:
    headers = {
        **_HEADERS,
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'attachment; filename="{file.download_name}"',
    }
    start, end, status = 0, file.size, 200
    wanted = re.fullmatch(r"bytes=(\d{0,12})-(\d{0,12})", request.headers.get("range", ""), re.ASCII)
    if wanted and any(wanted.groups()):
        first, last = wanted.groups()
        start = int(first) if first else max(0, file.size - int(last))
        end = min(file.size, int(last) + 1) if first and last else file.size
        status = 206
        if start >= end:
            return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{file.size}"})
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
    headers["Content-Length"] = str(end - start)
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=file.media)
    return StreamingResponse(_bytes(ctx, file, start, end), status, headers=headers, media_type=file.media)


async def _bytes(ctx: Context, file: File, start: int, end: int) -> AsyncIterator[bytes]:
    async for data in rules.read(ctx, file, start, end):
        yield data


routes = [
    Route("/files/{name}", get, methods=["GET", "HEAD"]),
    Route("/files/{name}", put, methods=["PUT"]),
]
