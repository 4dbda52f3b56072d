"""Budgets: the units a fulfillment order may still ship, and whether it is open."""

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from webapp.models import FulfillmentLine, FulfillmentOrder, FulfillmentOrderLine
from webapp.queries.prepared import Prepared
from webapp.queries.sets_of_ids import among
from webapp.services.history import Heads
from webapp.services.ledger.entries import OrderState
from webapp.statuses import FulfillmentOrderStatus

HELD = (
    sa.select(
        FulfillmentLine.fulfillment_order_line_id.label("budget_id"),
        sa.func.sum(FulfillmentLine.quantity).label("quantity"),
    )
    .where(among(FulfillmentLine.fulfillment_id))
    .group_by(FulfillmentLine.fulfillment_order_line_id)
    .subquery("held")
)
"""What the shipments `ids` hold of each budget."""
_GIVE_BACK = Prepared(
    sa.update(FulfillmentOrderLine)
    .values(remaining=FulfillmentOrderLine.remaining + HELD.c.quantity)
    .where(FulfillmentOrderLine.id == HELD.c.budget_id)
)
_USE_UP = Prepared(
    sa.update(FulfillmentOrderLine)
    .values(remaining=FulfillmentOrderLine.remaining - HELD.c.quantity)
    .where(FulfillmentOrderLine.id == HELD.c.budget_id)
)
_CHANGED = {
    "request_status": sa.bindparam("requested", type_=FulfillmentOrder.request_status.type),
    "version": FulfillmentOrder.version + 1,
    "updated_at": sa.bindparam("moment", type_=FulfillmentOrder.updated_at.type),
}
_BECOME = Prepared(
    sa.update(FulfillmentOrder)
    .values(
        status=sa.bindparam("state"),
        history_length=sa.bindparam("length"),
        history_head=sa.bindparam("head"),
        **_CHANGED,
    )
    .where(FulfillmentOrder.id == sa.bindparam("order_id"))
)
_IS_USED_UP = ~sa.exists().where(
    FulfillmentOrderLine.fulfillment_order_id == FulfillmentOrder.id, FulfillmentOrderLine.remaining > 0
).correlate(FulfillmentOrder)
_SETTLE = Prepared(
    sa.update(FulfillmentOrder)
    .values(
        status=sa.case(
            (_IS_USED_UP, FulfillmentOrderStatus.CLOSED.value), else_=FulfillmentOrderStatus.OPEN.value
        ),
        **_CHANGED,
    )
    .where(FulfillmentOrder.id == sa.bindparam("order_id"))
)


def give_back(connection: Connection, fulfillment_ids: Collection[int]) -> None:
    """Give the budgets back what these shipments hold; their fulfillment orders are locked."""
    _GIVE_BACK.run(connection, ids=sorted(fulfillment_ids))


def use_up(connection: Connection, fulfillment_ids: Collection[int]) -> None:
    """Lower the budgets by what these shipments hold; their fulfillment orders are locked."""
    _USE_UP.run(connection, ids=sorted(fulfillment_ids))


def take(
    connection: Connection, fulfillment_ids: Collection[int], request_statuses: Mapping[int, str], moment: datetime
) -> None:
    """Lower the budgets by what these shipments hold; a fulfillment order closes when nothing remains.

    `request_statuses` names every fulfillment order of the shipments with the request status it is to have.
    """
    use_up(connection, fulfillment_ids)
    orders = sorted(request_statuses.items())
    _SETTLE.run_many(
        connection, [{"order_id": id_, "requested": status, "moment": moment} for id_, status in orders]
    )


def become(connection: Connection, states: Mapping[int, OrderState], heads: Heads, moment: datetime) -> None:
    """Let the fulfillment orders with these ids be as said, and store where their history ends."""
    _BECOME.run_many(
        connection,
        [
            {
                "order_id": id_,
                "state": state.status.value,
                "requested": state.request_status,
                "length": heads[FulfillmentOrder, id_].length,
                "head": heads[FulfillmentOrder, id_].hash,
                "moment": moment,
            }
            for id_, state in sorted(states.items())
        ],
    )
