"""The job behind exports: writes the file of a run, tells how far it is, and stops when it is told to."""

from traceback import format_exc

from sqlalchemy.exc import DBAPIError

from jobs.context import perform
from jobs.watching import Stopped, Watching
from webapp.extensions import db
from webapp.services import exports_run
from webapp.services.export_storage import StorageFailed
from webapp.services.exports_run import Made, Task
from webapp.services.runs import Claim, ClaimLost


def write(run_id: int) -> None:
    """Make the file this run is for."""
    perform(run_id, _write)


def _write(claim: Claim) -> None:
    task = exports_run.task_of(claim)
    db.session.commit()
    try:
        made = _made(claim, task)
        exports_run.settle(claim, task, made)
    except Stopped:
        exports_run.stop(claim, task)
    except StorageFailed as error:
        db.session.rollback()
        exports_run.fail(claim, error, format_exc())
    except ClaimLost:
        exports_run.discard(task)
        raise
    db.session.commit()


def _made(claim: Claim, task: Task) -> Made:
    """Raises Stopped when the run was cancelled, ClaimLost when another worker has it."""
    with Watching(claim, db.engine) as watch:
        try:
            return exports_run.make(task, watch)
        except DBAPIError:
            watch.check()  # A statement that was broken off because of it.
            raise
