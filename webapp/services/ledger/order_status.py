"""What a sales order's shipments make of its status; the same rule as the import and the invariants."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from webapp.models import Fulfillment, FulfillmentLine, SalesOrder, SalesOrderLine
from webapp.models.fulfillments import IS_NOT_VOIDED
from webapp.queries.prepared import Prepared
from webapp.queries.sets_of_ids import among
from webapp.services.ledger.statements import locks_rows
from webapp.statuses import (
    OPEN_STATUSES,
    SalesOrderFulfillmentStatus,
    SalesOrderStatus,
)

_OUT_OF_SYNC = SalesOrderFulfillmentStatus.OUT_OF_SYNC.value
_WHOLE = SalesOrderFulfillmentStatus.FULFILLED.value
_MORE_THAN_WHOLE = SalesOrderFulfillmentStatus.OVER_FULFILLED.value
_SETTLED = [SalesOrderStatus.OPEN.value, SalesOrderStatus.CLOSED.value]
_LOCK = Prepared(sa.select(SalesOrder.id).where(among(SalesOrder.id)).order_by(SalesOrder.id).with_for_update())

_held = (
    sa.select(FulfillmentLine.sales_order_line_id, sa.func.sum(FulfillmentLine.quantity).label("quantity"))
    .join(Fulfillment, Fulfillment.id == FulfillmentLine.fulfillment_id)
    .where(among(Fulfillment.sales_order_id), IS_NOT_VOIDED)
    .group_by(FulfillmentLine.sales_order_line_id)
    .subquery("held")
)
_in_shipments = sa.func.coalesce(_held.c.quantity, 0)
_totals = (
    sa.select(
        SalesOrderLine.sales_order_id,
        sa.case(
            (sa.func.max(_in_shipments - SalesOrderLine.quantity) > 0, _MORE_THAN_WHOLE),
            (sa.func.sum(_in_shipments) == 0, SalesOrderFulfillmentStatus.UNFULFILLED.value),
            (
                sa.func.sum(_in_shipments) < sa.func.sum(SalesOrderLine.quantity),
                SalesOrderFulfillmentStatus.PARTIALLY_FULFILLED.value,
            ),
            else_=_WHOLE,
        ).label("expected"),
    )
    .join(_held, _held.c.sales_order_line_id == SalesOrderLine.id, isouter=True)
    .where(among(SalesOrderLine.sales_order_id))
    .group_by(SalesOrderLine.sales_order_id)
    .subquery("totals")
)
_IS_ON_ITS_WAY = (
    sa.exists()
    .where(
        Fulfillment.sales_order_id == SalesOrder.id,
        IS_NOT_VOIDED,
        Fulfillment.status.in_([status.value for status in OPEN_STATUSES]),
    )
    .correlate(SalesOrder)
)
_REFRESH = Prepared(
    sa.update(SalesOrder)
    .values(
        fulfillment_status=sa.case(
            (SalesOrder.fulfillment_status == _OUT_OF_SYNC, _OUT_OF_SYNC), else_=_totals.c.expected
        ),
        status=sa.case(
            (
                sa.or_(SalesOrder.status.not_in(_SETTLED), _totals.c.expected == _MORE_THAN_WHOLE),
                SalesOrder.status,
            ),
            (sa.and_(_totals.c.expected == _WHOLE, ~_IS_ON_ITS_WAY), SalesOrderStatus.CLOSED.value),
            else_=SalesOrderStatus.OPEN.value,
        ),
        updated_at=sa.bindparam("moment", type_=SalesOrder.updated_at.type),
    )
    .where(SalesOrder.id == _totals.c.sales_order_id)
)


def refresh(connection: Connection, sales_order_ids: Collection[int], moment: datetime) -> None:
    """Work out the status of these orders anew, after their shipments have changed; the last lock taken.

    An order that is out of sync stays so, and so does a draft. An order is closed when it is whole and none of its
    shipments is still on its way out, and open otherwise.
    """
    ids = sorted(sales_order_ids)
    if locks_rows(connection):
        # On its own, so that the statement that adds up sees what whoever held the lock before has committed.
        _LOCK.run(connection, ids=ids)
    _REFRESH.run(connection, ids=ids, moment=moment)
