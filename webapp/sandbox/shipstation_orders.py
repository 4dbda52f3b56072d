"""ShipStation's orders in the sandbox: what they hold, how they move along, how ShipStation would show them.

Shapes: docs.shipstation.com, ShipStation V1 API, models Order, Shipment and Fulfillment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from zoneinfo import ZoneInfo

from webapp.sandbox.plans import Plan, plan_from
from webapp.sandbox.systems import ControlError, Json

PACIFIC = ZoneInfo("America/Los_Angeles")
STATUSES = (
    "awaiting_payment",
    "awaiting_shipment",
    "pending_fulfillment",
    "shipped",
    "on_hold",
    "cancelled",
    "rejected_fulfillment",
)
# Every order has a customer, so that whoever stores an answer has something to redact.
DEFAULT_CUSTOMER = {
    "name": "Pat Sample",
    "email": "pat.sample@example.com",
    "phone": "555-0142",
    "street1": "12 Sample Street",
    "city": "Springfield",
    "state": "OR",
    "postalCode": "97477",
    "country": "US",
}
_ADDRESS_FIELDS = ("name", "company", "street1", "street2", "city", "state", "postalCode", "country", "phone")
_parcel_ids = count(500_001)


@dataclass
class SandboxLine:
    line_id: int
    key: str
    sku: str
    name: str
    quantity: int
    unit_price: float = 0.0

    def show(self) -> Json:
        return {
            "orderItemId": self.line_id,
            "lineItemKey": self.key,
            "sku": self.sku,
            "name": self.name,
            "quantity": self.quantity,
            "unitPrice": self.unit_price,
            "adjustment": False,
        }


@dataclass
class SandboxParcel:
    """A label bought here, or (`is_marked`) word that somebody shipped it elsewhere."""

    tracking_number: str | None
    carrier: str | None
    service: str | None
    cost: float | None
    shipped_at: datetime
    lines: list[SandboxLine]
    is_voided: bool = False
    is_return: bool = False
    is_marked: bool = False
    parcel_id: int = field(default_factory=lambda: next(_parcel_ids))


@dataclass
class SandboxOrder:
    order_id: int
    number: str
    key: str
    status: str
    created_at: datetime
    lines: list[SandboxLine]
    customer: Json
    store_id: int
    parent_id: int | None
    is_merged_or_split: bool
    parcels: list[SandboxParcel] = field(default_factory=list)
    plan: Plan | None = None

    def settle(self, now: datetime) -> None:
        """Let a plan that is due take effect, unless the order was cancelled or shipped meanwhile."""
        if self.plan is None or now < self.plan.due:
            return
        plan, self.plan = self.plan, None
        if self.status not in ("shipped", "cancelled"):
            self.status = "shipped"
            details = (plan.tracking_number, plan.carrier, plan.service, plan.cost)
            self.parcels.append(SandboxParcel(*details, shipped_at=plan.due, lines=self.lines))

    @property
    def shipped_at(self) -> datetime | None:
        return max((parcel.shipped_at for parcel in self.parcels), default=None)


def order_from(entry: Json, order_id: int, line_ids: Sequence[int], now: datetime) -> SandboxOrder:
    """An order as the control door describes it. Raises ControlError when number, status or lines are wrong."""
    number = entry.get("number")
    if not isinstance(number, str) or not number:
        raise ControlError("Every order needs a “number”.")
    lines = [_line_from(line, line_id) for line, line_id in zip(entry.get("lines", []), line_ids, strict=True)]
    order = SandboxOrder(
        order_id=order_id,
        number=number,
        key=str(entry.get("key", number)),
        status=checked_status(entry.get("status", "awaiting_shipment")),
        created_at=now,
        lines=lines,
        customer={**DEFAULT_CUSTOMER, **entry.get("customer", {})},
        store_id=entry.get("store_id", 1),
        parent_id=entry.get("parent_id"),
        is_merged_or_split=bool(entry.get("merged_or_split", False)),
    )
    add_parcels(order, entry, now)
    order.plan = plan_from(entry["plan"], now) if entry.get("plan") else None
    return order


def checked_status(status: str) -> str:
    """The status itself when ShipStation has it; a word outside its list is allowed with a leading “!”."""
    if status.startswith("!"):
        return status.removeprefix("!")
    if status not in STATUSES:
        raise ControlError(f"“status” must be one of {', '.join(STATUSES)}.")
    return status


def add_parcels(order: SandboxOrder, entry: Json, now: datetime) -> None:
    """Add what the entry lists under “shipments” (labels) and “fulfillments” (marked as shipped)."""
    for is_marked, key in ((False, "shipments"), (True, "fulfillments")):
        for parcel in entry.get(key, []):
            order.parcels.append(_parcel_from(parcel, order, now, is_marked=is_marked))


def _line_from(entry: Json, line_id: int) -> SandboxLine:
    sku = str(entry.get("sku", ""))
    key = str(entry.get("key", sku))
    price = float(entry.get("unit_price", 0))
    return SandboxLine(line_id, key, sku, str(entry.get("name", sku)), int(entry.get("quantity", 1)), price)


def _parcel_from(entry: Json, order: SandboxOrder, now: datetime, *, is_marked: bool) -> SandboxParcel:
    """Without “lines” a parcel holds the whole order."""
    lines = [_line_in_parcel(line, order) for line in entry["lines"]] if "lines" in entry else order.lines
    return SandboxParcel(
        tracking_number=entry.get("tracking_number"),
        carrier=entry.get("carrier"),
        service=entry.get("service"),
        cost=None if entry.get("cost") is None else float(entry["cost"]),
        shipped_at=datetime.fromisoformat(entry["shipped_at"]) if "shipped_at" in entry else now,
        lines=lines,
        is_voided=bool(entry.get("voided", False)),
        is_return=bool(entry.get("return", False)),
        is_marked=is_marked,
    )


def _line_in_parcel(entry: Json, order: SandboxOrder) -> SandboxLine:
    for line in order.lines:
        if line.sku == entry.get("sku"):
            return SandboxLine(line.line_id, line.key, line.sku, line.name, int(entry["quantity"]))
    raise ControlError(f"Order {order.number} has no line with the SKU {entry.get('sku')!r}.")


def show_order(order: SandboxOrder) -> Json:
    """The order as `GET /orders/{orderId}` answers it."""
    first = order.parcels[0] if order.parcels else None
    address = {name: order.customer.get(name) for name in _ADDRESS_FIELDS}
    return {
        "orderId": order.order_id,
        "orderNumber": order.number,
        "orderKey": order.key,
        "orderDate": moment(order.created_at),
        "modifyDate": moment(order.shipped_at or order.created_at),
        "orderStatus": order.status,
        "customerUsername": order.customer["email"],
        "customerEmail": order.customer["email"],
        "billTo": address,
        "shipTo": address,
        "items": [line.show() for line in order.lines],
        "carrierCode": first.carrier if first else None,
        "serviceCode": first.service if first else None,
        "shipDate": order.shipped_at.astimezone(PACIFIC).date().isoformat() if order.shipped_at else None,
        "externallyFulfilled": False,
        "advancedOptions": {
            "storeId": order.store_id,
            "mergedOrSplit": order.is_merged_or_split,
            "mergedIds": [],
            "parentId": order.parent_id,
        },
    }


def show_shipment(order: SandboxOrder, parcel: SandboxParcel, *, with_items: bool) -> Json:
    """One label as `GET /shipments` lists it; items only when they were asked for."""
    return {
        **_shared_fields(order, parcel),
        "shipmentId": parcel.parcel_id,
        "serviceCode": parcel.service,
        "shipmentCost": parcel.cost,
        "insuranceCost": 0,
        "isReturnLabel": parcel.is_return,
        "labelData": None,
        "shipmentItems": [line.show() for line in parcel.lines] if with_items else None,
    }


def show_fulfillment(order: SandboxOrder, parcel: SandboxParcel) -> Json:
    """One order marked as shipped, as `GET /fulfillments` lists it."""
    return {
        **_shared_fields(order, parcel),
        "fulfillmentId": parcel.parcel_id,
        "fulfillmentServiceCode": parcel.service,
        "fulfillmentFee": 0,
        "voidRequested": False,
    }


def _shared_fields(order: SandboxOrder, parcel: SandboxParcel) -> Json:
    return {
        "orderId": order.order_id,
        "orderNumber": order.number,
        "customerEmail": order.customer["email"],
        "trackingNumber": parcel.tracking_number,
        "carrierCode": parcel.carrier,
        "shipDate": moment(parcel.shipped_at),
        "voided": parcel.is_voided,
        "shipTo": {name: order.customer.get(name) for name in _ADDRESS_FIELDS},
    }


def moment(when: datetime) -> str:
    """A time as ShipStation writes it: Pacific, no offset, seven fractional digits."""
    return f"{when.astimezone(PACIFIC):%Y-%m-%dT%H:%M:%S.%f}0"
