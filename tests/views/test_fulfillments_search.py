"""Searching and scanning from the box in the header."""

import pytest

from tests.cast import Cast
from tests.factories import Factory
from tests.page import Page, fields_of
from webapp.schema import now


@pytest.fixture
def operator(page: Page, cast: Cast) -> Page:
    return page.sign_in(cast.operator)


def search(page: Page, text: str) -> Page:
    """Type into the box of the header and press Enter, as a browser without scripts would."""
    form = page.get("/fulfillments").one("form[data-search]")
    return page.get(str(form["action"]), query_string=fields_of(form) | {"q": text}, status=303)


def test_scanning_an_exact_number_opens_the_shipment(make: Factory, operator: Page) -> None:
    shipment = make.shipment(tracking_number="9405510200864427690000", archived_at=now())
    for code in (shipment.fulfillment_number, "9405510200864427690000", "420903129405510200864427690000"):
        search(operator, code)
        assert operator.response.headers["Location"] == f"/fulfillments/{shipment.id}"


def test_an_htmx_scan_opens_the_shipment_too(make: Factory, operator: Page) -> None:
    shipment = make.shipment()
    url = f"/fulfillments?go=1&q={shipment.fulfillment_number}"
    operator.get(url, fragment="results", status=204)
    assert operator.response.headers["HX-Redirect"] == f"/fulfillments/{shipment.id}"


def test_several_matches_are_listed_at_an_address_to_share(make: Factory, operator: Page) -> None:
    order = make.order()
    shipments = [make.shipment(order=order), make.shipment(order=order)]
    search(operator, f"  {order.order_number} ")
    assert operator.response.headers["Location"] == f"/fulfillments?tab=all&q={order.order_number}"
    operator.follow()
    assert set(operator.texts(".row-link")) == {shipment.fulfillment_number for shipment in shipments}


def test_a_miss_says_what_was_looked_for_and_keeps_the_list_in_reach(make: Factory, operator: Page) -> None:
    make.shipment()
    search(operator, "4209021094001<b>").follow()
    assert "Nothing found for “4209021094001<b>”" in operator.text
    assert operator.all("[data-scan-miss]")
    operator.get(str(operator.one(".empty-actions a")["href"]))
    assert len(operator.all(".row-link")) == 1


def test_a_miss_within_a_tab_offers_all_shipments(make: Factory, operator: Page) -> None:
    shipment = make.shipment(archived_at=now())
    operator.get(f"/fulfillments?q={shipment.fulfillment_number}")
    assert operator.texts(".row-link") == []
    operator.get(str(operator.all(".empty-actions a")[0]["href"]))
    assert operator.texts(".row-link") == [shipment.fulfillment_number]


def test_without_go_the_address_always_shows_the_list(make: Factory, operator: Page) -> None:
    shipment = make.shipment()
    operator.get(f"/fulfillments?q={shipment.fulfillment_number}")
    assert operator.texts(".row-link") == [shipment.fulfillment_number]
    assert operator.one("#search")["value"] == shipment.fulfillment_number


def test_a_shipment_of_another_warehouse_is_not_found(make: Factory, page: Page, cast: Cast) -> None:
    shipment = make.shipment(warehouse="Louisville, KY", tracking_number="1Z999AA10123456784")
    page.sign_in(cast.limited_to(make.warehouse().id))
    for code in (shipment.fulfillment_number, "1Z999AA10123456784"):
        search(page, code).follow()
        assert page.texts(".row-link") == []
        assert "Nothing found" in page.text


def test_an_empty_search_is_the_list(make: Factory, operator: Page) -> None:
    make.shipment()
    operator.get("/fulfillments?tab=all&go=1&q=")
    assert len(operator.all(".row-link")) == 1


def test_short_searches_say_how_they_are_meant(make: Factory, operator: Page) -> None:
    make.shipment()
    operator.get("/fulfillments?q=SO")
    assert "One or two characters" in operator.text


def test_too_long_a_search_is_refused(operator: Page) -> None:
    operator.get("/fulfillments", query_string={"q": "x" * 201}, status=400)
    assert "200" in operator.text
