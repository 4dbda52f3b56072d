"""Scheduled exports as their owners handle them: make, change, pause, resume, run now, delete."""

from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from webapp.errors import Conflict, NotFound, Refused
from webapp.extensions import db, settings
from webapp.models import ExportSchedule
from webapp.queries.accounts import Person
from webapp.queries.export_columns import columns_of
from webapp.queries.export_times import Times
from webapp.schema import HIGHEST_ID, now
from webapp.services import export_schedules_clock as clock
from webapp.services import idempotency, saved_views
from webapp.services.actors import Actor
from webapp.services.preferences import ExportPreferences
from webapp.statuses import ScheduleState

MOST = 50
"""Schedules of one person: they stand on one page, and each may make a large file every day."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Wish:
    """Which view is to be made into a file, when, and how the file is to look."""

    view_id: int
    times: Times
    file: ExportPreferences

    def check(self) -> None:
        """Raises Refused when there would be nothing in the file."""
        if not columns_of(self.file.mode, self.file.columns):
            raise Refused("Tick at least one column: a file without any has nothing in it.")

    @property
    def fields(self) -> dict[str, object]:
        """As the table has them, in plain JSON."""
        return {
            "saved_view_id": self.view_id, "weekdays": self.times.bits, "minute": self.times.minute,
            "format": self.file.format.value, "mode": self.file.mode.value, "columns": list(self.file.columns),
            "has_mark": self.file.has_mark,
        }  # fmt: skip


class Stale(Conflict):
    """The schedule has another version than the one the change was made from; `version` is the present one."""

    def __init__(self, schedule: ExportSchedule) -> None:
        super().__init__("The schedule was changed while you had it open, so nothing was saved.")
        self.version: int = schedule.version


def create(wish: Wish, *, key: str | None, person: Person) -> int:
    """Export a view by the clock from now on; returns the schedule's id, for the same key the same.

    Raises NotFound for a view the person does not see, Refused or FilterError for one that cannot be exported.
    """
    first = idempotency.claim(person.id, key, "create_export_schedule", wish.fields)
    if first is not None:
        return int(first["schedule_id"])
    wish.check()
    saved_views.lock(_actor(person))
    count = sa.select(sa.func.count()).where(ExportSchedule.owner_id == person.id)
    if (db.session.scalar(count) or 0) >= MOST:
        raise Refused(f"You have {MOST} scheduled exports already. Delete one that you need no more.")
    view = saved_views.visible(wish.view_id, _actor(person))
    clock.list_of(wish.view_id, person)
    schedule = ExportSchedule(owner_id=person.id, view_name=view.name, **wish.fields)
    _plan(schedule)
    db.session.add(schedule)
    db.session.flush()
    idempotency.remember(person.id, key, {"schedule_id": schedule.id})
    log.info("export_schedule_created", schedule_id=schedule.id, view_id=wish.view_id, actor_id=person.id)
    return schedule.id


def edit(schedule_id: int, wish: Wish, *, version: int, person: Person) -> None:
    """Change what is made into a file, when, and how it looks.

    Raises NotFound for a schedule or a view the person does not have; Refused or FilterError for another view that
    cannot be exported; Stale unless everything is so already.
    """
    wish.check()
    view = saved_views.visible(wish.view_id, _actor(person))
    schedule = _locked(schedule_id, person)
    if all(getattr(schedule, name) == value for name, value in wish.fields.items()):
        return
    if schedule.version != version:
        raise Stale(schedule)
    if schedule.saved_view_id != view.id:
        clock.list_of(view.id, person)
        schedule.view_name = view.name
    for name, value in wish.fields.items():
        setattr(schedule, name, value)
    if schedule.state == ScheduleState.ACTIVE.value:
        _plan(schedule)
    _changed(schedule)


def pause(schedule_id: int, *, person: Person) -> None:
    """Let it rest; twice is the same as once. Raises NotFound, and Refused for one that is stopped."""
    schedule = _locked(schedule_id, person)
    if schedule.state == ScheduleState.PAUSED.value:
        return
    if schedule.state == ScheduleState.STOPPED.value:
        raise Refused(f"It is stopped already. {schedule.reason}")
    schedule.state, schedule.next_at = ScheduleState.PAUSED.value, None
    _changed(schedule)


def resume(schedule_id: int, *, person: Person) -> None:
    """Let it go on from its next time; what was missed is not made up for.

    Raises NotFound, and Refused or FilterError while its view cannot be exported.
    """
    schedule = _locked(schedule_id, person)
    if schedule.state == ScheduleState.ACTIVE.value:
        return
    clock.list_of(schedule.saved_view_id, person)
    schedule.state, schedule.reason = ScheduleState.ACTIVE.value, ""
    _plan(schedule)
    _changed(schedule)


def run_now(schedule_id: int, *, key: str | None, person: Person) -> int:
    """Make its file now, whatever its times are, and return the run; the same key again gives the same run.

    Raises NotFound, and Refused or FilterError when the file cannot be made.
    """
    first = idempotency.claim(person.id, key, "run_export_schedule", {"schedule_id": schedule_id})
    if first is not None:
        return int(first["run_id"])
    run_id = clock.begin(_locked(schedule_id, person), now(), is_by_hand=True)
    idempotency.remember(person.id, key, {"run_id": run_id})
    return run_id


def delete(schedule_id: int, *, person: Person) -> None:
    """Take it away with its history; the files it made stay until their time is over. Raises NotFound."""
    db.session.delete(_locked(schedule_id, person))
    log.info("export_schedule_deleted", schedule_id=schedule_id, actor_id=person.id)


def _plan(schedule: ExportSchedule) -> None:
    times = Times.of_bits(schedule.weekdays, schedule.minute)
    schedule.next_at = times.next_after(now(), settings().business_time_zone)


def _locked(schedule_id: int, person: Person) -> ExportSchedule:
    mine = (ExportSchedule.id == min(schedule_id, HIGHEST_ID), ExportSchedule.owner_id == person.id)
    schedule = db.session.scalar(
        sa.select(ExportSchedule).where(*mine).with_for_update(), execution_options={"populate_existing": True}
    )
    if schedule is None:
        raise NotFound("There is no such scheduled export of yours.")
    return schedule


def _changed(schedule: ExportSchedule) -> None:
    schedule.version += 1
    schedule.updated_at = now()


def _actor(person: Person) -> Actor:
    return Actor(person.id, person.scope)
