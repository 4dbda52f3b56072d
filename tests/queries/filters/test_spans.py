"""Days of the business time zone as ranges in UTC, on ordinary days and where the clocks change."""

import zoneinfo
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from webapp.queries.filters import spans

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "start", "hours"),
    [
        ("America/Los_Angeles", "2026-11-03", "2026-11-03T08:00", 24),
        ("America/Los_Angeles", "2026-03-08", "2026-03-08T08:00", 23),
        ("America/Los_Angeles", "2026-11-01", "2026-11-01T07:00", 25),
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00", 24.5),
        ("America/Santiago", "2026-09-06", "2026-09-06T04:00", 23),  # Its midnight is skipped.
        ("America/Havana", "2026-11-01", "2026-11-01T04:00", 25),  # Its midnight comes twice.
        ("Asia/Kathmandu", "2026-11-03", "2026-11-02T18:15", 24),
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00", 0),  # The day that Samoa left out.
        ("America/Toronto", "1919-03-31", "1919-03-31T04:30", 23.5),  # Skipped from 23:30 to half past midnight.
    ],
)
def test_a_day_is_a_day_of_the_business_zone(zone: str, day: str, start: str, hours: float) -> None:
    span = spans.read(day, ZoneInfo(zone))
    assert span.start == datetime.fromisoformat(f"{start}+00:00")
    assert span.end - span.start == timedelta(hours=hours)


def test_in_every_zone_a_day_begins_when_its_date_is_first_seen() -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(2 * 365)]
    for name in zoneinfo.available_timezones():
        zone = ZoneInfo(name)
        for day in days:
            instant = spans.first_instant(day, zone)
            before = instant - timedelta(seconds=1)
            assert instant.astimezone(zone).date() >= day > before.astimezone(zone).date(), name


@pytest.mark.parametrize(
    ("text", "start", "length"),
    [
        ("2026-11-03T14:05", "2026-11-03T22:05:00", timedelta(minutes=1)),
        ("2026-11-03 14:05:30", "2026-11-03T22:05:30", timedelta(seconds=1)),
        ("2026-11-03T14:05:30.25", "2026-11-03T22:05:30.250000", timedelta(microseconds=1)),
        ("2026-11-03T22:05Z", "2026-11-03T22:05:00", timedelta(minutes=1)),
        ("2026-11-01T01:30-08:00", "2026-11-01T09:30:00", timedelta(minutes=1)),
    ],
)
def test_a_time_is_the_stretch_it_names(text: str, start: str, length: timedelta) -> None:
    span = spans.read(text, LOS_ANGELES)
    assert span.start == datetime.fromisoformat(f"{start}+00:00")
    assert span.end - span.start == length


@pytest.mark.parametrize(
    ("operator", "number", "first", "last"),
    [
        ("today", 0, "2026-11-23", "2026-11-23"),
        ("yesterday", 0, "2026-11-22", "2026-11-22"),
        ("tomorrow", 0, "2026-11-24", "2026-11-24"),
        ("past_week", 0, "2026-11-17", "2026-11-23"),
        ("past_month", 0, "2026-10-25", "2026-11-23"),
        ("past_year", 0, "2025-11-24", "2026-11-23"),
        ("next_week", 0, "2026-11-23", "2026-11-29"),
        ("next_month", 0, "2026-11-23", "2026-12-22"),
        ("next_year", 0, "2026-11-23", "2027-11-22"),
        ("days_ago", 3, "2026-11-20", "2026-11-20"),
        ("days_from_now", 3, "2026-11-26", "2026-11-26"),
        ("past_days", 7, "2026-11-17", "2026-11-23"),
        ("next_days", 1, "2026-11-23", "2026-11-23"),
    ],
)
def test_relative_days_count_today(operator: str, number: int, first: str, last: str) -> None:
    expected = (date.fromisoformat(first), date.fromisoformat(last))
    assert spans.resolved(operator, number, NOW, LOS_ANGELES) == expected


def test_today_is_the_day_in_the_business_zone_not_in_utc() -> None:
    late_evening = datetime(2026, 11, 24, 7, 59, tzinfo=UTC)
    assert spans.resolved("today", 0, late_evening, LOS_ANGELES)[0] == date(2026, 11, 23)
