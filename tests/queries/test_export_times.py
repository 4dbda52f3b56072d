"""When a scheduled export is due, across the days on which clocks are changed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from webapp.queries.export_times import EVERY_DAY, Times

LOS_ANGELES = ZoneInfo("America/Los_Angeles")


def due(minute: int, start: str, number: int, *, days: frozenset[int] = EVERY_DAY, zone: str = "") -> list[str]:
    """The next so many times after `start` (UTC), by the local clock with its offset."""
    where = ZoneInfo(zone) if zone else LOS_ANGELES
    moment, found = datetime.fromisoformat(start).replace(tzinfo=UTC), []
    for _ in range(number):
        moment = Times(days, minute).next_after(moment, where)
        found.append(moment.astimezone(where).strftime("%m-%d %H:%M %z"))
    return found


def test_a_time_that_is_left_out_runs_at_the_next_minute_there_is() -> None:
    assert due(150, "2026-03-07T12:00", 3) == ["03-08 03:00 -0700", "03-09 02:30 -0700", "03-10 02:30 -0700"]
    # Here midnight itself is left out.
    assert due(0, "2026-09-05T12:00", 2, zone="America/Santiago") == ["09-06 01:00 -0300", "09-07 00:00 -0300"]


def test_a_time_that_comes_twice_runs_the_first_time_only() -> None:
    assert due(90, "2026-10-31T12:00", 3) == ["11-01 01:30 -0700", "11-02 01:30 -0800", "11-03 01:30 -0800"]
    between_the_two = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
    assert Times(EVERY_DAY, 90).next_after(between_the_two, LOS_ANGELES).day == 2


def test_only_chosen_days_count_and_the_local_day_decides() -> None:
    monday_and_friday = frozenset({0, 4})
    assert due(23 * 60, "2026-11-03T08:00", 3, days=monday_and_friday) == [
        "11-06 23:00 -0800", "11-09 23:00 -0800", "11-13 23:00 -0800",
    ]  # fmt: skip
    # Sunday in Los Angeles is Monday in UTC by then.
    assert due(20 * 60, "2026-11-09T03:59", 1, days=frozenset({6})) == ["11-08 20:00 -0800"]


def test_it_is_always_later_than_the_moment_it_is_asked_at() -> None:
    at = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)
    assert Times(EVERY_DAY, 7 * 60).next_after(at, LOS_ANGELES) == at + timedelta(days=1)
    assert Times(EVERY_DAY, 7 * 60).next_after(at - timedelta(microseconds=1), LOS_ANGELES) == at


def test_a_day_that_a_country_leaves_out_runs_once_when_the_next_begins() -> None:
    assert due(0, "2011-12-29T12:00", 2, zone="Pacific/Apia") == ["12-31 00:00 +1400", "01-01 00:00 +1400"]


@pytest.mark.parametrize("bits", [1, 64, 127, 0b0010101])
def test_days_survive_the_database(bits: int) -> None:
    assert Times.of_bits(bits, 450).bits == bits


def test_it_is_said_in_words() -> None:
    assert Times(EVERY_DAY, 450).words == "Every day at 07:30"
    assert Times(frozenset({4, 0}), 1439).words == "Monday, Friday at 23:59"
