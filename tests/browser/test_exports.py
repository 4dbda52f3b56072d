"""Exporting as a person does it: from the list and from a selection, at once and in the background."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import accessibility_violations, sign_in
from tests.cast import Cast
from tests.exporting import ask, ask_for_slips, csv_rows, person_of, sheet_rows, work
from tests.factories import Factory
from tests.scheduling import make_schedule, make_view
from webapp.extensions import db
from webapp.models import Run
from webapp.services import export_schedules
from webapp.statuses import ExportFormat, ExportMode, RunState
from webapp.views import exports as views

pytestmark = pytest.mark.browser


@pytest.fixture
def numbers(tab: Page, make: Factory, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A list of six shipments, newest first; nobody waits for a worker that is not there."""
    monkeypatch.setattr(views, "PATIENCE_SECONDS", 0)
    found = [make.shipment().fulfillment_number for _ in range(6)]
    sign_in(tab, cast.viewer)
    tab.goto("/fulfillments?tab=all")
    return found[::-1]


def picture(tab: Page, name: str) -> None:
    """Kept for a look, where a folder is named."""
    if folder := os.environ.get("PICTURES"):
        tab.screenshot(path=Path(folder) / f"{name}.png")


def open_dialog(tab: Page) -> None:
    tab.get_by_role("link", name="Export", exact=True).click()
    expect(tab.locator("#dialog[open] #export-form")).to_be_visible()


def export(tab: Page) -> None:
    tab.locator("#dialog .dialog-actions").get_by_role("button", name="Export", exact=True).click()


