"""Imports of more shipments while clients void and restore those that are there: nobody meets a deadlock."""

import os
import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from tests import clients
from tests.cast import Cast
from tests.clients import ORDERED, SKUS
from tests.factories import NOON
from tests.ledger import assert_sound, receive
from tests.processes import all_at_once
from tests.services.importing.files import csv_file, open_row, shipped_row, take_in
from tests.statements import statements
from webapp.config import Settings
from webapp.database import is_sqlite
from webapp.extensions import db
from webapp.models import Fulfillment, Product, Warehouse
from webapp.queries.history_chains import broken_chains

CLIENTS = int(os.environ.get("VOID_CLIENTS", "4"))
SECONDS = int(os.environ.get("VOID_SECONDS", "2"))
ORDERS = [f"A-{number}" for number in range(4)]

pytestmark = pytest.mark.slow


def fill(folder: Path) -> None:
    """Orders of which one shipment is there and the rest is open, over layers whose age runs against their ids."""
    lines = [open_row(order_number=order, sku=sku, ordered_quantity=ORDERED) for order in ORDERS for sku in SKUS]
    shipped = [shipped_row(**{**line, "shipment_sequence": "1", "shipment_quantity": "1"}) for line in lines]
    assert take_in(csv_file(folder / "first.csv", [*lines, *shipped]))[1] == []
    home = db.session.scalars(sa.select(Warehouse.id)).one()
    for days in range(1, 30):
        for product in db.session.scalars(sa.select(Product.id).order_by(Product.id)).all():
            receive(product, home, 3, "4.10", NOON - timedelta(days=100 + days))


def test_imports_and_voids_at_once_lose_nothing_and_meet_no_deadlock(
    app: Flask, cast: Cast, settings: Settings, tmp_path: Path
) -> None:
    fill(tmp_path)
    ids = db.session.scalars(sa.select(Fulfillment.id)).all()
    user = cast.operator.id
    db.session.commit()
    importing = (clients.import_next, (tmp_path, SECONDS, ORDERS))
    voiding = (clients.change_shipments, (user, SECONDS, ids))
    added, *changed = all_at_once([importing, *[voiding] * CLIENTS], settings)
    changes: Counter[int] = Counter()
    for one in changed:
        changes.update(one)
    print(f"{added:,} shipments imported beside {changes.total():,} changes by {CLIENTS} clients")
    assert added > 0
    assert changes.total() > 0
    versions = dict(db.session.execute(sa.select(Fulfillment.id, Fulfillment.version)).all())
    assert versions == {id_: 1 + changes[id_] for id_ in versions}
    assert len(versions) == len(ids) + added
    assert_sound()
    assert [str(fault) for fault in broken_chains(lambda _rows: None)] == []


def test_an_import_locks_in_the_order_everybody_keeps(app: Flask, tmp_path: Path) -> None:
    fill(tmp_path)
    more = {"shipment_sequence": "2", "shipment_quantity": "2", "ordered_quantity": ORDERED}
    path = csv_file(tmp_path / "more.csv", [shipped_row(sku=sku, **more) for sku in SKUS])
    with statements() as sent:
        assert take_in(path)[1] == []
    locking = [re.search(r"FROM (\w+).*ORDER BY (\w+\.\w+) FOR UPDATE", text, re.DOTALL) for text in sent]
    tables = ["fulfillments", "fulfillment_orders", "fulfillment_order_lines", "allocations", "cost_layers"]
    expected = [] if is_sqlite(db.engine) else [(table, f"{table}.id") for table in tables]
    assert [found.groups() for found in locking if found] == expected
