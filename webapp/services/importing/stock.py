"""Stock for imported orders: received at the file's cost where new, taken oldest first where promised before."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from webapp.models import CostLayer
from webapp.services.importing.known_orders import in_ten_thousandths
from webapp.services.loading import layouts
from webapp.services.loading.ids import Ids
from webapp.services.loading.loader import Batch, WrittenAmounts
from webapp.services.loading.times import text_of_datetime
from webapp.statuses import InventoryStatus, MovementType

_PURCHASE, _AVAILABLE = MovementType.PURCHASE.value, InventoryStatus.AVAILABLE.value
REFERENCE = "Import"


@dataclass(slots=True)
class _Received:
    """One new layer: everything of a batch with the same product, warehouse and cost."""

    id: int
    received_at: datetime
    quantity: int = 0
    remaining: int = 0


@dataclass(slots=True)
class _Found:
    """One layer that was there before."""

    id: int
    unit_cost: int
    remaining: int
    is_changed: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """Units from one layer, at its cost in ten-thousandths."""

    layer_id: int
    unit_cost: int
    quantity: int


class StockRoom:
    """The stock of one batch."""

    def __init__(self, connection: sa.Connection, ids: Ids) -> None:
        self._connection = connection
        self._ids = ids
        self._received: dict[tuple[int, int, int], _Received] = {}
        self._found: dict[tuple[int, int], list[_Found]] = {}

    def receive(
        self, product_id: int, warehouse_id: int, unit_cost: int, quantity: int, *, at: datetime, leaves: bool
    ) -> Taken:
        """Units that arrive for an order; those that leave with a shipment at once do not remain."""
        key = (product_id, warehouse_id, unit_cost)
        layer = self._received.get(key)
        if layer is None:
            layer = self._received[key] = _Received(self._ids.next(layouts.COST_LAYERS), at)
        layer.received_at = min(layer.received_at, at)
        layer.quantity += quantity
        layer.remaining += 0 if leaves else quantity
        return Taken(layer.id, unit_cost, quantity)

    def take(self, product_id: int, warehouse_id: int, quantity: int) -> list[Taken]:
        """Units from the layers that are there, oldest first; fewer than asked for when they do not suffice."""
        taken: list[Taken] = []
        for layer in self._layers(product_id, warehouse_id):
            units = min(layer.remaining, quantity)
            if units:
                layer.remaining -= units
                layer.is_changed = True
                quantity -= units
                taken.append(Taken(layer.id, layer.unit_cost, units))
        return taken

    def _layers(self, product_id: int, warehouse_id: int) -> list[_Found]:
        key = (product_id, warehouse_id)
        if key not in self._found:
            statement = (
                sa.select(CostLayer.id, CostLayer.unit_cost, CostLayer.remaining)
                .where(
                    CostLayer.product_id == product_id,
                    CostLayer.warehouse_id == warehouse_id,
                    CostLayer.remaining > 0,
                )
                .order_by(CostLayer.received_at, CostLayer.id)
                .with_for_update()
            )
            self._found[key] = [
                _Found(number, in_ten_thousandths(cost) or 0, remaining)
                for number, cost, remaining in self._connection.execute(statement)
            ]
        return self._found[key]

    def write(self, batch: Batch, money: WrittenAmounts) -> None:
        """Add the new layers and their purchases to the batch, and lower the old ones."""
        for (product_id, warehouse_id, unit_cost), layer in self._received.items():
            at, cost = text_of_datetime(layer.received_at), money[unit_cost]
            batch[layouts.COST_LAYERS].append(
                (layer.id, product_id, warehouse_id, layer.quantity, layer.remaining, cost, at)
            )
            head = (self._ids.next(layouts.INVENTORY_MOVEMENTS), _PURCHASE, _AVAILABLE, product_id, warehouse_id)
            batch[layouts.INVENTORY_MOVEMENTS].append(
                (*head, layer.id, layer.quantity, cost, None, None, REFERENCE, None, at)
            )
        changed = [layer for layers in self._found.values() for layer in layers if layer.is_changed]
        if changed:
            self._connection.execute(
                sa.update(CostLayer)
                .where(CostLayer.id == sa.bindparam("layer"))
                .values(remaining=sa.bindparam("left")),
                [{"layer": layer.id, "left": layer.remaining} for layer in changed],
            )
