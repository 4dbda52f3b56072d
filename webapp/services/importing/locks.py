"""What an import locks of known orders, in the one order everybody keeps; see services.ledger.locks.

Shipments, fulfillment orders and their lines here, before anything that is decided on is read; then allocations
(promises.py), cost layers (stock.py), and the sales orders last, when they are written. Each by id.
"""

from collections.abc import Collection

import sqlalchemy as sa

from webapp.models import Fulfillment, FulfillmentOrder, FulfillmentOrderLine, SalesOrder
from webapp.queries.sets_of_ids import among

_SHIPMENTS = (
    sa.select(Fulfillment.id)
    .where(among(Fulfillment.sales_order_id))
    .order_by(Fulfillment.id)
    .with_for_update(of=Fulfillment)
)
_INTENTS = (
    sa.select(FulfillmentOrder.id)
    .where(among(FulfillmentOrder.sales_order_id))
    .order_by(FulfillmentOrder.id)
    .with_for_update(of=FulfillmentOrder)
)
_BUDGETS = (
    sa.select(FulfillmentOrderLine.id)
    .where(among(FulfillmentOrderLine.fulfillment_order_id))
    .order_by(FulfillmentOrderLine.id)
    .with_for_update(of=FulfillmentOrderLine)
)


def lock_orders(connection: sa.Connection, numbers: Collection[str]) -> None:
    """Let nobody else change the shipments and the fulfillment orders of these sales orders until the commit."""
    known = sa.select(SalesOrder.id).where(SalesOrder.order_number.in_(numbers))
    ids = list(connection.scalars(known))
    if not ids:
        return
    connection.execute(_SHIPMENTS, {"ids": ids})
    intents = list(connection.scalars(_INTENTS, {"ids": ids}))
    connection.execute(_BUDGETS, {"ids": intents})
