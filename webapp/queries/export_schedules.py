"""Questions about scheduled exports: a person's own, and what came of each time one was due."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from webapp.errors import NotFound
from webapp.extensions import db
from webapp.models import ExportSchedule, ExportScheduleRun, SavedView
from webapp.queries import exports
from webapp.queries.accounts import Person
from webapp.queries.export_columns import COLUMNS_BY_KEY
from webapp.queries.export_times import Times
from webapp.queries.exports import ExportRow
from webapp.schema import HIGHEST_ID
from webapp.statuses import ExportFormat, ExportMode, ScheduleState

MOST_TIMES = 50  # Seven weeks of a daily one; files are gone long before.


@dataclass(frozen=True, kw_only=True)
class TimeRow:
    """One time a schedule was due or run by hand: its export, or why there is none."""

    due_at: datetime
    started_at: datetime
    is_by_hand: bool
    problem: str
    export: ExportRow | None


@dataclass(frozen=True, kw_only=True)
class ScheduleRow:
    """A person's scheduled export; `view_id` is empty when its view is gone or not theirs to see."""

    id: int
    view_id: int | None
    view_name: str
    times: Times
    format: ExportFormat
    mode: ExportMode
    columns: tuple[str, ...]
    has_mark: bool
    state: ScheduleState
    reason: str
    next_at: datetime | None
    version: int
    updated_at: datetime
    last: TimeRow | None = None


def of_person(person: Person) -> list[ScheduleRow]:
    """The person's schedules by the name of their view, each with what came of it last."""
    newest = sa.select(sa.func.max(ExportScheduleRun.id)).group_by(ExportScheduleRun.schedule_id)
    last = sa.select(ExportScheduleRun).where(ExportScheduleRun.id.in_(newest))
    mine = sa.select(ExportSchedule.id).where(ExportSchedule.owner_id == person.id)
    times = _times(last.where(ExportScheduleRun.schedule_id.in_(mine)), person)
    lasts = dict(times)
    found = db.session.execute(_selecting(person)).all()
    rows = [_row(schedule, name, lasts.get(schedule.id)) for schedule, name in found]
    return sorted(rows, key=lambda row: (row.view_name.casefold(), row.id))


def find(schedule_id: int, person: Person) -> ScheduleRow:
    """One of the person's own schedules; raises NotFound, which does not tell a stranger's from none."""
    wanted = _selecting(person).where(ExportSchedule.id == min(schedule_id, HIGHEST_ID))
    found = db.session.execute(wanted).one_or_none()
    if found is None:
        raise NotFound("There is no such scheduled export of yours.")
    return _row(found[0], found[1], None)


def times_of(schedule_id: int, person: Person) -> list[TimeRow]:
    """What came of a schedule of this person, the newest first."""
    theirs = sa.select(ExportScheduleRun).where(ExportScheduleRun.schedule_id == schedule_id)
    newest = theirs.order_by(ExportScheduleRun.id.desc()).limit(MOST_TIMES)
    return [row for _, row in _times(newest, person)]


def _times(statement: sa.Select[ExportScheduleRun], person: Person) -> list[tuple[int, TimeRow]]:
    found = db.session.scalars(statement).all()
    made = exports.of_runs((one.run_id for one in found if one.run_id is not None), person.id, person.scope)
    return [
        (
            one.schedule_id,
            TimeRow(
                due_at=one.due_at,
                started_at=one.started_at,
                is_by_hand=one.is_by_hand,
                problem=one.problem,
                export=made.get(one.run_id) if one.run_id is not None else None,
            ),
        )
        for one in found
    ]


def _selecting(person: Person) -> sa.Select[ExportSchedule, str | None]:
    """The person's schedules, each with the present name of its view where they see it."""
    seen = sa.or_(SavedView.owner_id == person.id, SavedView.is_shared)
    is_its = sa.and_(SavedView.id == ExportSchedule.saved_view_id, seen)
    statement = sa.select(ExportSchedule, SavedView.name).join(SavedView, is_its, isouter=True)
    return statement.where(ExportSchedule.owner_id == person.id)


def _row(schedule: ExportSchedule, name: str | None, last: TimeRow | None) -> ScheduleRow:
    return ScheduleRow(
        id=schedule.id,
        view_id=schedule.saved_view_id if name is not None else None,
        view_name=name or schedule.view_name,
        times=Times.of_bits(schedule.weekdays, schedule.minute),
        format=ExportFormat(schedule.format),
        mode=ExportMode(schedule.mode),
        columns=tuple(key for key in schedule.columns if key in COLUMNS_BY_KEY),
        has_mark=schedule.has_mark,
        state=ScheduleState(schedule.state),
        reason=schedule.reason,
        next_at=schedule.next_at,
        version=schedule.version,
        updated_at=schedule.updated_at,
        last=last,
    )
