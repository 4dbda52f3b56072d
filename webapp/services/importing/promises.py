"""Open allocations of known budgets: which of them a new shipment fulfils, and what that changes."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from webapp.models import Allocation
from webapp.statuses import AllocationStatus

_CLOSED = (AllocationStatus.FULFILLED.value, AllocationStatus.CANCELLED.value)


@dataclass(slots=True)
class _Promise:
    id: int
    is_backed: bool
    quantity: int


@dataclass(frozen=True, slots=True)
class Fulfilled:
    """`backed`: units that stock was promised for. `to_add`: units that no existing row stands for yet."""

    backed: int
    to_add: int


class Promises:
    """The open allocations of one batch, by budget; changes are written by `write`."""

    def __init__(self, connection: sa.Connection, budget_ids: Collection[int]) -> None:
        self._connection = connection
        self._open: dict[int, list[_Promise]] = defaultdict(list)
        self._fulfilled: list[dict[str, Any]] = []
        self._reduced: list[dict[str, Any]] = []
        statement = (
            sa.select(Allocation.fulfillment_order_line_id, Allocation.id, Allocation.status, Allocation.quantity)
            .where(Allocation.fulfillment_order_line_id.in_(budget_ids), Allocation.status.not_in(_CLOSED))
            .order_by(Allocation.id)
            .with_for_update()
        )
        if budget_ids:
            for budget_id, number, status, quantity in connection.execute(statement):
                is_backed = status == AllocationStatus.ALLOCATED.value
                self._open[budget_id or 0].append(_Promise(number, is_backed, quantity))

    def fulfil(self, budget_id: int | None, line_id: int, quantity: int) -> Fulfilled:
        """Let a shipment's line hold these units of the budget, whole allocations first come first served."""
        backed = whole = 0
        left = quantity
        for promise in self._open.get(budget_id or 0, ()):
            units = min(promise.quantity, left)
            if not units:
                continue
            left -= units
            backed += units if promise.is_backed else 0
            promise.quantity -= units
            if promise.quantity:
                self._reduced.append({"promise": promise.id, "left": promise.quantity})
            else:
                whole += units
                self._fulfilled.append({"promise": promise.id, "line": line_id, "units": units})
        return Fulfilled(backed, quantity - whole)

    def write(self) -> None:
        """Change the allocations; the shipment lines must be in the database by now."""
        if self._reduced:
            self._connection.execute(
                sa.update(Allocation)
                .where(Allocation.id == sa.bindparam("promise"))
                .values(quantity=sa.bindparam("left")),
                self._reduced,
            )
        if self._fulfilled:
            self._connection.execute(
                sa.update(Allocation)
                .where(Allocation.id == sa.bindparam("promise"))
                .values(
                    status=AllocationStatus.FULFILLED.value,
                    fulfillment_line_id=sa.bindparam("line"),
                    quantity=sa.bindparam("units"),
                ),
                self._fulfilled,
            )
