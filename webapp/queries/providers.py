"""How the provider accounts are faring."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from webapp.extensions import db
from webapp.models import ProviderAccount, ProviderExchange
from webapp.providers.notices import can_be_heard
from webapp.providers.registry import label_of
from webapp.queries.waiting_work import waiting
from webapp.schema import now
from webapp.statuses import AccountHealth, ExchangeOutcome

RECENT = timedelta(hours=24)  # A day: long enough to see a pattern, short enough that last week's outage is gone.


@dataclass(frozen=True, kw_only=True)
class ProviderAccountRow:
    """One account with its health and the shipments that wait for it; nothing of its credentials."""

    id: int
    kind_label: str
    can_be_heard: bool
    name: str
    base_url: str
    health: AccountHealth
    consecutive_failures: int
    paused_until: datetime | None
    last_read_success_at: datetime | None
    last_write_success_at: datetime | None
    last_failure_at: datetime | None
    last_failure_message: str | None
    recent_calls: int
    recent_failures: int
    waiting: int


def accounts() -> list[ProviderAccountRow]:
    """All accounts by kind and name, each with its calls of the last 24 hours."""
    moment = now()
    statement, work = _statement(moment).order_by(ProviderAccount.kind, ProviderAccount.name), waiting()
    return [_row(row, moment, work[row.id]) for row in db.session.execute(statement)]


def account(account_id: int) -> ProviderAccountRow:
    """One of them. Raises NoResultFound."""
    moment = now()
    row = db.session.execute(_statement(moment).where(ProviderAccount.id == account_id)).one()
    return _row(row, moment, waiting()[account_id])


def _statement(moment: datetime) -> sa.Select[*tuple[Any, ...]]:
    calls = (
        sa.select(
            ProviderExchange.provider_account_id,
            sa.func.count().label("made"),
            sa.func.count().filter(ProviderExchange.outcome != ExchangeOutcome.CONFIRMED.value).label("failed"),
        )
        .where(ProviderExchange.occurred_at > moment - RECENT)
        .group_by(ProviderExchange.provider_account_id)
        .subquery()
    )
    return sa.select(
        ProviderAccount.id,
        ProviderAccount.kind,
        ProviderAccount.name,
        ProviderAccount.base_url,
        ProviderAccount.is_enabled,
        ProviderAccount.consecutive_failures,
        ProviderAccount.circuit_open_until,
        ProviderAccount.last_read_success_at,
        ProviderAccount.last_write_success_at,
        ProviderAccount.last_failure_at,
        ProviderAccount.last_failure_message,
        sa.func.coalesce(calls.c.made, 0).label("made"),
        sa.func.coalesce(calls.c.failed, 0).label("failed"),
    ).join(calls, calls.c.provider_account_id == ProviderAccount.id, isouter=True)


def _row(row: sa.Row[*tuple[Any, ...]], moment: datetime, work: int) -> ProviderAccountRow:
    paused_until = row.circuit_open_until
    return ProviderAccountRow(
        id=row.id,
        kind_label=label_of(row.kind),
        can_be_heard=can_be_heard(row.kind),
        name=row.name,
        base_url=row.base_url,
        health=_health(row, moment),
        consecutive_failures=row.consecutive_failures,
        paused_until=paused_until if paused_until and paused_until > moment else None,
        last_read_success_at=row.last_read_success_at,
        last_write_success_at=row.last_write_success_at,
        last_failure_at=row.last_failure_at,
        last_failure_message=row.last_failure_message,
        recent_calls=row.made,
        recent_failures=row.failed,
        waiting=work,
    )


def _health(row: sa.Row[*tuple[Any, ...]], moment: datetime) -> AccountHealth:
    if not row.is_enabled:
        return AccountHealth.DISABLED
    if row.circuit_open_until and row.circuit_open_until > moment:
        return AccountHealth.PAUSED
    if row.consecutive_failures:
        return AccountHealth.FAILING
    if row.last_read_success_at or row.last_write_success_at:
        return AccountHealth.WORKING
    return AccountHealth.NOT_USED
