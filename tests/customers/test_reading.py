"""customer, customerByKey, customerFields, node: what is shown to whom, what is logged, and what it costs."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from api.core.context import Context
from tests.conftest import Ask, Clock, Commands
from tests.customers.documents import CREATE, DELETE, FIELDS, REVERT, UPDATE, UPSERT, Customers
from tests.factories import a_customer, a_key

BY_KEY = "query($key: CustomerKey!) { customerByKey(key: $key) { id givenName } }"
BANK = "query($id: ID!, $unmasked: Boolean!) { customer(id: $id) { bankAccounts(unmasked: $unmasked) { iban holder masked } } }"
LIST = f"query($first: Int!) {{ customers(first: $first) {{ nodes {{ {FIELDS} }} totalCount {{ count }} pageInfo {{ endCursor }} }} }}"
PROFILE = f"""query($id: ID!) {{ customer(id: $id) {{ {FIELDS} updatedBy {{ name }}
  timeline {{ nodes {{ type change {{ version revertedBy paths {{ path }} }} }} }} }} }}"""

MAYBE_EMPTY = {
    "tags",
    "lastSeenAt",
    "createdAt",
    "updatedAt",
    "trashedAt",
    "version",
    "kind",
    "displayName",
    "id",
    "locale",
    "timeZone",
}


@pytest.fixture
async def sanne(customers: Customers) -> dict[str, Any]:
    """A customer with a bank account."""
    return await customers.made(
        givenName="Sanne", emails=[{"address": "sanne@planted.example"}], phones=[{"number": "0612345678"}], referenceId="R1",
        bankAccounts=[{"iban": "NL91ABNA0417164300", "holder": "S. Plantagenet"}], locale="nl", tags=["press"],
    )  # fmt: skip


async def test_found_by_each_key(data: Ask, sanne: dict[str, Any]) -> None:
    for key in (
        {"email": " SANNE@Planted.example"},
        {"phone": "06 1234-5678"},
        {"phone": "+31612345678"},
        {"referenceId": "R1"},
    ):
        assert (await data(BY_KEY, {"key": key}))["customerByKey"] == {"id": sanne["id"], "givenName": "Sanne"}
    for key in ({"email": "nobody@planted.example"}, {"phone": "+31201234567"}, {"referenceId": "r1"}):
        assert (await data(BY_KEY, {"key": key}))["customerByKey"] is None


async def test_a_shared_phone_finds_nobody_by_guess(gql: Ask, customers: Customers, sanne: dict[str, Any]) -> None:
    await customers.made(phones=[{"number": "+31612345678"}])
    answer = await gql(BY_KEY, {"key": {"phone": "0612345678"}})
    assert [one["extensions"]["code"] for one in answer["errors"]] == ["AMBIGUOUS_IDENTIFIER"]


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ({"email": "nonsense"}, "INVALID_EMAIL"),
        ({"phone": "nonsense"}, "INVALID_PHONE"),
        ({}, "GRAPHQL_INVALID"),
        ({"email": "a@b.example", "phone": "1"}, "GRAPHQL_INVALID"),
        ({"email": None}, "GRAPHQL_INVALID"),
    ],
)
async def test_keys_that_are_none(gql: Ask, key: dict[str, Any], code: str) -> None:
    answer = await gql(BY_KEY, {"key": key})
    assert [one["extensions"]["code"] for one in answer["errors"]] == [code]


async def test_whoever_may_not_see_persons_sees_none(
    client: httpx2.AsyncClient, stored: Any, clock: Clock, sanne: dict[str, Any]
) -> None:
    _, secret = a_key(stored, clock(), permissions=["customer.read"])
    headers = {"Authorization": f"Bearer {secret}"}
    body = {"query": f"query($id: ID!) {{ customer(id: $id) {{ {FIELDS.replace('bankAccounts { id iban holder bic masked primary }', '')} }} }}",
            "variables": {"id": sanne["id"]}}  # fmt: skip
    answer = await client.post("/graphql", json=body, headers=headers)
    customer = answer.json()["data"]["customer"]
    assert {name for name, value in customer.items() if value is not None} <= MAYBE_EMPTY
    assert customer["displayName"] == f"Customer {sanne['id'][-4:]}"
    assert customer["tags"] == ["press"]
    for personal in ("Sanne", "planted", "31612345678", "R1"):
        assert personal not in answer.text


async def test_an_account_in_clear_needs_the_permission_and_is_logged(
    data: Ask, gql: Ask, stored: Any, sanne: dict[str, Any]
) -> None:
    async def accounts(who: str, *, unmasked: bool) -> list[dict[str, Any]]:
        return (await data(BANK, {"id": sanne["id"], "unmasked": unmasked}, as_=who))["customer"]["bankAccounts"]

    masked = {"iban": "NL91 **** 4300", "masked": True}
    assert await accounts("viewer", unmasked=False) == [{**masked, "holder": None}]
    assert await accounts("owner", unmasked=False) == [{**masked, "holder": "S. Plantagenet"}]
    assert stored["access_log"].count_documents({"action": "bank.read"}) == 0
    answer = await gql(BANK, {"id": sanne["id"], "unmasked": True}, as_="viewer")
    assert [one["extensions"] for one in answer["errors"]] == [
        {"code": "FORBIDDEN", "permission": "customer.bank.read"}
    ]
    assert stored["access_log"].count_documents({"action": "bank.read"}) == 0
    clear = await accounts("privacy-officer", unmasked=True)
    assert clear == [{"iban": "NL91ABNA0417164300", "masked": False, "holder": "S. Plantagenet"}]
    (entry,) = stored["access_log"].find({"action": "bank.read"})
    assert (entry["actor"]["name"], entry["fields"]) == ("Test Privacy officer", ["bank_accounts"])
    assert "NL91" not in repr(list(stored["access_log"].find()))


async def test_each_opened_profile_is_logged_and_a_list_is_not(data: Ask, stored: Any, sanne: dict[str, Any]) -> None:
    await data(LIST, {"first": 10})
    assert stored["access_log"].count_documents({}) == 0
    await data(PROFILE, {"id": sanne["id"]}, as_="viewer")
    await data(BY_KEY, {"key": {"referenceId": "R1"}}, as_="key:viewer")
    entries = list(stored["access_log"].find(sort=[("_id", 1)]))
    assert [(one["action"], one["actor"]["kind"], f"cus_{one['customer_id']}") for one in entries] == [
        ("profile.opened", "USER", sanne["id"]),
        ("profile.opened", "API_KEY", sanne["id"]),
    ]


async def test_the_declaration_is_readable(data: Ask) -> None:
    query = "{ customerFields { name path label type permission editable operators sort options items { name path } } }"
    fields = {one["name"]: one for one in (await data(query, as_="viewer"))["customerFields"]}
    assert fields["jobTitle"]["operators"] == ["eq", "neq", "in", "nin", "startsWith", "hasWord", "isSet"]
    assert "hasWord" not in fields["referenceId"]["operators"]
    assert fields["gender"]["options"] == ["FEMALE", "MALE", "OTHER", "UNDISCLOSED"]
    assert fields["emails"]["permission"] == "customer.pii.read"
    assert [one["name"] for one in fields["emails"]["items"]] == ["address", "normalized", "label", "primary"]
    assert {name for name, one in fields.items() if one["sort"]} == {
        "givenName",
        "createdAt",
        "updatedAt",
        "lastSeenAt",
    }


# --- commands sent to MongoDB, asserted exactly ---


async def many(ctx: Context, count: int) -> None:
    """Create customers, fast."""
    ctx.db.rehearse = False
    for n in range(count):
        await a_customer(ctx, given_name=f"P{n}", email=f"p{n}@planted.example", tags=["a", "b"])
    ctx.db.rehearse = True


@pytest.mark.parametrize(("stored_customers", "page"), [(3, 2), (120, 10), (120, 100)])
async def test_a_list_page_costs_two_commands(
    ctx: Context, data: Ask, commands: Commands, stored_customers: int, page: int
) -> None:
    await many(ctx, stored_customers)
    with commands() as sent:
        found = (await data(LIST, {"first": page}))["customers"]
    assert (len(found["nodes"]), found["totalCount"]["count"]) == (page, stored_customers)
    assert sent == ["find customers", "aggregate customers"]


async def test_a_list_page_without_a_count_costs_one(ctx: Context, data: Ask, commands: Commands) -> None:
    await many(ctx, 3)
    with commands() as sent:
        await data("{ customers { nodes { id displayName emails { address } } } }")
    assert sent == ["find customers"]


@pytest.mark.parametrize("saves", [0, 30])
async def test_a_profile_page_costs_at_most_four(
    customers: Customers, data: Ask, commands: Commands, sanne: dict[str, Any], saves: int
) -> None:
    for n in range(saves):
        await customers.update(sanne["id"], jobTitle=str(n))
    with commands() as sent:
        await data(PROFILE, {"id": sanne["id"]})
    assert sent == ["find customers", "find changes", "find changes"]


async def test_a_key_costs_one(data: Ask, commands: Commands, sanne: dict[str, Any]) -> None:
    for key in ({"email": "sanne@planted.example"}, {"phone": "0612345678"}, {"referenceId": "R1"}):
        with commands() as sent:
            await data(BY_KEY, {"key": key}, as_="key")
        assert sent == ["aggregate identifiers"]


WRITTEN = ["find identifiers", "find customers", "update identifiers", "update customers", "insert changes", "commit"]


async def test_what_a_save_costs(customers: Customers, data: Ask, commands: Commands, sanne: dict[str, Any]) -> None:
    async def cost(document: str, variables: dict[str, Any]) -> list[str]:
        await data("{ viewer { id } }")
        with commands() as sent:
            await data(document, variables)
        return sent

    new = {"input": {"emails": [{"address": "new@planted.example"}]}}
    assert await cost(CREATE, new) == [
        "find identifiers",
        "update identifiers",
        "insert customers",
        "insert changes",
        "commit",
    ]
    change = {"id": sanne["id"], "input": {"jobTitle": "Editor"}}
    answered = "find changes"
    assert await cost(UPDATE, change) == ["find customers", "update customers", "insert changes", "commit", answered]
    keyed = {"id": sanne["id"], "input": {"jobTitle": "Writer", "idempotencyKey": "k"}}
    assert await cost(UPDATE, keyed) == [
        "find idempotency", "find customers", "update idempotency", "update customers", "insert changes", "commit", answered,
    ]  # fmt: skip
    replayed = ["find idempotency", "find customers", "commit", answered]
    assert await cost(UPDATE, keyed) == replayed
    items = [{"set": {"emails": {"add": [{"address": f"u{n}@planted.example"}]}}} for n in range(60)]
    items += [{"id": sanne["id"], "set": {"emails": {"add": [{"address": "also@planted.example"}]}}}]
    assert await cost(UPSERT, {"input": {"items": items}}) == [
        "find identifiers", "find customers", "update identifiers", "insert customers", "update customers", "insert changes", "commit",
    ]  # fmt: skip
    assert await cost(DELETE, {"input": {"ids": [sanne["id"]]}}) == [
        "find customers", "update customers", "insert changes", "commit",
    ]  # fmt: skip
    assert await cost(REVERT, {"id": sanne["id"], "input": {"version": 5}}) == [
        "find changes", "find customers", "update customers", "insert changes", "commit", answered,
    ]  # fmt: skip
