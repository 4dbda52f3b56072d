"""Saved views: a named list state, personal or shared; and which view a person or a role starts with."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.schema import JSON, Base, Instant, Key, now, one_of
from webapp.statuses import Role


class SavedView(Base):
    __tablename__ = "saved_views"
    __table_args__ = (sa.UniqueConstraint("owner_id", "name"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(sa.String(80))
    is_shared: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    state: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    version: Mapped[int] = mapped_column(sa.Integer, default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(Instant, default=now)
    updated_at: Mapped[datetime] = mapped_column(Instant, default=now)


class DefaultView(Base):
    """The view a person, or everyone with a role, starts with; a person's own choice comes first."""

    __tablename__ = "default_views"
    __table_args__ = (
        one_of("role", Role),
        sa.UniqueConstraint("user_id"),
        sa.UniqueConstraint("role"),
        sa.CheckConstraint("(user_id IS NULL) <> (role IS NULL)", name="person_or_role"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    saved_view_id: Mapped[int] = mapped_column(sa.ForeignKey("saved_views.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    role: Mapped[str | None] = mapped_column(sa.String(20))
