"""Our orders in ShipHero's words.

Source: ShipHero's public GraphQL schema: CreateOrderInput, CancelOrderInput, AddLineItemsInput,
UpdateLineItemsInput and RemoveLineItemsInput; money is written as text.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC
from decimal import Decimal

from webapp.providers.account_settings import optional_text
from webapp.providers.base import NewOrder, NewOrderLine, PostalAddress
from webapp.providers.shapes import JsonObject, JsonValue

# ShipHero demands the title of a shipping line; an order of ours need not name a method.
NO_METHOD = "Standard"


def create_data(order: NewOrder, settings: Mapping[str, JsonValue]) -> JsonObject:
    """The order for `order_create`, with the account's `customer_account_id`, `shop_name` and `warehouse_id`."""
    goods = sum((line.unit_price * line.quantity for line in order.lines), Decimal(0))
    return _given(
        {
            "customer_account_id": optional_text(settings, "customer_account_id"),
            "order_number": order.number,
            "partner_order_id": order.number,
            "shop_name": optional_text(settings, "shop_name"),
            "fulfillment_status": "pending",
            "order_date": order.ordered_at.astimezone(UTC).isoformat(timespec="seconds"),
            "subtotal": money(goods),
            "total_price": money(goods),
            "total_tax": "0.00",
            "total_discounts": "0.00",
            "email": order.ship_to.email,
            "shipping_lines": {"title": order.shipping_method or NO_METHOD, "price": "0.00"},
            "shipping_address": _address(order.ship_to),
            "line_items": [_line(line, optional_text(settings, "warehouse_id")) for line in order.lines],
        }
    )


def cancel_data(order_id: str, reason: str, settings: Mapping[str, JsonValue]) -> JsonObject:
    """What `order_cancel` is told. Never `force`: that cancels what has left; nor is the shop told by ShipHero."""
    return _of_order(order_id, settings, {"reason": reason, "force": False})


def add_data(order_id: str, lines: Iterable[NewOrderLine], settings: Mapping[str, JsonValue]) -> JsonObject:
    """What `order_add_line_items` is told."""
    warehouse = optional_text(settings, "warehouse_id")
    return _of_order(order_id, settings, {"line_items": [_line(line, warehouse) for line in lines]})


def change_data(order_id: str, quantities: Mapping[str, int], settings: Mapping[str, JsonValue]) -> JsonObject:
    """What `order_update_line_items` is told: the new quantity of each line, by ShipHero's id.

    Only orders of which nothing has left are changed, so all of it is still to be sent.
    """
    lines: list[JsonValue] = [
        {"id": line_id, "quantity": quantity, "quantity_pending_fulfillment": quantity}
        for line_id, quantity in quantities.items()
    ]
    return _of_order(order_id, settings, {"line_items": lines})


def remove_data(order_id: str, line_ids: Iterable[str], settings: Mapping[str, JsonValue]) -> JsonObject:
    """What `order_remove_line_items` is told."""
    return _of_order(order_id, settings, {"line_item_ids": [*line_ids]})


def money(figure: Decimal) -> str:
    """At least two places, more only where the figure has them: 7.125, 12.50."""
    plain = figure.normalize()
    return f"{plain:f}" if -int(plain.as_tuple().exponent) > 2 else f"{figure:.2f}"


def _of_order(order_id: str, settings: Mapping[str, JsonValue], what: JsonObject) -> JsonObject:
    customer = optional_text(settings, "customer_account_id")
    return _given({"customer_account_id": customer, "order_id": order_id, **what})


def _address(address: PostalAddress) -> JsonObject:
    """ShipHero wants two names; the last word of ours is taken as the family's."""
    first, _, last = address.name.strip().rpartition(" ")
    return _given(
        {
            "first_name": first or last,
            "last_name": last if first else None,
            "company": address.company,
            "address1": address.address1,
            "address2": address.address2,
            "city": address.city,
            "state": address.province or address.province_code,
            "state_code": address.province_code,
            "zip": address.zip,
            "country": address.country or address.country_code,
            "country_code": address.country_code,
            "email": address.email,
            "phone": address.phone,
        }
    )


def _line(line: NewOrderLine, warehouse: str | None) -> JsonObject:
    return _given(
        {
            "sku": line.sku,
            "partner_line_item_id": line.key,
            "quantity": line.quantity,
            "price": money(line.unit_price),
            "product_name": line.name,
            "warehouse_id": warehouse,
        }
    )


def _given(fields: JsonObject) -> JsonObject:
    """Only what we have to say: an empty text would overwrite what ShipHero works out for itself."""
    return {name: value for name, value in fields.items() if value not in (None, "")}
