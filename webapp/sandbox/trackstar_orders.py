"""Trackstar's orders in the sandbox: what they hold, how they move along, how Trackstar would show them.

Shapes: Trackstar's OpenAPI specification, schema WmsOrdersListEndpoint.
"""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from webapp.sandbox.plans import Plan, plan_from
from webapp.sandbox.systems import ControlError, Json

STATUSES = (
    "open",
    "confirmed",
    "processing",
    "picked",
    "packed",
    "partially_fulfilled",
    "fulfilled",
    "exception",
    "cancelled",
    "backordered",
    "other",
)
SHIPMENT_STATUSES = ("open", "shipped", "cancelled", "other")
# Every order has a customer, so that whoever stores an answer has something to redact.
DEFAULT_CUSTOMER = {
    "full_name": "Robin Specimen",
    "company": None,
    "address1": "7 Specimen Road",
    "address2": None,
    "address3": None,
    "city": "Salem",
    "state": "OR",
    "postal_code": "97301",
    "country": "US",
    "phone_number": "555-0177",
    "email_address": "robin.specimen@example.com",
}
WAREHOUSE = {
    "address1": "1 Warehouse Way",
    "address2": None,
    "address3": None,
    "city": "Reno",
    "state": "NV",
    "postal_code": "89501",
    "country": "US",
}
_part_ids = count(500_001)


@dataclass
class StarLine:
    sku: str
    quantity: int
    unit_price: float

    def show(self, *, is_picked: bool) -> Json:
        return {
            "product_id": f"product-{self.sku}",
            "sku": self.sku,
            "quantity": self.quantity,
            "unit_price": self.unit_price,
            "is_picked": is_picked,
            "discount_amount": None,
        }


@dataclass
class StarShipment:
    """Units that left, in one package."""

    status: str
    tracking_number: str | None
    carrier: str | None
    service: str | None
    cost: float | None
    shipped_at: datetime
    units: dict[str, int]
    number: int = field(default_factory=lambda: next(_part_ids))


@dataclass
class StarOrder:
    order_id: str
    number: str
    reference_id: str
    customer_id: str | None
    status: str
    raw_status: str | None
    created_at: datetime
    updated_at: datetime
    lines: list[StarLine]
    address: Json
    method: str | None
    shipments: list[StarShipment] = field(default_factory=list)
    plan: Plan | None = None

    @property
    def has_left(self) -> bool:
        is_shipped = self.status in ("fulfilled", "partially_fulfilled")
        return is_shipped or any(shipment.status == "shipped" for shipment in self.shipments)

    def settle(self, now: datetime) -> None:
        """Let a plan that is due take effect, unless the order is over or in trouble."""
        if self.plan is None or now < self.plan.due or self.status in ("exception", "backordered"):
            return
        plan, self.plan = self.plan, None
        if self.status not in ("cancelled", "fulfilled"):
            label = (plan.tracking_number, plan.carrier, plan.service, plan.cost)
            self.ship(StarShipment("shipped", *label, shipped_at=plan.due, units=self.units))

    def ship(self, shipment: StarShipment) -> None:
        """Send what is in the shipment; the order is fulfilled with the last unit."""
        self.shipments.append(shipment)
        ordered = sum(line.quantity for line in self.lines)
        if self._shipped():
            self.status = "fulfilled" if self._shipped() >= ordered else "partially_fulfilled"
        self.raw_status = None
        self.updated_at = shipment.shipped_at

    @property
    def units(self) -> dict[str, int]:
        return {line.sku: line.quantity for line in self.lines}

    def _shipped(self) -> int:
        return sum(sum(each.units.values()) for each in self.shipments if each.status == "shipped")


def order_from(entry: Json, order_id: str, now: datetime) -> StarOrder:
    """An order as the control door describes it. Raises ControlError when number, status or lines are wrong."""
    number = entry.get("number")
    if not isinstance(number, str) or not number:
        raise ControlError("Every order needs a “number”.")
    order = StarOrder(
        order_id=order_id,
        number=number,
        reference_id=str(entry.get("reference_id", number)),
        customer_id=entry.get("customer_id"),
        status="open",
        raw_status=None,
        created_at=now,
        updated_at=now,
        lines=lines_from(entry.get("lines", [])),
        address={**DEFAULT_CUSTOMER, **entry.get("customer", {})},
        method=entry.get("method"),
    )
    apply(order, entry, now)
    order.plan = plan_from(entry["plan"], now) if entry.get("plan") else None
    return order


