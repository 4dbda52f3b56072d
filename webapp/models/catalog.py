"""What shipments refer to and seldom changes: warehouses, sales channels and their stores, products."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.schema import Base, Key


class Warehouse(Base):
    __tablename__ = "warehouses"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120), unique=True)


class SalesChannel(Base):
    """Where orders come from and where tracking must be told; `type` names the platform (shopify, manual …)."""

    __tablename__ = "sales_channels"
    __table_args__ = (sa.UniqueConstraint("type", "name"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    type: Mapped[str] = mapped_column(sa.String(40))
    name: Mapped[str] = mapped_column(sa.String(120))
    provider_account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("provider_accounts.id"))
    takes_tracking: Mapped[bool] = mapped_column(default=False, server_default=sa.false())


class Store(Base):
    __tablename__ = "stores"
    __table_args__ = (sa.UniqueConstraint("sales_channel_id", "name"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    sales_channel_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_channels.id"))
    name: Mapped[str] = mapped_column(sa.String(120))


class Product(Base):
    __tablename__ = "products"
    __table_args__ = (sa.Index("ix_products_sku_lower", sa.text("lower(sku)")),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    sku: Mapped[str] = mapped_column(sa.String(120), unique=True)
    name: Mapped[str] = mapped_column(sa.String(255))
    description: Mapped[str] = mapped_column(sa.Text, default="", server_default="")
    nominal_code: Mapped[str] = mapped_column(sa.String(60), default="", server_default="")
