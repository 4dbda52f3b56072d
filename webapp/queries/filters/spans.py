"""Stretches of time: the days and moments people write, and the relative ones, as half-open ranges in UTC.

A written moment is the whole stretch it names: a day of the business time zone, or for `14:05` that minute.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from webapp.queries.filters.problems import WrongValue

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2999, 12, 31)
MOST_DAYS = 36_500  # A hundred years, so that no count of days leaves the calendar.
_FORMS = ("2026-11-03", "2026-11-03T14:05", "2026-11-03T14:05:30", "2026-11-03T14:05-08:00", "2026-11-03T22:05Z")
_MOMENT = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<clock>\d{2}:\d{2}(?P<seconds>:\d{2}(?P<fraction>\.\d{1,6})?)?)"
    r"(?P<offset>Z|[+-]\d{2}:\d{2})?)?",
    re.ASCII,
)


@dataclass(frozen=True)
class Span:
    """From `start` up to, and without, `end`; `text` is how it was written."""

    text: str
    start: datetime
    end: datetime

    @property
    def is_day(self) -> bool:
        return len(self.text) == len("2026-11-03")


def first_instant(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins in a zone, in UTC; where its midnight is skipped, the first moment after the gap."""
    midnight = datetime.combine(day, time.min, zone)
    instant = midnight.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == midnight.replace(tzinfo=None):
        return instant
    # Read by the clock before the gap, midnight is at its end or later; read by the clock after it, at its start
    # or earlier. The day begins between the two, where its date is first seen.
    early, late = midnight.replace(fold=1).astimezone(UTC), instant
    while late - early > timedelta(seconds=1):
        middle = (early + (late - early) / 2).replace(microsecond=0)
        early, late = (early, middle) if middle.astimezone(zone).date() >= day else (middle, late)
    return late


def days(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The range of whole days from the first to the last, both included."""
    return first_instant(first, zone), first_instant(last + timedelta(days=1), zone)


def read(text: str, zone: ZoneInfo) -> Span:
    """The span a text names. Raises WrongValue when it is not one, or not exactly one."""
    text = text.strip()
    found = _MOMENT.fullmatch(text)
    if not found:
        raise WrongValue(f"{shortened(text)} is not a date or time.", _FORMS)
    day = _day(found["day"])
    if not found["clock"]:
        return Span(text, *days(day, day, zone))
    start = _instant(text.replace(" ", "T"), found["offset"], zone)
    step = _step(found["seconds"], found["fraction"])
    return Span(text, start, start + step)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise WrongValue(f"{text} does not exist in the calendar.") from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise WrongValue(f"{text} is too far away. Use a date from {FIRST_DAY} to {LAST_DAY}.")
    return day


def _instant(text: str, offset: str | None, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise WrongValue(f"{text} is not a time of day.", _FORMS) from None
    if offset:
        return moment.astimezone(UTC)
    readings = {moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    if len(readings) == 1:
        return readings.pop()
    here = [reading.astimezone(zone) for reading in sorted(readings)]
    if here[0].replace(tzinfo=None, fold=0) != moment:
        raise WrongValue(f"{text} does not exist in {zone.key}: the clocks skip it.")
    offsets = " or ".join(reading.isoformat()[-6:] for reading in here)
    raise WrongValue(f"{text} happens twice in {zone.key}. Add which one: {offsets}.")


def _step(seconds: str | None, fraction: str | None) -> timedelta:
    if fraction:
        return timedelta(microseconds=1)
    return timedelta(seconds=1) if seconds else timedelta(minutes=1)


def shortened(text: str) -> str:
    """A value as it is quoted in a message."""
    return repr(text if len(text) <= 40 else f"{text[:39]}…")


def _around(first: int, last: int) -> Callable[[date, int], tuple[date, date]]:
    """Days counted from today; the number that may come with the operator plays no part."""
    return lambda today, _n: (today + timedelta(days=first), today + timedelta(days=last))


RELATIVE: dict[str, Callable[[date, int], tuple[date, date]]] = {
    "today": _around(0, 0),
    "yesterday": _around(-1, -1),
    "tomorrow": _around(1, 1),
    "past_week": _around(-6, 0),
    "past_month": _around(-29, 0),
    "past_year": _around(-364, 0),
    "next_week": _around(0, 6),
    "next_month": _around(0, 29),
    "next_year": _around(0, 364),
    "days_ago": lambda today, n: (today - timedelta(days=n), today - timedelta(days=n)),
    "days_from_now": lambda today, n: (today + timedelta(days=n), today + timedelta(days=n)),
    "past_days": lambda today, n: (today - timedelta(days=n - 1), today),
    "next_days": lambda today, n: (today, today + timedelta(days=n - 1)),
}
"""The first and last day of each relative operator; past and next ones count today as their first."""


def resolved(operator: str, number: int, now: datetime, zone: ZoneInfo) -> tuple[date, date]:
    """The first and last day a relative operator means at this moment."""
    return RELATIVE[operator](now.astimezone(zone).date(), number)
