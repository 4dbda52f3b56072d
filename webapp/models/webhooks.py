"""Where providers tell us that something happened, and what they have told already."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.schema import Base, Instant, Key, now

HASH_LENGTH = 64  # SHA-256 in hexadecimal.


class WebhookAddress(Base):
    """The secret address of one account: found by the hash of its token, which is kept encrypted to be shown."""

    __tablename__ = "webhook_addresses"

    provider_account_id: Mapped[int] = mapped_column(sa.ForeignKey("provider_accounts.id"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(HASH_LENGTH), unique=True)
    token: Mapped[bytes] = mapped_column(sa.LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant, default=now)


class WebhookDelivery(Base):
    """One notice, by the hash of what makes it itself; the same one again is recognised and does nothing."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        sa.UniqueConstraint("provider_account_id", "notice_hash"),
        sa.Index(
            "ix_webhook_deliveries_run_id",
            "run_id",
            postgresql_where=sa.text("run_id IS NOT NULL"),
            sqlite_where=sa.text("run_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    provider_account_id: Mapped[int] = mapped_column(sa.ForeignKey("provider_accounts.id"))
    notice_hash: Mapped[str] = mapped_column(sa.String(HASH_LENGTH))
    topic: Mapped[str] = mapped_column(sa.String(60), default="", server_default="")
    times: Mapped[int] = mapped_column(sa.Integer, default=1, server_default="1")
    run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("runs.id"))
    received_at: Mapped[datetime] = mapped_column(Instant, default=now, index=True)
