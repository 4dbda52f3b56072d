"""What ShipHero's mutations ask for and what they do to an order of the sandbox.

Source of the fields: ShipHero's public GraphQL schema, the types whose names end in Input.
"""

from typing import Any

from webapp.sandbox.shiphero_orders import HeroOrder, line_from
from webapp.sandbox.systems import Json

_LINE_FIELDS = ("sku", "partner_line_item_id", "quantity", "price")


def problem_of(data: Any) -> str | None:
    """The complaint of a schema about a required field that is missing, None when the data can be taken."""
    if not isinstance(data, dict) or not isinstance(data.get("shipping_address"), dict):
        return _missing("CreateOrderInput", "shipping_address")
    return problem_of_lines(data.get("line_items") or [])


def problem_of_lines(lines: list[Json]) -> str | None:
    """The complaint about a new line that lacks a required field, None when the lines can be taken."""
    for line in lines:
        for name in _LINE_FIELDS:
            if line.get(name) is None:
                return _missing("CreateLineItemInput", name)
    return None


def _missing(kind: str, name: str) -> str:
    return f'Variable "$data" got invalid value: Field "{name}" of required type in "{kind}" was not provided.'


def entry_from(data: Json) -> Json:
    """The order as the control door would describe it."""
    return {
        "number": data.get("order_number") or "made-up",
        "partner_order_id": data.get("partner_order_id") or "",
        "shop_name": data.get("shop_name") or "Manual Order",
        "customer_account_id": data.get("customer_account_id"),
        "status": data.get("fulfillment_status") or "pending",
        "customer": {**data["shipping_address"], "email": data.get("email")},
        "method": (data.get("shipping_lines") or {}).get("title"),
        "lines": [_line_entry(line) for line in data.get("line_items") or []],
    }


def add_lines(order: HeroOrder, data: Json) -> None:
    """`order_add_line_items`; nothing is unique, so the same line twice makes two."""
    order.lines += [line_from(_line_entry(line)) for line in data["line_items"]]


def change_lines(order: HeroOrder, data: Json) -> None:
    """`order_update_line_items`, by ShipHero's ids; a line that is not there is passed over."""
    quantities = {line["id"]: line["quantity"] for line in data.get("line_items") or []}
    for line in order.lines:
        line.quantity = quantities.get(line.line_id, line.quantity)


def remove_lines(order: HeroOrder, data: Json) -> None:
    """`order_remove_line_items`, by ShipHero's ids."""
    gone = set(data.get("line_item_ids") or [])
    order.lines = [line for line in order.lines if line.line_id not in gone]


def _line_entry(line: Json) -> Json:
    return {
        "sku": line["sku"],
        "key": line["partner_line_item_id"],
        "name": line.get("product_name") or line["sku"],
        "quantity": line["quantity"],
        "unit_price": line["price"],
    }
