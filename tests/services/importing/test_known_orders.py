"""Importing what is known already: the same again, more of it, something else, and what stands behind it all."""

from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.indexes import index_names
from tests.services.importing.files import (
    csv_file,
    everything,
    open_row,
    order_numbers,
    shipment_numbers,
    shipped_row,
    take_in,
)
from webapp.extensions import db
from webapp.models import (
    Activity,
    Allocation,
    CostLayer,
    Fulfillment,
    FulfillmentOrder,
    FulfillmentOrderLine,
    SalesOrder,
)
from webapp.queries.invariants import violations
from webapp.services.importing import importer

PART = {"shipment_quantity": "1"}


def test_the_same_file_again_changes_nothing(app: Flask, tmp_path: Path) -> None:
    path = csv_file(tmp_path / "in.csv", [shipped_row(**PART), open_row(order_number="A-2"), shipped_row(sku="B")])
    take_in(path)
    before = everything()
    outcome, said = take_in(path)
    assert said == []
    assert (outcome.orders_added, outcome.orders_extended, outcome.orders_unchanged) == (0, 0, 2)
    assert outcome.shipments_added == 0
    assert everything() == before


def test_more_shipments_of_known_orders_are_added(app: Flask, tmp_path: Path) -> None:
    take_in(csv_file(tmp_path / "one.csv", [shipped_row(**PART)]))
    more = shipped_row(shipment_sequence="2", shipment_quantity="2", tracking_number="1Z 2")
    outcome, said = take_in(csv_file(tmp_path / "two.csv", [shipped_row(**PART), more]))
    assert said == []
    assert (outcome.orders_extended, outcome.shipments_added) == (1, 1)
    assert shipment_numbers() == ["A-1.1", "A-1.2"]
    budget = db.session.scalars(sa.select(FulfillmentOrderLine)).one()
    assert (budget.quantity, budget.remaining) == (3, 0)
    assert db.session.scalars(sa.select(SalesOrder.fulfillment_status)).all() == ["fulfilled"]
    assert db.session.scalars(sa.select(FulfillmentOrder.status)).all() == ["closed"]
    assert violations() == []


def test_an_open_line_is_allocated_on_an_open_fulfillment_order_and_shipped_later(
    app: Flask, tmp_path: Path
) -> None:
    take_in(csv_file(tmp_path / "one.csv", [open_row()]))
    assert shipment_numbers() == []
    assert db.session.scalars(sa.select(FulfillmentOrder.status)).all() == ["open"]
    assert [(a.status, a.quantity) for a in db.session.scalars(sa.select(Allocation))] == [("allocated", 3)]
    assert [(la.remaining, la.unit_cost) for la in db.session.scalars(sa.select(CostLayer))] == [
        (3, Decimal("4.1234"))
    ]
    assert violations() == []
    _, said = take_in(csv_file(tmp_path / "two.csv", [shipped_row(**PART)]))
    assert said == []
    assert violations() == []
    found = {(a.status, a.quantity) for a in db.session.scalars(sa.select(Allocation))}
    assert found == {("fulfilled", 1), ("allocated", 2)}
    assert db.session.scalars(sa.select(CostLayer.remaining)).all() == [2]


def test_a_new_line_of_a_known_order_is_added(app: Flask, tmp_path: Path) -> None:
    take_in(csv_file(tmp_path / "one.csv", [shipped_row()]))
    outcome, said = take_in(csv_file(tmp_path / "two.csv", [shipped_row(), open_row(sku="CUP-2")]))
    assert (said, outcome.orders_extended) == ([], 1)
    assert db.session.scalars(sa.select(SalesOrder.fulfillment_status)).all() == ["partially_fulfilled"]
    assert violations() == []


def test_shipments_from_two_warehouses_take_two_fulfillment_orders(app: Flask, tmp_path: Path) -> None:
    far = shipped_row(shipment_sequence="2", shipment_quantity="2", warehouse="Seattle")
    _, said = take_in(csv_file(tmp_path / "in.csv", [shipped_row(**PART), far]))
    assert said == []
    assert len(db.session.scalars(sa.select(FulfillmentOrder)).all()) == 2
    assert violations() == []


