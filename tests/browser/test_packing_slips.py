"""Packing slips on paper: a sheet of the chosen size for each, and nothing of the page around them."""

import os
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from tests.browser.conftest import accessibility_violations, sign_in
from tests.cast import Cast
from tests.exporting import work
from tests.factories import Factory
from webapp.extensions import db
from webapp.models import Fulfillment, Run
from webapp.views import packing_slips as views

pytestmark = pytest.mark.browser

# In points, as PDF counts them.
SIZES = {"letter": (612, 792), "a4": (595, 842), "4x6": (288, 432)}


@pytest.mark.parametrize("paper", SIZES)
def test_each_slip_has_a_sheet_of_the_chosen_size(tab: Page, make: Factory, cast: Cast, paper: str) -> None:
    ids = [make.shipment(lines=(("NWP-011", 2, None), ("NWP-012", 1, None))).id for _ in range(3)]
    sign_in(tab, cast.operator)
    tab.goto("/fulfillments?tab=all")
    for box in tab.locator("[data-row-select]").all():
        box.check()
    tab.get_by_role("button", name="Print slips").click()
    tab.wait_for_url("**/packing-slips?ids=*")
    tab.locator(f'button[value="{paper}"]').click()
    expect(tab.locator(f'button[value="{paper}"]')).to_have_attribute("aria-pressed", "true")
    expect(tab.locator(".slip")).to_have_count(3)
    assert accessibility_violations(tab) == []
    pdf = tab.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert [(round(float(width)), round(float(height))) for width, height in boxes] == [SIZES[paper]] * len(ids)
    if folder := os.environ.get("PICTURES"):
        tab.screenshot(path=Path(folder) / f"slips-{paper}.png")
        (Path(folder) / f"slips-{paper}.pdf").write_bytes(pdf)


def test_print_notes_it_and_opens_the_browsers_own_dialog(tab: Page, make: Factory, cast: Cast) -> None:
    shipment_id = make.shipment().id
    sign_in(tab, cast.operator)
    tab.add_init_script("window.print = () => { document.title = 'printing' }")
    tab.goto(f"/fulfillments/{shipment_id}/packing-slip")
    tab.get_by_role("button", name="Print", exact=True).click()
    expect(tab).to_have_title("printing")
    expect(tab.locator("#toasts")).to_contain_text("1 packing slip is marked as printed.")
    assert db.session.query(Fulfillment.packing_slip_printed_at).filter_by(id=shipment_id).scalar() is not None
    db.session.rollback()


def test_the_slips_of_a_whole_list_are_one_pdf_that_the_page_announces(
    tab: Page, make: Factory, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "PATIENCE_SECONDS", 0)
    for _ in range(26):
        make.shipment()
    sign_in(tab, cast.supervisor)
    tab.goto("/fulfillments?tab=all&size=25")
    tab.get_by_label("Select all on this page").click()
    tab.get_by_label("Select all 26 matching").check()
    tab.get_by_role("button", name="Print slips").click()
    expect(tab.locator("#dialog[open] #dialog-title")).to_have_text("26 packing slips as one PDF")
    assert accessibility_violations(tab) == []
    tab.get_by_label("4 x 6 inch").check()
    tab.get_by_role("button", name="Make 26 packing slips").click()
    expect(tab.locator("#toasts")).to_contain_text("Your file is being made.")
    [run_id] = db.session.scalars(sa.select(Run.id))
    work(run_id)
    expect(tab.locator("#toasts")).to_contain_text("Your packing slips are ready.")
    with tab.expect_download() as download:
        tab.locator("#toasts").get_by_role("link", name="Download").click()
    assert download.value.suggested_filename.startswith("packing-slips-")
