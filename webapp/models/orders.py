"""Sales orders: what the customer bought, where it goes, what its lines cost."""

from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.schema import Base, Instant, Key, Money, now, one_of
from webapp.statuses import SalesOrderFulfillmentStatus, SalesOrderStatus


class AddressColumns:
    """The parts of a postal address, as the channel wrote them; empty text where a part is missing."""

    name: Mapped[str] = mapped_column(sa.String(255), default="", server_default="")
    company: Mapped[str] = mapped_column(sa.String(255), default="", server_default="")
    email: Mapped[str] = mapped_column(sa.String(255), default="", server_default="")
    phone: Mapped[str] = mapped_column(sa.String(60), default="", server_default="")
    address1: Mapped[str] = mapped_column(sa.String(255), default="", server_default="")
    address2: Mapped[str] = mapped_column(sa.String(255), default="", server_default="")
    city: Mapped[str] = mapped_column(sa.String(120), default="", server_default="")
    province: Mapped[str] = mapped_column(sa.String(120), default="", server_default="")
    province_code: Mapped[str] = mapped_column(sa.String(20), default="", server_default="")
    zip: Mapped[str] = mapped_column(sa.String(40), default="", server_default="")
    country: Mapped[str] = mapped_column(sa.String(120), default="", server_default="")
    country_code: Mapped[str] = mapped_column(sa.String(2), default="", server_default="")


class SalesOrder(AddressColumns, Base):
    """The order; its own address columns are the customer and the shipping address."""

    __tablename__ = "sales_orders"
    __table_args__ = (
        one_of("status", SalesOrderStatus),
        one_of("fulfillment_status", SalesOrderFulfillmentStatus),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    order_number: Mapped[str] = mapped_column(sa.String(120), unique=True)
    store_id: Mapped[int] = mapped_column(sa.ForeignKey("stores.id"), index=True)
    customer_reference: Mapped[str] = mapped_column(sa.String(120), default="", server_default="")
    status: Mapped[str] = mapped_column(sa.String(20))
    fulfillment_status: Mapped[str] = mapped_column(sa.String(30))
    shipping_method: Mapped[str] = mapped_column(sa.String(120), default="", server_default="")
    ordered_at: Mapped[datetime] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant, default=now)
    updated_at: Mapped[datetime] = mapped_column(Instant, default=now)


class BillingAddress(AddressColumns, Base):
    """The billing address of an order, kept only where it differs from the shipping address."""

    __tablename__ = "billing_addresses"

    sales_order_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_orders.id"), primary_key=True)


class SalesOrderTag(Base):
    __tablename__ = "sales_order_tags"
    __table_args__ = (sa.Index(None, "tag", "sales_order_id"),)

    sales_order_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_orders.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(sa.String(60), primary_key=True)


class SalesOrderLine(Base):
    __tablename__ = "sales_order_lines"
    __table_args__ = (sa.CheckConstraint("quantity > 0", name="quantity_positive"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    sales_order_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_orders.id"), index=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("products.id"))
    quantity: Mapped[int] = mapped_column(sa.Integer)
    unit_price: Mapped[Decimal | None] = mapped_column(Money, index=True)


class LineFinancials(Base):
    """The financial record of an order line: the cost of goods of its whole quantity, from the cost layers."""

    __tablename__ = "line_financials"
    __table_args__ = (sa.CheckConstraint("cost_of_goods >= 0", name="cost_not_negative"),)

    sales_order_line_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_order_lines.id"), primary_key=True)
    cost_of_goods: Mapped[Decimal] = mapped_column(Money)
