"""When a scheduled export is due: chosen days of the week, at a time by the clock of the business."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
EVERY_DAY = frozenset(range(7))
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Times:
    """Days of the week, Monday being 0, and the minute of the day."""

    weekdays: frozenset[int]
    minute: int

    @classmethod
    def of_bits(cls, bits: int, minute: int) -> "Times":
        """From what the database has: one bit for each day, Monday the lowest."""
        return cls(frozenset(day for day in EVERY_DAY if bits >> day & 1), minute)

    @property
    def bits(self) -> int:
        return sum(1 << day for day in self.weekdays)

    @property
    def is_daily(self) -> bool:
        return self.weekdays == EVERY_DAY

    @property
    def clock(self) -> str:
        """The time of the day, as in 07:30."""
        return f"{self.minute // 60:02}:{self.minute % 60:02}"

    @property
    def words(self) -> str:
        """As in "Every day at 07:30" or "Monday, Friday at 07:30"."""
        days = "Every day" if self.is_daily else ", ".join(WEEKDAYS[day] for day in sorted(self.weekdays))
        return f"{days} at {self.clock}"

    def next_after(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The first time after this moment, in UTC; there is one on each chosen day, whatever the clocks do."""
        today = moment.astimezone(zone).date()
        days = (today + timedelta(days=number) for number in range(-1, 9))
        times = (_instant(day, self.minute, zone) for day in days if day.weekday() in self.weekdays)
        return min(time for time in times if time > moment)


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """This time of this day: the first one where it comes twice, the next that exists where it is left out."""
    wall = datetime(day.year, day.month, day.day) + minute * _MINUTE  # noqa: DTZ001 - a clock on the wall
    while True:
        instant = wall.replace(tzinfo=zone).astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None) == wall:
            return instant
        wall += _MINUTE
