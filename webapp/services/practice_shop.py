"""The practice shop: the orders of a sales channel as the sandbox has them, with what it was told already."""

from collections import defaultdict
from typing import Any

import sqlalchemy as sa

from webapp.extensions import db
from webapp.models import (
    Fulfillment,
    FulfillmentLine,
    FulfillmentOrder,
    FulfillmentOrderLine,
    Product,
    ProviderAccount,
    SalesChannel,
    SalesOrder,
    SalesOrderLine,
    Store,
    Warehouse,
)
from webapp.models.fulfillments import IS_NOT_VOIDED
from webapp.statuses import FulfillmentOrderStatus

SHOP = "shopify"
Entry = dict[str, Any]
Groups = dict[int, list[Entry]]
Statement = sa.Select[*tuple[Any, ...]]


def shop_orders() -> list[Entry]:
    """Every order of channels with a shop's account, as the sandbox's control door takes them.

    Its fulfillment orders lie where ours do; what a shipment that is not voided was told of is fulfilled.
    """
    orders = db.session.execute(_of_shop(sa.select(SalesOrder.id, SalesOrder.customer_reference)))
    lines, places, told = _lines(), _places(), _told()
    return [
        {
            "number": name,
            "external_id": f"gid://shopify/Order/{order_id}",
            "lines": lines[order_id],
            "fulfillment_orders": places[order_id],
            "fulfillments": told[order_id],
        }
        for order_id, name in orders
        if name
    ]


def _of_shop(statement: Statement) -> Statement:
    return (
        statement.join(Store, Store.id == SalesOrder.store_id)
        .join(SalesChannel, SalesChannel.id == Store.sales_channel_id)
        .join(ProviderAccount, ProviderAccount.id == SalesChannel.provider_account_id)
        .where(ProviderAccount.kind == SHOP)
    )


def _lines() -> Groups:
    statement = _of_shop(
        sa.select(SalesOrderLine.sales_order_id, Product.sku, SalesOrderLine.quantity)
        .join(Product, Product.id == SalesOrderLine.product_id)
        .join(SalesOrder, SalesOrder.id == SalesOrderLine.sales_order_id)
    )
    found: Groups = defaultdict(list)
    for order_id, sku, quantity in db.session.execute(statement):
        found[order_id].append({"sku": sku, "quantity": quantity})
    return found


def _places() -> Groups:
    """By order, what each of our warehouses is to ship."""
    intent = FulfillmentOrder
    statement = _of_shop(
        sa.select(intent.sales_order_id, intent.id, Warehouse.name, Product.sku, FulfillmentOrderLine.quantity)
        .join(FulfillmentOrderLine, FulfillmentOrderLine.fulfillment_order_id == intent.id)
        .join(SalesOrderLine, SalesOrderLine.id == FulfillmentOrderLine.sales_order_line_id)
        .join(Product, Product.id == SalesOrderLine.product_id)
        .join(Warehouse, Warehouse.id == intent.warehouse_id)
        .join(SalesOrder, SalesOrder.id == intent.sales_order_id)
        .where(intent.status != FulfillmentOrderStatus.CANCELLED.value)
    )
    return _grouped(statement, ("location",))


def _told() -> Groups:
    shipment = Fulfillment
    statement = _of_shop(
        sa.select(
            shipment.sales_order_id,
            shipment.id,
            shipment.tracking_number,
            shipment.carrier,
            Warehouse.name,
            Product.sku,
            FulfillmentLine.quantity,
        )
        .join(FulfillmentLine, FulfillmentLine.fulfillment_id == shipment.id)
        .join(Product, Product.id == FulfillmentLine.product_id)
        .join(Warehouse, Warehouse.id == shipment.warehouse_id)
        .join(SalesOrder, SalesOrder.id == shipment.sales_order_id)
        .where(IS_NOT_VOIDED, shipment.submitted_to_sales_channel_at.is_not(None))
    )
    return _grouped(statement, ("tracking_number", "carrier", "location"))


def _grouped(statement: Statement, names: tuple[str, ...]) -> Groups:
    """Rows of order, part, the part's own values, SKU and quantity: by order its parts with their lines."""
    parts: dict[int, dict[int, Entry]] = defaultdict(dict)
    for order_id, part_id, *values, sku, quantity in db.session.execute(statement):
        part = parts[order_id].setdefault(part_id, dict(zip(names, values, strict=True)) | {"lines": []})
        part["lines"].append({"sku": sku, "quantity": quantity})
    return defaultdict(list, {order_id: list(of_order.values()) for order_id, of_order in parts.items()})
