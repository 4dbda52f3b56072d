"""What an order of the file adds to what is known of it: lines, shipments, and the budgets they take."""

from dataclasses import dataclass, field

from webapp.services.importing.comparing import contradictions
from webapp.services.importing.file_orders import FileLine, FileOrder, FileShipment
from webapp.services.importing.known_orders import KnownOrder
from webapp.services.importing.refusals import Refusal


@dataclass(slots=True)
class Line:
    """An order line; `unassigned` units are on no fulfillment order yet. `new` is its row of the file."""

    sku: str
    quantity: int
    unassigned: int
    id: int | None = None
    product_id: int | None = None
    new: FileLine | None = None


@dataclass(slots=True)
class Budget:
    """A fulfillment order line; without an id it is new."""

    line: Line
    quantity: int = 0
    remaining: int = 0
    id: int | None = None
    is_changed: bool = False


@dataclass(slots=True)
class Intent:
    """A fulfillment order with its budgets by SKU; without an id it is new."""

    warehouse: str
    budgets: dict[str, Budget] = field(default_factory=dict)
    id: int | None = None
    remaining_before: int = 0

    @property
    def remaining(self) -> int:
        return sum(budget.remaining for budget in self.budgets.values())

    @property
    def is_changed(self) -> bool:
        return any(budget.is_changed for budget in self.budgets.values())


@dataclass(slots=True)
class Take:
    """Units of a budget that a new shipment takes, `from_open` of them promised to the order before."""

    budget: Budget
    quantity: int
    from_open: int


@dataclass(slots=True)
class NewShipment:
    shipment: FileShipment
    intent: Intent
    takes: list[Take]


@dataclass(slots=True)
class OrderPlan:
    """`open_units` are units of new lines that stay on a fulfillment order."""

    order: FileOrder
    known: KnownOrder | None
    lines: dict[str, Line]
    intents: list[Intent]
    shipments: list[NewShipment] = field(default_factory=list)
    open_units: list[tuple[Budget, int]] = field(default_factory=list)

    @property
    def new_lines(self) -> list[Line]:
        return [line for line in self.lines.values() if line.new is not None]

    @property
    def changes_anything(self) -> bool:
        return self.known is None or bool(self.shipments or self.new_lines)


def plan(order: FileOrder, known: KnownOrder | None) -> OrderPlan | list[Refusal]:
    """What is to be added, or why the order cannot be taken."""
    refusals = contradictions(order, known) if known else []
    if refusals:
        return refusals
    lines = _lines(order, known)
    planned = OrderPlan(order, known, lines, _intents(known, lines))
    known_sequences = known.shipments if known else {}
    for sequence in sorted(order.shipments.keys() - known_sequences.keys()):
        refusals += _add_shipment(planned, order.shipments[sequence])
    if refusals:
        return refusals
    for line in planned.new_lines:
        _keep_open(planned, line)
    return planned


def _lines(order: FileOrder, known: KnownOrder | None) -> dict[str, Line]:
    lines: dict[str, Line] = {}
    if known:
        budgeted: dict[int, int] = {}
        for intent in known.intents.values():
            for budget in intent.budgets:
                budgeted[budget.line_id] = budgeted.get(budget.line_id, 0) + budget.quantity
        for line in known.lines.values():
            unassigned = line.quantity - budgeted.get(line.id, 0)
            lines[line.sku] = Line(line.sku, line.quantity, unassigned, line.id, line.product_id)
    for new in order.lines.values():
        if new.sku not in lines:
            lines[new.sku] = Line(new.sku, new.quantity, new.quantity, new=new)
    return lines


def _intents(known: KnownOrder | None, lines: dict[str, Line]) -> list[Intent]:
    if known is None:
        return []
    by_id = {line.id: line for line in lines.values()}
    intents: list[Intent] = []
    for found in known.intents.values():
        budgets = {
            by_id[budget.line_id].sku: Budget(by_id[budget.line_id], budget.quantity, budget.remaining, budget.id)
            for budget in found.budgets
        }
        intents.append(Intent(found.warehouse, budgets, found.id, sum(b.remaining for b in budgets.values())))
    return intents


def _add_shipment(planned: OrderPlan, shipment: FileShipment) -> list[Refusal]:
    """Take the shipment's units from one fulfillment order of its warehouse, or say what is too much."""
    candidates = [intent for intent in planned.intents if intent.warehouse == shipment.warehouse]
    fitting = next((intent for intent in candidates if not _lacking(planned, intent, shipment)), None)
    if fitting is None:
        fresh = Intent(shipment.warehouse)
        if _lacking(planned, fresh, shipment):
            return _too_much(planned, candidates[-1] if candidates else fresh, shipment)
        planned.intents.append(fresh)
        fitting = fresh
    takes = [_take(planned, fitting, sku, quantity) for sku, quantity in shipment.quantities.items()]
    planned.shipments.append(NewShipment(shipment, fitting, takes))
    return []


def _available(planned: OrderPlan, intent: Intent, sku: str) -> int:
    """Units of a SKU that a shipment of this fulfillment order may still take."""
    budget = intent.budgets.get(sku)
    return planned.lines[sku].unassigned + (budget.remaining if budget else 0)


def _lacking(planned: OrderPlan, intent: Intent, shipment: FileShipment) -> list[str]:
    wanted = shipment.quantities.items()
    return [sku for sku, quantity in wanted if quantity > _available(planned, intent, sku)]


def _too_much(planned: OrderPlan, intent: Intent, shipment: FileShipment) -> list[Refusal]:
    return [
        Refusal(
            shipment.rows[sku],
            "shipment_quantity",
            str(shipment.quantities[sku]),
            f"at most {_available(planned, intent, sku):,}, which is what the known order still has open of {sku} "
            f"in {shipment.warehouse}",
        )
        for sku in _lacking(planned, intent, shipment)
    ]


def _take(planned: OrderPlan, intent: Intent, sku: str, quantity: int) -> Take:
    budget = _budget(planned, intent, sku)
    from_open = min(quantity, budget.remaining)
    grown = quantity - from_open
    budget.quantity += grown
    budget.remaining -= from_open
    budget.line.unassigned -= grown
    budget.is_changed = True
    return Take(budget, quantity, from_open)


def _budget(planned: OrderPlan, intent: Intent, sku: str) -> Budget:
    budget = intent.budgets.get(sku)
    if budget is None:
        budget = intent.budgets[sku] = Budget(planned.lines[sku])
    return budget


def _keep_open(planned: OrderPlan, line: Line) -> None:
    """Put what is left of a new line on an open fulfillment order of its warehouse."""
    if not line.unassigned or line.new is None:
        return
    warehouse = line.new.warehouse
    usable = (i for i in planned.intents if i.warehouse == warehouse and (i.id is None or i.remaining))
    intent = next(usable, None)
    if intent is None:
        intent = Intent(warehouse)
        planned.intents.append(intent)
    budget = _budget(planned, intent, line.sku)
    budget.quantity += line.unassigned
    budget.remaining += line.unassigned
    budget.is_changed = True
    planned.open_units.append((budget, line.unassigned))
    line.unassigned = 0
