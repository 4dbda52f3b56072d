"""What ShipStation's `createorder` asks for and how its body becomes an order of the sandbox.

Source of the fields: docs.shipstation.com, ShipStation V1 API, Create/Update Order. The words for a missing field
follow the answers quoted in public clients' issue reports.
"""

from typing import Any

from webapp.sandbox.systems import Json

REQUIRED = ("orderNumber", "orderDate", "orderStatus", "billTo", "shipTo")
OPEN_STATUSES = ("awaiting_payment", "awaiting_shipment", "on_hold")
LONGEST_NUMBER = 50


def problems_of(body: Any) -> dict[str, list[str]]:
    """What is wrong with the body, by field, as ASP.NET lists it; nothing when it can be taken."""
    if not isinstance(body, dict):
        return {"apiOrder": ["An order is required."]}
    problems = {f"apiOrder.{name}": [f"The {name} field is required."] for name in REQUIRED if not body.get(name)}
    if len(str(body.get("orderNumber", ""))) > LONGEST_NUMBER:
        problems["apiOrder.orderNumber"] = [f"orderNumber must be at most {LONGEST_NUMBER} characters."]
    if body.get("orderStatus") not in (None, "", *OPEN_STATUSES):
        problems["apiOrder.orderStatus"] = [f"orderStatus must be one of {', '.join(OPEN_STATUSES)}."]
    return problems


def entry_from(body: Json) -> Json:
    """The order as the control door would describe it; without an `orderKey` ShipStation makes one up."""
    return {
        "number": body["orderNumber"],
        "key": body.get("orderKey") or f"made-up-{body['orderNumber']}",
        "status": body["orderStatus"],
        "customer": {**body["shipTo"], "email": body.get("customerEmail")},
        "store_id": (body.get("advancedOptions") or {}).get("storeId", 1),
        "lines": [
            {
                "sku": item["sku"],
                "key": item.get("lineItemKey", item["sku"]),
                "name": item.get("name", item["sku"]),
                "quantity": item["quantity"],
                "unit_price": item.get("unitPrice", 0),
            }
            for item in body.get("items", [])
        ],
    }
