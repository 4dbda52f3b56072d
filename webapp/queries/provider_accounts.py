"""One provider account as administrators see it: what it says of itself, its history, its tests."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import (
    Fulfillment,
    ProviderAccount,
    ProviderAccountChange,
    ProviderExchange,
    SalesChannel,
    User,
)
from webapp.models.fulfillments import IS_ACTIVE, IS_POLLED
from webapp.providers.account_kinds import AccountKind
from webapp.providers.registry import account_kind_of, channel_kinds, label_of
from webapp.schema import HIGHEST_ID
from webapp.statuses import ActivityEvent, ExchangeOutcome

NOT_HERE = "There is no such provider account."
CHANGES_SHOWN, TESTS_SHOWN = 50, 10
LOOKED_AT = 2_000  # Of a busy account's calls; looking for tests among all of a month would take seconds.
OPEN_COUNTED = 1_000  # Enough to say that it is many.
_LABELS = {
    "name": "Name",
    "base_url": "Address",
    "is_enabled": "In use",
    "sales_channels": "Sales channels",
    "notice_address": "Address for notices",
    "notice_secret": "Secret of notices",
}


@dataclass(frozen=True)
class Channel:
    """A sales channel that an account may speak for."""

    id: int
    name: str


@dataclass(frozen=True, kw_only=True)
class AccountDetail:
    """What is stored of an account; `credentials` are encrypted, see services.credentials."""

    id: int
    kind: str
    name: str
    base_url: str
    credentials: bytes
    settings: Mapping[str, Any]
    is_enabled: bool
    version: int
    channels: tuple[Channel, ...]

    @property
    def label(self) -> str:
        return label_of(self.kind)

    @property
    def account_kind(self) -> AccountKind | None:
        return account_kind_of(self.kind)

    @property
    def is_channel(self) -> bool:
        return self.kind in channel_kinds()


@dataclass(frozen=True)
class Difference:
    """One thing that was changed, as text; None for nothing."""

    label: str
    old: str | None
    new: str | None


@dataclass(frozen=True, kw_only=True)
class ChangeRow:
    """One entry of an account's history."""

    id: int
    event: ActivityEvent
    actor_name: str | None
    occurred_at: datetime
    differences: tuple[Difference, ...]


@dataclass(frozen=True, kw_only=True)
class TestRow:
    """One call that tested an account."""

    id: int
    operation: str
    response_status: int | None
    duration_ms: int
    outcome: ExchangeOutcome
    message: str
    occurred_at: datetime
    request_body: str | None
    response_body: str | None
    method: str
    url: str


def account_of(account_id: int) -> AccountDetail:
    """Raises NotFound."""
    account = db.session.get(ProviderAccount, account_id) if account_id <= HIGHEST_ID else None
    if account is None:
        raise NotFound(NOT_HERE)
    return AccountDetail(
        id=account.id,
        kind=account.kind,
        name=account.name,
        base_url=account.base_url,
        credentials=account.credentials,
        settings=account.settings,
        is_enabled=account.is_enabled,
        version=account.version,
        channels=tuple(_channels(SalesChannel.provider_account_id == account.id)),
    )


def channels_for(kind: str, account_id: int | None) -> tuple[Channel, ...]:
    """The sales channels that an account of this kind may speak for: those without one, and its own."""
    if kind not in channel_kinds():
        return ()
    of_account = SalesChannel.provider_account_id
    return tuple(_channels(SalesChannel.type == kind, sa.or_(of_account.is_(None), of_account == account_id)))


def changes_of(account_id: int, *, count: int = CHANGES_SHOWN) -> list[ChangeRow]:
    """The newest changes of an account, newest first."""
    kind = db.session.scalar(sa.select(ProviderAccount.kind).where(ProviderAccount.id == account_id))
    labels = _labels(account_kind_of(kind or ""))
    change = ProviderAccountChange
    rows = db.session.execute(
        sa.select(change.id, change.event, User.display_name, change.occurred_at, change.changes)
        .join(User, User.id == change.actor_id, isouter=True)
        .where(change.provider_account_id == account_id)
        .order_by(change.id.desc())
        .limit(max(min(count, CHANGES_SHOWN), 0))
    )
    return [
        ChangeRow(
            id=row.id,
            event=ActivityEvent(row.event),
            actor_name=row.display_name,
            occurred_at=row.occurred_at,
            differences=tuple(
                Difference(labels.get(name, name), old, new) for name, (old, new) in sorted(row.changes.items())
            ),
        )
        for row in rows
    ]


def tests_of(account_id: int) -> list[TestRow]:
    """The newest calls that tested an account by hand, newest first: those about no shipment and of no run.

    Only the account's newest 2,000 calls are looked through.
    """
    kept = ProviderExchange
    newest = (
        sa.select(kept.id)
        .where(kept.provider_account_id == account_id)
        .order_by(kept.id.desc())
        .limit(LOOKED_AT)
        .subquery()
    )
    rows = db.session.execute(
        sa.select(*(getattr(kept, name) for name in TestRow.__dataclass_fields__))
        .join(newest, newest.c.id == kept.id)
        .where(kept.fulfillment_id.is_(None), kept.run_id.is_(None))
        .order_by(kept.id.desc())
        .limit(TESTS_SHOWN)
    )
    return [TestRow(**{**row._asdict(), "outcome": ExchangeOutcome(row.outcome)}) for row in rows]


def open_shipments_of(account_id: int) -> int:
    """How many open shipments are with an account, counted up to a thousand."""
    some = (
        sa.select(Fulfillment.id)
        .where(Fulfillment.provider_account_id == account_id, IS_ACTIVE, IS_POLLED)
        .limit(OPEN_COUNTED)
        .subquery()
    )
    return db.session.scalar(sa.select(sa.func.count()).select_from(some)) or 0


def _channels(*conditions: sa.ColumnElement[bool]) -> Iterator[Channel]:
    rows = db.session.execute(
        sa.select(SalesChannel.id, SalesChannel.name).where(*conditions).order_by(SalesChannel.name)
    )
    return (Channel(row.id, row.name) for row in rows)


def _labels(kind: AccountKind | None) -> dict[str, str]:
    if kind is None:
        return _LABELS
    return (
        _LABELS
        | {f"credentials.{one.name}": one.label for one in kind.credentials}
        | {f"settings.{one.name}": one.label for one in kind.settings}
    )
