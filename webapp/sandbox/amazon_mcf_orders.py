"""Amazon's fulfillment orders in the sandbox: what they hold, how they move along, how Amazon would show them.

Shapes: Selling Partner API, Fulfillment Outbound 2020-07-01, GetFulfillmentOrderResult and what it holds.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from webapp.sandbox.plans import Plan, plan_from
from webapp.sandbox.systems import ControlError, Json

STATUSES = (
    "New",
    "Received",
    "Planning",
    "Processing",
    "Cancelled",
    "Complete",
    "CompletePartialled",
    "Unfulfillable",
    "Invalid",
)
SHIPMENT_STATUSES = ("PENDING", "SHIPPED", "CANCELLED_BY_FULFILLER", "CANCELLED_BY_SELLER")
# Before Amazon starts to pick, an order can be cancelled.
CANCELLABLE = ("Received", "Planning")
OVER = ("Cancelled", "Complete", "CompletePartialled", "Unfulfillable", "Invalid")
MARKETPLACE = "ATVPDKIKX0DER"  # amazon.com
# Every order has a customer, so that whoever stores an answer has something to redact.
DEFAULT_CUSTOMER = {
    "name": "Kim Muster",
    "addressLine1": "9 Muster Avenue",
    "city": "Bend",
    "stateOrRegion": "OR",
    "postalCode": "97701",
    "countryCode": "US",
    "phone": "555-0163",
}
DEFAULT_EMAIL = "kim.muster@example.com"
_DELIVERY = timedelta(days=2)
_package_numbers = count(300_001)


@dataclass
class AmazonLine:
    key: str
    sku: str
    quantity: int


@dataclass
class AmazonShipment:
    """Some units on their way in one package; no `units` are all units of the order."""

    status: str
    tracking_number: str | None
    amazon_tracking_number: str | None
    carrier: str
    shipped_at: datetime
    units: dict[str, int] | None = None
    number: int = field(default_factory=lambda: next(_package_numbers))


@dataclass
class AmazonOrder:
    order_id: str
    number: str
    status: str
    action: str
    speed: str
    comment: str
    ordered_at: datetime
    received_at: datetime
    updated_at: datetime
    lines: list[AmazonLine]
    customer: Json
    policy: str = "FillOrKill"
    shipments: list[AmazonShipment] = field(default_factory=list)
    plan: Plan | None = None

    def settle(self, now: datetime) -> None:
        """Let a plan that is due take effect, unless the order is over or on hold."""
        if self.plan is None or now < self.plan.due or self.action == "Hold":
            return
        plan, self.plan = self.plan, None
        if self.status not in OVER:
            self.ship(plan.tracking_number, plan.carrier or "UPS", plan.due)

    def ship(self, tracking_number: str | None, carrier: str, when: datetime) -> None:
        """Send everything in one package."""
        self.shipments.append(AmazonShipment("SHIPPED", tracking_number, None, carrier, when))
        self.move("Complete", when)

    def move(self, status: str, when: datetime) -> None:
        self.status, self.updated_at = status, when


def order_from(entry: Json, now: datetime) -> AmazonOrder:
    """An order as the control door describes it. Raises ControlError when number, status or lines are wrong."""
    number = entry.get("number")
    if not isinstance(number, str) or not number:
        raise ControlError("Every order needs a “number”.")
    order = AmazonOrder(
        order_id=str(entry.get("external_id") or number),
        number=number,
        status="Received",
        action=entry.get("action", "Ship"),
        speed=entry.get("speed", "Standard"),
        comment=entry.get("comment", "Thank you for your order."),
        ordered_at=datetime.fromisoformat(entry["ordered_at"]) if "ordered_at" in entry else now,
        received_at=now,
        updated_at=now,
        lines=[_line_from(line) for line in entry.get("lines", [])],
        customer=entry.get("customer", DEFAULT_CUSTOMER),
        policy=entry.get("policy", "FillOrKill"),
    )
    apply(order, entry, now)
    order.plan = plan_from(entry["plan"], now) if entry.get("plan") else None
    return order


def apply(order: AmazonOrder, changes: Json, now: datetime) -> None:
    """Set “status” and “action”, add “shipments”; one that is SHIPPED and holds everything completes the order."""
    order.action = changes.get("action", order.action)
    for parcel in changes.get("shipments", []):
        order.shipments.append(_shipment_from(parcel, now))
        if order.shipments[-1].status == "SHIPPED":
            order.move("Complete" if order.shipments[-1].units is None else "Processing", now)
    if "status" in changes:
        order.move(checked_status(changes["status"]), now)


def checked_status(status: str) -> str:
    """The status itself when Amazon has it; a word outside its list is allowed with a leading “!”."""
    if status.startswith("!"):
        return status.removeprefix("!")
    if status not in STATUSES:
        raise ControlError(f"“status” must be one of {', '.join(STATUSES)}.")
    return status


def _line_from(entry: Json) -> AmazonLine:
    sku = str(entry.get("sku", ""))
    return AmazonLine(str(entry.get("key", sku)), sku, int(entry.get("quantity", 1)))


def _shipment_from(entry: Json, now: datetime) -> AmazonShipment:
    status = entry.get("status", "SHIPPED")
    if status not in SHIPMENT_STATUSES:
        raise ControlError(f"A shipment's “status” must be one of {', '.join(SHIPMENT_STATUSES)}.")
    units = {line["sku"]: int(line["quantity"]) for line in entry["lines"]} if "lines" in entry else None
    return AmazonShipment(
        status=status,
        tracking_number=entry.get("tracking_number"),
        amazon_tracking_number=entry.get("amazon_tracking_number"),
        carrier=entry.get("carrier") or "UPS",
        shipped_at=datetime.fromisoformat(entry["shipped_at"]) if "shipped_at" in entry else now,
        units=units,
    )


def show_head(order: AmazonOrder) -> Json:
    """The order without lines and shipments, as lists have it."""
    return {
        "sellerFulfillmentOrderId": order.order_id,
        "marketplaceId": MARKETPLACE,
        "displayableOrderId": order.number,
        "displayableOrderDate": moment(order.ordered_at),
        "displayableOrderComment": order.comment,
        "shippingSpeedCategory": order.speed,
        "destinationAddress": order.customer,
        "fulfillmentAction": order.action,
        "fulfillmentPolicy": order.policy,
        "receivedDate": moment(order.received_at),
        "fulfillmentOrderStatus": order.status,
        "statusUpdatedDate": moment(order.updated_at),
        "notificationEmails": [DEFAULT_EMAIL],
    }


def show_order(order: AmazonOrder) -> Json:
    """The order as `getFulfillmentOrder` answers it."""
    return {
        "fulfillmentOrder": show_head(order),
        "fulfillmentOrderItems": [_show_line(line, order) for line in order.lines],
        "fulfillmentShipments": [_show_shipment(shipment, order) for shipment in order.shipments],
        "returnItems": [],
        "returnAuthorizations": [],
    }


def _show_line(line: AmazonLine, order: AmazonOrder) -> Json:
    return {
        "sellerSku": line.sku,
        "sellerFulfillmentOrderItemId": line.key,
        "quantity": line.quantity,
        "cancelledQuantity": line.quantity if order.status == "Cancelled" else 0,
        "unfulfillableQuantity": line.quantity if order.status == "Unfulfillable" else 0,
    }


def _show_shipment(shipment: AmazonShipment, order: AmazonOrder) -> Json:
    """The shipping date is shown always; before SHIPPED it is an estimate."""
    units = {line.sku: line.quantity for line in order.lines} if shipment.units is None else shipment.units
    names = {
        "trackingNumber": shipment.tracking_number,
        "amazonFulfillmentTrackingNumber": shipment.amazon_tracking_number,
    }
    package = {"packageNumber": shipment.number, "carrierCode": shipment.carrier}
    return {
        "amazonShipmentId": f"D{shipment.number}",
        "fulfillmentCenterId": "PDX9",
        "fulfillmentShipmentStatus": shipment.status,
        "shippingDate": moment(shipment.shipped_at),
        "estimatedArrivalDate": moment(shipment.shipped_at + _DELIVERY),
        "fulfillmentShipmentItem": [
            {
                "sellerSku": line.sku,
                "sellerFulfillmentOrderItemId": line.key,
                "quantity": units[line.sku],
                "packageNumber": shipment.number,
            }
            for line in order.lines
            if units.get(line.sku)
        ],
        "fulfillmentShipmentPackage": [package | {name: value for name, value in names.items() if value}],
    }


def moment(when: datetime) -> str:
    """A time as Amazon writes it: ISO 8601, UTC."""
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
