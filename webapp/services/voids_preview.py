"""The records of a preview: what a void will bring back, and from where; see services.voids_plan."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from webapp.statuses import FulfillmentOrderRequestStatus, FulfillmentOrderStatus, VoidBucket


@dataclass(frozen=True, kw_only=True)
class Units:
    """Units that come back: the inverse of one recorded movement."""

    movement_id: int
    sku: str
    product_name: str
    quantity: int
    warehouse: str
    layer_id: int | None
    received_at: datetime | None
    unit_cost: Decimal

    @property
    def value(self) -> Decimal:
        return self.unit_cost * self.quantity


@dataclass(frozen=True, kw_only=True)
class FreedAllocation:
    """An allocation that is free again for the next shipment of its fulfillment order."""

    id: int
    budget_id: int
    sku: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class RaisedBudget:
    """A line of a fulfillment order and the units left to ship, now and afterwards."""

    id: int
    sku: str
    quantity: int
    remaining: int
    remaining_after: int


@dataclass(frozen=True, kw_only=True)
class ReopenedOrder:
    """A fulfillment order that is open and not submitted afterwards, and what it was."""

    id: int
    status: FulfillmentOrderStatus
    request_status: FulfillmentOrderRequestStatus
    budgets: tuple[RaisedBudget, ...]

    @property
    def number(self) -> str:
        return f"FO-{self.id}"


@dataclass(frozen=True, kw_only=True)
class ShipmentPlan:
    """One shipment: what comes back, or why it is not simply voided.

    `provider_step` says what the provider is asked, None when nothing is. `is_left_at_provider`: the order
    there has to be cancelled by hand. `channel_told_at` is when the sales channel was told that it had shipped.
    """

    fulfillment_id: int
    fulfillment_number: str
    version: int
    bucket: VoidBucket
    reason: str
    units: tuple[Units, ...]
    allocations: tuple[FreedAllocation, ...]
    provider_step: str | None
    account_trouble: str | None
    is_left_at_provider: bool
    channel: str
    channel_told_at: datetime | None

    @property
    def needs_confirmation(self) -> bool:
        """Whether only a void by force goes on."""
        return self.bucket is VoidBucket.NEEDS_CONFIRMATION

    @property
    def asks_provider(self) -> bool:
        """Whether the provider is asked before anything changes here."""
        return self.bucket is VoidBucket.NEEDS_PROVIDER

    @property
    def goes_on(self) -> bool:
        """Whether confirming voids it, at once or after its provider was asked."""
        return self.bucket in {VoidBucket.VOIDED, VoidBucket.NEEDS_PROVIDER}


@dataclass(frozen=True)
class Plan:
    """What a void of these shipments does; `orders` are those that reopen."""

    shipments: tuple[ShipmentPlan, ...]
    orders: tuple[ReopenedOrder, ...]

    @property
    def units(self) -> tuple[Units, ...]:
        return tuple(units for one in self.shipments if one.goes_on for units in one.units)

    @property
    def unit_count(self) -> int:
        return sum(units.quantity for units in self.units)

    @property
    def value(self) -> Decimal:
        return sum((units.value for units in self.units), Decimal(0))
