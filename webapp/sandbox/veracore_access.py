"""VeraCore's sign-in in the sandbox: a user for every surface, and tokens of the REST service that last an hour.

Source: public clients (`Login` answers `Token`, `UtcExpirationDate` and `Error`). The lifetime is assumed.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from secrets import token_urlsafe
from threading import Lock
from typing import Any

# Good for nothing but this sandbox.
USERNAME = "sandbox-veracore-user"
PASSWORD = "sandbox-veracore-<pass>&word"  # noqa: S105 - opens only the sandbox; XML must spell it otherwise
SYSTEM_ID = "sandbox-veracore-system"
LIFETIME = 3_600
REFUSAL = "Invalid username or password."


class Access:
    """Who may ask: hands out tokens and knows until when each is good."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        self._lock = Lock()

    def reset(self) -> None:
        """Forget every token; whoever holds one has to sign in again."""
        with self._lock:
            self._until.clear()

    def login(self, body: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        """What `Login` answers, under status 200 also to the wrong ones."""
        given = tuple(body.get(name) for name in ("userName", "password", "systemId"))
        if given != (USERNAME, PASSWORD, SYSTEM_ID):
            return {"Token": None, "UtcExpirationDate": None, "Error": REFUSAL}
        token, until = token_urlsafe(32), now + timedelta(seconds=LIFETIME)
        with self._lock:
            self._until[token] = until
        return {"Token": token, "UtcExpirationDate": f"{until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", "Error": None}

    def allows(self, authorization: str, now: datetime) -> bool:
        """Whether the header `Authorization` has a token that has not expired."""
        scheme, _, token = authorization.partition(" ")
        with self._lock:
            until = self._until.get(token)
        return scheme.lower() == "bearer" and until is not None and now < until


def knows(username: object, password: object) -> bool:
    """Whether these are the credentials that SOAP's header and an adjustment's body must have."""
    return (username, password) == (USERNAME, PASSWORD)
