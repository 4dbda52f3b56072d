"""The inventory movements of a shipment: what left, from which layer, and what brought it back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from webapp.extensions import db
from webapp.models import CostLayer, InventoryMovement, Product, Warehouse
from webapp.queries.slices import Slice, slice_from, slice_of
from webapp.statuses import InventoryStatus, MovementType

PAGE_SIZE = 15


@dataclass(frozen=True)
class Movement:
    """One row of the ledger; `reversed_by_id` is the movement that undid it, `reverses_id` the one it undid."""

    id: int
    type: MovementType
    inventory_status: InventoryStatus
    quantity: int
    unit_cost: Decimal
    reference: str
    occurred_at: datetime
    sku: str
    product_name: str
    warehouse: str
    layer_id: int | None
    layer_received_at: datetime | None
    reverses_id: int | None
    reversed_by_id: int | None

    @property
    def came_back(self) -> bool:
        return self.quantity > 0

    @property
    def signed_quantity(self) -> str:
        """The quantity with its sign, the minus as it is printed."""
        return f"{self.quantity:+,}".replace("-", "\N{MINUS SIGN}")

    @property
    def words(self) -> str:
        """All that a search may find the row by."""
        return "\n".join((self.sku, self.product_name, self.reference)).casefold()


@dataclass(frozen=True)
class MovementFilter:
    """What is looked for: words in SKU, product or reference, or a movement's id; type, status, warehouse."""

    text: str = ""
    type: MovementType | None = None
    inventory_status: InventoryStatus | None = None
    warehouse_id: int | None = None

    def __bool__(self) -> bool:
        return self != MovementFilter()


_reversal = aliased(InventoryMovement)
_ROWS = (
    sa.select(
        InventoryMovement.id,
        InventoryMovement.type,
        InventoryMovement.inventory_status,
        InventoryMovement.quantity,
        InventoryMovement.unit_cost,
        InventoryMovement.reference,
        InventoryMovement.occurred_at,
        Product.sku,
        Product.name.label("product_name"),
        Warehouse.name.label("warehouse"),
        CostLayer.id.label("layer_id"),
        CostLayer.received_at.label("layer_received_at"),
        InventoryMovement.reverses_id,
        _reversal.id.label("reversed_by_id"),
    )
    .join(Product, Product.id == InventoryMovement.product_id)
    .join(Warehouse, Warehouse.id == InventoryMovement.warehouse_id)
    .join(CostLayer, CostLayer.id == InventoryMovement.cost_layer_id, isouter=True)
    .join(_reversal, _reversal.reverses_id == InventoryMovement.id, isouter=True)
    .order_by(InventoryMovement.id.desc())
)


def movements_of(fulfillment_id: int, wanted: MovementFilter, *, page: int) -> Slice[Movement]:
    """One page, newest first, of the movements of a shipment that the caller was allowed to read.

    A movement of one of its lines always names the shipment too (the schema sees to it). Words are looked for
    on this side, so that capital letters of every language count as their small ones on both databases.
    """
    statement = _ROWS.where(InventoryMovement.fulfillment_id == fulfillment_id, *_conditions(wanted))
    if not wanted.text:
        return slice_of(statement, page=page, size=PAGE_SIZE).map(_movement_from)
    return slice_from(_matching(statement, wanted.text), page=page, size=PAGE_SIZE)


def warehouses_in(fulfillment_id: int) -> list[tuple[int, str]]:
    """The warehouses that appear in the movements of a shipment, by name."""
    seen = sa.select(InventoryMovement.warehouse_id).where(InventoryMovement.fulfillment_id == fulfillment_id)
    statement = sa.select(Warehouse.id, Warehouse.name).where(Warehouse.id.in_(seen)).order_by(Warehouse.name)
    return [(id_, name) for id_, name in db.session.execute(statement)]


def _conditions(wanted: MovementFilter) -> Iterator[sa.ColumnElement[bool]]:
    if wanted.type:
        yield InventoryMovement.type == wanted.type.value
    if wanted.inventory_status:
        yield InventoryMovement.inventory_status == wanted.inventory_status.value
    if wanted.warehouse_id is not None:
        yield InventoryMovement.warehouse_id == wanted.warehouse_id


def _matching(statement: sa.Select[*tuple[Any, ...]], text: str) -> Iterator[Movement]:
    words = text.casefold().split()
    for row in db.session.execute(statement).mappings():
        found = _movement_from(row)
        is_by_id = text.removeprefix("#") == str(found.id)
        if is_by_id or all(word in found.words for word in words):
            yield found


def _movement_from(row: sa.RowMapping) -> Movement:
    return Movement(
        **{
            **row,
            "type": MovementType(row["type"]),
            "inventory_status": InventoryStatus(row["inventory_status"]),
        }
    )
