"""Retention policies are made, changed, switched on with a notice, and deleted; what they may leave alone."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from api.core.context import Context
from api.core.fields import camel
from tests.conftest import Ask, Clock
from tests.factories import a_customer, a_user

POLICY = {"name": "Gone quiet", "act": "ANONYMIZE", "ageOf": "LAST_SEEN", "days": 730, "kind": "KNOWN"}
FIELDS = """id name kind ageOf days act except enabled noticeDays noticedAt firstRunAfter nextRunAt version
  error { code } createdBy { name }"""
CREATE = f"""mutation ($input: RetentionPolicyCreateInput!) {{ retentionPolicyCreate(input: $input) {{
  applied replayed errors {{ code path }} policy {{ {FIELDS} }} }} }}"""
UPDATE = f"""mutation ($id: ID!, $input: RetentionPolicyUpdateInput!) {{ retentionPolicyUpdate(id: $id, input: $input) {{
  applied replayed errors {{ code path }} policy {{ {FIELDS} }} }} }}"""
DELETE = """mutation ($id: ID!, $input: RetentionPolicyDeleteInput!) { retentionPolicyDelete(id: $id, input: $input) {
  applied replayed errors { code path } } }"""
NOTICE = """Hello Olga,

Test Owner switched on the retention policy "Gone quiet", or changed what it does.

Known customers are anonymized: all that is personal is removed, for good, 730 days after they were last seen (after \
they were created, where they never were). Whoever meets its exemption stays.

It runs for the first time on Friday 20 March 2026 at 03:00 (Europe/Amsterdam).
As things stand, that will be 3 customers, and 4 customers within 90 days.
1 customer would go too, but for a legal hold or an exemption.

Who goes and when: http://127.0.0.1:8000/settings/retention
Until then it can be switched off there, and nothing happens.
"""
NOBODY = "ret_000000000000000000000001"


async def made(data: Ask, **more: Any) -> dict[str, Any]:
    """Create a policy and return it."""
    found = (await data(CREATE, {"input": {**POLICY, **more}}))["retentionPolicyCreate"]
    assert found["errors"] == []
    policy: dict[str, Any] = found["policy"]
    return policy


async def change(data: Ask, policy: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Change a policy and return what is answered."""
    sent = {"expectedVersion": policy["version"], **more}
    found: dict[str, Any] = (await data(UPDATE, {"id": policy["id"], "input": sent}))["retentionPolicyUpdate"]
    return found


async def test_a_new_policy_is_off_and_listed(data: Ask) -> None:
    policy = await made(data)
    assert {key: policy[key] for key in (*POLICY, "enabled", "noticeDays", "version", "except", "nextRunAt")} == {
        **POLICY, "enabled": False, "noticeDays": 7, "version": 1, "except": None, "nextRunAt": None,
    }  # fmt: skip
    assert (await data("{ retentionPolicies { id name } }"))["retentionPolicies"] == [
        {"id": policy["id"], "name": "Gone quiet"}
    ]


@pytest.mark.parametrize(
    ("more", "code", "path"),
    [
        ({"days": 0}, "INVALID", ["days"]),
        ({"days": 36_501}, "INVALID", ["days"]),
        ({"noticeDays": -1}, "INVALID", ["notice_days"]),
        ({"noticeDays": 91}, "INVALID", ["notice_days"]),
        ({"name": "  "}, "REQUIRED", ["name"]),
        ({"name": "a" * 101}, "TOO_LONG", ["name"]),
        ({"except": {}}, "REQUIRED", ["except"]),
        ({"except": {"AND": []}}, "REQUIRED", ["except"]),
        ({"except": {"tags": {"hasAll": []}}}, "REQUIRED", ["except"]),
        ({"except": {"consent": {"channel": "EMAIL", "purpose": "NOPE", "in": ["GRANTED"]}}}, "UNKNOWN_PURPOSE", None),
        ({"except": {"familyName": {"eq": "Jansen"}}}, "NAMES_SOMEBODY", ["except", "family_name"]),
        (
            {"except": {"OR": [{"NOT": {"emails": {"any": {"address": {"eq": "a@b.example"}}}}}]}},
            "NAMES_SOMEBODY", ["except", "emails"],
        ),
        ({"except": {"lastSeenAt": {"withinDays": -1}}}, "INVALID", ["except", "last_seen_at", "within_days"]),
    ],
)  # fmt: skip
async def test_what_cannot_be_a_policy(data: Ask, more: dict[str, Any], code: str, path: list[str] | None) -> None:
    found = (await data(CREATE, {"input": {**POLICY, **more}}))["retentionPolicyCreate"]
    (error,) = found["errors"]
    assert error["code"] == code
    assert path is None or error["path"] == path
    assert (await data("{ retentionPolicies { id } }"))["retentionPolicies"] == []


