"""CSV: UTF-8 with or without a mark; comma, semicolon or tab, whichever makes sense of the header."""

import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from webapp.services.importing.columns import NAMES
from webapp.services.importing.reading import FileRow, Table, column_name
from webapp.services.importing.refusals import FileRefused

_DELIMITERS = ",;\t"
LARGEST_CELL = 1_000_000  # Characters; a cell that long is a quotation mark that was never closed.


@contextmanager
def table(path: Path) -> Iterator[Table]:
    """The rows of a CSV file; the header is row 1. Bytes that are not UTF-8 are kept, for the cell to be named."""
    csv.field_size_limit(min(LARGEST_CELL, sys.maxsize))
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        delimiter = _delimiter(file)
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            header = [column_name(cell) for cell in next(reader, [])]
        except csv.Error as error:
            raise FileRefused(f"{path.name}, row 1: the header cannot be read ({error}).") from None
        if not any(header):
            raise FileRefused(f"{path.name} is empty: the first row must name the columns.")
        yield Table(header, _rows(path.name, reader, len(header)))


def _delimiter(file: TextIO) -> str:
    """The character that splits the first line into most of the columns we know."""
    line = file.readline()
    file.seek(0)
    return max(_DELIMITERS, key=lambda mark: sum(_known(cell) for cell in line.split(mark)))


def _known(cell: str) -> bool:
    return column_name(cell.strip("\r\n").strip('"')) in NAMES


def _rows(file_name: str, reader: "csv.Reader", width: int) -> Iterator[FileRow]:  # type: ignore[name-defined]
    number = 1
    try:
        for cells in reader:
            number += 1
            if len(cells) == width:
                if any(cells):
                    yield FileRow(number, cells)
            elif any(cells):
                problem = f"{len(cells)} cells, but the header names {width} columns"
                yield FileRow(number, (cells + [""] * width)[:width], problem)
    except csv.Error as error:
        raise FileRefused(
            f"{file_name}, row {number + 1}: cannot be read as CSV ({error}). Nothing was imported; look for a "
            "quotation mark that is not closed or not doubled."
        ) from None
