"""A bucket of credits that fills with the sandbox's time: every question has its price."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil
from threading import Lock


@dataclass(frozen=True)
class Shortage:
    """What was asked for, what is left, and in how many seconds there will be enough."""

    required: int
    left: int
    seconds: int


class CreditBucket:
    """The credits of one system's one customer; can be switched off."""

    def __init__(self, size: int, per_second: int) -> None:
        self.size = size
        self.per_second = per_second
        self._left = float(size)
        self._at: datetime | None = None
        self._lock = Lock()
        self.is_on = True

    def left(self, now: datetime) -> int:
        with self._lock:
            return int(self._filled(now))

    def spend(self, credits_asked: int, now: datetime) -> Shortage | None:
        """Take the credits, or say what is missing and take none."""
        with self._lock:
            left = self._filled(now)
            if self.is_on and left < credits_asked:
                return Shortage(credits_asked, int(left), ceil((credits_asked - left) / self.per_second))
            self._left = max(left - credits_asked, 0.0)
            return None

    def give_back(self, credits_left: int) -> None:
        """Put back what was asked for and not needed."""
        with self._lock:
            self._left = min(self._left + credits_left, self.size)

    def _filled(self, now: datetime) -> float:
        seconds = (now - self._at).total_seconds() if self._at else 0.0
        self._at = now
        self._left = min(self._left + max(seconds, 0.0) * self.per_second, self.size)
        return self._left

    def clear(self) -> None:
        """Start again with a full bucket."""
        with self._lock:
            self._left, self._at = float(self.size), None
