"""Fulfillment orders: the intent that one warehouse ships these units; each line is a quantity budget."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.history_chain import HASH_LENGTH
from webapp.schema import Base, Instant, Key, now, one_of
from webapp.statuses import FulfillmentOrderRequestStatus, FulfillmentOrderStatus


class FulfillmentOrder(Base):
    __tablename__ = "fulfillment_orders"
    __table_args__ = (
        one_of("status", FulfillmentOrderStatus),
        one_of("request_status", FulfillmentOrderRequestStatus),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    sales_order_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_orders.id"), index=True)
    warehouse_id: Mapped[int] = mapped_column(sa.ForeignKey("warehouses.id"))
    status: Mapped[str] = mapped_column(sa.String(20))
    request_status: Mapped[str] = mapped_column(sa.String(30))
    history_length: Mapped[int] = mapped_column(sa.Integer, default=0, server_default="0")
    history_head: Mapped[bytes | None] = mapped_column(sa.LargeBinary(HASH_LENGTH))
    version: Mapped[int] = mapped_column(sa.Integer, default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(Instant, default=now)
    updated_at: Mapped[datetime] = mapped_column(Instant, default=now)

    @property
    def number(self) -> str:
        return f"FO-{self.id}"


class FulfillmentOrderLine(Base):
    """A budget: `remaining` of `quantity` units may still be shipped."""

    __tablename__ = "fulfillment_order_lines"
    __table_args__ = (
        sa.UniqueConstraint("fulfillment_order_id", "sales_order_line_id"),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
        sa.CheckConstraint("remaining >= 0 AND remaining <= quantity", name="remaining_within_quantity"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    fulfillment_order_id: Mapped[int] = mapped_column(sa.ForeignKey("fulfillment_orders.id"))
    sales_order_line_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_order_lines.id"), index=True)
    quantity: Mapped[int] = mapped_column(sa.Integer)
    remaining: Mapped[int] = mapped_column(sa.Integer)
