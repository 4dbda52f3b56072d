"""Shopify's orders in the sandbox: what they hold, what is to be shipped from where, what was shipped.

Shapes: Shopify's Admin GraphQL schema, 2026-07, types Order, FulfillmentOrder, Fulfillment and their lines.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from webapp.sandbox.systems import ControlError, Json

MAIN_LOCATION = "Main warehouse"
OPEN, CLOSED, CANCELLED, ON_HOLD, IN_PROGRESS = "OPEN", "CLOSED", "CANCELLED", "ON_HOLD", "IN_PROGRESS"
SUCCESS = "SUCCESS"
_ids = count(5_000_000_001)


def gid(kind: str, number: int | None = None) -> str:
    """An id as Shopify writes it."""
    return f"gid://shopify/{kind}/{next(_ids) if number is None else number}"


@dataclass
class ShopLine:
    sku: str
    quantity: int
    line_id: str = field(default_factory=lambda: gid("LineItem"))

    def show(self) -> Json:
        return {"id": self.line_id, "sku": self.sku}


@dataclass
class PlacedLine:
    """Units of an order line that one fulfillment order wants."""

    line: ShopLine
    quantity: int
    remaining: int
    line_id: str = field(default_factory=lambda: gid("FulfillmentOrderLineItem"))

    def show(self) -> Json:
        return {
            "id": self.line_id,
            "totalQuantity": self.quantity,
            "remainingQuantity": self.remaining,
            "sku": self.line.sku,
            "lineItem": self.line.show(),
        }


@dataclass
class PlacedOrder:
    """A fulfillment order: what is to be shipped from one location."""

    location: str
    lines: list[PlacedLine]
    status: str = OPEN
    holds: list[str] = field(default_factory=list)
    order_id: str = field(default_factory=lambda: gid("FulfillmentOrder"))

    @property
    def can_be_fulfilled(self) -> bool:
        return self.status in {OPEN, IN_PROGRESS}

    def settle(self) -> None:
        """Closed with the last unit, in progress with the first."""
        if self.can_be_fulfilled and not any(line.remaining for line in self.lines):
            self.status = CLOSED
        elif self.status == OPEN and any(line.remaining < line.quantity for line in self.lines):
            self.status = IN_PROGRESS

    def show(self) -> Json:
        actions = ["CREATE_FULFILLMENT", "HOLD", "MOVE"] if self.can_be_fulfilled else ["RELEASE_HOLD"]
        return {
            "id": self.order_id,
            "status": self.status,
            "requestStatus": "UNSUBMITTED",
            "assignedLocation": {"name": self.location, "location": {"id": location_id(self.location)}},
            "supportedActions": [
                {"action": action} for action in actions if self.status not in {CLOSED, CANCELLED}
            ],
            "fulfillmentHolds": [{"reason": reason} for reason in self.holds],
            "lineItems": [line.show() for line in self.lines],
        }


@dataclass
class Shipped:
    """A fulfillment; `parts` are the lines of fulfillment orders and how many units of each."""

    name: str
    location: str
    parts: list[tuple[PlacedLine, int]]
    tracking: list[Json]
    created_at: datetime
    status: str = SUCCESS
    fulfillment_id: str = field(default_factory=lambda: gid("Fulfillment"))

    def show(self) -> Json:
        return {
            "id": self.fulfillment_id,
            "name": self.name,
            "status": self.status,
            "displayStatus": "FULFILLED" if self.status == SUCCESS else "CANCELED",
            "createdAt": moment(self.created_at),
            "trackingInfo": self.tracking,
            "fulfillmentLineItems": [
                {"quantity": quantity, "lineItem": part.line.show()} for part, quantity in self.parts
            ],
        }


@dataclass
class ShopOrder:
    order_id: str
    name: str
    lines: list[ShopLine]
    placed: list[PlacedOrder]
    shipped: list[Shipped] = field(default_factory=list)
    cancelled_at: datetime | None = None

    def ship(
        self, parts: list[tuple[PlacedLine, int]], location: str, tracking: list[Json], now: datetime
    ) -> Shipped:
        """Take the units from their fulfillment orders, which the caller has checked."""
        for part, quantity in parts:
            part.remaining -= quantity
        for one in self.placed:
            one.settle()
        shipped = Shipped(f"{self.name}-F{len(self.shipped) + 1}", location, parts, tracking, now)
        self.shipped.append(shipped)
        return shipped

    def take_back(self, shipped: Shipped) -> None:
        """Cancel a fulfillment: its work is wanted anew, by a new fulfillment order. Twice is the same as once."""
        if shipped.status == CANCELLED:
            return
        shipped.status = CANCELLED
        lines = [PlacedLine(part.line, quantity, quantity) for part, quantity in shipped.parts]
        self.placed.append(PlacedOrder(shipped.location, lines))

    def show(self) -> Json:
        live = [one for one in self.shipped if one.status == SUCCESS]
        is_open = any(line.remaining for one in self.placed for line in one.lines)
        status = "FULFILLED" if not is_open else "PARTIALLY_FULFILLED" if live else "UNFULFILLED"
        return {
            "id": self.order_id,
            "name": self.name,
            "displayFulfillmentStatus": status,
            "cancelledAt": None if self.cancelled_at is None else moment(self.cancelled_at),
            "fulfillments": [one.show() for one in self.shipped],
            "fulfillmentOrders": [one.show() for one in self.placed],
        }


def order_from(entry: Json, now: datetime) -> ShopOrder:
    """An order as the control door describes it: “number” is its name, “fulfillment_orders” where from.

    Raises ControlError when number or lines are wrong.
    """
    name = entry.get("number")
    if not isinstance(name, str) or not name:
        raise ControlError("Every order needs a “number”.")
    lines = [ShopLine(str(line.get("sku", "")), int(line.get("quantity", 1))) for line in entry.get("lines", [])]
    placed = entry.get("fulfillment_orders") or [{"lines": [vars(line) for line in lines]}]
    order = ShopOrder(
        order_id=str(entry.get("external_id") or gid("Order")),
        name=name,
        lines=lines,
        placed=[_placed(one, lines) for one in placed],
    )
    apply(order, entry, now)
    return order


def apply(order: ShopOrder, changes: Json, now: datetime) -> None:
    """Ship “fulfillments”, set “status” and “holds” of every open fulfillment order, cancel with “cancelled”."""
    for entry in changes.get("fulfillments", []):
        _ship(order, entry, now)
    if "holds" in changes:
        for one in order.placed:
            one.holds = list(changes["holds"])
            one.status = ON_HOLD if one.holds and one.status != CLOSED else one.status
    if "status" in changes:
        for one in order.placed:
            one.status = str(changes["status"])
    if changes.get("cancelled"):
        order.cancelled_at = now


def _placed(entry: Json, lines: list[ShopLine]) -> PlacedOrder:
    by_sku = {line.sku: line for line in lines}
    placed = []
    for line in entry.get("lines", []):
        if line.get("sku") not in by_sku:
            raise ControlError(f"The order has no line with the SKU {line.get('sku')!r}.")
        quantity = int(line.get("quantity", 1))
        placed.append(PlacedLine(by_sku[line["sku"]], quantity, quantity))
    return PlacedOrder(str(entry.get("location") or MAIN_LOCATION), placed)


def _ship(order: ShopOrder, entry: Json, now: datetime) -> None:
    """Ship the entry's “lines”, or all that is left, from the “location” first and then from anywhere."""
    wanted = {line["sku"]: int(line["quantity"]) for line in entry["lines"]} if "lines" in entry else None
    place = entry.get("location") or MAIN_LOCATION
    parts: list[tuple[PlacedLine, int]] = []
    for one in sorted(order.placed, key=lambda one: one.location != place):
        for line in one.lines:
            quantity = line.remaining if wanted is None else min(wanted.get(line.line.sku, 0), line.remaining)
            if quantity:
                parts.append((line, quantity))
            if wanted is not None:
                wanted[line.line.sku] = wanted.get(line.line.sku, 0) - quantity
    at = datetime.fromisoformat(entry["shipped_at"]) if "shipped_at" in entry else now
    tracking = {"number": entry.get("tracking_number"), "url": None, "company": entry.get("carrier")}
    order.ship(parts, place, [tracking], at)


def tracking_from(given: Any) -> list[Json]:
    """FulfillmentTrackingInput as it is shown afterwards."""
    given = given or {}
    numbers = given.get("numbers") or ([given["number"]] if given.get("number") else [])
    urls = given.get("urls") or ([given["url"]] if given.get("url") else [])
    return [
        {"number": number, "url": urls[place] if place < len(urls) else None, "company": given.get("company")}
        for place, number in enumerate(numbers)
    ]


def location_id(name: str) -> str:
    return gid("Location", 90_000_000 + sum(name.encode()))


def moment(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
