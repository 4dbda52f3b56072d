"""Practice stock: goods received in cost layers before they are needed, promised oldest layer first."""

from collections.abc import Iterator
from random import Random

from webapp.services.loading import layouts
from webapp.services.loading.loader import Batch, WrittenAmounts
from webapp.services.loading.times import DAY, text_of
from webapp.services.seeding.catalog import Good
from webapp.statuses import InventoryStatus, MovementType

LAYERS_PER_GOOD = 8  # Deliveries of one product to one warehouse over the whole time.
SMALLEST_DELIVERY = 12
LARGEST_WAREHOUSE = 64  # More ids than warehouses, to make one number of product and warehouse.
_PURCHASE, _AVAILABLE = MovementType.PURCHASE.value, InventoryStatus.AVAILABLE.value


class Layer:
    """Units received together; `free` are promised to nobody, `remaining` have not left."""

    __slots__ = ("free", "id", "product_id", "quantity", "received_at", "remaining", "unit_cost", "warehouse_id")

    def __init__(
        self, number: int, product_id: int, warehouse_id: int, *, quantity: int, unit_cost: int, received_at: int
    ) -> None:
        self.id = number
        self.product_id = product_id
        self.warehouse_id = warehouse_id
        self.quantity = self.remaining = self.free = quantity
        self.unit_cost = unit_cost
        self.received_at = received_at


Taken = list[tuple[Layer, int]]


class Stock:
    """Promises units to order lines and receives more when a layer is used up."""

    def __init__(
        self, batch: Batch, money: WrittenAmounts, random: Random, movement_ids: Iterator[int], expected: int
    ) -> None:
        """`expected`: units of one product that one warehouse will ship, on average."""
        self._movements = batch[layouts.INVENTORY_MOVEMENTS]
        self._layers = batch[layouts.COST_LAYERS]
        self._money = money
        self._random = random.random
        self._movement_ids = movement_ids
        self._delivery = max(SMALLEST_DELIVERY, expected // LAYERS_PER_GOOD)
        self._current: dict[int, Layer] = {}
        self._all: list[Layer] = []

    def promise(self, good: Good, warehouse_id: int, quantity: int, at: int) -> Taken:
        """Units for an order of this moment, from one layer or from the end of one and the start of the next."""
        key = good.id * LARGEST_WAREHOUSE + warehouse_id
        layer = self._current.get(key)
        if layer is not None and layer.free >= quantity:
            layer.free -= quantity
            return [(layer, quantity)]
        taken: Taken = []
        if layer is not None and layer.free:
            taken.append((layer, layer.free))
            quantity -= layer.free
            layer.free = 0
        fresh = self._receive(good, warehouse_id, quantity, at, layer)
        self._current[key] = fresh
        fresh.free -= quantity
        taken.append((fresh, quantity))
        return taken

    def _receive(self, good: Good, warehouse_id: int, at_least: int, at: int, before: Layer | None) -> Layer:
        random = self._random
        size = max(int(self._delivery * (0.5 + random())), at_least)
        received_at = at - int((1 + 9 * random()) * DAY)
        if before is not None:
            received_at = min(max(received_at, before.received_at + 60), at)
        unit_cost = int(good.cost * (0.92 + 0.2 * random()))
        layer = Layer(
            len(self._all) + 1,
            good.id,
            warehouse_id,
            quantity=size,
            unit_cost=unit_cost,
            received_at=received_at,
        )
        self._all.append(layer)
        reference = f"PO-{4_000 + layer.id}"
        self._movements.append(
            (
                next(self._movement_ids),
                _PURCHASE,
                _AVAILABLE,
                good.id,
                warehouse_id,
                layer.id,
                size,
                self._money[unit_cost],
                None,
                None,
                reference,
                None,
                text_of(received_at),
            )
        )
        return layer

    def write(self) -> None:
        """Add the layers to the batch as they stand at the end."""
        self._layers.extend(
            (
                layer.id,
                layer.product_id,
                layer.warehouse_id,
                layer.quantity,
                layer.remaining,
                self._money[layer.unit_cost],
                text_of(layer.received_at),
            )
            for layer in self._all
        )
