"""Ctrl K: all that can be done on a page, by its name and without the mouse."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import accessibility_violations, sign_in
from tests.cast import Cast
from tests.factories import Factory

pytestmark = pytest.mark.browser


def options(tab: Page) -> list[str]:
    return [text.strip() for text in tab.locator("#palette [role=option]").all_inner_texts()]


def test_it_offers_what_the_page_offers_and_does_it(tab: Page, make: Factory, cast: Cast) -> None:
    make.shipment(status="fulfilled", tracking_number="1Z999AA1")
    sign_in(tab, cast.viewer)
    tab.keyboard.press("Control+k")
    expect(tab.get_by_role("combobox", name="What to do, or where to go")).to_be_focused()
    assert accessibility_violations(tab) == []

    tab.keyboard.type("views ship")
    assert [line.split("\n")[0] for line in options(tab)] == ["Shipped", "Shipments with “views ship”"]
    tab.keyboard.press("Enter")

    expect(tab).to_have_url(re.compile("tab=shipped"))
    expect(tab.locator("#palette")).to_have_count(0)
    tab.keyboard.press("Control+k")
    tab.keyboard.type("columns")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", name="Columns of the list")).to_be_visible()
    tab.keyboard.press("Control+k")  # A dialog asks for a decision first.
    expect(tab.locator("#palette")).to_have_count(0)


def test_it_knows_the_row_at_hand_and_nothing_that_is_not_allowed(tab: Page, make: Factory, cast: Cast) -> None:
    shipment = make.shipment()
    sign_in(tab, cast.viewer)
    tab.locator(".row-link").first.focus()
    tab.keyboard.press("Control+k")
    here = [line.split("\n")[0] for line in options(tab) if "This row" in line]
    assert here == ["Lines", shipment.fulfillment_number]
    tab.keyboard.type("void")
    assert [line.split("\n")[0] for line in options(tab)] == ["Voided", "Shipments with “void”"]

    tab.keyboard.press("Escape")
    expect(tab.locator(".row-link").first).to_be_focused()


def test_what_is_typed_may_be_what_is_looked_for(tab: Page, make: Factory, cast: Cast) -> None:
    shipment = make.shipment()
    sign_in(tab, cast.operator)
    tab.keyboard.press("Meta+k")
    tab.keyboard.type(shipment.fulfillment_number)
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", level=1)).to_contain_text(shipment.fulfillment_number)

    tab.keyboard.press("Control+k")
    tab.keyboard.type("void")
    tab.keyboard.press("ArrowUp")  # Round, to the search; and back.
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    expect(tab.locator("#dialog")).to_contain_text(f"Void {shipment.fulfillment_number}")


def test_the_help_opens_in_a_dialog_and_gives_the_focus_back(tab: Page, make: Factory, cast: Cast) -> None:
    make.shipment()
    sign_in(tab, cast.viewer)
    menu = tab.locator(".user-menu summary")
    menu.click()
    tab.get_by_role("link", name=re.compile("Keys and scanner")).click()
    keys = tab.get_by_label("Use single keys as shortcuts")
    expect(keys).to_be_checked()
    keys.uncheck()
    tab.keyboard.press("Escape")
    expect(menu).to_be_focused()
    tab.keyboard.press("?")
    tab.wait_for_timeout(200)
    expect(tab.locator("#dialog")).not_to_be_visible()
    tab.goto("/keys")
    expect(tab.get_by_label("Use single keys as shortcuts")).not_to_be_checked()
