"""The rows of one order made into one order: cells parsed, what must agree compared, units added up."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from webapp.services.importing.cells import CellProblem, shown
from webapp.services.importing.columns import (
    COLUMNS,
    ERROR_COLUMN,
    INDEX,
    MOST_COST,
    MOST_UNITS_OF_A_SHIPMENT,
    NAMES,
    ONLY_WITH_A_SHIPMENT,
    Column,
    Owner,
    owned_by,
)
from webapp.services.importing.file_orders import FileLine, FileOrder, FileShipment, Values
from webapp.services.importing.reading import FileRow
from webapp.services.importing.refusals import Refusal
from webapp.statuses import SHIPPED_STATUSES, FulfillmentStatus, FulfillmentType


class Header:
    """Where the file has each of our columns, and back."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = [name for name in names if name != ERROR_COLUMN]
        places = {name: place for place, name in enumerate(names)}
        self._places = [places.get(name, len(names)) for name in NAMES]
        self._originals = [places[name] for name in self.names]
        self.key_place = places["order_number"]

    def original_cells(self, row: FileRow) -> list[str]:
        """The row's cells as they stood, under `names`."""
        return [row.cells[place] for place in self._originals]

    def cells_of(self, row: FileRow) -> list[str]:
        """The row's cells in the order of COLUMNS, stripped; empty where the file has no such column."""
        cells = [*row.cells, ""]
        return [cells[place].strip() for place in self._places]


