"""Our orders in VeraCore's words, and what VeraCore would refuse, said before it is asked.

Source: clients that create orders with `AddOrder` and add lines with `AddOffer`, for the fields and their order;
types generated from a tenant's WSDL for their names.
"""

from collections import Counter
from collections.abc import Iterator

from webapp.providers.base import NewOrder, NewOrderLine, PostalAddress, Rejected
from webapp.providers.shapes import JsonObject, JsonValue
from webapp.providers.veracore.settings import ORDER_PARTS, VeraCoreSettings

LONGEST_ID = 20
# Orders of ours go to one address, which is the first.
SHIP_TO = "1"


def checked(order: NewOrder, order_id: str) -> None:
    """Raises Rejected with everything that VeraCore would refuse about the order."""
    if problems := list(_problems(order, order_id)):
        raise Rejected(f"VeraCore does not take order {order.number}: {'; '.join(problems)}. Nothing was sent.")


def _problems(order: NewOrder, order_id: str) -> Iterator[str]:
    if len(order_id) > LONGEST_ID:
        yield f"its id there, {order_id}, is longer than {LONGEST_ID} characters"
    if not order_id or order_id != order_id.strip() or not order_id.isprintable():
        yield "its number has characters or spaces that an id cannot have"
    if not order.lines:
        yield "it has no lines"
    address = order.ship_to
    wanted = {"name": address.name or address.company, "street": address.address1, "city": address.city}
    for what in (what for what, value in wanted.items() if not value.strip()):
        yield f"its address has no {what}"


def add_order(order: NewOrder, order_id: str, settings: VeraCoreSettings) -> JsonObject:
    """The order for `AddOrder`, under an id of ours; the account's `order_fields` are put over each part."""
    offers: list[JsonValue] = [_offer(line) for line in order.lines]
    parts: dict[str, JsonObject] = {
        "Header": {
            "ID": order_id,
            "EntryDate": f"{order.ordered_at.astimezone(settings.time_zone):%Y-%m-%dT%H:%M:%S}",
            "ReferenceNumber": order.number,
        },
        "Shipping": _shipping(order.shipping_method, settings),
        "Money": {},
        "Payment": {},
        "OrderedBy": _person(order.ship_to),
        "ShipTo": {"OrderShipTo": {"Flag": "OrderedBy", "Key": SHIP_TO}},
        "BillTo": {"Flag": "OrderedBy"},
        "Offers": {"OfferOrdered": offers},
    }
    added = settings.order_fields
    return {
        "order": {
            name: {**parts.get(name, {}), **added.get(name, {})}
            for name in ORDER_PARTS
            if name in parts or name in added
        }
    }


def add_offers(order_id: str, order: NewOrder, missing: Counter[str]) -> JsonObject:
    """The units that an order lacks, for `AddOffer`; a price is that of our first line with the SKU."""
    prices = {line.sku: line.unit_price for line in reversed(order.lines)}
    offers: list[JsonValue] = [
        {
            "OfferID": sku,
            "Quantity": quantity,
            "Price": prices[sku],
            "OriginalPrice": prices[sku],
            "OrderShipToKey": {"Key": SHIP_TO},
        }
        for sku, quantity in missing.items()
    ]
    return {"OrderID": order_id, "Comments": f"Lines added to {order.number}", "Offers": offers}


def units_of(order: NewOrder) -> Counter[str]:
    """How many of each SKU an order of ours has."""
    units: Counter[str] = Counter()
    for line in order.lines:
        units[line.sku] += line.quantity
    return units


def _shipping(method: str, settings: VeraCoreSettings) -> JsonObject:
    """The method as the account translates it; another is sent as the service, word for word."""
    chosen = settings.shipping_methods.get(method, {"service": method})
    found: JsonObject = {}
    if chosen.get("carrier"):
        found["FreightCarrier"] = {"Name": chosen["carrier"]}
    if chosen.get("service"):
        found["FreightService"] = {"Description": chosen["service"]}
    if chosen.get("code"):
        found["FreightCode"] = chosen["code"]
        found["FreightCodeDescription"] = chosen.get("description") or chosen["code"]
    return found


def _person(address: PostalAddress) -> JsonObject:
    """VeraCore wants two names; the last word of ours is taken as the family's."""
    first, _, last = address.name.strip().rpartition(" ")
    fields: JsonObject = {
        "FirstName": first,
        "LastName": last,
        "CompanyName": address.company,
        "Address1": address.address1,
        "Address2": address.address2,
        "City": address.city,
        "State": address.province_code or address.province,
        "PostalCode": address.zip,
        "Country": address.country_code or address.country,
        "Phone": address.phone,
        "Email": address.email,
    }
    return {name: value for name, value in fields.items() if value}


def _offer(line: NewOrderLine) -> JsonObject:
    return {
        "Offer": {"Header": {"ID": line.sku}},
        "Quantity": line.quantity,
        "OrderShipToKey": {"Key": SHIP_TO},
        "UnitPrice": line.unit_price,
    }
