"""A shop with an order, and a shipment of ours that it is to be told of."""

from dataclasses import replace
from typing import Any

from webapp.providers.channel import ShippedUnits, ToldShipment, Tracking
from webapp.sandbox import SandboxControl

NAME = "#1001"
TRACKING = Tracking("1Z999AA10123456784", "ups_walleted", "https://www.ups.com/track?tracknum=1Z999AA10123456784")
SHIPMENT = ToldShipment(
    number="SO-9.1",
    order_name=NAME,
    tracking=TRACKING,
    units=(ShippedUnits("MUG", 2), ShippedUnits("PLATE", 1)),
    place="Reno, NV",
)
ORDER: dict[str, Any] = {
    "number": NAME,
    "external_id": "gid://shopify/Order/7001",
    "lines": [{"sku": "MUG", "quantity": 3}, {"sku": "PLATE", "quantity": 1}],
}
TWO_PLACES: dict[str, Any] = ORDER | {
    "fulfillment_orders": [
        {"location": "Seattle, WA", "lines": [{"sku": "MUG", "quantity": 1}]},
        {"location": "Reno, NV", "lines": [{"sku": "MUG", "quantity": 1}, {"sku": "PLATE", "quantity": 1}]},
    ]
}


def with_number(number: str, **changes: Any) -> ToldShipment:
    """The same shipment under another tracking number."""
    return replace(SHIPMENT, tracking=Tracking(number, "UPS"), **changes)


def told(sandbox: SandboxControl) -> list[tuple[str, list[str], int]]:
    """What the shop has: of each fulfillment its status, its tracking numbers and how many units."""
    return [
        (
            one["status"],
            [entry["number"] for entry in one["trackingInfo"]],
            sum(line["quantity"] for line in one["fulfillmentLineItems"]),
        )
        for one in sandbox.show("shopify", NAME.replace("#", "%23"))["fulfillments"]
    ]


def operations(sandbox: SandboxControl) -> list[str]:
    return [seen.path.rpartition("/")[2] for seen in sandbox.requests("shopify")]