def test_a_small_file_comes_down_at_once(tab: Page, numbers: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    ready_within = views.questions.ready_within

    def after_work(run_id: int, *limits: Any) -> int | None:
        work(run_id)
        return ready_within(run_id, *limits)

    monkeypatch.setattr(views.questions, "ready_within", after_work)
    open_dialog(tab)
    picture(tab, "export-dialog")
    assert accessibility_violations(tab) == []
    expect(tab.locator("#export-scopes")).to_contain_text("All that match this list: 6 shipments, 6 lines")
    tab.locator("#export-columns summary").click()
    tab.get_by_label("ID", exact=True).uncheck()
    row = tab.locator("tr", has=tab.get_by_label("Order #", exact=True))
    row.drag_to(
        tab.locator("tr", has=tab.get_by_label("Fulfillment #", exact=True)), target_position={"x": 5, "y": 2}
    )
    picture(tab, "export-columns")
    with tab.expect_download() as download:
        export(tab)
    name = download.value.suggested_filename
    assert name.startswith("fulfillments-20")
    headings, *rows = sheet_rows(Path(download.value.path()).read_bytes())
    assert headings[:2] == ["Order #", "Fulfillment #"]
    assert [row[1] for row in rows] == numbers
    expect(tab.locator("#dialog")).to_be_hidden()
    expect(tab.locator("#toasts")).to_contain_text("Your file is ready.")
    tab.goto("/fulfillments/export")
    tab.locator("#export-columns summary").click()
    ticked = tab.locator("#export-columns input[name=shown]:checked")
    shown = ticked.evaluate_all("all => all.map(one => one.value)")
    assert shown[:2] == ["order", "number"], "where they were dragged to"
    assert "id" not in shown


def test_a_selection_is_made_in_the_background_and_announced(tab: Page, numbers: list[str]) -> None:
    for place in (1, 3):
        tab.locator("[data-row-select]").nth(place).click()
    tab.get_by_role("button", name="Export…", exact=True).click()
    expect(tab.get_by_label("The selected ones: 2 shipments, 2 lines")).to_be_checked()
    tab.get_by_label("CSV", exact=True).check()
    export(tab)
    expect(tab.locator("#toasts")).to_contain_text("Your file is being made.")
    expect(tab.locator("#run-tray-summary")).to_contain_text("1 running")
    picture(tab, "export-running")
    run_id = int(db.session.query(Run.id).scalar())
    db.session.rollback()
    work(run_id)
    ready = tab.locator("#toasts").get_by_role("link", name="Download")
    expect(ready).to_be_visible()
    picture(tab, "export-ready")
    with tab.expect_download() as download:
        ready.click()
    rows = csv_rows(Path(download.value.path()).read_bytes())
    assert [row[1] for row in rows[1:]] == [numbers[1], numbers[3]]
    tab.goto("/exports")
    expect(tab.get_by_role("link", name="Download")).to_be_visible()
    picture(tab, "exports")
    assert accessibility_violations(tab) == []


def test_a_repeated_export_is_in_the_list_at_once(tab: Page, make: Factory, cast: Cast) -> None:
    make.shipment()
    failed = db.session.get_one(Run, ask(cast.viewer))
    failed.state, failed.can_retry = RunState.FAILED.value, True
    db.session.commit()
    sign_in(tab, cast.viewer)
    tab.goto("/exports")
    tab.locator("#exports").get_by_role("button", name="Try again").click()
    rows = tab.locator("#exports tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Waiting")


def test_what_is_wrong_is_said_in_the_dialog(tab: Page, numbers: list[str]) -> None:
    open_dialog(tab)
    tab.locator("#export-columns summary").click()
    for box in tab.locator("#export-columns input[type=checkbox]").all():
        box.uncheck()
    export(tab)
    expect(tab.locator("#dialog .banner")).to_contain_text("Tick at least one column")
    picture(tab, "export-refused")


def test_the_dialog_is_a_page_as_well(tab: Page, numbers: list[str]) -> None:
    tab.goto("/fulfillments/export")
    tab.locator("#export-columns summary").click()
    assert accessibility_violations(tab) == []
    picture(tab, "export-page")


def test_ones_files_and_schedules_need_no_scrolling_sideways(tab: Page, make: Factory, cast: Cast) -> None:
    make.shipment()
    work(ask(cast.viewer, format=ExportFormat.CSV, key="a" * 32))
    ask(cast.viewer, format=ExportFormat.XLSX, mode=ExportMode.LINE_ITEMS, key="b" * 32)
    failed = db.session.get_one(Run, ask(cast.viewer, key="e" * 32))
    failed.state, failed.can_retry, failed.message = RunState.FAILED.value, True, "No space left on device. " * 4
    schedule = make_schedule(cast.viewer, make_view(cast.viewer, "Late shipments of the west coast"))
    export_schedules.run_now(schedule, key="c" * 32, person=person_of(cast.viewer))
    db.session.commit()
    sign_in(tab, cast.viewer)
    tab.goto("/exports")
    expect(tab.get_by_role("link", name="Download")).to_be_visible()
    expect(tab.get_by_role("button", name="Pause")).to_be_visible()
    for width in (360, 768, 1024, 1280):
        tab.set_viewport_size({"width": width, "height": 1024})
        picture(tab, f"exports-{width}")
        assert beyond_its_width(tab) == [0, 0, 0], width
        if width in {360, 1280}:
            assert accessibility_violations(tab) == []


def test_runs_schedules_and_slips_need_no_scrolling_sideways(tab: Page, make: Factory, cast: Cast) -> None:
    order = make.order(name="株式会社サンプル商事", address1="A-street-without-a-single-space-in-it 900")
    shipment_id = make.shipment(order=order, lines=(("A-SKU-OF-TWENTY-LETTERS", 1, None),)).id
    work(ask(cast.operator, format=ExportFormat.CSV, key="a" * 32))
    slips = ask_for_slips(cast.operator, [shipment_id])
    db.session.query(Run).filter_by(id=slips).one().message = "Not all could be printed. " * 20
    schedule = make_schedule(cast.operator, make_view(cast.operator, "Late shipments"), key="d" * 32)
    export_schedules.run_now(schedule, key="c" * 32, person=person_of(cast.operator))
    db.session.commit()
    sign_in(tab, cast.operator)
    for width in (360, 768, 1024, 1280):
        tab.set_viewport_size({"width": width, "height": 1024})
        for page in (
            "/runs", f"/runs/{slips}", f"/exports/schedules/{schedule}", f"/exports/schedules/{schedule}/edit",
            "/fulfillments/export", f"/fulfillments/packing-slips?ids={shipment_id}",
        ):  # fmt: skip
            tab.goto(page)
            picture(tab, f"{page.replace('/', '-')}-{width}")
            assert not any(beyond_its_width(tab)), (page, width)


def beyond_its_width(tab: Page) -> list[int]:
    """How many pixels the page and each table in it could be scrolled sideways."""
    over = "[document.documentElement, ...document.querySelectorAll('.data-table-frame')]"
    found: list[int] = tab.evaluate(f"{over}.map(one => one.scrollWidth - one.clientWidth)")
    return found
