"""Shipfusion's shipments in the sandbox: what they hold, how they move along, how Shipfusion would show them.

Shapes: public clients. What we call an order is a shipment there; each unit is an item of its own.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from webapp.sandbox.plans import Plan, plan_from
from webapp.sandbox.systems import ControlError, Json

IN_QUEUE, PROCESSING, SHIPPED, CANCELLED = "inQueue", "processing", "shipped", "cancelled"
STATUSES = (IN_QUEUE, PROCESSING, SHIPPED, "backOrder", "onHold", CANCELLED)
# Every shipment has a receiver, so that whoever stores an answer has something to redact.
DEFAULT_RECEIVER = {
    "firstName": "Alexis",
    "lastName": "Standin",
    "companyName": "Standin Supplies",
    "emailAddress": "alexis.standin@example.com",
    "phoneNumber": "555-010-0155",
    "address1": "9 Standin Street",
    "city": "Peoria",
    "state": "IL",
    "zipPostalCode": "61602",
    "country": "USA",
}


@dataclass
class Unit:
    """One unit; without a status of its own it goes with the shipment."""

    sku: str
    status: str | None = None


@dataclass
class Tracking:
    numbers: list[str] = field(default_factory=list)
    carrier: str | None = None
    service: str | None = None
    shipped_at: datetime | None = None


@dataclass
class FusionOrder:
    order_id: str
    number: str
    status: str
    warehouse: str
    created_at: datetime
    units: list[Unit]
    receiver: Json
    tracking: Tracking = field(default_factory=Tracking)
    plan: Plan | None = None

    @property
    def is_waiting(self) -> bool:
        return self.status not in (PROCESSING, SHIPPED, CANCELLED) and not self.tracking.numbers

    def settle(self, now: datetime) -> None:
        """Let a plan that is due take effect, unless the shipment is over or on hold."""
        if self.plan is None or now < self.plan.due or self.status == "onHold":
            return
        plan, self.plan = self.plan, None
        if self.status not in (SHIPPED, CANCELLED):
            self.ship(plan.tracking_number, plan.carrier, plan.service, plan.due)

    def ship(self, number: str | None, carrier: str | None, service: str | None, at: datetime) -> None:
        """Send everything that is left."""
        self.status = SHIPPED
        self.tracking.numbers += [number] if number else []
        self.tracking.carrier, self.tracking.service, self.tracking.shipped_at = carrier, service, at


def order_from(entry: Json, order_id: str, now: datetime) -> FusionOrder:
    """A shipment as the control door describes it. Raises ControlError when number or status is wrong."""
    number = entry.get("number")
    if not isinstance(number, str) or not number:
        raise ControlError("Every order needs a “number”.")
    order = FusionOrder(
        order_id=order_id,
        number=number,
        status=IN_QUEUE,
        warehouse=str(entry.get("warehouse", "IL")),
        created_at=now,
        units=units_from(entry.get("lines", [])),
        receiver={**DEFAULT_RECEIVER, **entry.get("customer", {})},
    )
    apply(order, entry, now)
    order.plan = plan_from(entry["plan"], now) if entry.get("plan") else None
    return order


def apply(order: FusionOrder, changes: Json, now: datetime) -> None:
    """Ship by “shipments” (with “lines”: only those units), drop tracking with “void_labels”, set “status”."""
    if changes.get("void_labels"):
        order.tracking = Tracking()
    for parcel in changes.get("shipments", []):
        _ship(order, parcel, now)
    order.status = checked_status(str(changes.get("status", order.status)))


def units_from(lines: list[Json]) -> list[Unit]:
    """Every unit by itself, as Shipfusion lists them."""
    return [
        Unit(str(line.get("sku", "")), line.get("status"))
        for line in lines
        for _ in range(int(line.get("quantity", 1)))
    ]


def checked_status(status: str) -> str:
    """The status itself when Shipfusion has it; a word outside its list is allowed with a leading “!”."""
    if status.startswith("!"):
        return status.removeprefix("!")
    if status not in STATUSES:
        raise ControlError(f"“status” must be one of {', '.join(STATUSES)}.")
    return status


def _ship(order: FusionOrder, parcel: Json, now: datetime) -> None:
    shipped_at: Any = parcel.get("shipped_at")
    at = datetime.fromisoformat(shipped_at) if shipped_at else now
    before = order.status
    order.ship(parcel.get("tracking_number"), parcel.get("carrier"), parcel.get("service"), at)
    if "lines" not in parcel:
        return
    order.status = PROCESSING
    left = {line["sku"]: int(line["quantity"]) for line in parcel["lines"]}
    for unit in order.units:
        takes = left.get(unit.sku, 0) > 0 and unit.status != SHIPPED
        left[unit.sku] = left.get(unit.sku, 0) - takes
        unit.status = SHIPPED if takes else unit.status or before


def show_order(order: FusionOrder) -> Json:
    """The shipment as `GET /shipments/{shipmentId}` answers it; a moment is written as seconds since 1970."""
    at = order.tracking.shipped_at
    return {
        "shipmentId": order.order_id,
        "orderNumber": order.number,
        "warehouse": order.warehouse,
        "orderDate": f"{order.created_at.astimezone(UTC):%Y%m%d}",
        "shipmentStatus": order.status,
        "address": order.receiver,
        "shipmentItems": [
            {"shipmentItemId": place, "SKU": unit.sku, "status": unit.status or order.status}
            for place, unit in enumerate(order.units, 1)
        ],
        "tracking": {
            "shippingCarrier": order.tracking.carrier,
            "shippingService": order.tracking.service,
            "shipDate": f"{at.astimezone(UTC):%Y%m%d}" if at else None,
            "shipTimeStamp": int(at.timestamp()) if at else None,
            "trackingNumbers": order.tracking.numbers,
        },
    }
