"""customerCreate: every field, what is refused and where, what is warned of."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.conftest import Ask
from tests.customers.documents import CREATE, Customers, without_ids

NOTHING = {
    "givenName": None, "familyName": None, "jobTitle": None, "organization": None, "dateOfBirth": None, "gender": None,
    "locale": None, "timeZone": None, "referenceId": None, "emails": [], "phones": [], "addresses": [], "bankAccounts": [],
    "socialAccounts": [], "tags": [], "lastSeenAt": None, "trashedAt": None, "version": 1,
    "createdAt": "2026-03-12T09:30:00.000Z", "updatedAt": "2026-03-12T09:30:00.000Z",
}  # fmt: skip
LISTS = ("emails", "phones", "addresses", "bankAccounts", "socialAccounts")


async def test_every_field(customers: Customers) -> None:
    payload = await customers.create(
        givenName="  Zażółć ", familyName="Plantagenet", jobTitle="Queen", organization="England Ltd",
        dateOfBirth="1988-02-29", gender="FEMALE", locale="nl_nl", timeZone="Europe/Amsterdam", referenceId=" A-1 ",
        lastSeenAt="2026-01-01T12:00:00+02:00", tags=["VIP", " press  corps ", "vip"],
        emails=[{"address": " Sanne@Planted.Example ", "label": "work"}, {"address": "second@planted.example", "primary": True}],
        phones=[{"number": "06 1234 5678"}],
        addresses=[{"street": "Damrak", "houseNumber": "1", "postalCode": "1012 LG", "city": "Amsterdam", "countryCode": "Netherlands"}],
        bankAccounts=[{"iban": "nl91 abna 0417 1643 00", "holder": "Z. Plantagenet", "bic": "abnanl2a"}],
        socialAccounts=[{"provider": "linkedin", "handle": "zp", "url": "https://linkedin.com/in/zp"}],
    )  # fmt: skip
    assert (payload["errors"], payload["warnings"], payload["applied"], payload["replayed"]) == ([], [], True, False)
    made = payload["customer"]
    lists = {name: without_ids(made.pop(name)) for name in LISTS}
    assert made.pop("id").startswith("cus_")
    assert made == {
        "kind": "KNOWN", "displayName": "Zażółć Plantagenet", "givenName": "Zażółć", "familyName": "Plantagenet",
        "jobTitle": "Queen", "organization": "England Ltd", "dateOfBirth": "1988-02-29", "gender": "FEMALE",
        "locale": "nl-NL", "timeZone": "Europe/Amsterdam", "referenceId": "A-1", "tags": ["VIP", "press corps"],
        "lastSeenAt": "2026-01-01T10:00:00.000Z", "createdAt": "2026-03-12T09:30:00.000Z",
        "updatedAt": "2026-03-12T09:30:00.000Z", "trashedAt": None, "version": 1,
    }  # fmt: skip
    assert lists == {
        "emails": [
            {"address": "Sanne@Planted.Example", "normalized": "sanne@planted.example", "label": "work", "primary": False},
            {"address": "second@planted.example", "normalized": "second@planted.example", "label": None, "primary": True},
        ],
        "phones": [{"number": "+31612345678", "raw": "06 1234 5678", "valid": True, "label": None, "primary": True}],
        "addresses": [
            {"street": "Damrak", "houseNumber": "1", "extra": None, "postalCode": "1012 LG", "city": "Amsterdam",
             "region": None, "countryCode": "NL", "label": None, "primary": True},
        ],
        "bankAccounts": [
            {"iban": "NL91 **** 4300", "holder": "Z. Plantagenet", "bic": "ABNANL2A", "masked": True, "primary": True},
        ],
        "socialAccounts": [{"provider": "linkedin", "handle": "zp", "url": "https://linkedin.com/in/zp", "verified": False}],
    }  # fmt: skip


async def test_nothing_is_an_anonymous_customer(customers: Customers) -> None:
    made = await customers.made()
    assert made == {**NOTHING, "id": made["id"], "kind": "ANONYMOUS", "displayName": f"Anonymous {made['id'][-4:]}"}


async def test_null_is_as_if_not_given(customers: Customers) -> None:
    made = await customers.made(givenName=None, emails=None, tags=None, lastSeenAt=None)
    assert made == {**NOTHING, "id": made["id"], "kind": "ANONYMOUS", "displayName": f"Anonymous {made['id'][-4:]}"}


@pytest.mark.parametrize(
    ("fields", "known", "name"),
    [
        ({"emails": [{"address": "local.part@planted.example"}]}, "KNOWN", "local.part"),
        ({"referenceId": "7"}, "KNOWN", None),
        ({"phones": [{"number": "+31612345678"}]}, "KNOWN", None),
        ({"phones": [{"number": "call me"}]}, "ANONYMOUS", None),
        ({"givenName": "Sanne"}, "ANONYMOUS", "Sanne"),
        ({"familyName": "Plantagenet"}, "ANONYMOUS", "Plantagenet"),
    ],
)
async def test_kind_and_name_follow(customers: Customers, fields: dict[str, Any], known: str, name: str | None) -> None:
    made = await customers.made(**fields)
    assert (made["kind"], made["displayName"]) == (known, name or f"Anonymous {made['id'][-4:]}")


async def test_a_number_that_cannot_be_read_is_kept_and_marked(customers: Customers) -> None:
    payload = await customers.create(phones=[{"number": "extension 12"}])
    assert without_ids(payload["customer"]["phones"]) == [
        {"number": "extension 12", "raw": "extension 12", "valid": False, "label": None, "primary": True}
    ]
    assert payload["warnings"] == [{"code": "INVALID_PHONE", "path": ["phones", "0", "number"]}]


@pytest.mark.parametrize(
    ("fields", "code", "path"),
    [
        ({"givenName": "x" * 201}, "TOO_LONG", ["given_name"]),
        ({"givenName": "a\x07b"}, "INVALID", ["given_name"]),
        ({"referenceId": "x" * 129}, "TOO_LONG", ["reference_id"]),
        ({"dateOfBirth": "1700-01-01"}, "INVALID_DATE", ["date_of_birth"]),
        ({"locale": "klingon!"}, "INVALID_LOCALE", ["locale"]),
        ({"timeZone": "Mars/Olympus"}, "INVALID_TIME_ZONE", ["time_zone"]),
        ({"emails": [{"address": "ok@planted.example"}, {"address": "nonsense"}]}, "INVALID_EMAIL", ["emails", "1", "address"]),
        ({"emails": [{"address": ""}]}, "REQUIRED", ["emails", "0", "address"]),
        ({"phones": [{"number": "  "}]}, "REQUIRED", ["phones", "0", "number"]),
        ({"addresses": [{}]}, "REQUIRED", ["addresses", "0"]),
        ({"addresses": [{"countryCode": "Atlantis"}]}, "UNKNOWN_COUNTRY", ["addresses", "0", "country_code"]),
        ({"bankAccounts": [{"iban": "NL91ABNA0417164301"}]}, "INVALID_IBAN", ["bank_accounts", "0", "iban"]),
        ({"socialAccounts": [{"provider": "x", "handle": "y", "url": "javascript:alert(1)"}]}, "INVALID", ["social_accounts", "0", "url"]),
        ({"socialAccounts": [{"provider": " ", "handle": "y"}]}, "REQUIRED", ["social_accounts", "0", "provider"]),
        ({"socialAccounts": [{"provider": "x", "handle": " "}]}, "REQUIRED", ["social_accounts", "0", "handle"]),
        ({"tags": ["x" * 65]}, "TOO_LONG", ["tags", "0"]),
        ({"tags": ["a,b"]}, "INVALID", ["tags", "0"]),
        ({"tags": [str(n) for n in range(201)]}, "TOO_MANY_TAGS", ["tags"]),
        ({"phones": [{"number": f"+3161234{n:04}"} for n in range(51)]}, "IDENTIFIER_LIMIT", ["phones"]),
    ],
)  # fmt: skip
async def test_what_is_refused_says_where(
    customers: Customers, stored: Any, fields: dict[str, Any], code: str, path: list[str]
) -> None:
    payload = await customers.create(**fields)
    assert payload["errors"] == [{"code": code, "path": path}]
    assert (payload["customer"], payload["applied"]) == (None, False)
    assert stored["customers"].count_documents({}) == stored["changes"].count_documents({}) == 0
    assert stored["identifiers"].count_documents({}) == 0


async def test_every_wrong_value_is_named_at_once(customers: Customers) -> None:
    payload = await customers.create(
        givenName="x" * 201, locale="!", emails=[{"address": "no"}, {"address": "neither"}]
    )
    assert [one["path"] for one in payload["errors"]] == [
        ["given_name"],
        ["locale"],
        ["emails", "0", "address"],
        ["emails", "1", "address"],
    ]


async def test_an_identifier_belongs_to_one_customer(customers: Customers, stored: Any) -> None:
    await customers.made(emails=[{"address": "sanne@planted.example"}], referenceId="A1")
    payload = await customers.create(emails=[{"address": "new@planted.example"}, {"address": "SANNE@planted.example"}])
    assert payload["errors"] == [{"code": "DUPLICATE_IDENTIFIER", "path": ["emails", "1", "address"]}]
    payload = await customers.create(referenceId="A1")
    assert payload["errors"] == [{"code": "DUPLICATE_IDENTIFIER", "path": ["reference_id"]}]
    assert stored["customers"].count_documents({}) == 1


async def test_a_reference_id_minds_case(customers: Customers) -> None:
    await customers.made(referenceId="a1")
    assert (await customers.create(referenceId="A1"))["errors"] == []


async def test_a_phone_may_be_shared(customers: Customers) -> None:
    await customers.made(phones=[{"number": "+31612345678"}])
    assert (await customers.create(phones=[{"number": "0612345678"}]))["errors"] == []


async def test_the_same_item_twice_is_one(customers: Customers) -> None:
    made = await customers.made(emails=[{"address": "a@planted.example"}, {"address": "A@Planted.example"}])
    assert [one["address"] for one in made["emails"]] == ["a@planted.example"]


async def test_the_trash_keeps_its_identifiers(customers: Customers) -> None:
    made = await customers.made(emails=[{"address": "sanne@planted.example"}])
    await customers.delete(made["id"])
    payload = await customers.create(emails=[{"address": "sanne@planted.example"}])
    assert payload["errors"] == [{"code": "IN_TRASH", "path": ["emails", "0", "address"]}]


async def test_bank_accounts_are_encrypted_at_rest(customers: Customers, stored: Any) -> None:
    await customers.made(bankAccounts=[{"iban": "NL91ABNA0417164300"}])
    for name in ("customers", "changes", "identifiers"):
        text = repr(list(stored[name].find()))
        assert "ABNA" not in text
        assert "0417164300" not in text


async def test_many_at_once_make_one_customer(customers: Customers, stored: Any) -> None:
    payloads = await asyncio.gather(*(customers.create(emails=[{"address": "one@planted.example"}]) for _ in range(6)))
    assert sorted(one["applied"] for one in payloads) == [False] * 5 + [True]
    codes = {error["code"] for one in payloads for error in one["errors"]}
    assert codes == {"DUPLICATE_IDENTIFIER"}
    assert stored["customers"].count_documents({}) == 1


async def test_only_writers_create(gql: Ask, stored: Any) -> None:
    for who, code in (("viewer", "FORBIDDEN"), ("anonymous", "UNAUTHENTICATED")):
        answer = await gql(CREATE, {"input": {"givenName": "Sanne"}}, as_=who)
        assert [one["extensions"]["code"] for one in answer["errors"]] == [code]
    assert stored["customers"].count_documents({}) == 0
    assert (await gql(CREATE, {"input": {"givenName": "Sanne"}}, as_="key:editor"))["data"]["customerCreate"]["applied"]
    assert stored["changes"].find_one()["source"] == "API"
