"""Access tokens that expire: kept for each account, shared by workers, renewed in time and once."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import TypeVar

from webapp.providers.base import AuthFailed
from webapp.providers.shapes import JsonObject, JsonValue, UnexpectedAnswer, as_object, integer
from webapp.providers.shared_tokens import Kept, SharedTokens

T = TypeVar("T")

# A lifetime of years would be a misread number, and a date in the far future overflows.
LONGEST_LIFE = 366 * 86_400
# Access tokens are not text for a database column; those seen are about a thousand characters long.
LONGEST_TOKEN = 8_000


@dataclass(frozen=True)
class Grant:
    """A token and how many seconds it lives, None when the provider does not say."""

    token: str
    lifetime: int | None


class TokenCache:
    """Tokens by account, renewed `early`; a worker that opens an adapter for every shipment asks for one only."""

    def __init__(self, early: timedelta) -> None:
        self._early = early
        self._known: dict[tuple[str, ...], tuple[str, datetime | None]] = {}
        self._renewing: dict[tuple[str, ...], Lock] = {}
        self._lock = Lock()

    def token(self, key: tuple[str, ...], now: datetime, shared: SharedTokens | None = None) -> str | None:
        """The token that is good for a while yet, this process's own or one that is `shared`, or None."""
        with self._lock:
            token, until = self._known.get(key, (None, None))
        if token is not None and (until is None or now < until):
            return token
        return self._shared(key, now, shared) if shared else None

    def _shared(self, key: tuple[str, ...], now: datetime, shared: SharedTokens) -> str | None:
        kept = shared.read(key)
        if kept is None or (kept.until is not None and now >= kept.until):
            return None
        with self._lock:
            self._known[key] = (kept.token, kept.until)
        return kept.token

    def renew(
        self,
        key: tuple[str, ...],
        now: datetime,
        ask: Callable[[], Grant],
        *,
        instead_of: str | None = None,
        shared: SharedTokens | None = None,
    ) -> str:
        """Ask for a token `instead_of` one that was turned away and keep it; several at once ask only once.

        With `shared` that holds for all workers. Raises what `ask` raises, and then knows none.
        """
        with self._lock:
            alone = self._renewing.setdefault(key, Lock())
        with alone:
            others = self.token(key, now)
            if others is not None and others != instead_of:
                return others
            with self._lock:
                self._known.pop(key, None)
            with shared.alone(key) if shared else nullcontext():
                # What this process knows may be, by now, what another of its threads read before it was replaced.
                others = self._shared(key, now, shared) if shared else None
                if others is not None and others != instead_of:
                    return others
                with self._lock:
                    self._known.pop(key, None)
                grant = ask()
                until = now + timedelta(seconds=grant.lifetime) - self._early if grant.lifetime else None
                with self._lock:
                    self._known[key] = (grant.token, until)
                if shared:
                    shared.write(key, Kept(grant.token, until), now)
            return grant.token


@dataclass(frozen=True)
class SignIn:
    """How one account comes by its token: `grant` asks for one, `carry` puts it into every call from now on."""

    cache: TokenCache
    key: tuple[str, ...]
    now: Callable[[], datetime]
    grant: Callable[[], Grant]
    carry: Callable[[str], None]
    shared: SharedTokens | None = None

    def ask(self, question: Callable[[], T]) -> T:
        """Ask with a token; one that is turned away is renewed once, unless it was new. Raises AuthFailed."""
        known = self.cache.token(self.key, self.now(), self.shared)
        self.carry(known or self._renewed(None))
        try:
            return question()
        except AuthFailed:
            if known is None:
                raise
        self.carry(self._renewed(known))
        return question()

    def _renewed(self, turned_away: str | None) -> str:
        return self.cache.renew(self.key, self.now(), self.grant, instead_of=turned_away, shared=self.shared)


def read_grant(data: JsonValue) -> Grant:
    """`access_token` and `expires_in` (RFC 6749, section 5.1). Raises UnexpectedAnswer without a usable token."""
    raw = as_object(data, "token")
    lifetime = integer(raw, "expires_in")
    return Grant(token_at(raw, "access_token"), None if lifetime is None else min(max(lifetime, 0), LONGEST_LIFE))


def token_at(holder: JsonObject, key: str) -> str:
    """The token at `key`. Raises UnexpectedAnswer when it cannot be sent."""
    token = holder.get(key)
    # It becomes a header: anything but visible ASCII would break the request or smuggle another header in.
    if not isinstance(token, str) or not 0 < len(token) <= LONGEST_TOKEN or not _is_visible_ascii(token):
        raise UnexpectedAnswer(f"has no usable “{key}”")
    return token


def _is_visible_ascii(text: str) -> bool:
    return all("!" <= character <= "~" for character in text)
