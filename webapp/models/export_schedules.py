"""Scheduled exports: a saved view made into a file by the clock, and what came of it each time."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.schema import JSON, Base, Instant, Key, now, one_of
from webapp.statuses import ExportFormat, ExportMode, ScheduleState


class ExportSchedule(Base):
    """When a person's view is exported, and how the file looks.

    `weekdays` has one bit for each day, Monday the lowest; `minute` counts from midnight by the clock of the
    business. Only an active one has a next time, only a stopped one a reason, and none is active without its view;
    `view_name` is what the view was called when the schedule last had it.
    """

    __tablename__ = "export_schedules"
    __table_args__ = (
        one_of("format", (ExportFormat.XLSX, ExportFormat.CSV)),
        one_of("mode", (ExportMode.SUMMARY, ExportMode.LINE_ITEMS)),
        one_of("state", ScheduleState),
        sa.CheckConstraint("weekdays BETWEEN 1 AND 127", name="some_weekday"),
        sa.CheckConstraint("minute BETWEEN 0 AND 1439", name="minute_of_day"),
        sa.CheckConstraint("(state = 'active') = (next_at IS NOT NULL)", name="next_when_active"),
        sa.CheckConstraint("(state = 'stopped') = (reason <> '')", name="reason_when_stopped"),
        sa.CheckConstraint("state <> 'active' OR saved_view_id IS NOT NULL", name="view_when_active"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("users.id"), index=True)
    saved_view_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("saved_views.id", ondelete="SET NULL"), index=True
    )
    view_name: Mapped[str] = mapped_column(sa.String(80))
    weekdays: Mapped[int] = mapped_column(sa.SmallInteger)
    minute: Mapped[int] = mapped_column(sa.SmallInteger)
    format: Mapped[str] = mapped_column(sa.String(10))
    mode: Mapped[str] = mapped_column(sa.String(20))
    columns: Mapped[list[Any]] = mapped_column(JSON)
    has_mark: Mapped[bool] = mapped_column()
    state: Mapped[str] = mapped_column(sa.String(20), default=ScheduleState.ACTIVE.value)
    reason: Mapped[str] = mapped_column(sa.String(500), default="", server_default="")
    next_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    version: Mapped[int] = mapped_column(sa.Integer, default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(Instant, default=now)
    updated_at: Mapped[datetime] = mapped_column(Instant, default=now)


class ExportScheduleRun(Base):
    """One time a schedule was due or was run by hand: the run it asked for, or why it asked for none."""

    __tablename__ = "export_schedule_runs"
    __table_args__ = (
        sa.UniqueConstraint("schedule_id", "due_at"),  # Two clocks never start the same time twice.
        sa.CheckConstraint("(run_id IS NULL) = (problem <> '')", name="run_or_problem"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    schedule_id: Mapped[int] = mapped_column(sa.ForeignKey("export_schedules.id", ondelete="CASCADE"))
    due_at: Mapped[datetime] = mapped_column(Instant)
    started_at: Mapped[datetime] = mapped_column(Instant, default=now)
    is_by_hand: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    run_id: Mapped[int | None] = mapped_column(sa.ForeignKey("runs.id"), unique=True)
    problem: Mapped[str] = mapped_column(sa.String(500), default="", server_default="")
