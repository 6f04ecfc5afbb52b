"""Files that held a person who went: unreadable at once, and without a byte after a while."""

from __future__ import annotations

from typing import Any

import pytest

from api.core import ids
from api.core.context import Context
from api.core.errors import NotFound
from api.core.idempotency import Once
from api.core.mongo import Tx
from api.core.personal import Act, Cleared
from api.files import clearing, rules as files
from api.files.model import PART_BYTES
from tests.conftest import Ask, Clock
from tests.factories import a_customer
from tests.imports.steps import uploaded
from tests.privacy.clearing.steps import all_of, changed, cleared, gone, once

COPY = """mutation ($id: ID!, $input: CustomerCopyInput!) { customerCopy(id: $id, input: $input) {
  applied replayed errors { code } file { id url } page { id url } } }"""


async def withdrawn(ctx: Context, *public: str) -> int:
    """Remove files."""
    found = [ids.read(ids.FILE, one) for one in public]

    async def body(tx: Tx) -> int:
        return await clearing.withdraw(ctx, tx, found, ctx.now())

    return await ctx.db.transact(body)


async def test_copies_that_were_made_for_her_go_and_those_for_him_stay(
    ctx: Context, stored: Any, data: Ask, client: Any, headers_of: Any
) -> None:
    anna, ben = [(await a_customer(ctx, given_name=name))["_id"] for name in ("Anna", "Ben")]
    hers, his = [
        (await data(COPY, {"id": ids.show(ids.CUSTOMER, one), "input": {"idempotencyKey": str(one)}}))["customerCopy"]
        for one in (anna, ben)
    ]
    people = await gone(ctx, anna)
    before = all_of(stored, "files", "file_parts")
    assert await cleared(ctx, clearing.clear, people) == 2
    after = all_of(stored, "files", "file_parts")
    removed = sorted((ids.read(ids.FILE, hers[name]["id"]) for name in ("file", "page")), key=str)
    assert changed(before, after) == {"files": removed}
    then, now = before["files"][removed[0]], after["files"][removed[0]]
    blank = {"about": None, "personal": None, "sha256": None, "complete": False}
    assert now == {**then, **blank, "removal": "PARTS", "removed_at": ctx.now()}
    for made, status in ((hers, 410), (his, 200)):
        for name in ("file", "page"):
            assert (await client.get(made[name]["url"], headers=headers_of("owner"))).status_code == status
    assert await cleared(ctx, clearing.clear_parts, people) == 2
    whole = all_of(stored, "files", "file_parts")
    assert {doc["file_id"] for doc in whole["file_parts"].values()} == {
        ids.read(ids.FILE, his[name]["id"]) for name in ("file", "page")
    }
    assert {whole["files"][one]["removal"] for one in removed} == {"DONE"}
    again = (await data(COPY, {"id": ids.show(ids.CUSTOMER, ben), "input": {"idempotencyKey": str(ben)}}))[
        "customerCopy"
    ]
    assert (again["replayed"], again["file"]) == (True, his["file"])


@pytest.mark.parametrize("act", Act)
async def test_a_copy_that_is_being_made_when_she_goes_is_not_offered(
    ctx: Context, stored: Any, data: Ask, monkeypatch: pytest.MonkeyPatch, act: Act
) -> None:
    anna = (await a_customer(ctx, given_name="Annamark"))["_id"]
    first = files.stage

    async def slow(inner: Context, doc: Any, written: bytes) -> None:
        if not stored["customers"].count_documents({"_id": anna}):
            return await first(inner, doc, written)
        people = await gone(ctx, anna, act=act)
        await cleared(ctx, clearing.clear, people)
        return await first(inner, doc, written)

    monkeypatch.setattr(files, "stage", slow)
    made = (await data(COPY, {"id": ids.show(ids.CUSTOMER, anna), "input": {}}))["customerCopy"]
    assert (made["applied"], made["file"], made["page"]) == (False, None, None)
    assert [one["code"] for one in made["errors"]] == ["NOT_FOUND"]
    assert (stored["files"].count_documents({}), stored["file_parts"].count_documents({})) == (0, 0)


