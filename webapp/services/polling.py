"""Asking providers by the clock how open orders stand: in batches that are fair to every shipment and leave room.

A batch is a run over its shipments like one that a person asks for, so a worker that dies leaves nothing undone
and nothing done twice. Whatever was asked longest ago comes first, also when the answer was an error.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from webapp.extensions import db
from webapp.models import Fulfillment, ProviderAccount, ProviderOrder, Run, RunItem
from webapp.models.fulfillments import IS_ACTIVE, IS_POLLED
from webapp.models.runs import IS_UNFINISHED
from webapp.providers.base import Capability
from webapp.providers.registry import capabilities_of
from webapp.queue import enqueue_after_commit
from webapp.schema import Instant, now
from webapp.statuses import FulfillmentStatus, RunKind

KIND = RunKind.BULK_RESYNC_FROM
PAUSES = {
    FulfillmentStatus.SUBMITTED: timedelta(minutes=30),
    FulfillmentStatus.ACKNOWLEDGED: timedelta(minutes=20),
    FulfillmentStatus.PICKED: timedelta(minutes=10),
    FulfillmentStatus.PACKED: timedelta(minutes=5),
    FulfillmentStatus.AWAITING_PICKUP: timedelta(minutes=5),
    FulfillmentStatus.FULFILLED_AWAITING_INFO: timedelta(minutes=15),
}
"""How long a shipment is left alone after it was asked about: the nearer to shipping, the shorter."""

# Shipments a minute. ShipStation allows 40 calls a minute, an order takes three, and half are left for people.
PACE = 6
# ShipHero gives back 60 credits a second, of which one order costs about 110: again about half of them.
PACES = {"shiphero": 15}
PACE_SETTING = "polls_a_minute"
_APART = {"synchronize_session": False}


def request_due() -> int:
    """Ask for one run for each account with shipments that are due; returns how many. Commits for each account.

    An account that is switched off, paused, or still being asked has no further run, so that two schedulers at
    once ask for no more than one.
    """
    made = 0
    for account_id, kind, settings in _accounts():
        made += _request(account_id, _pace(kind, settings))
        db.session.commit()
    return made


def _accounts() -> list[tuple[int, str, Mapping[str, Any]]]:
    account = ProviderAccount
    is_open = sa.or_(account.circuit_open_until.is_(None), account.circuit_open_until <= now())
    rows = db.session.execute(
        sa.select(account.id, account.kind, account.settings)
        .where(account.is_enabled, is_open)
        .order_by(account.id)
    ).all()
    db.session.commit()
    return [
        (row.id, row.kind, row.settings) for row in rows if Capability.RESYNC_FROM in capabilities_of(row.kind)
    ]


def _pace(kind: str, settings: Mapping[str, Any]) -> int:
    asked = settings.get(PACE_SETTING)
    return asked if isinstance(asked, int) and asked >= 0 else PACES.get(kind, PACE)


def _request(account_id: int, pace: int) -> bool:
    """Lock the account, so that of two schedulers the second sees the run of the first."""
    locked = sa.select(ProviderAccount.id).where(ProviderAccount.id == account_id).with_for_update()
    if db.session.scalar(locked) is None or _is_being_asked(account_id):
        return False
    ids = _due(account_id, pace)
    if not ids:
        return False
    run = Run(kind=KIND.value, total=len(ids), parameters={"polled_account_id": account_id})
    db.session.add(run)
    db.session.flush()
    db.session.execute(sa.insert(RunItem), [{"run_id": run.id, "fulfillment_id": id_} for id_ in ids])
    asked = sa.update(Fulfillment).where(Fulfillment.id.in_(ids)).values(polled_at=now())
    db.session.execute(asked, execution_options=_APART)
    enqueue_after_commit(KIND, run.id)
    return True


def _is_being_asked(account_id: int) -> bool:
    unfinished = sa.select(Run.parameters).where(
        Run.kind == KIND.value, Run.requested_by_id.is_(None), IS_UNFINISHED
    )
    return any(one.get("polled_account_id") == account_id for one in db.session.scalars(unfinished))


def _due(account_id: int, limit: int) -> list[int]:
    """First those that were never asked about, then those asked longest ago; each an index range."""
    never = _selecting(account_id, Fulfillment.polled_at.is_(None)).order_by(Fulfillment.id).limit(limit)
    found = list(db.session.scalars(never))
    before = Fulfillment.polled_at < _rested_since()
    again = _selecting(account_id, before).order_by(Fulfillment.polled_at, Fulfillment.id)
    return found + list(db.session.scalars(again.limit(limit - len(found))))


def _selecting(account_id: int, *conditions: sa.ColumnElement[bool]) -> sa.Select[int]:
    """What was just resynced needs no asking, and what was not sent yet is not there to be asked about."""
    heard = Fulfillment.last_synced_from_provider_at
    is_silent = sa.or_(heard.is_(None), heard < _rested_since())
    of_account = Fulfillment.provider_account_id == account_id
    is_there = sa.exists().where(ProviderOrder.fulfillment_id == Fulfillment.id).correlate(Fulfillment)
    return sa.select(Fulfillment.id).where(of_account, IS_POLLED, IS_ACTIVE, is_silent, is_there, *conditions)


def _rested_since() -> sa.ColumnElement[Any]:
    moment = now()
    cases = [(Fulfillment.status == status.value, _at(moment - pause)) for status, pause in PAUSES.items()]
    return sa.case(*cases)


def _at(moment: Any) -> sa.BindParameter[Any]:
    return sa.bindparam(None, moment, type_=Instant())
