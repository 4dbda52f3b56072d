"""ShipHero's orders in the sandbox: what they hold, how they move along, how ShipHero would show them.

Shapes: ShipHero's public GraphQL schema, types Order, LineItem, Shipment and ShippingLabel.
"""

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

from webapp.sandbox.plans import Plan, plan_from
from webapp.sandbox.systems import ControlError, Json

HOLDS = ("fraud_hold", "address_hold", "shipping_method_hold", "operator_hold", "payment_hold", "client_hold")
CANCELED, FULFILLED, PENDING = "canceled", "fulfilled", "pending"
# Every order has a customer, so that whoever stores an answer has something to redact.
DEFAULT_CUSTOMER = {
    "first_name": "Robin",
    "last_name": "Specimen",
    "email": "robin.specimen@example.com",
    "phone": "555-0177",
    "address1": "7 Specimen Road",
    "city": "Salem",
    "state": "Oregon",
    "state_code": "OR",
    "zip": "97301",
    "country": "United States",
    "country_code": "US",
}
_part_ids = count(700_001)


@dataclass
class HeroLine:
    line_id: str
    key: str
    sku: str
    name: str
    quantity: int
    price: str
    shipped: int = 0
    allocated: int = 0
    backordered: int = 0

    def show(self, status: str) -> Json:
        is_over = status in (CANCELED, FULFILLED)
        return {
            "id": self.line_id,
            "sku": self.sku,
            "partner_line_item_id": self.key,
            "product_name": self.name,
            "quantity": self.quantity,
            "price": self.price,
            "quantity_allocated": 0 if is_over else self.allocated,
            "quantity_pending_fulfillment": 0 if is_over else self.quantity - self.shipped,
            "quantity_shipped": self.shipped,
            "backorder_quantity": 0 if is_over else self.backordered,
            "fulfillment_status": status,
        }


@dataclass
class HeroLabel:
    tracking_number: str | None
    carrier: str | None
    service: str | None
    cost: str | None
    created_at: datetime
    status: str = "valid"
    is_refunded: bool = False
    number: int = field(default_factory=lambda: next(_part_ids))

    @property
    def is_valid(self) -> bool:
        return self.status == "valid" and not self.is_refunded

    def show(self) -> Json:
        return {
            "id": opaque("ShippingLabel", self.number),
            "status": self.status,
            "tracking_number": self.tracking_number,
            "carrier": self.carrier,
            "shipping_name": self.service,
            "shipping_method": self.service,
            "cost": self.cost,
            "created_date": moment(self.created_at),
            "refunded": self.is_refunded,
            "needs_refund": False,
            "delivered": False,
            "picked_up": False,
        }


@dataclass
class HeroOrder:
    order_id: str
    legacy_id: int
    number: str
    partner_order_id: str
    shop_name: str
    customer_account_id: str | None
    status: str
    created_at: datetime
    lines: list[HeroLine]
    customer: Json
    holds: set[str]
    method: str | None
    labels: list[HeroLabel] = field(default_factory=list)
    plan: Plan | None = None

    @property
    def has_left(self) -> bool:
        has_label = any(label.is_valid for label in self.labels)
        return self.status == FULFILLED or has_label or any(line.shipped for line in self.lines)

    def settle(self, now: datetime) -> None:
        """Let a plan that is due take effect, unless the order is over or on hold."""
        if self.plan is None or now < self.plan.due or self.holds:
            return
        plan, self.plan = self.plan, None
        if self.status not in (CANCELED, FULFILLED):
            cost = None if plan.cost is None else f"{plan.cost:.2f}"
            self.ship(HeroLabel(plan.tracking_number, plan.carrier, plan.service, cost, plan.due))

    def ship(self, label: HeroLabel, units: dict[str, int] | None = None) -> None:
        """Send units by SKU (None: all that are left) under the label; the order is fulfilled with the last."""
        self.labels.append(label)
        for line in self.lines:
            left = line.quantity - line.shipped
            line.shipped += left if units is None else min(units.get(line.sku, 0), left)
        if all(line.shipped == line.quantity for line in self.lines):
            self.status = FULFILLED

    def void_labels(self) -> None:
        """Take every label back, so that nothing of the order has left."""
        for label in self.labels:
            label.is_refunded = True
        for line in self.lines:
            line.shipped = 0
        self.status = PENDING if self.status == FULFILLED else self.status


