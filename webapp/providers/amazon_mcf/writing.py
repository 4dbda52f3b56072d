"""Our orders in Amazon's words, and what Amazon would refuse, said before it is asked.

Source: Selling Partner API, Fulfillment Outbound 2020-07-01, CreateFulfillmentOrderRequest and
UpdateFulfillmentOrderRequest; limits of an order: its developer guide.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC

from webapp.providers.account_settings import optional_text
from webapp.providers.base import NewOrder, NewOrderLine, PostalAddress, Rejected
from webapp.providers.shapes import JsonObject, JsonValue

LONGEST_ID, LONGEST_SKU = 40, 50
MOST_LINES, MOST_UNITS = 100, 250
# “ScheduledDelivery” needs a window that no order of ours has.
SPEEDS = ("Standard", "Expedited", "Priority")
# Amazon demands a text for the packing slip.
COMMENT = "Thank you for your order."
LONGEST_COMMENT = 750
# Ship exactly these units or none: Amazon's other policies leave some out or wait for stock.
POLICY = "FillOrKill"


def checked(order: NewOrder, order_id: str) -> None:
    """Raises Rejected with everything that Amazon would refuse about the order."""
    problems = [*_about_ids(order, order_id), *_about_lines(order.lines), *_about_address(order.ship_to)]
    if problems:
        raise Rejected(f"Amazon does not take order {order.number}: {'; '.join(problems)}. Nothing was sent.")


def create_body(order: NewOrder, order_id: str, settings: Mapping[str, JsonValue]) -> JsonObject:
    """The order for `createFulfillmentOrder`.

    Settings: `marketplace_id`, `shipping_speed` (else the shipping method where it names a speed, else Standard),
    `fulfillment_policy`, `packing_slip_comment`.
    """
    return _given(
        {
            "marketplaceId": optional_text(settings, "marketplace_id"),
            "sellerFulfillmentOrderId": order_id,
            "displayableOrderId": order.number,
            "displayableOrderDate": f"{order.ordered_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "displayableOrderComment": (optional_text(settings, "packing_slip_comment") or COMMENT)[
                :LONGEST_COMMENT
            ],
            "shippingSpeedCategory": _speed(order.shipping_method, optional_text(settings, "shipping_speed")),
            "destinationAddress": _address(order.ship_to),
            "fulfillmentAction": "Ship",
            "fulfillmentPolicy": optional_text(settings, "fulfillment_policy") or POLICY,
            "items": [_item(line) for line in order.lines],
        }
    )


def update_body(order: NewOrder, standing: frozenset[str]) -> JsonObject:
    """The lines for `updateFulfillmentOrder`; one that stands there and is no more of the order is set to none."""
    gone = sorted(standing - {line.key for line in order.lines})
    emptied: list[JsonValue] = [{"sellerFulfillmentOrderItemId": key, "quantity": 0} for key in gone]
    return {"items": [*(_item(line) for line in order.lines), *emptied]}


def _about_ids(order: NewOrder, order_id: str) -> Iterator[str]:
    if len(order_id) > LONGEST_ID:
        yield f"its number there, {order_id}, is longer than {LONGEST_ID} characters"
    if order.number != order.number.strip() or "  " in order.number or not _is_latin(order.number):
        yield "its number has characters or spaces that cannot be printed on Amazon's packing slip"


def _about_lines(lines: tuple[NewOrderLine, ...]) -> Iterator[str]:
    units = sum(line.quantity for line in lines)
    if not lines:
        yield "it has no lines"
    if len(lines) > MOST_LINES:
        yield f"it has {len(lines)} lines and Amazon takes {MOST_LINES}"
    if units > MOST_UNITS:
        yield f"it has {units} units and Amazon takes {MOST_UNITS}"
    for sku in (line.sku for line in lines if len(line.sku) > LONGEST_SKU):
        yield f"the SKU {sku} is longer than {LONGEST_SKU} characters"


def _about_address(address: PostalAddress) -> Iterator[str]:
    wanted = {
        "name": address.name,
        "street": address.address1,
        "postal code": address.zip,
        "country code": address.country_code,
    }
    for what in (what for what, value in wanted.items() if not value.strip()):
        yield f"its address has no {what}"


def _is_latin(text: str) -> bool:
    try:
        text.encode("iso-8859-1")
    except UnicodeEncodeError:
        return False
    return text.isprintable()


def _speed(method: str, fixed: str | None) -> str:
    asked = {word.lower() for word in method.split()}
    named = next((speed for speed in SPEEDS if speed.lower() in asked), SPEEDS[0])
    return fixed or named


def _address(address: PostalAddress) -> JsonObject:
    """Amazon knows no company, so it takes the next free line."""
    lines = [line for line in (address.address1, address.address2, address.company) if line.strip()]
    return _given(
        {
            "name": address.name,
            **{f"addressLine{place}": line for place, line in enumerate(lines, 1)},
            "city": address.city,
            "stateOrRegion": address.province_code or address.province,
            "postalCode": address.zip,
            "countryCode": address.country_code,
            "phone": address.phone,
        }
    )


def _item(line: NewOrderLine) -> JsonObject:
    return {"sellerSku": line.sku, "sellerFulfillmentOrderItemId": line.key, "quantity": line.quantity}


def _given(fields: JsonObject) -> JsonObject:
    return {name: value for name, value in fields.items() if value not in (None, "")}