class _Part:
    """The columns that tell of one thing, compared as raw cells first, because nearly all rows repeat them."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = columns
        self._cells = itemgetter(*(INDEX[column.name] for column in columns))

    def raw(self, cells: Sequence[str]) -> tuple[str, ...]:
        raw: tuple[str, ...] = self._cells(cells)
        return raw


_ORDER = _Part(owned_by(Owner.ORDER))
_LINE = _Part(owned_by(Owner.LINE))
_SHIPMENT = _Part(owned_by(Owner.SHIPMENT))
_BY_NAME = {column.name: column for column in COLUMNS}


class OrderReader:
    """Reads the rows of one order; `refusals` gathers everything that stands against it."""

    def __init__(self, header: Header, zone: ZoneInfo) -> None:
        self._header = header
        self._zone = zone
        self._seen: dict[tuple[str, Any], tuple[int, tuple[str, ...], Values]] = {}
        self._refused_cells: set[tuple[int, str]] = set()
        self.refusals: list[Refusal] = []

    def read(self, rows: Sequence[FileRow]) -> FileOrder | None:
        """The order, or None when there are refusals."""
        order: FileOrder | None = None
        for row in rows:
            if row.problem:
                self._refuse(row.number, "", "", row.problem)
                continue
            cells = self._header.cells_of(row)
            values = self._part("order", None, _ORDER, row.number, cells)
            if order is None:
                order = FileOrder(values["order_number"] or "", row.number, values)
                self._require(order.row, values, "order_number", "the order's number")
                self._require(order.row, values, "order_date", "the order's date")
            self._add_row(order, row.number, cells)
        if order is not None and not self.refusals:
            self._check_sums(order)
        return None if self.refusals else order

    def _add_row(self, order: FileOrder, row: int, cells: list[str]) -> None:
        sku = self._cell(row, "sku", cells)
        if not sku:
            self._refuse(row, "sku", "", "a SKU")
            return
        line = self._line(order, sku, row, cells)
        sequence = self._cell(row, "shipment_sequence", cells)
        if sequence is not None:
            self._add_shipped(order, sequence, line, row, cells)
        elif not cells[INDEX["shipment_sequence"]]:
            self._add_open(line, row, cells)

    def _line(self, order: FileOrder, sku: str, row: int, cells: list[str]) -> FileLine:
        values = self._part("line", sku, _LINE, row, cells)
        line = order.lines.get(sku)
        if line is None:
            self._require(row, values, "ordered_quantity", "a whole number of units")
            line = order.lines[sku] = FileLine(sku, row, values, "")
        if not line.is_open_row_seen:
            line.warehouse = cells[INDEX["warehouse"]]
        return line

    def _add_open(self, line: FileLine, row: int, cells: list[str]) -> None:
        """A row without a shipment: where the rest of the line is to be shipped from."""
        if not self._cell(row, "warehouse", cells):
            self._refuse(row, "warehouse", "", "a warehouse")
        if line.is_open_row_seen:
            self._refuse(row, "sku", line.sku, "one row without shipment_sequence for each SKU of an order")
        line.is_open_row_seen = True
        line.warehouse = cells[INDEX["warehouse"]]
        for name in ONLY_WITH_A_SHIPMENT:
            if cells[INDEX[name]]:
                self._refuse(row, name, shown(cells[INDEX[name]]), "nothing in a row without shipment_sequence")

    def _add_shipped(self, order: FileOrder, sequence: int, line: FileLine, row: int, cells: list[str]) -> None:
        values = self._part("shipment", sequence, _SHIPMENT, row, cells)
        quantity = self._cell(row, "shipment_quantity", cells)
        if quantity is None and not cells[INDEX["shipment_quantity"]]:
            self._refuse(row, "shipment_quantity", "", "a whole number of units")
        shipment = order.shipments.get(sequence)
        if shipment is None:
            shipment = order.shipments[sequence] = FileShipment(sequence, row, values)
            self._check_shipment(shipment)
        if line.sku in shipment.quantities:
            first = shipment.rows[line.sku]
            self._refuse(row, "sku", line.sku, f"each SKU once in a shipment; row {first} has it in this one too")
        shipment.quantities[line.sku] = quantity or 0
        shipment.rows[line.sku] = row

    def _check_shipment(self, shipment: FileShipment) -> None:
        """Fill in what may be left out, and hold the shipment's own columns against each other."""
        values, row = shipment.values, shipment.row
        shipment.given = frozenset(name for name, value in values.items() if value not in {"", None})
        self._require(row, values, "warehouse", "a warehouse")
        values["fulfillment_type"] = values["fulfillment_type"] or FulfillmentType.MANUAL.value
        shipped = values["fulfilled_at"] is not None
        if not values["status"]:
            values["status"] = (FulfillmentStatus.FULFILLED if shipped else FulfillmentStatus.SUBMITTED).value
        if shipped and values["status"] not in SHIPPED_STATUSES:
            given = values["fulfilled_at"].isoformat()
            self._refuse(row, "fulfilled_at", given, f"nothing, because the status is {values['status']}")
        if values["provider_order_id"] and not values["provider_account"]:
            self._refuse(row, "provider_order_id", values["provider_order_id"], "a provider_account beside it")

    def _check_sums(self, order: FileOrder) -> None:
        """No more shipped than ordered, no cost and no shipment too large for their columns."""
        for line in order.lines.values():
            self._check_shipped(order, line)
            cost = line.values["unit_cost"] or 0
            if cost * line.quantity >= MOST_COST:
                self._refuse(
                    line.row, "unit_cost", f"{cost / 10_000:f}", "a cost of the line below 10,000,000,000"
                )
        for shipment in order.shipments.values():
            units = sum(shipment.quantities.values())
            if units > MOST_UNITS_OF_A_SHIPMENT:
                expected = f"at most {MOST_UNITS_OF_A_SHIPMENT:,} units in a shipment, not {units:,}"
                self._refuse(shipment.row, "shipment_quantity", str(units), expected)

    def _check_shipped(self, order: FileOrder, line: FileLine) -> None:
        shipped = 0
        for shipment in order.shipments.values():
            quantity = shipment.quantities.get(line.sku, 0)
            shipped += quantity
            if quantity and shipped > line.quantity:
                expected = f"no more shipped than the {line.quantity:,} ordered; with this it is {shipped:,}"
                self._refuse(shipment.rows[line.sku], "shipment_quantity", str(quantity), expected)

    def _part(self, kind: str, key: object, part: _Part, row: int, cells: list[str]) -> Values:
        """The values of a thing's columns: parsed in its first row, compared in every other."""
        raw = part.raw(cells)
        seen = self._seen.get((kind, key))
        if seen is None:
            cells_of_part = zip(part.columns, raw, strict=True)
            values = {column.name: self._parsed(row, column, cell) for column, cell in cells_of_part}
            self._seen[kind, key] = (row, raw, values)
            return values
        first_row, first_raw, values = seen
        if raw != first_raw:
            for column, cell, first in zip(part.columns, raw, first_raw, strict=True):
                if cell != first and self._parsed(row, column, cell) != self._parsed(first_row, column, first):
                    expected = (
                        f"“{shown(first)}” as in row {first_row}, because it is the same {column.owner.value}"
                    )
                    self._refuse(row, column.name, shown(cell), expected)
        return values

    def _cell(self, row: int, name: str, cells: list[str]) -> Any:
        return self._parsed(row, _BY_NAME[name], cells[INDEX[name]])

    def _parsed(self, row: int, column: Column, cell: str) -> Any:
        try:
            return column.parse(cell, self._zone)
        except CellProblem as problem:
            self._refuse(row, column.name, shown(cell), str(problem))
            return None

    def _require(self, row: int, values: Values, name: str, expected: str) -> None:
        """Something must be there; a cell that could not be read has been refused already."""
        if not values[name]:
            self._refuse(row, name, "", expected)

    def _refuse(self, row: int, column: str, value: str, expected: str) -> None:
        """Each cell is refused once, for the first thing found."""
        if (row, column) not in self._refused_cells:
            self._refused_cells.add((row, column))
            self.refusals.append(Refusal(row, column, value, expected))
