"""How much of its provider's rate limit an account has left, as all workers together have used it."""

from dataclasses import dataclass
from typing import Any

from redis.exceptions import RedisError

from webapp.providers.rate_limits import connection_to, limits_key


@dataclass(frozen=True)
class Headroom:
    """So many calls of so many are free within a time in seconds; credits, where calls have prices.

    `quota` names the one of several limits of the provider, empty where it has one.
    """

    quota: str
    free: int
    calls: int
    seconds: float


def headroom_of(kind: str, account_id: int, redis_url: str) -> tuple[Headroom, ...] | None:
    """The limits that count at present; none when all of them is free, None when Redis does not answer."""
    connection: Any = connection_to(redis_url)
    account = f"{kind}:{account_id}"
    try:
        limits = connection.hgetall(limits_key(account))
        seconds, microseconds = connection.time()
        now = seconds * 1000 + microseconds // 1000
        found = [_headroom(connection, key, limit, now) for key, limit in sorted(limits.items())]
    except RedisError:
        return None
    return tuple(found)


def _headroom(connection: Any, key: bytes, limit: bytes, now: int) -> Headroom:
    calls, window = map(int, limit.split())
    used = sum(now - int(taken) < window for taken in connection.lrange(key, 0, calls - 1))
    # dockside:provider-turns:<kind>:<id>[:<quota>]
    quota = ":".join(key.decode().split(":")[4:])
    return Headroom(quota, calls - used, calls, window / 1000)
