"""`flask import shipments` as a person or a script meets it: what it prints and how it exits."""

from pathlib import Path

from click.testing import Result
from flask import Flask

from tests.services.importing.files import csv_file, order_numbers, shipped_row, xlsx_file

BAD = shipped_row(order_number="BAD", status="shipped")


def run(app: Flask, *arguments: str | Path) -> Result:
    return app.test_cli_runner().invoke(args=["import", "shipments", *map(str, arguments)])


def test_it_exits_with_0_when_everything_came_in(app: Flask, tmp_path: Path) -> None:
    result = run(app, csv_file(tmp_path / "in.csv", [shipped_row()]))
    assert result.exit_code == 0
    assert "1 rows read, 1 orders added, 0 extended, 0 unchanged, 0 refused (0 rows), 1 shipments" in result.output


def test_it_exits_with_1_when_anything_was_refused(app: Flask, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    result = run(app, csv_file(tmp_path / "in.csv", [BAD, shipped_row()]), "--rejects", rejects)
    assert result.exit_code == 1
    assert "in.csv, row 2, column status: is “shipped”; expected one of submitted" in result.output
    assert "1 orders added, 0 extended, 0 unchanged, 1 refused (1 rows)" in result.output
    assert f"The refused rows are in {rejects}." in result.output
    assert rejects.exists()
    assert order_numbers() == ["A-1"]


def test_a_dry_run_exits_like_the_real_one_and_changes_nothing(app: Flask, tmp_path: Path) -> None:
    good, bad = csv_file(tmp_path / "a.csv", [shipped_row()]), csv_file(tmp_path / "b.csv", [BAD])
    assert run(app, good, "--dry-run").exit_code == 0
    result = run(app, bad, "--dry-run")
    assert result.exit_code == 1
    assert "Nothing was changed; this is what would happen: 1 rows read, 0 orders added" in result.output
    assert order_numbers() == []


def test_a_file_that_cannot_be_read_is_one_sentence(app: Flask, tmp_path: Path) -> None:
    result = run(app, xlsx_file(tmp_path / "in.xlsx", [shipped_row(colour="red")]))
    assert result.exit_code == 1
    assert result.output.startswith("Error: in.xlsx has unknown columns: “colour”. Known columns: order_number, ")
    assert result.output.count("\n") == 1


def test_a_file_that_is_not_there(app: Flask, tmp_path: Path) -> None:
    result = run(app, tmp_path / "absent.csv")
    assert result.exit_code == 2
    assert "absent.csv' does not exist" in result.output
