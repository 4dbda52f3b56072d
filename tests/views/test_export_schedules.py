"""Scheduled exports on the page: the dialog, the list with its buttons, and what is refused."""

from typing import Any

import pytest

from tests.cast import Cast
from tests.exporting import KEY, work
from tests.factories import Factory
from tests.page import Page
from tests.scheduling import Clock, clock, history_of, make_schedule, make_view, schedule_of
from webapp.extensions import db
from webapp.models import ExportSchedule, Run

__all__ = ["clock"]
NEW = "/exports/schedules/new"


def form(**changes: Any) -> dict[str, Any]:
    file = {"format": "csv", "mode": "summary", "shown": ["number", "status"], "order": ["status", "number"]}
    return file | {"often": "weekly", "weekdays": ["0", "4"], "time": "06:30", "idempotency_key": KEY} | changes


def only() -> ExportSchedule:
    db.session.rollback()
    db.session.expire_all()
    return db.session.query(ExportSchedule).one()


def test_the_dialog_says_how_much_the_view_holds_and_offers_its_columns(
    page: Page, cast: Cast, make: Factory
) -> None:
    make.shipment(lines=(("A", 1, None), ("B", 1, None)))
    view = make_view(cast.viewer, columns=["units", "provider", "status"])
    page.sign_in(cast.viewer).get("/views")
    link = page.one(f"#schedule-{view.id}")
    page.get(str(link["hx-get"]), fragment="dialog")
    assert "At present the view holds 1 shipment, 2 lines." in page.text
    assert [str(box["value"]) for box in page.all("input[name=shown][checked]")] == [
        "number",
        "quantity",
        "status",
    ]
    assert page.one("select[name=view] option[selected]").get_text() == "Late"
    page.get(f"/fulfillments?view={view.id}&tab=all&size=50&columns=status&density=comfortable")
    assert page.one("#schedule-view")["href"] == f"{NEW}?view={view.id}"


def test_the_dialog_asks_how_much_a_newly_chosen_view_holds(page: Page, cast: Cast, make: Factory) -> None:
    make.shipment(lines=(("A", 1, None), ("B", 1, None)))
    view = make_view(cast.viewer)
    page.sign_in(cast.viewer).get(NEW)
    select = page.one("select[name=view]")
    assert str(select["hx-target"]) == "#schedule-size"
    page.get(f"{select['hx-get']}?view={view.id}", fragment="schedule-size")
    assert "At present the view holds 1 shipment, 2 lines." in page.text
    page.get(f"{select['hx-get']}?view=", fragment="schedule-size")
    assert "The view is exported as it is each time" in page.text


def test_how_much_the_view_of_another_holds_is_not_told(page: Page, cast: Cast) -> None:
    view = make_view(cast.supervisor)
    page.sign_in(cast.viewer).get(f"{NEW[:-3]}size?view={view.id}", status=404)
    page.get(f"{NEW[:-3]}size?view=x", status=404)


def test_a_plain_form_schedules_it_and_the_page_lists_it(page: Page, cast: Cast, clock: Clock) -> None:
    view = make_view(cast.viewer)
    page.sign_in(cast.viewer).get("/exports")
    assert "A saved view can be made into a file" in page.text
    for _ in range(2):
        page.post(NEW, form(view=view.id))
    made = only()
    assert (made.weekdays, made.minute, made.columns) == (0b10001, 390, ["status", "number"])
    page.follow()
    row = page.one(f"#schedule-{made.id}").get_text(" ", strip=True)
    assert "Monday, Friday at 06:30" in row
    assert "On" in row
    page.post(f"/exports/schedules/{made.id}/pause", {}).follow()
    assert "Paused" in page.one(f"#schedule-{made.id}").get_text()
    page.post(f"/exports/schedules/{made.id}/resume", {})
    page.post(f"/exports/schedules/{made.id}/run", {"idempotency_key": KEY[::-1]})
    work(db.session.query(Run).one().id)
    page.get(f"/exports/schedules/{made.id}")
    assert "Run by hand" in page.text
    assert page.one("#schedule-history a.btn").get_text(strip=True) == "Download"
    page.get(f"/exports/schedules/{made.id}/delete", fragment="dialog").submit()
    page.follow()
    assert db.session.query(ExportSchedule).count() == 0
    assert page.all("#exports a.btn"), "the file it made stays"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"weekdays": []}, "Tick at least one day."),
        ({"weekdays": ["7"]}, "'7' is not a valid choice"),
        ({"often": "hourly"}, "Not a valid choice"),
        ({"time": "25:00"}, "such as 07:30"),
        ({"time": ""}, "Choose a time"),
        ({"view": ""}, "Choose the view"),
        ({"view": "999"}, "Not a valid choice"),
        ({"shown": []}, "Tick at least one column"),
        ({"shown": ["item_sku"]}, "Tick at least one column"),
    ],
)
def test_what_makes_no_sense_is_said_in_the_dialog(
    page: Page, cast: Cast, changes: dict[str, Any], said: str
) -> None:
    view = make_view(cast.viewer)
    page.sign_in(cast.viewer).post(NEW, form(**{"view": view.id} | changes), fragment="dialog", status=422)
    assert said in page.text
    assert db.session.query(ExportSchedule).count() == 0


