"""The fulfillment order page: budgets beside stock, its shipments, its history, and who may see it."""

from typing import Any

from tests.cast import Cast
from tests.factories import NOON, Factory
from tests.open_orders import Wanted, open_order
from tests.page import Page
from tests.statements import statements
from webapp.extensions import db
from webapp.models import FulfillmentOrder
from webapp.services import history
from webapp.services.actors import Actor
from webapp.services.history import Entry
from webapp.statuses import ActivityEvent, FulfillmentOrderStatus, FulfillmentStatus

NASTY = "<script>alert(1)</script>"


def url(order: Any, rest: str = "") -> str:
    return f"/fulfillment-orders/{order.id}{rest}"


def order_of(shipment: Any) -> FulfillmentOrder:
    return db.session.get_one(FulfillmentOrder, shipment.fulfillment_order_id)


def test_the_heading_says_how_far_it_is(page: Page, cast: Cast, make: Factory) -> None:
    order = open_order(make, Wanted("NWP-011", 5))

    page.sign_in(cast.viewer).get(url(order))

    assert page.texts("h1") == [f"FO-{order.id}"]
    assert page.texts(".shipment-title .tone") == ["Open"]
    assert "Reno, NV · 5 of 5 units left to ship" in page.text
    assert "Request Not submitted" in page.text


def test_each_line_shows_its_budget_beside_what_stock_lets_go_of(page: Page, cast: Cast, make: Factory) -> None:
    order = open_order(
        make,
        Wanted("NWP-011", 12),
        Wanted("NWP-042", 10, promised=(4, 2)),
        Wanted("NWP-072", 3, layers=((1, "2.00"), (1, "3.00"))),
    )

    page.sign_in(cast.viewer).get(url(order))

    assert page.texts("#lines tbody tr") == [
        "NWP-011 Queso Cabrales 12 0 12 12 100 12",
        "NWP-042 Queso Cabrales 10 0 10 6 100 6 4 short",
        "NWP-072 Queso Cabrales 3 0 3 3 2 2 1 short",
    ]


def test_two_lines_of_one_product_do_not_both_count_on_the_same_units(
    page: Page, cast: Cast, make: Factory
) -> None:
    order = open_order(make, Wanted("NWP-011", 3, layers=((4, "9.10"),)), Wanted("NWP-011", 3, layers=()))

    page.sign_in(cast.viewer).get(url(order))

    assert page.texts("#lines tbody tr td:last-child") == ["3", "1 2 short"]


def test_its_shipments_are_listed_the_voided_ones_too(page: Page, cast: Cast, make: Factory) -> None:
    shipment = make.shipment(
        status=FulfillmentStatus.CANCELED,
        status_before_void="packed",
        voided_at=NOON,
        tracking_number="1Z999AA10123456784",
    )

    page.sign_in(cast.viewer).get(url(order_of(shipment)))

    assert page.texts("#shipments tbody th") == [shipment.fulfillment_number]
    assert page.one("#shipments tbody th a")["href"] == f"/fulfillments/{shipment.id}"
    assert "Canceled Voided 3 Nov 12:00" in page.texts("#shipments tbody tr")[0]
    assert str(page.one("#shipments a[target=_blank]")["href"]).startswith("https://www.ups.com/")


def test_without_shipments_and_history_it_says_so(page: Page, cast: Cast, make: Factory) -> None:
    page.sign_in(cast.viewer).get(url(open_order(make)))

    assert "No shipment yet" in page.text
    assert "No history yet" in page.text


def test_its_history_has_pages_and_a_fragment_of_its_own(page: Page, cast: Cast, make: Factory) -> None:
    order = open_order(make)
    steps = [
        Entry(
            ActivityEvent.UPDATED,
            fulfillment_order_id=order.id,
            changes={"remaining": [str(20 - number), str(19 - number)]},
            note=f"Step {number}",
        )
        for number in range(20)
    ]
    history.record_many(steps, Actor(), occurred_at=NOON)
    db.session.commit()

    page.sign_in(cast.viewer).get(url(order))
    assert len(page.all(".activity > li")) == 15
    assert page.texts(".activity > li")[0].startswith("Left to ship changed by System")

    page.get(url(order, "?page=2"), fragment="order-history")
    assert "<html" not in page.response.get_data(as_text=True)
    assert len(page.all(".activity > li")) == 5
    page.get(url(order, "?page=9"), fragment="order-history")
    assert "No history on this page" in page.text
    page.get(url(order, "?page=x"), status=400)
    page.get(url(order, "?nonsense=1"), status=400)


def test_the_shipment_page_leads_here(page: Page, cast: Cast, make: Factory) -> None:
    shipment = make.shipment()

    page.sign_in(cast.viewer).get(f"/fulfillments/{shipment.id}")
    page.get(str(page.one("#fulfillment-order a")["href"]))

    assert page.texts("h1") == [f"FO-{shipment.fulfillment_order_id}"]
    assert page.texts(".shipment-title .tone") == [FulfillmentOrderStatus.CLOSED.label]


def test_one_of_another_warehouse_does_not_exist(page: Page, cast: Cast, make: Factory) -> None:
    order = open_order(make, warehouse="Newark, NJ")
    page.sign_in(cast.limited_to(make.warehouse("Reno, NV").id))

    page.get(url(order), status=404)
    page.get(url(order), status=404, fragment="order-history")
    page.get("/fulfillment-orders/99999999999999999999", status=404)


def test_what_others_wrote_is_shown_but_never_run(page: Page, cast: Cast, make: Factory) -> None:
    order = make.order(name=NASTY, shipping_method=NASTY, order_number=NASTY)
    make.product("NWP-011", NASTY)
    shipment = make.shipment(order=order, tracking_number=NASTY)

    page.sign_in(cast.viewer).get(url(order_of(shipment)))

    body = page.response.get_data(as_text=True)
    assert NASTY not in body
    assert body.count("&lt;script&gt;") >= 5


def test_the_page_takes_as_many_statements_however_much_there_is(page: Page, cast: Cast, make: Factory) -> None:
    small = open_order(make)
    big = open_order(make, *(Wanted(f"NWP-{number:03}", 2, promised=(1, 1)) for number in range(40)))
    addresses = [url(small), url(big)]
    page.sign_in(cast.viewer)

    for address in addresses:
        with statements() as sent:
            page.get(address)
        assert len(sent) <= 5, sent
