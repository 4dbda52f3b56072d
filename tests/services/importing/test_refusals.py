"""A bad row refuses its whole order with file, row, column, value and what was expected; the rest goes on."""

from pathlib import Path

import pytest
from flask import Flask

from tests.factories import Factory
from tests.services.importing.files import (
    Row,
    csv_file,
    jsonl_file,
    open_row,
    order_numbers,
    shipment_numbers,
    shipped_row,
    take_in,
    xlsx_file,
)
from webapp.queries.invariants import violations

GOOD = shipped_row(order_number="GOOD")
WHOLE = "expected a whole number from 1 to 1,000,000"
DATE = "expected a date in ISO 8601, such as 2026-03-31 or 2026-03-31T14:05:00-07:00"
MONEY = "expected an amount such as 12.50, with a point and at most 4 decimals"

# Column, value, what the message says was expected.
BAD_CELLS = [
    ("status", "shipped", "expected one of submitted, acknowledged, picked, packed"),
    ("fulfillment_type", "ups", "expected one of manual, shipstation"),
    ("ordered_quantity", "0", WHOLE),
    ("ordered_quantity", "-3", WHOLE),
    ("ordered_quantity", "2.5", WHOLE),
    ("ordered_quantity", "three", WHOLE),
    ("ordered_quantity", "1000001", WHOLE),
    ("ordered_quantity", "٣", WHOLE),
    ("shipment_quantity", "0", WHOLE),
    ("shipment_quantity", "1e2", WHOLE),
    ("shipment_sequence", "0", WHOLE),
    ("shipment_sequence", "first", WHOLE),
    ("shipment_quantity", "4", "expected no more shipped than the 3 ordered; with this it is 4"),
    ("shipping_cost", "100000", "expected an amount from 0 to below 100,000"),
    ("shipping_cost", "-1", MONEY),
    ("shipping_cost", "NaN", MONEY),
    ("unit_price", "12,50", MONEY),
    ("unit_price", "1.00005", MONEY),
    ("unit_cost", "1000000000", "expected an amount from 0 to below 1,000,000,000"),
    ("order_date", "31/03/2026", DATE),
    ("order_date", "2026-02-30", DATE),
    ("order_date", "0001-01-01", "expected a date from 1900 to before 2100"),
    ("fulfilled_at", "yesterday", DATE),
    ("tracking_number", "x" * 256, "expected at most 255 characters, not 256"),
    ("tracking_number", "one\ntwo", "expected one line without tabs"),
    ("ship_country_code", "DEU", "expected at most 2 characters, not 3"),
    ("tags", "x" * 61, "expected at most 60 characters, not 61"),
    ("sku", "x" * 121, "expected at most 120 characters, not 121"),
    ("provider_account", "nobody", "expected the name of a provider account of the kind manual (known: none yet)"),
    ("provider_order_id", "77", "expected a provider_account beside it"),
]


@pytest.mark.parametrize(("column", "value", "expected"), BAD_CELLS)
def test_a_bad_cell_refuses_its_order_and_the_rest_goes_on(
    app: Flask, tmp_path: Path, column: str, value: str, expected: str
) -> None:
    companion = shipped_row(sku="CUP-2", shipment_sequence="2")
    path = csv_file(tmp_path / "in.csv", [companion, shipped_row(**{column: value}), GOOD])
    outcome, said = take_in(path)
    assert len(said) >= 1
    mine = [sentence for sentence in said if sentence.startswith(f"in.csv, row 3, column {column}: ")]
    assert mine, said
    assert f"is “{value[:80]}" in mine[0]
    assert expected in mine[0]
    assert (outcome.orders_refused, outcome.rows_refused, outcome.orders_added) == (1, 2, 1)
    assert (order_numbers(), shipment_numbers()) == (["GOOD"], ["GOOD.1"])


@pytest.mark.parametrize("column", ["order_number", "order_date", "warehouse", "sku", "ordered_quantity"])
def test_a_required_cell_must_not_be_empty(app: Flask, tmp_path: Path, column: str) -> None:
    _, said = take_in(csv_file(tmp_path / "in.csv", [shipped_row(**{column: " "}), GOOD]))
    assert [sentence for sentence in said if f"row 2, column {column}: is empty; expected " in sentence]
    assert order_numbers() == ["GOOD"]


def refused(tmp_path: Path, *rows: Row) -> list[str]:
    """Everything said of these rows of one order, which does not come in while another does."""
    _, said = take_in(csv_file(tmp_path / "in.csv", [*rows, GOOD]))
    assert order_numbers() == ["GOOD"]
    assert violations() == []
    return said


@pytest.mark.parametrize(
    ("column", "one", "other"),
    [("customer_name", "Rita Müller", "Rolf"), ("order_date", "2026-03-30", "2026-03-29"), ("tags", "a", "b")],
)
def test_rows_that_contradict_each_other_on_the_order(
    app: Flask, tmp_path: Path, column: str, one: str, other: str
) -> None:
    said = refused(tmp_path, open_row(**{column: one}), open_row(sku="CUP-2", **{column: other}))
    assert said == [
        f"in.csv, row 3, column {column}: is “{other}”; expected “{one}” as in row 2, "
        "because it is the same order."
    ]


def test_rows_that_contradict_each_other_on_the_line(app: Flask, tmp_path: Path) -> None:
    parts = {"shipment_quantity": "1"}
    said = refused(
        tmp_path, shipped_row(**parts), shipped_row(shipment_sequence="2", ordered_quantity="5", **parts)
    )
    assert len(said) == 1
    assert "row 3, column ordered_quantity: is “5”; expected “3” as in row 2" in said[0]


