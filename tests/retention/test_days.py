"""When somebody goes by a policy: over local days, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from api.retention.model import (
    Block,
    Fate,
    begins,
    day_of,
    due,
    fate,
    last_run_day,
    next_run_day,
    reached_before,
    runs_at,
)

pytestmark = pytest.mark.unit

ZONES = (
    "Europe/Amsterdam", "Europe/Athens", "America/New_York", "America/St_Johns", "America/Sao_Paulo", "America/Havana",
    "Africa/Cairo", "Africa/Casablanca", "Asia/Kathmandu", "Asia/Beirut", "Australia/Lord_Howe", "Pacific/Chatham",
    "Pacific/Apia", "Pacific/Kiritimati", "UTC",
)  # fmt: skip
"""Where clocks go forth and back at 00:00, 00:01, 01:00, 02:00 and 03:00, by half an hour, and over a whole day."""
JUMPED = {"Pacific/Apia", "Pacific/Kiritimati"}
zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.datetimes(datetime(1995, 1, 1), datetime(2045, 1, 1)).map(lambda one: one.replace(tzinfo=UTC))  # noqa: DTZ001
days = st.dates(date(1995, 1, 1), date(2045, 1, 1))
ages = st.integers(1, 4_000)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@given(zones, moments)
def test_a_moment_lies_in_one_day(zone: ZoneInfo, moment: datetime) -> None:
    day = day_of(moment, zone)
    assert begins(day, zone) <= moment < begins(day + timedelta(days=1), zone)
    assert abs(day - moment.astimezone(zone).date()) <= timedelta(days=1)


@given(zones, days)
def test_days_and_their_runs_follow_each_other(zone: ZoneInfo, day: date) -> None:
    after = day + timedelta(days=1)
    assert begins(day, zone) <= begins(after, zone)
    assert runs_at(day, zone) <= runs_at(after, zone)
    # A day that a place jumped over has its run with the day after.
    assert timedelta(hours=2) <= runs_at(day, zone) - begins(day, zone) <= timedelta(hours=4) or zone.key in JUMPED
    assert runs_at(day, zone).astimezone(zone).hour in {3, 4}


@given(zones, moments)
def test_the_next_and_the_last_run_surround_a_moment(zone: ZoneInfo, moment: datetime) -> None:
    following, before = next_run_day(moment, zone), last_run_day(moment, zone)
    assert runs_at(before, zone) <= moment <= runs_at(following, zone)
    assert runs_at(following - timedelta(days=1), zone) < moment
    assert runs_at(before + timedelta(days=1), zone) > moment


@given(zones, moments, ages, days)
def test_the_forecast_and_the_filter_agree(zone: ZoneInfo, base: datetime, age: int, day: date) -> None:
    """Somebody is found by the filter of a day's run exactly when her day is not later."""
    found = due(age, base, zone)
    assert found is not None
    assert (base < reached_before(age, day, zone)) == (found <= day)


@given(zones, moments, ages, moments, st.one_of(st.none(), moments))
def test_whoever_goes_is_old_enough_and_free(
    zone: ZoneInfo, base: datetime, age: int, now: datetime, until: datetime | None
) -> None:
    earliest = next_run_day(now, zone)
    for hold in (None, {"until": until}):
        found = fate(age, base, hold, earliest, zone, exempt=False)
        assert found
        assert found.due_at >= runs_at(earliest, zone)
        # Days are local ones: where a place jumped over one, it is counted all the same.
        assert found.due_at - base >= timedelta(days=age - 1 - (zone.key in JUMPED), hours=1)
        if found.blocked_by is None:
            assert found.goes_at == found.due_at
            assert hold is None or (until is not None and until <= found.due_at)
        elif until is None:
            assert found.goes_at is None
        else:
            assert found.goes_at
            assert found.goes_at >= until > found.due_at
            assert found.goes_at - until <= timedelta(hours=26) or zone.key in JUMPED
    kept = fate(age, base, None, earliest, zone, exempt=True)
    assert kept
    assert (kept.goes_at, kept.blocked_by) == (None, Block.EXEMPTION)


@pytest.mark.parametrize(
    ("base", "age", "expected"),
    [
        # Late in the evening and early in the morning of one local day: they go together.
        ("2026-03-11T23:30:00+00:00", 10, "2026-03-22T02:00:00+00:00"),
        ("2026-03-12T22:59:59+00:00", 10, "2026-03-22T02:00:00+00:00"),
        # Over the night in which the clocks go forward, and the one in which they go back: 03:00 local is another UTC.
        ("2026-03-20T12:00:00+00:00", 9, "2026-03-29T01:00:00+00:00"),
        ("2026-03-20T12:00:00+00:00", 10, "2026-03-30T01:00:00+00:00"),
        ("2026-10-20T12:00:00+00:00", 4, "2026-10-24T01:00:00+00:00"),
        ("2026-10-20T12:00:00+00:00", 5, "2026-10-25T02:00:00+00:00"),
        # The 29th of February counts as a day.
        ("2028-02-28T12:00:00+01:00", 1, "2028-02-29T02:00:00+00:00"),
    ],
)
def test_when_somebody_goes(base: str, age: int, expected: str) -> None:
    moment = datetime.fromisoformat(expected)
    found = fate(age, datetime.fromisoformat(base), None, date(2026, 1, 1), AMSTERDAM, exempt=False)
    assert found == Fate(moment, moment)
    assert moment.astimezone(AMSTERDAM).strftime("%H:%M") == "03:00"


def test_what_lies_at_the_edges_of_the_calendar() -> None:
    first, last = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, tzinfo=UTC)
    earliest, at = date(2026, 3, 13), datetime(2026, 3, 13, 2, tzinfo=UTC)
    for zone in map(ZoneInfo, ("Pacific/Kiritimati", "America/New_York")):
        assert due(36_500, last, zone) is None
        assert fate(36_500, last, None, earliest, zone, exempt=False) is None
        assert due(36_500, first, zone) is not None
    assert fate(1, first, {"until": last}, earliest, AMSTERDAM, exempt=False) == Fate(at, None, Block.HOLD, last)
    # A hold that ends at the moment of the run holds no longer.
    assert fate(1, first, {"until": at}, earliest, AMSTERDAM, exempt=False) == Fate(at, at)
    later = Fate(at, datetime(2026, 3, 14, 2, tzinfo=UTC), Block.HOLD, at + timedelta(seconds=1))
    assert fate(1, first, {"until": later.until}, earliest, AMSTERDAM, exempt=False) == later