def order_from(entry: Json, legacy_id: int, now: datetime) -> HeroOrder:
    """An order as the control door describes it. Raises ControlError when number, holds or lines are wrong."""
    number = entry.get("number")
    if not isinstance(number, str) or not number:
        raise ControlError("Every order needs a “number”.")
    order = HeroOrder(
        order_id=str(entry.get("external_id") or opaque("Order", legacy_id)),
        legacy_id=legacy_id,
        number=number,
        partner_order_id=str(entry.get("partner_order_id", number)),
        shop_name=entry.get("shop_name", "Sandbox shop"),
        customer_account_id=entry.get("customer_account_id"),
        status=PENDING,
        created_at=now,
        lines=[line_from(line) for line in entry.get("lines", [])],
        customer={**DEFAULT_CUSTOMER, **entry.get("customer", {})},
        holds=set(),
        method=entry.get("method"),
    )
    apply(order, entry, now)
    order.plan = plan_from(entry["plan"], now) if entry.get("plan") else None
    return order


def apply(order: HeroOrder, changes: Json, now: datetime) -> None:
    """Set “holds” and “status” (any word: accounts may add their own), void labels, ship “shipments”."""
    if "holds" in changes:
        order.holds = _checked_holds(changes["holds"])
    if changes.get("void_labels"):
        order.void_labels()
    for parcel in changes.get("shipments", []):
        _add(order, parcel, now)
    order.status = str(changes.get("status", order.status))
    if order.status == FULFILLED and not order.labels:
        for line in order.lines:
            line.shipped = line.quantity


def _checked_holds(names: Any) -> set[str]:
    if not isinstance(names, list) or not set(names) <= set(HOLDS):
        raise ControlError(f"“holds” must be a list of {', '.join(HOLDS)}.")
    return set(names)


def _add(order: HeroOrder, entry: Json, now: datetime) -> None:
    """A shipment ships its “lines”, or all; one that is “refunded”, or not “valid” by “status”, ships nothing."""
    label = HeroLabel(
        tracking_number=entry.get("tracking_number"),
        carrier=entry.get("carrier"),
        service=entry.get("service"),
        cost=None if entry.get("cost") is None else str(entry["cost"]),
        created_at=datetime.fromisoformat(entry["shipped_at"]) if "shipped_at" in entry else now,
        status=entry.get("status", "valid"),
        is_refunded=bool(entry.get("refunded", False)),
    )
    units = {line["sku"]: int(line["quantity"]) for line in entry["lines"]} if "lines" in entry else None
    order.ship(label, units if label.is_valid else {})


def line_from(entry: Json) -> HeroLine:
    """A line as the control door describes it, with an id of its own."""
    sku = str(entry.get("sku", ""))
    return HeroLine(
        line_id=opaque("LineItem", next(_part_ids)),
        key=str(entry.get("key", sku)),
        sku=sku,
        name=str(entry.get("name", sku)),
        quantity=int(entry.get("quantity", 1)),
        price=str(entry.get("unit_price", "0.00")),
        allocated=int(entry.get("allocated", 0)),
        backordered=int(entry.get("backordered", 0)),
    )


def show_order(order: HeroOrder) -> Json:
    """Every field of the type Order that the sandbox knows; a caller gets those that it asks for."""
    first = order.labels[0] if order.labels else None
    way = {"title": order.method, "carrier": None, "method": order.method, "price": "0.00"}
    return {
        "id": order.order_id,
        "legacy_id": order.legacy_id,
        "order_number": order.number,
        "partner_order_id": order.partner_order_id,
        "shop_name": order.shop_name,
        "fulfillment_status": order.status,
        "order_date": moment(order.created_at),
        "hold_until_date": None,
        "email": order.customer["email"],
        "shipping_address": order.customer,
        "holds": {name: name in order.holds for name in HOLDS},
        "shipping_lines": way | {"carrier": first.carrier if first else None},
        "line_items": [line.show(order.status) for line in order.lines],
        "shipments": [_show_shipment(label) for label in order.labels],
    }


def _show_shipment(label: HeroLabel) -> Json:
    return {
        "id": opaque("Shipment", label.number),
        "created_date": moment(label.created_at),
        "completed": True,
        "delivered": False,
        "shipped_off_shiphero": False,
        "warehouse_id": opaque("Warehouse", 1),
        "shipping_labels": [label.show()],
    }


def opaque(kind: str, number: int) -> str:
    """An id as ShipHero writes it: the type and a number in base64."""
    return b64encode(f"{kind}:{number}".encode()).decode()


def moment(when: datetime) -> str:
    """A time as ShipHero writes it: UTC, without an offset."""
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
