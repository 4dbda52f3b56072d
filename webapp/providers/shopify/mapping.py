"""Shopify's words turned into ours: fulfillments, fulfillment orders, and what of an order is left to be shipped.

Formats: Shopify's Admin GraphQL schema, types Order, Fulfillment, FulfillmentOrder and their lines.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

from webapp.providers.channel import (
    ChannelFulfillment,
    ChannelFulfillmentOrder,
    ChannelOrderLine,
    ShippedUnits,
)
from webapp.providers.shapes import (
    JsonObject,
    JsonValue,
    UnexpectedAnswer,
    as_object,
    as_objects,
    flag,
    required_integer,
    required_text,
    text,
)

T = TypeVar("T")

# Deprecated OPEN and PENDING still stand for something that is on its way.
_DEAD = frozenset({"CANCELLED", "ERROR", "FAILURE"})
_CREATE = "CREATE_FULFILLMENT"
# As many as are asked for: with this many nobody knows whether there are more, for the list has no further pages.
MOST_FULFILLMENTS = 50


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list; `more_after` is where the next begins, None at the end."""

    entries: tuple[T, ...]
    more_after: str | None


@dataclass(frozen=True)
class OrderHead:
    """An order without its fulfillment orders. `unread`: fulfillments with more lines, and where these begin."""

    external_id: str
    name: str
    raw_status: str
    is_cancelled: bool
    fulfillments: tuple[ChannelFulfillment, ...]
    unread: dict[str, str]
    raw: JsonObject


@dataclass(frozen=True)
class FulfillmentOrderPage:
    """A page of fulfillment orders. `unread` are those with more lines, and where these begin."""

    entries: tuple[ChannelFulfillmentOrder, ...]
    more_after: str | None
    unread: dict[str, str]
    raw: list[JsonObject]


def read_hits(value: JsonValue) -> list[tuple[str, str]]:
    """Id and name of each order found. Raises UnexpectedAnswer."""
    nodes = as_objects(as_object(value, "answer").get("nodes"), "orders")
    return [(required_text(node, "id"), required_text(node, "name")) for node in nodes]


def read_order(value: JsonValue) -> OrderHead | None:
    """The answer of `order`; None when there is none. Raises UnexpectedAnswer."""
    if value is None:
        return None
    raw = as_object(value, "order")
    found = as_objects(raw.get("fulfillments"), "fulfillments")
    if len(found) >= MOST_FULFILLMENTS:
        raise UnexpectedAnswer(f"has {MOST_FULFILLMENTS} fulfillments or more, which are too many to look through")
    return OrderHead(
        external_id=required_text(raw, "id"),
        name=required_text(raw, "name"),
        raw_status=required_text(raw, "displayFulfillmentStatus"),
        is_cancelled=text(raw, "cancelledAt") is not None,
        fulfillments=tuple(_fulfillment(entry) for entry in found),
        unread=_unread(found, "fulfillmentLineItems"),
        raw=raw,
    )


def read_fulfillment_lines(value: JsonValue) -> Page[ShippedUnits]:
    """One more page of what a fulfillment holds. Raises UnexpectedAnswer."""
    connection = as_object(as_object(value, "fulfillment").get("fulfillmentLineItems"), "list of lines")
    return Page(_units(connection), _more_after(connection))


def read_fulfillment_orders(value: JsonValue) -> FulfillmentOrderPage:
    """One page of an order's fulfillment orders. Raises UnexpectedAnswer."""
    connection = as_object(as_object(value, "order").get("fulfillmentOrders"), "list of fulfillment orders")
    nodes = as_objects(connection.get("nodes"), "fulfillment orders")
    return FulfillmentOrderPage(
        entries=tuple(_fulfillment_order(node) for node in nodes),
        more_after=_more_after(connection),
        unread=_unread(nodes, "lineItems"),
        raw=nodes,
    )


def read_order_lines(value: JsonValue) -> Page[ChannelOrderLine]:
    """One more page of a fulfillment order's lines. Raises UnexpectedAnswer."""
    connection = as_object(as_object(value, "fulfillment order").get("lineItems"), "list of lines")
    return Page(_order_lines(connection), _more_after(connection))


