"""The next sync: which shipments sales channels are to be told of by the clock, a fair batch for each account."""

from typing import Any

import sqlalchemy as sa

from webapp.extensions import db, settings
from webapp.models import Fulfillment, ProviderAccount, Run, SalesChannel, SalesOrder, Store
from webapp.models.fulfillments import IS_ACTIVE, IS_SHIPPED, IS_VOIDED, MAY_NEED_ATTENTION
from webapp.models.runs import IS_UNFINISHED
from webapp.providers.registry import channel_kinds
from webapp.queries.channel import KNOWN_TO_CHANNEL, WAITING_IN_BULK
from webapp.queries.channel_state import told_since
from webapp.schema import now
from webapp.services import channel
from webapp.services.actors import SYSTEM
from webapp.statuses import RunKind

# For each account and minute. A submission takes about five calls and a shop allows some two a second, so half of
# the time is left for what people ask for; 600 an hour are more than such a warehouse ships.
BATCH = 10
_KINDS = (RunKind.SUBMIT_TO_CHANNEL.value, RunKind.TAKE_BACK_AT_CHANNEL.value)
_ACCOUNT = sa.bindparam("account", type_=ProviderAccount.id.type)
_SINCE = sa.bindparam("since", type_=Fulfillment.fulfilled_at.type)
_UNFINISHED = sa.select(Run.fulfillment_id).where(
    IS_UNFINISHED, Run.kind.in_(_KINDS), Run.fulfillment_id.is_not(None)
)


def request_due() -> int:
    """Ask for runs for the next shipments and voids of every account; returns how many. The caller commits.

    Safe to repeat and to run twice at once: what has an unfinished run gets no second one, and a batch begins only
    as far as the last one is done. What a channel refused waits for a person.
    """
    return sum(_request_of(account_id) for account_id in _accounts())


def _accounts() -> list[int]:
    """Accounts of channels that may be called now, in no order that would prefer one."""
    account, moment = ProviderAccount, now()
    paused = sa.and_(account.circuit_open_until.is_not(None), account.circuit_open_until > moment)
    return list(
        db.session.scalars(
            sa.select(account.id).where(
                account.kind.in_(sorted(channel_kinds())), account.is_enabled.is_(sa.true()), sa.not_(paused)
            )
        )
    )


def _request_of(account_id: int) -> int:
    values = {"account": account_id, "since": told_since(now(), settings().business_time_zone)}
    room = BATCH - len(db.session.scalars(_waiting(), values).all())
    asked = 0
    for due in (_shipped(), _voided()):
        if room > asked:
            ids = db.session.scalars(due.limit(room - asked), values).all()
            asked += sum(channel.request(id_, SYSTEM) is not None for id_ in ids)
    return asked


def _of_account(statement: sa.Select[Any]) -> sa.Select[Any]:
    return (
        statement.join(SalesOrder, SalesOrder.id == Fulfillment.sales_order_id)
        .join(Store, Store.id == SalesOrder.store_id)
        .join(SalesChannel, SalesChannel.id == Store.sales_channel_id)
        .where(SalesChannel.provider_account_id == _ACCOUNT, SalesChannel.takes_tracking.is_(sa.true()))
    )


def _waiting() -> sa.Select[Any]:
    runs = sa.select(Run.id).join(Fulfillment, Fulfillment.id == Run.fulfillment_id)
    return _of_account(runs).where(IS_UNFINISHED, Run.kind.in_(_KINDS))


def _shipped() -> sa.Select[Any]:
    """Shipped with tracking and not told, the oldest first; within the partial index of what needs attention.

    What the channel knows by another number is due however long ago it was shipped.
    """
    return (
        _of_account(sa.select(Fulfillment.id))
        .where(
            *MAY_NEED_ATTENTION,
            IS_ACTIVE,
            IS_SHIPPED,
            Fulfillment.tracking_number.is_not(None),
            Fulfillment.submitted_to_sales_channel_at.is_(None),
            Fulfillment.channel_problem.is_(None),
            sa.or_(Fulfillment.fulfilled_at > _SINCE, KNOWN_TO_CHANNEL),
            Fulfillment.id.not_in(_UNFINISHED),
            Fulfillment.id.not_in(WAITING_IN_BULK),
        )
        .order_by(Fulfillment.fulfilled_at, Fulfillment.id)
    )


def _voided() -> sa.Select[Any]:
    """Voided after the channel was told, which has not heard of that."""
    return (
        _of_account(sa.select(Fulfillment.id))
        .where(
            IS_VOIDED,
            Fulfillment.voided_at > _SINCE,
            sa.or_(Fulfillment.submitted_to_sales_channel_at.is_not(None), KNOWN_TO_CHANNEL),
            Fulfillment.void_told_to_channel_at.is_(None),
            Fulfillment.channel_problem.is_(None),
            Fulfillment.id.not_in(_UNFINISHED),
            Fulfillment.id.not_in(WAITING_IN_BULK),
        )
        .order_by(Fulfillment.voided_at, Fulfillment.id)
    )
