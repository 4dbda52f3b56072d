"""What jobs that make a file share: progress, stopping, a storage that fails, a claim that is lost."""

from collections.abc import Callable
from traceback import format_exc
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from jobs.watching import Stopped, Watching
from webapp.extensions import db
from webapp.services import exports_run
from webapp.services.export_storage import StorageFailed
from webapp.services.exports_run import Made, Place, Watch
from webapp.services.runs import Claim, ClaimLost

Task = TypeVar("Task", bound=Place)


def write_file(
    claim: Claim, task: Task, make: Callable[[Task, Watch], Made], settle: Callable[[Claim, Task, Made], bool]
) -> bool:
    """Make the file and record what came of it; says whether it is offered. Raises ClaimLost."""
    is_offered = False
    try:
        made = _made(claim, task, make)
        is_offered = settle(claim, task, made)
    except Stopped:
        exports_run.stop(claim, task)
    except StorageFailed as error:
        db.session.rollback()
        exports_run.fail(claim, error, format_exc())
    except ClaimLost:
        exports_run.discard(task)
        raise
    db.session.commit()
    return is_offered


def _made(claim: Claim, task: Task, make: Callable[[Task, Watch], Made]) -> Made:
    """Raises Stopped when the run was cancelled, ClaimLost when another worker has it."""
    with Watching(claim, db.engine) as watch:
        try:
            return make(task, watch)
        except (DBAPIError, db.engine.dialect.loaded_dbapi.Error):  # CSV is read from the driver.
            watch.check()  # A statement that was broken off because of it.
            raise
