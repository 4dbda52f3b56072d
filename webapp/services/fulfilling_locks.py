"""The fulfillment order that is being fulfilled, with its lines, under their locks; its sales order comes last."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from webapp.errors import NotFound
from webapp.models import Fulfillment, FulfillmentOrder, FulfillmentOrderLine, Product, SalesOrder, SalesOrderLine
from webapp.queries.fulfilling import NOT_HERE
from webapp.queries.scope import Scope
from webapp.queries.sets_of_ids import among
from webapp.schema import HIGHEST_ID
from webapp.services.ledger.statements import run
from webapp.statuses import FulfillmentOrderRequestStatus, FulfillmentOrderStatus


@dataclass(frozen=True, kw_only=True)
class LockedLine:
    """A line of the fulfillment order: how many units are left of its budget, and of what."""

    id: int
    remaining: int
    sales_order_line_id: int
    product_id: int
    sku: str


@dataclass(frozen=True, kw_only=True)
class LockedOrder:
    """The fulfillment order as nobody else can change it now."""

    id: int
    status: FulfillmentOrderStatus
    request_status: FulfillmentOrderRequestStatus
    version: int
    sales_order_id: int
    warehouse_id: int
    lines: tuple[LockedLine, ...]

    @property
    def number(self) -> str:
        return f"FO-{self.id}"

    @property
    def remaining(self) -> int:
        return sum(line.remaining for line in self.lines)

    def without(self, quantities: Mapping[int, int]) -> "LockedOrder":
        """As it would be when so many units of these lines were shipped."""
        lines = tuple(replace(line, remaining=line.remaining - quantities.get(line.id, 0)) for line in self.lines)
        is_used_up = not any(line.remaining for line in lines)
        return replace(self, lines=lines, status=FulfillmentOrderStatus.CLOSED if is_used_up else self.status)


@dataclass(frozen=True)
class NextNumber:
    """The sequence of the next shipment of a sales order, its number, and the method the order asks for."""

    sequence: int
    text: str
    order_method: str


_ORDER = sa.select(
    FulfillmentOrder.id,
    FulfillmentOrder.status,
    FulfillmentOrder.request_status,
    FulfillmentOrder.version,
    FulfillmentOrder.sales_order_id,
    FulfillmentOrder.warehouse_id,
)
_LINES_OF = (
    sa.select(
        FulfillmentOrderLine.id,
        FulfillmentOrderLine.remaining,
        FulfillmentOrderLine.sales_order_line_id,
        Product.id.label("product_id"),
        Product.sku,
    )
    .join(SalesOrderLine, SalesOrderLine.id == FulfillmentOrderLine.sales_order_line_id)
    .join(Product, Product.id == SalesOrderLine.product_id)
    .order_by(FulfillmentOrderLine.id)
)
_LINES = _LINES_OF.where(FulfillmentOrderLine.fulfillment_order_id == sa.bindparam("order_id")).with_for_update(
    of=FulfillmentOrderLine
)
_LINES_OF_MANY = _LINES_OF.add_columns(FulfillmentOrderLine.fulfillment_order_id).where(
    among(FulfillmentOrderLine.fulfillment_order_id)
)
_SALES_ORDERS = sa.select(SalesOrder.id).where(among(SalesOrder.id)).order_by(SalesOrder.id).with_for_update()
_SALES_ORDER = (
    sa.select(SalesOrder.order_number, SalesOrder.shipping_method)
    .where(SalesOrder.id == sa.bindparam("sales_order_id"))
    .with_for_update()
)
_HIGHEST = sa.select(sa.func.max(Fulfillment.sequence)).where(
    Fulfillment.sales_order_id == sa.bindparam("sales_order_id")
)


@lru_cache(maxsize=64)
def _order_in(scope: Scope) -> sa.Select[*tuple[Any, ...]]:
    is_here = FulfillmentOrder.id == sa.bindparam("order_id")
    return _ORDER.where(is_here, scope.limit(FulfillmentOrder.warehouse_id)).with_for_update()


@lru_cache(maxsize=64)
def _orders_in(scope: Scope) -> sa.Select[*tuple[Any, ...]]:
    return _ORDER.where(among(FulfillmentOrder.id), scope.limit(FulfillmentOrder.warehouse_id))


def lock_order(fulfillment_order_id: int, scope: Scope) -> LockedOrder:
    """Lock the fulfillment order, then its lines by id. Raises NotFound when it is not in the scope."""
    if fulfillment_order_id > HIGHEST_ID:
        raise NotFound(NOT_HERE)
    row = run(_order_in(scope), order_id=fulfillment_order_id).mappings().one_or_none()
    if row is None:
        raise NotFound(NOT_HERE)
    lines = run(_LINES, order_id=fulfillment_order_id).mappings()
    return _order(row, [LockedLine(**line) for line in lines])


def orders_of(ids: Collection[int], scope: Scope) -> dict[int, LockedOrder]:
    """These fulfillment orders as they stand, by id: what the caller has locked, or would lock. Two statements."""
    lines: dict[int, list[LockedLine]] = defaultdict(list)
    for row in run(_LINES_OF_MANY, ids=sorted(ids)).mappings():
        values = dict(row)
        lines[values.pop("fulfillment_order_id")].append(LockedLine(**values))
    orders = run(_orders_in(scope), ids=sorted(ids)).mappings()
    return {row["id"]: _order(row, lines[row["id"]]) for row in orders}


def _order(row: sa.RowMapping, lines: Iterable[LockedLine]) -> LockedOrder:
    return LockedOrder(
        **{
            **row,
            "status": FulfillmentOrderStatus(row["status"]),
            "request_status": FulfillmentOrderRequestStatus(row["request_status"]),
        },
        lines=tuple(lines),
    )


def lock_sales_orders(ids: Collection[int]) -> None:
    """Lock the sales orders of several new shipments, after everything else."""
    run(_SALES_ORDERS, ids=sorted(ids))


def lock_next_number(sales_order_id: int) -> NextNumber:
    """Lock the sales order, the last lock of all, so that no other shipment of it takes the same number."""
    order_number, method = run(_SALES_ORDER, sales_order_id=sales_order_id).one()
    sequence = (run(_HIGHEST, sales_order_id=sales_order_id).scalar() or 0) + 1
    return NextNumber(sequence, f"{order_number}.{sequence}", method)
