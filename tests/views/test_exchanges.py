"""What was said to a provider about a shipment, and the payload it answered with."""

from typing import Any

import pytest

from tests.cast import Cast
from tests.factories import NOON, Factory
from tests.page import Page
from webapp.extensions import db
from webapp.models import ProviderExchange


@pytest.fixture
def shipment(make: Factory) -> Any:
    return make.shipment(account=make.provider_account())


def exchange(shipment: Any, **values: Any) -> ProviderExchange:
    defaults = {
        "provider_account_id": shipment.provider_account_id,
        "fulfillment_id": shipment.id,
        "operation": "fetch_order",
        "method": "GET",
        "url": "https://ship.example/orders?orderNumber=1",
        "response_status": 200,
        "response_body": '{"orders":[{"city":"Köln"}]}',
        "duration_ms": 212,
        "outcome": "confirmed",
        "occurred_at": NOON,
    }
    row = ProviderExchange(**(defaults | values))
    db.session.add(row)
    db.session.commit()
    return row


def test_calls_are_listed_newest_first_with_their_outcome(page: Page, cast: Cast, shipment: Any) -> None:
    exchange(shipment)
    exchange(shipment, outcome="refused", response_status=429, message="Too many calls", duration_ms=1500)
    exchange(shipment, outcome="unknown", response_status=None, message="No answer in 20 s")

    page.sign_in(cast.viewer).get(f"/fulfillments/{shipment.id}/exchanges", fragment="exchanges")

    newest, middle, oldest = page.texts("#exchanges li")
    assert newest.startswith("Fetch order Outcome unknown no answer, 212 ms")
    assert newest.endswith("No answer in 20 s")
    assert middle.startswith("Fetch order Refused 429, 1,500 ms")
    assert oldest.startswith("Fetch order Confirmed 200, 212 ms")
    assert oldest.endswith(", ShipStation")
    assert page.texts("#exchanges-title") == ["Calls to ShipStation"]


def test_calls_to_the_sales_channel_are_called_by_its_name(
    page: Page, cast: Cast, make: Factory, shipment: Any
) -> None:
    exchange(shipment)
    shop = make.provider_account("shopify", credentials={"access_token": "shpat_1"})
    exchange(shipment, provider_account_id=shop.id, operation="find_orders")

    page.sign_in(cast.viewer).get(f"/fulfillments/{shipment.id}/exchanges", fragment="exchanges")

    assert page.texts("#exchanges-title") == ["Calls to ShipStation and Shopify"]
    assert page.texts("#exchanges li")[0].endswith(", Shopify")


def test_the_list_is_a_page_of_its_own_too_and_has_pages(page: Page, cast: Cast, shipment: Any) -> None:
    for _ in range(10):
        exchange(shipment)

    page.sign_in(cast.viewer).get(f"/fulfillments/{shipment.id}/exchanges")

    assert page.one("h1").get_text() == f"Calls about {shipment.fulfillment_number}"
    assert len(page.all("#exchanges li")) == 8
    page.get(str(page.one("a[rel=next]")["href"]))
    assert len(page.all("#exchanges li")) == 2
    page.get(f"/fulfillments/{shipment.id}/exchanges?page=x", status=400)


@pytest.mark.parametrize("fragment", [None, "dialog"])
def test_a_call_is_shown_with_both_bodies(page: Page, cast: Cast, shipment: Any, fragment: str | None) -> None:
    row = exchange(shipment, request_body="not json <b>")

    page.sign_in(cast.viewer).get(f"/fulfillments/{shipment.id}/exchanges/{row.id}", fragment=fragment)

    sent, answered = [tag.get_text() for tag in page.all("pre")]
    assert sent == "not json <b>"
    assert answered == '{\n  "orders": [\n    {\n      "city": "Köln"\n    }\n  ]\n}'
    assert "GET https://ship.example/orders?orderNumber=1" in page.text


def test_xml_is_shown_an_element_a_line(page: Page, cast: Cast, shipment: Any) -> None:
    row = exchange(shipment, request_body="<a><b>Köln</b></a>", response_body="<a><b>half")

    page.sign_in(cast.viewer).get(f"/fulfillments/{shipment.id}/exchanges/{row.id}")

    assert [tag.get_text() for tag in page.all("pre")] == ["<a>\n  <b>Köln</b>\n</a>", "<a><b>half"]


@pytest.mark.parametrize("fragment", [None, "dialog"])
def test_a_payload_is_shown_readably(
    page: Page, cast: Cast, make: Factory, shipment: Any, fragment: str | None
) -> None:
    order = make.provider_order(shipment, payload={"shipTo": {"city": "Köln"}, "note": "</pre><script>"})

    address = f"/fulfillments/{shipment.id}/provider-orders/{order.id}"
    page.sign_in(cast.viewer).get(address, fragment=fragment)

    text = page.one("pre").get_text()
    assert '"city": "Köln"' in text
    assert '"note": "</pre><script>"' in text
    assert "</pre><script>" not in page.response.get_data(as_text=True)


def test_what_belongs_to_another_shipment_is_not_found(
    page: Page, cast: Cast, make: Factory, shipment: Any
) -> None:
    other = make.shipment(account=make.provider_account())
    row, order = exchange(shipment), make.provider_order(shipment)
    page.sign_in(cast.admin)

    page.get(f"/fulfillments/{other.id}/exchanges/{row.id}", status=404)
    page.get(f"/fulfillments/{other.id}/provider-orders/{order.id}", status=404)


def test_what_is_in_another_warehouse_is_not_found(page: Page, cast: Cast, make: Factory, shipment: Any) -> None:
    row, order = exchange(shipment), make.provider_order(shipment)
    page.sign_in(cast.limited_to(make.warehouse("Newark, NJ").id))

    page.get(f"/fulfillments/{shipment.id}/exchanges", status=404)
    page.get(f"/fulfillments/{shipment.id}/exchanges/{row.id}", status=404)
    page.get(f"/fulfillments/{shipment.id}/provider-orders/{order.id}", status=404)
