"""What the database holds of a batch's orders, read in a handful of statements and laid out for comparing."""

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from webapp.models import (
    BillingAddress,
    Fulfillment,
    FulfillmentLine,
    FulfillmentOrder,
    FulfillmentOrderLine,
    LineFinancials,
    Product,
    ProviderAccount,
    ProviderOrder,
    SalesChannel,
    SalesOrder,
    SalesOrderLine,
    SalesOrderTag,
    Store,
    Warehouse,
)
from webapp.schema import MONEY_PLACES
from webapp.services.importing.columns import ADDRESS_PARTS, CUSTOMER_PARTS
from webapp.services.importing.file_orders import Values
from webapp.statuses import FulfillmentOrderStatus


@dataclass(slots=True)
class KnownLine:
    """Amounts in ten-thousandths; `cost_of_goods` is of the whole quantity."""

    id: int
    sku: str
    product_id: int
    quantity: int
    unit_price: int | None
    cost_of_goods: int | None


@dataclass(slots=True)
class KnownShipment:
    """`has_changed`: somebody or something has worked on it here since it was made."""

    id: int
    sequence: int
    is_voided: bool
    has_changed: bool
    values: Values
    quantities: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class KnownBudget:
    id: int
    line_id: int
    quantity: int
    remaining: int


@dataclass(slots=True)
class KnownIntent:
    """A fulfillment order that is not cancelled."""

    id: int
    warehouse: str
    budgets: list[KnownBudget] = field(default_factory=list)


@dataclass(slots=True)
class KnownOrder:
    """`doubled` are SKUs that several lines of the order have, which a file cannot tell apart."""

    id: int
    number: str
    values: Values
    lines: dict[str, KnownLine] = field(default_factory=dict)
    doubled: set[str] = field(default_factory=set)
    shipments: dict[int, KnownShipment] = field(default_factory=dict)
    intents: dict[int, KnownIntent] = field(default_factory=dict)


def known_orders(connection: sa.Connection, numbers: Collection[str]) -> dict[str, KnownOrder]:
    """The orders with these numbers that are in the database, by number; whoever changes them has locked them."""
    orders = {order.id: order for order in _orders(connection, numbers)}
    if orders:
        ids = list(orders)
        _add_billing_and_tags(connection, ids, orders)
        _add_lines(connection, ids, orders)
        _add_intents(connection, ids, orders)
        _add_shipments(connection, ids, orders)
    return {order.number: order for order in orders.values()}


def _orders(connection: sa.Connection, numbers: Collection[str]) -> list[KnownOrder]:
    address = [getattr(SalesOrder, part) for part in (*CUSTOMER_PARTS, *ADDRESS_PARTS)]
    statement = (
        sa.select(
            SalesOrder.id,
            SalesOrder.order_number,
            SalesOrder.ordered_at,
            SalesOrder.customer_reference,
            SalesOrder.shipping_method,
            SalesChannel.type,
            SalesChannel.name.label("channel"),
            Store.name.label("store"),
            *address,
        )
        .join(Store, Store.id == SalesOrder.store_id)
        .join(SalesChannel, SalesChannel.id == Store.sales_channel_id)
        .where(SalesOrder.order_number.in_(numbers))
        .order_by(SalesOrder.id)
    )
    return [
        KnownOrder(row["id"], row["order_number"], _order_values(row))
        for row in connection.execute(statement).mappings()
    ]


def _order_values(row: sa.RowMapping) -> Values:
    """The order's own columns under the names of the file."""
    values = {
        "order_number": row["order_number"],
        "order_date": row["ordered_at"],
        "channel_type": row["type"],
        "channel": row["channel"],
        "store": row["store"],
        "customer_reference": row["customer_reference"],
        "order_shipping_method": row["shipping_method"],
        "tags": (),
    }
    values |= {f"customer_{part}": row[part] for part in CUSTOMER_PARTS}
    values |= {f"ship_{part}": row[part] for part in ADDRESS_PARTS}
    return values | {f"bill_{part}": row[part] for part in ADDRESS_PARTS}


def _add_billing_and_tags(connection: sa.Connection, ids: list[int], orders: dict[int, KnownOrder]) -> None:
    billing = sa.select(BillingAddress).where(BillingAddress.sales_order_id.in_(ids))
    for row in connection.execute(billing).mappings():
        values = orders[row["sales_order_id"]].values
        values.update({f"bill_{part}": row[part] for part in ADDRESS_PARTS})
    tags = sa.select(SalesOrderTag.sales_order_id, SalesOrderTag.tag).where(SalesOrderTag.sales_order_id.in_(ids))
    for order_id, tag in connection.execute(tags):
        values = orders[order_id].values
        values["tags"] = tuple(sorted((*values["tags"], tag)))


