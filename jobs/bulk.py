"""The job behind every bulk action: works off the rows of a run, a step at a time."""

import time
from collections import deque
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context

import stamina
import structlog
from sqlalchemy.exc import OperationalError

from jobs import context
from webapp.extensions import db, settings
from webapp.services import bulk_provider, bulk_steps
from webapp.services.bulk_provider import Row
from webapp.services.bulk_steps import Worked
from webapp.services.runs import Claim

log = structlog.get_logger()

TRIES = 3
AT_ONCE = 2  # Questions on their way to providers; their limits leave room for hardly more.
LONGEST_WAIT = 60.0  # A provider that asks for more is left for a retry; a person can cancel the run in between.
REST = 0.02
"""SQLite lets whoever asks first have its one lock, so without a rest between steps a page would hardly get it."""


def work_off(run_id: int) -> None:
    """Do to each shipment of the run what the run is for, going on after the last row that is done."""
    context.perform(run_id, _work_off)


def _work_off(claim: Claim) -> None:
    while ids := _waiting(claim):
        if not _step(claim, ids):
            break
        if settings().is_sqlite:
            time.sleep(REST)
    bulk_steps.finish(claim)
    db.session.commit()


def _waiting(claim: Claim) -> list[int]:
    ids = bulk_steps.waiting(claim.run_id)
    db.session.rollback()
    return ids


def _step(claim: Claim, ids: list[int]) -> bool:
    """Work on these rows together; if that fails, each by itself, so that one bad row is one error.

    False when the run is to stop.
    """
    try:
        worked = _tried(claim, ids)
    except bulk_steps.ROW_ERRORS as error:
        if len(ids) == 1:
            return _failed(claim, ids[0], error)
        _blame(claim, ids, error)
        return all(_step(claim, [one]) for one in ids)
    return worked.goes_on and _through_providers(claim, worked.at_provider)


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


def _through_providers(claim: Claim, ids: Iterable[int]) -> bool:
    """Ask providers about some of these at a time and settle each as its answer comes.

    False when the run is to stop; what was being asked then is settled all the same.
    """
    waiting, goes_on = deque(ids), True
    asked: dict[Future[None], tuple[int, Row]] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while asked or (waiting and goes_on):
            if waiting and goes_on and len(asked) < AT_ONCE:
                id_ = waiting.popleft()
                if (row := _row(claim, id_)) is not None:
                    asked[pool.submit(copy_context().run, _ask, row)] = id_, row
                continue
            for answered in wait(asked, return_when=FIRST_COMPLETED).done:
                goes_on &= _settled(claim, answered, *asked.pop(answered))
    return goes_on


def _row(claim: Claim, fulfillment_id: int) -> Row | None:
    """What is to be asked about the shipment; None when there is nothing, which is recorded."""
    try:
        row = bulk_provider.row_of(claim, fulfillment_id)
        db.session.commit()  # Nothing is held open while the provider is asked.
    except bulk_steps.ROW_ERRORS as error:
        _failed(claim, fulfillment_id, error)
        return None
    return row


def _settled(claim: Claim, answered: Future[None], fulfillment_id: int, row: Row) -> bool:
    """Carry out what the provider said; False when the run is to stop."""
    try:
        answered.result()
        goes_on = row.settle()
        db.session.commit()
    except bulk_steps.ROW_ERRORS as error:
        return _failed(claim, fulfillment_id, error)
    return goes_on


def _ask(row: Row) -> None:
    """Ask the provider, and again where it wants to be asked later or did not say what it did."""
    with context.application().app_context():
        pause = row.ask()
        for _ in range(TRIES - 1):
            if pause is None:
                break
            time.sleep(min(pause.total_seconds(), LONGEST_WAIT))
            pause = row.ask()


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
