"""The sandbox plays a VeraCore tenant: what clients showed of it, and what is assumed of the rest."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

import httpx
import pytest
from lxml import etree

from webapp.sandbox import SandboxControl
from webapp.sandbox.veracore import ADJUSTMENTS, CALLS_PER_MINUTE, OMS, REST
from webapp.sandbox.veracore_access import LIFETIME, PASSWORD, SYSTEM_ID, USERNAME

ENVELOPE = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>'
    '<AuthenticationHeader xmlns="http://omscom/"><Username>{user}</Username><Password>{password}</Password>'
    '</AuthenticationHeader></s:Header><s:Body><{operation} xmlns="http://omscom/">{fields}</{operation}>'
    "</s:Body></s:Envelope>"
)
SIGNED = {"Username": USERNAME, "Password": PASSWORD}
LOGIN = {"userName": USERNAME, "password": PASSWORD, "systemId": SYSTEM_ID}
ORDER = (
    "<order><Header><ID>{id}</ID></Header><OrderedBy><LastName>Example</LastName></OrderedBy>"
    "<ShipTo><OrderShipTo><Key>1</Key></OrderShipTo></ShipTo><Offers><OfferOrdered><Offer><Header><ID>MUG</ID>"
    "</Header></Offer><Quantity>2</Quantity></OfferOrdered></Offers></order>"
)


@pytest.fixture(autouse=True)
def _one_order(sandbox: SandboxControl) -> None:
    sandbox.limit_rate("veracore", enabled=False)
    sandbox.load("veracore", [{"number": "SO-1", "lines": [{"sku": "MUG", "quantity": 2}]}])


@pytest.fixture
def caller(sandbox_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{sandbox_url}/veracore", trust_env=False) as client:
        yield client


def soap(
    caller: httpx.Client, operation: str, fields: str = "", action: str | None = None, password: str = PASSWORD
) -> tuple[int, str]:
    """Status and what the body's element holds, as text."""
    envelope = ENVELOPE.format(user=USERNAME, password=escape(password), operation=operation, fields=fields)
    headers = {"SOAPAction": f'"http://omscom/{action or operation}"', "Content-Type": "text/xml"}
    answer = caller.post(OMS, content=envelope.encode(), headers=headers)
    return answer.status_code, etree.tostring(etree.fromstring(answer.content), encoding="unicode")


def read(caller: httpx.Client, order_id: str = "SO-1") -> str:
    return soap(caller, "GetOrderInfo", f"<orderId>{order_id}</orderId>")[1]


def test_it_tells_an_order_and_has_an_empty_record_for_one_it_does_not_know(caller: httpx.Client) -> None:
    assert ">SO-1</" in read(caller)
    assert "OrdHead" not in read(caller, "SO-7")


def test_a_stranger_is_answered_with_a_fault(caller: httpx.Client) -> None:
    status, told = soap(caller, "GetOrderInfo", "<orderId>SO-1</orderId>", password="guess")
    assert (status, "Invalid username or password." in told) == (500, True)
    for given in ({}, {"AuthenticationHeader": {**SIGNED, "Password": "guess"}}):
        answer = caller.post(f"{ADJUSTMENTS}/CancelOrder", json=given)
        assert (answer.status_code, answer.json()["Error"]) == (200, "Invalid username or password.")
    assert caller.post(f"{REST}/Login", json=LOGIN | {"systemId": "other"}).json()["Token"] is None


@pytest.mark.parametrize(("operation", "action"), [("GetOrderInfo", "AddOrder"), ("GetOffers", "GetOffers")])
def test_what_it_does_not_offer_is_a_fault(operation: str, action: str, caller: httpx.Client) -> None:
    status, told = soap(caller, operation, action=action)
    assert (status, "System.Exception: " in told) == (500, True)


