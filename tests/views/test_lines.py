"""The lines of a shipment below its row, and as a page."""

from decimal import Decimal

import sqlalchemy as sa

from tests.cast import Cast
from tests.factories import Factory
from tests.page import Page
from tests.statements import statements
from webapp.extensions import db
from webapp.models import LineFinancials, SalesOrderLine


def test_a_row_opens_its_lines(make: Factory, page: Page, cast: Cast) -> None:
    shipment = make.shipment(lines=(("NWP-011", 12, "9.10"), ("NWP-042", 1, None)))
    page.sign_in(cast.viewer).get("/fulfillments")
    button = page.one(".disclosure")
    page.get(str(button["href"]), headers={"HX-Request": "true", "HX-Target": f"tr#fulfillment-{shipment.id}"})
    html = page.response.get_data(as_text=True)
    assert html.startswith(f'<tr class="line-rows" id="lines-{shipment.id}">')
    rows = [[" ".join(part.get_text().split()) for part in row.select("th, td")] for row in page.all("tbody tr")]
    assert [[row[0], row[1], *row[4:]] for row in rows if len(row) == 7] == [
        ["NWP-011", "Queso Cabrales", "12", "9.10", "109.20"],
        ["NWP-042", "Queso Cabrales", "1", "0.00", "0.00"],
    ]


def test_the_cost_is_the_share_of_the_units_shipped(make: Factory, page: Page, cast: Cast) -> None:
    shipment = make.shipment(lines=(("NWP-011", 2, "5.00"),))
    db.session.execute(sa.update(SalesOrderLine).values(quantity=3))
    db.session.execute(sa.update(LineFinancials).values(cost_of_goods=Decimal("10.00")))
    db.session.commit()
    page.sign_in(cast.viewer).get(f"/fulfillments/{shipment.id}/lines")
    assert page.texts(".line-table tbody .num") == ["2", "3.3333", "6.67"]


def test_without_scripts_the_lines_are_a_page(make: Factory, page: Page, cast: Cast) -> None:
    shipment = make.shipment()
    page.sign_in(cast.viewer).get("/fulfillments")
    page.get(str(page.one(".disclosure")["href"]))
    assert page.one("h1").get_text() == f"Lines of {shipment.fulfillment_number}"
    assert page.texts(".line-table tbody th") == ["NWP-011"]


def test_the_lines_of_others_do_not_exist(make: Factory, page: Page, cast: Cast) -> None:
    shipment = make.shipment(warehouse="Louisville, KY")
    page.sign_in(cast.limited_to(make.warehouse().id))
    page.get(f"/fulfillments/{shipment.id}/lines", status=404)
    page.get("/fulfillments/999999/lines", status=404)


def test_one_line_and_many_take_the_same_statements(make: Factory, page: Page, cast: Cast) -> None:
    one = make.shipment().id
    many = make.shipment(lines=tuple((f"SKU-{number}", 1, "1.00") for number in range(20))).id
    page.sign_in(cast.viewer)
    for fulfillment_id in (one, many):
        with statements() as sent:
            page.get(f"/fulfillments/{fulfillment_id}/lines", headers={"HX-Request": "true"})
        assert len(sent) == 2, sent
