"""How long customers are kept: what a policy says, and when somebody goes by it. Nothing here reads or writes.

Stored as `{_id, name, kind, age_of, days, act, except, enabled, notice_days, noticed_at, first_run_after, last {day, at,
run_id, code}, error {code, message, at}, version, created_at, created_by, updated_at, updated_by}`.

Days are those of the installation's time zone. Somebody's age is counted from the day on which its base lies, so that all
who were created on one day go together: by the run at 03:00 of the first day on which they are `days` old. The forecast and
the daily run both ask `fate` and the filters of `choosing`, so that what was foretold is what happens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from bson import ObjectId

from api.core.mongo import Doc
from api.core.personal import Act
from api.customers.model import Kind

RUN_AT = time(3)
HORIZON_DAYS = 90
NOTICE_DAYS = 7
MAX_NOTICE_DAYS = 90
MAX_DAYS = 36_500
MAX_POLICIES = 50
EARLIEST, FARTHEST = datetime(1800, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""Whatever lies before is older than any policy asks for, and what lies behind never comes; both are away from the edges."""
ONE_DAY = timedelta(days=1)


class AgeOf(StrEnum):
    """From what the age of a customer is counted; who was never seen is as old as her profile."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    LAST_SEEN = "LAST_SEEN"


class Block(StrEnum):
    """What keeps a customer whose time has come."""

    HOLD = "HOLD"
    EXEMPTION = "EXEMPTION"


@dataclass(frozen=True, slots=True)
class Policy:
    """What becomes of customers at an age."""

    id: ObjectId
    name: str
    kind: Kind | None
    """Only known or only anonymous customers; None: both."""
    age_of: AgeOf
    days: int
    act: Act
    exempt: Doc | None
    """A condition as it was sent; whoever meets it stays."""
    enabled: bool
    notice_days: int
    noticed_at: datetime | None
    """When everybody who may change it was told that it begins."""
    first_run_after: datetime | None
    error: Doc | None
    """Why its last run could not begin: {code, message, at}."""
    version: int
    created_at: datetime
    created_by: Doc
    updated_at: datetime
    updated_by: Doc

    @classmethod
    def of(cls, doc: Doc) -> Policy:
        """Read the stored form."""
        return cls(
            id=doc["_id"],
            name=doc["name"],
            kind=Kind(doc["kind"]) if doc["kind"] else None,
            age_of=AgeOf(doc["age_of"]),
            days=doc["days"],
            act=Act(doc["act"]),
            exempt=doc["except"],
            enabled=doc["enabled"],
            notice_days=doc["notice_days"],
            noticed_at=doc["noticed_at"],
            first_run_after=doc["first_run_after"],
            error=doc["error"],
            version=doc["version"],
            created_at=doc["created_at"],
            created_by=doc["created_by"],
            updated_at=doc["updated_at"],
            updated_by=doc["updated_by"],
        )


@dataclass(frozen=True, slots=True)
class Fate:
    """What a policy does with one customer, as things stand."""

    due_at: datetime
    """When she would go if nothing kept her."""
    goes_at: datetime | None
    """When she goes; None while nobody knows."""
    blocked_by: Block | None = None
    until: datetime | None = None
    """When the hold ends."""


# --- local days ---


def begins(day: date, zone: ZoneInfo) -> datetime:
    """Return the moment at which a local day begins; where the clocks skip midnight, when they do."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def runs_at(day: date, zone: ZoneInfo) -> datetime:
    """Return the moment of a day's run: 03:00, the first of two, and the hour after where the clocks skip it."""
    return datetime.combine(day, RUN_AT, tzinfo=zone).astimezone(UTC)


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """Return the local day in which a moment lies: the last one that has begun."""
    day = moment.astimezone(zone).date()
    # Where clocks go back over midnight, a day that has begun is not left again.
    while begins(day + ONE_DAY, zone) <= moment:
        day += ONE_DAY
    while begins(day, zone) > moment:
        day -= ONE_DAY
    return day


def next_run_day(moment: datetime, zone: ZoneInfo) -> date:
    """Return the first day whose run is not before a moment."""
    day = day_of(moment, zone)
    while runs_at(day, zone) < moment:
        day += ONE_DAY
    return day


def last_run_day(moment: datetime, zone: ZoneInfo) -> date:
    """Return the last day whose run is not after a moment."""
    day = day_of(moment, zone)
    while runs_at(day, zone) > moment:
        day -= ONE_DAY
    return day


# --- when somebody goes ---


def base_of(policy: Policy, doc: Mapping[str, Any]) -> datetime:
    """Return the moment from which a customer's age is counted."""
    if policy.age_of is AgeOf.LAST_SEEN:
        return doc.get("last_seen_at") or doc["created_at"]  # type: ignore[no-any-return]
    return doc["created_at" if policy.age_of is AgeOf.CREATED else "updated_at"]  # type: ignore[no-any-return]


def reached_before(days: int, day: date, zone: ZoneInfo) -> datetime:
    """Return the moment such that whoever's age began before it has reached the age on that day."""
    return begins(day - timedelta(days=days - 1), zone)


def due(days: int, base: datetime, zone: ZoneInfo) -> date | None:
    """Return the first day on which an age is reached; None: never."""
    if base > FARTHEST:
        return None
    return day_of(max(base, EARLIEST), zone) + timedelta(days=days)


def fate(
    days: int, base: datetime, hold: Mapping[str, Any] | None, earliest: date, zone: ZoneInfo, *, exempt: bool
) -> Fate | None:
    """Return what becomes of somebody; `earliest` is the day of the next run. None: she never reaches the age.

    Whoever is held at the moment of a run stays, and goes with the first run at which nothing holds her.
    """
    day = due(days, base, zone)
    if day is None:
        return None
    at = runs_at(max(day, earliest), zone)
    if exempt:
        return Fate(at, None, Block.EXEMPTION)
    until = hold.get("until") if hold else None
    if hold and (until is None or until > at):
        ends = runs_at(next_run_day(until, zone), zone) if until and until < FARTHEST else None
        return Fate(at, ends, Block.HOLD, until)
    return Fate(at, at)


def first_run_after(policy: Policy, now: datetime) -> datetime:
    """Return before when a policy does not run; of one that is off, as if it were switched on now."""
    if policy.enabled and policy.first_run_after:
        return policy.first_run_after
    return now + timedelta(days=policy.notice_days)


def due_today(policy: Policy, now: datetime, zone: ZoneInfo) -> date | None:
    """Return the day whose run of this policy is to be begun now, unless that was done already; else None."""
    today = last_run_day(now, zone)
    if not policy.enabled or policy.first_run_after is None or today != day_of(now, zone):
        return None
    return today if runs_at(today, zone) >= policy.first_run_after else None


def earliest_day(policy: Policy, now: datetime, zone: ZoneInfo, *, ran_today: bool) -> date:
    """Return the day of the next run of a policy."""
    today = day_of(now, zone)
    # A run of today that is not yet begun will be, however late the scheduler comes.
    upcoming = today + ONE_DAY if ran_today else today
    return max(upcoming, next_run_day(first_run_after(policy, now), zone))


def last_day(now: datetime, zone: ZoneInfo) -> date:
    """Return the last day that a forecast tells of."""
    return last_run_day(now + timedelta(days=HORIZON_DAYS), zone)
