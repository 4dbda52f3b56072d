"""Starshipit's orders in the sandbox: what they hold, how they move along, how Starshipit would show them.

Shapes: api-docs.starshipit.com, order, item and package; the price follows a public client.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from webapp.sandbox.plans import Plan, plan_from
from webapp.sandbox.systems import ControlError, Json

UNSHIPPED, SAVED, PRINTED, DELIVERED = "Unshipped", "Saved", "Printed", "Delivered"
OPEN = (UNSHIPPED, SAVED)
CANCELLED, DISPATCHED = "Cancelled", "Dispatched"
# Every order has a receiver, so that whoever stores an answer has something to redact.
DEFAULT_RECEIVER = {
    "name": "Kim Placeholder",
    "email": "kim.placeholder@example.com",
    "phone": "555-0133",
    "company": "Placeholder Traders",
    "street": "5 Placeholder Parade",
    "suburb": "Ballarat",
    "city": "Ballarat",
    "state": "VIC",
    "post_code": "3350",
    "country": "Australia",
}
_part_ids = count(610_001)


@dataclass
class Item:
    item_id: int
    sku: str
    description: str
    quantity: int
    left: int
    value: float

    def show(self) -> Json:
        return {
            "item_id": self.item_id,
            "sku": self.sku,
            "description": self.description,
            "quantity": self.quantity,
            "quantity_to_ship": self.left,
            "value": self.value,
            "weight": 0.5,
        }


@dataclass
class Package:
    """One parcel; without a label it has only been entered."""

    status: str
    tracking_number: str | None
    service: str | None
    cost: float | None
    labelled_at: datetime | None
    is_return: bool = False
    package_id: int = field(default_factory=lambda: next(_part_ids))

    def show(self) -> Json:
        return {
            "package_id": self.package_id,
            "carrier_service_code": self.service,
            "carrier_service_name": self.service,
            "tracking_number": self.tracking_number,
            "delivery_status": self.status,
            "shipment_type": "Return" if self.is_return else "Outgoing",
            "label_created_date": moment(self.labelled_at) if self.labelled_at else None,
        }


@dataclass
class ShipitOrder:
    order_id: int
    number: str
    status: str
    is_archived: bool
    created_at: datetime
    items: list[Item]
    receiver: Json
    method: str | None
    carrier: str | None = None
    packages: list[Package] = field(default_factory=list)
    plan: Plan | None = None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN and not self.is_archived

    def settle(self, now: datetime) -> None:
        """Let a plan that is due take effect, unless somebody printed or archived the order meanwhile."""
        if self.plan is None or now < self.plan.due:
            return
        plan, self.plan = self.plan, None
        if self.is_open:
            self.carrier = plan.carrier
            self.status = PRINTED
            self.packages.append(
                Package(DISPATCHED, plan.tracking_number, plan.service, plan.cost, labelled_at=plan.due)
            )


def order_from(entry: Json, order_id: int, now: datetime) -> ShipitOrder:
    """An order as the control door describes it. Raises ControlError without a number."""
    number = entry.get("number")
    if not isinstance(number, str) or not number:
        raise ControlError("Every order needs a “number”.")
    order = ShipitOrder(
        order_id=order_id,
        number=number,
        status=UNSHIPPED,
        is_archived=False,
        created_at=now,
        items=[item_from(line) for line in entry.get("lines", [])],
        receiver={**DEFAULT_RECEIVER, **entry.get("customer", {})},
        method=entry.get("method"),
    )
    apply(order, entry, now)
    order.plan = plan_from(entry["plan"], now) if entry.get("plan") else None
    return order


def apply(order: ShipitOrder, changes: Json, now: datetime) -> None:
    """Set “status” and “archived”, cancel every label with “void_labels”, add “shipments”.

    A shipment prints the order unless a status is given; it is dispatched unless its own says otherwise.
    """
    if changes.get("void_labels"):
        for package in order.packages:
            package.status = CANCELLED
    for parcel in changes.get("shipments", []):
        order.packages.append(_package_from(parcel, now))
        order.carrier = parcel.get("carrier", order.carrier)
        order.status = PRINTED
    order.status = str(changes.get("status", order.status))
    order.is_archived = bool(changes.get("archived", order.is_archived))


def item_from(entry: Json) -> Item:
    """“left” is what is still to be shipped; nothing public says that Starshipit counts it down by itself."""
    sku, quantity = str(entry.get("sku", "")), int(entry.get("quantity", 1))
    name, price = str(entry.get("name", sku)), float(entry.get("unit_price", 0))
    return Item(next(_part_ids), sku, name, quantity, int(entry.get("left", quantity)), price)


def _package_from(entry: Json, now: datetime) -> Package:
    """Labelled now, or when “shipped_at” says; null stands for a parcel that has no label yet."""
    shipped_at = entry.get("shipped_at", now.isoformat())
    return Package(
        status=str(entry.get("status", DISPATCHED)),
        tracking_number=entry.get("tracking_number"),
        service=entry.get("service"),
        cost=None if entry.get("cost") is None else float(entry["cost"]),
        labelled_at=datetime.fromisoformat(shipped_at) if shipped_at else None,
        is_return=bool(entry.get("return", False)),
    )


def show_order(order: ShipitOrder) -> Json:
    """Every part of the order as `GET /api/orders` answers it."""
    first = order.packages[0] if order.packages else None
    costs = [package.cost for package in order.packages if package.cost is not None]
    price = {"total_shipping_price": round(sum(costs), 2)} if costs else {}
    return {
        "order_id": order.order_id,
        "order_number": order.number,
        "order_date": moment(order.created_at),
        "status": order.status,
        "archived": order.is_archived,
        "type": "Outgoing",
        "carrier": order.carrier,
        "carrier_name": order.carrier,
        "carrier_service_code": first.service if first else None,
        "shipping_method": order.method,
        "destination": order.receiver,
        "items": [item.show() for item in order.items],
        "packages": [package.show() for package in order.packages],
        **price,
    }


def show_hit(order: ShipitOrder) -> Json:
    """The order as a search lists it, with the receiver's name."""
    first = order.packages[0] if order.packages else None
    return {
        "order_id": order.order_id,
        "order_number": order.number,
        "order_date": moment(order.created_at),
        "name": order.receiver["name"],
        "country": order.receiver["country"],
        "carrier_name": order.carrier,
        "tracking_number": first.tracking_number if first else None,
    }


def moment(when: datetime) -> str:
    """A time as Starshipit writes it: UTC, and says so."""
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
