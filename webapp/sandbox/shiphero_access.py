"""ShipHero's sign-in in the sandbox: refresh tokens that stay, access tokens that expire.

Source: developer.shiphero.com, Getting started. How a bad token is answered is not documented; 401 is assumed.
"""

from datetime import datetime, timedelta
from secrets import token_urlsafe
from threading import Lock
from typing import Any

# Good for nothing but this sandbox.
USERNAME = "sandbox-shiphero-user"
PASSWORD = "sandbox-shiphero-password"  # noqa: S105 - opens only the sandbox on this machine
REFRESH_TOKEN = "sandbox-shiphero-refresh-token"  # noqa: S105 - the same
LIFETIME = 28 * 86_400


class Access:
    """Who may ask: hands out access tokens and knows until when each is good."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        self._lock = Lock()

    def reset(self) -> None:
        """Forget every access token; whoever holds one has to ask for another."""
        with self._lock:
            self._until.clear()

    def grant(self, now: datetime) -> dict[str, Any]:
        """A new access token as `/auth/refresh` answers it."""
        token = f"sandbox.{token_urlsafe(48)}.access"
        with self._lock:
            self._until[token] = now + timedelta(seconds=LIFETIME)
        return {"access_token": token, "expires_in": LIFETIME, "scope": "offline_access", "token_type": "Bearer"}

    def allows(self, header: str, now: datetime) -> bool:
        """Whether an Authorization header carries a token that has not expired."""
        kind, _, token = header.partition(" ")
        with self._lock:
            until = self._until.get(token)
        return kind == "Bearer" and until is not None and now < until
