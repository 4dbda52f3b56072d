"""Scheduled exports by the clock: asks for the file of each that is due. Two clocks at once do no harm."""

import structlog

from jobs.context import application
from webapp.extensions import db
from webapp.services import export_schedules_clock

log = structlog.get_logger()


def start_due() -> None:
    """Start every schedule whose time has come, each in a transaction of its own.

    One that fails for a reason nobody foresaw does not keep the others waiting: it is raised at the end, and the
    schedule is tried again the next time.
    """
    failures: list[Exception] = []
    with application().app_context():
        due = export_schedules_clock.due()
        db.session.commit()
        for schedule_id in due:
            try:
                export_schedules_clock.start(schedule_id)
                db.session.commit()
            except Exception as error:  # noqa: BLE001 - raised below, with those of the others
                db.session.rollback()
                failures.append(error)
    if failures:
        raise ExceptionGroup("Scheduled exports could not be started", failures)