async def test_an_exemption_is_answered_as_it_can_be_sent_again(data: Ask) -> None:
    tree = {
        "OR": [
            {"tags": {"hasAny": ["vip"]}, "familyName": {"isSet": False}},
            {"NOT": {"createdAt": {"lt": "2020-01-01T00:00:00.000Z"}}},
            {"consent": {"channel": "EMAIL", "purpose": "MARKETING", "in": ["GRANTED"]}},
        ]
    }
    policy = await made(data, **{"except": tree})
    assert policy["except"] == tree
    again = await change(data, policy, **{"except": policy["except"]})
    assert (again["applied"], again["policy"]["version"]) == (True, 1), "what is the same already is no change"
    none = await change(data, policy, **{"except": None, "kind": None})
    assert (none["policy"]["except"], none["policy"]["kind"], none["policy"]["version"]) == (None, None, 2)


async def test_nothing_else_can_be_cleared(data: Ask) -> None:
    policy = await made(data)
    for name in ("name", "act", "age_of", "days", "notice_days", "enabled"):
        found = await change(data, policy, **{camel(name): None})
        assert found["errors"] == [{"code": "REQUIRED", "path": [name]}]


async def test_of_two_who_change_the_same_version_the_second_is_told(data: Ask) -> None:
    policy = await made(data)
    assert (await change(data, policy, days=100))["policy"]["days"] == 100
    second = await change(data, policy, days=10)
    assert second["errors"] == [{"code": "VERSION_CONFLICT", "path": ["expected_version"]}]
    gone = {"id": policy["id"], "input": {"expectedVersion": 1}}
    assert (await data(DELETE, gone))["retentionPolicyDelete"]["errors"] == second["errors"]
    gone["input"] = {"expectedVersion": 2}
    assert (await data(DELETE, gone))["retentionPolicyDelete"]["applied"] is True
    assert (await data("{ retentionPolicies { id } }"))["retentionPolicies"] == []


async def test_a_policy_that_is_not_there(gql: Ask, data: Ask) -> None:
    sent = {"id": NOBODY, "input": {"expectedVersion": 1}}
    assert (await data(UPDATE, sent))["retentionPolicyUpdate"]["errors"] == [{"code": "NOT_FOUND", "path": None}]
    assert (await data(DELETE, sent))["retentionPolicyDelete"]["errors"] == [{"code": "NOT_FOUND", "path": None}]
    answer = await gql(f'{{ retentionForecast(policy: "{NOBODY}") {{ nodes {{ dueAt }} }} }}')
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"


# --- switching on ---


