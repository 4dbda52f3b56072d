"""Our orders in Starshipit's words.

Source: api-docs.starshipit.com, create order and update order; weights are left to Starshipit's product list.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC

from webapp.providers.base import NewOrder, NewOrderLine, PostalAddress
from webapp.providers.shapes import JsonObject, JsonValue
from webapp.providers.starshipit.mapping import Line, Order


def create_body(order: NewOrder) -> JsonObject:
    """The order for `POST /api/orders`; `shipping_method` is what the account's courier rules go by."""
    return _given(
        {
            "order_number": order.number,
            "order_date": order.ordered_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "shipping_method": order.shipping_method,
            "destination": _destination(order.ship_to),
            "items": [_item(line) for line in order.lines],
        }
    )


def update_body(known: Order, wanted: Sequence[NewOrderLine]) -> JsonObject | None:
    """What `PUT /api/orders` is told so that the lines become the wanted ones; None when they are already.

    Starshipit keeps no key of ours, so lines are matched by SKU, one by one.
    """
    items = [*_changes(known.lines, wanted)]
    return {"order_id": known.order_id, "order_number": known.number, "items": items} if items else None


def _changes(known: Iterable[Line], wanted: Iterable[NewOrderLine]) -> Iterable[JsonValue]:
    by_sku: dict[str, list[Line]] = defaultdict(list)
    for line in known:
        by_sku[line.sku].append(line)
    for new in wanted:
        same = by_sku[new.sku]
        if not same:
            yield _item(new)
        elif (old := same.pop(0)).quantity != new.quantity:
            yield {"item_id": old.item_id, "sku": old.sku, "quantity": new.quantity}
    for left_over in by_sku.values():
        for old in left_over:
            yield {"item_id": old.item_id, "delete": True}


def _destination(address: PostalAddress) -> JsonObject:
    """A town is Starshipit's suburb, which it demands, and its city too."""
    return _given(
        {
            "name": address.name,
            "company": address.company,
            "email": address.email,
            "phone": address.phone,
            "street": ", ".join(part for part in (address.address1, address.address2) if part),
            "suburb": address.city,
            "city": address.city,
            "state": address.province_code or address.province,
            "post_code": address.zip,
            "country": address.country or address.country_code,
        }
    )


def _item(line: NewOrderLine) -> JsonObject:
    return {"sku": line.sku, "description": line.name, "quantity": line.quantity, "value": line.unit_price}


def _given(fields: JsonObject) -> JsonObject:
    """Only what we have to say."""
    return {name: value for name, value in fields.items() if value not in (None, "")}