def test_an_id_is_taken_once_and_for_all_and_has_twenty_characters_at_most(
    sandbox: SandboxControl, caller: httpx.Client
) -> None:
    sandbox.change("veracore", "SO-1", status="Canceled")

    assert "Order ID SO-1 already exists." in soap(caller, "AddOrder", ORDER.format(id="SO-1"))[1]
    assert "at most 20 characters" in soap(caller, "AddOrder", ORDER.format(id="S" * 21))[1]
    assert soap(caller, "AddOrder", ORDER.format(id="S" * 20))[0] == 200
    assert "MUG" in read(caller, "S" * 20)
    assert "Missing: " in soap(caller, "AddOrder", "<order><Header><ID>SO-2</ID></Header></order>")[1]


def test_an_order_takes_adjustments_until_it_is_processed(sandbox: SandboxControl, caller: httpx.Client) -> None:
    offer = {"OrderID": "SO-1", "Offers": [{"OfferID": "PLATE", "Quantity": 1}]}
    body = {"AuthenticationHeader": SIGNED, "AddOfferWSObject": offer, "CancelOrderWSObject": {"OrderID": "SO-1"}}

    assert caller.post(f"{ADJUSTMENTS}/AddOffer", json=body).json()["Success"] is True
    assert "PLATE" in read(caller)
    sandbox.change("veracore", "SO-1", status="Processed")
    assert caller.post(f"{ADJUSTMENTS}/CancelOrder", json=body).status_code == 400
    sandbox.change("veracore", "SO-1", status="Hold")
    assert caller.post(f"{ADJUSTMENTS}/CancelOrder", json=body).status_code == 200
    assert "<Canceled>true<" in read(caller)
    assert caller.post(f"{ADJUSTMENTS}/CancelOrder", json=body).status_code == 400


def test_a_token_of_the_rest_service_expires(sandbox: SandboxControl, caller: httpx.Client) -> None:
    sandbox.change("veracore", "SO-1", shipments=[{"tracking_number": "1Z", "carrier": "UPS"}])
    token = caller.post(f"{REST}/Login", json=LOGIN).json()["Token"]

    def packages() -> httpx.Response:
        asked = {"request.ordersIds": "SO-1"}
        return caller.get(f"{REST}/GetPackages", params=asked, headers={"Authorization": f"bearer {token}"})

    assert packages().json()["ShippingUnits"][0]["Shipping"]["FreightCarrier"] == "UPS"
    sandbox.advance(LIFETIME)
    assert packages().status_code == 403


def test_its_limit_bites_and_says_for_how_long(sandbox: SandboxControl, caller: httpx.Client) -> None:
    sandbox.limit_rate("veracore", enabled=True)
    answers = [caller.post(OMS) for _ in range(CALLS_PER_MINUTE + 1)]

    assert (answers[0].status_code, answers[-1].status_code) == (500, 429)
    sandbox.advance(float(answers[-1].headers["Retry-After"]))
    assert caller.post(OMS).status_code == 500


def test_a_plan_ships_an_order_that_is_neither_held_nor_over(
    sandbox: SandboxControl, caller: httpx.Client
) -> None:
    plan = {"ships_after_seconds": 60, "tracking_number": "1Z-PLAN"}
    sandbox.load(
        "veracore", [{"number": "SO-2", "plan": plan}, {"number": "SO-3", "plan": plan, "status": "Hold"}]
    )

    assert "1Z-PLAN" not in read(caller, "SO-2")
    sandbox.advance(60)
    assert "1Z-PLAN" in read(caller, "SO-2")
    assert "1Z-PLAN" not in read(caller, "SO-3")
    sandbox.change("veracore", "SO-3", status="Canceled")
    assert "1Z-PLAN" not in read(caller, "SO-3")


@pytest.mark.parametrize("status", ["Lost", "Shipped, Lost"])
def test_words_that_veracore_does_not_have_are_refused(status: str, sandbox: SandboxControl) -> None:
    with pytest.raises(httpx.HTTPStatusError):
        sandbox.change("veracore", "SO-1", status=status)
