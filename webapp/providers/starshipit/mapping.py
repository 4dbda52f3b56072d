"""Starshipit's words turned into ours: statuses of orders and parcels, dates, prices.

Formats: api-docs.starshipit.com and support.starshipit.com, developer centre (order, item and package of
`GET /api/orders`). The price field follows a public client.
"""

from collections.abc import Iterable, Sequence
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
    required_integer,
    required_text,
    text,
)
from webapp.statuses import ProviderOrderState

UNSHIPPED, SAVED, PRINTED, DELIVERED = "unshipped", "saved", "printed", "delivered"
# While an order has one of these its lines may still be changed.
OPEN = frozenset({UNSHIPPED, SAVED})
CANCELLED, EXCEPTION = "cancelled", "exception"
# What a parcel's status says once a carrier has the parcel.
_MOVING = frozenset(
    {"dispatched", "intransit", "outfordelivery", "attempteddelivery", "awaitingcollection", "pickupinstore"}
    | {DELIVERED}
)


@dataclass(frozen=True)
class Line:
    """One order line; `left` is what Starshipit says is to be shipped, None when it does not say."""

    item_id: int
    sku: str
    quantity: int
    left: int | None


@dataclass(frozen=True)
class Parcel:
    """One outgoing parcel; it exists from the moment it is entered, its label perhaps later."""

    parcel_id: int
    status: str
    tracking_number: str | None
    service: str | None
    labelled_at: datetime | None

    @property
    def is_live(self) -> bool:
        return self.status != CANCELLED

    @property
    def has_label(self) -> bool:
        return self.is_live and bool(self.tracking_number or self.labelled_at or self.status == PRINTED)

    @property
    def is_moving(self) -> bool:
        return self.status in _MOVING


@dataclass(frozen=True)
class Order:
    order_id: int
    number: str
    raw_status: str
    is_archived: bool
    carrier: str | None
    service: str | None
    cost: Decimal | None
    lines: tuple[Line, ...]
    parcels: tuple[Parcel, ...]
    raw: JsonObject

    @property
    def status(self) -> str:
        return _plain(self.raw_status)

    @property
    def live_parcels(self) -> tuple[Parcel, ...]:
        return tuple(parcel for parcel in self.parcels if parcel.is_live)


@dataclass(frozen=True)
class Hit:
    """What a search says of an order."""

    order_id: int
    number: str


@dataclass(frozen=True)
class HitPage:
    hits: tuple[Hit, ...]
    pages: int


def said_no(data: JsonValue) -> bool:
    """Whether an answer says in its envelope that the call did not succeed, whatever its status."""
    return isinstance(data, dict) and data.get("success") is False


def explain(data: JsonValue) -> str | None:
    """Starshipit's own words: the errors of its envelope, else what its gateway says."""
    if not isinstance(data, dict):
        return None
    errors = data.get("errors")
    entries = [entry for entry in errors if isinstance(entry, dict)] if isinstance(errors, list) else []
    words = [entry.get(key) for entry in entries for key in ("message", "details")] or [data.get("message")]
    said = " ".join(word for word in words if isinstance(word, str) and word)
    return said or ("It gave no reason." if said_no(data) else None)


def opened(data: JsonValue) -> JsonObject:
    """The answer of a call that succeeded. Raises UnexpectedAnswer for every other, also under status 200."""
    answer = as_object(data, "answer")
    if answer.get("success") is not True:
        raise UnexpectedAnswer("does not say that the call succeeded")
    return answer


def read_found(data: JsonValue) -> Order | None:
    """The order of a read by id; None where Starshipit says no or shows none: its words for that are unknown."""
    if said_no(data):
        return None
    return read_order(shown) if (shown := opened(data).get("order")) else None


def read_written_id(data: JsonValue) -> int:
    """The id in the answer to a call that wrote an order. Raises UnexpectedAnswer."""
    return required_integer(as_object(opened(data).get("order"), "“order”"), "order_id")


def read_hits(data: JsonValue) -> HitPage:
    """One page of a search. Raises UnexpectedAnswer, so that trouble is never read as “no such order”."""
    answer = opened(data)
    hits = [
        Hit(required_integer(entry, "order_id"), text(entry, "order_number") or "")
        for entry in as_objects(answer.get("orders"), "orders")
    ]
    # An empty search has nought pages.
    return HitPage(tuple(hits), required_integer(answer, "total_pages"))


