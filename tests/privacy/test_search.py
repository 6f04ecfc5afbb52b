"""What a search for persons finds in texts, in collections and in Redis, and what it leaves alone."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from bson import ObjectId

from api.core.context import Context
from api.core.errors import Unavailable
from api.files.model import PART_BYTES
from api.privacy import search, strings
from api.privacy.needles import Needles
from tests.factories import a_customer

EMAIL, PHONE, IBAN, REFERENCE = "anna.o'neil+shop@planted.example", "+31612345678", "NL91ABNA0417164300", "R-2024/77 b"


def needles_of(*names: str) -> Needles:
    found = Needles()
    found.add(names)
    return found


@pytest.mark.unit
@pytest.mark.parametrize(
    ("name", "text"),
    [
        (EMAIL, EMAIL),
        (EMAIL, "Dear Anna.O'Neil+Shop@Planted.example, welcome"),
        (EMAIL, f"<mailto:{EMAIL}>."),
        (EMAIL, "https://x.example/?to=anna.o%27neil%2Bshop%40planted.example&a=1"),
        (EMAIL, json.dumps({"to": EMAIL})),
        (EMAIL, f"ids and eyJ.{base64.urlsafe_b64encode(f'to: {EMAIL}'.encode()).decode().rstrip('=')}.x"),
        (EMAIL, f"1;{EMAIL};Anna\n"),
        ("jürg@planted.example", "see ju\u0308rg@planted.example"),
        ("jürg@planted.example", json.dumps("an jürg@planted.example")),
        (PHONE, PHONE),
        (PHONE, "call +31 6 1234 5678 today"),
        (PHONE, "06-12345678"),
        (PHONE, "0031 (6) 12345678"),
        (PHONE, "31612345678@wa.example"),
        (PHONE, "2026 06 12345678 7"),
        ("06 123 456 78", "tel:0612345678"),
        (IBAN, "iban nl91abna0417164300"),
        (IBAN, "NL91 ABNA 0417 1643 00 of Anna"),
        (REFERENCE, f'"1","{REFERENCE}","x"'),
        ("CRM-00017", "key=CRM-00017"),
        ("CRM-00017", "crm-00017: row 3 failed."),
        ("123456789012", "customer 123456789012"),
    ],
)
def test_it_is_found(name: str, text: str) -> None:
    assert needles_of("nobody@planted.example", name).found(text) != set()


@pytest.mark.unit
@pytest.mark.parametrize(
    ("name", "text"),
    [
        (EMAIL, "o'neil+shop@planted.example"),
        (EMAIL, f"x-{EMAIL}"),
        (EMAIL, f"{EMAIL}.nl"),
        (PHONE, "ab0612345678"),
        (PHONE, "306123456789"),
        (PHONE, "2026-03-12T06:12:34.567"),
        ("CRM-00017", "CRM-000171"),
        ("CRM-00017", "xCRM-00017"),
        ("R1", "R1"),
        ("100234", "100234"),
        ("12 34 56 78", "12345678"),
    ],
)
def test_it_is_not_found(name: str, text: str) -> None:
    assert needles_of(name).found(text) == set()


@pytest.mark.unit
def test_what_is_too_short_is_counted() -> None:
    assert needles_of("R1", "100234", "12345", EMAIL).short == 3


@pytest.mark.unit
def test_a_name_of_a_field_that_could_be_somebody_is_not_told() -> None:
    found = list(strings.texts({"a": [{"b": "x"}, {"anna@planted.example": b"y"}], "late": {"12": {"c": "z"}}}))
    assert found == [("a.b", "x"), ("a.*", "anna@planted.example"), ("a.*", "y"), ("late.*", "12"), ("late.*.c", "z")]


async def searched(ctx: Context, *names: str) -> search.Found:
    return await search.search(ctx, needles_of(*names))


def places(found: search.Found) -> list[tuple[str, str, int]]:
    return [(one["collection"], place["path"], place["count"]) for one in found.collections for place in one["found"]]


@pytest.mark.tampered
async def test_every_collection_is_searched_and_only_the_place_is_told(ctx: Context, stored: Any) -> None:
    stored["runs"].insert_one({"_id": 1, "title": f"for {EMAIL}", "log": [{"text": EMAIL}, {"text": f"and {EMAIL}"}]})
    stored["consent_ledger"].insert_one({"_id": 1, "subject": 1, "seq": 1, "body": json.dumps({"v": PHONE}).encode()})
    stored["somebody_elses"].insert_one({"_id": EMAIL, "deep": {"er": [[{"x": ["-", REFERENCE]}]]}})
    found = await searched(ctx, EMAIL, PHONE, REFERENCE)
    assert places(found) == [
        ("consent_ledger", "body", 1),
        ("runs", "log.text", 2),
        ("runs", "title", 1),
        ("somebody_elses", "_id", 1),
        ("somebody_elses", "deep.er.x", 1),
    ]
    assert not found.is_clean
    for leak in (EMAIL, PHONE, REFERENCE):
        assert leak not in repr(found)
    assert found.redis == {"searched": False, "why": "No Redis is configured.", "keys": 0, "strings": 0, "found": []}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
async def test_what_lies_across_two_parts_of_a_file_is_found_once(ctx: Context, stored: Any, encoding: str) -> None:
    line = f"7;{EMAIL};Zoë\n".encode(encoding)
    filler = ("x" * 99 + "\n").encode(encoding) * (PART_BYTES // 100 + 1)
    data = filler[: PART_BYTES - 22] + "\n".encode(encoding)[-2:] + line + filler[:1000]
    assert EMAIL not in strings.text_of(data[:PART_BYTES])
    other = ObjectId()
    parts = [{"_id": ObjectId(), "file_id": other, "offset": 0, "data": b"nothing"}]
    file = ObjectId()
    for begin in reversed(range(0, len(data), PART_BYTES)):
        part = {"_id": ObjectId(), "file_id": file, "offset": begin, "data": data[begin : begin + PART_BYTES]}
        parts.append(part)
    stored["file_parts"].insert_many(parts)
    assert places(await searched(ctx, EMAIL)) == [("file_parts", "data", 1)]


async def test_files_that_hold_somebody_are_told_once_and_searched_anew(ctx: Context, stored: Any) -> None:
    files = [ObjectId() for _ in range(3)]
    for place, file in enumerate(files):
        data = f"a;b\n{EMAIL if place != 1 else 'nobody'}".encode()
        stored["file_parts"].insert_one({"_id": ObjectId(), "file_id": file, "offset": 0, "data": data})
    searching = search.Searching(ctx, needles_of(EMAIL))
    await searching.next()
    assert await searching.files() == [files[0], files[2]]
    stored["file_parts"].delete_one({"file_id": files[0]})
    while not searching.is_done:
        await searching.next()
        assert await searching.files() == []
    assert places(searching.found) == [("file_parts", "data", 1)]
    names = [one["collection"] for one in searching.found.collections]
    assert len(names) == len(set(names))


async def test_what_a_customer_holds_now_is_no_remnant(ctx: Context, stored: Any) -> None:
    ctx.db.rehearse = False
    await a_customer(
        ctx, given_name="Next", email="anna@planted.example", phones=[{"number": PHONE}], reference_id="CRM-00017"
    )
    stored["outbox"].insert_one({"_id": 1, "personal": {"to": "anna@planted.example", "text": "bea@planted.example"}})
    found = await searched(ctx, "anna@planted.example", PHONE, "CRM-00017", "bea@planted.example")
    assert places(found) == [("outbox", "personal.text", 1)]
    held = {one["collection"]: one["held"] for one in found.collections if one["held"]}
    assert held.keys() == {"changes", "customers", "outbox"}


async def test_a_search_goes_on_where_it_was_saved(ctx: Context, stored: Any) -> None:
    for name in ("agreements", "runs", "tries"):
        stored[name].insert_many([{"_id": f"{place:04}", "text": EMAIL} for place in range(450)])
    needles = needles_of(EMAIL)
    whole = search.Searching(ctx, needles)
    assert await whole.total() >= 1_350
    state: dict[str, Any] | None = None
    steps = 0
    while True:
        # Killed after each page; what was not finished is done again.
        part = search.Searching(ctx, needles, state)
        while not part.is_done and (state is None or part.state == state):
            await part._page()
            state = state or part.state
        await part.close()
        state, steps = json.loads(json.dumps(part.state)), steps + 1
        if part.is_done:
            break
    assert steps > 20
    assert places(part.found) == [("agreements", "text", 450), ("runs", "text", 450), ("tries", "text", 450)]
    assert part.found == await search.search(ctx, needles)


async def test_redis_is_searched_in_every_type(ctx: Context, redis_url: str) -> None:
    from redis import Redis

    with Redis.from_url(redis_url) as plain:
        plain.set("one:17", f"for {EMAIL}")
        plain.hset("two:msgs", mapping={"a": EMAIL, EMAIL: "b"})
        plain.rpush("three", *(["-"] * 700), EMAIL)
        plain.sadd("four", EMAIL, "other")
        plain.zadd("five", {EMAIL: 1})
        plain.xadd("six", {"x": EMAIL})
        plain.set(f"cost:{EMAIL}", "1")
        there = replace(ctx, settings=replace(ctx.settings, redis_url=redis_url))
        found = (await search.search(there, needles_of(EMAIL))).redis
        plain.delete("one:17", "two:msgs", "three", "four", "five", "six", f"cost:{EMAIL}")
    assert found["searched"]
    assert found["keys"] >= 7
    assert [(one["path"], one["count"]) for one in found["found"]] == [
        ("cost:*", 1), ("five", 1), ("four", 1), ("one:*", 1), ("six", 1), ("three", 1), ("two:msgs", 2),
    ]  # fmt: skip
    assert EMAIL not in repr(found)


async def test_a_redis_that_does_not_answer_is_not_clean(ctx: Context) -> None:
    there = replace(ctx, settings=replace(ctx.settings, redis_url="redis://127.0.0.1:1/0"))
    with pytest.raises(Unavailable):
        await search.search(there, needles_of(EMAIL))
