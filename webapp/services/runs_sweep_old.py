"""The deletion of what the clock asked for long ago: finished runs that nothing tells of any more."""

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from webapp.extensions import db, settings
from webapp.models import Activity, Export, ExportScheduleRun, ProviderExchange, Run, RunItem, WebhookDelivery
from webapp.models.runs import BY_THE_CLOCK
from webapp.schema import now
from webapp.statuses import RunKind, RunState

KINDS = (
    RunKind.BULK_RESYNC_FROM,  # Polls.
    RunKind.SUBMIT_TO_CHANNEL,
    RunKind.TAKE_BACK_AT_CHANNEL,
    RunKind.PROVIDER_NOTICE,
    RunKind.VOID,  # Asked again for somebody whose outcome nobody knew.
    RunKind.CREATE_PROVIDER_ORDER,
    RunKind.RESYNC_TO_PROVIDER,
    RunKind.CANCEL_PROVIDER_ORDER,
)
OVER = (RunState.SUCCEEDED, RunState.PARTLY_SUCCEEDED, RunState.FAILED, RunState.CANCELLED)
"""Ends after which nobody has to look; a run of unknown outcome stays."""
BATCH = 500  # Runs deleted in one transaction with their rows.
_APART = {"synchronize_session": False}
_retry = aliased(Run)
_BEFORE = sa.bindparam("before", type_=Run.finished_at.type)


def delete_old() -> int:
    """Delete runs of the clock past their retention, a batch at a time; returns how many. Commits each batch.

    What a person asked for stays, and so does whatever a shipment's history, a call, a notice, a file or another
    run refers to. Safe to repeat and to run twice at once.
    """
    before = now() - settings().run_retention
    deleted = 0
    while ids := list(db.session.scalars(_OLD, {"before": before})):
        db.session.execute(sa.delete(RunItem).where(RunItem.run_id.in_(ids)), execution_options=_APART)
        db.session.execute(sa.delete(Run).where(Run.id.in_(ids)), execution_options=_APART)
        db.session.commit()
        deleted += len(ids)
    return deleted


def _refer(column: sa.orm.InstrumentedAttribute[int | None] | sa.orm.InstrumentedAttribute[int]) -> sa.Exists:
    return sa.exists().where(column == Run.id).correlate(Run)


_REFERENCES = (
    Activity.run_id,
    ProviderExchange.run_id,
    WebhookDelivery.run_id,
    Export.run_id,
    ExportScheduleRun.run_id,
    _retry.retry_of_id,
)
_OLD = (
    sa.select(Run.id)
    .where(
        BY_THE_CLOCK,
        Run.finished_at < _BEFORE,
        Run.kind.in_([kind.value for kind in KINDS]),
        Run.state.in_([state.value for state in OVER]),
        *(sa.not_(_refer(column)) for column in _REFERENCES),
    )
    .order_by(Run.finished_at)
    .limit(BATCH)
    .with_for_update(skip_locked=True, of=Run)
)
