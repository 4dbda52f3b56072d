"""ShipStation's words turned into ours: statuses, dates, parcels, and one snapshot out of several orders.

Formats: docs.shipstation.com, ShipStation V1 API, models Order, OrderItem, AdvancedOptions, Shipment and
Fulfillment.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from webapp.providers.shapes import (
    JsonObject,
    JsonValue,
    UnexpectedAnswer,
    amount,
    as_object,
    as_objects,
    flag,
    integer,
    required_integer,
    required_text,
    text,
)
from webapp.statuses import ProviderOrderState

# Dates carry no offset; the documentation says they are Pacific time.
PACIFIC = ZoneInfo("America/Los_Angeles")
CANCELLED = "cancelled"
SHIPPED = "shipped"
# Orders in these take a change; docs.shipstation.com, Create/Update Order.
OPEN = frozenset({"awaiting_payment", "awaiting_shipment", "on_hold"})

# What a status means while nothing has left. A hold is only a later start, so it still awaits.
_STATES = {
    "awaiting_payment": ProviderOrderState.AWAITING,
    "awaiting_shipment": ProviderOrderState.AWAITING,
    "on_hold": ProviderOrderState.AWAITING,
    "pending_fulfillment": ProviderOrderState.PROCESSING,
    "rejected_fulfillment": ProviderOrderState.EXCEPTION,
    CANCELLED: ProviderOrderState.CANCELLED,
    SHIPPED: ProviderOrderState.SHIPPED,
}
# Among the parts of a split order the first of these that occurs speaks for the whole.
_MOST_TELLING = (
    ProviderOrderState.EXCEPTION,
    ProviderOrderState.UNKNOWN,
    ProviderOrderState.PARTIALLY_SHIPPED,
    ProviderOrderState.PROCESSING,
)


@dataclass(frozen=True)
class Line:
    """Units of one order line; `names` are the ways in which a shipment may refer to it."""

    names: tuple[tuple[str, str], ...]
    quantity: int

    def name(self, kind: str) -> str:
        """What the line is called by `kind` (orderItemId, lineItemKey or sku); empty when it is not."""
        return dict(self.names).get(kind, "")


@dataclass(frozen=True)
class Order:
    order_id: int
    number: str
    status: str
    store_id: int | None
    is_merged_or_split: bool
    is_part: bool
    carrier: str | None
    service: str | None
    shipped_at: datetime | None
    lines: tuple[Line, ...]
    raw: JsonObject


@dataclass(frozen=True)
class Parcel:
    """A label bought in ShipStation, or an order marked as shipped elsewhere (`lines` None: it names none)."""

    parcel_id: int
    order_id: int
    tracking_number: str | None
    carrier: str | None
    service: str | None
    shipped_at: datetime | None
    cost: Decimal | None
    is_live: bool
    lines: tuple[Line, ...] | None
    raw: JsonObject


@dataclass(frozen=True)
class Part:
    """One ShipStation order with its live parcels; a split order has several, all under one number."""

    order: Order
    parcels: tuple[Parcel, ...]


def read_order(value: JsonValue) -> Order:
    """One order. Raises UnexpectedAnswer when it is not of the documented shape."""
    raw = as_object(value, "order")
    advanced = as_object(raw.get("advancedOptions") or {}, "object “advancedOptions”")
    return Order(
        order_id=required_integer(raw, "orderId"),
        number=required_text(raw, "orderNumber"),
        status=required_text(raw, "orderStatus"),
        store_id=integer(advanced, "storeId"),
        is_merged_or_split=flag(advanced, "mergedOrSplit"),
        is_part=integer(advanced, "parentId") is not None,
        carrier=text(raw, "carrierCode"),
        service=text(raw, "serviceCode"),
        shipped_at=read_date(raw, "shipDate"),
        lines=_lines(raw.get("items") or []),
        raw=raw,
    )


def read_shipment(value: JsonValue) -> Parcel:
    """One label; a voided or a return label is not live. Raises UnexpectedAnswer."""
    raw = as_object(value, "shipment")
    items = raw.get("shipmentItems")
    return Parcel(
        parcel_id=required_integer(raw, "shipmentId"),
        order_id=required_integer(raw, "orderId"),
        tracking_number=text(raw, "trackingNumber"),
        carrier=text(raw, "carrierCode"),
        service=text(raw, "serviceCode"),
        shipped_at=read_date(raw, "shipDate"),
        cost=amount(raw, "shipmentCost"),
        is_live=not (flag(raw, "voided") or flag(raw, "isReturnLabel")),
        lines=None if items is None else _lines(items),
        raw=raw,
    )


def read_fulfillment(value: JsonValue) -> Parcel:
    """One order marked as shipped elsewhere; it has no cost of ours and no items. Raises UnexpectedAnswer."""
    raw = as_object(value, "fulfillment")
    return Parcel(
        parcel_id=required_integer(raw, "fulfillmentId"),
        order_id=required_integer(raw, "orderId"),
        tracking_number=text(raw, "trackingNumber"),
        carrier=text(raw, "carrierCode"),
        service=text(raw, "fulfillmentServiceCode"),
        shipped_at=read_date(raw, "shipDate"),
        cost=None,
        is_live=not flag(raw, "voided"),
        lines=None,
        raw=raw,
    )


def read_date(holder: JsonObject, key: str) -> datetime | None:
    """A ShipStation date or date and time (seven fractional digits) at `key`, as aware UTC."""
    value = text(holder, key)
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
        if moment.year == 1:  # .NET, in which ShipStation is written, says “no date” with its first one.
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=PACIFIC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UnexpectedAnswer(f"has no readable date in “{key}”") from None


def explain(data: JsonValue) -> str | None:
    """The words of a ShipStation error, whichever of its two shapes and spellings it came in."""
    if not isinstance(data, dict):
        return None
    found = {key.lower(): value for key, value in data.items()}
    words = [found.get("message"), found.get("exceptionmessage"), *_model_state(found.get("modelstate"))]
    return " ".join(word for word in words if isinstance(word, str) and word) or None


def _model_state(value: JsonValue) -> list[str]:
    if not isinstance(value, dict):
        return []
    return [
        f"{field}: {', '.join(str(item) for item in problems)}"
        for field, problems in value.items()
        if isinstance(problems, list)
    ]


def _lines(value: JsonValue) -> tuple[Line, ...]:
    """The units to be sent; an adjustment is a discount or fee and never goes into a box."""
    items = as_objects(value, "items")
    return tuple(
        Line(_names(item), integer(item, "quantity") or 0) for item in items if not flag(item, "adjustment")
    )


def _names(item: JsonObject) -> tuple[tuple[str, str], ...]:
    named = ((key, text(item, key)) for key in ("orderItemId", "lineItemKey", "sku"))
    return tuple((key, value) for key, value in named if value)


def state_of(parts: Sequence[Part]) -> ProviderOrderState:
    """What the parts of one order amount to; a cancelled part counts only when every part is cancelled."""
    states = [_state_of_part(part) for part in parts]
    standing = [state for state in states if state is not ProviderOrderState.CANCELLED]
    if not standing:
        return ProviderOrderState.CANCELLED
    if all(state is ProviderOrderState.SHIPPED for state in standing):
        return ProviderOrderState.SHIPPED
    for state in _MOST_TELLING:
        if state in standing:
            return state
    has_shipped = ProviderOrderState.SHIPPED in standing
    return ProviderOrderState.PARTIALLY_SHIPPED if has_shipped else ProviderOrderState.AWAITING


def _state_of_part(part: Part) -> ProviderOrderState:
    state = _STATES.get(part.order.status.lower(), ProviderOrderState.UNKNOWN)
    if not part.parcels:
        return state
    match state:
        case ProviderOrderState.SHIPPED:
            return state if _covers(part) else ProviderOrderState.PARTIALLY_SHIPPED
        case ProviderOrderState.CANCELLED:
            return ProviderOrderState.EXCEPTION  # Cancelled, yet a parcel is on its way: a person must look.
        case ProviderOrderState.AWAITING | ProviderOrderState.PROCESSING:
            return ProviderOrderState.PARTIALLY_SHIPPED
        case _:
            return state


def _covers(part: Part) -> bool:
    """Whether the parcels hold every unit; a parcel that names no items is taken at the order's word."""
    remaining = [line.quantity for line in part.order.lines]
    index = {name: place for place, line in enumerate(part.order.lines) for name in reversed(line.names)}
    unplaced = 0
    for parcel in part.parcels:
        if parcel.lines is None:
            return True
        for line in parcel.lines:
            place = next((index[name] for name in line.names if name in index), None)
            if place is None:
                unplaced += line.quantity
            else:
                remaining[place] -= line.quantity
    return sum(max(units, 0) for units in remaining) <= unplaced


def in_dispatch_order(parcels: Iterable[Parcel]) -> list[Parcel]:
    """Earliest first, undated last, so that a parcel added later does not change the tracking number shown."""
    undated = datetime.max.replace(tzinfo=UTC)
    return sorted(parcels, key=lambda parcel: (parcel.shipped_at or undated, parcel.parcel_id))


def cost_of(parcels: Iterable[Parcel]) -> Decimal | None:
    """The sum of what the live labels cost; None when no label says what it cost."""
    costs = [parcel.cost for parcel in parcels if parcel.cost is not None]
    return sum(costs, Decimal(0)) if costs else None
