"""Everything that is said between VeraCore's adapter and its sandbox has the elements of a tenant's own types."""

from functools import cache
from json import loads
from pathlib import Path
from typing import Any

import pytest

from tests.providers.new_orders import NEW_ORDER
from tests.providers.overheard import Overheard, overheard
from tests.providers.specifications import SPECS, needs_specs
from webapp.providers.base import OrderReference
from webapp.providers.veracore.adapter import VeraCoreAdapter
from webapp.providers.veracore.soap import ENVELOPE, read_envelope
from webapp.providers.xml import parse_xml
from webapp.sandbox import SandboxControl

__all__ = ["overheard"]

pytestmark = needs_specs
OMS = "{http://omscom/}"
PARTS = ["Header", "Shipping", "Money", "Payment", "OrderedBy", "ShipTo", "BillTo", "Offers"]


@cache
def types() -> dict[str, Any]:
    found: dict[str, Any] = loads(Path(SPECS, "veracore", "pmomsws_types_from_php_client.json").read_text())
    return found


def fields_of(name: str) -> dict[str, Any]:
    """A type's fields with those of the types it extends."""
    known = types().get(name, {"fields": {}})
    return {**fields_of(known.get("extends", "")), **known["fields"]} if known["fields"] else {}


def problems(value: Any, name: str, path: str = "") -> list[str]:
    """What the types say against a tree: names they do not have, and trees where they have values."""
    found: list[str] = []
    for key, each in (value or {}).items():
        kind = fields_of(name).get(key)
        if kind is None:
            found.append(f"{path}/{key} is not in {name}")
        elif isinstance(kind, str) and kind.startswith("list of "):
            of = kind.removeprefix("list of ")
            for inner, entries in (each or {}).items():
                entry_problems = [] if inner == of else [f"{path}/{key}/{inner} is not {of}"]
                for entry in entries if isinstance(entries, list) else [entries]:
                    entry_problems += problems(entry, of, f"{path}/{key}")
                found += entry_problems
        elif isinstance(kind, str) and kind in types():
            found += problems(each, kind, f"{path}/{key}")
        elif isinstance(each, dict):
            found.append(f"{path}/{key} is {kind}")
    return found


def test_a_new_order_has_the_elements_of_its_types_in_the_order_that_works(
    core: VeraCoreAdapter, overheard: list[Overheard]
) -> None:
    core.create_order(NEW_ORDER)

    made = next(each for each in overheard if b"AddOrder" in each.request.content)
    assert made.request.headers["SOAPAction"] == '"http://omscom/AddOrder"'
    assert made.request.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert made.request.headers["Accept"] == "text/xml"
    order: Any = read_envelope(made.request.content)
    assert problems(order["AddOrder"]["order"], "Order") == []
    assert list(order["AddOrder"]["order"]) == PARTS
    signed = f"{{{ENVELOPE}}}Header/{OMS}AuthenticationHeader/{OMS}"
    assert parse_xml(made.request.content).findtext(f"{signed}Username") == "sandbox-veracore-user"


@pytest.mark.parametrize("status", ["Unprocessed", "Complete"])
def test_an_order_that_is_read_has_the_elements_of_its_types(
    status: str, sandbox: SandboxControl, core: VeraCoreAdapter, overheard: list[Overheard]
) -> None:
    parcel = {"tracking_number": "1Z", "carrier": "UPS", "cost": "7.50"}
    sandbox.load("veracore", [{"number": "SO-1", "lines": [{"sku": "MUG"}], "shipments": [parcel]}])
    sandbox.change("veracore", "SO-1", status=status)

    core.fetch_order(OrderReference("SO-1", "SO-1"))

    told: Any = read_envelope(overheard[0].response.content)
    assert problems(told["GetOrderInfoResponse"]["GetOrderInfoResult"], "OrderInqRecord") == []


def test_an_adjustment_is_signed_in_its_body_as_clients_sign_it(
    sandbox: SandboxControl, core: VeraCoreAdapter, overheard: list[Overheard]
) -> None:
    sandbox.load("veracore", [{"number": NEW_ORDER.number, "lines": [{"sku": "MUG"}]}])
    here = OrderReference(NEW_ORDER.number, NEW_ORDER.number)

    core.update_order(here, NEW_ORDER)
    core.cancel_order(here, "Ordered twice")

    added, cancelled = (each for each in overheard if "orderadjustment.svc" in each.path)
    signed = {"Username": "sandbox-veracore-user", "Password": "sandbox-veracore-<pass>&word"}
    assert added.path.endswith("/pmomsws/orderadjustment.svc/AddOffer")
    assert added.sent["AuthenticationHeader"] == cancelled.sent["AuthenticationHeader"] == signed
    assert list(added.sent["AddOfferWSObject"]) == ["OrderID", "Comments", "Offers"]
    assert [list(offer) for offer in added.sent["AddOfferWSObject"]["Offers"]] == [
        ["OfferID", "Quantity", "Price", "OriginalPrice", "OrderShipToKey"]
    ] * 2
    assert cancelled.sent["CancelOrderWSObject"] == {"OrderID": NEW_ORDER.number}
