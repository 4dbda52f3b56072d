"""Fulfillment orders that wait to be fulfilled, with the stock and the promises behind them."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from tests.factories import NOON, Factory
from webapp.extensions import db
from webapp.models import (
    Allocation,
    CostLayer,
    FulfillmentOrder,
    FulfillmentOrderLine,
    InventoryMovement,
    LineFinancials,
    SalesOrder,
    SalesOrderLine,
)
from webapp.statuses import (
    AllocationStatus,
    FulfillmentOrderRequestStatus,
    FulfillmentOrderStatus,
    InventoryStatus,
    MovementType,
    SalesOrderFulfillmentStatus,
)


@dataclass(frozen=True)
class Wanted:
    """One line to be: units promised in these portions, and layers (units, unit cost), the oldest first."""

    sku: str
    quantity: int
    promised: tuple[int, ...] | None = None
    layers: tuple[tuple[int, str], ...] = ((100, "9.10"),)


def open_order(
    make: Factory,
    *wanted: Wanted,
    warehouse: str = "Reno, NV",
    order: SalesOrder | None = None,
    method: str = "Standard",
) -> FulfillmentOrder:
    """An open fulfillment order over these lines, of which nothing is shipped yet."""
    order = order or make.order(
        fulfillment_status=SalesOrderFulfillmentStatus.UNFULFILLED.value, shipping_method=method
    )
    intent = FulfillmentOrder(
        sales_order_id=order.id,
        warehouse_id=make.warehouse(warehouse).id,
        status=FulfillmentOrderStatus.OPEN.value,
        request_status=FulfillmentOrderRequestStatus.UNSUBMITTED.value,
    )
    db.session.add(intent)
    db.session.flush()
    for one in wanted or (Wanted("NWP-011", 5),):
        _add_line(make, intent, one)
    db.session.commit()
    return intent


def _add_line(make: Factory, intent: FulfillmentOrder, wanted: Wanted) -> None:
    product = make.product(wanted.sku)
    line = SalesOrderLine(
        sales_order_id=intent.sales_order_id,
        product_id=product.id,
        quantity=wanted.quantity,
        unit_price=Decimal("14.00"),
    )
    db.session.add(line)
    db.session.flush()
    db.session.add(LineFinancials(sales_order_line_id=line.id, cost_of_goods=Decimal("9.10") * wanted.quantity))
    budget = FulfillmentOrderLine(
        fulfillment_order_id=intent.id,
        sales_order_line_id=line.id,
        quantity=wanted.quantity,
        remaining=wanted.quantity,
    )
    db.session.add(budget)
    db.session.flush()
    for quantity in (wanted.quantity,) if wanted.promised is None else wanted.promised:
        db.session.add(
            Allocation(
                sales_order_line_id=line.id,
                fulfillment_order_line_id=budget.id,
                status=AllocationStatus.ALLOCATED.value,
                quantity=quantity,
            )
        )
    for age, (quantity, unit_cost) in enumerate(reversed(wanted.layers)):
        _receive(product.id, intent.warehouse_id, quantity, Decimal(unit_cost), days_ago=30 + age)


def _receive(product_id: int, warehouse_id: int, quantity: int, unit_cost: Decimal, *, days_ago: int) -> None:
    received = NOON - timedelta(days=days_ago)
    layer = CostLayer(
        product_id=product_id,
        warehouse_id=warehouse_id,
        quantity=quantity,
        remaining=quantity,
        unit_cost=unit_cost,
        received_at=received,
    )
    db.session.add(layer)
    db.session.flush()
    db.session.add(
        InventoryMovement(
            type=MovementType.PURCHASE.value,
            inventory_status=InventoryStatus.AVAILABLE.value,
            product_id=product_id,
            warehouse_id=warehouse_id,
            cost_layer_id=layer.id,
            quantity=quantity,
            unit_cost=unit_cost,
            occurred_at=received,
        )
    )
