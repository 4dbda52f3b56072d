"""Fulfillments, which the staff call shipments: units that left, or are leaving, against a fulfillment order."""

from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.history_chain import HASH_LENGTH
from webapp.schema import Base, Instant, Key, Money, now, one_of
from webapp.statuses import OPEN_STATUSES, SHIPPED_STATUSES, FulfillmentStatus, FulfillmentType, ProviderOrderState

TRACKING_LENGTH = 255
VOID_REASON_LENGTH = 1000
COST_LIMIT = Decimal(100_000)


class Fulfillment(Base):
    """One shipment. `item_count` and `unit_count` repeat its lines, which never change once it exists.

    `status_before_void` and `request_status_before_void` (of its fulfillment order) are what a restore goes back
    to; `newest_sibling_at_void` is the highest id that a shipment of its fulfillment order had when it was voided:
    higher ones came after the void, whatever clocks say. `void_problem` says why the last void came to nothing.
    `polled_at` is when its provider was last asked by the clock, whatever the answer. `history_length` says how
    many history rows it has, and `history_head` is the hash of the newest; see models.history_chain.
    """

    __tablename__ = "fulfillments"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    sales_order_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_orders.id"))
    fulfillment_order_id: Mapped[int] = mapped_column(sa.ForeignKey("fulfillment_orders.id"), index=True)
    warehouse_id: Mapped[int] = mapped_column(sa.ForeignKey("warehouses.id"))
    provider_account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("provider_accounts.id"))
    sequence: Mapped[int] = mapped_column(sa.Integer)
    fulfillment_number: Mapped[str] = mapped_column(sa.String(140), unique=True)
    fulfillment_type: Mapped[str] = mapped_column(sa.String(20))
    status: Mapped[str] = mapped_column(sa.String(30))
    status_before_void: Mapped[str | None] = mapped_column(sa.String(30))
    request_status_before_void: Mapped[str | None] = mapped_column(sa.String(30))
    newest_sibling_at_void: Mapped[int | None] = mapped_column(Key)
    item_count: Mapped[int] = mapped_column(sa.Integer)
    unit_count: Mapped[int] = mapped_column(sa.Integer)
    backordered: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    merged_submission: Mapped[bool] = mapped_column(default=False, server_default=sa.false())

    requested_shipping_method: Mapped[str | None] = mapped_column(sa.String(120))
    requested_shipping_method_manual: Mapped[str | None] = mapped_column(sa.String(120))
    fulfilled_shipping_method: Mapped[str | None] = mapped_column(sa.String(120))
    fulfilled_shipping_method_manual: Mapped[str | None] = mapped_column(sa.String(120))
    carrier: Mapped[str | None] = mapped_column(sa.String(60))
    tracking_number: Mapped[str | None] = mapped_column(sa.String(TRACKING_LENGTH))
    tracking_key: Mapped[str | None] = mapped_column(sa.String(TRACKING_LENGTH))
    cost: Mapped[Decimal | None] = mapped_column(Money)

    provider_state: Mapped[str | None] = mapped_column(sa.String(20))
    provider_problem: Mapped[str | None] = mapped_column(sa.String(500))
    cancel_by_hand: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    channel_problem: Mapped[str | None] = mapped_column(sa.String(500))
    void_problem: Mapped[str | None] = mapped_column(sa.String(500))

    fulfilled_at: Mapped[datetime | None] = mapped_column(Instant)
    packing_slip_printed_at: Mapped[datetime | None] = mapped_column(Instant)
    submitted_to_sales_channel_at: Mapped[datetime | None] = mapped_column(Instant)
    last_synced_from_provider_at: Mapped[datetime | None] = mapped_column(Instant)
    last_synced_to_provider_at: Mapped[datetime | None] = mapped_column(Instant)
    polled_at: Mapped[datetime | None] = mapped_column(Instant)
    archived_at: Mapped[datetime | None] = mapped_column(Instant)
    voided_at: Mapped[datetime | None] = mapped_column(Instant)
    voided_by_user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    void_reason: Mapped[str | None] = mapped_column(sa.String(VOID_REASON_LENGTH))
    void_told_to_channel_at: Mapped[datetime | None] = mapped_column(Instant)

    history_length: Mapped[int] = mapped_column(sa.Integer, default=0, server_default="0")
    history_head: Mapped[bytes | None] = mapped_column(sa.LargeBinary(HASH_LENGTH))
    version: Mapped[int] = mapped_column(sa.Integer, default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(Instant, default=now)
    updated_at: Mapped[datetime] = mapped_column(Instant, default=now)


def status_among(statuses: tuple[FulfillmentStatus, ...]) -> sa.ColumnElement[bool]:
    """Status is one of these, written into the SQL as literals so that partial indexes can be used."""
    values: sa.BindParameter[list[str]] = sa.bindparam(
        None, [status.value for status in statuses], expanding=True, literal_execute=True
    )
    return Fulfillment.status.in_(values)


IS_VOIDED = Fulfillment.voided_at.is_not(None)
IS_NOT_VOIDED = Fulfillment.voided_at.is_(None)
IS_ARCHIVED = Fulfillment.archived_at.is_not(None)
IS_NOT_ARCHIVED = Fulfillment.archived_at.is_(None)
IS_ACTIVE = sa.and_(IS_NOT_VOIDED, IS_NOT_ARCHIVED)
IS_SHIPPED = status_among(SHIPPED_STATUSES)
IS_POLLED = status_among((*OPEN_STATUSES, FulfillmentStatus.FULFILLED_AWAITING_INFO))
IS_SUBMITTED = status_among((FulfillmentStatus.SUBMITTED,))
PROVIDER_IN_TROUBLE = sa.or_(
    Fulfillment.provider_problem.is_not(None),
    Fulfillment.provider_state.in_(
        sa.bindparam(
            None,
            [ProviderOrderState.EXCEPTION.value, ProviderOrderState.UNKNOWN.value],
            expanding=True,
            literal_execute=True,
        )
    ),
)
# What queries.listing.attention looks at more closely: everything it may report, and little else.
MAY_NEED_ATTENTION = (
    IS_NOT_ARCHIVED,
    sa.or_(
        PROVIDER_IN_TROUBLE,
        Fulfillment.cancel_by_hand.is_(sa.true()),
        Fulfillment.void_problem.is_not(None),
        sa.and_(
            IS_SHIPPED,
            sa.or_(Fulfillment.tracking_number.is_(None), Fulfillment.submitted_to_sales_channel_at.is_(None)),
        ),
        sa.and_(IS_SUBMITTED, Fulfillment.provider_account_id.is_not(None)),
    ),
)

SORTABLE = (
    "status",
    "fulfillment_type",
    "tracking_number",
    "cost",
    "fulfilled_at",
    "packing_slip_printed_at",
    "created_at",
    "updated_at",
)

_table = Base.metadata.tables["fulfillments"]
for _constraint in (
    sa.UniqueConstraint("sales_order_id", "sequence"),
    one_of("fulfillment_type", FulfillmentType),
    one_of("status", FulfillmentStatus),
    one_of("provider_state", ProviderOrderState),
    sa.CheckConstraint("sequence > 0", name="sequence_positive"),
    sa.CheckConstraint("item_count > 0 AND unit_count >= item_count", name="counts_positive"),
    sa.CheckConstraint("cost >= 0", name="cost_not_negative"),
    sa.CheckConstraint(f"length(tracking_number) <= {TRACKING_LENGTH}", name="tracking_number_length"),
    sa.CheckConstraint("(tracking_number IS NULL) = (tracking_key IS NULL)", name="tracking_key_present"),
    sa.CheckConstraint(f"length(void_reason) <= {VOID_REASON_LENGTH}", name="void_reason_length"),
    sa.CheckConstraint("voided_at IS NULL OR status = 'canceled'", name="voided_is_canceled"),
    sa.CheckConstraint("(voided_at IS NULL) = (status_before_void IS NULL)", name="void_remembers_status"),
    sa.CheckConstraint("voided_at IS NOT NULL OR void_reason IS NULL", name="reason_only_when_voided"),
    sa.CheckConstraint("voided_at IS NOT NULL OR voided_by_user_id IS NULL", name="voider_only_when_voided"),
):
    _table.append_constraint(_constraint)

# One index per sort key, with the id as its tie-breaker: every page of every sort is one index range.
for _key in SORTABLE:
    sa.Index(None, _table.c[_key], _table.c.id)
sa.Index(None, _table.c.warehouse_id, _table.c.id)
sa.Index(None, _table.c.tracking_key)
sa.Index("ix_fulfillments_active", _table.c.id, postgresql_where=IS_ACTIVE, sqlite_where=IS_ACTIVE)
sa.Index(
    "ix_fulfillments_shipped",
    _table.c.id,
    postgresql_where=sa.and_(IS_ACTIVE, IS_SHIPPED),
    sqlite_where=sa.and_(IS_ACTIVE, IS_SHIPPED),
)
sa.Index("ix_fulfillments_voided", _table.c.id, postgresql_where=IS_VOIDED, sqlite_where=IS_VOIDED)
sa.Index("ix_fulfillments_archived", _table.c.id, postgresql_where=IS_ARCHIVED, sqlite_where=IS_ARCHIVED)
sa.Index(
    "ix_fulfillments_attention",
    _table.c.id,
    postgresql_where=sa.and_(*MAY_NEED_ATTENTION),
    sqlite_where=sa.and_(*MAY_NEED_ATTENTION),
)


_IS_POLLED = sa.and_(IS_POLLED, _table.c.provider_account_id.is_not(None), IS_NOT_VOIDED, IS_NOT_ARCHIVED)
sa.Index(
    "ix_fulfillments_polled",
    _table.c.provider_account_id,
    _table.c.polled_at,
    _table.c.id,
    postgresql_where=_IS_POLLED,
    sqlite_where=_IS_POLLED,
)


class FulfillmentLine(Base):
    __tablename__ = "fulfillment_lines"
    __table_args__ = (
        sa.UniqueConstraint("fulfillment_id", "fulfillment_order_line_id"),
        sa.Index(None, "product_id", "fulfillment_id"),
        sa.Index(None, "quantity", "fulfillment_id"),
        sa.CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    fulfillment_id: Mapped[int] = mapped_column(sa.ForeignKey("fulfillments.id"))
    fulfillment_order_line_id: Mapped[int] = mapped_column(sa.ForeignKey("fulfillment_order_lines.id"), index=True)
    sales_order_line_id: Mapped[int] = mapped_column(sa.ForeignKey("sales_order_lines.id"), index=True)
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("products.id"))
    quantity: Mapped[int] = mapped_column(sa.Integer)


class FulfillmentSearchText(Base):
    """What the search box looks through, one lower-case row per shipment; see services.search_text."""

    __tablename__ = "fulfillment_search_texts"

    fulfillment_id: Mapped[int] = mapped_column(sa.ForeignKey("fulfillments.id"), primary_key=True)
    text: Mapped[str] = mapped_column(sa.Text)
