"""People: who may sign in, with which role, limited to which warehouses, and their open sessions."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.schema import JSON, Base, Instant, Key, now, one_of
from webapp.statuses import Role


class User(Base):
    """A person. `username` is stored in lower case; `preferences` holds columns, theme and the like."""

    __tablename__ = "users"
    __table_args__ = (
        one_of("role", Role),
        sa.CheckConstraint("username = lower(username)", name="username_lower_case"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    username: Mapped[str] = mapped_column(sa.String(80), unique=True)
    display_name: Mapped[str] = mapped_column(sa.String(120))
    password_hash: Mapped[str] = mapped_column(sa.String(255))
    role: Mapped[str] = mapped_column(sa.String(20))
    is_active: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    limited_to_warehouses: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    locale: Mapped[str] = mapped_column(sa.String(10), default="en_US", server_default="en_US")
    preferences: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(Instant, default=now)


class UserWarehouse(Base):
    """A warehouse a limited person may see; with `limited_to_warehouses` and no rows they see nothing."""

    __tablename__ = "user_warehouses"

    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(sa.ForeignKey("warehouses.id"), primary_key=True)


class UserSession(Base):
    """One signed-in browser; the cookie holds the token, the table only its SHA-256."""

    __tablename__ = "user_sessions"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    address: Mapped[str] = mapped_column(sa.String(60), default="", server_default="")
    user_agent: Mapped[str] = mapped_column(sa.String(255), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(Instant, default=now)
    last_seen_at: Mapped[datetime] = mapped_column(Instant, default=now)
