"""Import files for the tests, in every format, and what an import says of them."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from openpyxl import Workbook

from webapp.database import reading_engine
from webapp.extensions import db
from webapp.models import Fulfillment, SalesOrder
from webapp.services.importing import Imported, import_shipments
from webapp.services.loading.layouts import ALL

Row = dict[str, Any]
SHIPPED = {
    "shipment_sequence": "1",
    "shipment_quantity": "3",
    "status": "fulfilled",
    "tracking_number": "1Z 999 AA1",
    "shipping_cost": "7.25",
    "fulfilled_at": "2026-03-31T14:05:00-07:00",
}


def open_row(**cells: Any) -> Row:
    """A line of order A-1 that is not shipped yet; name only what the test is about."""
    row = {
        "order_number": "A-1",
        "order_date": "2026-03-30",
        "customer_name": "Rita Müller",
        "customer_reference": "RITA",
        "ship_address1": "Adenauerallee 900",
        "ship_city": "Stuttgart",
        "warehouse": "Reno",
        "sku": "TEA-1",
        "product_name": "Tea",
        "ordered_quantity": "3",
        "unit_price": "12.50",
        "unit_cost": "4.1234",
    }
    return row | cells


def shipped_row(**cells: Any) -> Row:
    """The same line, all of it in the order's first shipment."""
    return open_row(**(SHIPPED | cells))


def csv_file(path: Path, rows: Iterable[Row], *, delimiter: str = ",", encoding: str = "utf-8") -> Path:
    """Rows under a header of every column that any of them has."""
    rows = list(rows)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, _columns(rows), delimiter=delimiter, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def xlsx_file(path: Path, rows: Iterable[Row]) -> Path:
    """The rows on the first sheet; on the second something that is none of our business."""
    rows = list(rows)
    book = Workbook()
    sheet = book.worksheets[0]
    columns = _columns(rows)
    sheet.append(columns)
    for row in rows:
        sheet.append([row.get(column) for column in columns])
    book.create_sheet("Notes").append(["anything"])
    book.save(path)
    return path


def jsonl_file(path: Path, rows: Iterable[Row]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def take_in(path: Path, **options: Any) -> tuple[Imported, list[str]]:
    """Import the file; returns the outcome and the sentence of every refusal."""
    said: list[str] = []
    outcome = import_shipments(path, tell=lambda refusal: said.append(refusal.sentence(path.name)), **options)
    return outcome, said


def everything() -> dict[str, list[Any]]:
    """All rows of all tables that an import fills."""
    with reading_engine(db.engine).connect() as connection:
        return {layout.name: sorted(map(repr, connection.execute(sa.select(layout.table)))) for layout in ALL}


def shipment_numbers() -> list[str]:
    """In the order in which they came in."""
    with reading_engine(db.engine).connect() as connection:
        return list(connection.scalars(sa.select(Fulfillment.fulfillment_number).order_by(Fulfillment.id)))


def order_numbers() -> list[str]:
    """In the order in which they came in."""
    with reading_engine(db.engine).connect() as connection:
        return list(connection.scalars(sa.select(SalesOrder.order_number).order_by(SalesOrder.id)))


def _columns(rows: list[Row]) -> list[str]:
    return list(dict.fromkeys(column for row in rows for column in row))