def _add_lines(connection: sa.Connection, ids: list[int], orders: dict[int, KnownOrder]) -> None:
    statement = (
        sa.select(
            SalesOrderLine.sales_order_id,
            SalesOrderLine.id,
            Product.sku,
            Product.id,
            SalesOrderLine.quantity,
            SalesOrderLine.unit_price,
            LineFinancials.cost_of_goods,
        )
        .join(Product, Product.id == SalesOrderLine.product_id)
        .join(LineFinancials, LineFinancials.sales_order_line_id == SalesOrderLine.id, isouter=True)
        .where(SalesOrderLine.sales_order_id.in_(ids))
    )
    for order_id, line_id, sku, product_id, quantity, price, cost in connection.execute(statement):
        order = orders[order_id]
        if sku in order.lines:
            order.doubled.add(sku)
        order.lines[sku] = KnownLine(
            line_id, sku, product_id, quantity, in_ten_thousandths(price), in_ten_thousandths(cost)
        )


def _add_intents(connection: sa.Connection, ids: list[int], orders: dict[int, KnownOrder]) -> None:
    intents = (
        sa.select(FulfillmentOrder.sales_order_id, FulfillmentOrder.id, Warehouse.name)
        .join(Warehouse, Warehouse.id == FulfillmentOrder.warehouse_id)
        .where(
            FulfillmentOrder.sales_order_id.in_(ids),
            FulfillmentOrder.status != FulfillmentOrderStatus.CANCELLED.value,
        )
        .order_by(FulfillmentOrder.id)
    )
    found: dict[int, KnownIntent] = {}
    for order_id, intent_id, warehouse in connection.execute(intents):
        found[intent_id] = orders[order_id].intents[intent_id] = KnownIntent(intent_id, warehouse)
    budgets = (
        sa.select(
            FulfillmentOrderLine.fulfillment_order_id,
            FulfillmentOrderLine.id,
            FulfillmentOrderLine.sales_order_line_id,
            FulfillmentOrderLine.quantity,
            FulfillmentOrderLine.remaining,
        )
        .where(FulfillmentOrderLine.fulfillment_order_id.in_(found))
        .order_by(FulfillmentOrderLine.id)
    )
    for intent_id, *budget in connection.execute(budgets):
        found[intent_id].budgets.append(KnownBudget(*budget))


def _add_shipments(connection: sa.Connection, ids: list[int], orders: dict[int, KnownOrder]) -> None:
    statement = (
        sa.select(
            Fulfillment,
            Warehouse.name.label("warehouse"),
            ProviderAccount.name.label("account"),
            ProviderOrder.external_id,
        )
        .join(Warehouse, Warehouse.id == Fulfillment.warehouse_id)
        .join(ProviderAccount, ProviderAccount.id == Fulfillment.provider_account_id, isouter=True)
        .join(ProviderOrder, ProviderOrder.fulfillment_id == Fulfillment.id, isouter=True)
        .where(Fulfillment.sales_order_id.in_(ids))
        .order_by(Fulfillment.id, ProviderOrder.id)
    )
    found: dict[int, KnownShipment] = {}
    for row in connection.execute(statement).mappings():
        shipment = KnownShipment(
            row["id"],
            row["sequence"],
            row["voided_at"] is not None,
            row["version"] > 1,
            _shipment_values(row),
        )
        found[shipment.id] = orders[row["sales_order_id"]].shipments[shipment.sequence] = shipment
    lines = (
        sa.select(FulfillmentLine.fulfillment_id, Product.sku, FulfillmentLine.quantity)
        .join(Product, Product.id == FulfillmentLine.product_id)
        .where(FulfillmentLine.fulfillment_id.in_(found))
    )
    for shipment_id, sku, quantity in connection.execute(lines):
        quantities = found[shipment_id].quantities
        quantities[sku] = quantities.get(sku, 0) + quantity


def _shipment_values(row: sa.RowMapping) -> dict[str, Any]:
    """The shipment's own columns under the names of the file."""
    return {
        "warehouse": row["warehouse"],
        "fulfillment_type": row["fulfillment_type"],
        "status": row["status"],
        "tracking_number": row["tracking_number"],
        "shipping_cost": in_ten_thousandths(row["cost"]),
        "requested_shipping_method": row["requested_shipping_method"],
        "fulfilled_shipping_method": row["fulfilled_shipping_method"],
        "fulfilled_at": row["fulfilled_at"],
        "provider_account": row["account"],
        "provider_order_id": row["external_id"],
    }


def in_ten_thousandths(amount: Decimal | None) -> int | None:
    return None if amount is None else int(amount.scaleb(MONEY_PLACES))
