"""The job behind every bulk action: works off the rows of a run, a step at a time."""

import time
from collections.abc import Iterable
from functools import partial

import stamina
import structlog
from sqlalchemy.exc import OperationalError

from jobs import context
from jobs.asking import Asking, WasAsked
from webapp.extensions import db, settings
from webapp.services import bulk_provider, bulk_steps
from webapp.services.bulk_provider import Row
from webapp.services.bulk_steps import Worked
from webapp.services.runs import Claim

log = structlog.get_logger()

TRIES = 3
REST = 0.02
"""SQLite lets whoever asks first have its one lock, so without a rest between steps a page would hardly get it."""


def work_off(run_id: int) -> None:
    """Do to each shipment of the run what the run is for, going on after the last row that is done."""
    context.perform(run_id, _work_off)


def _work_off(claim: Claim) -> None:
    with Asking(claim, partial(_settled, claim)) as asking:
        while ids := _waiting(claim, asking):
            if not _step(claim, ids, asking):
                break
            if settings().is_sqlite:
                time.sleep(REST)
        asking.settle_all()  # Also what was being asked when the run was to stop.
    bulk_steps.finish(claim)
    db.session.commit()


def _waiting(claim: Claim, asking: Asking) -> list[int]:
    """The next rows of which nothing is known and nobody is being asked."""
    ids = bulk_steps.waiting(claim.run_id)
    db.session.rollback()
    begun = asking.ids
    return [id_ for id_ in ids if id_ not in begun][: bulk_steps.kind_of(claim).step]


def _step(claim: Claim, ids: list[int], asking: Asking) -> bool:
    """Work on these rows together; if that fails, each by itself, so that one bad row is one error.

    False when the run is to stop.
    """
    try:
        worked = _tried(claim, ids)
    except bulk_steps.ROW_ERRORS as error:
        if len(ids) == 1:
            return _failed(claim, ids[0], error)
        _blame(claim, ids, error)
        return all(_step(claim, [one], asking) for one in ids)
    return worked.goes_on and _through_providers(claim, worked.at_provider, asking)


def _tried(claim: Claim, ids: list[int]) -> Worked:
    """One step, tried again while others are in the way."""
    worked = Worked(goes_on=False)
    for attempt in stamina.retry_context(
        on=bulk_steps.is_conflict, attempts=TRIES, timeout=None, wait_initial=0.05, wait_max=0.5, wait_jitter=0.2
    ):
        with attempt:
            db.session.rollback()  # What the last try left.
            worked = bulk_steps.work(claim, ids, claim.actor)
            db.session.commit()
    return worked


def _through_providers(claim: Claim, ids: Iterable[int], asking: Asking) -> bool:
    """Begin to ask providers about each of these as soon as there is room; False when the run is to stop."""
    for id_ in ids:
        if not asking.make_room():
            return False
        if (row := _row(claim, id_)) is not None:
            asking.begin(id_, row)
    return True


def _row(claim: Claim, fulfillment_id: int) -> Row | None:
    """What is to be asked about the shipment; None when there is nothing, which is recorded."""
    try:
        row = bulk_provider.row_of(claim, fulfillment_id)
        db.session.commit()  # Nothing is held open while the provider is asked.
    except bulk_steps.ROW_ERRORS as error:
        _failed(claim, fulfillment_id, error)
        return None
    return row


def _settled(claim: Claim, answered: WasAsked, fulfillment_id: int, row: Row) -> bool:
    """Carry out what the provider said, if it was asked; False when the run is to stop."""
    try:
        if not answered.result():
            return False
        goes_on = row.settle()
        db.session.commit()
    except bulk_steps.ROW_ERRORS as error:
        return _failed(claim, fulfillment_id, error)
    return goes_on


def _failed(claim: Claim, fulfillment_id: int, error: Exception) -> bool:
    _blame(claim, [fulfillment_id], error)
    bulk_steps.record_error(claim, fulfillment_id, error)
    db.session.commit()
    return True


def _blame(claim: Claim, ids: list[int], error: Exception) -> None:
    """Take the step back and note the rows it failed for; a database in trouble is no fault of any row."""
    db.session.rollback()
    if isinstance(error, OperationalError) and not bulk_steps.is_conflict(error):
        raise error
    log.warning("bulk_step_failed", kind=claim.kind.value, fulfillment_ids=ids, exc_info=error)
