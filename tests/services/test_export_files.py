"""The writers of files: both of XLSX hold the same, sheets roll over, and other programs open them."""

import io
import os
import random
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import etree

from tests.exporting import sheet_rows, workbook
from webapp.queries.export_columns import COLUMNS, Column, Kind
from webapp.services.export_files import xlsx_large
from webapp.services.export_files.csv_lines import _Times
from webapp.services.export_files.xlsx_large import LargeXlsx
from webapp.services.export_files.xlsx_small import SmallXlsx

ZONES = ["America/Los_Angeles", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]
TEXTS = [
    None, "", "=1+1", "#N/A", "TRUE", "1E10", "00012", "9" * 34, " spaced ", "two\nlines", "cr\r\nlf", "tab\there",
    "<b>&amp;</b>", "“ü”", "🚚", "a\x00b\x1fc", "_x0041_", "-5", "+1", "@home", "2026-01-01", 'say "hi", twice',
    "x" * 40_000,
]  # fmt: skip


def rows_of(columns: tuple[Column, ...], count: int, seed: int = 1) -> list[tuple[Any, ...]]:
    chance = random.Random(seed)
    moments = [None, 0, 1_772_964_000, 1_772_967_599, 1_793_523_600, 1_793_530_799, 1_700_000_001]
    values = {
        Kind.TEXT: TEXTS,
        Kind.WHOLE: [None, 0, 1, 12, 2**31],
        Kind.MONEY: [None, 0, 1, 91_000, 123_456, 999_999_999, -25_000],
        Kind.INSTANT: moments,
    }
    return [tuple(chance.choice(values[column.kind]) for column in columns) for _ in range(count)]


def written(make: Any, rows: list[tuple[Any, ...]], zone: str = "UTC", **options: Any) -> tuple[bytes, int]:
    file = io.BytesIO()
    to = make(file, COLUMNS, ZoneInfo(zone), (("File", "=x & <y>"),), **options)
    for start in range(0, len(rows), 70):
        to.write(rows[start : start + 70])
    to.close()
    return file.getvalue(), to.left_out


@pytest.mark.parametrize("zone", ZONES)
def test_both_writers_of_xlsx_hold_the_same_values_of_the_same_types(zone: str) -> None:
    rows = rows_of(COLUMNS, 300)
    (small, left_out), (large, also_left_out) = written(SmallXlsx, rows, zone), written(LargeXlsx, rows, zone)
    assert left_out == also_left_out > 0
    for sheet in ("Shipments", "About"):
        theirs, ours = sheet_rows(small, sheet), sheet_rows(large, sheet)
        assert ours == theirs
        assert [[type(value) for value in row] for row in ours] == [
            [type(value) for value in row] for row in theirs
        ]
    assert formats_of(small) == formats_of(large)


def formats_of(content: bytes) -> list[list[str]]:
    """How each cell with something in it is shown."""
    rows = workbook(content)["Shipments"].iter_rows()
    return [[cell.number_format for cell in row if cell.value is not None] for row in rows]


def test_a_full_sheet_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_large, "MOST_ROWS", 101)
    rows = rows_of(COLUMNS, 250)
    content, _ = written(LargeXlsx, rows)
    book = workbook(content)
    assert book.sheetnames == ["Shipments", "Shipments 2", "Shipments 3", "About"]
    assert [book[name].max_row for name in book.sheetnames[:3]] == [101, 101, 51]
    assert [book[name].auto_filter.ref for name in book.sheetnames[:3]] == ["A1:Y101", "A1:Y101", "A1:Y51"]
    whole = sheet_rows(written(LargeXlsx, rows)[0])
    monkeypatch.undo()
    together = [row for name in book.sheetnames[:3] for row in sheet_rows(content, name)[1:]]
    assert together == sheet_rows(written(LargeXlsx, rows)[0])[1:]
    assert whole[0] == sheet_rows(content, "Shipments 3")[0]


@pytest.mark.skipif(
    not os.environ.get("EXPORT_FULL_SHEET"), reason="a million rows: EXPORT_FULL_SHEET=1 asks for it"
)
def test_the_row_after_the_last_of_a_sheet_is_on_the_next() -> None:
    file = io.BytesIO()
    to = LargeXlsx(file, COLUMNS[:2], ZoneInfo("UTC"), ())
    for start in range(0, 1_050_000, 2_000):
        to.write([(number, "F") for number in range(start, start + 2_000)])
    to.close()
    with zipfile.ZipFile(file) as archive:
        sheets = [archive.read(f"xl/worksheets/sheet{number}.xml") for number in (1, 2)]
    assert [sheet.count(b"<row") for sheet in sheets] == [1_048_576, 1_050_000 - 1_048_575 + 1]


def test_a_sheet_too_long_for_the_archive_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_large, "MOST_BYTES", 20_000)
    assert len(workbook(written(LargeXlsx, rows_of(COLUMNS, 140))[0]).sheetnames) == 3


def test_every_part_is_well_formed_and_named(tmp_path: Path) -> None:
    content, _ = written(LargeXlsx, rows_of(COLUMNS, 20))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
        for name in names:
            etree.fromstring(archive.read(name))
        types = archive.read("[Content_Types].xml").decode()
    assert all(f"/{name}" in types for name in names if name.startswith("xl/") and not name.endswith(".rels"))


@pytest.mark.parametrize("zone", ZONES)
def test_times_of_sqlite_are_shown_as_the_clock_of_the_zone_does(zone: str) -> None:
    chance, times = random.Random(1), _Times(ZoneInfo(zone))
    around = [datetime(2026, month, 1, tzinfo=UTC).timestamp() for month in range(1, 13)]
    moments = [
        datetime.fromtimestamp(chance.choice(around) + chance.randrange(86_400 * 31), UTC) for _ in range(5_000)
    ]
    stored = [f"{moment:%Y-%m-%d %H:%M:%S}.999999".encode() for moment in moments]
    shown = [f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}".encode() for moment in moments]
    assert times.read([None, *stored]) == [b"", *shown]
