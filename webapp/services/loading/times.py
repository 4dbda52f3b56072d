"""Instants as both databases take them in bulk: UTC text of one fixed form, put together from ready-made parts."""

from datetime import UTC, date, datetime, timedelta
from functools import cache

HOUR = 3_600
DAY = 86_400
_EPOCH = date(1970, 1, 1)
_CLOCK = [f" {s // 3600:02}:{s % 3600 // 60:02}:{s % 60:02}.000000" for s in range(DAY)]


def text_of(seconds: int) -> str:
    """The instant this many seconds after 1970, as the column type Instant stores it."""
    day, second = divmod(seconds, DAY)
    return _day(day) + _CLOCK[second]


def text_of_datetime(moment: datetime) -> str:
    """An aware datetime in the same form, with its microseconds."""
    utc = moment.astimezone(UTC)
    return f"{_day((utc.date() - _EPOCH).days)} {utc:%H:%M:%S.%f}"


@cache  # A few hundred days of trading, a few thousand in an old import.
def _day(number: int) -> str:
    return (_EPOCH + timedelta(days=number)).isoformat()
