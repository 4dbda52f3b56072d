"""The dialog over the list, one's own files, and the download: with scripts and without, and what is refused."""

import csv
import json
import re
from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Cast
from tests.exporting import KEY, ask, content_of, csv_rows, export_of, run_of, work
from tests.factories import Factory
from tests.page import Page
from webapp.extensions import db
from webapp.models import Export, Run
from webapp.schema import now
from webapp.statuses import ExportFormat, RunState
from webapp.views import exports as views

FORM = {
    "format": "csv", "mode": "summary", "scope": "filtered", "shown": ["number", "status"],
    "order": ["number", "status"], "idempotency_key": KEY,
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker is there, so nobody need wait for one."""
    monkeypatch.setattr(views, "PATIENCE_SECONDS", 0)


def last_run() -> int:
    return int(db.session.query(Run).order_by(Run.id.desc()).first().id)


def test_the_dialog_says_how_many_rows_each_choice_will_be(page: Page, cast: Cast, make: Factory) -> None:
    order = make.order()
    for _ in range(30):
        make.shipment(order=order)
    make.shipment(order=order, lines=(("A", 1, None), ("B", 1, None)), archived_at=now())
    page.sign_in(cast.viewer).get("/fulfillments/export?size=25")
    assert page.texts("#export-scopes label") == [
        "All that match this list: 30 shipments, 30 lines",
        "All shipments you can see: 31 shipments, 32 lines",
        "This page: 25 shipments, 25 lines",
    ]
    assert page.one("input[name=scope][checked]")["value"] == "filtered"
    assert "America/Los_Angeles" in page.text


def test_the_list_offers_it_and_opens_it_over_itself(page: Page, cast: Cast, make: Factory) -> None:
    make.shipment()
    page.sign_in(cast.viewer).get("/fulfillments?tab=all&sort=cost")
    link = page.one("#export-list")
    assert link["href"] == "/fulfillments/export?tab=all&sort=cost"
    page.get(str(link["href"]), fragment="dialog")
    assert page.one("form")["action"] == "/fulfillments/export?tab=all&sort=cost"


def test_selected_rows_are_the_first_choice(page: Page, cast: Cast, make: Factory) -> None:
    one, two = make.shipment(), make.shipment()
    page.sign_in(cast.viewer).post("/fulfillments/export/selection", {"ids": [one.id, two.id]}, status=200)
    assert page.one("input[name=scope][checked]")["value"] == "selected"
    assert "The selected ones: 2 shipments, 2 lines" in page.text
    chosen = [str(field["value"]) for field in page.all("input[name=ids]")]
    page.post("/fulfillments/export", FORM | {"scope": "selected", "ids": chosen})
    run_id = last_run()
    work(run_id)
    rows = csv_rows(content_of(run_id))
    assert rows[1:] == [[two.fulfillment_number, "Packed"], [one.fulfillment_number, "Packed"]]


def test_all_of_a_list_is_chosen_where_all_was_ticked(page: Page, cast: Cast, make: Factory) -> None:
    shipment = make.shipment()
    page.sign_in(cast.supervisor).post(
        "/fulfillments/export/selection", {"ids": [shipment.id], "all": "1"}, status=200
    )
    assert page.one("input[name=scope][checked]")["value"] == "filtered"
    assert "The selected ones" not in page.text


def test_without_scripts_it_leads_to_the_run_and_from_there_to_the_file(
    page: Page, cast: Cast, make: Factory
) -> None:
    shipment = make.shipment()
    page.sign_in(cast.viewer).post("/fulfillments/export", FORM)
    run_id = last_run()
    assert page.response.headers["Location"] == f"/runs/{run_id}"
    work(run_id)
    page.follow()
    link = page.one("#run .run-actions a")
    page.get(str(link["href"]))
    lines = page.response.data.decode("utf-8-sig").split("\r\n")
    assert list(csv.reader(lines)) == [["Fulfillment #", "Status"], [shipment.fulfillment_number, "Packed"], []]
    name = export_of(run_id).file_name
    assert page.response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert name.startswith("fulfillments-20")


def test_a_file_that_is_ready_at_once_is_downloaded_at_once(
    page: Page, cast: Cast, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.shipment()
    ready_within = views.questions.ready_within

    def after_work(run_id: int, *limits: Any) -> int | None:
        work(run_id)
        return ready_within(run_id, *limits)

    monkeypatch.setattr(views.questions, "ready_within", after_work)
    page.sign_in(cast.viewer).post("/fulfillments/export", FORM, fragment="dialog", status=200)
    events = json.loads(page.response.headers["HX-Trigger"])
    url = f"/exports/{export_of(last_run()).id}/file"
    assert events["file:ready"] == {"target": "body", "url": url}
    assert events["dialog:close"]
    page.post("/fulfillments/export", FORM | {"idempotency_key": KEY[::-1]})
    assert page.response.headers["Location"] == f"/exports/{export_of(last_run()).id}/file"


def test_one_that_takes_longer_is_announced_by_the_tray_when_it_is_ready(
    page: Page, cast: Cast, make: Factory
) -> None:
    make.shipment()
    page.sign_in(cast.viewer).post("/fulfillments/export", FORM, fragment="dialog", status=200)
    assert "file:ready" not in page.response.headers["HX-Trigger"]
    run_id = last_run()
    page.get("/runs/tray", fragment="run-tray")
    again = str(page.one("#run-tray")["hx-get"])
    assert again == f"/runs/tray?waiting={run_id}"
    assert page.all("#run-tray form")[0]["action"] == f"/runs/{run_id}/cancel"
    work(run_id)
    page.get(again, fragment="run-tray")
    download = f"/exports/{export_of(run_id).id}/file"
    assert page.one('hx-partial[hx-target="#toasts"] a')["href"] == download
    assert page.one("#run-tray li .run-actions a")["href"] == download
    assert page.one("#run-tray")["hx-get"] == "/runs/tray"


def test_the_tray_says_how_fast_a_file_grows_and_how_long_the_rest_takes(
    page: Page, cast: Cast, make: Factory
) -> None:
    make.shipment()
    run_id = ask(cast.viewer, format=ExportFormat.CSV)
    run = db.session.get_one(Run, run_id)
    run.state, run.total, run.done = RunState.RUNNING.value, 100_000, 25_000
    run.started_at = now() - timedelta(seconds=100)
    db.session.commit()
    page.sign_in(cast.viewer).get("/fulfillments")
    page.get(str(page.one("#run-tray")["hx-get"]), fragment="run-tray")
    progress = page.one("#run-tray .run-progress").get_text(" ", strip=True)
    assert page.one("#run-tray .run-progress progress")["value"] == "25000"
    assert re.fullmatch(r"25,000 of 100,000, 2[345]\d a second, 5 min left", progress)
    db.session.get_one(Run, run_id).done = 99_990
    db.session.commit()
    page.get(str(page.one("#run-tray")["hx-get"]), fragment="run-tray")
    progress = page.one("#run-tray .run-progress").get_text(" ", strip=True)
    assert re.fullmatch(r"99,990 of 100,000, 9\d\d a second", progress)


def test_how_the_file_was_to_look_is_remembered(page: Page, cast: Cast, make: Factory) -> None:
    make.shipment()
    page.sign_in(cast.viewer).post(
        "/fulfillments/export", FORM | {"shown": ["status", "id"], "order": ["id", "status"], "mode": "line_items"}
    )
    page.get("/fulfillments/export")
    checked = [str(field["value"]) for field in page.all("input[type=radio][checked]")]
    assert checked == ["filtered", "csv", "line_items"]
    assert [str(field["value"]) for field in page.all("input[name=shown][checked]")] == ["id", "status"]


def test_columns_are_moved_a_place_at_a_time_without_scripts(page: Page, cast: Cast) -> None:
    page.sign_in(cast.viewer).get("/fulfillments/export")
    order = [str(field["value"]) for field in page.all("input[name=order]")]
    page.post("/fulfillments/export", FORM | {"order": order, "shown": order, "action": "down:id"}, status=200)
    assert [str(field["value"]) for field in page.all("input[name=order]")][:3] == ["number", "id", "status"]
    page.post("/fulfillments/export", FORM | {"action": "reset"}, status=200)
    assert [str(field["value"]) for field in page.all("input[name=order]")] == order
    assert db.session.query(Run).count() == 0


@pytest.mark.parametrize("field", ["format", "mode", "scope", "shown", "order"])
def test_what_the_form_never_offered_is_refused_with_what_there_is(page: Page, cast: Cast, field: str) -> None:
    page.sign_in(cast.viewer).post("/fulfillments/export", FORM | {field: "nonsense"}, status=400)
    assert "nonsense" in page.text
    assert "Choose" in page.text
    assert db.session.query(Run).count() == 0


def test_no_column_and_no_shipment_are_refused_in_the_dialog(page: Page, cast: Cast) -> None:
    page.sign_in(cast.viewer).post("/fulfillments/export", FORM | {"shown": []}, status=422)
    assert "Tick at least one column" in page.text
    page.post("/fulfillments/export", FORM | {"scope": "selected"}, status=422)
    assert "No shipment is selected" in page.text
    page.post("/fulfillments/export", FORM | {"shown": ["item_sku"]}, status=422)
    assert "Tick at least one column" in page.text
    assert db.session.query(Run).count() == db.session.query(Export).count() == 0


def test_a_broken_filter_is_said_in_the_dialog_and_not_exported(page: Page, cast: Cast, make: Factory) -> None:
    make.shipment()
    address = "/fulfillments/export?filter[colour]=red"
    page.sign_in(cast.viewer).get(address)
    assert page.one("input[name=scope][value=filtered]").has_attr("disabled")
    assert "colour" in page.one("#export-scopes").get_text()
    page.post(address, FORM, status=422)
    assert "colour" in page.text
    assert db.session.query(Run).count() == 0


def test_parts_of_a_file_are_sent_when_asked_for(page: Page, cast: Cast, make: Factory) -> None:
    make.shipment()
    run_id = ask(cast.viewer, format=ExportFormat.CSV)
    work(run_id)
    url, content = f"/exports/{export_of(run_id).id}/file", content_of(run_id)
    page.sign_in(cast.viewer).get(url, headers={"Range": "bytes=5-14", "Accept-Encoding": "gzip"}, status=206)
    assert page.response.data == content[5:15]
    assert page.response.headers["Content-Range"] == f"bytes 5-14/{len(content)}"
    page.get(url, headers={"Accept-Encoding": "gzip"})
    assert page.response.headers["Content-Length"] == str(len(content))
    assert page.response.headers["Accept-Ranges"] == "bytes"
    page.get(url, headers={"Range": f"bytes={len(content) + 5}-"}, status=416)


def test_the_file_of_another_and_one_past_its_time_do_not_exist(page: Page, cast: Cast, make: Factory) -> None:
    make.shipment()
    run_id = ask(cast.viewer, format=ExportFormat.CSV)
    work(run_id)
    url = f"/exports/{export_of(run_id).id}/file"
    Page(page.app).sign_in(cast.admin).get(url, status=404)
    page.sign_in(cast.viewer).get(url)
    export_of(run_id).expires_at = now() - timedelta(seconds=1)
    db.session.commit()
    page.get(url, status=404)
    assert "export the list again" in page.text
    page.get("/exports")
    assert "No files yet" in page.text
    page.get("/exports/99999999999999999999999/file", status=404)


def test_ones_own_files_are_listed_with_what_is_in_them(page: Page, cast: Cast, make: Factory) -> None:
    make.shipment()
    done, waiting = ask(cast.viewer), ask(cast.viewer, key=KEY[::-1])
    work(done)
    ask(cast.admin)
    page.sign_in(cast.viewer).get("/exports")
    rows = page.texts("#exports tbody tr")
    assert len(rows) == 2
    assert "Waiting" in rows[0]
    assert "Done" in rows[1]
    assert page.one("#exports a.btn")["href"] == f"/exports/{export_of(done).id}/file"
    assert page.one("#exports")["hx-select"] == "#exports"
    assert page.one("#exports form")["action"] == f"/runs/{waiting}/cancel"


def test_viewers_cancel_and_repeat_their_exports_and_nothing_else(page: Page, cast: Cast, make: Factory) -> None:
    make.shipment()
    run_id = ask(cast.viewer)
    page.sign_in(cast.viewer).post(f"/runs/{run_id}/cancel", {})
    assert run_of(run_id).state == RunState.CANCELLED
    page.get("/exports")
    assert page.texts("#exports td[data-label=Rows]") == ["None"]
    failed = ask(cast.viewer, key=KEY[::-1])
    run = run_of(failed)
    run.state, run.can_retry = RunState.FAILED.value, True
    db.session.commit()
    page.post(f"/runs/{failed}/retry", {"idempotency_key": KEY.upper()})
    assert work(last_run()).state == RunState.SUCCEEDED


def test_a_search_is_exported_as_the_list_shows_it(page: Page, cast: Cast, make: Factory) -> None:
    shown = make.shipment(tracking_number="1Z999AA10123456784")
    make.shipment()
    page.sign_in(cast.viewer).post("/fulfillments/export?q=1Z999AA10123456784&tab=all", FORM)
    work(last_run())
    assert csv_rows(content_of(last_run()))[1:] == [[shown.fulfillment_number, "Packed"]]
