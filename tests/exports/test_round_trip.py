"""What is exported can be imported again, and changes nothing: 10,000 random customers, in both flavors and both shapes."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
from bson import ObjectId

from api.agreements.model import Known
from api.core.context import SYSTEM, Context
from api.core.keys import Keys
from api.core.settings import Settings
from api.customers import acts, rules
from api.customers.model import LISTS, SCALARS
from api.customers.rules import Book
from api.exports import columns
from api.exports.model import ExportFlavor, ExportFormat, ListShape, Shape
from api.exports.writing import Writer
from api.imports import columns as targets
from api.imports.reading import Dialect, Records
from api.imports.rows import RowReader
from tests.conftest import SECRET, START
from tests.exports import people

ALL = tuple(columns.COLUMNS)
SHAPES = [(flavor, lists) for flavor in ExportFlavor for lists in ListShape]
PEOPLE, FEWER = 10_000, 1_000


def a_context() -> Context:
    """A context without a database."""
    settings = Settings(mongodb_url="mongodb://127.0.0.1:1", secret=SECRET)
    return Context(db=None, settings=settings, keys=Keys(SECRET), caller=SYSTEM, clock=lambda: START)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def everybody() -> list[dict[str, Any]]:
    ctx, dice = a_context(), random.Random(11)
    return [people.stored(ctx, dice, n, ObjectId()) for n in range(PEOPLE)]


def written(ctx: Context, docs: list[dict[str, Any]], shape: Shape) -> bytes:
    """Write customers as an export does."""
    widths = {name: max(len(doc.get(name) or ()) for doc in docs) for name in columns.lists_of(shape.columns)}
    writer = Writer(shape, widths, ctx.keys)
    return writer.begin() + writer.rows(docs, first=True) + writer.end()


async def read_again(ctx: Context, data: bytes) -> list[Any]:
    """Read a file as an import does, mapped as it proposes itself."""

    async def source(offset: int) -> AsyncIterator[bytes]:
        for start in range(offset, len(data), 1_000_000):
            yield data[start : start + 1_000_000]

    records = Records(source, Dialect("utf-8", ","))
    header = await records.header()
    proposed, preset = targets.propose(header, Known({}, {}, {}))
    assert [one.header for one in proposed if not one.certain] == []
    reader = RowReader(proposed, acts.reader(ctx), preset=preset)
    rows = []
    while record := await records.next():
        rows.append(reader.read(record))
    return rows


@pytest.mark.parametrize(("flavor", "lists"), SHAPES)
async def test_customers_come_back_unchanged(everybody: Any, flavor: ExportFlavor, lists: ListShape) -> None:
    ctx = a_context()
    shape = Shape(ALL, ExportFormat.CSV, flavor, lists, in_clear=True)
    everybody = everybody if lists is ListShape.BY_POSITION else everybody[:FEWER]
    rows = await read_again(ctx, written(ctx, everybody, shape))
    assert len(rows) == len(everybody)
    for row, doc in zip(rows, everybody, strict=True):
        assert (row.customer_id, [one for one in row.issues if one.code != "INVALID_PHONE"]) == (doc["_id"], [])
        decision = rules.decide(ctx, Book(docs={doc["_id"]: doc}), row.edit, doc["_id"])
        assert decision.outcome.value == "UNCHANGED", (decision.paths, doc)


@pytest.mark.parametrize(("flavor", "lists"), SHAPES)
async def test_they_are_the_same_people_in_an_empty_database(
    everybody: Any, flavor: ExportFlavor, lists: ListShape
) -> None:
    ctx = a_context()
    shape = Shape(ALL, ExportFormat.CSV, flavor, lists, in_clear=True)
    everybody = everybody[:FEWER]
    rows = await read_again(ctx, written(ctx, everybody, shape))
    for row, doc in zip(rows, everybody, strict=True):
        made = rules.decide(ctx, Book(), row.edit, doc["_id"]).after or doc
        assert essence(made) == essence(doc)


def essence(doc: Any) -> dict[str, Any]:
    """Return what a customer is, without ids of items, ciphertexts, how phones were typed, and the order but of the first."""
    found: dict[str, Any] = {name: doc.get(name) for name in (*SCALARS, "tags")}
    for name in LISTS:
        left_out = {"id", "iban", "raw"}
        items = [{part: value for part, value in one.items() if part not in left_out} for one in doc.get(name) or ()]
        found[name] = sorted(items, key=lambda item: (not item.get("primary"), repr(sorted(item.items()))))
    return found


async def test_masked_bank_accounts_are_left_out_with_a_word(everybody: Any) -> None:
    ctx = a_context()
    some = [doc for doc in everybody if doc.get("bank_accounts")][:100]
    shape = Shape(("id", "bank_accounts.iban"), ExportFormat.CSV, ExportFlavor.MACHINE)
    data = written(ctx, some, shape)
    assert not any(iban in data.decode() for iban in people.IBANS)
    for row, doc in zip(await read_again(ctx, data), some, strict=True):
        assert [one.code for one in row.issues] == ["BANK_MASKED"] * len(doc["bank_accounts"])
        assert row.edit.add == {}
        assert not row.is_invalid


def test_the_header_says_what_stands_where() -> None:
    ctx = a_context()
    paths = ("id", "given_name", "emails.address", "tags", "emails.label", "consent.EMAIL.MARKETING")
    doc = {"_id": ObjectId("65f0c1d2e3a4b5c6d7e8f901"), "given_name": "Ada", "tags": ["a", "b"], "emails": [
        {"id": "1", "address": "b@x.example", "primary": False}, {"id": "2", "address": "a@x.example", "primary": True, "label": "home"}]}  # fmt: skip
    rows = list(
        csv.reader(io.StringIO(written(ctx, [doc], Shape(paths, flavor=ExportFlavor.MACHINE)).decode(), newline=""))
    )
    assert rows == [
        ["regulars_id", "given_name", "emails.1.address", "emails.1.label", "emails.2.address", "emails.2.label", "tags", "consent.EMAIL.MARKETING"],
        ["cus_65f0c1d2e3a4b5c6d7e8f901", "Ada", "a@x.example", "home", "b@x.example", "", "a,b", ""],
    ]  # fmt: skip
    joined = written(ctx, [doc], Shape(paths, flavor=ExportFlavor.MACHINE, lists=ListShape.JOINED)).decode()
    assert (
        joined.splitlines()[0] == "regulars_id,given_name,emails[].address,emails[].label,tags,consent.EMAIL.MARKETING"
    )
    assert joined.splitlines()[1] == 'cus_65f0c1d2e3a4b5c6d7e8f901,Ada,a@x.example;b@x.example,home;,"a,b",'
    line = written(
        ctx, [doc], Shape(("given_name", "family_name", "phones.number", "emails.address"), ExportFormat.JSONL)
    )
    assert (
        line
        == b'{"given_name":"Ada","family_name":null,"phones":[],"emails":[{"address":"a@x.example"},{"address":"b@x.example"}]}\n'
    )
    assert (
        written(ctx, [doc, doc], Shape(("given_name",), ExportFormat.JSON))
        == b'[\n{"given_name":"Ada"},\n{"given_name":"Ada"}\n]\n'
    )
