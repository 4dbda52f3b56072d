"""XLSX as the stream of XML it is, for many rows: batches are written by column, straight into the zip."""

import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import IO, Any, cast
from zoneinfo import ZoneInfo

from webapp.queries.export_columns import Column, Kind
from webapp.queries.export_rows import Row
from webapp.services.export_files import xlsx_parts
from webapp.services.export_files.unseekable import Unseekable
from webapp.services.export_files.values import DAY, Offsets, allowed, amount_text
from webapp.services.export_files.xlsx_parts import ABOUT, SHEET, STYLES

MOST_ROWS = 1_048_576
"""Of a sheet, its headings included."""
MOST_BYTES = 2**31 - 2**26
"""Of a sheet's XML: beyond two gigabytes an archive needs a format that Excel does not read from a stream."""
FIRST_DAY = 25_569  # 1 January 1970, as spreadsheets count days.
_KEPT_CELLS = 1_000  # Of each column: its few repeated values, at most some hundred kilobytes.
_EMPTY = "<c/>"

Write = Callable[[Sequence[Any]], Sequence[str]]


class LargeXlsx:
    """Sheets with the rows, as many as they need, and one that says what they are."""

    def __init__(
        self, file: IO[bytes], columns: Sequence[Column], zone: ZoneInfo, notes: Sequence[tuple[str, str]]
    ) -> None:
        self._columns, self._notes = columns, notes
        archive = cast("IO[bytes]", Unseekable(file))
        # Sheets are mostly the same few tags: level 1 takes a third of the time of 6 for a quarter more bytes.
        self._zip = zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=zlib.Z_BEST_SPEED)
        self._texts: list[_Texts] = []
        offsets = Offsets(zone)
        self._writes = [self._write(column, offsets) for column in columns]
        self._ranges: list[str] = []
        self._open_sheet()

    @property
    def left_out(self) -> int:
        return sum(texts.left_out for texts in self._texts)

    def write(self, rows: Sequence[Row]) -> None:
        """Add these rows, on a new sheet where this one is full."""
        if self._bytes > MOST_BYTES:
            self._next_sheet()
        while rows:
            room = MOST_ROWS - self._count
            if not room:
                self._next_sheet()
                continue
            self._add(rows[:room])
            rows = rows[room:]

    def close(self) -> None:
        self._close_sheet()
        names = [*(_name(number) for number in range(len(self._ranges))), ABOUT]
        self._put(
            f"xl/worksheets/sheet{len(names)}.xml", xlsx_parts.about([(n, allowed(v)) for n, v in self._notes])
        )
        self._put("xl/workbook.xml", xlsx_parts.workbook(names, self._ranges))
        self._put("xl/_rels/workbook.xml.rels", xlsx_parts.links(len(names)))
        self._put("xl/styles.xml", xlsx_parts.styles())
        self._put("_rels/.rels", xlsx_parts.package_links())
        self._put("[Content_Types].xml", xlsx_parts.content_types(len(names)))
        self._zip.close()

    def _add(self, rows: Sequence[Row]) -> None:
        by_column = zip(*rows, strict=True)
        written = [write(values) for write, values in zip(self._writes, by_column, strict=True)]
        content = "</row><row>".join(map("".join, zip(*written, strict=True)))
        self._send(f"<row>{content}</row>")
        self._count += len(rows)
        for texts in self._texts:
            if len(texts) > _KEPT_CELLS:
                texts.clear()

    def _open_sheet(self) -> None:
        self._sheet = self._zip.open(f"xl/worksheets/sheet{len(self._ranges) + 1}.xml", "w")
        self._bytes, self._count = 0, 1
        self._send(xlsx_parts.sheet_head(self._columns))

    def _close_sheet(self) -> None:
        self._send(xlsx_parts.sheet_tail(len(self._columns), self._count))
        self._sheet.close()
        last = xlsx_parts.column_letter(len(self._columns))
        self._ranges.append(f"'{_name(len(self._ranges))}'!$A$1:${last}${self._count}")

    def _next_sheet(self) -> None:
        self._close_sheet()
        self._open_sheet()

    def _send(self, xml: str) -> None:
        content = xml.encode()
        self._bytes += len(content)
        self._sheet.write(content)

    def _put(self, name: str, xml: str) -> None:
        self._zip.writestr(name, xml)

    def _write(self, column: Column, offsets: Offsets) -> Write:
        start, local = f'<c s="{STYLES[column.kind]}"><v>', offsets.local
        match column.kind:
            case Kind.WHOLE:
                return lambda values: [_EMPTY if n is None else f"{start}{n}</v></c>" for n in values]
            case Kind.MONEY:
                return lambda values: [_EMPTY if n is None else f"{start}{_number(n)}</v></c>" for n in values]
            case Kind.INSTANT:
                return lambda values: [
                    _EMPTY if at is None else f"{start}{local(at) / DAY + FIRST_DAY!r}</v></c>" for at in values
                ]
            case Kind.TEXT:
                texts = _Texts(column)
                self._texts.append(texts)
                return lambda values: [texts[text] for text in values]


class _Texts(dict[str | None, str]):
    """The cells of a column of texts, kept for a while because many repeat."""

    def __init__(self, column: Column) -> None:
        super().__init__()
        self._words = column.words
        self.left_out = 0

    def __missing__(self, text: str | None) -> str:
        if not text:
            return _EMPTY
        shown = self._words.get(text, text)
        found = allowed(shown)
        cell = _text_cell(found)
        if len(found) == len(shown):
            self[text] = cell
        else:  # Not kept, so that it is counted each time.
            self.left_out += len(shown) - len(found)
        return cell


def _text_cell(text: str) -> str:
    space = "" if text == text.strip() else ' xml:space="preserve"'
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    return f'<c t="inlineStr" s="1"><is><t{space}>{escaped}</t></is></c>'


def _number(units: int) -> str:
    """An amount as a number, the shortest way."""
    return amount_text(units).rstrip("0").rstrip(".")


def _name(number: int) -> str:
    return SHEET if not number else f"{SHEET} {number + 1}"
