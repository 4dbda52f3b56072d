"""Provider accounts, the providers' copies of our shipments, and every exchange with the outside."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.schema import JSON, Base, Instant, Key, Money, append_only, now, one_of
from webapp.statuses import ActivityEvent, ExchangeOutcome, ProviderOrderState


class ProviderAccount(Base):
    """Where a provider is reached and how it is faring; credentials are encrypted, see services.credentials."""

    __tablename__ = "provider_accounts"
    __table_args__ = (sa.UniqueConstraint("kind", "name"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    name: Mapped[str] = mapped_column(sa.String(120))
    base_url: Mapped[str] = mapped_column(sa.String(255))
    credentials: Mapped[bytes] = mapped_column(sa.LargeBinary)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    is_enabled: Mapped[bool] = mapped_column(default=True, server_default=sa.true())
    consecutive_failures: Mapped[int] = mapped_column(sa.Integer, default=0, server_default="0")
    circuit_open_until: Mapped[datetime | None] = mapped_column(Instant)
    last_read_success_at: Mapped[datetime | None] = mapped_column(Instant)
    last_write_success_at: Mapped[datetime | None] = mapped_column(Instant)
    last_failure_at: Mapped[datetime | None] = mapped_column(Instant)
    last_failure_message: Mapped[str | None] = mapped_column(sa.String(500))
    version: Mapped[int] = mapped_column(sa.Integer, default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(Instant, default=now)
    updated_at: Mapped[datetime] = mapped_column(Instant, default=now)


class ProviderAccountChange(Base):
    """What somebody changed of an account: `changes` maps a name to [old, new] as text, of credentials only that.

    Accounts are no part of any shipment's history, so they have one of their own; rows are never changed.
    """

    __tablename__ = "provider_account_changes"
    __table_args__ = (one_of("event", (ActivityEvent.CREATED, ActivityEvent.UPDATED)),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    provider_account_id: Mapped[int] = mapped_column(sa.ForeignKey("provider_accounts.id"), index=True)
    event: Mapped[str] = mapped_column(sa.String(30))
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("users.id"))
    changes: Mapped[dict[str, Any]] = mapped_column(JSON)
    request_id: Mapped[str | None] = mapped_column(sa.String(40))
    occurred_at: Mapped[datetime] = mapped_column(Instant, default=now)


append_only(ProviderAccountChange)


class ProviderOrder(Base):
    """The provider's copy of one shipment, as last seen."""

    __tablename__ = "provider_orders"
    __table_args__ = (
        sa.UniqueConstraint("provider_account_id", "external_id"),
        one_of("state", ProviderOrderState),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    fulfillment_id: Mapped[int] = mapped_column(sa.ForeignKey("fulfillments.id"), index=True)
    provider_account_id: Mapped[int] = mapped_column(sa.ForeignKey("provider_accounts.id"))
    external_id: Mapped[str] = mapped_column(sa.String(120))
    external_number: Mapped[str] = mapped_column(sa.String(140))
    raw_status: Mapped[str] = mapped_column(sa.String(60), default="", server_default="")
    state: Mapped[str] = mapped_column(sa.String(20))
    tracking_number: Mapped[str | None] = mapped_column(sa.String(255))
    carrier: Mapped[str | None] = mapped_column(sa.String(60))
    service: Mapped[str | None] = mapped_column(sa.String(120))
    cost: Mapped[Decimal | None] = mapped_column(Money)
    shipped_at: Mapped[datetime | None] = mapped_column(Instant)
    url: Mapped[str | None] = mapped_column(sa.String(500))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(Instant, default=now)
    updated_at: Mapped[datetime] = mapped_column(Instant, default=now)


class ProviderExchange(Base):
    """One call to the outside and its answer, with secrets and personal data removed before it is stored."""

    __tablename__ = "provider_exchanges"
    __table_args__ = (one_of("outcome", ExchangeOutcome),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    provider_account_id: Mapped[int] = mapped_column(sa.ForeignKey("provider_accounts.id"), index=True)
    fulfillment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("fulfillments.id"), index=True)
    run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("runs.id"), index=True)
    operation: Mapped[str] = mapped_column(sa.String(60))
    method: Mapped[str] = mapped_column(sa.String(10))
    url: Mapped[str] = mapped_column(sa.String(1000))
    request_body: Mapped[str | None] = mapped_column(sa.Text)
    response_status: Mapped[int | None] = mapped_column(sa.Integer)
    response_body: Mapped[str | None] = mapped_column(sa.Text)
    duration_ms: Mapped[int] = mapped_column(sa.Integer)
    outcome: Mapped[str] = mapped_column(sa.String(20))
    message: Mapped[str] = mapped_column(sa.String(500), default="", server_default="")
    occurred_at: Mapped[datetime] = mapped_column(Instant, index=True)
