"""Retention on a moved clock: everybody goes when the forecast said, whoever is held or exempt stays, once a local day."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bson import ObjectId

from api.core import ids
from api.core.context import Context
from api.core.idempotency import Once
from api.core.queue import Job
from api.customers import acts
from api.privacy import applying
from api.retention import daily
from api.runs import rules as runs
from jobs.schedule import Schedule
from tests.conftest import Ask, Clock
from tests.factories import a_customer, a_user
from tests.privacy.steps import LOOK
from tests.retention.test_forecast import FORECAST, PROFILE
from tests.retention.test_policies import change, made

ZONE = ZoneInfo("Europe/Amsterdam")
START = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
"""In winter; the clocks go forward on the 29th."""
PEOPLE = 300
VIP = {"except": {"tags": {"hasAny": ["vip"]}}}
KEPT = {"except": {"anonymizedAt": {"isSet": True}}}
"""Profiles of which nothing personal is left stay for the figures."""


class House:
    """The installation, its schedulers, and a worker that is always there."""

    def __init__(self, ctx: Context, stored: Any, clock: Clock, enqueued: list[tuple[Job, str]], data: Ask) -> None:
        """Keep house here."""
        self.ctx, self.stored, self.clock, self.enqueued, self.data = ctx, stored, clock, enqueued, data

    async def ask(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask with a key, which no clock signs out."""
        return await self.data(query, variables, as_="key")

    async def tick(self, local: str, owner: str = "one") -> int:
        """Let a scheduler that has just come look and sweep at a local time, work off what it asks for; return the runs."""
        self.clock.now = datetime.fromisoformat(local).replace(tzinfo=ZONE).astimezone(UTC)
        return await self.look(owner)

    async def look(self, owner: str = "one") -> int:
        """As `tick`, now."""
        before = self.stored["runs"].count_documents({})
        await Schedule(self.ctx, owner).tick()
        await self.work()
        return int(self.stored["runs"].count_documents({})) - before

    async def work(self) -> None:
        """Work off all that was asked for."""
        while self.enqueued:
            job, one_id = self.enqueued.pop(0)
            if job is Job.RUN:
                await runs.work(self.ctx, one_id)

    async def policy(self, **more: Any) -> dict[str, Any]:
        """Make a policy and switch it on."""
        policy = await made(self.ask, **more)
        on: dict[str, Any] = (await change(self.ask, policy, enabled=True))["policy"]
        return on

    async def forecast(self, policy: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Return the whole list of a policy's forecast, by customer."""
        found: dict[str, dict[str, Any]] = {}
        after, days = None, 0
        while True:
            variables = {"policy": policy["id"], "first": 40, "after": after}
            page = (await self.ask(FORECAST, variables))["retentionForecast"]
            found |= {one["customer"]["id"]: one for one in page["nodes"]}
            days = page["totals"]["go"] + page["totals"]["blocked"]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                assert len(found) == days
                return found

    def gone(self) -> dict[str, tuple[str, datetime]]:
        """Return who went, how, and when."""
        return {ids.show(ids.CUSTOMER, doc["_id"]): (doc["act"], doc["at"]) for doc in self.stored["erasures"].find()}


@pytest.fixture
def house(ctx: Context, stored: Any, clock: Clock, enqueued: list[tuple[Job, str]], data: Ask) -> House:
    """An empty house on the 12th of March, half past nine in UTC."""
    ctx.db.rehearse = False
    clock.now = START
    a_user(stored, START, email="officer@staff.example")
    return House(ctx, stored, clock, enqueued, data)


async def crowd(house: House, rng: random.Random) -> None:
    """Create customers of random ages and kinds; some are held, for good or for a while, some are exempt."""
    for n in range(PEOPLE):
        age = rng.randrange(1, 600)
        house.clock.now = START - timedelta(days=age, minutes=rng.randrange(0, 1_440))
        more: dict[str, Any] = {"email": f"n{n}@x.example"} if rng.random() < 0.6 else {"given_name": f"N{n}"}
        if rng.random() < 0.5:
            more["last_seen_at"] = START - timedelta(days=rng.randrange(0, 500), minutes=rng.randrange(0, 1_440))
        if rng.random() < 0.1:
            more["tags"] = ["VIP"]
        doc = await a_customer(house.ctx, **more)
        if rng.random() < 0.2:
            until = START + timedelta(days=rng.randrange(-20, 120), minutes=rng.randrange(0, 1_440))
            hold(house.stored, doc["_id"], until if rng.random() < 0.7 else None)
    house.clock.now = START


def hold(stored: Any, customer_id: ObjectId, until: datetime | None) -> None:
    """Put a legal hold on a customer."""
    put = {"at": START, "until": until, "by": {"kind": "SYSTEM", "id": "", "name": ""}, "personal": {"reason": "Suit."}}
    stored["customers"].update_one({"_id": customer_id}, {"$set": {"hold": put}})


def moments() -> Iterator[datetime]:
    """Yield when the scheduler looks: around 03:00 and at noon of each day, each hour where the clocks change."""
    day = START.astimezone(ZONE).date()
    while True:
        hours = range(24) if day.isoformat() == "2026-03-29" else (2, 3, 4, 12)
        for hour in hours:
            at = datetime(day.year, day.month, day.day, hour, 20 if hour == 3 else 1, tzinfo=ZONE)
            if at.astimezone(UTC) > START:
                yield at.astimezone(UTC)
        day += timedelta(days=1)


def expected(forecast: dict[str, dict[str, Any]], end: datetime) -> dict[str, datetime]:
    """Return who goes by a forecast until a moment, and when."""
    goes = {one: row["goesAt"] for one, row in forecast.items() if row["goesAt"]}
    found = {one: datetime.fromisoformat(at) for one, at in goes.items()}
    return {one: at for one, at in found.items() if at <= end}


async def test_the_list_made_before_is_what_then_happens(house: House) -> None:
    await crowd(house, random.Random(5))
    before = {ids.show(ids.CUSTOMER, doc["_id"]): doc for doc in house.stored["customers"].find()}
    quiet = await house.policy(name="Quiet", kind="KNOWN", ageOf="LAST_SEEN", days=365, noticeDays=10, **VIP)
    strangers = await house.policy(
        name="Strangers", kind="ANONYMOUS", ageOf="CREATED", days=180, noticeDays=3, act="ERASE", **KEPT
    )
    lists = {"ANONYMIZE": await house.forecast(quiet), "ERASE": await house.forecast(strangers)}
    end = START + timedelta(days=90)
    goes = {act: expected(found, end) for act, found in lists.items()}
    sizes = {act: (len(found), len(goes[act])) for act, found in lists.items()}
    assert all(8 < go < listed for listed, go in sizes.values()), sizes
    middle: dict[str, datetime] = {}
    for moment in moments():
        if moment > end:
            break
        house.clock.now = moment
        await house.look()
        if not middle and moment > START + timedelta(days=45):
            gone = house.gone()
            anew = {**await house.forecast(quiet), **await house.forecast(strangers)}
            middle = expected(anew, end)
            said = {one: at for found in goes.values() for one, at in found.items() if one not in gone}
            assert middle == said, "half-way, the list says the same of whoever is left"
    gone = house.gone()
    assert {act: {one for one, (how, _) in gone.items() if how == act} for act in goes} == {
        act: set(found) for act, found in goes.items()
    }
    late = {one: at - goes[how][one] for one, (how, at) in gone.items()}
    assert all(timedelta(0) <= one <= timedelta(hours=1) for one in late.values()), late
    # Whoever is held or exempt is there, untouched; so is whoever is young.
    after = {ids.show(ids.CUSTOMER, doc["_id"]): doc for doc in house.stored["customers"].find()}
    assert {one: doc for one, doc in after.items() if one in before} == {
        one: doc for one, doc in before.items() if one not in gone
    }
    assert sum("anonymized_at" in doc for one, doc in after.items() if one not in before) == len(goes["ANONYMIZE"])
    kept = [doc for doc in after.values() if doc.get("tags") == ["VIP"] and doc["kind"] == "KNOWN"]
    assert kept
    assert any(doc.get("hold") and doc["hold"]["until"] is None for doc in after.values())
    ended = {doc["status"] for doc in house.stored["runs"].find()}
    assert ended == {"SUCCEEDED"}
    days = [doc["_id"] for doc in house.stored["retention_days"].find()]
    assert len(days) == len(set(days)) == (90 - 10) + (90 - 3)


# --- when a day's run begins ---


async def an_old_one(house: House, **more: Any) -> str:
    """Create somebody who is older than any policy of these tests asks for, and return her id."""
    house.clock.now = START - timedelta(days=1_000)
    doc = await a_customer(house.ctx, **{"email": "old@x.example", **more})
    house.clock.now = START
    return ids.show(ids.CUSTOMER, doc["_id"])


async def test_nothing_runs_before_it_is_switched_on_and_its_notice_is_over(house: House) -> None:
    old = await an_old_one(house)
    policy = await made(house.ask, days=100, noticeDays=2)
    for local in ("2026-03-13T03:00", "2026-03-20T03:00", "2026-03-20T12:00"):
        assert await house.tick(local) == 0, "it is off"
    on = (await change(house.ask, policy, enabled=True))["policy"]
    assert on["nextRunAt"] == "2026-03-23T02:00:00.000Z", "two days after noon of the 20th"
    for local in ("2026-03-20T12:01", "2026-03-21T03:00", "2026-03-22T03:00", "2026-03-22T23:59", "2026-03-23T02:59"):
        assert await house.tick(local) == 0
    assert house.gone() == {}
    assert await house.tick("2026-03-23T03:00") == 1
    assert house.gone() == {old: ("ANONYMIZE", datetime(2026, 3, 23, 2, tzinfo=UTC))}
    (run,) = house.stored["runs"].find()
    said = await house.ask(LOOK, {"id": ids.show(ids.RUN, run["_id"])})
    assert said["run"]["privacy"]["policy"] == {"id": policy["id"], "name": "Gone quiet"}
    assert (said["run"]["title"], said["run"]["privacy"]["customers"]) == ("Policy Gone quiet", 1)
    (day,) = house.stored["retention_days"].find()
    assert (day["_id"], day["run_id"]) == (f"{policy['id'].removeprefix('ret_')}:2026-03-23", run["_id"])


async def test_a_policy_that_may_begin_at_once_waits_for_the_night(house: House) -> None:
    await an_old_one(house)
    policy = await house.policy(days=100, noticeDays=0)
    assert policy["nextRunAt"] == "2026-03-13T02:00:00.000Z"
    assert [await house.tick(f"2026-03-12T{hour}:40") for hour in (10, 11, 23)] == [0, 0, 0]
    assert await house.tick("2026-03-13T02:59") == 0
    assert await house.tick("2026-03-13T03:00") == 1


async def test_a_scheduler_that_was_down_at_three_catches_up_once(house: House) -> None:
    await an_old_one(house)
    policy = await house.policy(days=100, noticeDays=0)
    # It comes up in the night and does nothing before three; then it is down until the afternoon of the next day.
    assert await house.tick("2026-03-14T01:30") == 0
    query = "{ retentionPolicies { nextRunAt } }"
    assert (await house.ask(query))["retentionPolicies"] == [{"nextRunAt": "2026-03-14T02:00:00.000Z"}]
    assert await house.tick("2026-03-14T15:00") == 1
    assert (await house.ask(query))["retentionPolicies"] == [{"nextRunAt": "2026-03-15T02:00:00.000Z"}]
    await an_old_one(house, email="another@x.example")
    assert [await house.tick(f"2026-03-14T{hour}:00", owner=hour) for hour in ("16", "20", "23")] == [0, 0, 0]
    assert len(house.gone()) == 1
    assert await house.tick("2026-03-15T03:00") == 1
    assert len(house.gone()) == 2
    # Days on which nobody looked are not made up for: whoever was due then is due now.
    assert await house.tick("2026-03-18T12:00") == 0
    days = {doc["_id"].partition(":")[2]: doc["run_id"] is not None for doc in house.stored["retention_days"].find()}
    assert days == {"2026-03-14": True, "2026-03-15": True, "2026-03-18": False}
    assert (
        policy["version"] == (await house.ask("{ retentionPolicies { version } }"))["retentionPolicies"][0]["version"]
    )


async def test_of_two_schedulers_one_begins_a_day(house: House) -> None:
    old = await an_old_one(house)
    await house.policy(name="One", days=100, noticeDays=0)
    await house.policy(name="Two", days=200, noticeDays=0)
    house.clock.now = datetime(2026, 3, 13, 2, tzinfo=UTC)
    started = await asyncio.gather(*(daily.sweep(house.ctx) for _ in range(4)))
    assert sum(started) == 2
    assert house.stored["runs"].count_documents({}) == house.stored["retention_days"].count_documents({}) == 2
    await house.work()
    assert list(house.gone()) == [old], "the second finds that she is gone"
    assert {doc["status"] for doc in house.stored["runs"].find()} == {"SUCCEEDED"}


async def test_a_policy_that_changed_in_that_moment_does_not_run_as_it_was(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await an_old_one(house)
    policy = await house.policy(days=100, noticeDays=0)
    prepared = daily.acting.prepare

    async def meanwhile(*given: Any, **named: Any) -> Any:
        found = await prepared(*given, **named)
        assert (await change(house.ask, policy, enabled=False))["applied"]
        return found

    monkeypatch.setattr(daily.acting, "prepare", meanwhile)
    assert await house.tick("2026-03-13T03:00") == 0
    assert house.stored["retention_days"].count_documents({}) == 0
    assert house.gone() == {}


# --- what does not run ---


async def test_a_policy_never_runs_without_its_exemption(house: House) -> None:
    vip = await an_old_one(house, tags=["vip"])
    old = await an_old_one(house, email="other@x.example")
    good = await house.policy(name="Good", days=900, noticeDays=0, **VIP)
    bad = await house.policy(name="Bad", days=100, noticeDays=0, **VIP)
    house.stored["outbox"].delete_many({})
    key = ObjectId(bad["id"].removeprefix("ret_"))
    for broken in ({"shoe_size": {"eq": 38}}, {"tags": {"sounds_like": ["vip"]}}, {"tags": "vip"}, {"AND": []}, {}):
        house.stored["retention_policies"].update_one({"_id": key}, {"$set": {"except": broken, "error": None}})
        house.stored["retention_days"].delete_many({})
        goes = old not in house.gone()
        assert await house.tick("2026-03-13T03:00") == (1 if goes else 0), "the other policy runs"
        assert list(house.gone()) == [old]
        found = (await house.ask("{ retentionPolicies { id error { code } } }"))["retentionPolicies"]
        assert found == [{"id": good["id"], "error": None}, {"id": bad["id"], "error": {"code": "EXEMPTION_BROKEN"}}]
    mails = [doc["personal"] for doc in house.stored["outbox"].find()]
    assert [one["to"] for one in mails] == ["officer@staff.example"] * 5
    assert {one["subject"] for one in mails} == {"A retention policy does not run: Bad"}
    # Told once, not each day, as long as it is the same.
    assert await house.tick("2026-03-14T03:00") == 0
    assert house.stored["outbox"].count_documents({}) == 5
    answer = await house.data(PROFILE, {"id": vip})
    assert answer["customer"]["retention"]["policy"]["name"] == "Good"
    assert answer["customer"]["retention"]["blockedBy"] == "EXEMPTION"
    mended = (await change(house.ask, bad, **VIP))["policy"]
    assert mended["error"] is None
    assert await house.tick("2026-03-15T03:00") == 0
    assert list(house.gone()) == [old]


async def test_who_is_held_after_the_run_began_stays(house: House) -> None:
    old = await an_old_one(house)
    await house.policy(days=100, noticeDays=0)
    house.clock.now = datetime(2026, 3, 13, 2, tzinfo=UTC)
    assert await daily.sweep(house.ctx) == 1
    hold(house.stored, ids.read(ids.CUSTOMER, old), None)
    await house.work()
    assert house.gone() == {}
    (run,) = house.stored["runs"].find()
    assert (run["status"], run["outcome"]) == ("SUCCEEDED", {})


async def test_who_was_seen_or_became_exempt_since_the_plan_stays(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, exempt, goes = [await an_old_one(house, email=f"{one}@x.example") for one in ("seen", "exempt", "goes")]
    await house.policy(days=100, noticeDays=0, **VIP)
    begin = applying.ClearingWork._begin

    async def meanwhile(work: Any) -> Any:
        for one, change_of in ((seen, {"last_seen_at": house.clock.now}), (exempt, {"tags": {"add": ["vip"]}})):
            saved = await acts.update(house.ctx, ids.read(ids.CUSTOMER, one), change_of, once=Once("customerUpdate"))
            assert saved.applied
        return await begin(work)

    monkeypatch.setattr(applying.ClearingWork, "_begin", meanwhile)
    assert await house.tick("2026-03-13T03:00") == 1
    assert list(house.gone()) == [goes]
    (run,) = house.stored["runs"].find()
    assert {name: n for name, n in run["outcome"].items() if n} == {"GONE": 1, "SPARED": 2}
    said = await house.ask(LOOK, {"id": ids.show(ids.RUN, run["_id"])})
    assert {name: said["run"]["privacy"][name] for name in ("customers", "held", "missing")} == {
        "customers": 1, "held": 0, "missing": 2,
    }  # fmt: skip
