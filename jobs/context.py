"""What is around every job: the application, the claim on the run, its heartbeat, the one place that catches."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from traceback import format_exc

import sqlalchemy as sa
import structlog
from flask import Flask
from rq.timeouts import JobTimeoutException
from sqlalchemy.exc import SQLAlchemyError

from webapp import create_app
from webapp.errors import AppError
from webapp.extensions import db, settings
from webapp.models import Run
from webapp.schema import now
from webapp.services import runs
from webapp.services.runs import Claim, ClaimLost
from webapp.statuses import RunState

log = structlog.get_logger()

BEAT_SECONDS = 5.0
BEATS_BEFORE_STALE = 4  # However short the limit is set, one late beat must not look like a dead worker.


@lru_cache(maxsize=1)
def application() -> Flask:
    """The application of this worker process."""
    return create_app()


def perform(run_id: int, work: Callable[[Claim], None]) -> None:
    """Claim the run and do its work, which records the outcome and commits; without a claim nothing is done.

    A refusal ends the run with its message. Anything unexpected, a time-out too, ends it as failed with the
    technical error, and is raised again for RQ and the log. A worker that lost its claim writes nothing.
    """
    with application().app_context(), structlog.contextvars.bound_contextvars(run_id=run_id):
        claim = runs.claim(run_id)
        db.session.commit()
        if claim is None:
            log.info("run_not_claimed")
            return
        log.info("run_started", kind=claim.kind.value, attempt=claim.attempts)
        with _beating(claim):
            _work(claim, work)


def _work(claim: Claim, work: Callable[[Claim], None]) -> None:
    try:
        work(claim)
    except ClaimLost:
        db.session.rollback()
        log.warning("run_superseded")
    except AppError as refusal:
        db.session.rollback()
        _fail(claim, refusal.message, can_retry=False)
    except Exception as error:
        db.session.rollback()
        log.exception("run_broke")
        _fail(claim, _in_words(error), can_retry=True)
        raise


def _in_words(error: Exception) -> str:
    if isinstance(error, JobTimeoutException):
        return "This took too long and was stopped. Nothing was changed by the last step. Try again."
    return "Something broke on our side, so this was stopped. Try again; an administrator finds the error below."


def _fail(claim: Claim, message: str, *, can_retry: bool) -> None:
    try:
        runs.finish(claim, RunState.FAILED, message, technical_error=format_exc(), can_retry=can_retry)
        db.session.commit()
    except ClaimLost:
        db.session.rollback()
        log.warning("run_superseded")


@contextmanager
def _beating(claim: Claim) -> Iterator[None]:
    """Show that the worker lives, from a thread of its own and through a connection of its own."""
    stop = threading.Event()
    beats = threading.Thread(target=_beat, args=(claim, db.engine, stop, _seconds_between_beats()), daemon=True)
    beats.start()
    try:
        yield
    finally:
        stop.set()
        beats.join()


def _seconds_between_beats() -> float:
    return min(BEAT_SECONDS, settings().run_stale_after.total_seconds() / BEATS_BEFORE_STALE)


def _beat(claim: Claim, engine: sa.Engine, stop: threading.Event, seconds: float) -> None:
    mine = (Run.id == claim.run_id, Run.claim == claim.token)
    while not stop.wait(seconds):
        try:
            with engine.begin() as connection:
                connection.execute(sa.update(Run).where(*mine).values(heartbeat_at=now()))
        except SQLAlchemyError as error:
            log.warning("heartbeat_missed", run_id=claim.run_id, error=str(error))
