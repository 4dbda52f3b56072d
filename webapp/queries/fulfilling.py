"""A fulfillment order as its page and the Fulfil dialog show it: budgets, what stock allows, its shipments."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import (
    Allocation,
    CostLayer,
    Fulfillment,
    FulfillmentOrder,
    FulfillmentOrderLine,
    Product,
    ProviderAccount,
    SalesOrder,
    SalesOrderLine,
    Store,
    Warehouse,
)
from webapp.providers.base import Capability
from webapp.providers.registry import capabilities_of, label_of
from webapp.queries.account_trouble import Trouble, trouble_of
from webapp.queries.scope import Scope
from webapp.schema import HIGHEST_ID
from webapp.statuses import (
    AllocationStatus,
    FulfillmentOrderRequestStatus,
    FulfillmentOrderStatus,
    FulfillmentStatus,
    FulfillmentType,
)

NOT_HERE = "There is no such fulfillment order, or it belongs to a warehouse you do not see."
SHIPMENTS_SHOWN = 100  # More than an order is ever shipped in; only voids and new tries could pass it.


@dataclass(frozen=True, kw_only=True)
class OrderLine:
    """One line: its budget, and what stock would let go of it at this moment.

    `on_hand` are the units of its product in the warehouse's cost layers, whoever they are promised to.
    `fulfillable` never promises a unit to two lines of the same product.
    """

    id: int
    sku: str
    product_name: str
    product_id: int
    quantity: int
    remaining: int
    allocated: int
    on_hand: int
    fulfillable: int

    @property
    def executed(self) -> int:
        return self.quantity - self.remaining

    @property
    def shortfall(self) -> int:
        """Units still to ship for which there is no stock."""
        return self.remaining - self.fulfillable


@dataclass(frozen=True, kw_only=True)
class OrderShipment:
    """A shipment of the fulfillment order, voided ones too."""

    id: int
    fulfillment_number: str
    status: FulfillmentStatus
    type: FulfillmentType
    unit_count: int
    carrier: str | None
    tracking_number: str | None
    voided_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class FulfillmentOrderDetail:
    """The fulfillment order with its order and its lines."""

    id: int
    status: FulfillmentOrderStatus
    request_status: FulfillmentOrderRequestStatus
    version: int
    created_at: datetime
    updated_at: datetime
    sales_order_id: int
    order_number: str
    customer: str
    store: str
    shipping_method: str
    warehouse: str
    lines: tuple[OrderLine, ...]

    @property
    def number(self) -> str:
        return f"FO-{self.id}"

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def remaining(self) -> int:
        return sum(line.remaining for line in self.lines)

    @property
    def refusal(self) -> str | None:
        """Why nothing can be fulfilled now, in a sentence; None when something can."""
        match self.status:
            case FulfillmentOrderStatus.CLOSED:
                return "Everything of this fulfillment order is in shipments."
            case FulfillmentOrderStatus.CANCELLED:
                return "This fulfillment order is cancelled."
            case _ if not any(line.fulfillable for line in self.lines):
                return "No line has units that are both allocated to it and on hand."
            case _:
                return None


_ALLOCATED = (
    sa.select(sa.func.coalesce(sa.func.sum(Allocation.quantity), 0))
    .where(
        Allocation.fulfillment_order_line_id == FulfillmentOrderLine.id,
        Allocation.status == AllocationStatus.ALLOCATED.value,
    )
    .correlate(FulfillmentOrderLine)
    .scalar_subquery()
)
_ON_HAND = (
    sa.select(sa.func.coalesce(sa.func.sum(CostLayer.remaining), 0))
    .where(CostLayer.product_id == Product.id, CostLayer.warehouse_id == FulfillmentOrder.warehouse_id)
    .correlate(Product, FulfillmentOrder)
    .scalar_subquery()
)
_LINES = (
    sa.select(
        FulfillmentOrderLine.id,
        Product.sku,
        Product.name.label("product_name"),
        Product.id.label("product_id"),
        FulfillmentOrderLine.quantity,
        FulfillmentOrderLine.remaining,
        _ALLOCATED.label("allocated"),
        _ON_HAND.label("on_hand"),
    )
    .join(FulfillmentOrder, FulfillmentOrder.id == FulfillmentOrderLine.fulfillment_order_id)
    .join(SalesOrderLine, SalesOrderLine.id == FulfillmentOrderLine.sales_order_line_id)
    .join(Product, Product.id == SalesOrderLine.product_id)
    .where(FulfillmentOrder.id == sa.bindparam("fulfillment_order_id"))
    .order_by(FulfillmentOrderLine.id)
)
_ORDER = (
    sa.select(
        FulfillmentOrder.id,
        FulfillmentOrder.status,
        FulfillmentOrder.request_status,
        FulfillmentOrder.version,
        FulfillmentOrder.created_at,
        FulfillmentOrder.updated_at,
        FulfillmentOrder.sales_order_id,
        SalesOrder.order_number,
        SalesOrder.name.label("customer"),
        SalesOrder.shipping_method,
        Store.name.label("store"),
        Warehouse.name.label("warehouse"),
    )
    .join(SalesOrder, SalesOrder.id == FulfillmentOrder.sales_order_id)
    .join(Store, Store.id == SalesOrder.store_id)
    .join(Warehouse, Warehouse.id == FulfillmentOrder.warehouse_id)
)
_SHIPMENTS = (
    sa.select(
        Fulfillment.id,
        Fulfillment.fulfillment_number,
        Fulfillment.status,
        Fulfillment.fulfillment_type.label("type"),
        Fulfillment.unit_count,
        Fulfillment.carrier,
        Fulfillment.tracking_number,
        Fulfillment.voided_at,
        Fulfillment.created_at,
    )
    .where(Fulfillment.fulfillment_order_id == sa.bindparam("fulfillment_order_id"))
    .order_by(Fulfillment.id.desc())
    .limit(SHIPMENTS_SHOWN)
)
_LAST_WAY = (
    sa.select(
        Fulfillment.requested_shipping_method,
        Fulfillment.requested_shipping_method_manual,
        Fulfillment.provider_account_id,
        ProviderAccount.kind,
        ProviderAccount.name,
        ProviderAccount.is_enabled,
        ProviderAccount.circuit_open_until,
    )
    .join(ProviderAccount, ProviderAccount.id == Fulfillment.provider_account_id, isouter=True)
    .where(Fulfillment.fulfillment_order_id == sa.bindparam("fulfillment_order_id"))
    .order_by(Fulfillment.id.desc())
    .limit(1)
)
_ENABLED_ACCOUNTS = (
    sa.select(ProviderAccount.id, ProviderAccount.kind, ProviderAccount.name)
    .where(ProviderAccount.is_enabled)
    .order_by(ProviderAccount.kind, ProviderAccount.name)
)


@lru_cache(maxsize=64)
def _order_in(scope: Scope) -> sa.Select[*tuple[Any, ...]]:
    """Put together once for each scope: building it costs as much as asking it."""
    is_here = FulfillmentOrder.id == sa.bindparam("fulfillment_order_id")
    return _ORDER.where(is_here, scope.limit(FulfillmentOrder.warehouse_id))


def fulfillment_order(fulfillment_order_id: int, scope: Scope) -> FulfillmentOrderDetail:
    """The fulfillment order with this id; two statements. Raises NotFound when there is none in the scope."""
    if fulfillment_order_id > HIGHEST_ID:
        raise NotFound(NOT_HERE)
    values = {"fulfillment_order_id": fulfillment_order_id}
    connection = db.session.connection()
    row = connection.execute(_order_in(scope), values).mappings().one_or_none()
    if row is None:
        raise NotFound(NOT_HERE)
    return FulfillmentOrderDetail(
        **{
            **row,
            "status": FulfillmentOrderStatus(row["status"]),
            "request_status": FulfillmentOrderRequestStatus(row["request_status"]),
        },
        lines=_with_stock_shared(connection.execute(_LINES, values).mappings()),
    )


def shipments_of(fulfillment_order_id: int) -> list[OrderShipment]:
    """The newest shipments of a fulfillment order that the caller was allowed to read, newest first."""
    rows = db.session.connection().execute(_SHIPMENTS, {"fulfillment_order_id": fulfillment_order_id})
    return [
        OrderShipment(
            **{
                **row,
                "status": FulfillmentStatus(row["status"]),
                "type": FulfillmentType(row["type"]),
            }
        )
        for row in rows.mappings()
    ]


@dataclass(frozen=True)
class Usual:
    """What the Fulfil dialog proposes: how the order's last shipment went, voided or not."""

    shipping_method: str
    provider_account_id: int | None
    account_trouble: Trouble | None = None


