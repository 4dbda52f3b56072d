"""Scheduled exports in tests: a view, its schedule, and a clock that is set by hand."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.exporting import KEY, person_of
from webapp.extensions import db
from webapp.models import ExportSchedule, ExportScheduleRun, SavedView
from webapp.queries.export_times import EVERY_DAY, Times
from webapp.services import export_schedules, export_schedules_clock
from webapp.services.export_schedules import Wish
from webapp.services.preferences import ExportPreferences
from webapp.statuses import ExportFormat

DAILY = Times(EVERY_DAY, 7 * 60)
FILE = ExportPreferences(ExportFormat.CSV, columns=("number",), has_mark=False)
MORNING = datetime.fromisoformat("2026-11-03T15:00:00+00:00")  # Seven in Los Angeles, on a Tuesday.


class Clock:
    """What services take for now; time stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = MORNING - timedelta(hours=1)

    def __call__(self) -> datetime:
        return self.moment

    def at(self, moment: datetime) -> "Clock":
        self.moment = moment
        return self


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Only the schedules go by it; runs and sessions keep the real time."""
    made = Clock()
    monkeypatch.setattr(export_schedules, "now", made)
    monkeypatch.setattr(export_schedules_clock, "now", made)
    return made


def make_view(owner: Any, name: str = "Late", *, is_shared: bool = False, **state: Any) -> SavedView:
    view = SavedView(owner_id=owner.id, name=name, is_shared=is_shared, state={"tab": "all", "sort": "id"} | state)
    db.session.add(view)
    db.session.commit()
    return view


def make_schedule(owner: Any, view: SavedView, times: Times = DAILY, key: str = KEY) -> int:
    made = export_schedules.create(Wish(view.id, times, FILE), key=key, person=person_of(owner))
    db.session.commit()
    return made


def tick() -> list[int]:
    """What the clock does once; returns the runs it asked for."""
    due = export_schedules_clock.due()
    started = [export_schedules_clock.start(id_) for id_ in due]
    db.session.commit()
    return [run_id for run_id in started if run_id is not None]


def schedule_of(schedule_id: int) -> ExportSchedule:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(ExportSchedule, schedule_id)


def history_of(schedule_id: int) -> list[ExportScheduleRun]:
    made = sa.select(ExportScheduleRun).where(ExportScheduleRun.schedule_id == schedule_id)
    return list(db.session.scalars(made.order_by(ExportScheduleRun.id)))
