"""Shopify's sign-in in the sandbox: a fixed token of an older custom app, and tokens by client credentials.

Source: shopify.dev, client credentials grant: a token lives 24 hours.
"""

from datetime import datetime, timedelta
from secrets import token_urlsafe
from threading import Lock
from typing import Any

# Good for nothing but this sandbox.
ACCESS_TOKEN = "sandbox-shopify-access-token"  # noqa: S105 - opens only the sandbox on this machine
CLIENT_ID = "sandbox-shopify-client-id"
CLIENT_SECRET = "sandbox-shopify-client-secret"  # noqa: S105 - the same
LIFETIME = 86_399
SCOPES = ("read_orders", "write_merchant_managed_fulfillment_orders", "write_assigned_fulfillment_orders")


class Access:
    """Who may ask: knows the fixed token, hands out others and knows until when each is good."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        self._lock = Lock()

    def reset(self) -> None:
        """Forget every token handed out; whoever holds one has to ask for another."""
        with self._lock:
            self._until.clear()

    def grant(self, form: Any, now: datetime) -> dict[str, Any] | None:
        """A new token as `/admin/oauth/access_token` answers it; None for wrong credentials."""
        given = tuple(form.get(name) for name in ("grant_type", "client_id", "client_secret"))
        if given != ("client_credentials", CLIENT_ID, CLIENT_SECRET):
            return None
        token = f"shpat_{token_urlsafe(24)}"
        with self._lock:
            self._until[token] = now + timedelta(seconds=LIFETIME)
        return {"access_token": token, "scope": ",".join(SCOPES), "expires_in": LIFETIME}

    def allows(self, token: str, now: datetime) -> bool:
        """Whether a token is the fixed one, or one that has not expired."""
        with self._lock:
            until = self._until.get(token)
        return token == ACCESS_TOKEN or (until is not None and now < until)
