"""XLSX through openpyxl, row by row: for the sizes at which its speed does not matter."""

import io
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import IO, Any
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from webapp.queries.export_columns import Column, Kind
from webapp.queries.export_rows import Row
from webapp.services.export_files.values import Offsets, allowed, amount
from webapp.services.export_files.xlsx_parts import ABOUT, FORMATS, SHEET

Read = Callable[[Any], Any]


class SmallXlsx:
    """One sheet with the rows and one that says what they are.

    It is put together in memory when it is closed: openpyxl leaves its own files behind where it is broken off.
    """

    def __init__(
        self, file: IO[bytes], columns: Sequence[Column], zone: ZoneInfo, notes: Sequence[tuple[str, str]]
    ) -> None:
        self.left_out = 0
        self._file, self._columns, self._notes = file, columns, notes
        self._offsets = Offsets(zone)
        self._rows: list[Row] = []

    def write(self, rows: Sequence[Row]) -> None:
        self._rows.extend(rows)

    def close(self) -> None:
        workbook, content = Workbook(write_only=True), io.BytesIO()
        self._add_rows(workbook.create_sheet(SHEET))
        self._add_notes(workbook.create_sheet(ABOUT))
        workbook.save(content)
        self._file.write(content.getbuffer())

    def _add_rows(self, sheet: Any) -> None:
        sheet.freeze_panes = "A2"
        for number, column in enumerate(self._columns, 1):
            sheet.column_dimensions[get_column_letter(number)].width = column.width
        sheet.append([_bold(sheet, column.heading) for column in self._columns])
        # A cell of a write-only sheet is written at once, so that one object serves its whole column.
        cells = [_cell(sheet, column) for column in self._columns]
        reads = [self._read(column) for column in self._columns]
        for row in self._rows:
            for cell, read, value in zip(cells, reads, row, strict=True):
                cell.value = None if value is None else read(value)
                if isinstance(cell.value, str):
                    cell.data_type = "s"  # Never a formula or an error, whatever it looks like.
            sheet.append(cells)
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(self._columns))}{len(self._rows) + 1}"

    def _add_notes(self, sheet: Any) -> None:
        sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24, 80
        for name, value in self._notes:
            cell: Any = WriteOnlyCell(sheet, allowed(value))
            cell.data_type = "s"
            sheet.append([_bold(sheet, name), cell])

    def _read(self, column: Column) -> Read:
        offsets = self._offsets
        match column.kind:
            case Kind.WHOLE:
                return int
            case Kind.MONEY:
                return amount
            case Kind.INSTANT:
                return lambda instant: datetime.fromtimestamp(offsets.local(instant), UTC).replace(tzinfo=None)
            case Kind.TEXT:
                words = column.words
                return lambda text: self._allowed(words.get(text, text))

    def _allowed(self, text: str) -> str:
        found = allowed(text)
        self.left_out += len(text) - len(found)
        return found


def _cell(sheet: Any, column: Column) -> Any:
    cell = WriteOnlyCell(sheet)
    cell.number_format = FORMATS[column.kind]
    return cell


def _bold(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, text)
    cell.font = Font(bold=True)
    return cell
