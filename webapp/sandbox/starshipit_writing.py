"""What Starshipit asks of an order that is created or updated, and how the sandbox takes it over.

Source: api-docs.starshipit.com, create order and update order. The words of a refusal are the sandbox's own.
"""

from webapp.sandbox.starshipit_orders import ShipitOrder, item_from
from webapp.sandbox.systems import Json

LONGEST_NUMBER = 50
_DESTINATION = ("name", "street", "country")


def problem_of(order: Json) -> str | None:
    """Why a new order is not taken, None when it is."""
    if not order.get("order_number"):
        return "order_number is required."
    if len(order["order_number"]) > LONGEST_NUMBER:
        return f"order_number must be at most {LONGEST_NUMBER} characters."
    destination = order.get("destination") or {}
    missing = [name for name in _DESTINATION if not destination.get(name)]
    if not (destination.get("suburb") or destination.get("city")):
        missing.append("suburb")
    return f"destination needs {', '.join(missing)}." if missing else None


def entry_from(order: Json) -> Json:
    """The order as the control door would describe it."""
    return {
        "number": order["order_number"],
        "customer": order["destination"],
        "method": order.get("shipping_method"),
        "lines": [_line(item) for item in order.get("items", [])],
    }


def update(order: ShipitOrder, items: list[Json]) -> str | None:
    """Change, add and drop lines; returns why not, and then nothing was changed."""
    known = {item.item_id: item for item in order.items}
    strangers = [item["item_id"] for item in items if item.get("item_id") not in (None, *known)]
    if strangers:
        return f"item_id {strangers[0]} is not of this order."
    for wanted in items:
        if wanted.get("item_id") is None:
            order.items.append(item_from(_line(wanted)))
        elif wanted.get("delete"):
            order.items.remove(known[wanted["item_id"]])
        else:
            item = known[wanted["item_id"]]
            item.quantity = item.left = int(wanted.get("quantity", item.quantity))
    return None


def _line(item: Json) -> Json:
    return {
        "sku": item.get("sku", ""),
        "name": item.get("description", ""),
        "quantity": item.get("quantity", 1),
        "unit_price": item.get("value", 0),
    }
