"""Shopify as a channel: looks, tells what it does not know, looks again, and trusts no answer that is missing."""

import re
from collections import Counter
from contextlib import suppress
from typing import ClassVar

from webapp.providers.account_kinds import AccountKind
from webapp.providers.base import (
    AlreadyShipped,
    AuthFailed,
    NotFound,
    OutcomeUnknown,
    ProviderAccountRecord,
    ProviderError,
    Record,
    Rejected,
)
from webapp.providers.channel import ChannelFulfillment, ChannelOrder, Receipt, ToldShipment, Tracking
from webapp.providers.http import Door, DoorOptions
from webapp.providers.rate_limits import RateLimit
from webapp.providers.reading_back import after_looking
from webapp.providers.shopify import refusals, writing
from webapp.providers.shopify.account import ACCOUNT, STANDARD_POINTS
from webapp.providers.shopify.client import ShopifyClient
from webapp.providers.shopify.planning import (
    Portion,
    Shortage,
    carries,
    is_outdated,
    ours_in,
    plan,
    refusal_for,
    untold,
)
from webapp.providers.standing import link_template
from webapp.providers.traits import ProviderTraits

# None of our calls costs more once Shopify has given back what it did not need.
POINTS_OF_A_CALL = 50
WINDOW_SECONDS = 10
_MAY_FULFIL = frozenset({"write_merchant_managed_fulfillment_orders", "write_assigned_fulfillment_orders"})
_MAY_READ = "read_orders"