def test_rows_that_contradict_each_other_on_the_shipment(app: Flask, tmp_path: Path) -> None:
    said = refused(tmp_path, shipped_row(), shipped_row(sku="CUP-2", tracking_number="other"))
    assert len(said) == 1
    assert "row 3, column tracking_number: is “other”; expected “1Z 999 AA1” as in row 2" in said[0]


def test_the_same_value_in_other_words_is_no_contradiction(app: Flask, tmp_path: Path) -> None:
    rows = [shipped_row(), shipped_row(sku="CUP-2", shipping_cost="7.2500", fulfilled_at="2026-03-31T21:05:00Z")]
    _, said = take_in(csv_file(tmp_path / "in.csv", rows))
    assert said == []
    assert shipment_numbers() == ["A-1.1"]


def test_more_shipped_than_ordered_over_several_shipments(app: Flask, tmp_path: Path) -> None:
    said = refused(
        tmp_path, shipped_row(shipment_quantity="2"), shipped_row(shipment_sequence="2", shipment_quantity="2")
    )
    assert said == [
        "in.csv, row 3, column shipment_quantity: is “2”; expected no more shipped than the 3 ordered; "
        "with this it is 4."
    ]


def test_a_sku_twice_in_a_shipment(app: Flask, tmp_path: Path) -> None:
    said = refused(tmp_path, shipped_row(shipment_quantity="1"), shipped_row(shipment_quantity="1"))
    assert "row 3, column sku: is “TEA-1”; expected each SKU once in a shipment; row 2 has it" in said[0]


def test_two_open_rows_of_a_line(app: Flask, tmp_path: Path) -> None:
    assert "one row without shipment_sequence for each SKU" in refused(tmp_path, open_row(), open_row())[0]


def test_what_only_a_shipment_has_in_a_row_without_one(app: Flask, tmp_path: Path) -> None:
    said = refused(tmp_path, open_row(tracking_number="1Z", status="packed"))
    assert len(said) == 2
    assert all("expected nothing in a row without shipment_sequence" in sentence for sentence in said)


def test_a_date_of_shipping_with_a_status_that_has_none(app: Flask, tmp_path: Path) -> None:
    said = refused(tmp_path, shipped_row(status="packed"))
    assert "column fulfilled_at" in said[0]
    assert "expected nothing, because the status is packed" in said[0]


def test_a_line_whose_cost_no_column_holds(app: Flask, tmp_path: Path) -> None:
    said = refused(tmp_path, open_row(ordered_quantity="1000000", unit_cost="20000"))
    assert "column unit_cost" in said[0]
    assert "expected a cost of the line below 10,000,000,000" in said[0]


def test_a_row_with_too_many_cells(app: Flask, tmp_path: Path) -> None:
    path = csv_file(tmp_path / "in.csv", [GOOD, open_row()])
    path.write_text(path.read_text().rstrip("\n") + ",stray\n")
    _, said = take_in(path)
    columns = len(path.read_text().splitlines()[0].split(","))
    assert said == [f"in.csv, row 3: {columns + 1} cells, but the header names {columns} columns."]
    assert order_numbers() == ["GOOD"]


def test_bytes_that_are_not_utf_8(app: Flask, tmp_path: Path) -> None:
    path = csv_file(tmp_path / "in.csv", [open_row(customer_name="Rita"), GOOD])
    path.write_bytes(path.read_bytes().replace(b"Rita,", b"R\xfcta,", 1))
    _, said = take_in(path)
    assert len(said) == 1
    assert "row 2, column customer_name" in said[0]
    assert "expected text in UTF-8" in said[0]
    assert order_numbers() == ["GOOD"]


def test_a_formula_error_of_a_spreadsheet(app: Flask, tmp_path: Path) -> None:
    _, said = take_in(xlsx_file(tmp_path / "in.xlsx", [open_row(unit_price="#REF!"), GOOD]))
    assert said == ["in.xlsx, row 2, column unit_price: is “#REF!”; expected a value, not a formula's error."]


def test_a_number_that_a_spreadsheet_has_rounded(app: Flask, tmp_path: Path) -> None:
    _, said = take_in(xlsx_file(tmp_path / "in.xlsx", [shipped_row(tracking_number=94001118992231234567), GOOD]))
    assert "format this column as text" in said[0]
    assert order_numbers() == ["GOOD"]


def test_a_list_in_json(app: Flask, tmp_path: Path) -> None:
    _, said = take_in(jsonl_file(tmp_path / "in.jsonl", [open_row(tags=["a"]), GOOD]))
    assert said == ['in.jsonl, row 1, column tags: is “["a"]”; expected text, a number or null.']


def test_a_provider_order_id_belongs_to_one_shipment(app: Flask, tmp_path: Path, make: Factory) -> None:
    make.provider_account(name="Main")
    named = {"fulfillment_type": "shipstation", "provider_account": "Main", "provider_order_id": "77"}
    rows = [shipped_row(order_number="GOOD", **named), shipped_row(**named)]
    _, said = take_in(csv_file(tmp_path / "in.csv", rows))
    assert len(said) == 1
    assert "row 3, column provider_order_id: is “77”; expected an id that no other shipment has; GOOD.1" in said[0]
    assert order_numbers() == ["GOOD"]
    assert violations() == []
