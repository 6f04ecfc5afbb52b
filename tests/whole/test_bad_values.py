"""Hostile values in every argument and every input field: a typed refusal or plain text, never a bug, never an operator.

The listener of every test (`mongo_rules.py`) fails on any operator, stage or command that is not on its list.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    build_schema,
    is_leaf_type,
    is_required_input_field,
)

from api.core import ids
from api.core.context import Context
from api.schema import print_schema
from tests.conftest import Ask
from tests.factories import a_customer

SCHEMA = build_schema(print_schema())
OPERATORS = ["$ne", "$gt", "$regex", "$where", "$function", "$expr", "$lookup", "$out", "$merge"]
TEXTS = [
    *OPERATORS, '{"$ne": null}', '{"$where": "sleep(1000)"}', "a.b", "$a.$b", "__proto__", "constructor", "0", "-1", "NaN",
    "true", "", " ", "null", "a\0b", "\u2028", "\ufeff", "\u202etxt", "💥" * 50, "é\u0301" * 20, "(a+)+$", "(.*a){30}",
    "x" * 100_000, "' OR '1'='1", "${7*7}", "{{7*7}}", "<script>alert(1)</script>", "=HYPERLINK(1)", "../../etc/passwd",
    "a\r\nBcc: b@c.example", "\u0660\u0661", "ß", "İ", "\U0001f600",
]  # fmt: skip
OBJECTS: list[Any] = [
    *({name: "x"} for name in OPERATORS), {}, [], [[]], [{"$ne": None}], {"a": {"b": 1}}, 5, -1, 0, 2**31, 2**63, 2**70,
    10**400, 1.5, -0.0, 1e308, True, False, None,
]  # fmt: skip
ONE_WAY = {"passwordLinkSend"}
"""Not written in earnest here: it would use up its tries."""
CODES_OF_BUGS = {"INTERNAL", "TIMEOUT", "UNAVAILABLE"}


def leaves(kind: Any, path: tuple[str, ...] = (), depth: int = 0) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every place of an input where a value of its own stands, lists as "0", at most 4 inputs deep."""
    if isinstance(kind, GraphQLNonNull):
        yield from leaves(kind.of_type, path, depth)
    elif isinstance(kind, GraphQLList):
        yield from leaves(kind.of_type, (*path, "0"), depth)
    elif isinstance(kind, GraphQLInputObjectType):
        for name, field in kind.fields.items() if depth < 4 else ():
            if name not in {"AND", "OR", "NOT", "dryRun", "idempotencyKey"}:
                yield from leaves(field.type, (*path, name), depth + 1)
    else:
        yield path, kind


def least(kind: Any) -> Any:
    """Return the smallest valid value of a type."""
    if isinstance(kind, GraphQLNonNull):
        return least(kind.of_type)
    if isinstance(kind, GraphQLList):
        return []
    if isinstance(kind, GraphQLInputObjectType):
        if kind.is_one_of:
            name, first = next(iter(kind.fields.items()))
            return {name: least(first.type)}
        needed = {name: least(one.type) for name, one in kind.fields.items() if is_required_input_field(one)}
        return {**needed, "dryRun": True} if "dryRun" in kind.fields else needed
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    assert isinstance(kind, GraphQLScalarType)
    return {"Int": 1, "Float": 1.0, "Boolean": True, "DateTime": "2026-03-12T09:30:00Z", "Date": "2026-03-12"}.get(
        kind.name, "x"
    )


def put(kind: Any, path: tuple[str, ...], value: Any) -> Any:
    """Return the smallest value of a type that has `value` at a path."""
    if isinstance(kind, GraphQLNonNull):
        return put(kind.of_type, path, value)
    if not path:
        return value
    if isinstance(kind, GraphQLList):
        return [put(kind.of_type, path[1:], value)]
    head, *rest = path
    return {**({} if kind.is_one_of else least(kind)), head: put(kind.fields[head].type, tuple(rest), value)}


