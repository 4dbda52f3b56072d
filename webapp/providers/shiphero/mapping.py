"""ShipHero's words turned into ours: quantities, holds, labels, dates, and what an order amounts to.

Formats: ShipHero's public GraphQL schema, types Order, LineItem, OrderHolds, Shipment and ShippingLabel.
"""

from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

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
from webapp.statuses import ProviderOrderState

# One l in the webhooks' documentation, two in public clients.
CANCELLED = frozenset({"canceled", "cancelled"})
FULFILLED = "fulfilled"
_AWAITING = frozenset({"pending", "backorder", "on_hold"})
# Nothing moves on from these before somebody has decided something; other holds only wait.
_HOLDS_FOR_A_PERSON = frozenset({"fraud_hold", "address_hold"})


@dataclass(frozen=True)
class Line:
    """Units of one order line; `open` is what is still to be sent, `key` our name for the line."""

    line_id: str
    key: str
    sku: str
    quantity: int
    shipped: int
    open: int
    allocated: int


@dataclass(frozen=True)
class Parcel:
    """One label with what it cost; `is_live` when it is valid and nobody asked for its money back."""

    tracking_number: str | None
    carrier: str | None
    service: str | None
    cost: Decimal | None
    shipped_at: datetime | None
    is_live: bool


@dataclass(frozen=True)
class Order:
    """One order, or one page of its lines; `more_after` is where the next page begins, None at the end."""

    order_id: str
    number: str
    status: str
    holds: frozenset[str]
    carrier: str | None
    service: str | None
    lines: tuple[Line, ...]
    parcels: tuple[Parcel, ...]
    more_after: str | None
    raw: JsonObject

    @property
    def is_cancelled(self) -> bool:
        return self.status.lower() in CANCELLED

    @property
    def has_left(self) -> bool:
        """Whether it is too late to cancel: shipped in whole or in part, or with a label that is valid."""
        return bool(self.parcels) or self.status.lower() == FULFILLED or any(line.shipped for line in self.lines)


@dataclass(frozen=True)
class Hit:
    """One order found by a search."""

    order_id: str
    number: str
    status: str
    shop_name: str | None

    @property
    def is_cancelled(self) -> bool:
        return self.status.lower() in CANCELLED


@dataclass(frozen=True)
class HitPage:
    hits: list[Hit]
    more_after: str | None


def read_order(value: JsonValue) -> Order:
    """The answer of `order`. Raises UnexpectedAnswer when it is not of the documented shape."""
    raw = as_object(as_object(value, "answer").get("data"), "order")
    connection = as_object(raw.get("line_items"), "list of lines")
    way = as_object(raw.get("shipping_lines") or {}, "object “shipping_lines”")
    holds = as_object(raw.get("holds") or {}, "object “holds”")
    parcels = [parcel for parcel in _parcels(raw.get("shipments") or []) if parcel.is_live]
    return Order(
        order_id=required_text(raw, "id"),
        number=required_text(raw, "order_number"),
        status=required_text(raw, "fulfillment_status"),
        holds=frozenset(name for name in holds if flag(holds, name)),
        carrier=text(way, "carrier"),
        service=text(way, "method"),
        lines=tuple(_line(node) for node in _nodes(connection, "lines")),
        parcels=tuple(in_dispatch_order(parcels)),
        more_after=_next_page(connection),
        raw=raw,
    )


def read_hits(value: JsonValue) -> HitPage:
    """The answer of `orders`. Raises UnexpectedAnswer."""
    connection = as_object(as_object(value, "answer").get("data"), "list of orders")
    hits = [
        Hit(
            order_id=required_text(node, "id"),
            number=required_text(node, "order_number"),
            status=text(node, "fulfillment_status") or "",
            shop_name=text(node, "shop_name"),
        )
        for node in _nodes(connection, "orders")
    ]
    return HitPage(hits, _next_page(connection))


def read_changed_id(value: JsonValue) -> str:
    """The id in the answer of a mutation. Raises UnexpectedAnswer."""
    return required_text(as_object(as_object(value, "answer").get("order"), "order"), "id")


def with_lines_of(earlier: JsonObject, later: JsonObject) -> JsonObject:
    """The later page of an order, as received, with the lines of the earlier pages before its own."""
    edges = [edge for page in (earlier, later) for edge in as_objects(_connection(page).get("edges"), "lines")]
    joined: list[JsonValue] = [*edges]
    return {**later, "line_items": {**_connection(later), "edges": joined}}


