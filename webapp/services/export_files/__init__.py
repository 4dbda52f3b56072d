"""The files of exports: CSV and XLSX, written row by row from the same columns and the same stored values."""

from collections.abc import Sequence
from typing import IO, Protocol

from webapp.queries.export_rows import Row
from webapp.services.export_files.csv_file import CsvFile
from webapp.services.export_files.layout import Layout
from webapp.services.export_files.xlsx_large import LargeXlsx
from webapp.services.export_files.xlsx_small import SmallXlsx
from webapp.statuses import ExportFormat

LARGE = 2_000
"""From so many rows on, openpyxl takes longer than a person likes to wait; see docs/decisions/0009-xlsx.md."""


class Writer(Protocol):
    """Takes rows until it is closed; then the file is whole. `left_out` counts characters no file can hold."""

    @property
    def left_out(self) -> int: ...

    def write(self, rows: Sequence[Row]) -> None: ...

    def close(self) -> None: ...


def writer(layout: Layout, file: IO[bytes], rows: int) -> Writer:
    """The writer for a file of about so many rows; `file` is written from its beginning to its end."""
    if layout.format is ExportFormat.CSV:
        return CsvFile(file, layout.columns, layout.zone, has_mark=layout.has_mark)
    make = LargeXlsx if rows >= LARGE else SmallXlsx
    return make(file, layout.columns, layout.zone, layout.notes)


__all__ = ["LARGE", "Layout", "Writer", "writer"]
