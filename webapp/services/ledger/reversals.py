"""The exact inverse of recorded movements: never recomputed from lines, and each written at most once."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from webapp.models import CostLayer, InventoryMovement
from webapp.queries.prepared import Prepared
from webapp.queries.sets_of_ids import among
from webapp.services.ledger.statements import locks_rows

_reversal = aliased(InventoryMovement)
LIVE = (
    among(InventoryMovement.fulfillment_id),
    # Not IS NULL: SQLite takes that for a rare value and walks through half of the ledger in its unique index.
    sa.func.coalesce(InventoryMovement.reverses_id, 0) == 0,
    ~sa.exists().where(_reversal.reverses_id == InventoryMovement.id).correlate(InventoryMovement),
)
"""The movements of the shipments `ids` that stand: originals which nothing has reversed."""

_COPIED = (
    InventoryMovement.type,
    InventoryMovement.inventory_status,
    InventoryMovement.product_id,
    InventoryMovement.warehouse_id,
    InventoryMovement.cost_layer_id,
    InventoryMovement.unit_cost,
    InventoryMovement.fulfillment_id,
    InventoryMovement.fulfillment_line_id,
    InventoryMovement.reference,
)
_INSERT = Prepared(
    sa.insert(InventoryMovement).from_select(
        [*(column.key for column in _COPIED), "quantity", "reverses_id", "occurred_at"],
        sa.select(
            *_COPIED,
            -InventoryMovement.quantity,
            InventoryMovement.id,
            sa.bindparam("moment", type_=InventoryMovement.occurred_at.type),
        )
        .where(*LIVE)
        .order_by(InventoryMovement.id),
        include_defaults=False,
    )
)
_LOCK_LAYERS = Prepared(
    sa.select(CostLayer.id)
    .where(CostLayer.id.in_(sa.select(InventoryMovement.cost_layer_id).where(*LIVE)))
    .order_by(CostLayer.id)
    .with_for_update()
)
_taken = (
    sa.select(InventoryMovement.cost_layer_id, sa.func.sum(InventoryMovement.quantity).label("quantity"))
    .where(*LIVE)
    .group_by(InventoryMovement.cost_layer_id)
    .subquery("taken")
)
_FILL_LAYERS = Prepared(
    sa.update(CostLayer)
    .values(remaining=CostLayer.remaining - _taken.c.quantity)
    .where(CostLayer.id == _taken.c.cost_layer_id)
)


def reverse(connection: Connection, fulfillment_ids: Collection[int], moment: datetime) -> None:
    """Write the inverse of every movement of these shipments that stands, and give the layers their units back.

    The shipments are locked by the caller. Adds stock, so it is never refused for want of stock.
    """
    ids = sorted(fulfillment_ids)
    if locks_rows(connection):
        _LOCK_LAYERS.run(connection, ids=ids)
    _FILL_LAYERS.run(connection, ids=ids)  # Before the inverses are there: afterwards nothing stands any more.
    _INSERT.run(connection, ids=ids, moment=moment)
