"""The job behind packing slips as one PDF: writes the file, then marks its shipments as printed."""

from jobs.context import perform
from jobs.file_writing import write_file
from webapp.extensions import db
from webapp.services import packing_slips_run
from webapp.services.runs import Claim


def write(run_id: int) -> None:
    """Make the packing slips this run is for."""
    perform(run_id, _write)


def _write(claim: Claim) -> None:
    task = packing_slips_run.task_of(claim)
    db.session.commit()
    if not task.is_made and not write_file(claim, task, packing_slips_run.make, packing_slips_run.settle):
        return
    while packing_slips_run.mark_some(claim, task):
        db.session.commit()
    db.session.commit()
