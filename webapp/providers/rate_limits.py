"""One rate limit per provider account, shared by all workers through Redis."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from threading import Lock

import structlog
from redis import Redis
from redis.exceptions import RedisError

from webapp.providers.base import Throttled

log = structlog.get_logger()

# A turn that is due "now" may be due a clock tick later; never spin.
SHORTEST_WAIT = 0.05
# Redis sits next door; a second without an answer means it is down.
REDIS_TIMEOUT = 1.0
# Of two calls a window apart the first may take longer to arrive, and then both count in the provider's window.
# A window that is longer by a tenth leaves nine tenths of the limit and lets all of it go at once.
LONGER_BY = 1.1

# Takes ARGV[3] turns of ARGV[1] in any ARGV[2] milliseconds and answers 0, or how long until they are free. Redis'
# own clock counts, since those of two machines differ. KEYS[2] keeps the limit itself, for headroom.py.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit, window, turns = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('HSET', KEYS[2], KEYS[1], limit .. ' ' .. window)
redis.call('PEXPIRE', KEYS[2], window)
local before = redis.call('LINDEX', KEYS[1], limit - turns)
if before and now - before < window then return window - (now - before) end
for _ = 1, turns do redis.call('LPUSH', KEYS[1], now) end
redis.call('LTRIM', KEYS[1], 0, limit - 1)
redis.call('PEXPIRE', KEYS[1], window)
return 0
"""


@dataclass(frozen=True)
class RateLimit:
    """So many calls in so many seconds, as the provider documents it; or credits, where calls have prices."""

    calls: int
    seconds: float

    @property
    def window(self) -> float:
        """Seconds within which that many calls are made here."""
        return self.seconds * LONGER_BY


@dataclass(frozen=True)
class Clock:
    """Where time comes from and how waiting is done, so that tests wait for nothing."""

    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    monotonic: Callable[[], float] = field(default=time.monotonic)
    sleep: Callable[[float], None] = field(default=time.sleep)


class AccountRateLimiter:
    """Hands out turns to call one account; every process that names the same account shares them."""

    def __init__(self, limit: RateLimit, account: str, redis_url: str | None, clock: Clock) -> None:
        self._limit = limit
        self._account = account
        self._redis_url = redis_url
        self._clock = clock

    def wait_for_turn(self, deadline: float, price: int = 1) -> None:
        """Return when a call may be made. Raises Throttled when that would be after `deadline` (monotonic)."""
        while wait := self._seconds_until_turn(min(price, self._limit.calls)):
            if self._clock.monotonic() + wait > deadline:
                raise Throttled(
                    f"This provider account has used up its calls; the next is free in {wait:.0f} seconds.",
                    retry_after=wait,
                )
            self._clock.sleep(wait)

    def _seconds_until_turn(self, turns: int) -> float:
        """Take the turns and return 0, or say how long until there are that many.

        Without Redis each process keeps the limit for itself rather than not at all.
        """
        asked = (self._account, self._limit.calls, round(self._limit.window * 1000), turns)
        try:
            wait = _shared(self._redis_url)(*asked) if self._redis_url else _OF_THIS_PROCESS.take(*asked)
        except RedisError as error:
            log.warning("provider_rate_limit_degraded", account=self._account, cause=type(error).__name__)
            wait = _OF_THIS_PROCESS.take(*asked)
        return max(wait / 1000, SHORTEST_WAIT) if wait else 0.0


@lru_cache(maxsize=4)
def _shared(redis_url: str) -> Callable[[str, int, int, int], int]:
    """The same question to Redis."""
    script = connection_to(redis_url).register_script(_TAKE)

    def take(account: str, limit: int, window: int, turns: int) -> int:
        keys = [f"dockside:provider-turns:{account}", limits_key(account)]
        return int(script(keys=keys, args=[limit, window, turns]))

    return take


@lru_cache(maxsize=4)
def connection_to(redis_url: str) -> Redis:
    """A Redis that answers at once or not at all."""
    return Redis.from_url(redis_url, socket_connect_timeout=REDIS_TIMEOUT, socket_timeout=REDIS_TIMEOUT)


def limits_key(account: str) -> str:
    """Where the limits of an account stand in Redis while it is being called; `account` is “kind:id”, or more."""
    kind, _, rest = account.partition(":")
    return f"dockside:provider-limits:{kind}:{rest.partition(':')[0]}"


class _TurnsOfThisProcess:
    """The turns that this process has taken."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken: dict[str, deque[float]] = {}

    def take(self, account: str, limit: int, window: int, turns: int) -> int:
        """What the script in Redis does, by this process's clock."""
        moment = time.monotonic() * 1000
        with self._lock:
            taken = self._taken.setdefault(account, deque())
            while taken and (moment - taken[0] >= window or len(taken) > limit):
                taken.popleft()
            missing = len(taken) + turns - limit
            if missing > 0:
                return max(round(window - (moment - taken[missing - 1])), 1)
            taken.extend([moment] * turns)
        return 0


_OF_THIS_PROCESS = _TurnsOfThisProcess()
