"""Access tokens that all workers share: encrypted, in Redis, for no longer than they are good for.

RQ works each job in a process of its own, which forgets what it knew. Losing Redis costs a new token and no more.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from redis import Redis
from redis.exceptions import LockError, RedisError
from redis.lock import Lock

from webapp.providers.rate_limits import REDIS_TIMEOUT

log = structlog.get_logger()

# A token whose provider does not say how long it lives is asked for anew after a day.
UNKNOWN_LIFE = timedelta(days=1)
# Asking for a token takes a second; whoever waits for longer asks for one of its own.
LONGEST_WAIT, LONGEST_GRANT = 15.0, 60.0
_PREFIX = "dockside:provider-token:"


@dataclass(frozen=True)
class Kept:
    """A token and until when it is to be used, None when nobody knows."""

    token: str
    until: datetime | None


@dataclass(frozen=True)
class SharedTokens:
    """Where the tokens lie, and the keys they are encrypted with, the first of which writes."""

    redis_url: str
    keys: tuple[str, ...]

    def read(self, account: tuple[str, ...]) -> Kept | None:
        """What some worker was given for this account; None when nothing can be read."""
        try:
            stored = _connection(self.redis_url).get(self._name(account))
            if not isinstance(stored, bytes):
                return None
            token, until = json.loads(self._cipher().decrypt(stored))
        except (RedisError, InvalidToken) as error:
            log.warning("provider_token_not_shared", cause=type(error).__name__)
            return None
        return Kept(token, datetime.fromisoformat(until) if until else None)

    def write(self, account: tuple[str, ...], kept: Kept, now: datetime) -> None:
        """Keep it for the others until it is to be renewed."""
        life = kept.until - now if kept.until else UNKNOWN_LIFE
        if life < timedelta(seconds=1):
            return
        text = json.dumps([kept.token, kept.until.isoformat() if kept.until else None])
        try:
            _connection(self.redis_url).set(self._name(account), self._cipher().encrypt(text.encode()), px=life)
        except RedisError as error:
            log.warning("provider_token_not_shared", cause=type(error).__name__)

    @contextmanager
    def alone(self, account: tuple[str, ...]) -> Iterator[None]:
        """While others wait, so that one asks for all; without Redis nobody waits."""
        lock = _connection(self.redis_url).lock(
            f"{self._name(account)}:lock", timeout=LONGEST_GRANT, blocking_timeout=LONGEST_WAIT
        )
        try:
            is_held = lock.acquire()
        except RedisError as error:
            log.warning("provider_token_not_shared", cause=type(error).__name__)
            is_held = False
        try:
            yield
        finally:
            if is_held:
                _release(lock)

    def _name(self, account: tuple[str, ...]) -> str:
        """Says nothing of the credentials, and is another when they change."""
        said = json.dumps(account).encode()
        return _PREFIX + hmac.new(self.keys[0].encode(), said, hashlib.sha256).hexdigest()

    def _cipher(self) -> MultiFernet:
        return MultiFernet([Fernet(key) for key in self.keys])


def _release(lock: Lock) -> None:
    try:
        lock.release()
    except (LockError, RedisError) as error:  # It ran out, or Redis went away: nobody waits for it any more.
        log.warning("provider_token_not_shared", cause=type(error).__name__)


@lru_cache(maxsize=4)
def _connection(redis_url: str) -> Redis:
    return Redis.from_url(redis_url, socket_connect_timeout=REDIS_TIMEOUT, socket_timeout=REDIS_TIMEOUT)
