"""What a forecast tells: who goes when, who stays and why, in pages, by day, and on a profile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from api.access import recent
from api.core import ids
from api.core.context import Context
from api.core.idempotency import Once
from api.customers import acts
from tests.conftest import Ask, Clock, Commands
from tests.factories import a_customer
from tests.retention.test_policies import change, made

NOW = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
FORECAST = """query ($policy: ID!, $first: Int, $after: String, $blocked: Boolean) {
  retentionForecast(policy: $policy, first: $first, after: $after, blocked: $blocked) {
    firstRunAt pageInfo { hasNextPage endCursor } totals { go blocked } days { day go blocked }
    nodes { customer { id displayName } dueAt goesAt blockedBy until } } }"""
PROFILE = """query ($id: ID!) { customer(id: $id) {
  retention { policy { name } act dueAt goesAt blockedBy until } } }"""


class People:
    """Customers at an age, under names that are told again."""

    def __init__(self, ctx: Context, stored: Any, clock: Clock) -> None:
        """Make them here."""
        self.ctx, self.stored, self.clock = ctx, stored, clock
        self.names: dict[str, str] = {}

    async def add(self, name: str, age: int, *, seen: int | None = None, hold: Any = None, **more: Any) -> ObjectId:
        """Create a customer so many days ago; `seen` and the end of `hold` are days from now."""
        self.clock.now = NOW - timedelta(days=age)
        if seen is not None:
            more["last_seen_at"] = NOW - timedelta(days=seen)
        doc = await a_customer(self.ctx, **{"given_name": name, **more})
        self.clock.now = NOW
        customer_id: ObjectId = doc["_id"]
        if hold is not None:
            until = None if hold is True else NOW + timedelta(days=hold)
            put = {"at": NOW, "until": until, "by": self.ctx.caller.actor, "personal": {"reason": "A claim."}}
            self.stored["customers"].update_one({"_id": customer_id}, {"$set": {"hold": put}})
        self.names[ids.show(ids.CUSTOMER, customer_id)] = name
        return customer_id

    def told(self, nodes: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        """Return the rows of a forecast with names, and days for moments."""
        return [
            (
                self.names[one["customer"]["id"]], _day(one["dueAt"]), _day(one["goesAt"]), one["blockedBy"],
                _day(one["until"]),
            )
            for one in nodes
        ]  # fmt: skip


def _day(moment: str | None) -> str | None:
    return moment and moment[5:10]


@pytest.fixture
def people(ctx: Context, stored: Any, clock: Clock) -> People:
    """Nobody yet; it is the 12th of March, after the day's run."""
    ctx.db.rehearse = False
    return People(ctx, stored, clock)


