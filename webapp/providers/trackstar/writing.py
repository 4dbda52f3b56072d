"""Our orders in Trackstar's words: of all that we know, what the connection takes.

Source: Trackstar's OpenAPI specification, schemas CreatewmsOrder and UpdatewmsOrder. Nulls and empty texts are
refused there, so what we do not know is left out.
"""

from collections.abc import Mapping
from decimal import Decimal

from webapp.providers.account_settings import optional_text
from webapp.providers.base import NewOrder, NewOrderLine, PostalAddress, Rejected
from webapp.providers.shapes import JsonObject, JsonValue
from webapp.providers.trackstar.wanted import Fields, Wanted

# Which field carries our shipping method, the first that the connection takes, unless the account names one.
_METHOD_FIELDS = ("service_level", "shipping_method_name", "shipping_method")


def create_body(order: NewOrder, wanted: Wanted, settings: Mapping[str, JsonValue]) -> JsonObject:
    """The whole order for `POST /wms/orders`. Raises Rejected naming the fields that nobody has told us."""
    return _body(order, wanted, {**_order(order, wanted, settings), **_extra(settings, "order_fields")}, settings)


def update_body(order: NewOrder, wanted: Wanted, settings: Mapping[str, JsonValue]) -> JsonObject:
    """The lines for `PUT /wms/orders/{id}`, with what else the connection demands. Raises Rejected."""
    known = {**_order(order, wanted, settings), **_extra(settings, "order_fields")}
    demanded = {name: value for name, value in known.items() if name in wanted.order.required}
    has_address = "ship_to_address" in wanted.order.required
    return _body(order, wanted, demanded, settings, with_address=has_address)


def _body(
    order: NewOrder,
    wanted: Wanted,
    fields: JsonObject,
    settings: Mapping[str, JsonValue],
    *,
    with_address: bool = True,
) -> JsonObject:
    extra = _extra(settings, "line_fields")
    lines: list[JsonValue] = [_taken({**_line(line), **extra}, wanted.line) for line in order.lines]
    known = {name: value for name, value in _address(order.ship_to).items() if not _is_empty(value)}
    address = _taken({**_extra(settings, "address_fields"), **known}, wanted.address) if with_address else {}
    body = _taken({**fields, "ship_to_address": address, "line_items": lines}, wanted.order)
    missing = [
        *_missing(body, wanted.order, ""),
        *(_missing(address, wanted.address, "ship_to_address.") if with_address else ()),
        *_missing(_common(lines), wanted.line, "line_items."),
    ]
    if missing:
        raise Rejected(
            f"The warehouse system behind Trackstar wants more than Dockside knows of {order.number}: "
            f"{', '.join(missing)}. Complete the address, or put it into “order_fields”, “address_fields” or "
            "“line_fields” of the provider account. Nothing was sent."
        )
    return body


def _order(order: NewOrder, wanted: Wanted, settings: Mapping[str, JsonValue]) -> JsonObject:
    goods = sum((line.unit_price * line.quantity for line in order.lines), Decimal(0))
    method = optional_text(settings, "shipping_method_field") or next(
        (name for name in _METHOD_FIELDS if name in wanted.order.known), _METHOD_FIELDS[0]
    )
    return {
        "order_number": order.number,
        "reference_id": order.number,
        "warehouse_customer_id": optional_text(settings, "warehouse_customer_id"),
        "order_date": order.ordered_at.isoformat(),
        "total_price": goods,
        method: order.shipping_method,
    }


def _line(line: NewOrderLine) -> JsonObject:
    return {"sku": line.sku, "quantity": line.quantity, "unit_price": line.unit_price}


def _address(address: PostalAddress) -> JsonObject:
    return {
        "full_name": address.name,
        "company": address.company,
        "address1": address.address1,
        "address2": address.address2,
        "city": address.city,
        "state": address.province_code or address.province,
        "postal_code": address.zip,
        "country": address.country_code or address.country,
        "phone_number": address.phone,
        "email_address": address.email,
    }


def _taken(values: JsonObject, fields: Fields) -> JsonObject:
    """What there is to say and the connection listens to."""
    return {name: value for name, value in values.items() if name in fields.known and not _is_empty(value)}


def _is_empty(value: JsonValue) -> bool:
    return value is None or value in ("", [], {})


def _missing(values: JsonObject, fields: Fields, where: str) -> list[str]:
    return [f"{where}{name}" for name in sorted(fields.required - values.keys())]


def _common(lines: list[JsonValue]) -> JsonObject:
    """The fields that every line has."""
    found = [line for line in lines if isinstance(line, dict)]
    return {name: None for name in found[0] if all(name in line for line in found)} if found else {}


def _extra(settings: Mapping[str, JsonValue], name: str) -> JsonObject:
    """Fixed values that the account adds, such as a warehouse's id."""
    value = settings.get(name)
    return value if isinstance(value, dict) else {}
