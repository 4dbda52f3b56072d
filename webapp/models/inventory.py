"""Stock: cost layers, the append-only ledger of movements, and the promises made from stock."""

from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.schema import Base, Instant, Key, Money, append_only, now, one_of
from webapp.statuses import AllocationStatus, InventoryStatus, MovementType


class CostLayer(Base):
    """Units received together at one unit cost; shipping takes from the oldest layer first."""

    __tablename__ = "cost_layers"
    __table_args__ = (
        sa.Index(None, "product_id", "warehouse_id", "received_at", "id"),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        sa.CheckConstraint("remaining >= 0 AND remaining <= quantity", name="remaining_within_quantity"),
        sa.CheckConstraint("unit_cost >= 0", name="unit_cost_not_negative"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("products.id"))
    warehouse_id: Mapped[int] = mapped_column(sa.ForeignKey("warehouses.id"))
    quantity: Mapped[int] = mapped_column(sa.Integer)
    remaining: Mapped[int] = mapped_column(sa.Integer)
    unit_cost: Mapped[Decimal] = mapped_column(Money)
    received_at: Mapped[datetime] = mapped_column(Instant)


class InventoryMovement(Base):
    """One row of the ledger: never changed, never deleted, reversed at most once by its exact inverse."""

    __tablename__ = "inventory_movements"
    __table_args__ = (
        one_of("type", MovementType),
        one_of("inventory_status", InventoryStatus),
        sa.CheckConstraint("quantity <> 0", name="quantity_not_zero"),
        sa.CheckConstraint("reverses_id <> id", name="not_its_own_reversal"),
        # So that the movements of a shipment and of its lines are found by one index.
        sa.CheckConstraint(
            "fulfillment_line_id IS NULL OR fulfillment_id IS NOT NULL", name="line_names_its_shipment"
        ),
        sa.Index(None, "cost_layer_id"),
        sa.Index(None, "product_id", "warehouse_id", "inventory_status"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    type: Mapped[str] = mapped_column(sa.String(20))
    inventory_status: Mapped[str] = mapped_column(sa.String(20))
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("products.id"))
    warehouse_id: Mapped[int] = mapped_column(sa.ForeignKey("warehouses.id"))
    cost_layer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cost_layers.id"))
    quantity: Mapped[int] = mapped_column(sa.Integer)
    unit_cost: Mapped[Decimal] = mapped_column(Money)
    fulfillment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("fulfillments.id"), index=True)
    fulfillment_line_id: Mapped[int | None] = mapped_column(sa.ForeignKey("fulfillment_lines.id"))
    reference: Mapped[str] = mapped_column(sa.String(140), default="", server_default="")
    reverses_id: Mapped[int | None] = mapped_column(sa.ForeignKey("inventory_movements.id"), unique=True)
    occurred_at: Mapped[datetime] = mapped_column(Instant, default=now)


append_only(InventoryMovement)


class Allocation(Base):
    """A promise of stock to an order line; `fulfillment_line_id` is set while a live shipment holds the units."""

    __tablename__ = "allocations"
    __table_args__ = (
        one_of("status", AllocationStatus),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        sa.CheckConstraint(
            "(status = 'fulfilled') = (fulfillment_line_id IS NOT NULL)", name="fulfilled_names_its_line"
        ),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    sales_order_line_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_order_lines.id"))
    fulfillment_order_line_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("fulfillment_order_lines.id"), index=True
    )
    fulfillment_line_id: Mapped[int | None] = mapped_column(sa.ForeignKey("fulfillment_lines.id"), index=True)
    status: Mapped[str] = mapped_column(sa.String(20))
    quantity: Mapped[int] = mapped_column(sa.Integer)
