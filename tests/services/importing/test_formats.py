"""Every kind of file an import takes, and the files it refuses as a whole."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.services.importing.files import (
    Row,
    csv_file,
    everything,
    jsonl_file,
    open_row,
    order_numbers,
    shipment_numbers,
    shipped_row,
    take_in,
    xlsx_file,
)
from webapp.extensions import db, settings
from webapp.models import Fulfillment, LineFinancials, Product, SalesOrder, SalesOrderLine
from webapp.queries.invariants import violations
from webapp.services.importing.refusals import FileRefused

ROWS = [shipped_row(), open_row(order_number="A-2", sku="CUP; 2", tags="gift; fragile")]


def assert_both_orders_are_in() -> None:
    assert order_numbers() == ["A-1", "A-2"]
    assert shipment_numbers() == ["A-1.1"]
    shipment = db.session.scalars(sa.select(Fulfillment)).one()
    assert shipment.tracking_number == "1Z 999 AA1"
    assert shipment.cost == Decimal("7.25")
    assert shipment.fulfilled_at == datetime(2026, 3, 31, 21, 5, tzinfo=UTC)
    assert set(db.session.scalars(sa.select(Product.sku))) == {"TEA-1", "CUP; 2"}
    assert set(db.session.scalars(sa.select(SalesOrder.name))) == {"Rita Müller"}
    assert set(db.session.scalars(sa.select(SalesOrderLine.unit_price))) == {Decimal("12.50")}
    assert set(db.session.scalars(sa.select(LineFinancials.cost_of_goods))) == {Decimal("12.3702")}
    assert violations() == []


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_it_takes_csv(app: Flask, tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = csv_file(tmp_path / "in.csv", ROWS, delimiter=delimiter, encoding=encoding)
    outcome, said = take_in(path)
    assert said == []
    assert (outcome.rows, outcome.orders_added, outcome.shipments_added) == (2, 2, 1)
    assert_both_orders_are_in()


def test_it_takes_xlsx_with_the_types_of_a_spreadsheet(app: Flask, tmp_path: Path) -> None:
    typed = {"order_date": date(2026, 3, 30), "ordered_quantity": 3, "unit_price": 12.5, "unit_cost": 4.1234}
    rows = [row | typed for row in ROWS]
    rows[0] |= {"shipment_sequence": 1, "shipment_quantity": 3.0, "shipping_cost": 7.25}
    _, said = take_in(xlsx_file(tmp_path / "in.xlsx", rows))
    assert said == []
    assert_both_orders_are_in()


def test_it_takes_json_lines_with_numbers_and_nulls(app: Flask, tmp_path: Path) -> None:
    typed = {"ordered_quantity": 3, "unit_price": 12.5, "unit_cost": 4.1234, "ship_zip": None}
    _, said = take_in(jsonl_file(tmp_path / "in.jsonl", [row | typed for row in ROWS]))
    assert said == []
    assert_both_orders_are_in()


@pytest.mark.parametrize("write", [csv_file, xlsx_file, jsonl_file])
def test_the_content_tells_the_format_not_the_name(
    app: Flask, tmp_path: Path, write: Callable[[Path, list[Row]], Path]
) -> None:
    written = write(tmp_path / "in.xlsx", ROWS)
    _, said = take_in(written.rename(tmp_path / "download"))
    assert said == []
    assert_both_orders_are_in()


def test_all_formats_bring_in_the_same(app: Flask, tmp_path: Path) -> None:
    take_in(csv_file(tmp_path / "a.csv", ROWS))
    before = everything()
    for path in (xlsx_file(tmp_path / "a.xlsx", ROWS), jsonl_file(tmp_path / "a.jsonl", ROWS)):
        outcome, said = take_in(path)
        assert said == []
        assert outcome.orders_unchanged == 2
    assert everything() == before


def test_dates_without_an_offset_are_in_the_business_time_zone(app: Flask, tmp_path: Path) -> None:
    rows = [shipped_row(order_date="2026-01-15", fulfilled_at="2026-07-01T10:00:00")]
    take_in(csv_file(tmp_path / "in.csv", rows))
    zone = settings().business_time_zone
    assert datetime(2026, 1, 15, tzinfo=zone).utcoffset(), "the test needs a zone that is not UTC"
    shipment = db.session.scalars(sa.select(Fulfillment)).one()
    order = db.session.scalars(sa.select(SalesOrder)).one()
    assert order.ordered_at == datetime(2026, 1, 15, tzinfo=zone)
    assert shipment.fulfilled_at == datetime(2026, 7, 1, 10, tzinfo=zone)


def test_header_names_may_have_blanks_and_capitals_and_empty_rows_are_skipped(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(
        " Order_Number ,ORDER_DATE,warehouse,sku,ordered_quantity\n,,,,\nA-1,2026-03-30, Reno ,TEA-1,1\n\n"
    )
    outcome, said = take_in(path)
    assert (said, outcome.rows, order_numbers()) == ([], 1, ["A-1"])


def test_it_lists_unknown_columns(app: Flask, tmp_path: Path) -> None:
    path = csv_file(tmp_path / "in.csv", [open_row(colour="red", weight="2")])
    with pytest.raises(
        FileRefused, match=r"in.csv has unknown columns: “colour”, “weight”. Known columns: order_n"
    ):
        take_in(path)
    assert order_numbers() == []


def test_json_lines_with_an_unknown_key_are_refused(app: Flask, tmp_path: Path) -> None:
    path = jsonl_file(tmp_path / "in.jsonl", [open_row(), open_row(order_number="A-2", colour="red")])
    with pytest.raises(FileRefused, match=r"row 2: unknown column “colour”. Nothing was imported"):
        take_in(path)
    assert order_numbers() == []


@pytest.mark.parametrize("column", ["order_number", "order_date", "warehouse", "sku", "ordered_quantity"])
def test_it_names_a_required_column_that_is_missing(app: Flask, tmp_path: Path, column: str) -> None:
    row = open_row()
    del row[column]
    with pytest.raises(FileRefused, match=f"in.csv lacks columns that are needed: {column}"):
        take_in(csv_file(tmp_path / "in.csv", [row]))
    assert order_numbers() == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\xff\xfeo\x00", "written in UTF-16"),
        (b"\xd0\xcf\x11\xe0", "old .xls format"),
        (b"PK\x03\x04 not a workbook", "cannot be read as an XLSX workbook"),
        (b'{"order_number": 1}\nnonsense\n', "row 2: not JSON"),
        (b'{"order_number": 1}\n[1]\n', "row 2: not a JSON object"),
        (b"sku,sku,order_number,order_date,warehouse,ordered_quantity\n", "columns twice: sku"),
        (b'order_number,order_date,warehouse,sku,ordered_quantity\nA-1,"2026', "row 2: cannot be read as CSV"),
    ],
)
def test_it_refuses_a_file_it_cannot_read(app: Flask, tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "in.bin"
    path.write_bytes(content)
    with pytest.raises(FileRefused, match=sentence):
        take_in(path)


def test_nothing_is_imported_when_the_end_of_the_file_cannot_be_read(app: Flask, tmp_path: Path) -> None:
    path = csv_file(tmp_path / "in.csv", [open_row(order_number=f"A-{n}") for n in range(50)])
    path.write_text(path.read_text() + 'A-99,"never closed')
    with pytest.raises(FileRefused, match="row 52"):
        take_in(path)
    assert order_numbers() == []