def test_rows_of_an_order_may_be_scattered_over_the_file(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "ORDERS_OF_A_BATCH", 7)
    rows = [shipped_row(order_number=f"A-{n}", sku=sku) for sku in ("TEA-1", "CUP-2") for n in range(20)]
    outcome, said = take_in(csv_file(tmp_path / "in.csv", rows))
    assert (said, outcome.orders_added, outcome.shipments_added) == ([], 20, 20)
    assert set(db.session.scalars(sa.select(Fulfillment.item_count))) == {2}
    assert order_numbers() == [f"A-{n}" for n in range(20)]
    assert violations() == []


def test_a_large_file_fills_an_empty_database_in_one_go(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "ROWS_WORTH_BARE_TABLES", 10)
    indexes = index_names()
    path = csv_file(tmp_path / "in.csv", [shipped_row(order_number=f"A-{n}") for n in range(30)])
    outcome, said = take_in(path)
    assert (said, outcome.orders_added) == ([], 30)
    assert index_names() == indexes
    assert violations() == []
    outcome, _ = take_in(path)
    assert outcome.orders_unchanged == 30


def test_history_names_the_file_and_the_row(app: Flask, tmp_path: Path) -> None:
    take_in(csv_file(tmp_path / "march.csv", [open_row(order_number="A-0"), shipped_row()]))
    [told] = db.session.scalars(sa.select(Activity))
    assert (told.event, told.note, told.actor_id) == ("imported", "Imported from march.csv, row 3", None)


@pytest.mark.parametrize(
    ("cells", "column", "expected"),
    [
        ({"customer_name": "Rolf"}, "customer_name", "“Rita Müller” as it is known"),
        ({"ordered_quantity": "4"}, "ordered_quantity", "“3” as it is known"),
        ({"unit_cost": "5"}, "unit_cost", "“4.1234” as it is known"),
        ({"tracking_number": "1Z 2"}, "tracking_number", "“1Z 999 AA1” as it is known"),
        ({"shipment_quantity": "2"}, "shipment_quantity", "3 as in the known shipment 1"),
        ({"shipment_sequence": "2"}, "shipment_quantity", "at most 0, which is what the known order still has"),
    ],
)
def test_a_file_that_contradicts_what_is_known_is_refused(
    app: Flask, tmp_path: Path, cells: dict[str, str], column: str, expected: str
) -> None:
    take_in(csv_file(tmp_path / "one.csv", [shipped_row()]))
    before = everything()
    outcome, said = take_in(csv_file(tmp_path / "two.csv", [shipped_row(**cells)]))
    assert outcome.orders_refused == 1
    assert len(said) == 1
    assert f"two.csv, row 2, column {column}: " in said[0]
    assert f"expected {expected}" in said[0]
    assert everything() == before


def test_a_shipment_worked_on_since_is_left_alone(app: Flask, tmp_path: Path) -> None:
    path = csv_file(tmp_path / "in.csv", [shipped_row()])
    take_in(path)
    shipment = db.session.scalars(sa.select(Fulfillment)).one()
    shipment.tracking_number, shipment.version = "CORRECTED", 2
    db.session.commit()
    outcome, said = take_in(path)
    assert (said, outcome.orders_unchanged) == ([], 1)
    assert db.session.scalars(sa.select(Fulfillment.tracking_number)).all() == ["CORRECTED"]


def test_a_line_without_unit_cost_has_no_financial_record(app: Flask, tmp_path: Path) -> None:
    take_in(csv_file(tmp_path / "in.csv", [shipped_row(unit_cost=""), shipped_row(sku="FREE", unit_cost="0")]))
    records = db.session.execute(sa.text("SELECT COUNT(*) FROM line_financials")).scalar_one()
    assert records == 1
    assert violations() == []


def test_a_billing_address_is_kept_only_where_it_differs(app: Flask, tmp_path: Path) -> None:
    same = {"bill_address1": "Adenauerallee 900", "bill_city": "Stuttgart"}
    rows = [shipped_row(**same), shipped_row(order_number="A-2", bill_address1="Elsewhere 1")]
    take_in(csv_file(tmp_path / "in.csv", rows))
    kept = db.session.execute(sa.text("SELECT address1 FROM billing_addresses")).scalars().all()
    assert kept == ["Elsewhere 1"]
