"""VeraCore's orders in the sandbox: what they hold, how they move along, how VeraCore would show them.

Shapes: types generated from a tenant's WSDL by a public client, OrderInqRecord and what it holds.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from webapp.sandbox.plans import Plan, plan_from
from webapp.sandbox.systems import ControlError, Json

FLAGS = (
    "Unapproved",
    "Unprocessed",
    "Accepted",
    "Hold",
    "DeniedCredit",
    "Processed",
    "Pending",
    "Picked",
    "Backordered",
    "Shipped",
    "Canceled",
    "Complete",
)
AT_WORK = frozenset({"Processed", "Pending", "Picked"})
OVER = frozenset({"Canceled", "Complete"})
# .NET's word for “no date”.
NO_DATE = "0001-01-01T00:00:00"
# Every order has a customer, so that whoever stores an answer has something to redact.
DEFAULT_CUSTOMER = {
    "Company": "Placeholder Paper Co",
    "Contact": "Robin Placeholder",
    "Address1": "77 Placeholder Place",
    "City": "Dubuque",
    "State": "Iowa",
    "PostalCode": "52001",
    "Country": "Absurdistan",
    "Phone": "555-010-0177",
    "Email": "robin.placeholder@example.com",
}
_slips = count(500_001)


@dataclass
class CoreParcel:
    """Some units in one package; no `units` are all of the order, no `shipped_at` is still there."""

    tracking_number: str | None
    carrier: str | None
    service: str | None
    cost: str
    shipped_at: datetime | None
    voided_at: datetime | None = None
    units: dict[str, int] | None = None
    # Whether only the REST service tells its tracking number.
    is_quiet: bool = False
    slip: int = field(default_factory=lambda: next(_slips))


@dataclass
class CoreOrder:
    order_id: str
    number: str
    entered_at: datetime
    lines: list[Json]
    customer: Json
    flags: set[str] = field(default_factory=lambda: {"Unprocessed"})
    carrier: str | None = None
    service: str | None = None
    parcels: list[CoreParcel] = field(default_factory=list)
    plan: Plan | None = None

    @property
    def may_change(self) -> bool:
        return not self.flags & (AT_WORK | OVER | {"Shipped"})

    def settle(self, now: datetime) -> None:
        """Let a plan that is due take effect, unless the order is over or on hold."""
        if self.plan is None or now < self.plan.due or "Hold" in self.flags:
            return
        plan, self.plan = self.plan, None
        if not self.flags & OVER:
            self.ship(plan.tracking_number, plan.carrier, plan.service, plan.cost, plan.due)

    def ship(
        self, tracking: str | None, carrier: str | None, service: str | None, cost: float | None, at: datetime
    ) -> None:
        """Send everything in one package."""
        self.parcels.append(CoreParcel(tracking, carrier, service, str(cost or 0), at))
        self.flags = {"Processed", "Shipped", "Complete"}


def order_from(entry: Json, now: datetime) -> CoreOrder:
    """An order as the control door describes it. Raises ControlError when number or status is wrong."""
    number = entry.get("number")
    if not isinstance(number, str) or not number:
        raise ControlError("Every order needs a “number”.")
    order = CoreOrder(
        order_id=str(entry.get("external_id") or number),
        number=number,
        entered_at=now,
        lines=[
            {"sku": str(line.get("sku", "")), "quantity": int(line.get("quantity", 1))}
            for line in entry.get("lines", [])
        ],
        customer={**DEFAULT_CUSTOMER, **entry.get("customer", {})},
        carrier=entry.get("carrier"),
        service=entry.get("service"),
    )
    apply(order, entry, now)
    order.plan = plan_from(entry["plan"], now) if entry.get("plan") else None
    return order


def apply(order: CoreOrder, changes: Json, now: datetime) -> None:
    """Pack by “shipments” (with “lines”: only those units), void packages by “void_labels”, set “status”."""
    if changes.get("void_labels"):
        for parcel in order.parcels:
            parcel.voided_at = now
        order.flags -= {"Shipped", "Complete"}
    for parcel in changes.get("shipments", []):
        _pack(order, parcel, now)
    if "status" in changes:
        order.flags = checked_flags(str(changes["status"]))


def checked_flags(status: str) -> set[str]:
    """The words of “Shipped, Backordered”; an empty text is an order of which nothing is true."""
    words = {word.strip() for word in status.split(",") if word.strip()}
    if unknown := words - set(FLAGS):
        raise ControlError(f"“status” has {min(unknown)}; it is made of {', '.join(FLAGS)}.")
    return words


def _pack(order: CoreOrder, entry: Json, now: datetime) -> None:
    """With “waiting” the package is only labelled; with “quiet” its tracking number is told by REST alone."""
    shipped_at = datetime.fromisoformat(entry["shipped_at"]) if entry.get("shipped_at") else now
    is_waiting = bool(entry.get("waiting"))
    units = {line["sku"]: int(line["quantity"]) for line in entry["lines"]} if "lines" in entry else None
    order.parcels.append(
        CoreParcel(
            tracking_number=entry.get("tracking_number"),
            carrier=entry.get("carrier"),
            service=entry.get("service"),
            cost=str(entry.get("cost") or 0),
            shipped_at=None if is_waiting else shipped_at,
            units=units,
            is_quiet=bool(entry.get("quiet")),
        )
    )
    if not is_waiting:
        order.flags = {"Processed", "Shipped"} | ({"Complete"} if units is None else {"Pending"})


def add_units(order: CoreOrder, offers: list[Json]) -> None:
    """Further lines, each for itself, as `AddOffer` adds them."""
    order.lines += [{"sku": offer["OfferID"], "quantity": int(offer["Quantity"])} for offer in offers]


def show_order(order: CoreOrder) -> Json:
    """The record that `GetOrderInfo` answers with."""
    shown = [line for line in order.lines if line["quantity"]]
    return {
        "OrdHead": {
            "OrderId": order.order_id,
            "EntryDate": moment(order.entered_at),
            "ReferenceNo": order.number,
            "Carrier": order.carrier,
            "Service": order.service,
            "ShipHandCharge": "0",
            "Status": {flag: flag in order.flags for flag in FLAGS},
        },
        "OrderedBy": order.customer,
        "ShipToInfo": order.customer,
        "OfferInfo": {
            "OfferType": [
                {"OfferId": line["sku"], "OfferDesc": f"Offer {line['sku']}", "OrderQty": line["quantity"]}
                for line in shown
            ]
        },
        "BillOfMaterials": {
            "BOMProductType": [{"ProductId": line["sku"], "OrderQty": line["quantity"]} for line in shown]
        },
        "ShippingOrders": {"PickPackType": [_show_part(parcel, order) for parcel in order.parcels]},
    }


def _show_part(parcel: CoreParcel, order: CoreOrder) -> Json:
    whole: dict[str, int] = {}
    for line in order.lines:
        whole[line["sku"]] = whole.get(line["sku"], 0) + line["quantity"]
    units = whole if parcel.units is None else parcel.units
    return {
        "PickSlipID": f"PS{parcel.slip}",
        "PickPackId": str(parcel.slip),
        "Status": "Shipped" if parcel.shipped_at else "Picked",
        "DatePicked": moment(parcel.shipped_at),
        "PickPackProducts": {
            "PickPackProductType": [{"ProductId": sku, "ToShipQty": units[sku]} for sku in units if units[sku]]
        },
        "Packages": {
            "PackagesType": [
                {
                    "TrackingId": None if parcel.is_quiet else parcel.tracking_number,
                    "Carrier": parcel.carrier,
                    "Service": parcel.service,
                    "ActualService": parcel.service,
                    "DateShipped": moment(parcel.shipped_at),
                    "DateVoided": moment(parcel.voided_at),
                    "ActualFreight": parcel.cost,
                    "ActualAdditionalChg": "0",
                    "Weight": "1.5",
                }
            ]
        },
    }


def show_packages(order: CoreOrder) -> Json:
    """The answer of `GetPackages`; its units are null where nothing was sent."""
    units = [
        {
            "Shipping": {
                "FreightCarrier": parcel.carrier,
                "TrackingNumber": parcel.tracking_number,
                "TrackingLink": f"https://track.example/{parcel.tracking_number}",
            }
        }
        for parcel in order.parcels
        if parcel.shipped_at and not parcel.voided_at
    ]
    return {"ShippingUnits": units or None, "Error": None}


def moment(when: datetime | None) -> str:
    """A time as the sandbox's tenant writes it: UTC, without saying so."""
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%S}" if when else NO_DATE
