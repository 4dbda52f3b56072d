"""Shipfusion's words turned into ours: statuses of shipments and of their items, tracking, dates.

Formats: public clients (a shipment as `GET /shipments/{shipmentId}` answered it). What we call an order is a
shipment there. It shows no price. An item has no quantity: each entry is taken for one unit, unless it says more.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from webapp.providers.base import NewOrderLine
from webapp.providers.shapes import (
    JsonObject,
    JsonValue,
    UnexpectedAnswer,
    as_object,
    as_objects,
    integer,
    required_text,
    text,
)
from webapp.statuses import ProviderOrderState

IN_QUEUE, PROCESSING, SHIPPED, BACK_ORDER, ON_HOLD = "inqueue", "processing", "shipped", "backorder", "onhold"
_CANCELLED = frozenset({"cancelled", "canceled"})
# In these a shipment may still be changed or cancelled.
WAITING = frozenset({IN_QUEUE, ON_HOLD, BACK_ORDER})
_OPEN = WAITING | {PROCESSING}
_STATES = {
    IN_QUEUE: ProviderOrderState.AWAITING,
    ON_HOLD: ProviderOrderState.AWAITING,
    PROCESSING: ProviderOrderState.PROCESSING,
    SHIPPED: ProviderOrderState.SHIPPED,
}


@dataclass(frozen=True)
class Item:
    """Units of one SKU; `quantity` None where the entry does not say."""

    sku: str
    quantity: int | None
    status: str


@dataclass(frozen=True)
class Order:
    order_id: str
    number: str
    raw_status: str
    items: tuple[Item, ...]
    carrier: str | None
    service: str | None
    tracking_numbers: tuple[str, ...]
    shipped_at: datetime | None
    raw: JsonObject

    @property
    def status(self) -> str:
        return _plain(self.raw_status)

    @property
    def is_cancelled(self) -> bool:
        return self.status in _CANCELLED

    @property
    def has_left(self) -> bool:
        """Also a tracking number counts: its label may be on a parcel."""
        has_shipped = self.status == SHIPPED or any(item.status == SHIPPED for item in self.items)
        return has_shipped or bool(self.tracking_numbers)


@dataclass(frozen=True)
class Hit:
    """What a list says of a shipment."""

    order_id: str
    number: str


@dataclass(frozen=True)
class HitPage:
    hits: tuple[Hit, ...]
    pages: int


def explain(data: JsonValue) -> str | None:
    """Shipfusion's own words about a refusal."""
    if not isinstance(data, dict):
        return None
    words = [data.get(key) for key in ("message", "error", "responseStatus")]
    return next((word for word in words if isinstance(word, str) and word), None)


def opened(data: JsonValue, accepted_word: str) -> JsonObject:
    """The answer of a call that succeeded. Raises UnexpectedAnswer where its `responseStatus` says otherwise."""
    answer = as_object(data, "answer")
    said = text(answer, "responseStatus")
    if said is not None and said.lower() != accepted_word:
        raise UnexpectedAnswer("does not say that the call succeeded")
    return answer


def read_hits(data: JsonValue, field: str) -> HitPage:
    """One page of a list. Raises UnexpectedAnswer, so that trouble is never read as “no such shipment”."""
    answer = as_object(data, "page")
    hits = [
        Hit(required_text(entry, "shipmentId"), text(entry, "orderNumber") or "")
        for entry in as_objects(answer.get(field), field)
    ]
    return HitPage(tuple(hits), integer(answer, "totalPages") or 1)


def read_order(value: JsonValue) -> Order:
    """One shipment. Raises UnexpectedAnswer when it is not of the known shape."""
    raw = as_object(value, "shipment")
    tracking = as_object(raw.get("tracking") or {}, "object “tracking”")
    return Order(
        order_id=required_text(raw, "shipmentId"),
        number=required_text(raw, "orderNumber"),
        raw_status=required_text(raw, "shipmentStatus"),
        items=tuple(_item(entry) for entry in as_objects(raw.get("shipmentItems") or [], "shipmentItems")),
        carrier=text(tracking, "shippingCarrier"),
        service=text(tracking, "shippingService"),
        tracking_numbers=_tracking_numbers(tracking.get("trackingNumbers")),
        shipped_at=_shipped_at(tracking),
        raw=raw,
    )


def _item(entry: JsonObject) -> Item:
    quantity = integer(entry, "qty")
    return Item(
        text(entry, "SKU") or text(entry, "sku") or "",
        integer(entry, "quantity") if quantity is None else quantity,
        _plain(text(entry, "status") or ""),
    )


def _tracking_numbers(value: JsonValue) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    found = (text({"trackingNumbers": entry}, "trackingNumbers") for entry in value)
    return tuple(number for number in found if number)


def _shipped_at(tracking: JsonObject) -> datetime | None:
    """The moment, else the day; one written in a way that no client shows is left out rather than guessed at."""
    stamp = tracking.get("shipTimeStamp")
    if isinstance(stamp, int) and not isinstance(stamp, bool) and 0 < stamp < 10**11:
        return datetime.fromtimestamp(stamp, UTC)
    for key in ("shipTimeStamp", "shipDate"):
        try:
            moment = datetime.fromisoformat(text(tracking, key) or "")
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None


def _plain(word: str) -> str:
    """A status without the spaces, dashes and capitals in which its spellings may differ."""
    return word.replace(" ", "").replace("_", "").replace("-", "").lower()


def state_of(order: Order, *, back_order_is_exception: bool) -> ProviderOrderState:
    """What a shipment amounts to; its items decide whether all of it has left."""
    if order.is_cancelled:
        # Cancelled, yet something is on its way: a person must look.
        return ProviderOrderState.EXCEPTION if order.has_left else ProviderOrderState.CANCELLED
    if order.has_left:
        return _left(order)
    if order.status == BACK_ORDER:
        return ProviderOrderState.EXCEPTION if back_order_is_exception else ProviderOrderState.AWAITING
    return _STATES.get(order.status, ProviderOrderState.UNKNOWN)


def _left(order: Order) -> ProviderOrderState:
    is_short = any(item.status in _OPEN for item in order.items)
    is_whole = order.status == SHIPPED or any(item.status == SHIPPED for item in order.items)
    return ProviderOrderState.SHIPPED if is_whole and not is_short else ProviderOrderState.PARTIALLY_SHIPPED


def shows_lines(order: Order, wanted: Iterable[NewOrderLine]) -> bool | None:
    """Whether the shipment has exactly these units; None where it lists each SKU once and tells no quantities."""
    asked: Counter[str] = Counter()
    for line in wanted:
        asked[line.sku] += line.quantity
    told: Counter[str] = Counter()
    for item in order.items:
        told[item.sku] += 1 if item.quantity is None else item.quantity
    if told == asked:
        return True
    tells_units = any(item.quantity is not None for item in order.items) or max(told.values(), default=0) > 1
    return False if tells_units or _names(told) != _names(asked) else None


def _names(units: Mapping[str, int]) -> set[str]:
    return set(units)
