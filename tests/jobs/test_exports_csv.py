"""CSV as each database writes it is what plain Python would write, whatever stands in the rows."""

import re
from decimal import Decimal
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from tests.cast import Cast
from tests.exporting import ask, content_of, csv_rows, work
from tests.factories import NOON, Factory
from webapp.extensions import db, settings
from webapp.models import SalesOrderLine
from webapp.queries import export_rows
from webapp.queries.export_columns import ALL_KEYS, Column, Kind, columns_of
from webapp.queries.export_rows import Listed
from webapp.queries.listing.criteria import Criteria
from webapp.queries.listing.keyset import Sort
from webapp.queries.listing.tabs import Tab
from webapp.queries.scope import EVERYWHERE
from webapp.services.export_files import csv_copy, csv_lines
from webapp.services.export_files.csv_file import neutral
from webapp.statuses import ExportFormat, ExportMode

TEXTS = [
    "", "=1+1", "-5", "-5x",
    "+1.5", "@x", "\ttab", "\rcr", "a,b", 'say "hi"', "two\r\nlines", "\\.", "1E10", "007", '=quoted "x", y',
    'a,"=b', '"', '"=1"', 'line\n"-b', "one\nmore", "-", "%s %(a)s", "ü 🚚", " spaced ",
]  # fmt: skip
AMOUNTS = [None, "0", "0.0001", "9.1", "9.10", "12.345", "99999.9999"]


@pytest.fixture
def rows(make: Factory) -> None:
    for number, text in enumerate(TEXTS):
        amount = AMOUNTS[number % len(AMOUNTS)]
        make.shipment(
            order=make.order(name=text),
            cost=Decimal(amount) if amount else None,
            fulfilled_shipping_method=text or None,
            tracking_number=text or None,
            fulfilled_at=NOON.replace(month=number % 12 + 1, microsecond=999_999) if number % 5 else None,
        )
    for number, line in enumerate(db.session.query(SalesOrderLine).order_by(SalesOrderLine.id)):
        amount = AMOUNTS[number % len(AMOUNTS)]
        line.unit_price = Decimal(amount) if amount else None
    db.session.commit()


@pytest.mark.parametrize("mode", [ExportMode.SUMMARY, ExportMode.LINE_ITEMS])
@pytest.mark.parametrize("sort", [Sort(), Sort("tracking_number", descending=False)])
def test_each_database_writes_what_plain_python_would(
    rows: None, cast: Cast, mode: ExportMode, sort: Sort
) -> None:
    run_id = ask(cast.viewer, format=ExportFormat.CSV, mode=mode, sort=sort, columns=ALL_KEYS)
    assert work(run_id).message.startswith(f"{len(TEXTS)} rows")
    headings, *found = csv_rows(content_of(run_id))
    columns = columns_of(mode, ALL_KEYS)
    assert headings == [column.heading for column in columns]
    assert found == plainly(columns, mode, sort)


@pytest.mark.parametrize("batch", [1, 7, 2_000])
def test_a_text_in_the_only_column_and_in_the_last(
    rows: None, cast: Cast, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    for module in (csv_copy, csv_lines):
        monkeypatch.setattr(module, "BATCH", batch)
    for number, columns in enumerate([("customer",), ("number", "customer")]):
        run_id = ask(cast.viewer, format=ExportFormat.CSV, columns=columns, key=str(number) * 20)
        work(run_id)
        found = [row[-1] for row in csv_rows(content_of(run_id))[1:]]
        assert found == [shown("customer", text) for text in reversed(TEXTS)]


@pytest.mark.parametrize("key", ["tracking", "cost", "fulfilled_at", "customer", "line_total", "items"])
def test_an_empty_cell_that_is_all_of_its_line_is_no_blank_line(rows: None, cast: Cast, key: str) -> None:
    mode = ExportMode.LINE_ITEMS
    run_id = ask(cast.viewer, format=ExportFormat.CSV, mode=mode, columns=(key,))
    work(run_id)
    content = content_of(run_id)
    assert b"\r\n\r\n" not in content
    assert csv_rows(content)[1:] == plainly(columns_of(mode, [key]), mode, Sort())


@given(
    st.lists(st.lists(st.text('=+-@\t\r\n,"1a', max_size=4), min_size=2, max_size=2), max_size=4), st.booleans()
)
def test_no_cell_that_copy_writes_begins_like_a_formula(rows: list[list[str]], are_negative: bool) -> None:
    cells = [["-1.5" if are_negative else "1.5", *row] for row in rows]
    lines = "".join(",".join(map(as_copy_has_it, row)) + "\n" for row in cells)
    finished = csv_copy._finished(bytearray(lines.encode()), len(cells))
    assert csv_rows(bytes(finished)) == [[neutral(cell) for cell in row] for row in cells]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("row", [0, 3, 100_000])
def test_what_goes_wrong_while_rows_are_copied_is_said_and_the_connection_is_well(app: Flask, row: int) -> None:
    number = sa.column("number")
    rows = sa.select(1 / (number - row)).select_from(sa.func.generate_series(0, 150_000).alias("number"))
    with pytest.raises(psycopg.errors.DivisionByZero):
        for _lines, _rows in csv_copy._copied(rows, {}):
            pass
    db.session.rollback()
    assert db.session.scalar(sa.text("SELECT 7")) == 7


def as_copy_has_it(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if set(cell) & set(',"\r\n') else cell


def plainly(columns: tuple[Column, ...], mode: ExportMode, sort: Sort) -> list[list[str]]:
    """The cells by way of the models' own types."""
    which = Listed(Criteria(scope=EVERYWHERE, tab=Tab.ALL))
    values = [
        column.source if column.multiplied_by is None else column.source * column.multiplied_by
        for column in columns
    ]
    statements = export_rows.statements_of(which, sort, columns, mode, values)
    rows = [row for statement, bound in statements for row in db.session.execute(statement, bound)]
    return [[cell(column, value) for column, value in zip(columns, row, strict=True)] for row in rows]


def cell(column: Column, value: Any) -> str:
    if value is None:
        return ""
    match column.kind:
        case Kind.MONEY:
            cents, rest = f"{value:.4f}"[:-2], f"{value:.4f}"[-2:].rstrip("0")
            return cents + rest
        case Kind.INSTANT:
            return f"{value.astimezone(settings().business_time_zone):%Y-%m-%d %H:%M:%S}"
        case _:
            return shown(column.key, column.words.get(value, str(value)))


def shown(key: str, text: str) -> str:
    """A formula gets an apostrophe, a number and anything else stays."""
    is_formula = key != "id" and text[:1] in set("=+-@\t\r") and not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text)
    return f"'{text}" if is_formula else text
