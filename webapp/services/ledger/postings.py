"""Units leave cost layers: from given layers first, then oldest layer first; each leaves one movement behind."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from webapp.models import CostLayer, InventoryMovement
from webapp.queries.prepared import Prepared
from webapp.statuses import InventoryStatus, MovementType

Place = tuple[int, int]
"""A product in a warehouse, by their ids."""

_LOCK_LAYERS = (
    sa.select(
        CostLayer.id,
        CostLayer.product_id,
        CostLayer.warehouse_id,
        CostLayer.remaining,
        CostLayer.unit_cost,
        CostLayer.received_at,
    )
    .where(
        sa.tuple_(CostLayer.product_id, CostLayer.warehouse_id).in_(sa.bindparam("places", expanding=True)),
        CostLayer.remaining > 0,
    )
    .order_by(CostLayer.id)
    .with_for_update()
)
_EMPTY_LAYERS = Prepared(
    sa.update(CostLayer)
    .values(remaining=CostLayer.remaining - sa.bindparam("units"))
    .where(CostLayer.id == sa.bindparam("layer_id"))
)
_INSERT = Prepared(
    sa.insert(InventoryMovement),
    columns=(
        "type",
        "inventory_status",
        "product_id",
        "warehouse_id",
        "cost_layer_id",
        "quantity",
        "unit_cost",
        "fulfillment_id",
        "fulfillment_line_id",
        "reference",
        "occurred_at",
    ),
)


@dataclass
class Layer:
    """A cost layer under its lock; `remaining` goes down while a plan is made."""

    id: int
    product_id: int
    warehouse_id: int
    remaining: int
    unit_cost: Decimal
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class Want:
    """Units that a shipment line takes; `given` names layers to take from first, with how many."""

    fulfillment_id: int
    line_id: int
    place: Place
    quantity: int
    reference: str
    given: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Posting:
    """Units of one layer for one line: a movement to be written."""

    want: Want
    layer: Layer
    quantity: int


class Stock:
    """The layers of some products and warehouses, from which units are taken in turn."""

    def __init__(self, layers: Iterable[Layer]) -> None:
        self._by_id: dict[int, Layer] = {}
        self._by_place: dict[Place, list[Layer]] = defaultdict(list)
        for layer in sorted(layers, key=lambda one: (one.received_at, one.id)):
            self._by_id[layer.id] = layer
            self._by_place[layer.product_id, layer.warehouse_id].append(layer)

    def available(self, place: Place) -> int:
        return sum(layer.remaining for layer in self._by_place[place])

    def take(self, want: Want) -> list[Posting]:
        """The units that are wanted, as far as they are there; the caller has asked `available` before."""
        postings: list[Posting] = []
        left = want.quantity
        given = [(self._by_id[id_], units) for id_, units in want.given if id_ in self._by_id]
        for layer, most in [*given, *((layer, left) for layer in self._by_place[want.place])]:
            units = min(layer.remaining, most, left)
            if units:
                layer.remaining -= units
                left -= units
                postings.append(Posting(want, layer, units))
        return postings


def lock_stock(connection: Connection, places: Collection[Place]) -> Stock:
    """Lock every layer of these products in these warehouses that still holds units."""
    if not places:
        return Stock([])
    rows = connection.execute(_LOCK_LAYERS, {"places": sorted(places)}).mappings()
    return Stock([Layer(**row) for row in rows])


def post(connection: Connection, postings: Iterable[Posting], moment: datetime) -> None:
    """Write the movements, and lower the layers by what they take."""
    units: dict[int, int] = defaultdict(int)
    movements = []
    for one in postings:
        units[one.layer.id] += one.quantity
        movements.append(
            {
                "type": MovementType.SALE.value,
                "inventory_status": InventoryStatus.AVAILABLE.value,
                "product_id": one.layer.product_id,
                "warehouse_id": one.layer.warehouse_id,
                "cost_layer_id": one.layer.id,
                "quantity": -one.quantity,
                "unit_cost": one.layer.unit_cost,
                "fulfillment_id": one.want.fulfillment_id,
                "fulfillment_line_id": one.want.line_id,
                "reference": one.want.reference,
                "occurred_at": moment,
            }
        )
    _EMPTY_LAYERS.run_many(connection, [{"layer_id": id_, "units": taken} for id_, taken in sorted(units.items())])
    _INSERT.run_many(connection, movements)
