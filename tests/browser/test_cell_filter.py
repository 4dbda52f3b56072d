"""Only this, not this: from a cell with the mouse, from a row with the keyboard, from the lines on a phone."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import accessibility_violations, sign_in
from tests.cast import Cast
from tests.factories import Factory
from webapp.statuses import FulfillmentStatus

pytestmark = pytest.mark.browser


def test_a_cell_narrows_the_list_with_the_mouse(tab: Page, make: Factory, cast: Cast) -> None:
    packed = make.shipment(status=FulfillmentStatus.PACKED).fulfillment_number
    picked = make.shipment(status=FulfillmentStatus.PICKED).fulfillment_number
    sign_in(tab, cast.viewer)
    tab.get_by_role("row").filter(has_text=packed).get_by_text("Packed").hover()
    tab.get_by_role("button", name="Filter by Status").click()
    expect(tab.get_by_role("link", name="Only Packed")).to_be_focused()
    tab.keyboard.press("Escape")
    expect(tab.locator("#cell-menu")).to_have_count(0)
    expect(tab.get_by_role("button", name="Filter by Status")).to_be_focused()
    tab.keyboard.press("Enter")
    tab.get_by_role("link", name="Not Packed").click()
    expect(tab.locator(".row-link")).to_have_text([picked])
    expect(tab.locator(".chip")).to_have_text(["Status is not Packed"])
    tab.locator("[data-label=Status]").click()  # The cell itself still opens its shipment.
    expect(tab.get_by_role("heading", level=1)).to_contain_text(picked)


def test_a_row_narrows_the_list_with_the_keyboard_alone(tab: Page, make: Factory, cast: Cast) -> None:
    number = make.shipment(status=FulfillmentStatus.PACKED).fulfillment_number
    make.shipment(status=FulfillmentStatus.PICKED)
    sign_in(tab, cast.viewer)
    for key in ("j", "j", "i"):
        tab.keyboard.press(key)
        tab.wait_for_timeout(150)  # A person's pace: faster keys are taken for a scanner's.
    expect(tab.get_by_role("link", name="Only Packed")).to_be_focused()
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("link", name=number)).to_be_focused()
    tab.keyboard.press("i")
    expect(tab.get_by_role("link", name="Only Packed")).to_be_focused()
    tab.keyboard.press("ArrowDown")
    expect(tab.get_by_role("link", name="Not Packed")).to_be_focused()
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("Enter")
    expect(tab.locator(".row-link")).to_have_text([number])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_open_menus(
    browser: Browser, site: str, make: Factory, cast: Cast, scheme: str
) -> None:
    make.shipment(tracking_number="1Z999AA10123456784")
    context = browser.new_context(base_url=site, color_scheme=scheme, viewport={"width": 1440, "height": 900})
    tab = context.new_page()
    sign_in(tab, cast.viewer)
    tab.wait_for_load_state("networkidle")
    tab.locator("[data-label=Tracking]").hover()
    tab.get_by_role("button", name="Filter by Tracking").click()
    expect(tab.locator("#cell-menu a")).to_have_count(2)
    found = accessibility_violations(tab)
    tab.keyboard.press("Escape")
    tab.mouse.move(5, 5)
    for key in ("j", "i"):
        tab.keyboard.press(key)
        tab.wait_for_timeout(150)
    expect(tab.locator("#cell-menu a")).not_to_have_count(0)
    found += accessibility_violations(tab)
    context.close()
    assert not found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_the_lines_lead_to_the_values(
    browser: Browser, site: str, make: Factory, cast: Cast, scheme: str
) -> None:
    number = make.shipment().fulfillment_number
    context = browser.new_context(
        base_url=site, color_scheme=scheme, viewport={"width": 360, "height": 900}, has_touch=True
    )
    tab = context.new_page()
    sign_in(tab, cast.viewer)
    tab.goto("/fulfillments?tab=all")
    tab.locator("[data-disclosure]").tap()
    tab.get_by_role("link", name="Filter by these values").tap()
    expect(tab.get_by_role("heading", level=1)).to_contain_text(number)
    assert tab.url.endswith("/values?tab=all")
    found = accessibility_violations(tab)
    tab.get_by_role("link", name="Only Packed").tap()
    expect(tab.locator(".chip")).to_have_text(["Status is Packed"])
    context.close()
    assert not found
