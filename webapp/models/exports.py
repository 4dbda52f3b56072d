"""Exports: the files people asked for; the work itself is a run."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.schema import JSON, Base, Instant, Key, now


class Export(Base):
    __tablename__ = "exports"
    __table_args__ = (
        sa.Index(None, "owner_id", "id"),
        sa.CheckConstraint("format IN ('xlsx', 'csv', 'pdf')", name="format_known"),
        sa.CheckConstraint("mode IN ('summary', 'line_items', 'packing_slips')", name="mode_known"),
        sa.CheckConstraint("scope IN ('filtered', 'all', 'current_page', 'selected')", name="scope_known"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("runs.id"), unique=True)
    format: Mapped[str] = mapped_column(sa.String(10))
    mode: Mapped[str] = mapped_column(sa.String(20))
    scope: Mapped[str] = mapped_column(sa.String(20))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    file_name: Mapped[str] = mapped_column(sa.String(120))
    storage_key: Mapped[str | None] = mapped_column(sa.String(255))
    row_count: Mapped[int | None] = mapped_column(sa.BigInteger)
    byte_size: Mapped[int | None] = mapped_column(sa.BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant, default=now)
    expires_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