class ShopifyAdapter:
    """Credentials: `access_token`, or `client_id` and `client_secret`.

    Settings it reads: `api_version` (2026-07), `points_per_second` (100, the standard plan), `notify_customer`
    (no), `order_url` (a link with `{id}`, the order's number in Shopify's own pages, in it).
    """

    kind: ClassVar[str] = "shopify"
    label: ClassVar[str] = "Shopify"
    account_kind: ClassVar[AccountKind] = ACCOUNT

    def __init__(self, account: ProviderAccountRecord, options: DoorOptions, record: Record) -> None:
        self._settings = account.settings
        self._notify = account.settings.get("notify_customer") is True
        traits = ProviderTraits(self.kind, self.label, _rate_limit(account), refusals.explain)
        self._door = Door(account, traits, options, record)
        self._client = ShopifyClient(self._door, account, options.clock)

    def close(self) -> None:
        self._door.close()

    def test_connection(self) -> None:
        """Reads what the app may do, and says which right is missing. Raises any ProviderError."""
        scopes = self._client.scopes()
        missing = [] if scopes & _MAY_FULFIL else [" or ".join(sorted(_MAY_FULFIL))]
        missing += [] if _MAY_READ in scopes or "write_orders" in scopes else [_MAY_READ]
        if missing:
            raise AuthFailed(
                f"{self._door.who} lets its app in, but without {' and '.join(missing)}. Add it there."
            )

    def order_url(self, order_id: str) -> str | None:
        """The account's link with the order's number in Shopify's own pages put in, None without one."""
        template = link_template(self._settings)
        number = re.fullmatch(r"gid://shopify/Order/(\d+)", order_id)
        return template.replace("{id}", number[1]) if template and number else None

    def fetch_order(self, order_name: str) -> ChannelOrder:
        """Find the order by its name and read it: three calls, more for long ones.

        Raises NotFound when there is none, Rejected when several have the name.
        """
        name = order_name.strip()
        ids = (
            self._client.find(name) if name else []
        )  # No condition at all: it would find every order of the shop.
        if not ids:
            raise NotFound(f"{self._door.who} has no order called {name or 'nothing'}.")
        if len(ids) > 1:
            raise Rejected(f"{self._door.who} has several orders called {name} ({', '.join(ids)}).")
        return self._client.order(ids[0])

    def submit_tracking(self, shipment: ToldShipment) -> Receipt:
        """Look, correct numbers that changed, create what is missing by location, and look again."""
        order = self.fetch_order(shipment.order_name)
        with after_looking():
            return self._submitted(order, shipment)

    def _submitted(self, order: ChannelOrder, shipment: ToldShipment) -> Receipt:
        if order.is_cancelled:
            raise Rejected(f"{self._door.who} has cancelled order {order.name}, so it takes no tracking.")
        ours = ours_in(order, shipment)
        outdated = [one for one in ours if is_outdated(one, shipment)]
        missing = untold(shipment, ours)
        portions = plan(order, missing, shipment.place) if missing else []
        if isinstance(portions, Shortage):
            # What carries our number was told, by whomever; more of it the shop does not want to hear.
            if not any(carries(one, shipment.tracking.number) for one in ours):
                raise refusal_for(order, portions, self._door.who)
            portions = []
        for one in outdated:
            self._correct(order, one, shipment)
        for portion in portions:
            missing = missing - portion.units
            self._create(order, portion, shipment, missing)
        if not (outdated or portions):
            return Receipt(order.external_id, tuple(ours), was_changed=False)
        return self._receipt(order.external_id, shipment)

    def update_tracking(self, fulfillment_id: str, tracking: Tracking) -> ChannelFulfillment:
        """One call, which sets the whole list of numbers. Raises OutcomeUnknown when it was not answered."""
        return self._client.track(fulfillment_id, writing.tracking_data(tracking), notify=self._notify)

    def cancel_fulfillment(self, shipment: ToldShipment) -> Receipt:
        """Cancel each fulfillment that stands for the shipment, then read back that none does."""
        order = self.fetch_order(shipment.order_name)
        ours = ours_in(order, shipment)
        if not ours:
            return Receipt(order.external_id, (), was_changed=False)
        for one in ours:
            # Gone meanwhile, or not answered: reading back tells.
            with suppress(NotFound, OutcomeUnknown), after_looking():
                self._client.cancel(one.external_id)
        left = ours_in(self._read_back(order.external_id), shipment)
        if left:
            raise OutcomeUnknown(
                f"{self._door.who} was told to cancel {left[0].name or left[0].external_id}, which still stands "
                f"there as “{left[0].raw_status}”. Asking again does no harm.",
                retryable=True,
            )
        return Receipt(order.external_id, (), was_changed=True)

    def _correct(self, order: ChannelOrder, one: ChannelFulfillment, shipment: ToldShipment) -> None:
        """Another number or carrier for what the channel has. A missing answer is checked by looking."""
        try:
            self.update_tracking(one.external_id, shipment.tracking)
        except OutcomeUnknown as error:
            after = {found.external_id: found for found in self._look(order, error).fulfillments}
            if one.external_id not in after or is_outdated(after[one.external_id], shipment):
                raise self._not_seen(error) from error

    def _create(self, order: ChannelOrder, portion: Portion, shipment: ToldShipment, left: Counter[str]) -> None:
        """Submit one location's part, after which `left` is untold. No answer, or a no, is checked by looking."""
        data = writing.fulfillment_data(portion, shipment.tracking, notify=self._notify)
        try:
            self._client.create(data)
        except (AlreadyShipped, NotFound, OutcomeUnknown) as error:
            after = untold(shipment, ours_in(self._look(order, error), shipment))
            # Told meanwhile: by this very call, or by somebody who was faster.
            if not after <= left:
                raise self._not_seen(error) from error

    def _not_seen(self, error: ProviderError) -> ProviderError:
        if not isinstance(error, OutcomeUnknown):
            return error
        return OutcomeUnknown(
            f"{error.message} It does not show there yet. It is looked for before it is sent again."
        )

    def _look(self, order: ChannelOrder, error: ProviderError) -> ChannelOrder:
        try:
            return self._client.order(order.external_id)
        except ProviderError as second:
            if not isinstance(error, OutcomeUnknown):
                raise
            raise OutcomeUnknown(
                f"{error.message} Looking for what became of it failed: {second.message}"
            ) from second

    def _receipt(self, order_id: str, shipment: ToldShipment) -> Receipt:
        return Receipt(order_id, tuple(ours_in(self._read_back(order_id), shipment)), was_changed=True)

    def _read_back(self, order_id: str) -> ChannelOrder:
        """The order after a change; that it cannot be read does not undo the change."""
        try:
            return self._client.order(order_id)
        except ProviderError as error:
            raise OutcomeUnknown(
                f"The call was accepted. Looking for what became of it failed: {error.message}"
            ) from error


def _rate_limit(account: ProviderAccountRecord) -> RateLimit:
    """Calls that together stay under what the shop's plan restores, so that workers rarely meet its limit."""
    points = account.settings.get("points_per_second")
    usable = points if isinstance(points, int) and not isinstance(points, bool) and points > 0 else STANDARD_POINTS
    return RateLimit(calls=max(usable * WINDOW_SECONDS // POINTS_OF_A_CALL, 1), seconds=WINDOW_SECONDS)
