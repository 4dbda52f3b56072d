"""The page and the clock agree to the second on what is too old for a channel to be told of by itself."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from webapp.queries.channel_state import told_since, was_long_ago

ZONE = ZoneInfo("America/Los_Angeles")


@pytest.mark.parametrize("day", ["2026-03-15", "2026-03-22", "2026-11-08", "2026-11-29"])
@pytest.mark.parametrize("clock", ["00:00:00", "12:00:00", "23:59:59"])
def test_the_first_second_of_a_day_is_told_and_the_one_before_is_not(day: str, clock: str) -> None:
    moment = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZONE)
    since = told_since(moment, ZONE)
    assert since.date() == moment.date() - timedelta(days=14)
    today = moment.date()
    assert not was_long_ago(since, today, ZONE)
    assert was_long_ago(since - timedelta(seconds=1), today, ZONE)
    assert not was_long_ago(None, today, ZONE)
