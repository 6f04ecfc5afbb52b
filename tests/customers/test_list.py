"""The list: search in any spelling, sort, pages that survive inserts, counts."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from api.core.context import Context
from api.customers import reading
from tests.conftest import Ask, Clock
from tests.customers.documents import Customers
from tests.factories import a_customer, a_key

LIST = """query($first: Int, $after: String, $last: Int, $before: String, $search: String, $where: CustomerWhere,
    $sort: [CustomerSort!], $trash: Boolean! = false) {
  customers(first: $first, after: $after, last: $last, before: $before, search: $search, where: $where, sort: $sort,
    trash: $trash) {
    edges { cursor node { id } } nodes { id displayName } totalCount { count precision }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


@pytest.fixture
def listed(data: Ask) -> Any:
    """Ask for a page and return the connection."""

    async def ask(**variables: Any) -> dict[str, Any]:
        return (await data(LIST, variables))["customers"]

    return ask


@pytest.fixture
def found(listed: Any) -> Any:
    """Search and return the names that are found, in the list's order."""

    async def ask(search: str, **variables: Any) -> list[str]:
        connection = await listed(search=search, **variables)
        return [one["displayName"] for one in connection["nodes"]]

    return ask


# --- search ---

SEARCHES = [
    ("zazolc", ["Zażółć Gęślą"]),
    ("ZAŻÓŁĆ", ["Zażółć Gęślą"]),
    ("ges", ["Zażółć Gęślą"]),
    ("gesl zaz", ["Zażółć Gęślą"]),
    ("g", ["Zażółć Gęślą"]),
    ("strasse", ["Jürgen Straße"]),
    ("jürg stra", ["Jürgen Straße"]),
    ("o'brien", ["Conan O'Brien"]),
    ("brien", ["Conan O'Brien"]),
    ("o", ["Conan O'Brien"]),
    ("rien", []),
    ("conan gesl", []),
    ("sanne@planted.example", ["Sanne Plantagenet"]),
    ("SANNE@PLANTED", ["Sanne Plantagenet"]),
    ("planted", ["Sanne Plantagenet"]),
    ("+31 6 1234 5678", ["Sanne Plantagenet"]),
    ("0612345678", ["Sanne Plantagenet"]),
    ("06-12 34 56 78", ["Sanne Plantagenet"]),
    ("0031612345678", ["Sanne Plantagenet"]),
    ("+31(0)612345678", ["Sanne Plantagenet"]),
    ("612345678", ["Sanne Plantagenet"]),
    ("061234", ["Sanne Plantagenet"]),
    ("5678", []),
    ("REF-7/x", ["Sanne Plantagenet"]),
    ("ref 7", ["Sanne Plantagenet"]),
    ("x" * 30, ["xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"]),
    ("𠮷", ["𠮷田"]),
    ("𠮷田", ["𠮷田"]),
    ("漢𠮷𠮷", ["漢𠮷𠮷𠮷"]),
    ("漢𠮷𠮷𠮷", ["漢𠮷𠮷𠮷"]),
    ("漢漢漢漢", ["漢漢漢漢𠮷"]),
    ("sanne@planted.ex", ["Sanne Plantagenet"]),
    ("other@planted.example", []),
    ("$gt", []),
    ("***", []),
    (".*", []),
]


@pytest.fixture
async def people(ctx: Context) -> None:
    """Some people with names that are written in several ways."""
    await a_customer(ctx, given_name="Zażółć", family_name="Gęślą")
    await a_customer(ctx, given_name="Jürgen", family_name="Straße")
    await a_customer(ctx, given_name="Conan", family_name="O'Brien")
    await a_customer(ctx, given_name="𠮷田")
    await a_customer(ctx, given_name="漢𠮷𠮷𠮷")
    await a_customer(ctx, given_name="漢漢漢漢𠮷")
    await a_customer(ctx, given_name="x" * 30)
    await a_customer(
        ctx, given_name="Sanne", family_name="Plantagenet", email="sanne@planted.example",
        phones=[{"number": "06 1234 5678"}], reference_id="REF-7/x",
    )  # fmt: skip


async def test_search_finds_beginnings_of_words_in_any_spelling(people: None, found: Any) -> None:
    assert {search: await found(search) for search, _ in SEARCHES} == dict(SEARCHES)


async def test_search_by_id_finds_one(ctx: Context, found: Any, people: None) -> None:
    doc = await a_customer(ctx, given_name="By Id")
    assert await found(f" cus_{doc['_id']} ") == ["By Id"]
    assert await found("cus_0123456789abcdef01234567") == []


async def test_blank_search_is_none(people: None, found: Any) -> None:
    assert len(await found("")) == len(await found("   ")) == 8


async def test_search_has_a_length(gql: Ask) -> None:
    answer = await gql(LIST, {"search": "x" * 201})
    assert [one["extensions"]["code"] for one in answer["errors"]] == ["TOO_LONG"]


async def test_search_needs_to_see_persons(client: httpx2.AsyncClient, stored: Any, clock: Clock) -> None:
    _, secret = a_key(stored, clock(), permissions=["customer.read"])
    headers = {"Authorization": f"Bearer {secret}"}
    for variables, codes in (
        ({}, []),
        ({"search": "sanne"}, ["FORBIDDEN"]),
        ({"where": {"givenName": {"eq": "x"}}}, ["FORBIDDEN"]),
    ):
        body = {"query": LIST, "variables": variables}
        answer = (await client.post("/graphql", json=body, headers=headers)).json()
        assert [one["extensions"]["code"] for one in answer.get("errors", ())] == codes


# --- sort and pages ---


@pytest.fixture
async def seven(ctx: Context, clock: Clock) -> list[str]:
    """Seven customers, in the order of their creation; names and sightings in other orders."""
    made = []
    for name, seen in (("d", 3), ("A", 1), ("é", None), ("b", 7), ("A", 5), ("z", None), ("c", 2)):
        last_seen = {"last_seen_at": clock().replace(month=1, day=seen)} if seen else {}
        doc = await a_customer(ctx, given_name=name, **last_seen)
        made.append(f"cus_{doc['_id']}")
        clock.move(minutes=1)
    return made


ORDERS = {
    ("NAME", "ASC"): [1, 4, 3, 6, 0, 2, 5],
    ("NAME", "DESC"): [5, 2, 0, 6, 3, 4, 1],
    ("CREATED", "ASC"): [0, 1, 2, 3, 4, 5, 6],
    ("CREATED", "DESC"): [6, 5, 4, 3, 2, 1, 0],
    ("UPDATED", "DESC"): [6, 5, 4, 3, 2, 1, 0],
    ("LAST_SEEN", "ASC"): [2, 5, 1, 6, 0, 4, 3],
    ("LAST_SEEN", "DESC"): [3, 4, 0, 6, 1, 5, 2],
}


@pytest.mark.parametrize(("field", "direction"), ORDERS)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
async def test_every_page_of_every_order(listed: Any, seven: list[str], field: str, direction: str, size: int) -> None:
    sort = [{"field": field, "direction": direction}]
    expected = [seven[n] for n in ORDERS[field, direction]]
    pages, after = [], None
    while True:
        page = await listed(first=size, after=after, sort=sort)
        pages.append([one["id"] for one in page["nodes"]])
        assert [one["node"]["id"] for one in page["edges"]] == pages[-1]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert [one for page in pages for one in page] == expected
    assert [len(one) for one in pages[:-1]] == [size] * (len(pages) - 1)
    back = await listed(last=size, before=after, sort=sort)
    assert [one["id"] for one in back["nodes"]] == expected[:-1][-size:]
    assert back["pageInfo"]["hasNextPage"] is True
    assert back["pageInfo"]["hasPreviousPage"] is (size < 6)


async def test_pages_survive_inserts(listed: Any, ctx: Context, seven: list[str]) -> None:
    sort = [{"field": "NAME", "direction": "ASC"}]
    first = await listed(first=3, sort=sort)
    for name in ("0 before", "a between", "zz after"):
        await a_customer(ctx, given_name=name)
    rest = await listed(first=100, after=first["pageInfo"]["endCursor"], sort=sort)
    seen = [one["displayName"] for one in first["nodes"] + rest["nodes"]]
    assert seen == ["A", "A", "b", "c", "d", "é", "z", "zz after"]


async def test_a_row_that_left_does_not_disturb_the_next_page(
    listed: Any, customers: Customers, seven: list[str]
) -> None:
    sort = [{"field": "NAME", "direction": "ASC"}]
    first = await listed(first=2, sort=sort)
    await customers.delete(seven[4])
    rest = await listed(first=100, after=first["pageInfo"]["endCursor"], sort=sort)
    assert [one["displayName"] for one in rest["nodes"]] == ["b", "c", "d", "é", "z"]


async def test_sizes(listed: Any, gql: Ask, seven: list[str]) -> None:
    assert (await listed(first=0))["nodes"] == []
    assert len((await listed())["nodes"]) == 7
    for wrong in ({"first": -1}, {"first": 101}, {"last": 5}, {"first": 2, "after": "x", "before": "y"}):
        answer = await gql(LIST, wrong)
        assert answer["errors"][0]["extensions"]["code"] in {"INVALID", "CURSOR_MISMATCH"}


async def test_a_cursor_belongs_to_its_list(listed: Any, gql: Ask, seven: list[str]) -> None:
    by_name = [{"field": "NAME", "direction": "ASC"}]
    cursor = (await listed(first=2, sort=by_name))["pageInfo"]["endCursor"]
    for other in (
        {"sort": [{"field": "NAME", "direction": "DESC"}]},
        {"sort": [{"field": "CREATED", "direction": "ASC"}]},
        {"sort": by_name, "search": "a"},
        {"sort": by_name, "where": {"givenName": {"eq": "A"}}},
        {"sort": by_name, "trash": True},
        {"sort": by_name, "after": cursor[:-1] + ("A" if cursor[-1] != "A" else "B")},
        {"sort": by_name, "after": "nonsense"},
        {"sort": by_name, "after": "x" * 5_000},
    ):
        answer = await gql(LIST, {"first": 2, "after": cursor, **other})
        assert [one["extensions"]["code"] for one in answer["errors"]] == ["CURSOR_MISMATCH"], other


async def test_one_sort_field(gql: Ask) -> None:
    answer = await gql(LIST, {"sort": [{"field": "NAME"}, {"field": "CREATED"}]})
    assert [one["extensions"]["code"] for one in answer["errors"]] == ["SORT_NOT_INDEXED"]


# --- counts ---


async def test_the_count_is_of_the_whole_list(listed: Any, seven: list[str]) -> None:
    assert (await listed(first=2))["totalCount"] == {"count": 7, "precision": "EXACT"}
    page = await listed(first=2, search="a")
    assert page["totalCount"] == {"count": 2, "precision": "EXACT"}
    assert (await listed(first=0))["totalCount"] == {"count": 7, "precision": "EXACT"}
    assert (await listed(trash=True))["totalCount"] == {"count": 0, "precision": "EXACT"}


async def test_counting_stops(listed: Any, seven: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "COUNT_LIMIT", 5)
    assert (await listed())["totalCount"] == {"count": 5, "precision": "LOWER_BOUND"}
    monkeypatch.setattr(reading, "COUNT_LIMIT", 8)
    assert (await listed())["totalCount"] == {"count": 7, "precision": "EXACT"}
