"""A rate limit that bites: so many requests in a fixed window of the sandbox's time."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil
from threading import Lock


@dataclass(frozen=True)
class Allowance:
    """Where one request stands in its window."""

    limit: int
    remaining: int
    reset_seconds: int
    is_allowed: bool


class RateWindow:
    """Counts requests of one system's one customer; can be switched off."""

    def __init__(self, limit: int, seconds: int) -> None:
        self._limit = limit
        self._seconds = seconds
        self._started: datetime | None = None
        self._used = 0
        self._lock = Lock()
        self.is_on = True

    def count(self, now: datetime) -> Allowance:
        """Count one request and say whether it is still within the limit."""
        with self._lock:
            if self._started is None or (now - self._started).total_seconds() >= self._seconds:
                self._started, self._used = now, 0
            self._used += 1
            return self._allowance(self._seconds - (now - self._started).total_seconds())

    def _allowance(self, seconds_left: float) -> Allowance:
        is_allowed = not self.is_on or self._used <= self._limit
        return Allowance(self._limit, max(self._limit - self._used, 0), ceil(seconds_left), is_allowed)

    def clear(self) -> None:
        self._started = None


class ReadsAndWrites:
    """Two windows, for a system that counts reads and writes apart."""

    def __init__(self, reads: int, writes: int, seconds: int) -> None:
        self._reads, self._writes = RateWindow(reads, seconds), RateWindow(writes, seconds)

    @property
    def is_on(self) -> bool:
        return self._reads.is_on

    @is_on.setter
    def is_on(self, value: bool) -> None:
        self._reads.is_on = self._writes.is_on = value

    def count(self, now: datetime, *, is_read: bool) -> Allowance:
        """Count one request in its window."""
        return (self._reads if is_read else self._writes).count(now)

    def clear(self) -> None:
        self._reads.clear()
        self._writes.clear()
