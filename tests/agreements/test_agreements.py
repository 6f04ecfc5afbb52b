"""Purposes, terms and lists: made, changed, versioned, archived; never edited and never deleted."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

import pytest

from api.agreements import rules
from tests.conftest import Ask, Clock, Commands

PURPOSE = "key name about allowUnknown allowImplicit archivedAt"
TERM = """key name about archivedAt versions {
  version effectiveFrom createdAt createdBy { kind name } texts { locale text textHash } }"""
LIST = "key name about channel doubleOptIn archivedAt purpose { key name archivedAt }"
TAIL = "applied replayed errors { code path message }"
MUTATIONS = {
    "purposeCreate": f"mutation ($input: PurposeCreateInput!) {{ purposeCreate(input: $input) {{ purpose {{ {PURPOSE} }} {TAIL} }} }}",
    "purposeUpdate": f"mutation ($key: String!, $input: PurposeUpdateInput!) {{ purposeUpdate(key: $key, input: $input) {{ purpose {{ {PURPOSE} }} {TAIL} }} }}",
    "termCreate": f"mutation ($input: TermCreateInput!) {{ termCreate(input: $input) {{ term {{ {TERM} }} {TAIL} }} }}",
    "termUpdate": f"mutation ($key: String!, $input: TermUpdateInput!) {{ termUpdate(key: $key, input: $input) {{ term {{ {TERM} }} {TAIL} }} }}",
    "termVersionAdd": f"mutation ($key: String!, $input: TermVersionAddInput!) {{ termVersionAdd(key: $key, input: $input) {{ term {{ {TERM} }} {TAIL} }} }}",
    "listCreate": f"mutation ($input: ListCreateInput!) {{ listCreate(input: $input) {{ list {{ {LIST} }} {TAIL} }} }}",
    "listUpdate": f"mutation ($key: String!, $input: ListUpdateInput!) {{ listUpdate(key: $key, input: $input) {{ list {{ {LIST} }} {TAIL} }} }}",
}
SEEDED = [
    ("MARKETING", False, False),
    ("SERVICE", False, True),
    ("PROFILING", False, False),
    ("SHARING", False, False),
]
NL = {"locale": "nl", "text": "Ja, stuur mij  nieuws.\r\n"}
NEWSLETTER = {"key": "newsletter", "name": "Newsletter", "texts": [NL]}
WEEKLY = {"key": "weekly", "name": "Weekly", "channel": "EMAIL", "purpose": "MARKETING"}
MAKES = {
    "purposeCreate": {"key": "SURVEYS", "name": "Surveys"},
    "termCreate": NEWSLETTER,
    "listCreate": WEEKLY,
}


async def change(data: Ask, name: str, sent: dict[str, Any], key: str | None = None) -> dict[str, Any]:
    """Send a mutation and return its payload."""
    variables = {"input": sent, **({} if key is None else {"key": key})}
    payload: dict[str, Any] = (await data(MUTATIONS[name], variables))[name]
    return payload


async def refused(data: Ask, name: str, sent: dict[str, Any], key: str | None = None) -> tuple[str, list[str] | None]:
    """Send a mutation that is refused; return the code and the path of its one error."""
    payload = await change(data, name, sent, key)
    assert payload["applied"] is False
    (error,) = payload["errors"]
    return error["code"], error["path"]


# --- purposes ---


async def test_four_purposes_are_always_there(data: Ask, stored: Any) -> None:
    found = (await data(f"{{ purposes {{ {PURPOSE} }} }}", as_="key:partner"))["purposes"]
    assert [(one["key"], one["allowUnknown"], one["allowImplicit"]) for one in found] == SEEDED
    assert all(one["name"] and one["about"] and one["archivedAt"] is None for one in found)
    assert stored["agreements"].count_documents({}) == 0


async def test_a_purpose_that_is_always_there_is_changed_by_what_is_stored(
    data: Ask, stored: Any, clock: Clock
) -> None:
    changed = await change(data, "purposeUpdate", {"name": " Offers  and news ", "about": None}, "MARKETING")
    assert changed == {
        "purpose": {"key": "MARKETING", "name": "Offers and news", "about": "", "allowUnknown": False,
                    "allowImplicit": False, "archivedAt": None},
        "applied": True, "replayed": False, "errors": [],
    }  # fmt: skip
    doc = stored["agreements"].find_one({"_id": "purpose:MARKETING"})
    assert (doc["updated_at"], doc["updated_by"]["name"]) == (clock(), "Test Owner")
    archived = await change(data, "purposeUpdate", {"archived": True}, "MARKETING")
    assert (archived["purpose"]["name"], archived["purpose"]["archivedAt"]) == (
        "Offers and news",
        "2026-03-12T09:30:00.000Z",
    )
    clock.move(minutes=10)
    again = await change(data, "purposeUpdate", {"archived": True}, "MARKETING")
    assert again["purpose"]["archivedAt"] == "2026-03-12T09:30:00.000Z"
    assert stored["agreements"].find_one({"_id": "purpose:MARKETING"})["updated_at"] == clock.now.replace(minute=30)
    back = await change(data, "purposeUpdate", {"archived": False}, "MARKETING")
    assert back["purpose"]["archivedAt"] is None


async def test_a_new_purpose_counts_explicit_consent_only(data: Ask) -> None:
    made = await change(data, "purposeCreate", {**MAKES["purposeCreate"], "about": "Asking."})
    assert made["purpose"] == {
        "key": "SURVEYS", "name": "Surveys", "about": "Asking.", "allowUnknown": False, "allowImplicit": False,
        "archivedAt": None,
    }  # fmt: skip
    found = (await data("{ purposes { key } }"))["purposes"]
    assert [one["key"] for one in found] == [*(key for key, *_ in SEEDED), "SURVEYS"]


async def test_there_are_at_most_20_purposes(data: Ask) -> None:
    for number in range(16):
        await change(data, "purposeCreate", {"key": f"P{number}", "name": "x"})
    assert await refused(data, "purposeCreate", {"key": "ONE_MORE", "name": "x"}) == ("LIMIT", None)


# --- terms ---


async def test_a_text_is_kept_to_the_byte(data: Ask, stored: Any) -> None:
    texts = [NL, {"locale": "PT_br", "text": " Sim 💌\u00e9e\u0301 "}]
    made = await change(data, "termCreate", {**NEWSLETTER, "about": "Under the form.", "texts": texts})
    (version,) = made["term"].pop("versions")
    assert made["term"] == {"key": "newsletter", "name": "Newsletter", "about": "Under the form.", "archivedAt": None}
    assert version == {
        "version": 1, "effectiveFrom": "2026-03-12T09:30:00.000Z", "createdAt": "2026-03-12T09:30:00.000Z",
        "createdBy": {"kind": "USER", "name": "Test Owner"},
        "texts": [
            {"locale": locale, "text": sent["text"], "textHash": hashlib.sha256(sent["text"].encode()).hexdigest()}
            for locale, sent in zip(("nl", "pt-BR"), texts, strict=True)
        ],
    }  # fmt: skip
    assert sorted(doc["_id"] for doc in stored["term_texts"].find()) == ["newsletter/1/nl", "newsletter/1/pt-BR"]


async def test_a_new_version_leaves_the_old_ones_alone(data: Ask, stored: Any, clock: Clock) -> None:
    first = (await change(data, "termCreate", NEWSLETTER))["term"]["versions"]
    clock.move(minutes=10)
    texts = [{"locale": "nl", "text": "Ja, graag."}, {"locale": "en", "text": "Yes, please."}]
    start = "2026-04-01T00:00:00+02:00"
    added = await change(data, "termVersionAdd", {"texts": texts, "effectiveFrom": start}, "newsletter")
    second, *old = added["term"]["versions"]
    assert old == first
    assert (second["version"], second["effectiveFrom"], second["createdAt"]) == (
        2, "2026-03-31T22:00:00.000Z", "2026-03-12T09:40:00.000Z",
    )  # fmt: skip
    assert [one["locale"] for one in second["texts"]] == ["nl", "en"]
    # One that began before the last would change what was in force at a past moment.
    assert await refused(data, "termVersionAdd", {"texts": texts}, "newsletter") == ("INVALID", ["effective_from"])
    assert stored["term_texts"].count_documents({}) == 3


async def test_versions_added_at_once_are_all_kept(data: Ask, stored: Any) -> None:
    await change(data, "termCreate", NEWSLETTER)
    await asyncio.gather(
        *(change(data, "termVersionAdd", {"texts": [{"locale": "nl", "text": f"{n}"}]}, "newsletter") for n in range(4))
    )
    versions = (await data(f'{{ term(key: "newsletter") {{ {TERM} }} }}'))["term"]["versions"]
    assert [one["version"] for one in versions] == [5, 4, 3, 2, 1]
    assert sorted(one["texts"][0]["text"] for one in versions[:4]) == ["0", "1", "2", "3"]
    assert stored["term_texts"].count_documents({}) == 5


async def test_a_term_has_at_most_100_versions(data: Ask, stored: Any) -> None:
    await change(data, "termCreate", NEWSLETTER)
    doc = stored["agreements"].find_one({"_id": "term:newsletter"})
    versions = [{**doc["versions"][0], "version": number} for number in range(1, 101)]
    stored["agreements"].update_one({"_id": "term:newsletter"}, {"$set": {"versions": versions}})
    assert await refused(data, "termVersionAdd", {"texts": [NL]}, "newsletter") == ("LIMIT", None)


async def test_an_archived_term_takes_no_version_and_keeps_its_old_ones(data: Ask) -> None:
    await change(data, "termCreate", NEWSLETTER)
    archived = await change(data, "termUpdate", {"archived": True, "name": "Letters"}, "newsletter")
    assert (archived["term"]["archivedAt"], archived["term"]["name"]) == ("2026-03-12T09:30:00.000Z", "Letters")
    assert await refused(data, "termVersionAdd", {"texts": [NL]}, "newsletter") == ("INVALID", None)
    back = await change(data, "termUpdate", {"archived": False}, "newsletter")
    assert (back["term"]["archivedAt"], back["term"]["versions"][0]["texts"][0]["text"]) == (None, NL["text"])


@pytest.mark.parametrize(
    ("sent", "code", "path"),
    [
        ({"key": "News"}, "INVALID", ["key"]),
        ({"key": "-a"}, "INVALID", ["key"]),
        ({"key": "a/b"}, "INVALID", ["key"]),
        ({"key": "a\n"}, "INVALID", ["key"]),
        ({"key": "a" * 65}, "INVALID", ["key"]),
        ({"name": "  "}, "REQUIRED", ["name"]),
        ({"name": "x" * 101}, "TOO_LONG", ["name"]),
        ({"name": "a\0b"}, "INVALID", ["name"]),
        ({"about": "x" * 501}, "TOO_LONG", ["about"]),
        ({"texts": []}, "REQUIRED", ["texts"]),
        ({"texts": [{"locale": f"x{chr(97 + n)}", "text": "x"} for n in range(21)]}, "LIMIT", ["texts"]),
        ({"texts": [NL, {"locale": "NL", "text": "x"}]}, "INVALID", ["texts", "1", "locale"]),
        ({"texts": [{"locale": "dutch please", "text": "x"}]}, "INVALID", ["texts", "0", "locale"]),
        ({"texts": [{"locale": "", "text": "x"}]}, "INVALID", ["texts", "0", "locale"]),
        ({"texts": [{"locale": "nl" + "-abcdefgh" * 5, "text": "x"}]}, "INVALID", ["texts", "0", "locale"]),
        ({"texts": [{"locale": "nl", "text": " \n"}]}, "REQUIRED", ["texts", "0", "text"]),
        ({"texts": [{"locale": "nl", "text": "x" * 20_001}]}, "TOO_LONG", ["texts", "0", "text"]),
        ({"effectiveFrom": "2027-03-14T00:00:00Z"}, "INVALID", ["effective_from"]),
    ],
)
async def test_what_is_no_term(data: Ask, stored: Any, sent: dict[str, Any], code: str, path: list[str]) -> None:
    assert await refused(data, "termCreate", {**NEWSLETTER, **sent}) == (code, path)
    assert stored["agreements"].count_documents({}) == stored["term_texts"].count_documents({}) == 0


# --- lists ---


async def test_a_list_has_a_channel_and_a_purpose_that_stay(data: Ask) -> None:
    made = await change(data, "listCreate", {**WEEKLY, "doubleOptIn": True, "about": "Each Friday."})
    assert made["list"] == {
        "key": "weekly", "name": "Weekly", "about": "Each Friday.", "channel": "EMAIL", "doubleOptIn": True,
        "archivedAt": None, "purpose": {"key": "MARKETING", "name": "Marketing", "archivedAt": None},
    }  # fmt: skip
    changed = await change(data, "listUpdate", {"doubleOptIn": False, "about": None, "archived": True}, "weekly")
    assert changed["list"] == {
        **made["list"], "about": "", "doubleOptIn": False, "archivedAt": "2026-03-12T09:30:00.000Z",
    }  # fmt: skip
    assert (await data(f"{{ lists {{ {LIST} }} }}"))["lists"] == [changed["list"]]


async def test_a_list_needs_an_open_purpose(data: Ask) -> None:
    for purpose in ("NONE", "marketing", ""):
        assert await refused(data, "listCreate", {**WEEKLY, "purpose": purpose}) == ("UNKNOWN_PURPOSE", ["purpose"])
    await change(data, "purposeUpdate", {"archived": True}, "MARKETING")
    assert await refused(data, "listCreate", WEEKLY) == ("UNKNOWN_PURPOSE", ["purpose"])


# --- all three ---


@pytest.mark.parametrize("name", sorted(MAKES))
async def test_a_key_is_used_once(data: Ask, stored: Any, name: str) -> None:
    assert (await change(data, name, MAKES[name]))["applied"] is True
    update = name.replace("Create", "Update")
    await change(data, update, {"archived": True}, MAKES[name]["key"])
    assert await refused(data, name, MAKES[name]) == ("DUPLICATE_KEY", ["key"])
    assert stored["agreements"].count_documents({}) == 1


async def test_one_of_two_that_take_a_key_at_once_gets_it(data: Ask, stored: Any) -> None:
    answers = await asyncio.gather(*(change(data, "listCreate", {**WEEKLY, "name": f"{n}"}) for n in range(4)))
    assert sorted(one["applied"] for one in answers) == [False, False, False, True]
    assert {one["code"] for answer in answers for one in answer["errors"]} == {"DUPLICATE_KEY"}
    assert stored["agreements"].count_documents({}) == 1


@pytest.mark.parametrize("key", ["MARKETING", "SERVICE"])
async def test_the_keys_that_are_always_there_are_taken(data: Ask, key: str) -> None:
    assert await refused(data, "purposeCreate", {"key": key, "name": "x"}) == ("DUPLICATE_KEY", ["key"])


@pytest.mark.parametrize("name", ["purposeUpdate", "termUpdate", "listUpdate"])
async def test_only_a_description_is_cleared_by_null(data: Ask, name: str) -> None:
    create = name.replace("Update", "Create")
    await change(data, create, {**MAKES[create], "about": "Words."})
    key = MAKES[create]["key"]
    for field in ("name", "archived", *(["doubleOptIn"] if name == "listUpdate" else [])):
        code, path = await refused(data, name, {field: None}, key)
        assert (code, path) == ("REQUIRED", ["double_opt_in" if field == "doubleOptIn" else field])
    kind = name.removesuffix("Update")
    assert (await change(data, name, {}, key))[kind]["about"] == "Words."
    assert (await change(data, name, {"about": None}, key))[kind]["about"] == ""


@pytest.mark.parametrize("name", ["purposeUpdate", "termUpdate", "termVersionAdd", "listUpdate"])
@pytest.mark.parametrize("key", ["nothing", "", "MARKETING ", "purpose:MARKETING", "x" * 1000])
async def test_there_is_nothing_with_this_key(data: Ask, stored: Any, name: str, key: str) -> None:
    sent = {"texts": [NL]} if name == "termVersionAdd" else {"name": "x"}
    variables = {"key": key, "input": sent}
    payload = (await data(MUTATIONS[name], variables))[name]
    assert ([one["code"] for one in payload["errors"]], payload["applied"]) == (["NOT_FOUND"], False)
    assert stored["agreements"].count_documents({}) == 0


async def test_an_unknown_term_is_null(data: Ask) -> None:
    assert await data('{ term(key: "nothing") { key } }') == {"term": None}


@pytest.mark.parametrize("name", sorted(MAKES))
async def test_dry_runs_and_repetitions(data: Ask, stored: Any, name: str) -> None:
    kind = name.removesuffix("Create")
    dry = await change(data, name, {**MAKES[name], "dryRun": True})
    assert dry == {kind: None, "applied": False, "replayed": False, "errors": []}
    assert stored["agreements"].count_documents({}) == 0
    first = await change(data, name, {**MAKES[name], "idempotencyKey": "k"})
    assert await change(data, name, {**MAKES[name], "idempotencyKey": "k"}) == {**first, "replayed": True}
    other = {**MAKES[name], "name": "Other", "idempotencyKey": "k"}
    assert await refused(data, name, other) == ("IDEMPOTENCY_KEY_REUSED", ["idempotency_key"])
    assert stored["agreements"].count_documents({}) == 1


async def test_a_repeated_version_is_one_version(data: Ask) -> None:
    await change(data, "termCreate", NEWSLETTER)
    sent = {"texts": [{"locale": "nl", "text": "Nieuw."}], "idempotencyKey": "k"}
    first = await change(data, "termVersionAdd", sent, "newsletter")
    assert await change(data, "termVersionAdd", sent, "newsletter") == {**first, "replayed": True}
    assert [one["version"] for one in first["term"]["versions"]] == [2, 1]
    dry = await change(data, "termVersionAdd", {"texts": [NL], "dryRun": True}, "newsletter")
    assert (dry["applied"], len(dry["term"]["versions"])) == (False, 2)


@pytest.mark.parametrize("as_", ["viewer", "editor", "data-admin", "key:partner"])
async def test_only_who_may_change_agreements_does(gql: Ask, stored: Any, as_: str) -> None:
    answer = await gql(MUTATIONS["listCreate"], {"input": WEEKLY}, as_=as_)
    assert answer["errors"][0]["extensions"] == {"code": "FORBIDDEN", "permission": "settings.consent"}
    assert stored["agreements"].count_documents({}) == 0
    assert len((await gql("{ purposes { key } lists { key } terms { key } }", as_=as_))["data"]["purposes"]) == 4


async def test_what_a_page_costs(data: Ask, commands: Commands) -> None:
    for number in range(5):
        await change(data, "termCreate", {**NEWSLETTER, "key": f"t{number}"})
        await change(data, "listCreate", {**WEEKLY, "key": f"l{number}"})
    with commands() as sent:
        await data(f"{{ lists {{ {LIST} }} purposes {{ key }} terms {{ key versions {{ texts {{ textHash }} }} }} }}")
    assert sent == ["find agreements"]
    with commands() as sent:
        assert len((await data(f"{{ terms {{ {TERM} }} }}"))["terms"]) == 5
    assert sent == ["find agreements", "find term_texts"]
    assert rules.MAX_OF.keys() == set(rules.Kind)