def read_changed(value: JsonValue) -> str:
    """The id of the fulfillment that a mutation made or changed. Raises UnexpectedAnswer."""
    return required_text(as_object(as_object(value, "answer").get("fulfillment"), "fulfillment"), "id")


def read_tracked(value: JsonValue) -> ChannelFulfillment:
    """The fulfillment after its tracking was changed; its lines were not asked for. Raises UnexpectedAnswer."""
    return _fulfillment(as_object(as_object(value, "answer").get("fulfillment"), "fulfillment"), has_lines=False)


def read_scopes(value: JsonValue) -> frozenset[str]:
    """What the app may do. Raises UnexpectedAnswer."""
    scopes = as_objects(as_object(value, "installation").get("accessScopes"), "scopes")
    return frozenset(required_text(scope, "handle") for scope in scopes)


def plain(tracking_number: str) -> str:
    """A tracking number as it is compared: people and carriers put spaces and dashes into the same number."""
    return "".join(character for character in tracking_number if character.isalnum()).upper()


def _fulfillment(raw: JsonObject, *, has_lines: bool = True) -> ChannelFulfillment:
    status = required_text(raw, "status")
    parcels = as_objects(raw.get("trackingInfo"), "tracking numbers")
    numbers = [text(parcel, "number") for parcel in parcels]
    companies = [text(parcel, "company") for parcel in parcels]
    lines = as_object(raw.get("fulfillmentLineItems"), "list of lines") if has_lines else {"nodes": []}
    return ChannelFulfillment(
        external_id=required_text(raw, "id"),
        name=text(raw, "name") or "",
        raw_status=text(raw, "displayStatus") or status,
        is_live=status not in _DEAD,
        tracking_numbers=tuple(number for number in numbers if number),
        units=_units(lines),
        carriers=tuple(company for company in companies if company),
    )


def _units(connection: JsonObject) -> tuple[ShippedUnits, ...]:
    nodes = as_objects(connection.get("nodes"), "lines")
    return tuple(
        ShippedUnits(
            sku=text(as_object(node.get("lineItem"), "order line"), "sku") or "",
            quantity=required_integer(node, "quantity"),
        )
        for node in nodes
    )


def _fulfillment_order(raw: JsonObject) -> ChannelFulfillmentOrder:
    location = as_object(raw.get("assignedLocation"), "location")
    actions = [text(entry, "action") for entry in as_objects(raw.get("supportedActions"), "actions")]
    holds = [text(entry, "reason") or "" for entry in as_objects(raw.get("fulfillmentHolds") or [], "holds")]
    return ChannelFulfillmentOrder(
        external_id=required_text(raw, "id"),
        raw_status=required_text(raw, "status"),
        location_id=text(as_object(location.get("location") or {}, "location"), "id") or "",
        location=text(location, "name") or "",
        can_be_fulfilled=_CREATE in actions,
        holds=tuple(hold for hold in holds if hold),
        lines=_order_lines(as_object(raw.get("lineItems"), "list of lines")),
    )


def _order_lines(connection: JsonObject) -> tuple[ChannelOrderLine, ...]:
    nodes = as_objects(connection.get("nodes"), "lines")
    return tuple(
        ChannelOrderLine(
            external_id=required_text(node, "id"),
            sku=text(node, "sku") or "",
            quantity=required_integer(node, "totalQuantity"),
            remaining=required_integer(node, "remainingQuantity"),
        )
        for node in nodes
    )


def _unread(entries: list[JsonObject], lines: str) -> dict[str, str]:
    places = {required_text(entry, "id"): _more_after(as_object(entry.get(lines), "list")) for entry in entries}
    return {id_: place for id_, place in places.items() if place is not None}


def _more_after(connection: JsonObject) -> str | None:
    page = as_object(connection.get("pageInfo"), "place of the page")
    return required_text(page, "endCursor") if flag(page, "hasNextPage") else None
