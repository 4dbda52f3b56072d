"""The job behind exports: writes the file of a run, tells how far it is, and stops when it is told to."""

from jobs.context import perform
from jobs.file_writing import write_file
from webapp.extensions import db
from webapp.services import exports_run
from webapp.services.runs import Claim


def write(run_id: int) -> None:
    """Make the file this run is for."""
    perform(run_id, _write)


def _write(claim: Claim) -> None:
    task = exports_run.task_of(claim)
    db.session.commit()
    write_file(claim, task, exports_run.make, exports_run.settle)
