"""Trackstar's words turned into ours: statuses, parcels, and how old its copy is.

Formats: Trackstar's OpenAPI specification, schemas WmsOrdersListEndpoint, wmsCreateOrderResponse and Connection.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from webapp.providers.shapes import (
    JsonObject,
    JsonValue,
    UnexpectedAnswer,
    amount,
    as_object,
    as_objects,
    flag,
    integer,
    required_text,
    text,
)
from webapp.statuses import FulfillmentStatus, ProviderOrderState

OPEN, CANCELLED, FULFILLED, OTHER = "open", "cancelled", "fulfilled", "other"
_BEFORE_LEAVING = {
    OPEN: ProviderOrderState.AWAITING,
    "confirmed": ProviderOrderState.AWAITING,
    "processing": ProviderOrderState.PROCESSING,
    "picked": ProviderOrderState.PROCESSING,
    "packed": ProviderOrderState.PROCESSING,
    "backordered": ProviderOrderState.EXCEPTION,
    "exception": ProviderOrderState.EXCEPTION,
}
# The only words that tell how far the work in the warehouse is.
_PROGRESS = {"picked": FulfillmentStatus.PICKED, "packed": FulfillmentStatus.PACKED}


@dataclass(frozen=True)
class Line:
    sku: str
    quantity: int


@dataclass(frozen=True)
class Parcel:
    """One package of a shipment; `has_left` when the shipment is shipped."""

    tracking_number: str | None
    carrier: str | None
    service: str | None
    cost: Decimal | None
    shipped_at: datetime | None
    has_left: bool


@dataclass(frozen=True)
class Order:
    order_id: str
    number: str
    customer: str | None
    status: str
    raw_status: str
    carrier: str | None
    service: str | None
    url: str | None
    lines: tuple[Line, ...]
    shipped_units: int
    parcels: tuple[Parcel, ...]
    raw: JsonObject

    @property
    def is_cancelled(self) -> bool:
        return self.status == CANCELLED

    @property
    def has_left(self) -> bool:
        """Whether it is too late to change anything: shipped in whole or in part."""
        has_status = self.status in (FULFILLED, "partially_fulfilled")
        return has_status or bool(self.shipped_units) or any(parcel.has_left for parcel in self.parcels)


@dataclass(frozen=True)
class Page:
    orders: list[Order]
    next_token: str | None


@dataclass(frozen=True)
class Crawl:
    """When Trackstar last began and ended to fill its copy of the orders; None where it does not say."""

    started_at: datetime | None
    ended_at: datetime | None

    def is_newer_than(self, moment: datetime) -> bool:
        """Whether a fill that is over began after the moment, so that the copy holds what was there then."""
        if self.started_at is None or self.ended_at is None:
            return False
        return self.ended_at >= self.started_at > moment


def read_answer(data: JsonValue) -> Order:
    """The answer about one order. Raises UnexpectedAnswer when it is not of the documented shape."""
    return read_order(as_object(data, "answer").get("data"))


def read_page(data: JsonValue) -> Page:
    """One page of orders. Raises UnexpectedAnswer."""
    page = as_object(data, "page")
    orders = [read_order(entry) for entry in as_objects(page.get("data"), "orders")]
    return Page(orders, text(page, "next_token"))


def read_written(data: JsonValue, number: str, status: str = OTHER) -> Order:
    """The order in the answer to a call that changes it, of which only the id is certain.

    `status` is taken where the answer has none. Raises UnexpectedAnswer.
    """
    answer = as_object(data, "answer")
    said = as_object(answer.get("data") or {}, "order")
    order_id = text(said, "id") or required_text(answer, "id")
    known: JsonObject = {"id": order_id, "order_number": text(said, "order_number") or number}
    return read_order({"status": status, **said, **known})


def read_order(value: JsonValue) -> Order:
    """One order. Raises UnexpectedAnswer when it is not of the documented shape."""
    raw = as_object(value, "order")
    status = required_text(raw, "status").lower()
    shipments = [
        each
        for each in as_objects(raw.get("shipments") or [], "shipments")
        if (text(each, "status") or "").lower() != CANCELLED
    ]
    return Order(
        order_id=required_text(raw, "id"),
        number=text(raw, "order_number") or required_text(raw, "reference_id"),
        customer=text(raw, "warehouse_customer_id"),
        status=status,
        raw_status=text(raw, "raw_status") or status,
        carrier=text(raw, "carrier_name"),
        service=text(raw, "shipping_method_name") or text(raw, "shipping_method"),
        url=text(raw, "external_system_url"),
        lines=tuple(_line(entry) for entry in as_objects(raw.get("line_items") or [], "lines")),
        shipped_units=sum(_units(each) for each in shipments if _has_left(each)),
        parcels=tuple(in_dispatch_order(_parcels(shipments))),
        raw=raw,
    )


def read_crawl(data: JsonValue, connection_id: str) -> Crawl:
    """When the orders of the connection were last read. Raises UnexpectedAnswer."""
    for connection in as_objects(as_object(data, "answer").get("data"), "connections"):
        if text(connection, "connection_id") != connection_id:
            continue
        for schedule in as_objects(connection.get("sync_schedules") or [], "schedules"):
            if text(schedule, "function_name") == "get_orders" and not flag(schedule, "in_progress"):
                return Crawl(read_date(schedule, "last_crawl_start"), read_date(schedule, "last_crawl_end"))
    return Crawl(None, None)


def read_date(holder: JsonObject, key: str) -> datetime | None:
    """A moment at `key` as aware UTC; one without an offset is taken as UTC. Raises UnexpectedAnswer."""
    value = text(holder, key)
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UnexpectedAnswer(f"has no readable date in “{key}”") from None


def explain(data: JsonValue) -> str | None:
    """Trackstar's words: `error`, whose words they are, and the fields that a validation names."""
    if not isinstance(data, dict):
        return None
    said = data.get("error")
    words = [said] if isinstance(said, str) and said else []
    if words and data.get("origin") == "integration":
        words.append("(said by the connected warehouse system)")
    return " ".join([*words, *_details(data.get("detail"))]) or None


