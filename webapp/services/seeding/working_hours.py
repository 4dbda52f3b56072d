"""When practice shipments are made: fourteen months of working days, busier as the shop grows."""

import math
from array import array
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

SPAN = timedelta(days=425)  # Fourteen months.
HOUR = 3_600
GROWTH = 1.6  # The shop is five times as busy at the end as at the start, so that recent pages are full.

# Shares of one day's work by hour of the business day; channels send a few at night.
_BY_HOUR = [1] * 6 + [4, 18, 34, 42, 44, 40, 30, 36, 44, 42, 34, 20, 8, 5, 4, 3, 2, 1]
_BY_WEEKDAY = [1.15, 1.0, 1.0, 1.0, 1.05, 0.3, 0.06]
_BY_MONTH = [0.9, 0.9, 0.95, 1.0, 1.05, 1.0, 0.95, 0.95, 1.0, 1.05, 1.45, 1.6]


def moments(count: int, until: datetime, zone: ZoneInfo, random: Random) -> "array[int]":
    """`count` instants up to `until`, ascending, in whole seconds since 1970."""
    start = int((until - SPAN).timestamp()) // HOUR * HOUR
    ends = _running_weights(start, int(until.timestamp()), zone)
    total, hour = ends[-1], 0
    result = array("q", bytes(8 * count))
    for number in range(count):
        place = (number + random.random()) / count * total
        while ends[hour] <= place:
            hour += 1
        before = ends[hour - 1] if hour else 0.0
        share = (place - before) / (ends[hour] - before)
        result[number] = min(start + hour * HOUR + int(share * HOUR), int(until.timestamp()))
    return result


def _running_weights(start: int, end: int, zone: ZoneInfo) -> list[float]:
    """The summed weight of the hours from `start`; the last one may be a part of an hour."""
    ends: list[float] = []
    running = 0.0
    for second in range(start, end, HOUR):
        local = datetime.fromtimestamp(second, zone)
        weight = _BY_HOUR[local.hour] * _BY_WEEKDAY[local.weekday()] * _BY_MONTH[local.month - 1]
        running += weight * math.exp(GROWTH * (second - start) / (end - start)) * min(end - second, HOUR)
        ends.append(running)
    return ends
