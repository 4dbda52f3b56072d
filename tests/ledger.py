"""The whole ledger in figures, to hold one state against another; and orders that ship in parts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from tests.factories import NOON, Factory
from webapp.extensions import db
from webapp.models import (
    Allocation,
    CostLayer,
    Fulfillment,
    FulfillmentLine,
    FulfillmentOrder,
    FulfillmentOrderLine,
    FulfillmentSearchText,
    InventoryMovement,
    SalesOrder,
    SalesOrderLine,
)
from webapp.queries.invariant_rules import RULES
from webapp.queries.invariants import violations
from webapp.services.ledger import allocations, budgets, order_status, postings
from webapp.services.ledger.postings import Want
from webapp.statuses import ActivityEvent, FulfillmentStatus

_FIGURES = {
    "on hand": """
        SELECT product_id, warehouse_id, inventory_status, cost_layer_id, SUM(quantity) FROM inventory_movements
        GROUP BY product_id, warehouse_id, inventory_status, cost_layer_id""",
    "by line": """
        SELECT fulfillment_line_id, cost_layer_id, SUM(quantity) FROM inventory_movements
        WHERE fulfillment_line_id IS NOT NULL GROUP BY fulfillment_line_id, cost_layer_id""",
    "layers": "SELECT id, quantity, remaining FROM cost_layers",
    "allocations": """
        SELECT fulfillment_order_line_id, status, fulfillment_line_id, SUM(quantity) FROM allocations
        GROUP BY fulfillment_order_line_id, status, fulfillment_line_id""",
    "budgets": "SELECT id, quantity, remaining FROM fulfillment_order_lines",
    "intents": "SELECT id, status, request_status FROM fulfillment_orders",
    "orders": "SELECT id, status, fulfillment_status FROM sales_orders",
    "shipments": """
        SELECT id, status, status_before_void, void_reason, voided_by_user_id, cancel_by_hand, fulfilled_at,
            tracking_number, item_count, unit_count FROM fulfillments""",
}

Figures = dict[str, frozenset[tuple[Any, ...]]]


def figures() -> Figures:
    """Every sum and every state that a void and its restore must leave as they were."""
    return {name: frozenset(map(tuple, db.session.execute(sa.text(sql)))) for name, sql in _FIGURES.items()}


_BROKEN = sa.text(
    " UNION ALL ".join(
        f"SELECT '{rule.name}' WHERE EXISTS (SELECT 1 FROM ({rule.statement}) AS broken)" for rule in RULES
    )
)
"""Every rule at once, in a quarter of the time that one after the other takes."""


def broken_rules() -> set[str]:
    """The names of the rules of the domain that are broken."""
    return set(db.session.scalars(_BROKEN))


def assert_sound() -> None:
    """No rule of the domain is broken."""
    if broken_rules():
        raise AssertionError("\n".join(map(str, violations())))


@dataclass(frozen=True)
class Intent:
    """A fulfillment order with free allocations, and the lines by which its units are shipped."""

    id: int
    order_id: int
    warehouse_id: int
    budgets: dict[str, int]
    order_lines: dict[str, int]
    products: dict[str, int]


def intent(
    make: Factory,
    lines: dict[str, int],
    *,
    layers: tuple[tuple[int, str], ...] = ((100, "9.10"),),
    order: SalesOrder | None = None,
    warehouse: str = "Reno, NV",
) -> Intent:
    """An open fulfillment order of these SKUs and quantities, with stock in layers of (quantity, unit cost)."""
    order = order or make.order(fulfillment_status="unfulfilled")
    home = make.warehouse(warehouse)
    parent = saved(
        FulfillmentOrder(
            sales_order_id=order.id, warehouse_id=home.id, status="open", request_status="unsubmitted"
        )
    )
    products = {sku: make.product(sku).id for sku in lines}
    order_lines, found = {}, {}
    for sku, quantity in lines.items():
        for place, (units, cost) in enumerate(layers):
            receive(products[sku], home.id, units, cost, NOON - timedelta(days=30 - place))
        line = saved(
            SalesOrderLine(sales_order_id=order.id, product_id=products[sku], quantity=quantity, unit_price=None)
        )
        budget = saved(
            FulfillmentOrderLine(
                fulfillment_order_id=parent.id,
                sales_order_line_id=line.id,
                quantity=quantity,
                remaining=quantity,
            )
        )
        saved(
            Allocation(
                sales_order_line_id=line.id,
                fulfillment_order_line_id=budget.id,
                status="allocated",
                quantity=quantity,
            )
        )
        order_lines[sku], found[sku] = line.id, budget.id
    return Intent(parent.id, order.id, home.id, found, order_lines, products)


def ship(
    make: Factory,
    parent: Intent,
    quantities: dict[str, int],
    *,
    status: FulfillmentStatus = FulfillmentStatus.PACKED,
    request_status: str = "accepted",
    created_at: datetime | None = None,
    **values: Any,
) -> Fulfillment:
    """The next shipment of a fulfillment order, as fulfilling it would make it."""
    order = db.session.get_one(SalesOrder, parent.order_id)
    sequence = make._next_sequence(order)
    moment = created_at or NOON + timedelta(minutes=sequence)
    defaults = {
        "fulfillment_type": "manual",
        "item_count": len(quantities),
        "unit_count": sum(quantities.values()),
    }
    shipment = saved(
        Fulfillment(
            sales_order_id=order.id,
            fulfillment_order_id=parent.id,
            warehouse_id=parent.warehouse_id,
            sequence=sequence,
            fulfillment_number=f"{order.order_number}.{sequence}",
            status=status.value,
            created_at=moment,
            updated_at=moment,
            **(defaults | values),
        )
    )
    number = shipment.fulfillment_number
    saved(FulfillmentSearchText(fulfillment_id=shipment.id, text=number.casefold()))
    make.activity(shipment, ActivityEvent.CREATED, occurred_at=moment)
    for sku, quantity in quantities.items():
        _ship_line(shipment, parent, sku, quantity)
    connection = db.session.connection()
    budgets.take(connection, [shipment.id], {parent.id: request_status}, moment)
    order_status.refresh(connection, [parent.order_id], moment)
    db.session.commit()
    return shipment


def _ship_line(shipment: Fulfillment, parent: Intent, sku: str, quantity: int) -> None:
    budget_id, product_id = parent.budgets[sku], parent.products[sku]
    line = saved(
        FulfillmentLine(
            fulfillment_id=shipment.id,
            fulfillment_order_line_id=budget_id,
            sales_order_line_id=parent.order_lines[sku],
            product_id=product_id,
            quantity=quantity,
        )
    )
    place = (product_id, parent.warehouse_id)
    want = Want(
        fulfillment_id=shipment.id,
        line_id=line.id,
        place=place,
        quantity=quantity,
        reference=shipment.fulfillment_number,
    )
    connection = db.session.connection()
    free = allocations.lock_free(connection, [budget_id])[budget_id]
    allocations.hold(connection, allocations.choose(free, line.id, quantity))
    postings.post(connection, postings.lock_stock(connection, [place]).take(want), shipment.created_at)
    db.session.commit()


def receive(product_id: int, warehouse_id: int, units: int, cost: str, received_at: datetime) -> CostLayer:
    """Units that came into stock together."""
    values = {"product_id": product_id, "warehouse_id": warehouse_id, "unit_cost": Decimal(cost)}
    layer = saved(CostLayer(quantity=units, remaining=units, received_at=received_at, **values))
    _move("purchase", layer, units, received_at)
    return layer


def lose(layer_id: int, units: int) -> None:
    """Units of a layer that are gone: broken, stolen, sold to somebody else."""
    layer = db.session.get_one(CostLayer, layer_id)
    layer.remaining -= units
    _move("adjustment", layer, -units, NOON)


def _move(kind: str, layer: CostLayer, units: int, at: datetime) -> None:
    saved(
        InventoryMovement(
            type=kind,
            inventory_status="available",
            product_id=layer.product_id,
            warehouse_id=layer.warehouse_id,
            cost_layer_id=layer.id,
            unit_cost=layer.unit_cost,
            quantity=units,
            occurred_at=at,
        )
    )


def saved(row: Any) -> Any:
    db.session.add(row)
    db.session.commit()
    return row
