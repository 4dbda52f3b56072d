"""What Amazon asks of an order that is created or changed, and how it becomes an order of the sandbox.

Source: Selling Partner API, Fulfillment Outbound 2020-07-01, CreateFulfillmentOrderRequest and
UpdateFulfillmentOrderRequest. The wording of refusals is not documented; it follows one quoted in public clients.
"""

from typing import Any

from webapp.sandbox.amazon_mcf_orders import AmazonLine, AmazonOrder
from webapp.sandbox.systems import Json

REQUIRED = (
    "sellerFulfillmentOrderId",
    "displayableOrderId",
    "displayableOrderDate",
    "displayableOrderComment",
    "shippingSpeedCategory",
    "destinationAddress",
    "items",
)
ADDRESS = ("name", "addressLine1", "postalCode", "countryCode")
ITEM = ("sellerSku", "sellerFulfillmentOrderItemId", "quantity")
LONGEST = {"sellerFulfillmentOrderId": 40, "displayableOrderId": 40, "displayableOrderComment": 750}
MOST_LINES, MOST_UNITS = 100, 250


def problem_of(body: Any) -> str | None:
    """What is wrong with an order that is to be created, None when it can be taken."""
    if not isinstance(body, dict):
        return "Request body is missing."
    holders = [(body, REQUIRED), (body.get("destinationAddress"), ADDRESS)]
    items = body.get("items")
    holders += [(item, ITEM) for item in items] if isinstance(items, list) else []
    for holder, names in holders:
        for name in names:
            if not isinstance(holder, dict) or not holder.get(name):
                return f"Value null at '{name}' failed to satisfy constraint: Member must not be null."
    return _too_much(body)


def _too_much(body: Json) -> str | None:
    for name, most in LONGEST.items():
        if len(str(body[name])) > most:
            return f"Value at '{name}' failed to satisfy constraint: Member must have length at most {most}."
    if len(body["items"]) > MOST_LINES or sum(item["quantity"] for item in body["items"]) > MOST_UNITS:
        return f"An order may have {MOST_LINES} items and {MOST_UNITS} units."
    wrong = next((item for item in body["items"] if len(item["sellerSku"]) > 50), None)
    return f"the SellerSKU for Item Id: {wrong['sellerFulfillmentOrderItemId']} is invalid." if wrong else None


def entry_from(body: Json) -> Json:
    """The order as the control door would describe it."""
    return {
        "number": body["displayableOrderId"],
        "external_id": body["sellerFulfillmentOrderId"],
        "action": body.get("fulfillmentAction", "Ship"),
        "policy": body.get("fulfillmentPolicy", "FillOrKill"),
        "speed": body["shippingSpeedCategory"],
        "comment": body["displayableOrderComment"],
        "ordered_at": body["displayableOrderDate"],
        "customer": body["destinationAddress"],
        "lines": [_line(item) for item in body["items"]],
    }


def change_lines(order: AmazonOrder, items: list[Json]) -> None:
    """Quantities by the seller's own id of the line; none takes the line away, an unknown id adds one."""
    for item in items:
        key, quantity = item["sellerFulfillmentOrderItemId"], int(item["quantity"])
        known = next((line for line in order.lines if line.key == key), None)
        if known:
            known.quantity = quantity
        elif quantity:
            order.lines.append(AmazonLine(key, item["sellerSku"], quantity))
    order.lines = [line for line in order.lines if line.quantity]


def _line(item: Json) -> Json:
    return {
        "sku": item["sellerSku"],
        "key": item["sellerFulfillmentOrderItemId"],
        "quantity": item["quantity"],
    }
