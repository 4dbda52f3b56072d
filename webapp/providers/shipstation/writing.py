"""Our orders in ShipStation's words.

Source: docs.shipstation.com, ShipStation V1 API, Create/Update Order.
"""

from webapp.providers.base import NewOrder, NewOrderLine, PostalAddress
from webapp.providers.shapes import JsonObject, JsonValue, as_objects, flag, text
from webapp.providers.shipstation.mapping import PACIFIC

# What the documentation lists for the body of Create/Update Order and an order that was read has in it.
_KEPT = (
    "orderId",
    "orderNumber",
    "orderKey",
    "orderDate",
    "paymentDate",
    "shipByDate",
    "orderStatus",
    "customerUsername",
    "customerEmail",
    "billTo",
    "shipTo",
    "amountPaid",
    "taxAmount",
    "shippingAmount",
    "customerNotes",
    "internalNotes",
    "gift",
    "giftMessage",
    "paymentMethod",
    "requestedShippingService",
    "carrierCode",
    "serviceCode",
    "packageCode",
    "confirmation",
    "shipDate",
    "weight",
    "dimensions",
    "insuranceOptions",
    "internationalOptions",
    "advancedOptions",
    "tagIds",
)


def create_body(order: NewOrder, store_id: JsonValue, *, cancelled_before: int) -> JsonObject:
    """The whole order for `POST /orders/createorder`.

    `orderKey` is our number, so that the same order sent twice stays one. ShipStation does not reopen a
    cancelled order, so the next one under this number has a key of its own.
    """
    address = _address(order.ship_to)
    store: JsonObject = {} if store_id is None else {"advancedOptions": {"storeId": store_id}}
    return {
        "orderNumber": order.number,
        "orderKey": f"{order.number}#{cancelled_before + 1}" if cancelled_before else order.number,
        "orderDate": f"{order.ordered_at.astimezone(PACIFIC):%Y-%m-%dT%H:%M:%S.%f}0",
        "orderStatus": "awaiting_shipment",
        "customerEmail": order.ship_to.email or None,
        "billTo": address,
        "shipTo": address,
        "items": [_item(line) for line in order.lines],
        "requestedShippingService": order.shipping_method or None,
        **store,
    }


def update_body(raw: JsonObject, lines: tuple[NewOrderLine, ...]) -> JsonObject:
    """The whole order as just read, with our lines in it: what is not sent is lost.

    A line that stays keeps what ShipStation knows of it beside the quantity; discounts and fees stay too.
    """
    items = as_objects(raw.get("items") or [], "items")
    known = {text(item, "lineItemKey"): item for item in items if not flag(item, "adjustment")}
    goods: list[JsonValue] = [{**known.get(line.key, {}), **_item(line)} for line in lines]
    kept = {name: raw[name] for name in _KEPT if raw.get(name) is not None}
    return {**kept, "items": goods + [item for item in items if flag(item, "adjustment")]}


def _address(address: PostalAddress) -> JsonObject:
    """ShipStation wants states and countries as codes; the name stands in where we know no code."""
    return {
        "name": address.name,
        "company": address.company or None,
        "street1": address.address1,
        "street2": address.address2 or None,
        "city": address.city,
        "state": address.province_code or address.province,
        "postalCode": address.zip,
        "country": address.country_code,
        "phone": address.phone or None,
    }


def _item(line: NewOrderLine) -> JsonObject:
    return {
        "lineItemKey": line.key,
        "sku": line.sku,
        "name": line.name,
        "quantity": line.quantity,
        "unitPrice": line.unit_price,
    }
