"""The part of the search that goes through Redis: every key and every value, of every type."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.core.context import Context
from api.core.errors import Unavailable
from api.core.mongo import Doc
from api.privacy.needles import Needles

KEYS_TOGETHER, ITEMS_TOGETHER = 200, 500
ANSWER_SECONDS = 10.0
_NAME = re.compile(r"[a-z][a-z.]*")


async def search(ctx: Context, needles: Needles) -> Doc:
    """Return `{searched, why, keys, strings, found [{path, count}]}`; a path is the key's words, numbers left out.

    Raises Unavailable when the configured Redis does not answer: what was not searched is not clean.
    """
    answer: Doc = {"searched": False, "why": "No Redis is configured.", "keys": 0, "strings": 0, "found": []}
    if not ctx.settings.redis_url:
        return answer
    client: Any = Redis.from_url(ctx.settings.redis_url, socket_timeout=ANSWER_SECONDS)
    found: dict[str, int] = {}
    try:
        async for key in client.scan_iter(count=KEYS_TOGETHER):
            answer["keys"] += 1
            async for text in _texts(client, key):
                answer["strings"] += 1
                hits = len(needles.found(text))
                if hits:
                    found[_shown(key)] = found.get(_shown(key), 0) + hits
    except (RedisError, OSError) as error:
        raise Unavailable("Redis does not answer, so that it cannot be searched.") from error
    finally:
        await client.aclose()
    ordered = [{"path": path, "count": count} for path, count in sorted(found.items())]
    return {**answer, "searched": True, "why": None, "found": ordered}


async def _texts(client: Any, key: bytes) -> AsyncIterator[str]:
    yield _text(key)
    async for one in _values(client, key, (await client.type(key)).decode()):
        yield _text(one)


async def _values(client: Any, key: bytes, kind: str) -> AsyncIterator[bytes]:
    if kind == "string":
        yield await client.get(key) or b""
    elif kind == "hash":
        async for pair in client.hscan_iter(key, count=ITEMS_TOGETHER):
            for one in pair:
                yield one
    elif kind == "zset":
        async for one, _ in client.zscan_iter(key, count=ITEMS_TOGETHER):
            yield one
    elif kind in _LISTED:
        async for one in _LISTED[kind](client, key):
            yield one


async def _set(client: Any, key: bytes) -> AsyncIterator[bytes]:
    async for one in client.sscan_iter(key, count=ITEMS_TOGETHER):
        yield one


async def _list(client: Any, key: bytes) -> AsyncIterator[bytes]:
    begin = 0
    while items := await client.lrange(key, begin, begin + ITEMS_TOGETHER - 1):
        for one in items:
            yield one
        begin += len(items)


async def _stream(client: Any, key: bytes) -> AsyncIterator[bytes]:
    after = b"-"
    while rows := await client.xrange(key, min=after, count=ITEMS_TOGETHER):
        for _, values in rows:
            for pair in values.items():
                for one in pair:
                    yield one
        after = b"(" + rows[-1][0]


_LISTED = {"set": _set, "list": _list, "stream": _stream}


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _shown(key: bytes) -> str:
    parts = re.split(r"([:\-_])", _text(key))
    return "".join(part if len(part) == 1 or _NAME.fullmatch(part) else "*" for part in parts if part)