def read_order(value: JsonValue) -> Order:
    """One order. Raises UnexpectedAnswer when it is not of the documented shape."""
    raw = as_object(value, "order")
    return Order(
        order_id=required_integer(raw, "order_id"),
        number=required_text(raw, "order_number"),
        raw_status=required_text(raw, "status"),
        is_archived=flag(raw, "archived"),
        carrier=text(raw, "carrier_name") or text(raw, "carrier"),
        service=text(raw, "carrier_service_code"),
        # Filled in some time after the label; until then it is absent, and no label is free of charge.
        cost=amount(raw, "total_shipping_price") or None,
        lines=tuple(_line(item) for item in as_objects(raw.get("items") or [], "items")),
        parcels=tuple(
            _parcel(package)
            for package in as_objects(raw.get("packages") or [], "packages")
            if _plain(text(package, "shipment_type") or "") != "return"
        ),
        raw=raw,
    )


def _line(item: JsonObject) -> Line:
    return Line(
        required_integer(item, "item_id"),
        text(item, "sku") or "",
        _units(item, "quantity") or 0,
        _units(item, "quantity_to_ship"),
    )


def _units(item: JsonObject, key: str) -> int | None:
    """A number of units, which may be written 2 or 2.0."""
    value = item.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value != int(value):
        raise UnexpectedAnswer(f"has no whole number in “{key}”")
    return int(value)


def _parcel(package: JsonObject) -> Parcel:
    return Parcel(
        required_integer(package, "package_id"),
        _plain(text(package, "delivery_status") or ""),
        text(package, "tracking_number"),
        text(package, "carrier_service_name") or text(package, "carrier_service_code"),
        _date(package, "label_created_date"),
    )


def _date(holder: JsonObject, key: str) -> datetime | None:
    """A date and time, which Starshipit gives in UTC, with or without saying so."""
    value = text(holder, key)
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
        if moment.year == 1:  # .NET says “no date” with its first one.
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UnexpectedAnswer(f"has no readable date in “{key}”") from None


def _plain(word: str) -> str:
    """A status without the spaces and capitals in which its spellings differ: “In Transit”, “InTransit”."""
    return word.replace(" ", "").lower()


def state_of(order: Order, *, printed_is_shipped: bool) -> ProviderOrderState:
    """What an order amounts to; whether a printed label counts as shipped is the account's to say."""
    live = order.live_parcels
    is_moving = order.status == DELIVERED or any(parcel.is_moving for parcel in live)
    has_label = order.status == PRINTED or any(parcel.has_label for parcel in live)
    if order.parcels and not live and order.status != DELIVERED:
        return ProviderOrderState.CANCELLED
    if order.is_archived and not is_moving:
        # Archiving tells the carrier nothing: a label that is still good may be on a parcel.
        return ProviderOrderState.EXCEPTION if has_label and live else ProviderOrderState.CANCELLED
    if any(parcel.status == EXCEPTION for parcel in live):
        return ProviderOrderState.EXCEPTION
    if is_moving or (has_label and printed_is_shipped):
        return _shipped(order, live, printed_is_shipped=printed_is_shipped)
    if has_label or order.status == SAVED:
        return ProviderOrderState.PROCESSING
    return ProviderOrderState.AWAITING if order.status == UNSHIPPED else ProviderOrderState.UNKNOWN


def _shipped(order: Order, live: Sequence[Parcel], *, printed_is_shipped: bool) -> ProviderOrderState:
    have_left = [parcel.is_moving or (printed_is_shipped and parcel.has_label) for parcel in live]
    is_open = order.status in OPEN  # A label on an order that is still open: more is to come.
    whole = all(have_left) and not is_open and not _is_short(order.lines)
    return ProviderOrderState.SHIPPED if whole else ProviderOrderState.PARTIALLY_SHIPPED


def _is_short(lines: Sequence[Line]) -> bool:
    """Whether units stay behind. A count that equals the whole quantity everywhere was never counted down."""
    told = [line for line in lines if line.left is not None and line.quantity]
    untouched = sum(line.left == line.quantity for line in told)
    done = sum(line.left == 0 for line in told)
    return bool(told) and untouched < len(told) and done < len(told)


def is_locked(order: Order) -> bool:
    """Whether Starshipit's own rule forbids changing lines: printed, shipped, or with a label on any parcel."""
    return order.status not in OPEN or any(parcel.has_label for parcel in order.live_parcels)


def in_dispatch_order(parcels: Iterable[Parcel]) -> list[Parcel]:
    """Earliest first, undated last, so that a parcel added later does not change the tracking number shown."""
    undated = datetime.max.replace(tzinfo=UTC)
    return sorted(parcels, key=lambda parcel: (parcel.labelled_at or undated, parcel.parcel_id))