async def test_bytes_go_some_at_a_time(
    ctx: Context, stored: Any, monkeypatch: pytest.MonkeyPatch, commands: Any
) -> None:
    monkeypatch.setattr(clearing, "PARTS_TOGETHER", 2)
    large, small, other = [await uploaded(ctx, bytes([65 + n]) * size, part=10) for n, size in enumerate((50, 20, 30))]
    people = await gone(ctx, (await a_customer(ctx))["_id"])
    assert await withdrawn(ctx, large, small) == 2
    assert await withdrawn(ctx, large, small) == 0
    with commands() as sent:
        assert await once(ctx, clearing.clear_parts, people) == Cleared(2, more=True)
    assert sent == ["find files", "find file_parts", "delete file_parts", "commit"]
    assert await cleared(ctx, clearing.clear_parts, people) == 3 + 2
    left = {doc["file_id"] for doc in stored["file_parts"].find()}
    assert left == {ids.read(ids.FILE, other)}
    assert stored["files"].count_documents({"removal": "DONE"}) == 2


async def test_the_sweep_finishes_what_somebody_began(ctx: Context, stored: Any, clock: Clock) -> None:
    one, other = [await uploaded(ctx, b"a" * 30, part=10) for _ in range(2)]
    await withdrawn(ctx, one)
    assert await files.sweep(ctx) == 0
    assert stored["file_parts"].count_documents({}) == 3
    clock.move(days=8)
    assert await files.sweep(ctx) == 2
    assert (stored["files"].count_documents({}), stored["file_parts"].count_documents({})) == (0, 0)
    with pytest.raises(NotFound) as caught:
        await files.get(ctx, other)
    assert caught.value.code == "NOT_FOUND"


async def test_a_removed_upload_takes_no_bytes_and_is_not_finished(ctx: Context, stored: Any, client: Any) -> None:
    file, _ = await files.create(ctx, Once("fileCreate"), "anna.csv", 2 * PART_BYTES)
    assert file
    await files.upload(ctx, file, 0, b"a" * PART_BYTES)
    await withdrawn(ctx, ids.show(ids.FILE, file.id))
    link = f"/files/{files.ticket(ctx, file)}"
    sent = {"Content-Type": "application/octet-stream", "Upload-Offset": str(PART_BYTES)}
    answer = await client.put(link, content=b"b" * PART_BYTES, headers=sent)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (410, "FILE_REMOVED")
    # Whoever was let in a moment before is too late as well.
    with pytest.raises(Exception, match="WRONG_OFFSET"):
        await files.upload(ctx, file, PART_BYTES, b"b" * PART_BYTES)
    assert stored["file_parts"].count_documents({}) == 1

    async def body(tx: Tx) -> None:
        await files.keep(ctx, file.id, tx, complete=True)
        await files.finish(ctx, file.id, "0" * 64, tx)
        await files.append(ctx, file.id, PART_BYTES, b"b", ids.new(), tx)

    before = all_of(stored, "files", "file_parts")
    await ctx.db.transact(body)
    assert changed(before, all_of(stored, "files", "file_parts")) == {}
    (doc,) = stored["files"].find()
    assert (doc["complete"], doc["personal"], doc["expires_at"]) == (False, None, file.expires_at)


async def test_whoever_downloads_when_it_goes_gets_no_more(ctx: Context, stored: Any) -> None:
    public = await uploaded(ctx, b"a" * 30, part=10)
    reading = files.read(ctx, await files.get(ctx, public))
    assert await anext(reading) == b"a" * 10
    await withdrawn(ctx, public)
    await cleared(ctx, clearing.clear_parts, await gone(ctx, (await a_customer(ctx))["_id"], act=Act.ANONYMIZE))
    with pytest.raises(NotFound):
        await anext(reading)
