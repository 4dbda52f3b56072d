"""The lines of a shipment with what their goods cost."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

import sqlalchemy as sa

from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import Fulfillment, FulfillmentLine, LineFinancials, Product, SalesOrderLine
from webapp.queries.prepared import Prepared
from webapp.queries.scope import Scope

_PLACES = Decimal("0.0001")


@dataclass(frozen=True)
class Line:
    """One line; `unit_cost` is the cost of goods of one unit, `total` that of the units of this line."""

    id: int
    quantity: int
    unit_cost: Decimal
    sku: str
    product_name: str
    product_id: int
    total: Decimal


_LINES = (
    sa.select(
        FulfillmentLine.id,
        FulfillmentLine.quantity,
        Product.sku,
        Product.name,
        Product.id.label("product_id"),
        SalesOrderLine.quantity.label("ordered"),
        LineFinancials.cost_of_goods,
    )
    .join(Fulfillment, Fulfillment.id == FulfillmentLine.fulfillment_id)
    .join(Product, Product.id == FulfillmentLine.product_id)
    .join(SalesOrderLine, SalesOrderLine.id == FulfillmentLine.sales_order_line_id)
    .join(LineFinancials, LineFinancials.sales_order_line_id == SalesOrderLine.id, isouter=True)
    .order_by(FulfillmentLine.id)
)


@lru_cache(maxsize=64)
def _lines_in(scope: Scope) -> Prepared:
    """Put together once for each scope: building it costs as much as asking it."""
    return Prepared(_LINES.where(Fulfillment.id == sa.bindparam("fulfillment_id"), scope.limit()))


def lines_of(fulfillment_id: int, scope: Scope) -> list[Line]:
    """The lines of a shipment, in their order; raises NotFound when it is not in the scope.

    The financial record of an order line holds the cost of its whole quantity. A shipment bears the share of
    the units it ships, to four places, half up; without a record the cost is 0.
    """
    rows = _lines_in(scope).named(db.session.connection(), fulfillment_id=fulfillment_id)
    if not rows:  # A shipment without lines cannot exist.
        raise NotFound("There is no such shipment, or it belongs to a warehouse you do not see.")
    return [
        Line(
            id=row.id,
            quantity=row.quantity,
            unit_cost=share(row.cost_of_goods, 1, row.ordered),
            sku=row.sku,
            product_name=row.name,
            product_id=row.product_id,
            total=share(row.cost_of_goods, row.quantity, row.ordered),
        )
        for row in rows
    ]


def share(cost_of_goods: Decimal | None, quantity: int, ordered: int) -> Decimal:
    """The cost of `quantity` units when `ordered` units cost `cost_of_goods` together."""
    if cost_of_goods is None:
        return Decimal(0)
    return (cost_of_goods * quantity / ordered).quantize(_PLACES, ROUND_HALF_UP)
