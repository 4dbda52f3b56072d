"""XLSX: the first sheet, read row by row; what a spreadsheet makes of cells is turned back into text."""

import warnings
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from openpyxl import load_workbook

from webapp.services.importing.cells import unreadable
from webapp.services.importing.reading import FileRow, Table, column_name
from webapp.services.importing.refusals import FileRefused

# What openpyxl lets through from a file that is damaged or no workbook.
_DAMAGE = (BadZipFile, KeyError, ValueError, TypeError, AttributeError, SyntaxError, EOFError, OSError, zlib.error)
_DIGITS_KEPT = 10**15  # A spreadsheet's numbers have fifteen digits; longer ones were rounded when typed.
_ERRORS = {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"}


@contextmanager
def table(path: Path) -> Iterator[Table]:
    """The rows of the first sheet; numbers as the spreadsheet counts them."""
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl tells of styles and validations, which we do not read.
        try:
            workbook = load_workbook(file, read_only=True, data_only=True)
            sheet = workbook.worksheets[0]
            sheet.reset_dimensions()  # Some programs write wrong ones, and rows would be lost.
            rows = sheet.iter_rows(values_only=True)
            header = [column_name(_cell(value)) for value in next(rows, ())]
        except (*_DAMAGE, IndexError):
            raise FileRefused(f"{path.name} cannot be read as an XLSX workbook. Is it complete?") from None
        while header and not header[-1]:
            header.pop()
        if not header:
            raise FileRefused(f"{path.name} is empty: the first row of its first sheet must name the columns.")
        try:
            yield Table(header, _rows(path.name, rows, len(header)))
        finally:
            workbook.close()


def _rows(file_name: str, rows: Iterable[tuple[Any, ...]], width: int) -> Iterator[FileRow]:
    number = 1
    try:
        for values in rows:
            number += 1
            cells = [_cell(value) for value in values]
            if not any(cells):
                continue
            beyond = any(cells[width:])
            problem = "there are cells to the right of the header's last column" if beyond else ""
            yield FileRow(number, (cells + [""] * width)[:width], problem)
    except _DAMAGE as error:
        raise FileRefused(f"{file_name}, row {number + 1}: the workbook is damaged ({error}).") from None


def _cell(value: object) -> str:
    """A cell's value as text: dates in ISO 8601, numbers as the spreadsheet shows them."""
    if value is None:
        return ""
    if isinstance(value, str):
        return unreadable(value, "a value, not a formula's error") if value in _ERRORS else value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value)
    return unreadable(str(value), "text, a number or a date")


def _number(value: float) -> str:
    shown = str(value) if isinstance(value, int) else f"{value:.15g}"
    if abs(value) < _DIGITS_KEPT:
        return shown
    return unreadable(shown, "text: a spreadsheet keeps fifteen digits of a number, so format this column as text")