def selection(field: GraphQLField) -> str:
    """Return a selection of an answer's plain fields, and those of its rows."""
    kind: Any = field.type
    while isinstance(kind, (GraphQLNonNull, GraphQLList)):
        kind = kind.of_type
    if is_leaf_type(kind):
        return ""
    if not isinstance(kind, GraphQLObjectType):
        return "{ __typename }"
    names = [name for name, one in kind.fields.items() if is_leaf_type(getattr(one.type, "of_type", one.type))][:3]
    if kind.name.endswith("Payload"):
        names.append("errors { code message path }")
    if "nodes" in kind.fields:
        names.append("nodes { __typename }")
    return "{ " + " ".join(names or ["__typename"]) + " }"


def places() -> list[tuple[str, str, str, tuple[str, ...], str]]:
    """Return every place of every query and mutation that takes a value of its own."""
    found = []
    for operation, root in (("query", SCHEMA.query_type), ("mutation", SCHEMA.mutation_type)):
        assert root
        for name, field in root.fields.items():
            for argument, taken in field.args.items():
                found += [(operation, name, argument, path, str(kind)) for path, kind in leaves(taken.type)]
    return found


PLACES = places()


def request(operation: str, name: str, argument: str, path: tuple[str, ...], value: Any) -> tuple[str, dict[str, Any]]:
    root = SCHEMA.query_type if operation == "query" else SCHEMA.mutation_type
    assert root
    field = root.fields[name]
    needed = {key: one for key, one in field.args.items() if key == argument or isinstance(one.type, GraphQLNonNull)}
    declared = ", ".join(f"${key}: {one.type}" for key, one in needed.items())
    given = ", ".join(f"{key}: ${key}" for key in needed)
    variables = {key: put(one.type, path, value) if key == argument else least(one.type) for key, one in needed.items()}
    return f"{operation} ({declared}) {{ {name}({given}) {selection(field)} }}", variables


def test_there_are_many_places() -> None:
    assert len(PLACES) > 300
    assert {kind for *_, kind in PLACES} >= {"String", "ID", "Int", "Boolean", "DateTime", "Date"}


@pytest.mark.parametrize("operation", ["query", "mutation"])
@pytest.mark.parametrize("kind", ["text", "other"])
async def test_no_value_anywhere_is_more_than_a_value(
    gql: Ask, client: Any, headers_of: Any, ctx: Context, operation: str, kind: str
) -> None:
    """Sends each place a share of the values, so that each value meets many places and each place many values."""
    customer = ids.show(ids.CUSTOMER, (await a_customer(ctx, email="anna@example.com"))["_id"])
    headers = headers_of("key")
    values = TEXTS if kind == "text" else OBJECTS
    wrong = []
    for number, (_, name, argument, path, scalar) in enumerate(one for one in PLACES if one[0] == operation):
        for step in range(6):
            value = values[(number * 7 + step * 5) % len(values)]
            query, variables = request(operation, name, argument, path, value)
            if argument != "id" and "id" in variables:
                variables["id"] = customer
            if "input" in variables and step % 2 and name not in ONE_WAY:
                variables["input"].pop("dryRun", None)
            body = json.dumps({"query": query, "variables": variables})
            answer = await client.post(
                "/graphql", content=body, headers={**headers, "content-type": "application/json"}
            )
            found = answer.json()
            errors = [one["extensions"]["code"] for one in found.get("errors", ())]
            if answer.status_code not in {200, 400} or CODES_OF_BUGS & set(errors):
                wrong.append((name, argument, path, scalar, repr(value)[:40], answer.status_code, errors))
    assert not wrong, "\n".join(map(str, wrong[:30]))


LONE = ['"\\ud800"', '"\\udfff x"', '"a\\ud83d"']


@pytest.mark.parametrize("text", LONE)
async def test_half_characters_are_refused_before_the_database(client: Any, headers_of: Any, text: str) -> None:
    for query in (
        "query ($v: String) { customers(search: $v) { nodes { id } } }",
        "{ customers(search: %s) { nodes { id } } }",
    ):
        sent = query.replace("%s", text.replace('"', '\\"').replace("\\u", "\\\\u"))
        body = f'{{"query": "{sent}", "variables": {{"v": {text}}}}}'
        if "%s" in query:
            body = f'{{"query": "{sent}"}}'
        answer = await client.post(
            "/graphql", content=body, headers={**headers_of("key"), "content-type": "application/json"}
        )
        assert answer.status_code in {200, 400}
        codes = [one["extensions"]["code"] for one in answer.json()["errors"]]
        assert not CODES_OF_BUGS & set(codes)
