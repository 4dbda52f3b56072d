"""The warehouse limit of a person: every query that reads or locks shipments takes one."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from webapp.models import Fulfillment


@dataclass(frozen=True)
class Scope:
    """The warehouses someone may see; None means all of them, an empty set means none."""

    warehouse_ids: frozenset[int] | None = None

    def limit(self, column: InstrumentedAttribute[int] = Fulfillment.warehouse_id) -> sa.ColumnElement[bool]:
        """The condition to put beside every other one."""
        if self.warehouse_ids is None:
            return sa.true()
        return column.in_(sorted(self.warehouse_ids))

    def allows(self, warehouse_id: int) -> bool:
        return self.warehouse_ids is None or warehouse_id in self.warehouse_ids


EVERYWHERE = Scope()
"""For the system itself: jobs, commands, and people without a limit."""
