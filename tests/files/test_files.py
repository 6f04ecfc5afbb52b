"""Files over HTTP: uploads in parts that resume, downloads with ranges, tickets, expiry."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from api.core import ids
from api.core.context import Context
from api.core.idempotency import Once
from api.core.mongo import Tx
from api.files import rules
from api.files.model import PART_BYTES, FileKind

CREATE = """mutation($input: FileCreateInput!) { fileCreate(input: $input) {
  file { id name kind size uploaded complete sha256 url } uploadUrl partSize applied replayed errors { code path } } }"""
OCTETS = {"Content-Type": "application/octet-stream"}


async def a_ticket(data: Any, size: int, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await data(CREATE, {"input": {"name": "people.csv", "size": size, **more}}))["fileCreate"]
    return found


async def test_an_upload_in_parts_resumes_and_is_complete(client: Any, data: Any, headers_of: Any) -> None:
    whole = bytes(range(256)) * 6_000
    made = await a_ticket(data, len(whole))
    assert (made["applied"], made["partSize"], made["file"]["uploaded"]) == (True, PART_BYTES, 0)
    url = made["uploadUrl"]
    first = await client.put(url, content=whole[:PART_BYTES], headers={**OCTETS, "Upload-Offset": "0"})
    assert (first.status_code, first.headers["upload-offset"]) == (204, str(PART_BYTES))
    # The browser was closed; it asks how far it came, and sends the last part again for good measure.
    head = await client.head(url)
    assert (head.headers["upload-offset"], head.headers["upload-length"]) == (str(PART_BYTES), str(len(whole)))
    again = await client.put(url, content=whole[:PART_BYTES], headers={**OCTETS, "Upload-Offset": "0"})
    assert (again.status_code, again.headers["upload-offset"]) == (204, str(PART_BYTES))
    last = await client.put(url, content=whole[PART_BYTES:], headers={**OCTETS, "Upload-Offset": str(PART_BYTES)})
    assert last.headers["upload-offset"] == str(len(whole))
    node = await data(
        "query($id: ID!) { node(id: $id) { ... on File { complete sha256 size } } }", {"id": made["file"]["id"]}
    )
    assert node["node"] == {"complete": True, "sha256": hashlib.sha256(whole).hexdigest(), "size": len(whole)}
    answer = await client.get(made["file"]["url"], headers=headers_of("owner"))
    assert answer.content == whole


@pytest.mark.parametrize(
    ("headers", "size", "status", "code"),
    [
        ({"Upload-Offset": "0", "Content-Type": "text/plain"}, 10, 400, "UNSUPPORTED_MEDIA_TYPE"),
        ({"Upload-Offset": "0", "Content-Type": "multipart/form-data"}, 10, 400, "UNSUPPORTED_MEDIA_TYPE"),
        (OCTETS, 10, 400, "WRONG_OFFSET"),
        ({**OCTETS, "Upload-Offset": "-1"}, 10, 400, "WRONG_OFFSET"),
        ({**OCTETS, "Upload-Offset": "5"}, 5, 409, "WRONG_OFFSET"),
        ({**OCTETS, "Upload-Offset": "0"}, 11, 413, "TOO_LARGE"),
        ({**OCTETS, "Upload-Offset": "0"}, 0, 400, "EMPTY_PART"),
        ({**OCTETS, "Upload-Offset": "0"}, PART_BYTES + 1, 413, "PART_TOO_LARGE"),
    ],
)
async def test_parts_that_are_refused(client: Any, data: Any, headers: Any, size: int, status: int, code: str) -> None:
    made = await a_ticket(data, 10)
    answer = await client.put(made["uploadUrl"], content=b"x" * size, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (status, code)
    assert (await client.head(made["uploadUrl"])).headers["upload-offset"] == "0"


async def test_other_bytes_at_the_same_place_are_refused(client: Any, data: Any) -> None:
    made = await a_ticket(data, 10)
    await client.put(made["uploadUrl"], content=b"aaaaa", headers={**OCTETS, "Upload-Offset": "0"})
    answer = await client.put(made["uploadUrl"], content=b"bbbbb", headers={**OCTETS, "Upload-Offset": "0"})
    assert (answer.status_code, answer.headers["upload-offset"]) == (409, "5")


async def test_tickets_cannot_be_made_up_and_run_out(client: Any, data: Any, clock: Any) -> None:
    made = await a_ticket(data, 10)
    name = made["uploadUrl"].rpartition("/")[2]
    for wrong in (name[:-1], f"0{name[1:]}", "x", f"{name}-x", made["file"]["id"]):
        answer = await client.put(f"/files/{wrong}", content=b"a", headers={**OCTETS, "Upload-Offset": "0"})
        assert answer.status_code == 404, wrong
    clock.move(hours=24)
    answer = await client.put(made["uploadUrl"], content=b"a", headers={**OCTETS, "Upload-Offset": "0"})
    assert answer.status_code == 404


async def test_sizes_that_cannot_be_taken(data: Any, stored: Any) -> None:
    for size, code in ((0, "EMPTY_FILE"), (-1, "EMPTY_FILE")):
        found = await a_ticket(data, size)
        assert found["errors"] == [{"code": code, "path": ["size"]}]
    assert stored["files"].count_documents({}) == 0


async def test_the_name_is_shown_and_never_used(client: Any, data: Any, headers_of: Any) -> None:
    made = (await data(CREATE, {"input": {"name": "../\u202eetc\0/x\r\n.csv", "size": 1}}))["fileCreate"]
    assert made["file"]["name"] == "../etc/x.csv"
    await client.put(made["uploadUrl"], content=b"a", headers={**OCTETS, "Upload-Offset": "0"})
    answer = await client.get(made["file"]["url"], headers=headers_of("owner"))
    number = made["file"]["id"].removeprefix("fil_")
    assert answer.headers["content-disposition"] == f'attachment; filename="regulars-upload-{number}.csv"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_dry_run_announces_nothing_and_a_key_announces_once(data: Any, stored: Any) -> None:
    dry = await a_ticket(data, 10, dryRun=True)
    assert (dry["file"], dry["applied"]) == (None, False)
    one, two = [await a_ticket(data, 10, idempotencyKey="k") for _ in range(2)]
    assert (one["file"]["id"], one["replayed"], two["replayed"]) == (two["file"]["id"], False, True)
    assert stored["files"].count_documents({}) == 1


@pytest.fixture
async def result(ctx: Context) -> Any:
    """A result of a run in three parts: 0123456789 thrice."""
    doc = rules.draft(ctx, "errors.csv", 0, FileKind.ERROR_FILE)
    part_ids = [ids.new() for _ in range(3)]

    async def body(tx: Tx) -> None:
        await rules.record(ctx, doc, tx)
        for n in range(3):
            await rules.append(ctx, doc["_id"], n * 10, b"0123456789", part_ids[n], tx)
        await rules.keep(ctx, doc["_id"], tx, complete=True)

    await ctx.db.transact(body)
    return await rules.by_id(ctx, doc["_id"])


@pytest.mark.parametrize(
    ("wanted", "status", "content"),
    [
        (None, 200, b"0123456789" * 3),
        ("bytes=0-0", 206, b"0"),
        ("bytes=8-21", 206, b"89012345678901"),
        ("bytes=25-", 206, b"56789"),
        ("bytes=-3", 206, b"789"),
        ("bytes=20-900", 206, b"0123456789"),
        ("bytes=30-", 416, b""),
        ("bytes=0-1,5-6", 200, b"0123456789" * 3),
        ("bytes=-", 200, b"0123456789" * 3),
    ],
)
async def test_ranges(
    client: Any, headers_of: Any, result: Any, wanted: str | None, status: int, content: bytes
) -> None:
    headers = {**headers_of("owner"), **({"Range": wanted} if wanted else {})}
    answer = await client.get(f"/files/fil_{result.id}", headers=headers)
    assert (answer.status_code, answer.content) == (status, content)


async def test_a_download_needs_the_permission_at_that_moment(client: Any, headers_of: Any, result: Any) -> None:
    for who, status in (("anonymous", 401), ("viewer", 403), ("owner", 200), ("key", 200)):
        answer = await client.get(f"/files/fil_{result.id}", headers=headers_of(who))
        assert answer.status_code == status, who
    for wrong in ("fil_000000000000000000000000", f"fil_{str(result.id).upper()}x", f"cus_{result.id}"):
        assert (await client.get(f"/files/{wrong}", headers=headers_of("owner"))).status_code == 404


async def test_files_expire_and_are_swept(
    ctx: Context, client: Any, headers_of: Any, result: Any, clock: Any, stored: Any
) -> None:
    clock.move(days=6, hours=23)
    assert await rules.sweep(ctx) == 0
    clock.move(hours=1)
    assert (await client.get(f"/files/fil_{result.id}", headers=headers_of("key"))).status_code == 404
    assert await rules.sweep(ctx) == 1
    assert stored["file_parts"].count_documents({}) == stored["files"].count_documents({}) == 0
    assert await rules.sweep(ctx) == 0


async def test_an_upload_that_was_left_ends_with_its_ticket(ctx: Context, clock: Any, stored: Any) -> None:
    file, _ = await rules.create(ctx, Once("fileCreate"), "a.csv", 10)
    assert file
    await rules.upload(ctx, file, 0, b"aaaaa")
    clock.move(hours=24)
    assert await rules.sweep(ctx) == 1
    assert stored["file_parts"].count_documents({}) == 0
