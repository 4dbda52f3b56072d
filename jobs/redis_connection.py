"""The connection of a long-running process to Redis, and waiting until there is a Redis to connect to."""

import time

import structlog
from redis import Redis
from redis.exceptions import RedisError

log = structlog.get_logger()

RETRY_SECONDS = 2.0  # Short enough that nobody notices how the worker came back, long enough not to burn a core.


def connect(redis_url: str) -> Redis:
    """Wait for Redis, saying so once, and connect."""
    connection = Redis.from_url(redis_url, socket_connect_timeout=5)
    is_waiting = False
    while True:
        try:
            connection.ping()
            return connection
        except RedisError as error:
            if not is_waiting:
                log.warning("redis_unreachable", error=str(error))
            is_waiting = True
            time.sleep(RETRY_SECONDS)
