"""How a packing slip is laid out on paper, the same as on the page to print: rows from top to bottom.

All lengths are in points, 72 to the inch; y grows upwards from the lower edge, as PDF has it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from zoneinfo import ZoneInfo

from webapp.barcodes import bars
from webapp.queries.addresses import Address
from webapp.queries.packing_slips import Slip, SlipLine
from webapp.services.packing_slips import Paper
from webapp.services.slip_files.pdf import Document
from webapp.services.slip_files.scripts import scripts_of
from webapp.services.slip_files.typefaces import Line, typeface, unprinted

_MM = 72 / 25.4


@dataclass(frozen=True)
class Sheet:
    """A size of paper with its margin, and the size of the letters on it."""

    width: float
    height: float
    margin: float
    size: float
    barcode_beside: bool

    @property
    def room(self) -> float:
        return self.width - 2 * self.margin


SHEETS = {
    Paper.LETTER: Sheet(612, 792, 12 * _MM, 11, barcode_beside=True),
    Paper.A4: Sheet(210 * _MM, 297 * _MM, 12 * _MM, 11, barcode_beside=True),
    Paper.LABEL: Sheet(288, 432, 4 * _MM, 8.5, barcode_beside=False),
}
_BARCODE = (60 * _MM, 14 * _MM)
_LEADING = 1.35  # The height of a line, of the size of its letters.
_SMALL, _TITLE = 0.8, 1.35  # Of the size of the other letters.
_GAP = 5  # Between two cells of a row.
_SHARES = (0.28, 0.56, 0.16)  # Of the width: SKU, item, quantity.


@dataclass(frozen=True)
class Cell:
    """Some lines in a column."""

    lines: Sequence[Line]
    x: float
    width: float
    size: float
    is_bold: bool = False
    is_right: bool = False


@dataclass(frozen=True)
class Row:
    """Cells side by side that stay on one sheet; `ruled` draws a line below them."""

    cells: Sequence[Cell]
    space_below: float = 0
    ruled: bool = False

    @property
    def height(self) -> float:
        return max((len(cell.lines) * cell.size * _LEADING for cell in self.cells), default=0) + self.space_below


@dataclass
class Sheets:
    """The sheets of one slip, filled from the top."""

    document: Document
    sheet: Sheet
    repeated: Row | None = None
    """What stands at the top of every further sheet."""
    pages: list[list[str]] = field(default_factory=list)
    unprinted: set[str] = field(default_factory=set)
    """The characters so far that no font has."""
    _y: float = 0

    def begin(self) -> None:
        self.pages.append(["0.5 w"])
        self._y = self.sheet.height - self.sheet.margin
        if self.repeated:
            self._draw(self.repeated)

    def put(self, row: Row) -> None:
        floor = self.sheet.margin + self.sheet.size * _LEADING  # Below it is the number of the page.
        if self._y - row.height < floor:
            self.begin()
        self._draw(row)

    def space(self, height: float) -> None:
        self._y -= height

    def bars(self, text: str, x: float, top: float) -> None:
        found = bars(text)
        if found is None:
            return
        width, height = _BARCODE
        module = width / found.width
        drawn = [
            f"{x + place * module:.3f} {top - height:.2f} {wide * module:.3f} {height:.2f} re"
            for place, wide in found.bars
        ]
        self.pages[-1].append("\n".join([*drawn, "f"]))

    @property
    def y(self) -> float:
        return self._y

    def finish(self, number: str) -> Iterator[str]:
        """The operators of each sheet, numbered where there are several."""
        for page, operators in enumerate(self.pages, start=1):
            if len(self.pages) > 1:
                small = self.sheet.size * _SMALL
                said = f"{number}, page {page} of {len(self.pages)}"
                operators.append(self._text(Line(said), self.sheet.margin, self.sheet.margin, small))
            yield "\n".join(operators)

    def _draw(self, row: Row) -> None:
        for cell in row.cells:
            y = self._y
            for line in cell.lines:
                y -= cell.size * _LEADING
                free = cell.width - typeface(bold=cell.is_bold).width(line, cell.size) if cell.is_right else 0
                base = y + cell.size * (_LEADING - 1)
                self.pages[-1].append(self._text(line, cell.x + free, base, cell.size, bold=cell.is_bold))
        self._y -= row.height
        if row.ruled:
            left, right = self.sheet.margin, self.sheet.width - self.sheet.margin
            at = self._y + row.space_below / 2
            self.pages[-1].append(f"{left:.2f} {at:.2f} m {right:.2f} {at:.2f} l S")

    def _text(self, line: Line, x: float, y: float, size: float, *, bold: bool = False) -> str:
        runs = typeface(bold=bold).runs(line)
        self.unprinted |= unprinted(runs)
        return self.document.text(runs, x, y, size)


def drawn(slip: Slip, document: Document, paper: Paper, zone: ZoneInfo) -> set[str]:
    """Add the slip to the document, on as many sheets as it takes; returns what of it cannot be printed right."""
    sheets = Sheets(document, SHEETS[paper])
    sheets.begin()
    _head(sheets, slip)
    _facts(sheets, slip, zone)
    _addresses(sheets, slip)
    _lines(sheets, slip)
    _warning(sheets)
    for operators in sheets.finish(slip.fulfillment_number):
        document.add_page(operators)
    return sheets.unprinted


def _cell(text: str, x: float, width: float, size: float, *, bold: bool = False, is_right: bool = False) -> Cell:
    return Cell(typeface(bold=bold).lines(text, size, width), x, width, size, bold, is_right)


def _head(sheets: Sheets, slip: Slip) -> None:
    sheet, top = sheets.sheet, sheets.y
    room = sheet.room - (_BARCODE[0] + _GAP if sheet.barcode_beside else 0)
    sheets.put(Row([_cell(slip.store, sheet.margin, room, sheet.size, bold=True)]))
    sheets.put(
        Row([_cell(f"Packing slip {slip.fulfillment_number}", sheet.margin, room, sheet.size * _TITLE, bold=True)])
    )
    if sheet.barcode_beside:
        sheets.bars(slip.fulfillment_number, sheet.width - sheet.margin - _BARCODE[0], top)
        sheets.space(max(0, _BARCODE[1] - (top - sheets.y)))
    else:
        sheets.space(_GAP)
        sheets.bars(slip.fulfillment_number, sheet.margin, sheets.y)
        sheets.space(_BARCODE[1])
    sheets.space(sheet.size)


def _facts(sheets: Sheets, slip: Slip, zone: ZoneInfo) -> None:
    facts = {
        "Order": slip.order_number,
        "Ordered": slip.ordered_at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z (UTC%z)"),
        "Reference": slip.customer_reference,
        "Shipped from": slip.warehouse,
        "Shipping": slip.shipping_method,
    }
    told = [(label, value) for label, value in facts.items() if value]
    for pair in zip_longest(told[::2], told[1::2]):
        labels = [(fact[0] if fact else "") for fact in pair]
        values = [(fact[1] if fact else "") for fact in pair]
        sheets.put(Row(_halves(sheets.sheet, labels, bold=True, share=_SMALL)))
        sheets.put(Row(_halves(sheets.sheet, values), space_below=sheets.sheet.size / 3))
    sheets.space(sheets.sheet.size / 2)


def _addresses(sheets: Sheets, slip: Slip) -> None:
    """Line by line, so that even the longest goes on on the next sheet."""
    headings = ["Ship to", "Bill to" if slip.bill_to else ""]
    sheets.put(Row(_halves(sheets.sheet, headings, bold=True, share=_SMALL)))
    for left, right in zip_longest(_parts(slip.ship_to), _parts(slip.bill_to), fillvalue=""):
        sheets.put(Row(_halves(sheets.sheet, [left, right])))
    sheets.space(sheets.sheet.size)


def _parts(address: Address | None) -> list[str]:
    return address.text.split("\n") if address else []


def _halves(sheet: Sheet, texts: Sequence[str], *, bold: bool = False, share: float = 1) -> list[Cell]:
    width = (sheet.room - _GAP) / 2
    places = (sheet.margin, sheet.margin + width + _GAP)
    size = sheet.size * share
    return [_cell(text, x, width, size, bold=bold) for text, x in zip(texts, places, strict=True) if text]


def _lines(sheets: Sheets, slip: Slip) -> None:
    heading = _line(sheets.sheet, ("SKU", "Item", "Quantity"), (True, True, True), _SMALL)
    sheets.put(heading)
    sheets.repeated = heading
    for line in slip.lines:
        sheets.put(_line(sheets.sheet, _texts(line), (True, False, False)))
    sheets.put(_line(sheets.sheet, ("Units", "", f"{slip.unit_count}"), (True, False, True)))


def _warning(sheets: Sheets) -> None:
    """Whoever packs should not guess what the boxes mean."""
    if sheets.unprinted:
        scripts = ", ".join(scripts_of(sheets.unprinted))
        said = f"Not all of this could be printed right ({scripts}). Print this slip from its page in Dockside."
        sheet = sheets.sheet
        sheets.put(Row([_cell(said, sheet.margin, sheet.room, sheet.size * _SMALL, bold=True)]))


def _texts(line: SlipLine) -> tuple[str, str, str]:
    return line.sku, line.product_name, f"{line.quantity}"


def _line(sheet: Sheet, texts: Sequence[str], bolds: Sequence[bool], share: float = 1) -> Row:
    cells, x = [], sheet.margin
    for text, bold, part in zip(texts, bolds, _SHARES, strict=True):
        width = part * sheet.room
        is_right = part == _SHARES[-1]
        cells.append(
            _cell(text, x, width - (0 if is_right else _GAP), sheet.size * share, bold=bold, is_right=is_right)
        )
        x += width
    return Row(cells, space_below=sheet.size / 2, ruled=True)
