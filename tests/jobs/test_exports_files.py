"""What is in the file of an export: types, headings, rows, and what no cell can hold."""

from decimal import Decimal
from typing import Any

import pytest

from tests.cast import Cast
from tests.exporting import (
    ask,
    content_of,
    csv_rows,
    sheet_rows,
    work,
    workbook,
)
from tests.factories import NOON, Factory
from webapp.extensions import db, settings
from webapp.models import SalesOrderLine
from webapp.queries.export_columns import SUMMARY
from webapp.services import export_files
from webapp.statuses import ExportFormat, ExportMode, FulfillmentStatus, RunState

FEDEX = "9611804123456789012345678901234567"
pytestmark = pytest.mark.usefixtures("nothing_stored")


@pytest.fixture(params=["openpyxl", "stream"])
def xlsx(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same test for either writer of XLSX."""
    if request.param == "stream":
        monkeypatch.setattr(export_files, "LARGE", 0)


def test_types_survive_in_xlsx(make: Factory, cast: Cast, xlsx: None) -> None:
    order = make.order(order_number="00123", name="=cmd|' /C calc'!A0")
    make.shipment(
        order=order,
        tracking_number=FEDEX,
        cost=Decimal("12.3400"),
        fulfilled_at=NOON,
        fulfilled_shipping_method="1E10",
        status=FulfillmentStatus.FULFILLED,
        lines=(("1E10", 2, None), ("007", 3, None)),
    )
    run_id = ask(cast.viewer)
    assert work(run_id).state == RunState.SUCCEEDED
    headings, row = sheet_rows(content_of(run_id))
    found = dict(zip(headings, row, strict=True))
    assert headings == [column.heading for column in SUMMARY]
    assert found["Order #"] == "00123"
    assert found["Tracking #"] == FEDEX
    assert found["Ful. Method"] == "1E10"
    assert found["Customer"] == "=cmd|' /C calc'!A0"
    assert (found["Items"], found["Qty"]) == (2, 5)
    assert isinstance(found["Items"], int)
    assert found["Cost"] == 12.34
    assert found["Fulfilled At"] == NOON.astimezone(settings().business_time_zone).replace(tzinfo=None)
    assert found["Status"] == "Shipped"
    assert found["Packing Slip Printed At"] is None


def test_the_sheet_is_frozen_filterable_and_says_what_it_is(make: Factory, cast: Cast, xlsx: None) -> None:
    make.shipment(tracking_number=FEDEX, cost=Decimal("1.5"))
    run_id = ask(cast.viewer)
    work(run_id)
    book = workbook(content_of(run_id))
    sheet = book["Shipments"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:S2"
    assert sheet["A1"].font.b
    assert sheet.column_dimensions["H"].width == 26
    assert [sheet[f"{letter}2"].number_format for letter in "AHOR"] == [
        "0", "@", "#,##0.00##", "yyyy-mm-dd hh:mm:ss",
    ]  # fmt: skip
    about = dict(book["About"].iter_rows(values_only=True))
    assert about["Time zone of all times"] == "America/Los_Angeles"
    assert about["Shipments"] == "All that match this list"


def test_line_items_have_a_row_for_each_line(make: Factory, cast: Cast, xlsx: None) -> None:
    shipment = make.shipment(lines=(("NWP-011", 2, "9.10"), ("1E10", 3, None)))
    for line in db.session.query(SalesOrderLine).all():
        line.unit_price = Decimal("10.2500")
    db.session.commit()
    run_id = ask(cast.viewer, mode=ExportMode.LINE_ITEMS)
    work(run_id)
    headings, *rows = sheet_rows(content_of(run_id))
    assert headings[-6:] == ["Item SKU", "Item Name", "Item Description", "Item Qty", "Unit Price", "Line Total"]
    assert [row[1] for row in rows] == [shipment.fulfillment_number] * 2
    assert [(row[-6], row[-3], row[-2], row[-1]) for row in rows] == [
        ("NWP-011", 2, 10.25, 20.5),
        ("1E10", 3, 10.25, 30.75),
    ]


def test_csv_is_plain_text_that_no_spreadsheet_runs(make: Factory, cast: Cast) -> None:
    order = make.order(name='=HYPERLINK("x")', order_number="-5")
    make.shipment(order=order, tracking_number="+1 555", cost=Decimal("0.1234"), fulfilled_at=NOON)
    run_id = ask(cast.viewer, format=ExportFormat.CSV)
    work(run_id)
    content = content_of(run_id)
    assert content.startswith(b"\xef\xbb\xbfID,Fulfillment #")
    assert content.count(b"\r\n") == content.count(b"\n") == 2
    headings, row = csv_rows(content)
    found = dict(zip(headings, row, strict=True))
    assert found["Customer"] == '\'=HYPERLINK("x")'
    assert found["Order #"] == "-5"
    assert found["Tracking #"] == "'+1 555"
    assert found["Cost"] == "0.1234"
    assert found["Fulfilled At"] == "2026-11-03 12:00:00"


def test_columns_come_as_chosen_and_without_the_mark_if_asked(make: Factory, cast: Cast) -> None:
    make.shipment()
    chosen = ("status", "item_sku", "number")
    run_id = ask(cast.viewer, format=ExportFormat.CSV, columns=chosen, has_mark=False)
    work(run_id)
    assert content_of(run_id).startswith(b"Status,Fulfillment #\r\n")


def test_a_list_without_rows_gives_a_file_with_headings(app: Any, cast: Cast, xlsx: None) -> None:
    run_id = ask(cast.viewer)
    assert work(run_id).message.startswith("0 rows in")
    assert sheet_rows(content_of(run_id)) == [[column.heading for column in SUMMARY]]


def test_characters_no_sheet_can_hold_are_left_out_and_counted(make: Factory, cast: Cast, xlsx: None) -> None:
    for _ in range(2):
        make.shipment(order=make.order(name="A\x01B\x0bC\ufffe d\r\n<&>"))
    run_id = ask(cast.viewer, columns=("customer",))
    run = work(run_id)
    assert sheet_rows(content_of(run_id))[1:] == [["ABC d\r\n<&>"]] * 2
    assert "6 characters that a spreadsheet cannot hold were left out" in run.message
