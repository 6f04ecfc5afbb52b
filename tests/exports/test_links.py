"""A link to an export: what it answers to whoever may not follow it, after its time, and to ranges that nobody should ask for."""

from __future__ import annotations

from typing import Any

import pytest

from api.core import ids
from api.core.context import Context
from api.exports.model import ExportFormat, Shape
from api.files import rules as files
from tests.conftest import Clock
from tests.exports.steps import exported
from tests.factories import a_customer

WHOLE = b'[\n{"given_name":"Ada"}\n]\n'


@pytest.fixture
async def link(ctx: Context) -> str:
    """The link to an export of one customer."""
    await a_customer(ctx, given_name="Ada")
    run = await exported(ctx, Shape(("given_name",), ExportFormat.JSON))
    return f"/files/{ids.show(ids.FILE, run.details['file'])}"


async def refused(client: Any, link: str, headers: dict[str, str]) -> tuple[int, str, str | None]:
    """Return the status and the code of a refusal, and which permission is missing."""
    answer = await client.get(link, headers=headers)
    (error,) = answer.json()["errors"]
    assert b"Ada" not in answer.content
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, error["extensions"]["code"], error["extensions"].get("permission")


async def test_whoever_may_not_follow_it_is_told_so(client: Any, headers_of: Any, link: str) -> None:
    assert await refused(client, link, headers_of("anonymous")) == (401, "UNAUTHENTICATED", None)
    for who in ("viewer", "editor", "key:viewer"):
        assert await refused(client, link, headers_of(who)) == (403, "FORBIDDEN", "customer.export.bulk")
    for who in ("data-admin", "privacy-officer", "owner", "key"):
        assert (await client.get(link, headers=headers_of(who))).content == WHOLE


async def test_after_its_time_it_is_nobodys(
    ctx: Context, client: Any, headers_of: Any, link: str, clock: Clock, stored: Any
) -> None:
    clock.move(days=7)
    for _ in range(2):
        assert await refused(client, link, headers_of("key")) == (404, "NOT_FOUND", None)
        assert await refused(client, link, {**headers_of("key"), "Range": "bytes=0-3"}) == (404, "NOT_FOUND", None)
        # The second time its bytes are gone, too.
        await files.sweep(ctx)
    assert (stored["files"].count_documents({}), stored["file_parts"].count_documents({})) == (0, 0)


@pytest.mark.parametrize(
    ("wanted", "status", "content"),
    [
        ("bytes=2-5", 206, WHOLE[2:6]),
        ("bytes=0-99999999", 206, WHOLE),
        ("bytes=5-2", 416, b""),
        ("bytes=25-25", 416, b""),
        ("bytes=999999-", 416, b""),
        ("bytes=999999999999-999999999999", 416, b""),
        # What is no range of bytes is no wish for a part.
        ("bytes=9999999999999-", 200, WHOLE),
        ("bytes=-9999999999999", 200, WHOLE),
        ("bytes=\u0661-\u0662", 200, WHOLE),
        ("bytes=0-1,0-1,0-1", 200, WHOLE),
        ("bytes=-1-5", 200, WHOLE),
        ("items=0-1", 200, WHOLE),
    ],
)
async def test_a_forged_range_gives_no_more_than_the_file(
    client: Any, headers_of: Any, link: str, wanted: str, status: int, content: bytes
) -> None:
    assert len(WHOLE) == 25
    answer = await client.get(link, headers={**headers_of("owner"), "Range": wanted.encode()})
    assert (answer.status_code, answer.content) == (status, content)
    said = {206: f"bytes 2-5/{len(WHOLE)}" if wanted == "bytes=2-5" else f"bytes 0-24/{len(WHOLE)}", 416: "bytes */25"}
    assert answer.headers.get("content-range") == said.get(status)
