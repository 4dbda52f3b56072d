"""What Shopify's `fulfillmentCreate` asks for, and the words in which it refuses. Source: recorded answers."""

from collections.abc import Iterable
from typing import Any

from webapp.sandbox.shopify_orders import PlacedLine, PlacedOrder, ShopOrder
from webapp.sandbox.systems import Json

Parts = list[tuple[PlacedLine, int]]
_ONE_ORDER = "All fulfillment orders must belong to the same order. Please create separate fulfillments."
_ONE_LOCATION = (
    "All fulfillment orders must be assigned to a single location. Please create separate fulfillments."
)


class Problem(Exception):
    """What a mutation puts into `userErrors`, having done nothing."""


def parts_of(data: Json, orders: Iterable[ShopOrder]) -> tuple[ShopOrder, Parts, str]:
    """The order, the units and the location of a FulfillmentInput. Raises Problem in Shopify's words."""
    homes = {one.order_id: (order, one) for order in orders for one in order.placed}
    wanted = data.get("lineItemsByFulfillmentOrder") or []
    if not all(entry.get("fulfillmentOrderId") in homes for entry in wanted) or not wanted:
        raise Problem("Fulfillment order does not exist.")
    found = [homes[entry["fulfillmentOrderId"]] for entry in wanted]
    if len({order.order_id for order, _ in found}) > 1:
        raise Problem(_ONE_ORDER)
    if len({one.location for _, one in found}) > 1:
        raise Problem(_ONE_LOCATION)
    parts: Parts = []
    for entry, (_, one) in zip(wanted, found, strict=True):
        parts += _lines_of(one, entry.get("fulfillmentOrderLineItems"))
    order, first = found[0]
    return order, parts, first.location


def _lines_of(one: PlacedOrder, asked: Any) -> Parts:
    if not one.can_be_fulfilled:
        raise Problem(f"Fulfillment order {one.order_id} has an unfulfillable status= {one.status.lower()}.")
    if not asked:
        return [(line, line.remaining) for line in one.lines if line.remaining]
    by_id = {line.line_id: line for line in one.lines}
    if not all(entry.get("id") in by_id for entry in asked):
        raise Problem("Fulfillment order line item does not exist.")
    parts = [(by_id[entry["id"]], int(entry["quantity"])) for entry in asked]
    if any(quantity <= 0 for _, quantity in parts):
        raise Problem("Quantity must be greater than 0")
    if any(quantity > line.remaining for line, quantity in parts):
        raise Problem("Invalid fulfillment order line item quantity requested.")
    return parts
