"""What the clock does to scheduled exports: starts what is due, once, and stops what cannot be made any more."""

from datetime import datetime

import sqlalchemy as sa
import structlog

from webapp.errors import AppError, Refused
from webapp.extensions import db, settings
from webapp.models import ExportSchedule, ExportScheduleRun, SavedView, Warehouse
from webapp.queries.accounts import Person, active_person
from webapp.queries.export_columns import COLUMNS_BY_KEY
from webapp.queries.export_times import Times
from webapp.queries.listing import kept
from webapp.queries.listing.criteria import Criteria
from webapp.queries.listing.keyset import Sort
from webapp.schema import now
from webapp.services import exports
from webapp.services.exports import Order
from webapp.services.preferences import ExportPreferences
from webapp.statuses import ExportFormat, ExportMode, ExportScope, Permission, ScheduleState

REASON_LENGTH = 500  # As the table has it.
_LATEST = {"populate_existing": True}

log = structlog.get_logger()


def due() -> list[int]:
    """The schedules whose time has come, the longest due first."""
    is_due = (ExportSchedule.state == ScheduleState.ACTIVE.value, ExportSchedule.next_at <= now())
    ids = sa.select(ExportSchedule.id).where(*is_due).order_by(ExportSchedule.next_at, ExportSchedule.id)
    return list(db.session.scalars(ids))


def start(schedule_id: int) -> int | None:
    """Ask for the file of a schedule that is due and return the run; None when there is nothing to do.

    The next time is counted from now, so that times missed while no clock ran are made up for by one run. What is
    not due any more, because another clock was here, is left alone. A schedule that cannot be made is stopped,
    with its reason.
    """
    schedule = db.session.scalar(
        sa.select(ExportSchedule)
        .where(
            ExportSchedule.id == schedule_id,
            ExportSchedule.state == ScheduleState.ACTIVE.value,
            ExportSchedule.next_at <= now(),
        )
        .with_for_update(),
        execution_options=_LATEST,
    )
    if schedule is None or schedule.next_at is None:
        return None
    due_at = schedule.next_at
    try:
        with db.session.begin_nested():
            run_id = begin(schedule, due_at, is_by_hand=False)
    except AppError as error:
        stop(schedule, error.message)
        _note(schedule, due_at, problem=schedule.reason)
        return None
    schedule.next_at = times_of(schedule).next_after(now(), settings().business_time_zone)
    return run_id


def begin(schedule: ExportSchedule, due_at: datetime, *, is_by_hand: bool) -> int:
    """Ask for the file now and return the run. Raises Refused or FilterError when it cannot be made."""
    person = active_person(schedule.owner_id)
    if person is None or not person.can(Permission.EXPORT):
        raise Refused("Its owner may not sign in or may not export any more.")
    key = f"export-schedule-{schedule.id}-{int(due_at.timestamp() * 1_000_000)}"
    run_id = exports.request_export(order_of(schedule, person), key=key, person=person, is_remembered=False)
    _note(schedule, due_at, run_id=run_id, is_by_hand=is_by_hand)
    log.info("scheduled_export_started", schedule_id=schedule.id, run_id=run_id, is_by_hand=is_by_hand)
    return run_id


def order_of(schedule: ExportSchedule, person: Person) -> Order:
    """What the schedule asks for, of the view as it is now. Raises what `list_of` raises."""
    criteria, sort = list_of(schedule.saved_view_id, person)
    columns = tuple(key for key in schedule.columns if key in COLUMNS_BY_KEY)
    file = ExportPreferences(ExportFormat(schedule.format), ExportMode(schedule.mode), columns, schedule.has_mark)
    return Order(file, ExportScope.FILTERED, criteria, sort)


def list_of(view_id: int | None, person: Person) -> tuple[Criteria, Sort]:
    """The list of a view as this person sees it. Raises Refused or FilterError for one that cannot be shown."""
    seen = sa.or_(SavedView.owner_id == person.id, SavedView.is_shared)
    state = db.session.scalar(sa.select(SavedView.state).where(SavedView.id == view_id, seen))
    if state is None:
        raise Refused("The view was deleted, or it is not shared with you any more.")
    criteria, sort = kept.from_view(state, person.scope)
    known = db.session.scalars(sa.select(Warehouse.id).where(person.scope.limit(Warehouse.id)))
    unseen = criteria.warehouse_ids.difference(known)
    if unseen:
        numbers = ", ".join(map(str, sorted(unseen)))
        raise Refused(f"The view asks for a warehouse that you do not see (number {numbers}). Save it without.")
    return criteria, sort


def times_of(schedule: ExportSchedule) -> Times:
    return Times.of_bits(schedule.weekdays, schedule.minute)


def stop(schedule: ExportSchedule, reason: str) -> None:
    """Let it rest until its owner resumes it, and say why."""
    schedule.state, schedule.next_at = ScheduleState.STOPPED.value, None
    schedule.reason = reason[:REASON_LENGTH]
    schedule.version += 1
    schedule.updated_at = now()
    log.warning("export_schedule_stopped", schedule_id=schedule.id, owner_id=schedule.owner_id, reason=reason)


def stop_those_of(view: SavedView) -> None:
    """Before a view is deleted: none of its schedules goes on without it."""
    theirs = sa.select(ExportSchedule).where(ExportSchedule.saved_view_id == view.id).order_by(ExportSchedule.id)
    for schedule in db.session.scalars(theirs.with_for_update(), execution_options=_LATEST):
        schedule.view_name = view.name
        stop(schedule, "The view was deleted.")
    db.session.flush()


def _note(
    schedule: ExportSchedule,
    due_at: datetime,
    *,
    run_id: int | None = None,
    problem: str = "",
    is_by_hand: bool = False,
) -> None:
    db.session.add(
        ExportScheduleRun(
            schedule_id=schedule.id, due_at=due_at, run_id=run_id, problem=problem, is_by_hand=is_by_hand
        )
    )
    db.session.flush()
