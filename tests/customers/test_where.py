"""The condition tree: every operator against a plain evaluation in Python, limits, and what it can never become."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings as examples, strategies as st

from api.conditions.rules import compile_filter
from api.core.context import SYSTEM, Context
from api.core.errors import Invalid
from api.core.keys import Keys
from api.customers import reading
from tests.conftest import SECRET, Ask
from tests.customers.naive import meets
from tests.customers.trees import person, tree
from tests.factories import a_customer
from tests.mongo_rules import QUERY_OPERATORS

LIST = "query($where: CustomerWhere) { customers(where: $where, first: 100) { nodes { id givenName } } }"


async def matching(ctx: Context, where: dict[str, Any]) -> set[Any]:
    """Return the ids of those that the compiled filter finds."""
    query = await reading.filter_of(ctx, search=None, where=where, trash=False)
    docs = await ctx.db["customers"].find(query, limit=1_000, fields={"_id": 1})
    return {doc["_id"] for doc in docs}


@pytest.mark.parametrize("seed", range(4))
async def test_trees_find_whom_they_describe(ctx: Context, stored: Any, seed: int) -> None:
    random = Random(seed)
    ctx.db.rehearse = False
    for n in range(40):
        await a_customer(ctx, **person(random, n))
    docs = list(stored["customers"].find())
    some = 0
    for _ in range(250):
        asked = tree(random)
        found = await matching(ctx, asked)
        expected = {doc["_id"] for doc in docs if meets(doc, asked, ctx.now())}
        assert found == expected, asked
        some += 0 < len(expected) < len(docs)
    assert some > 100, "most trees should tell some from others"


def _operators(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {name for name in value if name.startswith("$")}.union(*map(_operators, value.values()))
    return set().union(*map(_operators, value)) if isinstance(value, list) else set()


@pytest.mark.unit
@given(seed=st.integers(0, 2**32), depth=st.integers(0, 4))
@examples(max_examples=1_000, deadline=None)
def test_every_tree_becomes_allowed_operators_or_is_refused(language: Any, seed: int, depth: int) -> None:
    try:
        compiled = compile_filter(tree(Random(seed), depth), language)
    except Invalid:
        return
    assert _operators(compiled) <= QUERY_OPERATORS - {"$regex", "$options"}


@pytest.fixture(scope="module")
def language() -> Any:
    """The language of customers, for a caller who may read everything."""

    class Region:
        default_region = "NL"

    now = datetime(2026, 3, 12, tzinfo=UTC)
    bare: Any = Context(db=None, settings=Region(), keys=Keys(SECRET), caller=SYSTEM, clock=lambda: now)  # type: ignore[arg-type]
    return reading._language(bare, {})


async def test_in_graphql(ctx: Context, data: Ask) -> None:
    for name in ("Anna", "Bob", "Ève"):
        await a_customer(ctx, given_name=name, tags=[name])
    for where, names in (
        ({"givenName": {"eq": "ANNA"}}, ["Anna"]),
        ({"givenName": {"in": ["anna", "eve"]}}, ["Anna", "Ève"]),
        ({"tags": {"hasAny": ["bob", "ÈVE"]}}, ["Bob", "Ève"]),
        ({"tags": {"hasAll": []}}, ["Anna", "Bob", "Ève"]),
        ({"OR": []}, []),
        ({"AND": []}, ["Anna", "Bob", "Ève"]),
        ({"NOT": {"givenName": {"startsWith": "b"}}}, ["Anna", "Ève"]),
        ({"createdAt": {"withinDays": 0}, "version": {"eq": 1}}, ["Anna", "Bob", "Ève"]),
        ({"createdAt": {"olderThanDays": 0}}, []),
        ({}, ["Anna", "Bob", "Ève"]),
        (None, ["Anna", "Bob", "Ève"]),
    ):
        found = (await data(LIST, {"where": where}))["customers"]["nodes"]
        assert [one["givenName"] for one in found] == names, where


def nested(depth: int) -> dict[str, Any]:
    """Return a tree of so many levels."""
    found: dict[str, Any] = {"givenName": {"eq": "x"}}
    for _ in range(depth - 1):
        found = {"NOT": found}
    return found


@pytest.mark.parametrize(
    ("where", "code"),
    [
        (nested(6), None),
        (nested(7), "FILTER_TOO_LARGE"),
        ({"OR": [{"givenName": {"eq": str(n)}} for n in range(50)]}, None),
        ({"OR": [{"givenName": {"eq": str(n)}} for n in range(51)]}, "FILTER_TOO_LARGE"),
        ({"givenName": {"in": [str(n) for n in range(100)]}}, None),
        ({"givenName": {"in": [str(n) for n in range(101)]}}, "INVALID"),
        ({"givenName": {"startsWith": ""}}, "INVALID"),
        ({"givenName": {"hasWord": "  "}}, "INVALID"),
        ({"referenceId": {"hasWord": "x"}}, "INVALID"),
        ({"referenceId": {"eq": " "}}, "INVALID"),
        ({"referenceId": {"in": ["x", ""]}}, "INVALID"),
        ({"emails": {"any": {}}}, "INVALID"),
        ({"emails": {"any": {"label": {"hasWord": "x"}}}}, "INVALID"),
        ({"lastSeenAt": {"withinDays": -1}}, "INVALID"),
        ({"lastSeenAt": {"withinDays": 40_000}}, "INVALID"),
        ({"addresses": {"any": {"countryCode": {"eq": "Atlantis"}}}}, "UNKNOWN_COUNTRY"),
    ],
)
async def test_limits(gql: Ask, where: dict[str, Any], code: str | None) -> None:
    answer = await gql(LIST, {"where": where})
    assert [one["extensions"]["code"] for one in answer.get("errors", ())] == ([code] if code else [])


@pytest.mark.parametrize("payload", ["$ne", "$where", "';sleep(9)//", '{"$gt": ""}', "(a+)+$", "__proto__"])
async def test_text_is_only_ever_text(ctx: Context, data: Ask, payload: str) -> None:
    await a_customer(ctx, given_name="Anna", email="anna@planted.example")
    await a_customer(ctx, given_name=payload)
    for where in (
        {"givenName": {"eq": payload}},
        {"givenName": {"startsWith": payload}},
        {"referenceId": {"in": [payload]}},
        {"emails": {"any": {"address": {"eq": payload}}}},
        {"tags": {"hasAny": [payload]}},
    ):
        found = (await data(LIST, {"where": where}))["customers"]["nodes"]
        assert "Anna" not in [one["givenName"] for one in found]