def test_what_the_form_never_offered_is_refused_outright(page: Page, cast: Cast) -> None:
    view = make_view(cast.viewer)
    page.sign_in(cast.viewer)
    for changes in ({"format": "pdf"}, {"mode": "each"}, {"shown": ["colour"]}, {"idempotency_key": "short"}):
        page.post(NEW, form(view=view.id, **changes), status=400)
    for address in (f"{NEW}?view=999", f"{NEW}?view=x", "/exports/schedules/99999999999999999999999"):
        page.get(address, status=404)


def test_a_view_that_cannot_be_run_is_not_scheduled(page: Page, cast: Cast) -> None:
    broken = {"type": "condition", "condition": {"column": "colour", "operator": "is", "value": "red"}}
    view = make_view(cast.viewer, filter={"conjunction": "and", "children": [broken]})
    page.sign_in(cast.viewer).get(f"{NEW}?view={view.id}")
    assert "This view cannot be exported now" in page.text
    page.post(NEW, form(view=view.id), status=422)
    assert "colour" in page.text
    assert db.session.query(ExportSchedule).count() == 0


def test_columns_are_moved_without_scripts_and_what_was_typed_stays(page: Page, cast: Cast) -> None:
    view = make_view(cast.viewer)
    page.sign_in(cast.viewer).post(NEW, form(view=view.id, action="down:status"), status=200)
    assert [str(box["value"]) for box in page.all("input[name=order]")][:2] == ["number", "status"]
    assert page.one("input[name=time]")["value"] == "06:30"
    assert len(page.all("input[name=weekdays][checked]")) == 2


def test_an_older_form_is_told_how_things_stand_and_may_insist(page: Page, cast: Cast, clock: Clock) -> None:
    late, early = make_view(cast.viewer), make_view(cast.viewer, "Early")
    schedule_id = make_schedule(cast.viewer, late)
    address = f"/exports/schedules/{schedule_id}/edit"
    page.sign_in(cast.viewer).post(address, form(version="1", view=early.id))
    page.post(address, form(version="1", time="08:00", view=late.id), status=409)
    assert "It is now: “Early”, Monday, Friday at 06:30" in page.text
    assert page.one("input[name=time]")["value"] == "08:00"
    assert page.one("select[name=view] option[selected]")["value"] == str(late.id)
    version = str(page.one("input[name=version]")["value"])
    page.post(address, form(version=version, time="08:00", view=late.id))
    assert (schedule_of(schedule_id).minute, schedule_of(schedule_id).saved_view_id) == (480, late.id)
    page.post(address, form(version="x", view=late.id), status=422)
    page.post(address, form(version=version), status=422)
    page.post(address, form(view=late.id), status=400)


def test_the_schedule_of_another_does_not_exist(page: Page, cast: Cast, clock: Clock) -> None:
    schedule_id = make_schedule(cast.viewer, make_view(cast.viewer, is_shared=True))
    page.sign_in(cast.admin)
    address = f"/exports/schedules/{schedule_id}"
    for part in ("", "/edit", "/delete"):
        page.get(address + part, status=404)
    for part in ("/pause", "/resume", "/run", "/delete", "/edit"):
        page.post(address + part, form(version="1"), status=404)
    assert history_of(schedule_id) == []
    page.get("/exports")
    assert not page.all(f"#schedule-{schedule_id}")


def test_an_export_from_a_view_has_its_columns_and_leaves_the_remembered_ones_alone(
    page: Page, cast: Cast, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.views.exports.PATIENCE_SECONDS", 0)
    make.shipment()
    view = make_view(cast.viewer)
    shown = f"view={view.id}&tab=all&sort=cost&size=50&columns=tracking,units&density=comfortable"
    page.sign_in(cast.viewer).get(f"/fulfillments/export?{shown}")
    ticked = [str(box["value"]) for box in page.all("input[name=shown][checked]")]
    assert ticked == ["number", "tracking", "quantity"]
    assert "The columns are those of the view" in page.text
    assert "All that match this list: 1 shipment, 1 line" in page.text
    sent = form(scope="filtered", shown=ticked, order=ticked)
    page.post(f"/fulfillments/export?{shown}", sent)
    page.get("/fulfillments/export")
    assert len(page.all("input[name=shown][checked]")) == len(page.all("input[name=shown]"))
