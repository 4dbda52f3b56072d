"""What stands on packing slips, the same on the page to print and in the file: read for many at once."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from webapp.extensions import db
from webapp.models import (
    BillingAddress,
    Fulfillment,
    FulfillmentLine,
    Product,
    SalesOrder,
    Store,
    Warehouse,
)
from webapp.queries.addresses import ADDRESS_PARTS, Address, address_columns
from webapp.queries.scope import Scope
from webapp.queries.sets_of_ids import among


@dataclass(frozen=True)
class SlipLine:
    """Units of one product in the parcel."""

    sku: str
    product_name: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class Slip:
    """What goes into one parcel, for whom, and from which order."""

    id: int
    fulfillment_number: str
    store: str
    order_number: str
    customer_reference: str
    ordered_at: datetime
    warehouse: str
    shipping_method: str
    unit_count: int
    ship_to: Address
    bill_to: Address | None
    lines: tuple[SlipLine, ...]


_SLIPS = (
    sa.select(
        Fulfillment.id,
        Fulfillment.fulfillment_number,
        Fulfillment.unit_count,
        Fulfillment.requested_shipping_method,
        Fulfillment.requested_shipping_method_manual,
        Store.name.label("store"),
        SalesOrder.order_number,
        SalesOrder.customer_reference,
        SalesOrder.ordered_at,
        Warehouse.name.label("warehouse"),
        BillingAddress.sales_order_id.label("has_billing_address"),
        *address_columns(SalesOrder, "ship"),
        *address_columns(BillingAddress, "bill"),
    )
    .join(Warehouse, Warehouse.id == Fulfillment.warehouse_id)
    .join(SalesOrder, SalesOrder.id == Fulfillment.sales_order_id)
    .join(Store, Store.id == SalesOrder.store_id)
    .join(BillingAddress, BillingAddress.sales_order_id == SalesOrder.id, isouter=True)
    .where(among(Fulfillment.id))
)
_LINES = (
    sa.select(FulfillmentLine.fulfillment_id, Product.sku, Product.name, FulfillmentLine.quantity)
    .join(Product, Product.id == FulfillmentLine.product_id)
    .where(among(FulfillmentLine.fulfillment_id))
    .order_by(FulfillmentLine.id)
)


@lru_cache(maxsize=64)
def _slips_in(scope: Scope) -> sa.Select[*tuple[Any, ...]]:
    """Put together once for each scope: building it costs as much as asking it."""
    return _SLIPS.where(scope.limit())


def slips_of(ids: Collection[int], scope: Scope) -> list[Slip]:
    """The slips of these shipments in the order given, without those outside the scope; two statements."""
    connection = db.session.connection()
    rows = {row["id"]: row for row in connection.execute(_slips_in(scope), {"ids": list(ids)}).mappings()}
    lines: dict[int, list[SlipLine]] = defaultdict(list)
    for fulfillment_id, sku, name, quantity in connection.execute(_LINES, {"ids": list(rows)}):
        lines[fulfillment_id].append(SlipLine(sku, name, quantity))
    return [_slip(rows[id_], tuple(lines[id_])) for id_ in ids if id_ in rows]


def _slip(row: sa.RowMapping, lines: tuple[SlipLine, ...]) -> Slip:
    return Slip(
        id=row["id"],
        fulfillment_number=row["fulfillment_number"],
        store=row["store"],
        order_number=row["order_number"],
        customer_reference=row["customer_reference"] or "",
        ordered_at=row["ordered_at"],
        warehouse=row["warehouse"],
        shipping_method=row["requested_shipping_method"] or row["requested_shipping_method_manual"] or "",
        unit_count=row["unit_count"],
        ship_to=_address(row, "ship"),
        bill_to=_address(row, "bill") if row["has_billing_address"] else None,
        lines=lines,
    )


def _address(row: sa.RowMapping, prefix: str) -> Address:
    return Address(*(row[f"{prefix}_{part}"] for part in ADDRESS_PARTS))