def usual_way(order: FulfillmentOrderDetail) -> Usual:
    """How the newest shipment of this fulfillment order went; before the first, what the order asks for."""
    row = db.session.connection().execute(_LAST_WAY, {"fulfillment_order_id": order.id}).one_or_none()
    if row is None:
        return Usual(order.shipping_method, None)
    known, typed, account_id, kind, name, is_enabled, paused_until = row
    trouble = trouble_of(kind, name, is_enabled=is_enabled, paused_until=paused_until)
    return Usual(typed or known or order.shipping_method, account_id, trouble)


def accounts_that_create() -> list[tuple[int, str]]:
    """The provider accounts that take new orders now, with the names to choose them by."""
    rows = db.session.connection().execute(_ENABLED_ACCOUNTS)
    able = (row for row in rows if Capability.CREATE in capabilities_of(row.kind))
    return [(row.id, f"{label_of(row.kind)}: {row.name}") for row in able]


def _with_stock_shared(rows: Iterable[sa.RowMapping]) -> tuple[OrderLine, ...]:
    """The lines, each with what it can have of its product's units after the lines before it had theirs."""
    left: dict[int, int] = {}
    lines = []
    for row in rows:
        on_hand = left.setdefault(row["product_id"], row["on_hand"])
        fulfillable = min(row["remaining"], row["allocated"], on_hand)
        left[row["product_id"]] -= fulfillable
        lines.append(OrderLine(**row, fulfillable=fulfillable))
    return tuple(lines)
