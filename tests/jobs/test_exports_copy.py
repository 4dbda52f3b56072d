"""CSV through COPY and CSV through Python are the same file, whatever stands in the rows; PostgreSQL only."""

from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from tests.cast import Cast
from tests.exporting import ask, content_of, csv_rows, work
from tests.factories import NOON, Factory
from webapp.extensions import db, settings
from webapp.models import SalesOrderLine
from webapp.queries.listing.keyset import Sort
from webapp.services import exports_run
from webapp.statuses import ExportFormat, ExportMode

TEXTS = [
    "", "=1+1", "-5", "-5x",
    "+1.5", "@x", "\ttab", "\rcr", "a,b", 'say "hi"', "two\r\nlines", "\\.", "1E10", "007",
    "%s %(a)s", "ü 🚚", " spaced ",
]  # fmt: skip
AMOUNTS = [None, "0", "0.0001", "9.1", "9.10", "12.345", "99999.9999"]


@pytest.fixture
def rows(app: Flask, make: Factory) -> None:
    if settings().is_sqlite:
        pytest.skip("COPY is PostgreSQL's")
    for number, text in enumerate(TEXTS):
        amount = AMOUNTS[number % len(AMOUNTS)]
        make.shipment(
            order=make.order(name=text),
            cost=Decimal(amount) if amount else None,
            fulfilled_shipping_method=text or None,
            tracking_number=text or None,
            fulfilled_at=NOON.replace(month=number % 12 + 1, microsecond=999_999),
        )
    for number, line in enumerate(db.session.query(SalesOrderLine).order_by(SalesOrderLine.id)):
        amount = AMOUNTS[number % len(AMOUNTS)]
        line.unit_price = Decimal(amount) if amount else None
    db.session.commit()


@pytest.mark.parametrize("mode", list(ExportMode))
@pytest.mark.parametrize("sort", [Sort(), Sort("cost"), Sort("tracking_number", descending=False)])
def test_both_ways_write_the_same_rows(
    rows: None, cast: Cast, mode: ExportMode, sort: Sort, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(key: str) -> bytes:
        run_id = ask(cast.viewer, format=ExportFormat.CSV, mode=mode, sort=sort, key=key)
        work(run_id)
        return content_of(run_id)

    copied = made("c" * 20)
    monkeypatch.setattr(exports_run, "_can_copy", lambda *_: False)
    written = made("w" * 20)
    assert csv_rows(copied) == csv_rows(written)
    assert len(csv_rows(copied)) == len(TEXTS) + 1
    assert copied.count(b"\r\n") == written.count(b"\r\n")


def test_the_python_way_is_not_asked_on_postgresql(
    rows: None, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("rows went through Python")

    monkeypatch.setattr(exports_run, "writer", never)
    run_id = ask(cast.viewer, format=ExportFormat.CSV)
    assert work(run_id).message.startswith(f"{len(TEXTS)} rows")