async def test_everybody_who_may_change_it_is_told_when_it_is_switched_on(
    ctx: Context, stored: Any, data: Ask, clock: Clock
) -> None:
    for role, name in (("privacy-officer", "Olga"), ("editor", "Ed"), ("owner", "Gone")):
        a_user(stored, clock(), role=role, email=f"{role}@staff.example", name=name, active=role != "owner")
    clock.now = datetime(2024, 3, 20, 9, tzinfo=UTC)
    old = [await a_customer(ctx, email=f"old{n}@x.example") for n in range(3)]
    await a_customer(ctx, email="vip@x.example", tags=["vip"])
    clock.now = datetime(2024, 5, 1, 9, tzinfo=UTC)
    await a_customer(ctx, email="later@x.example")
    clock.now = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
    policy = await made(data, **{"except": {"tags": {"hasAny": ["VIP"]}}})
    assert stored["outbox"].count_documents({}) == 0
    dry = await change(data, policy, enabled=True, dryRun=True)
    assert (dry["applied"], dry["policy"]["enabled"], stored["outbox"].count_documents({})) == (False, False, 0)

    on = (await change(data, policy, enabled=True, idempotencyKey="once"))["policy"]
    assert (on["noticedAt"], on["firstRunAfter"]) == ("2026-03-12T09:30:00.000Z", "2026-03-19T09:30:00.000Z")
    assert on["nextRunAt"] == "2026-03-20T02:00:00.000Z"
    assert (await change(data, policy, enabled=True, idempotencyKey="once"))["replayed"] is True
    mails = list(stored["outbox"].find())
    to = {one["personal"]["to"] for one in mails}
    assert "privacy-officer@staff.example" in to
    assert len(to) == len(mails) == 2, "the officer and the owner who asked; not the editor, nor who is not active"
    text = next(one["personal"]["text"] for one in mails if one["personal"]["to"] == "privacy-officer@staff.example")
    assert text == NOTICE
    assert len(old) == 3


async def test_what_it_does_is_told_anew_when_it_changes(stored: Any, data: Ask, clock: Clock) -> None:
    key = partial(data, as_="key")
    a_user(stored, clock())
    policy = await made(key, noticeDays=3)
    on = (await change(key, policy, enabled=True))["policy"]
    clock.move(days=1)
    named = (await change(key, on, name="Very quiet"))["policy"]
    assert (named["noticedAt"], stored["outbox"].count_documents({})) == (on["noticedAt"], 1)
    longer = (await change(key, named, noticeDays=5))["policy"]
    assert longer["firstRunAfter"] == "2026-03-17T09:30:00.000Z", "counted from the notice"
    clock.move(days=10)
    late = (await change(key, longer, noticeDays=90))["policy"]
    assert late["firstRunAfter"] == longer["firstRunAfter"], "it has begun"
    sooner = (await change(key, late, days=30, noticeDays=2))["policy"]
    assert (sooner["noticedAt"], sooner["firstRunAfter"]) == ("2026-03-23T09:30:00.000Z", "2026-03-25T09:30:00.000Z")
    assert stored["outbox"].count_documents({}) == 2
    off = (await change(key, sooner, enabled=False))["policy"]
    assert (off["noticedAt"], off["firstRunAfter"], off["nextRunAt"]) == (None, None, None)
    assert (await change(key, off, days=60))["policy"]["noticedAt"] is None
    assert stored["outbox"].count_documents({}) == 2


# --- who may ---


async def test_who_may_do_what(gql: Ask, data: Ask, stored: Any, clock: Clock) -> None:
    policy = await made(data, **{"except": {"jobTitle": {"isSet": True}}})
    forecast = f'{{ retentionForecast(policy: "{policy["id"]}") {{ nodes {{ dueAt }} }} }}'
    for who in ("viewer", "editor", "data-admin"):
        for query in ("{ retentionPolicies { id } }", forecast):
            assert (await gql(query, as_=who))["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (await data(forecast, as_="privacy-officer"))["retentionForecast"]["nodes"] == []


async def test_the_example_of_the_docs_works(data: Ask) -> None:
    page = (Path(__file__).parents[2] / "docs" / "retention.md").read_text()
    create, forecast, switch = re.findall(r"```graphql\n(.*?)```", page, re.DOTALL)
    made_first = (await data(create))["retentionPolicyCreate"]
    policy = {"policy": made_first["policy"]["id"]}
    assert (made_first["errors"], made_first["policy"]["version"]) == ([], 1)
    assert (await data(forecast, policy))["retentionForecast"]["firstRunAt"] == "2026-03-27T02:00:00.000Z"
    on = (await data(switch, policy))["retentionPolicyUpdate"]
    assert on == {
        "policy": {"nextRunAt": "2026-03-27T02:00:00.000Z", "firstRunAfter": "2026-03-26T09:30:00.000Z"}, "errors": [],
    }  # fmt: skip