async def forecast(data: Ask, policy: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Ask for a policy's forecast."""
    found: dict[str, Any] = (await data(FORECAST, {"policy": policy["id"], **more}))["retentionForecast"]
    return found


async def test_who_goes_when_and_who_stays_and_why(data: Ask, people: People) -> None:
    await people.add("long ago", 500)
    await people.add("soon", 80)
    await people.add("at the end", 17)
    await people.add("just not", 9)
    await people.add("held on", 300, hold=True)
    await people.add("held a while", 90, hold=30)
    await people.add("held too long", 85, hold=200)
    await people.add("held no longer", 70, hold=-1)
    await people.add("held shortly", 60, hold=5)
    await people.add("a vip", 400, tags=["vip"])
    trashed = await people.add("in the trash", 79)
    await acts.trash(people.ctx, [trashed], once=Once("customerDelete"))
    policy = await made(data, ageOf="CREATED", days=100, kind=None, **{"except": {"tags": {"hasAny": ["vip"]}}})
    found = await forecast(data, policy)
    # Off: as if it were switched on now, so that its seven days of notice are over on the 19th in the morning.
    assert found["firstRunAt"] == "2026-03-20T02:00:00.000Z"
    assert people.told(found["nodes"]) == [
        ("long ago", "03-20", "03-20", None, None),
        ("a vip", "03-20", None, "EXEMPTION", None),
        ("held on", "03-20", None, "HOLD", None),
        ("held a while", "03-22", "04-12", "HOLD", "04-11"),
        ("held too long", "03-27", "09-29", "HOLD", "09-28"),
        ("soon", "04-01", "04-01", None, None),
        ("in the trash", "04-02", "04-02", None, None),
        ("held no longer", "04-11", "04-11", None, None),
        ("held shortly", "04-21", "04-21", None, None),
        ("at the end", "06-03", "06-03", None, None),
    ]
    assert found["days"] == [
        {"day": "2026-03-20", "go": 1, "blocked": 2},
        {"day": "2026-03-27", "go": 0, "blocked": 1},
        {"day": "2026-04-01", "go": 1, "blocked": 0},
        {"day": "2026-04-02", "go": 1, "blocked": 0},
        {"day": "2026-04-11", "go": 1, "blocked": 0},
        {"day": "2026-04-12", "go": 1, "blocked": 0},
        {"day": "2026-04-21", "go": 1, "blocked": 0},
        {"day": "2026-06-03", "go": 1, "blocked": 0},
    ]
    assert found["totals"] == {"go": 7, "blocked": 3}
    going = (await forecast(data, policy, blocked=False))["nodes"]
    assert [one[0] for one in people.told(going)] == [
        "long ago", "held a while", "soon", "in the trash", "held no longer", "held shortly", "at the end",
    ]  # fmt: skip
    staying = (await forecast(data, policy, blocked=True))["nodes"]
    assert [one[0] for one in people.told(staying)] == ["a vip", "held on", "held too long"]


async def test_the_last_day_of_the_forecast(data: Ask, people: People) -> None:
    """Ninety days from now it is 09:30, so that the run of that day is in it."""
    await people.add("in", 10)
    await people.add("out", 9)
    policy = await made(data, ageOf="CREATED", days=100, kind=None, noticeDays=0)
    found = await forecast(data, policy)
    assert people.told(found["nodes"]) == [("in", "06-10", "06-10", None, None)]
    assert found["totals"] == {"go": 1, "blocked": 0}


async def test_age_by_last_seen_counts_from_creation_for_who_never_was(data: Ask, people: People) -> None:
    await people.add("never, old", 110)
    await people.add("never, young", 5)
    await people.add("seen long ago", 200, seen=105)
    await people.add("seen lately", 200, seen=2)
    await people.add("old, seen in between", 210, seen=99)
    await people.add("never, in between", 98)
    await people.add("seen before we had her", 3, seen=150)
    policy = await made(data, ageOf="LAST_SEEN", days=100, kind=None, noticeDays=0)
    order = [
        ("seen before we had her", "03-13", "03-13", None, None),
        ("never, old", "03-13", "03-13", None, None),
        ("seen long ago", "03-13", "03-13", None, None),
        ("old, seen in between", "03-13", "03-13", None, None),
        ("never, in between", "03-14", "03-14", None, None),
    ]
    whole = await forecast(data, policy)
    assert people.told(whole["nodes"]) == order
    assert whole["totals"] == {"go": 5, "blocked": 0}
    pages, after = [], None
    for _ in range(3):
        page = await forecast(data, policy, first=2, after=after)
        pages += people.told(page["nodes"])
        after = page["pageInfo"]["endCursor"]
    assert (pages, page["pageInfo"]["hasNextPage"]) == (order, False)


async def test_only_the_kind_that_is_meant_and_nobody_twice(data: Ask, people: People, stored: Any) -> None:
    await people.add("known", 300, email="known@x.example")
    await people.add("anonymous", 300)
    done = await people.add("anonymized", 300)
    stored["customers"].update_one({"_id": done}, {"$set": {"anonymized_at": NOW}})
    expected = {
        ("KNOWN", "ANONYMIZE"): ["known"],
        ("ANONYMOUS", "ANONYMIZE"): ["anonymous"],
        ("ANONYMOUS", "ERASE"): ["anonymous", "anonymized"],
        (None, "ERASE"): ["known", "anonymous", "anonymized"],
    }
    for (kind, act), names in expected.items():
        policy = await made(data, ageOf="UPDATED", days=100, kind=kind, act=act, noticeDays=0)
        found = await forecast(data, policy)
        assert [one[0] for one in people.told(found["nodes"])] == names
        assert found["totals"] == {"go": len(names), "blocked": 0}
    # What the database says of a test is looked at afterwards; nobody was anonymized in truth.
    stored["customers"].update_one({"_id": done}, {"$unset": {"anonymized_at": ""}})


async def test_a_profile_says_what_becomes_of_her(data: Ask, people: People) -> None:
    quiet = await people.add("quiet", 95, email="quiet@x.example")
    vip = await people.add("vip", 95, email="vip@x.example", tags=["vip"])
    held = await people.add("held", 95, email="held@x.example", hold=20)
    stranger = await people.add("stranger", 95)

    async def told(customer_id: ObjectId) -> dict[str, Any] | None:
        answer = await data(PROFILE, {"id": ids.show(ids.CUSTOMER, customer_id)}, as_="viewer")
        found: dict[str, Any] | None = answer["customer"]["retention"]
        return found

    exempt = {"except": {"tags": {"hasAny": ["vip"]}}}
    first = await made(data, name="First", ageOf="CREATED", days=100, noticeDays=0, **exempt)
    later = await made(data, name="Later", ageOf="CREATED", days=200, noticeDays=0, act="ERASE")
    assert await told(quiet) is None, "nothing is on"
    await change(data, later, enabled=True)
    assert (await told(quiet)) == {
        "policy": {"name": "Later"}, "act": "ERASE", "dueAt": "2026-06-25T01:00:00.000Z",
        "goesAt": "2026-06-25T01:00:00.000Z", "blockedBy": None, "until": None,
    }  # fmt: skip
    await change(data, first, enabled=True)
    found = await told(quiet)
    assert found
    assert (found["policy"]["name"], found["goesAt"]) == ("First", "2026-03-17T02:00:00.000Z")
    # What keeps her from one does not keep her from the other.
    found = await told(vip)
    assert found
    assert (found["policy"]["name"], found["blockedBy"]) == ("Later", None)
    found = await told(held)
    assert found
    assert (found["policy"]["name"], found["blockedBy"]) == ("First", "HOLD")
    assert (found["dueAt"], found["goesAt"], found["until"]) == (
        "2026-03-17T02:00:00.000Z", "2026-04-02T01:00:00.000Z", "2026-04-01T09:30:00.000Z",
    )  # fmt: skip
    assert await told(stranger) is None
    await change(data, {**later, "version": 2}, enabled=False)
    found = await told(vip)
    assert found
    assert (found["goesAt"], found["blockedBy"]) == (None, "EXEMPTION")


async def test_a_list_of_customers_costs_as_much_as_one(data: Ask, people: People, commands: Commands) -> None:
    policy = await made(data, ageOf="CREATED", days=100, noticeDays=0, **{"except": {"tags": {"hasAny": ["vip"]}}})
    await change(data, policy, enabled=True)
    for n in range(12):
        await people.add(f"one {n}", 95, email=f"n{n}@x.example", tags=["vip"] if n % 2 else [])
    sent = {}
    for first in (1, 10):
        with commands() as sent[first]:
            query = f"{{ customers(first: {first}) {{ nodes {{ id retention {{ goesAt }} }} }} }}"
            assert len((await data(query))["customers"]["nodes"]) == first
    assert sent[1] == sent[10]
    assert sent[1] == [
        "find customers", "find retention_policies", "find customers", "find retention_days", "aggregate customers",
    ]  # fmt: skip


async def test_who_may_not_see_what_an_exemption_asks_is_refused(
    gql: Ask, data: Ask, people: People, stored: Any
) -> None:
    await people.add("somebody", 300, email="somebody@x.example")
    policy = await made(data, days=100, **{"except": {"jobTitle": {"eq": "Judge"}}})
    key = stored["api_keys"]
    assert (await gql(FORECAST, {"policy": policy["id"]}, as_="key"))["data"]["retentionForecast"]["nodes"] != []
    for held, lacking in ((["customer.read"], "customer.pii.read"), ([], "customer.read")):
        key.update_one({}, {"$set": {"permissions": ["settings.retention", *held]}})
        recent.forget()
        answer = await gql(FORECAST, {"policy": policy["id"]}, as_="key")
        assert [one["extensions"]["code"] for one in answer["errors"]] == ["FORBIDDEN"]
        assert (answer["errors"][0]["extensions"]["permission"], answer["data"]) == (lacking, None)
