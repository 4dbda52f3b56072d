"""The first real file: Microsoft's Northwind orders, whole, twice, and as the figures say."""

from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from tests.services.importing.files import everything, take_in
from webapp.extensions import db
from webapp.models import Fulfillment, FulfillmentLine, FulfillmentSearchText, SalesOrder, SalesOrderLine
from webapp.queries.invariants import violations

NORTHWIND = Path(__file__).parents[2] / "data" / "northwind_shipments.csv"


def test_northwind_comes_in_whole_and_only_once(app: Flask) -> None:
    outcome, said = take_in(NORTHWIND)
    assert said == []
    assert (outcome.rows, outcome.orders_added, outcome.shipments_added) == (2_155, 830, 809)
    counts = [db.session.query(model).count() for model in (SalesOrder, SalesOrderLine, Fulfillment)]
    assert counts == [830, 2_155, 809]
    shipped = db.session.query(FulfillmentLine).count()
    open_lines = db.session.execute(
        sa.text("SELECT COUNT(*) FROM fulfillment_order_lines WHERE remaining > 0")
    ).scalar_one()
    assert shipped + open_lines == 2_155
    assert db.session.query(FulfillmentSearchText).count() == 809
    assert violations() == []
    before = everything()
    outcome, said = take_in(NORTHWIND)
    assert (said, outcome.orders_unchanged, outcome.shipments_added) == ([], 830, 0)
    assert everything() == before
