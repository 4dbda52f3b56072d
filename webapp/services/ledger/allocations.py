"""Allocations: promises of stock, held by the line of a live shipment or free for the next one.

Allocations of one fulfillment order line are alike: any of them may stand for any of its units.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from webapp.models import Allocation, FulfillmentLine
from webapp.queries.prepared import Prepared
from webapp.queries.sets_of_ids import among
from webapp.statuses import AllocationStatus

_FULFILLED, _ALLOCATED = AllocationStatus.FULFILLED.value, AllocationStatus.ALLOCATED.value
IS_HELD = Allocation.fulfillment_line_id.in_(
    sa.select(FulfillmentLine.id).where(among(FulfillmentLine.fulfillment_id))
)
"""The allocations that the shipments `ids` hold."""

_RELEASE = Prepared(sa.update(Allocation).values(status=_ALLOCATED, fulfillment_line_id=None).where(IS_HELD))
_LOCK_FREE = Prepared(
    sa.select(
        Allocation.id,
        Allocation.fulfillment_order_line_id,
        Allocation.sales_order_line_id,
        Allocation.quantity,
    )
    .where(among(Allocation.fulfillment_order_line_id), Allocation.status == _ALLOCATED)
    .order_by(Allocation.id)
    .with_for_update()
)
_HOLD = Prepared(
    sa.update(Allocation)
    .values(status=_FULFILLED, fulfillment_line_id=sa.bindparam("line_id"), quantity=sa.bindparam("units"))
    .where(Allocation.id == sa.bindparam("allocation_id"))
)
_SHORTEN = Prepared(
    sa.update(Allocation)
    .values(quantity=sa.bindparam("units"))
    .where(Allocation.id == sa.bindparam("allocation_id"))
)
_INSERT = Prepared(
    sa.insert(Allocation),
    columns=("sales_order_line_id", "fulfillment_order_line_id", "fulfillment_line_id", "status", "quantity"),
)


@dataclass
class Free:
    """An allocation nobody holds, and how many of its units are left while a plan is made."""

    id: int
    budget_id: int
    sales_order_line_id: int
    quantity: int


@dataclass(frozen=True)
class Hold:
    """A shipment line that takes units from a free allocation: all that are left of it, or a part."""

    allocation: Free
    line_id: int
    quantity: int
    is_whole: bool


def release(connection: Connection, fulfillment_ids: Collection[int]) -> None:
    """The allocations these shipments hold are free again; their fulfillment orders are locked."""
    _RELEASE.run(connection, ids=sorted(fulfillment_ids))


def lock_free(connection: Connection, budget_ids: Collection[int]) -> dict[int, list[Free]]:
    """The free allocations of these fulfillment order lines, by line."""
    free: dict[int, list[Free]] = defaultdict(list)
    for row in _LOCK_FREE.rows(connection, ids=sorted(budget_ids)):
        allocation = Free(*row)
        free[allocation.budget_id].append(allocation)
    return free


def choose(free: list[Free], line_id: int, quantity: int) -> list[Hold]:
    """Take so many units out of these, one that fits exactly before others; fewer when they do not suffice."""
    chosen: list[Hold] = []
    for allocation in sorted(free, key=lambda one: (one.quantity != quantity, one.id)):
        units = min(allocation.quantity, quantity)
        if units:
            chosen.append(Hold(allocation, line_id, units, is_whole=units == allocation.quantity))
            allocation.quantity -= units
            quantity -= units
    return chosen


def hold(connection: Connection, holds: Iterable[Hold]) -> None:
    """Mark exactly these units as fulfilled; an allocation of which units stay free is split."""
    whole: dict[int, dict[str, Any]] = {}
    parts: list[dict[str, Any]] = []
    split: dict[int, Free] = {}
    for one in holds:
        if one.is_whole:
            whole[one.allocation.id] = {
                "allocation_id": one.allocation.id,
                "line_id": one.line_id,
                "units": one.quantity,
            }
            continue
        split[one.allocation.id] = one.allocation
        parts.append(
            {
                "sales_order_line_id": one.allocation.sales_order_line_id,
                "fulfillment_order_line_id": one.allocation.budget_id,
                "fulfillment_line_id": one.line_id,
                "status": _FULFILLED,
                "quantity": one.quantity,
            }
        )
    kept = [{"allocation_id": id_, "units": free.quantity} for id_, free in split.items() if id_ not in whole]
    _SHORTEN.run_many(connection, kept)
    _HOLD.run_many(connection, list(whole.values()))
    _INSERT.run_many(connection, parts)
