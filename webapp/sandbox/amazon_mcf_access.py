"""“Login with Amazon” in the sandbox: a refresh token that stays, access tokens that last an hour.

Source: Selling Partner API, Connect to the SP-API; errors: RFC 6749, section 5.2.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from secrets import token_urlsafe
from threading import Lock
from typing import Any

# Good for nothing but this sandbox.
CREDENTIALS = {
    "refresh_token": "Atzr|sandbox-amazon-refresh-token",
    "client_id": "amzn1.application-oa2-client.sandbox",
    "client_secret": "amzn1.oa2-cs.v1.sandbox-amazon-secret",
}
LIFETIME = 3_600
TOKEN_PATH = "/auth/o2/token"  # noqa: S105 - an address


class Access:
    """Who may ask: hands out access tokens and knows until when each is good."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        self._lock = Lock()

    def reset(self) -> None:
        """Forget every access token; whoever holds one has to ask for another."""
        with self._lock:
            self._until.clear()

    def answer(self, form: Mapping[str, str], now: datetime) -> tuple[dict[str, Any], int]:
        """What `/auth/o2/token` answers to a form, with the status."""
        if form.get("grant_type") != "refresh_token":
            return _refusal("unsupported_grant_type", "The authorization grant type is not supported"), 400
        if any(form.get(name) != CREDENTIALS[name] for name in ("client_id", "client_secret")):
            return _refusal("invalid_client", "Client authentication failed"), 401
        if form.get("refresh_token") != CREDENTIALS["refresh_token"]:
            return _refusal("invalid_grant", "The request has an invalid grant parameter : refresh_token"), 400
        return self._grant(now), 200

    def _grant(self, now: datetime) -> dict[str, Any]:
        token = f"Atza|sandbox.{token_urlsafe(48)}"
        with self._lock:
            self._until[token] = now + timedelta(seconds=LIFETIME)
        return {
            "access_token": token,
            "refresh_token": CREDENTIALS["refresh_token"],
            "token_type": "bearer",
            "expires_in": LIFETIME,
        }

    def allows(self, token: str, now: datetime) -> bool:
        """Whether the header `x-amz-access-token` has a token that has not expired."""
        with self._lock:
            until = self._until.get(token)
        return until is not None and now < until


def _refusal(error: str, description: str) -> dict[str, Any]:
    return {"error": error, "error_description": description}
