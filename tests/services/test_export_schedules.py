"""Scheduled exports by the clock: once, made up for once, for what the owner sees then, or stopped."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError

from jobs import export_schedules as job
from tests.cast import Cast
from tests.exporting import KEY, content_of, csv_rows, person_of, work
from tests.factories import Factory
from tests.scheduling import (
    DAILY,
    FILE,
    MORNING,
    Clock,
    clock,
    history_of,
    make_schedule,
    make_view,
    schedule_of,
    tick,
)
from webapp.errors import NotFound, Refused
from webapp.extensions import db
from webapp.models import ExportSchedule, Run, User, UserWarehouse
from webapp.queries import export_schedules as questions
from webapp.queries.filters import FilterError
from webapp.services import export_schedules, export_schedules_clock, saved_views
from webapp.services.actors import Actor
from webapp.services.export_schedules import Stale, Wish
from webapp.services.preferences import ExportPreferences
from webapp.statuses import Role, RunState, ScheduleState

__all__ = ["clock"]


def test_it_exports_the_view_in_its_order_when_its_time_has_come(make: Factory, cast: Cast, clock: Clock) -> None:
    numbers = [make.shipment().fulfillment_number for _ in range(2)]
    make.shipment(status="fulfilled", tracking_number="1Z")
    packed = {"column": "status", "operator": "is", "value": "packed"}
    view = make_view(cast.viewer, filter=_filter(packed))
    schedule_id = make_schedule(cast.viewer, view)
    assert schedule_of(schedule_id).next_at == MORNING
    assert tick() == []
    clock.at(MORNING)
    (run_id,) = tick()
    assert work(run_id).state == RunState.SUCCEEDED
    assert csv_rows(content_of(run_id)) == [["Fulfillment #"], *([number] for number in numbers)]
    assert schedule_of(schedule_id).next_at == MORNING + timedelta(days=1)
    (row,) = questions.of_person(person_of(cast.viewer))
    assert row.last is not None
    assert row.last.export is not None
    assert (row.last.due_at, row.last.export.row_count, row.last.export.run.state) == (MORNING, 2, "succeeded")


def test_times_missed_while_no_clock_ran_are_made_up_for_once(cast: Cast, clock: Clock) -> None:
    schedule_id = make_schedule(cast.viewer, make_view(cast.viewer))
    clock.at(MORNING + timedelta(days=5, hours=3))
    assert len(tick()) == 1
    assert tick() == []
    assert [one.due_at for one in history_of(schedule_id)] == [MORNING]
    assert schedule_of(schedule_id).next_at == MORNING + timedelta(days=6)


def test_two_clocks_at_once_start_it_once(app: Flask, cast: Cast, clock: Clock) -> None:
    schedule_id = make_schedule(cast.viewer, make_view(cast.viewer))
    clock.at(MORNING)
    barrier, started = threading.Barrier(3), []

    def another_clock() -> None:
        with app.app_context():
            due = export_schedules_clock.due()
            db.session.commit()
            barrier.wait()
            started.extend(export_schedules_clock.start(id_) for id_ in due)
            db.session.commit()

    db.session.rollback()
    threads = [threading.Thread(target=another_clock) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(started) == 3
    assert sum(run_id is not None for run_id in started) == 1
    assert len(history_of(schedule_id)) == db.session.query(Run).count() == 1


def test_it_shows_what_its_owner_sees_at_that_time(make: Factory, cast: Cast, clock: Clock) -> None:
    make.shipment(warehouse="Reno, NV")
    there = make.shipment(warehouse="Columbus, OH")
    rita = cast.limited_to(make.warehouse("Reno, NV").id)
    make_schedule(rita, make_view(rita))
    db.session.execute(sa.update(UserWarehouse).values(warehouse_id=there.warehouse_id))
    db.session.commit()
    clock.at(MORNING)
    (run_id,) = tick()
    work(run_id)
    assert csv_rows(content_of(run_id))[1:] == [[there.fulfillment_number]]


def _disabled(cast: Cast, _view: Any, _make: Factory) -> None:
    db.session.get_one(User, cast.operator.id).is_active = False


def _withdrawn(_cast: Cast, view: Any, _make: Factory) -> None:
    view.is_shared = False


def _broken(_cast: Cast, view: Any, _make: Factory) -> None:
    gone = {"column": "colour", "operator": "is", "value": "red"}
    view.state = view.state | {"filter": _filter(gone)}


def _sorted_by_nothing(_cast: Cast, view: Any, _make: Factory) -> None:
    view.state = view.state | {"sort": "weight"}


def _elsewhere(cast: Cast, view: Any, make: Factory) -> None:
    view.state = view.state | {"warehouses": [make.warehouse("Columbus, OH").id]}
    db.session.get_one(User, cast.operator.id).limited_to_warehouses = True


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_disabled, "may not sign in"),
        (_withdrawn, "not shared with you any more"),
        (_broken, "colour"),
        (_sorted_by_nothing, "an order that there is not any more"),
        (_elsewhere, "a warehouse that you do not see"),
    ],
)
def test_what_cannot_be_made_any_more_stops_and_says_why(
    make: Factory, cast: Cast, clock: Clock, change: Any, reason: str
) -> None:
    view = make_view(cast.admin, is_shared=True)
    schedule_id = make_schedule(cast.operator, view)
    change(cast, view, make)
    db.session.commit()
    clock.at(MORNING)
    assert tick() == []
    schedule = schedule_of(schedule_id)
    assert (schedule.state, schedule.next_at) == (ScheduleState.STOPPED, None)
    assert reason in schedule.reason
    assert [(one.run_id, one.problem) for one in history_of(schedule_id)] == [(None, schedule.reason)]
    assert db.session.query(Run).count() == 0
    clock.at(MORNING + timedelta(days=1))
    assert tick() == []


def test_lost_rights_stop_it(cast: Cast, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    schedule_id = make_schedule(cast.viewer, make_view(cast.viewer))
    monkeypatch.setitem(
        export_schedules_clock.active_person.__globals__["ROLE_PERMISSIONS"], Role.VIEWER, frozenset()
    )
    clock.at(MORNING)
    assert tick() == []
    assert "may not export" in schedule_of(schedule_id).reason


def test_a_deleted_view_stops_its_schedules_at_once(cast: Cast, clock: Clock) -> None:
    view = make_view(cast.viewer)
    schedule_id = make_schedule(cast.viewer, view)
    saved_views.delete(view.id, actor=Actor(cast.viewer.id), may_share=False)
    db.session.commit()
    schedule = schedule_of(schedule_id)
    assert (schedule.state, schedule.reason, schedule.saved_view_id) == ("stopped", "The view was deleted.", None)
    person = person_of(cast.viewer)
    for step in (export_schedules.resume, lambda id_, **who: export_schedules.run_now(id_, key=KEY[::-1], **who)):
        with pytest.raises(Refused, match="deleted"):
            step(schedule_id, person=person)
        db.session.rollback()
    assert questions.find(schedule_id, person).view_name == "Late"


def test_one_that_fails_unforeseen_does_not_keep_the_others_waiting(
    app: Flask, cast: Cast, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = make_view(cast.viewer)
    first, second = make_schedule(cast.viewer, view), make_schedule(cast.viewer, view, key=KEY[::-1])
    clock.at(MORNING)
    start = export_schedules_clock.start

    def fails_for_the_first(schedule_id: int) -> Any:
        if schedule_id == first:
            raise ZeroDivisionError
        return start(schedule_id)

    monkeypatch.setattr(export_schedules_clock, "start", fails_for_the_first)
    monkeypatch.setattr(job, "application", lambda: app)
    with pytest.raises(ExceptionGroup):
        job.start_due()
    assert (len(history_of(first)), len(history_of(second))) == (0, 1)
    assert schedule_of(first).state == ScheduleState.ACTIVE


def test_paused_it_rests_and_resumed_it_goes_on_without_what_it_missed(cast: Cast, clock: Clock) -> None:
    schedule_id, person = make_schedule(cast.viewer, make_view(cast.viewer)), person_of(cast.viewer)
    for _ in range(2):
        export_schedules.pause(schedule_id, person=person)
        db.session.commit()
    assert schedule_of(schedule_id).version == 2
    clock.at(MORNING + timedelta(days=2, hours=1))
    assert tick() == []
    export_schedules.resume(schedule_id, person=person)
    db.session.commit()
    assert schedule_of(schedule_id).next_at == MORNING + timedelta(days=3)


def test_run_now_makes_the_file_once_and_changes_no_time(make: Factory, cast: Cast, clock: Clock) -> None:
    make.shipment()
    schedule_id, person = make_schedule(cast.viewer, make_view(cast.viewer)), person_of(cast.viewer)
    export_schedules.pause(schedule_id, person=person)
    asked = {export_schedules.run_now(schedule_id, key=KEY[::-1], person=person) for _ in range(2)}
    db.session.commit()
    (run_id,) = asked
    assert work(run_id).state == RunState.SUCCEEDED
    assert [one.is_by_hand for one in history_of(schedule_id)] == [True]
    assert schedule_of(schedule_id).next_at is None


def test_a_change_from_an_older_version_is_refused_unless_it_is_so_already(cast: Cast, clock: Clock) -> None:
    view, person = make_view(cast.viewer), person_of(cast.viewer)
    schedule_id = make_schedule(cast.viewer, view)
    wish = Wish(view.id, DAILY, ExportPreferences(columns=("id",)))
    for _ in range(2):
        export_schedules.edit(schedule_id, wish, version=1, person=person)
        db.session.commit()
    with pytest.raises(Stale) as stale:
        export_schedules.edit(schedule_id, Wish(view.id, DAILY, FILE), version=1, person=person)
    assert stale.value.version == 2


def test_another_view_may_be_chosen_and_what_was_stopped_goes_on_with_it(
    make: Factory, cast: Cast, clock: Clock
) -> None:
    late, early = make_view(cast.viewer), make_view(cast.viewer, "Early")
    schedule_id, person = make_schedule(cast.viewer, late), person_of(cast.viewer)
    saved_views.delete(late.id, actor=Actor(cast.viewer.id), may_share=False)
    export_schedules.edit(schedule_id, Wish(early.id, DAILY, FILE), version=2, person=person)
    db.session.commit()
    assert schedule_of(schedule_id).state == ScheduleState.STOPPED
    export_schedules.resume(schedule_id, person=person)
    db.session.commit()
    clock.at(MORNING)
    assert len(tick()) == 1
    found = questions.find(schedule_id, person)
    assert (found.view_id, found.view_name, found.state) == (early.id, "Early", ScheduleState.ACTIVE)


def test_a_view_that_cannot_be_exported_does_not_take_the_place_of_one_that_can(cast: Cast, clock: Clock) -> None:
    view, person = make_view(cast.viewer), person_of(cast.viewer)
    schedule_id = make_schedule(cast.viewer, view)
    broken = {"type": "condition", "condition": {"column": "colour", "operator": "is", "value": "red"}}
    other = make_view(cast.viewer, "Red", filter={"conjunction": "and", "children": [broken]})
    strangers = make_view(cast.admin, "Theirs")
    for wrong, error in ((other, FilterError), (strangers, NotFound)):
        with pytest.raises(error):
            export_schedules.edit(schedule_id, Wish(wrong.id, DAILY, FILE), version=1, person=person)
        db.session.rollback()
    assert (schedule_of(schedule_id).saved_view_id, schedule_of(schedule_id).version) == (view.id, 1)


def test_the_same_key_makes_one_and_nobody_has_more_than_there_is_room_for(
    cast: Cast, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = make_view(cast.viewer)
    assert make_schedule(cast.viewer, view) == make_schedule(cast.viewer, view)
    monkeypatch.setattr(export_schedules, "MOST", 1)
    with pytest.raises(Refused, match="1 scheduled exports already"):
        make_schedule(cast.viewer, view, key=KEY[::-1])


def test_the_schedules_and_views_of_others_do_not_exist(cast: Cast, clock: Clock) -> None:
    view = make_view(cast.viewer)
    schedule_id, stranger = make_schedule(cast.viewer, view), person_of(cast.admin)
    for change in (export_schedules.pause, export_schedules.resume, export_schedules.delete):
        with pytest.raises(NotFound):
            change(schedule_id, person=stranger)
        db.session.rollback()
    with pytest.raises(NotFound):
        make_schedule(cast.admin, view)


@pytest.mark.parametrize(
    "wrong",
    [
        {"weekdays": 0},
        {"minute": 1440},
        {"format": "pdf"},
        {"state": "paused"},
        {"next_at": None},
        {"reason": "For no reason."},
        {"saved_view_id": None},
    ],
)
def test_the_database_takes_no_schedule_that_makes_no_sense(
    cast: Cast, clock: Clock, wrong: dict[str, Any]
) -> None:
    make_schedule(cast.viewer, make_view(cast.viewer))
    with pytest.raises(IntegrityError):
        db.session.execute(sa.update(ExportSchedule).values(**wrong))


def _filter(condition: dict[str, Any]) -> dict[str, Any]:
    return {"conjunction": "and", "children": [{"type": "condition", "condition": condition}]}