def lines_from(entries: list[Json]) -> list[StarLine]:
    return [
        StarLine(str(entry.get("sku", "")), int(entry.get("quantity", 1)), float(entry.get("unit_price", 0)))
        for entry in entries
    ]


def apply(order: StarOrder, changes: Json, now: datetime) -> None:
    """Ship “shipments”, then set “status” and “raw_status” (the warehouse system's own word)."""
    for entry in changes.get("shipments", []):
        order.ship(_shipment_from(entry, order, now))
    order.status = _checked(changes.get("status", order.status), STATUSES)
    order.raw_status = changes.get("raw_status", order.raw_status)
    order.updated_at = now


def _shipment_from(entry: Json, order: StarOrder, now: datetime) -> StarShipment:
    """Without “lines” a shipment holds the whole order."""
    lines = entry.get("lines")
    return StarShipment(
        status=_checked(entry.get("status", "shipped"), SHIPMENT_STATUSES),
        tracking_number=entry.get("tracking_number"),
        carrier=entry.get("carrier"),
        service=entry.get("service"),
        cost=None if entry.get("cost") is None else float(entry["cost"]),
        shipped_at=datetime.fromisoformat(entry["shipped_at"]) if "shipped_at" in entry else now,
        units=order.units if lines is None else {line["sku"]: int(line["quantity"]) for line in lines},
    )


def _checked(status: str, known: tuple[str, ...]) -> str:
    if status not in known:
        raise ControlError(f"“status” must be one of {', '.join(known)}.")
    return status


def show_order(order: StarOrder) -> Json:
    """The order as `GET /wms/orders/{order_id}` answers it."""
    is_picked = order.status in ("picked", "packed") or order.has_left
    return {
        "id": order.order_id,
        "warehouse_customer_id": order.customer_id,
        "warehouse_id": "warehouse-1",
        "created_date": order.created_at.isoformat(),
        "updated_date": order.updated_at.isoformat(),
        "reference_id": order.reference_id,
        "order_number": order.number,
        "status": order.status,
        "raw_status": order.raw_status or order.status,
        "channel": None,
        "type": "d2c",
        "shipping_method_name": order.method,
        "ship_to_address": order.address,
        "line_items": [line.show(is_picked=is_picked) for line in order.lines],
        "shipments": [_show_shipment(order, shipment) for shipment in order.shipments],
        "external_system_url": f"https://wms.example.com/orders/{order.order_id}",
        "additional_fields": {},
    }


def _show_shipment(order: StarOrder, shipment: StarShipment) -> Json:
    items = [
        {"inventory_item_id": f"item-{sku}", "sku": sku, "quantity": quantity, "parent_product_id": None}
        for sku, quantity in shipment.units.items()
    ]
    return {
        "shipment_id": f"shipment-{shipment.number}",
        "warehouse_id": "warehouse-1",
        "raw_status": shipment.status,
        "status": shipment.status,
        "shipped_date": shipment.shipped_at.isoformat() if shipment.status == "shipped" else None,
        "shipping_method": shipment.service,
        "line_items": items,
        "ship_to_address": order.address,
        "ship_from_address": WAREHOUSE,
        "packages": [_show_package(shipment, items)],
    }


def _show_package(shipment: StarShipment, items: list[Json]) -> Json:
    return {
        "package_id": f"package-{shipment.number}",
        "package_name": None,
        "tracking_number": shipment.tracking_number,
        "tracking_url": None,
        "shipping_method": shipment.service,
        "carrier": shipment.carrier,
        "shipping_method_id": None,
        "shipping_method_name": shipment.service,
        "carrier_id": None,
        "carrier_name": shipment.carrier,
        "scac": None,
        "shipping_cost": shipment.cost,
        "measurements": dict.fromkeys(("length", "width", "height", "unit", "weight", "weight_unit")),
        "line_items": [item | {"lot_id": None, "expiration_date": None} for item in items],
    }
