"""What a sales channel promises the rest of the product: it is told what was shipped, and asked what it knows."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

from webapp.providers.shapes import JsonObject


@dataclass(frozen=True)
class ShippedUnits:
    """Units of one product in one shipment."""

    sku: str
    quantity: int


@dataclass(frozen=True)
class Tracking:
    """What the customer is told: the number, who carries it, and where it can be followed when that is known."""

    number: str
    carrier: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class ToldShipment:
    """One of our shipments as a channel is to know it.

    `order_name` is how the channel calls the order. `ours` are the ids of what we know to have told there of this
    shipment, `others` those of other shipments, which are never touched. `place` is our warehouse's name.
    """

    number: str
    order_name: str
    tracking: Tracking
    units: tuple[ShippedUnits, ...]
    place: str = ""
    ours: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ChannelFulfillment:
    """What the channel knows to have been shipped in one parcel or several; `is_live` unless it was cancelled.

    `carriers` are named as the channel names them.
    """

    external_id: str
    name: str
    raw_status: str
    is_live: bool
    tracking_numbers: tuple[str, ...]
    units: tuple[ShippedUnits, ...]
    carriers: tuple[str, ...] = ()


@dataclass(frozen=True)
class ChannelOrderLine:
    """Units that the channel wants to have shipped from one place; `remaining` are not shipped yet."""

    external_id: str
    sku: str
    quantity: int
    remaining: int


@dataclass(frozen=True)
class ChannelFulfillmentOrder:
    """What the channel wants to have shipped from one place. `holds` say why it must wait."""

    external_id: str
    raw_status: str
    location_id: str
    location: str
    can_be_fulfilled: bool
    holds: tuple[str, ...]
    lines: tuple[ChannelOrderLine, ...]


@dataclass(frozen=True)
class ChannelOrder:
    """An order at the channel as it stands now; `payload` is JSON without secrets or personal data."""

    external_id: str
    name: str
    raw_status: str
    is_cancelled: bool
    fulfillments: tuple[ChannelFulfillment, ...]
    fulfillment_orders: tuple[ChannelFulfillmentOrder, ...]
    payload: JsonObject


@dataclass(frozen=True)
class Receipt:
    """What the channel has of a shipment by now. `was_changed` is false when it had all of it already."""

    order_id: str
    fulfillments: tuple[ChannelFulfillment, ...]
    was_changed: bool


class ChannelAdapter(Protocol):
    """One account at one channel. Close it when done: `with closing(channel_adapter_for(...)) as channel`."""

    kind: ClassVar[str]
    label: ClassVar[str]

    def fetch_order(self, order_name: str) -> ChannelOrder:
        """Read an order with what was and what is to be shipped. Changes nothing. Raises any ProviderError."""
        ...

    def submit_tracking(self, shipment: ToldShipment) -> Receipt:
        """Let the channel know that these units left under this tracking number.

        Looks first: what it knows already is not told again, and a number of ours that has changed is corrected.
        Raises AlreadyShipped, NotUpdatable, NotFound, Rejected or any other ProviderError when nothing more was
        told, OutcomeUnknown when even reading back does not tell; asking again is safe after a while.
        """
        ...

    def update_tracking(self, fulfillment_id: str, tracking: Tracking) -> ChannelFulfillment:
        """Give what the channel knows to have shipped another tracking number. Twice is the same as once."""
        ...

    def cancel_fulfillment(self, shipment: ToldShipment) -> Receipt:
        """Take back what the channel was told of this shipment, and read it back; nothing there is a success.

        Raises any ProviderError when it still stands, OutcomeUnknown when even reading back does not tell.
        """
        ...

    def order_url(self, order_id: str) -> str | None:
        """The address where a person can look at the order, or None when the account does not say."""
        ...

    def test_connection(self) -> None:
        """Prove with one harmless read that address, credentials and rights work. Raises any ProviderError."""
        ...

    def close(self) -> None:
        """Give the network connections back."""
        ...