def legacy_number(external_id: str) -> str | None:
    """The number under which ShipHero's own pages know an order; its ids are “Order:<number>” in base64."""
    try:
        kind, _, number = b64decode(external_id, validate=True).decode("ascii").partition(":")
    except ValueError:
        return None
    return number if kind == "Order" and number.isdigit() else None


def _connection(order: JsonObject) -> JsonObject:
    return as_object(order.get("line_items"), "list of lines")


def _nodes(connection: JsonObject, what: str) -> list[JsonObject]:
    return [as_object(edge.get("node"), f"node in {what}") for edge in as_objects(connection.get("edges"), what)]


def _next_page(connection: JsonObject) -> str | None:
    page = as_object(connection.get("pageInfo"), "object “pageInfo”")
    return required_text(page, "endCursor") if flag(page, "hasNextPage") else None


def _line(raw: JsonObject) -> Line:
    return Line(
        line_id=required_text(raw, "id"),
        key=text(raw, "partner_line_item_id") or "",
        sku=text(raw, "sku") or "",
        quantity=integer(raw, "quantity") or 0,
        shipped=integer(raw, "quantity_shipped") or 0,
        open=integer(raw, "quantity_pending_fulfillment") or 0,
        allocated=integer(raw, "quantity_allocated") or 0,
    )


def _parcels(value: JsonValue) -> Iterable[Parcel]:
    for shipment in as_objects(value, "shipments"):
        for label in as_objects(shipment.get("shipping_labels") or [], "labels"):
            yield Parcel(
                tracking_number=text(label, "tracking_number"),
                carrier=text(label, "carrier"),
                service=text(label, "shipping_method") or text(label, "shipping_name"),
                cost=read_money(label, "cost"),
                shipped_at=read_date(label, "created_date") or read_date(shipment, "created_date"),
                is_live=_is_live(label),
            )


def _is_live(label: JsonObject) -> bool:
    """“valid” is the only good word known; a label without a word is believed."""
    is_given_back = flag(label, "refunded") or flag(label, "needs_refund")
    return not is_given_back and (text(label, "status") or "valid").lower() == "valid"


def read_money(holder: JsonObject, key: str) -> Decimal | None:
    """An amount at `key`; ShipHero writes money as text. Raises UnexpectedAnswer."""
    value = holder.get(key)
    if not isinstance(value, str):
        return amount(holder, key)
    if not value.strip():
        return None
    try:
        figure = Decimal(value.strip())
    except InvalidOperation:
        raise UnexpectedAnswer(f"has something other than an amount in “{key}”") from None
    if not figure.is_finite():
        raise UnexpectedAnswer(f"has an impossible amount in “{key}”")
    return amount({key: figure}, key)


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


def state_of(order: Order) -> ProviderOrderState:
    """What an order amounts to: by its quantities, since its status is a free word that accounts may add to."""
    status = order.status.lower()
    has_shipped = any(line.shipped for line in order.lines)
    has_open = any(line.open for line in order.lines)
    if status in CANCELLED:
        # Cancelled, yet something is on its way: a person must look.
        return ProviderOrderState.EXCEPTION if order.has_left else ProviderOrderState.CANCELLED
    if has_shipped:
        return ProviderOrderState.PARTIALLY_SHIPPED if has_open else ProviderOrderState.SHIPPED
    if status == FULFILLED:
        return ProviderOrderState.SHIPPED
    if order.parcels:
        return ProviderOrderState.PARTIALLY_SHIPPED  # Packed under a label; nobody can tell whether it has left.
    return _state_before_leaving(order, status)


def _state_before_leaving(order: Order, status: str) -> ProviderOrderState:
    if order.holds & _HOLDS_FOR_A_PERSON:
        return ProviderOrderState.EXCEPTION
    if order.holds:
        return ProviderOrderState.AWAITING
    is_waiting = status in _AWAITING and not any(line.allocated for line in order.lines)
    return ProviderOrderState.AWAITING if is_waiting else ProviderOrderState.PROCESSING


def in_dispatch_order(parcels: Iterable[Parcel]) -> list[Parcel]:
    """Earliest first, undated last, so that a label added later does not change the tracking number shown."""
    undated = datetime.max.replace(tzinfo=UTC)
    return sorted(parcels, key=lambda parcel: parcel.shipped_at or undated)


def cost_of(parcels: Iterable[Parcel]) -> Decimal | None:
    """The sum of what the live labels cost; None when no label says what it cost."""
    costs = [parcel.cost for parcel in parcels if parcel.cost is not None]
    return sum(costs, Decimal(0)) if costs else None
