"""The calls to Amazon's Fulfillment Outbound API that this product makes.

Source: Selling Partner API, Fulfillment Outbound 2020-07-01, and its guide “Connect to the SP-API” (headers, LWA).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import quote

import httpx

from webapp.providers.account_settings import optional_text
from webapp.providers.amazon_mcf import mapping
from webapp.providers.amazon_mcf.mapping import Order
from webapp.providers.base import AuthFailed, NotFound, ProviderAccountRecord, Record, Rejected
from webapp.providers.http import Call, Door, DoorOptions
from webapp.providers.shapes import JsonObject, JsonValue
from webapp.providers.tokens import Grant, SignIn, TokenCache, read_grant
from webapp.providers.traits import ProviderTraits

T = TypeVar("T")

# “Login with Amazon”, where every region signs in.
SIGN_IN = "https://api.amazon.com"
VERSION = "2020-07-01"
CREDENTIALS = ("refresh_token", "client_id", "client_secret")
# RFC 6749, section 5.2: these come under status 400 and are about who asks.
_ABOUT_CREDENTIALS = ("invalid_grant", "invalid_client", "unauthorized_client")
# Amazon asks callers to say who they are, in this form.
USER_AGENT = "Dockside/1.0 (Language=Python)"
_tokens = TokenCache(early=timedelta(minutes=1))


class AmazonMcfClient:
    """The calls to one Amazon account; every method raises a ProviderError for anything but success."""

    def __init__(
        self, account: ProviderAccountRecord, traits: ProviderTraits, options: DoorOptions, record: Record
    ) -> None:
        self._account = account
        self._clock = options.clock
        self._door = Door(account, traits, options, record)
        self._sign_in_door = Door(replace(account, base_url=sign_in_address(account)), traits, options, record)
        self.redactor = self._door.redactor
        version = optional_text(account.settings, "api_version") or VERSION
        self._root = f"/fba/outbound/{quote(version, safe='')}/fulfillmentOrders"
        key = (str(account.id), account.base_url, *(account.credentials.get(name, "") for name in CREDENTIALS))
        self._sign_in = SignIn(_tokens, key, options.clock.now, self._granted, self._carry, options.shared_tokens)

    def close(self) -> None:
        self._door.close()
        self._sign_in_door.close()

    def order(self, order_id: str) -> Order:
        """`getFulfillmentOrder`, by the id that we gave it. Raises NotFound."""
        # Dots alone would be another path on Amazon's server, and nothing at all the whole list.
        if not order_id.strip("."):
            raise NotFound(f"{self._door.who} has no order with the id “{order_id}”.")
        return self._ask("getFulfillmentOrder", Call("Fetch order", self._path(order_id)), mapping.read_order)

    def found(self, order_id: str) -> Order | None:
        """The same; None when there is no such order."""
        try:
            return self.order(order_id)
        except NotFound:
            return None

    def create(self, body: JsonObject) -> None:
        """`createFulfillmentOrder`. Not declared repeatable: the second call would be refused as a duplicate."""
        call = Call("Create order", self._root, method="POST", body=body, names_nothing=True)
        self._ask("createFulfillmentOrder", call, mapping.read_done)

    def update(self, order_id: str, body: JsonObject) -> None:
        """`updateFulfillmentOrder`, which Amazon takes for an order on hold only."""
        call = Call("Update order", self._path(order_id), method="PUT", body=body)
        self._ask("updateFulfillmentOrder", call, mapping.read_done)

    def cancel(self, order_id: str) -> None:
        """`cancelFulfillmentOrder`, which has no body and names no reason."""
        call = Call("Cancel order", f"{self._path(order_id)}/cancel", method="PUT")
        self._ask("cancelFulfillmentOrder", call, mapping.read_done)

    def check(self) -> None:
        """`listAllFulfillmentOrders` since this moment: small, harmless, answered only to good credentials."""
        since = f"{self._clock.now():%Y-%m-%dT%H:%M:%SZ}"
        call = Call("Test connection", self._root, params={"queryStartDate": since}, names_nothing=True)
        self._ask("listAllFulfillmentOrders", call, mapping.read_page)

    def _path(self, order_id: str) -> str:
        return f"{self._root}/{quote(order_id, safe='')}"

    def _ask(self, quota: str, call: Call, read: Callable[[JsonValue], T]) -> T:
        """Ask with a token; Amazon limits each of its operations apart."""
        asked = replace(call, quota=quota, headers=_headers(self._clock.now()))
        return self._sign_in.ask(lambda: self._door.call(asked, read))

    def _carry(self, token: str) -> None:
        self._door.authorize(token, "x-amz-access-token")

    def _granted(self) -> Grant:
        """`POST /auth/o2/token`; the refresh token stays the same, so asking twice does no harm."""
        given = {name: self._account.credentials.get(name, "") for name in CREDENTIALS}
        if missing := [f"“{name}”" for name, value in given.items() if not value]:
            raise AuthFailed(f"{self._door.who} cannot sign in. Add {', '.join(missing)} to its credentials.")
        form = {"grant_type": "refresh_token", **given}
        call = Call(
            "Renew access token",
            "/auth/o2/token",
            "POST",
            form=form,
            is_repeatable=True,
            names_nothing=True,
            quota="sign-in",
        )
        try:
            return self._sign_in_door.call(call, read_grant)
        except Rejected as refusal:
            if any(code in refusal.message for code in _ABOUT_CREDENTIALS):
                raise AuthFailed(f"{refusal.message} Check the credentials in the account.") from None
            raise


def sign_in_address(account: ProviderAccountRecord) -> str:
    """Where the account signs in: its setting `sign_in_url`, Amazon's own address, or that of a test server.

    Credentials for Amazon's own addresses go to Amazon and nowhere else, unless the setting says so.
    """
    named = optional_text(account.settings, "sign_in_url")
    return named or (SIGN_IN if _is_amazon(account.base_url) else account.base_url)


def _is_amazon(base_url: str) -> bool:
    try:
        host = httpx.URL(base_url.strip()).host
    except httpx.InvalidURL:
        return False  # The door says what is wrong with it.
    return host == "amazon.com" or host.endswith(".amazon.com")


def _headers(now: datetime) -> Mapping[str, str]:
    return {"x-amz-date": f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}", "User-Agent": USER_AGENT}
