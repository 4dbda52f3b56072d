"""Stock for imported orders: received at the file's cost where new, taken oldest first where promised before."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from webapp.models import CostLayer
from webapp.queries.sets_of_ids import among
from webapp.services.importing.known_orders import in_ten_thousandths
from webapp.services.loading import layouts
from webapp.services.loading.ids import Ids
from webapp.services.loading.loader import Batch, WrittenAmounts
from webapp.services.loading.times import text_of_datetime
from webapp.statuses import InventoryStatus, MovementType

_PURCHASE, _AVAILABLE = MovementType.PURCHASE.value, InventoryStatus.AVAILABLE.value
REFERENCE = "Import"
Place = tuple[int, int]
"""A product in a warehouse, by their ids."""

_LAYERS = (
    sa.select(
        CostLayer.id,
        CostLayer.product_id,
        CostLayer.warehouse_id,
        CostLayer.unit_cost,
        CostLayer.remaining,
        CostLayer.received_at,
    )
    .where(
        among(CostLayer.product_id, "products"),
        among(CostLayer.warehouse_id, "warehouses"),
        CostLayer.remaining > 0,
    )
    .order_by(CostLayer.id)
    .with_for_update()
)


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
    """The stock of one batch, of which nothing that was there before may be taken until it is locked."""

    def __init__(self, connection: sa.Connection, ids: Ids) -> None:
        self._connection = connection
        self._ids = ids
        self._received: dict[tuple[int, int, int], _Received] = {}
        self._found: dict[Place, list[_Found]] = defaultdict(list)

    def lock(self, places: Collection[Place]) -> None:
        """Lock every layer with units of these products in these warehouses, all of them by id."""
        if not places:
            return
        products, warehouses = ({place[part] for place in places} for part in (0, 1))
        found = self._connection.execute(_LAYERS, {"products": products, "warehouses": warehouses})
        for layer in sorted(found, key=lambda layer: (layer.received_at, layer.id)):
            stored = _Found(layer.id, in_ten_thousandths(layer.unit_cost) or 0, layer.remaining)
            self._found[layer.product_id, layer.warehouse_id].append(stored)

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
        for layer in self._found[product_id, warehouse_id]:
            units = min(layer.remaining, quantity)
            if units:
                layer.remaining -= units
                layer.is_changed = True
                quantity -= units
                taken.append(Taken(layer.id, layer.unit_cost, units))
        return taken

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
