"""The files of exports: CSV, which the databases write, and XLSX, written row by row; of the same columns."""

from collections.abc import Generator, Sequence
from typing import IO, Protocol

from webapp.extensions import settings
from webapp.queries.export_rows import Row, Which
from webapp.queries.listing.keyset import Sort
from webapp.services.export_files import csv_copy, csv_lines
from webapp.services.export_files.layout import Layout
from webapp.services.export_files.xlsx_large import LargeXlsx
from webapp.services.export_files.xlsx_small import SmallXlsx
from webapp.statuses import ExportMode

LARGE = 2_000
"""From so many rows on, openpyxl takes longer than a person likes to wait; see docs/decisions/0009-xlsx.md."""


class XlsxWriter(Protocol):
    """Takes rows until it is closed; then the file is whole. `left_out` counts characters no cell can hold."""

    @property
    def left_out(self) -> int: ...

    def write(self, rows: Sequence[Row]) -> None: ...

    def close(self) -> None: ...


def xlsx_writer(layout: Layout, file: IO[bytes], rows: int) -> XlsxWriter:
    """The writer for a file of about so many rows; `file` is written from its beginning to its end."""
    make = LargeXlsx if rows >= LARGE else SmallXlsx
    return make(file, layout.columns, layout.zone, layout.notes)


def csv_written(file: IO[bytes], layout: Layout, which: Which, sort: Sort, mode: ExportMode) -> Generator[int]:
    """Write the whole file, the way of this database; gives how many rows are done, a batch at a time."""
    write = csv_lines.written if settings().is_sqlite else csv_copy.written
    return write(file, layout, which, sort, mode)


__all__ = ["LARGE", "Layout", "XlsxWriter", "csv_written", "xlsx_writer"]
