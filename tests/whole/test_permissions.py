"""Every query, denied to strangers and to whoever holds everything but its permission."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from graphql import GraphQLNonNull, GraphQLObjectType, is_leaf_type

from api.access.model import ALL
from api.core.context import ANYONE, SIGNED_IN
from tests.conftest import Clock
from tests.factories import a_key
from tests.whole.test_bad_values import SCHEMA, least
from tests.whole.test_schema import OPEN, needs

FIELDS = [(root, field) for (root, field), asked in needs().items() if root == "Query" and asked != [ANYONE]]


def document(name: str) -> tuple[str, dict[str, Any]]:
    """Return the shortest document that asks for a query, with its variables."""
    assert SCHEMA.query_type
    field = SCHEMA.query_type.fields[name]
    needed = {key: one for key, one in field.args.items() if isinstance(one.type, GraphQLNonNull)}
    declared = ", ".join(f"${key}: {one.type}" for key, one in needed.items())
    given = ", ".join(f"{key}: ${key}" for key in needed)
    kind: Any = field.type
    while hasattr(kind, "of_type"):
        kind = kind.of_type
    inner = "" if is_leaf_type(kind) else "{ __typename }"
    variables = {key: least(one.type) for key, one in needed.items()}
    if "key" in variables and "CustomerKey" in str(needed["key"].type):
        variables["key"] = {"email": "anna@example.com"}
    return f"query {f'({declared})' if declared else ''} {{ {name}{f'({given})' if given else ''} {inner} }}", variables


async def ask(client: httpx2.AsyncClient, name: str, headers: dict[str, str]) -> Any:
    query, variables = document(name)
    return (await client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)).json()


def test_there_are_queries_to_guard() -> None:
    assert len(FIELDS) > 15
    assert isinstance(SCHEMA.query_type, GraphQLObjectType)
    assert len(FIELDS) + len(OPEN["Query"]) == len(SCHEMA.query_type.fields)


@pytest.mark.parametrize("name", [field for _, field in FIELDS])
async def test_strangers_and_the_wrong_permissions_are_refused(
    client: httpx2.AsyncClient, stored: Any, clock: Clock, commands: Any, name: str
) -> None:
    with commands(everything=True) as sent:
        stranger = await ask(client, name, {})
    assert [one["extensions"]["code"] for one in stranger["errors"]] == ["UNAUTHENTICATED"]
    assert stranger["data"] in (None, {name: None})
    assert sent == []
    (needed,) = needs()["Query", name]
    if needed == SIGNED_IN:
        return
    _, secret = a_key(stored, clock(), permissions=sorted(ALL - {needed}))
    with commands(everything=True) as sent:
        denied = await ask(client, name, {"Authorization": f"Bearer {secret}"})
    assert [one["extensions"] for one in denied["errors"]] == [{"code": "FORBIDDEN", "permission": needed}]
    assert sent == ["find api_keys"]


@pytest.mark.parametrize("name", [field for _, field in FIELDS])
async def test_the_one_permission_is_enough(client: httpx2.AsyncClient, stored: Any, clock: Clock, name: str) -> None:
    (needed,) = needs()["Query", name]
    _, secret = a_key(stored, clock(), permissions=[] if needed == SIGNED_IN else [needed])
    answer = await ask(client, name, {"Authorization": f"Bearer {secret}"})
    codes = {one["extensions"]["code"] for one in answer.get("errors", ())}
    assert codes <= {"NOT_FOUND", "INVALID", "INVALID_EMAIL", "REQUIRED", "UNKNOWN_PURPOSE"}, answer
