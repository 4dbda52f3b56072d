"""The activity log: who changed what, when, from what to what; written with the change, and never changed."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.history_chain import HASH_LENGTH
from webapp.schema import JSON, Base, Instant, Key, append_only, now, one_of
from webapp.statuses import ActivityEvent, ActivitySubject


class Activity(Base):
    """One history row. `changes` maps a field to [old, new] as text; an empty actor is the system itself.

    Its chain is its shipment's when it names one, else its fulfillment order's; see models.history_chain.
    """

    __tablename__ = "activities"
    __table_args__ = (
        one_of("event", ActivityEvent),
        one_of("subject_type", ActivitySubject),
        sa.CheckConstraint("chain_position > 0", name="chain_position_positive"),
        sa.CheckConstraint(f"length(hash) = {HASH_LENGTH}", name="hash_length"),
        # A position is taken once: of two writers who both believe to be next, one is refused.
        sa.Index("uq_activities_fulfillment_id_chain_position", "fulfillment_id", "chain_position", unique=True),
        sa.Index(
            "uq_activities_fulfillment_order_id_chain_position",
            "fulfillment_order_id",
            "chain_position",
            unique=True,
            postgresql_where=sa.text("fulfillment_id IS NULL"),
            sqlite_where=sa.text("fulfillment_id IS NULL"),
        ),
        sa.Index(
            "ix_activities_fulfillment_order_id_id",
            "fulfillment_order_id",
            "id",
            postgresql_where=sa.text("fulfillment_order_id IS NOT NULL"),
            sqlite_where=sa.text("fulfillment_order_id IS NOT NULL"),
        ),
        sa.Index(
            "ix_activities_run_id",
            "run_id",
            postgresql_where=sa.text("run_id IS NOT NULL"),
            sqlite_where=sa.text("run_id IS NOT NULL"),
        ),
        sa.CheckConstraint(
            "fulfillment_id IS NOT NULL OR fulfillment_order_id IS NOT NULL", name="belongs_somewhere"
        ),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    fulfillment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("fulfillments.id"))
    fulfillment_order_id: Mapped[int | None] = mapped_column(sa.ForeignKey("fulfillment_orders.id"))
    subject_type: Mapped[str] = mapped_column(sa.String(30))
    subject_id: Mapped[int] = mapped_column(Key)
    event: Mapped[str] = mapped_column(sa.String(30))
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    changes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    note: Mapped[str] = mapped_column(sa.String(1000), default="", server_default="")
    request_id: Mapped[str | None] = mapped_column(sa.String(40))
    run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("runs.id"))
    occurred_at: Mapped[datetime] = mapped_column(Instant, default=now)
    chain_position: Mapped[int] = mapped_column(sa.Integer)
    hash: Mapped[bytes] = mapped_column(sa.LargeBinary(HASH_LENGTH))


append_only(Activity)
