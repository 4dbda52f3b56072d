"""A scheduled export in a real browser: made from a saved view, paused, changed, deleted."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in
from tests.cast import Cast
from tests.factories import Factory
from tests.scheduling import make_view

pytestmark = pytest.mark.browser


def test_a_view_is_scheduled_changed_paused_and_given_up(tab: Page, make: Factory, cast: Cast) -> None:
    make.shipment()
    view = make_view(cast.viewer, size=50, columns=["status"], density="comfortable")
    sign_in(tab, cast.viewer)
    tab.goto(f"/fulfillments?view={view.id}&tab=all&sort=id&size=50&columns=status&density=comfortable")
    tab.get_by_role("link", name="Schedule an export of this view").click()
    dialog = tab.locator("#dialog")
    expect(dialog).to_contain_text("At present the view holds 1 shipment, 1 line.")
    dialog.get_by_label("On chosen days of the week").check()
    dialog.get_by_role("button", name="Schedule", exact=True).click()
    expect(dialog).to_contain_text("Tick at least one day.")
    dialog.get_by_label("Monday").check()
    dialog.get_by_label("Time", exact=True).fill("06:30")
    dialog.get_by_role("button", name="Schedule", exact=True).dblclick()
    row = tab.locator("#export-schedules tbody tr")
    expect(row).to_contain_text("Monday at 06:30")

    row.get_by_role("link", name="Edit…").click()
    dialog.get_by_label("Every day").check()
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(row).to_contain_text("Every day at 06:30")
    row.get_by_role("button", name="Pause").click()
    expect(row).to_contain_text("Paused")
    row.get_by_role("link", name="Delete…").click()
    dialog.get_by_role("button", name="Delete the schedule").click()
    expect(row).to_have_count(0)


def test_how_much_there_is_follows_the_chosen_view(tab: Page, make: Factory, cast: Cast) -> None:
    make.shipment(lines=(("A", 1, None), ("B", 1, None)))
    make_view(cast.viewer, "Anything")
    make_view(cast.viewer, "Nothing", tab="voided")
    sign_in(tab, cast.viewer)
    tab.goto("/exports")
    tab.get_by_role("link", name="Schedule an export").click()
    dialog = tab.locator("#dialog")
    size = dialog.locator("#schedule-size")
    expect(size).to_contain_text("The view is exported as it is each time")
    view = dialog.get_by_label("View", exact=True)
    view.select_option(label="Anything")
    expect(size).to_contain_text("At present the view holds 1 shipment, 2 lines.")
    view.select_option(label="Nothing")
    expect(size).to_contain_text("At present the view holds 0 shipments")
    view.select_option(label="Anything")
    expect(size).to_contain_text("1 shipment, 2 lines")
