"""Dry runs, and the file of refused rows that can be mended and imported again."""

import csv
import json
from pathlib import Path

import pytest
from flask import Flask

from tests.services.importing.files import (
    csv_file,
    everything,
    open_row,
    order_numbers,
    shipment_numbers,
    shipped_row,
    take_in,
    xlsx_file,
)
from webapp.queries.invariants import violations
from webapp.services.importing.refusals import FileRefused

ROWS = [
    shipped_row(order_number="GOOD"),
    shipped_row(status="shipped"),
    shipped_row(order_number="ALSO-GOOD"),
    shipped_row(sku="CUP-2", status="shipped", product_name='a "cup", red'),
]


def test_a_dry_run_says_what_would_happen_and_changes_nothing(app: Flask, tmp_path: Path) -> None:
    path = csv_file(tmp_path / "in.csv", ROWS)
    before = everything()
    promised = take_in(path, dry_run=True)
    assert everything() == before
    assert order_numbers() == []
    assert take_in(path) == promised
    assert promised[0].orders_added == 2
    outcome, _ = take_in(path, dry_run=True)
    assert (outcome.orders_added, outcome.orders_unchanged, outcome.orders_refused) == (0, 2, 1)


def test_refused_rows_can_be_mended_and_imported_again(app: Flask, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    take_in(csv_file(tmp_path / "in.csv", ROWS), rejects=rejects)
    rows = list(csv.DictReader(rejects.read_text(encoding="utf-8").splitlines()))
    assert [row["sku"] for row in rows] == ["TEA-1", "CUP-2"]
    assert rows[0]["error"].startswith("row 3, column status: is “shipped”; expected one of submitted")
    assert {column: rows[1][column] for column in ROWS[3]} == ROWS[3]
    rejects.write_text(rejects.read_text(encoding="utf-8").replace(",shipped,", ",fulfilled,"), encoding="utf-8")
    outcome, said = take_in(rejects)
    assert (said, outcome.orders_added) == ([], 1)
    assert shipment_numbers() == ["GOOD.1", "ALSO-GOOD.1", "A-1.1"]
    assert violations() == []


def test_the_other_rows_of_a_refused_order_say_which_row_is_to_blame(app: Flask, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    rows = [shipped_row(), shipped_row(sku="CUP-2", ordered_quantity="none")]
    take_in(csv_file(tmp_path / "in.csv", rows), rejects=rejects)
    errors = [row["error"] for row in csv.DictReader(rejects.read_text(encoding="utf-8").splitlines())]
    assert errors[0] == "Refused with its order because of row 3."
    assert errors[1].startswith("row 3, column ordered_quantity: is “none”; expected")


def test_refused_rows_of_a_workbook_as_json_lines(app: Flask, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.jsonl"
    take_in(xlsx_file(tmp_path / "in.xlsx", ROWS), rejects=rejects)
    entries = [json.loads(line) for line in rejects.read_text(encoding="utf-8").splitlines()]
    assert [entry["sku"] for entry in entries] == ["TEA-1", "CUP-2"]
    mended = [json.dumps(entry | {"status": "fulfilled"}) for entry in entries]
    rejects.write_text("\n".join(mended))
    outcome, said = take_in(rejects)
    assert (said, outcome.orders_added) == ([], 1)


def test_bytes_that_are_not_utf_8_are_written_back_as_they_were(app: Flask, tmp_path: Path) -> None:
    path, rejects = csv_file(tmp_path / "in.csv", [open_row(customer_name="Rita")]), tmp_path / "rejects.csv"
    path.write_bytes(path.read_bytes().replace(b"Rita,", b"R\xfcta,", 1))
    take_in(path, rejects=rejects)
    assert b",R\xfcta," in rejects.read_bytes()


def test_the_rejects_file_is_never_the_imported_file(app: Flask, tmp_path: Path) -> None:
    path = csv_file(tmp_path / "in.csv", ROWS)
    before = path.read_bytes()
    with pytest.raises(FileRefused, match="must not be the file that is imported"):
        take_in(path, rejects=path)
    assert path.read_bytes() == before
    assert order_numbers() == []


def test_a_rejects_file_that_cannot_be_written_stops_the_import_before_it_begins(
    app: Flask, tmp_path: Path
) -> None:
    with pytest.raises(FileRefused, match="cannot be written"):
        take_in(csv_file(tmp_path / "in.csv", ROWS), rejects=tmp_path / "nowhere" / "rejects.csv")
    assert order_numbers() == []
