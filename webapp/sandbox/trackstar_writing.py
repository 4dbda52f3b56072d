"""What the warehouse system behind the sandbox's Trackstar takes, how Trackstar describes it, and its complaints.

The fields are those that Trackstar's OpenAPI specification gives for ShipHero; the shape of the description is
that of its guide to programmatic writes.
"""

from typing import Any

from webapp.sandbox.systems import Json

_TEXT, _NUMBER, _WHOLE = {"type": "string"}, {"type": "number"}, {"type": "integer"}
_ADDRESS: Json = {
    "type": "object",
    "properties": dict.fromkeys(
        (
            "full_name",
            "company",
            "address1",
            "address2",
            "city",
            "state",
            "postal_code",
            "country",
        ),
        _TEXT,
    ),
    "required": ["full_name", "address1", "city", "state", "postal_code", "country"],
}
# A change takes no telephone number and no e-mail address.
_NEW_ADDRESS: Json = _ADDRESS | {
    "properties": {**_ADDRESS["properties"], "phone_number": _TEXT, "email_address": _TEXT}
}
_LINE: Json = {
    "type": "object",
    "properties": {"sku": _TEXT, "quantity": _WHOLE, "unit_price": _NUMBER, "warehouse_id": _TEXT},
    "required": ["sku", "quantity", "unit_price"],
}
_FIELDS: Json = {
    **dict.fromkeys(("order_number", "reference_id", "warehouse_customer_id", "packing_note"), _TEXT),
    "ship_to_address": {"$ref": "#/definitions/Address"},
    "line_items": {"type": "array", "items": {"$ref": "#/definitions/Line"}},
}
_CREATE_FIELDS: Json = _FIELDS | dict.fromkeys(("shipping_method_id", "shipping_method_name", "carrier_id"), _TEXT)
_KINDS: dict[str, tuple[type, ...]] = {"string": (str,), "number": (int, float), "integer": (int,)}


def description(method: str) -> Json:
    """The answer of `/wms/orders/meta`: a JSON Schema with its parts in `definitions`."""
    is_new = method == "POST"
    order = {
        "type": "object",
        "properties": _CREATE_FIELDS if is_new else _FIELDS,
        "required": ["order_number", "line_items", "ship_to_address"] if is_new else [],
        "additionalProperties": False,
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "definitions": {"Order": order, "Address": _NEW_ADDRESS if is_new else _ADDRESS, "Line": _LINE},
        "$ref": "#/definitions/Order",
    }


def problems_of(body: Any, method: str) -> dict[str, Any]:
    """What is wrong with a body, by field; nothing when it can be taken."""
    if not isinstance(body, dict):
        return {"body": ["Invalid input type."]}
    known = description(method)["definitions"]
    problems = _problems(body, known["Order"])
    if isinstance(body.get("ship_to_address"), dict):
        problems |= _problems(body["ship_to_address"], known["Address"])
    for line in body.get("line_items") or []:
        problems |= _problems(line, _LINE)
    return problems


def _problems(given: Json, schema: Json) -> dict[str, Any]:
    found = {name: ["Missing data for required field."] for name in schema["required"] if name not in given}
    for name, value in given.items():
        if name not in schema["properties"]:
            found[name] = ["Unknown field."]
        elif value is None or value == "":
            found[name] = ["Field may not be null."]
        elif not isinstance(value, _KINDS.get(schema["properties"][name].get("type", ""), (object,))):
            found[name] = ["Not a valid value."]
    return found


def entry_from(body: Json) -> Json:
    """The order as the control door would describe it."""
    return {
        "number": body["order_number"],
        "reference_id": body.get("reference_id", body["order_number"]),
        "customer_id": body.get("warehouse_customer_id"),
        "customer": {"company": None, "address2": None, **body["ship_to_address"]},
        "method": body.get("shipping_method_name"),
        "lines": body["line_items"],
    }
