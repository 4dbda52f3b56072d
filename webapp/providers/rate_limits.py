"""One rate limit per provider account, shared by all workers through Redis."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

import structlog
from limits import RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter

from webapp.providers.base import Throttled

log = structlog.get_logger()

# A turn that is due "now" may be due a clock tick later on another machine; never spin.
SHORTEST_WAIT = 0.05
# Redis sits next door; a second without an answer means it is down.
REDIS_TIMEOUT = 1.0


@dataclass(frozen=True)
class RateLimit:
    """So many calls in so many seconds, as the provider documents it."""

    calls: int
    seconds: int


@dataclass(frozen=True)
class Clock:
    """Where time comes from and how waiting is done, so that tests wait for nothing."""

    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    monotonic: Callable[[], float] = field(default=time.monotonic)
    sleep: Callable[[float], None] = field(default=time.sleep)


class AccountRateLimiter:
    """Hands out turns to call one account; every process that names the same account shares them."""

    def __init__(self, limit: RateLimit, account: str, redis_url: str | None, clock: Clock) -> None:
        self._item = RateLimitItemPerSecond(limit.calls, limit.seconds, namespace="provider")
        self._account = account
        self._redis_url = redis_url
        self._clock = clock

    def wait_for_turn(self, deadline: float) -> None:
        """Return when a call may be made. Raises Throttled when that would be after `deadline` (monotonic)."""
        while wait := self._seconds_until_turn():
            if self._clock.monotonic() + wait > deadline:
                raise Throttled(
                    f"This provider account has used up its calls; the next is free in {wait:.0f} seconds.",
                    retry_after=wait,
                )
            self._clock.sleep(wait)

    def _seconds_until_turn(self) -> float:
        """Take a turn and return 0, or say how long until there is one."""
        for limiter in self._limiters():
            try:
                if limiter.hit(self._item, self._account):
                    return 0.0
                reset = limiter.get_window_stats(self._item, self._account).reset_time
            except StorageError as error:
                cause = type(error.storage_error).__name__
                log.warning("provider_rate_limit_degraded", account=self._account, cause=cause)
                continue
            return max(reset - time.time(), SHORTEST_WAIT)
        return 0.0

    def _limiters(self) -> Iterator[MovingWindowRateLimiter]:
        """Redis first; without it each process keeps the limit for itself rather than not at all."""
        if self._redis_url:
            yield _shared_limiter(self._redis_url)
        yield _local_limiter()


@lru_cache(maxsize=4)
def _shared_limiter(redis_url: str) -> MovingWindowRateLimiter:
    storage = RedisStorage(
        redis_url,
        key_prefix="dockside",
        wrap_exceptions=True,
        socket_connect_timeout=REDIS_TIMEOUT,
        socket_timeout=REDIS_TIMEOUT,
    )
    return MovingWindowRateLimiter(storage)


@lru_cache(maxsize=1)
def _local_limiter() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())
