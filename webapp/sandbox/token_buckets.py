"""A limit for each operation apart: a bucket of turns that fills with the sandbox's time."""

from datetime import datetime

from webapp.sandbox.credits import CreditBucket


class TokenBuckets:
    """One bucket for each operation; can be switched off as one."""

    def __init__(self, burst: int, per_second: int) -> None:
        self.burst = burst
        self.per_second = per_second
        self._buckets: dict[str, CreditBucket] = {}
        self.is_on = True

    def take(self, operation: str, now: datetime) -> bool:
        """Take a turn of this operation, or say that there is none."""
        bucket = self._buckets.setdefault(operation, CreditBucket(self.burst, self.per_second))
        return not self.is_on or bucket.spend(1, now) is None

    def clear(self) -> None:
        """Start again with full buckets."""
        self._buckets.clear()