def _details(detail: JsonValue) -> Iterable[str]:
    """`{location: {field: [words]}}`; of lines the field holds their places, which hold the fields."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            if isinstance(inner, list):
                yield f"{name}: {', '.join(str(word) for word in inner)}"
            else:
                yield from _details(inner)


def state_of(order: Order) -> ProviderOrderState:
    """What an order amounts to: by its status, and by its shipments where that leaves it open."""
    if order.is_cancelled:
        # Cancelled, yet something is on its way: a person must look.
        return ProviderOrderState.EXCEPTION if order.has_left else ProviderOrderState.CANCELLED
    if order.status == FULFILLED:
        return ProviderOrderState.SHIPPED
    if order.has_left:
        ordered = sum(line.quantity for line in order.lines)
        is_whole = order.status == OTHER and 0 < ordered <= order.shipped_units
        return ProviderOrderState.SHIPPED if is_whole else ProviderOrderState.PARTIALLY_SHIPPED
    return _BEFORE_LEAVING.get(order.status, ProviderOrderState.UNKNOWN)


def progress_of(order: Order) -> FulfillmentStatus | None:
    """How far the warehouse is, where the status tells."""
    return None if order.has_left else _PROGRESS.get(order.status)


def in_dispatch_order(parcels: Iterable[Parcel]) -> list[Parcel]:
    """Earliest first, undated last, so that a parcel added later does not change the tracking number shown."""
    undated = datetime.max.replace(tzinfo=UTC)
    return sorted(parcels, key=lambda parcel: parcel.shipped_at or undated)


def cost_of(parcels: Iterable[Parcel]) -> Decimal | None:
    """The sum of what the parcels cost us; None when none says so. `total_shipping` is what the customer paid."""
    costs = [parcel.cost for parcel in parcels if parcel.cost is not None]
    return sum(costs, Decimal(0)) if costs else None


def _line(raw: JsonObject) -> Line:
    return Line(text(raw, "sku") or text(raw, "product_id") or "", integer(raw, "quantity") or 0)


def _has_left(shipment: JsonObject) -> bool:
    return (text(shipment, "status") or "").lower() == "shipped"


def _units(shipment: JsonObject) -> int:
    return sum(integer(line, "quantity") or 0 for line in as_objects(shipment.get("line_items") or [], "lines"))


def _parcels(shipments: Iterable[JsonObject]) -> Iterable[Parcel]:
    for shipment in shipments:
        for package in as_objects(shipment.get("packages") or [], "packages"):
            yield Parcel(
                tracking_number=text(package, "tracking_number"),
                carrier=text(package, "carrier_name") or text(package, "carrier"),
                service=text(package, "shipping_method_name") or text(package, "shipping_method"),
                cost=amount(package, "shipping_cost"),
                shipped_at=read_date(shipment, "shipped_date"),
                has_left=_has_left(shipment),
            )
