"""Amazon's words turned into ours.

Formats: Selling Partner API, Fulfillment Outbound 2020-07-01, GetFulfillmentOrderResult and what it holds.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

from webapp.providers.shapes import (
    JsonObject,
    JsonValue,
    UnexpectedAnswer,
    as_object,
    as_objects,
    required_integer,
    required_text,
    text,
)
from webapp.statuses import ProviderOrderState

NEW, CANCELLED = "new", "cancelled"
# Amazon takes a cancellation only before it starts to pick.
CANCELLABLE = frozenset({"received", "planning"})
_COMPLETE = frozenset({"complete", "completepartialled"})
SHIPPED = "SHIPPED"
_STATES = {
    NEW: ProviderOrderState.AWAITING,
    "received": ProviderOrderState.AWAITING,
    "planning": ProviderOrderState.PROCESSING,
    "processing": ProviderOrderState.PROCESSING,
    "complete": ProviderOrderState.SHIPPED,
    "completepartialled": ProviderOrderState.PARTIALLY_SHIPPED,
    CANCELLED: ProviderOrderState.CANCELLED,
    "unfulfillable": ProviderOrderState.EXCEPTION,
    "invalid": ProviderOrderState.EXCEPTION,
}
# The service behind this API answers 400 where others answer 404; these are its words (seen in public clients).
_NO_SUCH_ORDER = re.compile(r"\border\b.{0,80}\bnot found\b|\bno such order\b", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Line:
    """One line of an order; `key` is our name for it."""

    key: str
    sku: str
    quantity: int


@dataclass(frozen=True)
class Parcel:
    """One package that has left; `shipped_at` is that of the shipment it belongs to."""

    tracking_number: str | None
    carrier: str | None
    shipped_at: datetime | None


@dataclass(frozen=True)
class Order:
    """One fulfillment order; `number` is what the customer reads on the packing slip."""

    order_id: str
    number: str
    status: str
    action: str | None
    service: str | None
    lines: tuple[Line, ...]
    shipped_dates: tuple[datetime | None, ...]
    parcels: tuple[Parcel, ...]
    raw: JsonObject

    @property
    def word(self) -> str:
        return self.status.lower()

    @property
    def is_cancelled(self) -> bool:
        return self.word == CANCELLED

    @property
    def has_left(self) -> bool:
        """Whether anything is on its way, whatever the order's own status says."""
        return bool(self.shipped_dates) or self.word in _COMPLETE

    @property
    def is_on_hold(self) -> bool:
        return (self.action or "").lower() == "hold" and self.word in CANCELLABLE | {NEW}


def read_order(value: JsonValue) -> Order:
    """The answer of `getFulfillmentOrder`. Raises UnexpectedAnswer when it is not of the documented shape."""
    payload = as_object(as_object(value, "answer").get("payload"), "object “payload”")
    order = as_object(payload.get("fulfillmentOrder"), "object “fulfillmentOrder”")
    shipments = as_objects(payload.get("fulfillmentShipments") or [], "shipments")
    left = [each for each in shipments if required_text(each, "fulfillmentShipmentStatus") == SHIPPED]
    return Order(
        order_id=required_text(order, "sellerFulfillmentOrderId"),
        number=required_text(order, "displayableOrderId"),
        status=required_text(order, "fulfillmentOrderStatus"),
        action=text(order, "fulfillmentAction"),
        service=text(order, "shippingSpeedCategory"),
        lines=tuple(_line(each) for each in as_objects(payload.get("fulfillmentOrderItems"), "items")),
        # Until it is SHIPPED, the date of a shipment is only an estimate.
        shipped_dates=tuple(read_date(each, "shippingDate") for each in left),
        parcels=tuple(parcel for each in left for parcel in _parcels(each)),
        raw=payload,
    )


def read_done(value: JsonValue) -> None:
    """The answer to a change: nothing, or `errors`, also under status 200. Raises UnexpectedAnswer."""
    if errors_in(as_object(value, "answer")):
        raise UnexpectedAnswer("reports an error")


def read_page(value: JsonValue) -> None:
    """The answer of `listAllFulfillmentOrders`. Raises UnexpectedAnswer."""
    payload = as_object(as_object(value, "answer").get("payload"), "object “payload”")
    as_objects(payload.get("fulfillmentOrders") or [], "orders")


def _line(raw: JsonObject) -> Line:
    key, sku = required_text(raw, "sellerFulfillmentOrderItemId"), required_text(raw, "sellerSku")
    return Line(key, sku, required_integer(raw, "quantity"))


def _parcels(shipment: JsonObject) -> Iterator[Parcel]:
    for package in as_objects(shipment.get("fulfillmentShipmentPackage") or [], "packages"):
        yield Parcel(
            tracking_number=text(package, "trackingNumber") or text(package, "amazonFulfillmentTrackingNumber"),
            carrier=text(package, "carrierCode"),
            shipped_at=read_date(shipment, "shippingDate"),
        )


def read_date(holder: JsonObject, key: str) -> datetime | None:
    """A moment at `key` as aware UTC. Raises UnexpectedAnswer."""
    value = text(holder, key)
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UnexpectedAnswer(f"has no readable date in “{key}”") from None


def state_of(order: Order) -> ProviderOrderState:
    """What an order amounts to; with something on its way only “complete” means that all of it is."""
    state = _STATES.get(order.word, ProviderOrderState.UNKNOWN)
    if not order.shipped_dates:
        return state
    if state is ProviderOrderState.CANCELLED:
        return ProviderOrderState.EXCEPTION  # Cancelled, yet a parcel is on its way: a person must look.
    underway = (ProviderOrderState.AWAITING, ProviderOrderState.PROCESSING)
    return ProviderOrderState.PARTIALLY_SHIPPED if state in underway else state


def in_dispatch_order(order: Order) -> list[Parcel]:
    """Earliest first, undated last, so that a parcel added later does not change the tracking number shown."""
    undated = datetime.max.replace(tzinfo=UTC)
    return sorted(order.parcels, key=lambda parcel: parcel.shipped_at or undated)


def errors_in(data: JsonValue) -> list[JsonObject]:
    """What an answer lists under `errors`; nothing when it has none."""
    found = data.get("errors") if isinstance(data, dict) else None
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def explain(data: JsonValue) -> str | None:
    """Amazon's own words: code, message and details of each error, or those of its sign-in (RFC 6749, 5.2)."""
    if errors := errors_in(data):
        parts = [error.get(key) for error in errors for key in ("code", "message", "details")]
        return " ".join(part for part in parts if isinstance(part, str) and part) or None
    if not isinstance(data, dict):
        return None
    words = [data.get(key) for key in ("error", "error_description")]
    return " ".join(word for word in words if isinstance(word, str) and word) or None


def says_missing(status: int, data: JsonValue) -> bool:
    """Whether an error of Amazon's own shape says that there is no such order: by status 404, or in words."""
    messages = [error.get("message") for error in errors_in(data)]
    if status == HTTPStatus.NOT_FOUND:
        return bool(messages)
    return any(isinstance(message, str) and _NO_SUCH_ORDER.search(message) for message in messages)
