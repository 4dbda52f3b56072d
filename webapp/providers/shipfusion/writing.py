"""Our orders in Shipfusion's words.

Source: public clients that create shipments. Which fields are required follows Trackstar's published schema of
what it sends to Shipfusion: number, warehouse, lines, and an address with telephone and e-mail.
"""

from datetime import UTC

from webapp.providers.base import NewOrder, PostalAddress
from webapp.providers.shapes import JsonObject, JsonValue
from webapp.providers.shipfusion.settings import ShipfusionSettings


def shipment_body(order: NewOrder, settings: ShipfusionSettings) -> JsonObject:
    """The whole shipment, for creating and replacing alike. A method without a translation is sent as it is."""
    chosen = settings.shipping_methods.get(order.shipping_method, {})
    items: list[JsonValue] = [{"SKU": line.sku, "qty": line.quantity} for line in order.lines]
    return _given(
        {
            "orderNumber": order.number,
            "orderDate": f"{order.ordered_at.astimezone(UTC):%Y%m%d}",
            "warehouse": settings.warehouse,
            "shippingCarrier": chosen.get("carrier"),
            "shippingService": chosen.get("service") or order.shipping_method,
            "toAddress": _address(order.ship_to),
            "items": items,
        }
    )


def _address(address: PostalAddress) -> JsonObject:
    """Shipfusion wants two names; the last word of ours is taken as the family's."""
    first, _, last = address.name.strip().rpartition(" ")
    return _given(
        {
            "firstName": first or last,
            "lastName": last if first else None,
            "companyName": address.company,
            "emailAddress": address.email,
            "address1": address.address1,
            "address2": address.address2,
            "city": address.city,
            "state": address.province_code or address.province,
            "zipPostalCode": address.zip,
            "country": address.country_code or address.country,
            "phoneNumber": address.phone,
        }
    )


def _given(fields: JsonObject) -> JsonObject:
    """Only what we have to say."""
    return {name: value for name, value in fields.items() if value not in (None, "")}
