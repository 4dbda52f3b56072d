"""A scheduled export from the clock to the download, as it is run: RQ's clock, Redis, a worker, a browser."""

import pytest
import sqlalchemy as sa
from flask import Flask
from redis import Redis

from jobs import schedule
from tests.cast import Cast
from tests.exporting import csv_rows, export_of, stored_files
from tests.factories import Factory
from tests.jobs.conftest import Drain
from tests.page import Page
from tests.scheduling import MORNING, Clock, clock, history_of, make_schedule, make_view, schedule_of
from webapp.extensions import db
from webapp.models import Run
from webapp.queue import EXPORTS, SCHEDULE

__all__ = ["clock"]


@pytest.mark.usefixtures("nothing_stored")
def test_the_clock_strikes_and_the_file_can_be_downloaded(
    app: Flask,
    page: Page,
    make: Factory,
    cast: Cast,
    redis: Redis,
    drain: Drain,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for entry in schedule.TABLE:
        monkeypatch.setattr(f"{entry.job.__module__}.application", lambda: app)
    first, second = make.shipment(), make.shipment()
    schedule_id = make_schedule(cast.viewer, make_view(cast.viewer, sort="-id"))
    scheduler = schedule.scheduler_for(redis)

    scheduler.enqueue_jobs()
    drain(SCHEDULE)
    assert history_of(schedule_id) == [], "its time has not come"

    clock.at(MORNING)
    schedule.scheduler_for(redis).enqueue_jobs()
    drain(SCHEDULE)
    drain(EXPORTS)

    [time] = history_of(schedule_id)
    assert time.due_at == MORNING
    assert time.run_id == db.session.scalar(sa.select(Run.id))
    export = export_of(time.run_id)
    assert stored_files() == [f"/{export.storage_key}"]
    assert schedule_of(schedule_id).next_at > MORNING
    page.sign_in(cast.viewer).get(f"/exports/schedules/{schedule_id}")
    page.get(str(page.one("#schedule-history a.btn")["href"]))
    assert export.file_name in page.response.headers["Content-Disposition"]
    numbers = [row[0] for row in csv_rows(page.response.data)[1:]]
    assert numbers == [second.fulfillment_number, first.fulfillment_number]
