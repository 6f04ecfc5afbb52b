"""`node(id:)`: anything by its id, with the permission of its kind."""

from __future__ import annotations

from typing import Any

import pytest

from api.access.model import preset
from api.core import ids
from api.core.context import Context
from api.schema import NODES
from tests.conftest import Ask, Clock
from tests.factories import a_customer, a_key, a_user

NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"


@pytest.mark.parametrize("prefix", sorted(NODES))
async def test_what_does_not_exist_is_null(gql: Ask, prefix: str) -> None:
    unknown = f"{prefix}_{'f' * 24}"
    stranger = await gql(NODE, {"id": unknown}, as_="anonymous")
    assert stranger["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert (await gql(NODE, {"id": unknown}))["data"] == {"node": None}


async def test_each_kind_answers_as_itself(data: Ask, ctx: Context, stored: Any, clock: Clock) -> None:
    customer = await a_customer(ctx, email="anna@example.com")
    user, _ = a_user(stored, clock(), role="viewer")
    key, _ = a_key(stored, clock())
    for public, kind in (
        (ids.show(ids.CUSTOMER, customer["_id"]), "Customer"),
        (ids.show(ids.USER, user["_id"]), "User"),
        (ids.show(ids.KEY, key["_id"]), "ApiKey"),
        (ids.show(ids.ROLE, preset("editor")), "Role"),
    ):
        assert (await data(NODE, {"id": public}))["node"] == {"__typename": kind, "id": public}


@pytest.mark.parametrize("prefix", [ids.USER, ids.ROLE, ids.KEY])
async def test_each_kind_asks_for_its_permission(gql: Ask, prefix: str) -> None:
    answer = await gql(NODE, {"id": f"{prefix}_{'f' * 24}"}, as_="viewer")
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


SPELLINGS = ["{}", " {}", "{} ", "{}\n", "{}=", "{}\u0000", "usr{}", "_{}", "cus__{}", "CUS_{}", "%63us_{}", "cus_{}0"]


@pytest.mark.parametrize("spelling", [*SPELLINGS[1:], "cus_", "", "cus", "💥", "cus_" + "g" * 24, "cus_" + "F" * 24])
async def test_there_is_one_spelling_of_an_id(gql: Ask, ctx: Context, spelling: str) -> None:
    customer = await a_customer(ctx)
    public = ids.show(ids.CUSTOMER, customer["_id"])
    answer = await gql(NODE, {"id": spelling.format(public)})
    assert answer["data"] == {"node": None}
