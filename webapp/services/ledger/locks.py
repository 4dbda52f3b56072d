"""Locks, in the one order everybody keeps: fulfillments, fulfillment orders, their lines; each by id."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from webapp.database import not_waiting
from webapp.models import Fulfillment, FulfillmentOrder, FulfillmentOrderLine
from webapp.queries.prepared import Prepared
from webapp.queries.scope import Scope
from webapp.queries.sets_of_ids import among
from webapp.queries.standings import WIDTH, standing_from, standings_in
from webapp.queries.void_rules import Standing
from webapp.services.history import Head, Heads
from webapp.services.ledger.statements import LARGEST_SET, locks_rows

_LOCK_SHIPMENTS = Prepared(
    sa.select(Fulfillment.id).where(among(Fulfillment.id)).order_by(Fulfillment.id).with_for_update()
)
_LOCK_ORDERS = Prepared(
    sa.select(FulfillmentOrder.id)
    .where(FulfillmentOrder.id.in_(sa.select(Fulfillment.fulfillment_order_id).where(among(Fulfillment.id))))
    .order_by(FulfillmentOrder.id)
    .with_for_update(of=FulfillmentOrder)
)
_BUDGETS = Prepared(
    sa.select(FulfillmentOrderLine.id, FulfillmentOrderLine.fulfillment_order_id, FulfillmentOrderLine.remaining)
    .where(among(FulfillmentOrderLine.fulfillment_order_id))
    .order_by(FulfillmentOrderLine.id)
    .with_for_update()
)
_REMAINING = (
    sa.select(sa.func.coalesce(sa.func.sum(FulfillmentOrderLine.remaining), 0))
    .where(FulfillmentOrderLine.fulfillment_order_id == FulfillmentOrder.id)
    .correlate(FulfillmentOrder)
    .scalar_subquery()
)


@dataclass(frozen=True)
class Budget:
    """A line of a fulfillment order as it stands under its lock."""

    id: int
    fulfillment_order_id: int
    remaining: int


@dataclass(frozen=True)
class Locked:
    """A shipment that is locked, as is its fulfillment order: how it stands, and what a change of it goes on from.

    `remaining` are the units that its fulfillment order may still ship.
    """

    standing: Standing
    remaining: int
    head: Head
    order_head: Head


@lru_cache(maxsize=64)
def _locked_in(scope: Scope) -> Prepared:
    return Prepared(
        standings_in(scope).add_columns(
            _REMAINING,
            Fulfillment.history_length,
            Fulfillment.history_head,
            FulfillmentOrder.history_length,
            FulfillmentOrder.history_head,
        )
    )


def lock_shipments(
    connection: Connection, ids: Collection[int], scope: Scope, *, run_id: int | None = None
) -> list[Locked]:
    """Lock these shipments and their fulfillment orders, and say how they stand; none outside the scope.

    The first statements only lock: what the last one reads is then not older than the locks.
    """
    if len(ids) > LARGEST_SET:
        raise ValueError(f"At most {LARGEST_SET} shipments are changed in one transaction, not {len(ids)}.")
    wanted = sorted(ids)
    with not_waiting(connection):
        if locks_rows(connection):
            _LOCK_SHIPMENTS.run(connection, ids=wanted)
            _LOCK_ORDERS.run(connection, ids=wanted)
        rows = _locked_in(scope).rows(connection, ids=wanted, run_id=run_id or 0)
    locked = []
    for row in rows:
        remaining, length, head, order_length, order_head = row[WIDTH:]
        locked.append(Locked(standing_from(row), remaining, Head(length, head), Head(order_length, order_head)))
    return locked


def lock_budgets(connection: Connection, fulfillment_order_ids: Collection[int]) -> list[Budget]:
    """Lock the lines of these fulfillment orders, whose own locks are held."""
    return [Budget(*row) for row in _BUDGETS.rows(connection, ids=sorted(fulfillment_order_ids))]


def heads_of(locked: Iterable[Locked]) -> Heads:
    """Where the history of these shipments and of their fulfillment orders ends."""
    heads: Heads = {}
    for one in locked:
        heads[Fulfillment, one.standing.fulfillment_id] = one.head
        heads[FulfillmentOrder, one.standing.fulfillment_order_id] = one.order_head
    return heads
