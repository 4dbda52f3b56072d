"""Where a file's order contradicts the order that is known: its own columns, its lines, its shipments.

An empty cell says nothing and contradicts nothing. A shipment that was worked on here since it was made is left
alone, because what was done here is newer than the file; only its lines must still be the same.
"""

from webapp.services.importing.columns import Owner, owned_by
from webapp.services.importing.file_orders import FileLine, FileOrder, FileShipment
from webapp.services.importing.known_orders import KnownLine, KnownOrder, KnownShipment
from webapp.services.importing.refusals import Refusal
from webapp.services.importing.words import in_words

_ORDER_COLUMNS = tuple(column.name for column in owned_by(Owner.ORDER))


def contradictions(order: FileOrder, known: KnownOrder) -> list[Refusal]:
    """Everything in which the two differ."""
    found = [
        Refusal(order.row, name, in_words(name, order.values[name]), _as_known(name, known.values[name]))
        for name in _ORDER_COLUMNS
        if order.values[name] not in _NOTHING and order.values[name] != known.values[name]
    ]
    for line in order.lines.values():
        if line.sku in known.doubled:
            expected = "a SKU that only one line of the known order has; these cannot be told apart"
            found.append(Refusal(line.row, "sku", line.sku, expected))
        elif line.sku in known.lines:
            found += _of_line(line, known.lines[line.sku])
    for sequence, shipment in order.shipments.items():
        if sequence in known.shipments:
            found += _of_shipment(shipment, known.shipments[sequence])
    return found


_NOTHING = ("", None, ())


def _of_line(line: FileLine, known: KnownLine) -> list[Refusal]:
    cost = line.values["unit_cost"]
    pairs = {
        "ordered_quantity": (line.quantity, known.quantity),
        "unit_price": (line.values["unit_price"], known.unit_price),
        "unit_cost": (None if cost is None else cost * known.quantity, known.cost_of_goods),
    }
    return [
        Refusal(line.row, name, in_words(name, line.values[name]), _as_known(name, _unit(name, there, known)))
        for name, (here, there) in pairs.items()
        if here is not None and here != there
    ]


def _unit(name: str, value: int | None, known: KnownLine) -> int | None:
    """The known cost is of the whole line; the file tells it for one unit."""
    return value // known.quantity if name == "unit_cost" and value is not None else value


def _of_shipment(shipment: FileShipment, known: KnownShipment) -> list[Refusal]:
    found = [
        Refusal(
            shipment.rows[sku],
            "shipment_quantity",
            str(quantity),
            f"{known.quantities.get(sku, 0):,} as in the known shipment {shipment.sequence}; lines of a shipment "
            "never change, void it and ship anew",
        )
        for sku, quantity in shipment.quantities.items()
        if quantity != known.quantities.get(sku, 0)
    ]
    compared = {"warehouse"} if known.has_changed else shipment.given
    for name in sorted(compared):
        here, there = shipment.values[name], known.values[name]
        if here != there:
            found.append(Refusal(shipment.row, name, in_words(name, here), _as_known(name, there)))
    return found


def _as_known(name: str, value: object) -> str:
    shown = in_words(name, value)
    return f"“{shown}” as it is known" if shown else "nothing, as it is known"
