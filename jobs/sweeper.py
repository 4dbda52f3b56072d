"""What runs by the clock: the sweeper that keeps runs going, and the deletion of what is past its time."""

import structlog

from jobs.context import application
from webapp import queue
from webapp.extensions import db
from webapp.services import exchanges, exports_sweep, idempotency, runs_sweep, runs_sweep_old, webhooks

log = structlog.get_logger()


def sweep() -> None:
    """Take runs from workers that died, and wake workers for every run that waits unknown to Redis."""
    with application().app_context():
        taken = runs_sweep.take_over_stale()
        db.session.commit()
        due = runs_sweep.due()
        db.session.commit()
        known = queue.waiting_run_ids()
        woken = queue.wake(run for run in due if run[1] not in known)
        if taken or woken:
            log.info("runs_swept", taken_over=taken, woken=woken)


def delete_old_files() -> None:
    """Delete the files of exports past their time, and what broken-off ones left."""
    with application().app_context():
        folders = exports_sweep.delete_old()
        db.session.commit()
        log.info("old_files_deleted", folders=folders)


def delete_old_records() -> None:
    """Delete exchanges, notices and runs of the clock past their retention, and keys nobody will send again."""
    with application().app_context():
        deleted = exchanges.delete_old()
        forgotten = idempotency.delete_old()
        notices = webhooks.delete_old()
        db.session.commit()
        over = runs_sweep_old.delete_old()  # After the calls and notices that refer to them.
        log.info("old_records_deleted", exchanges=deleted, idempotency_keys=forgotten, notices=notices, runs=over)
