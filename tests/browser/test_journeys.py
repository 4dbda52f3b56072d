"""What people do all day, with the mouse and with the keyboard alone, in a real browser."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import sign_in
from tests.cast import Cast
from tests.factories import Factory
from webapp.extensions import db
from webapp.models import Fulfillment

pytestmark = pytest.mark.browser


def test_it_finds_opens_corrects_and_shows_a_shipment(tab: Page, make: Factory, cast: Cast) -> None:
    shipment = make.shipment(tracking_number="1Z 999 AA1")
    make.shipment()
    sign_in(tab, cast.operator)
    tab.get_by_role("link", name=shipment.fulfillment_number).click()
    expect(tab.get_by_role("heading", level=1)).to_contain_text(shipment.fulfillment_number)

    tab.get_by_role("link", name="Edit shipping").first.click()
    tracking = tab.locator("[name=tracking_number]")
    tracking.fill("1Z 999 BB2")
    tab.get_by_role("button", name=re.compile("Save")).click()

    expect(tab.locator("#dialog")).not_to_be_visible()
    expect(tab.locator("main")).to_contain_text("1Z 999 BB2")
    expect(tab.locator("del").first).to_contain_text("1Z 999 AA1")


def test_it_expands_and_closes_the_lines_of_a_row(tab: Page, make: Factory, cast: Cast) -> None:
    make.shipment(lines=(("A-1", 2, "3.00"), ("B-2", 1, None)))
    sign_in(tab, cast.viewer)
    disclosure = tab.locator("[data-disclosure]").first
    disclosure.click()
    expect(tab.get_by_text("A-1")).to_be_visible()
    expect(disclosure).to_have_attribute("aria-expanded", "true")
    disclosure.click()
    expect(tab.get_by_text("A-1")).not_to_be_visible()


def test_it_is_used_with_the_keyboard_alone(tab: Page, make: Factory, cast: Cast) -> None:
    older = make.shipment()
    make.shipment()
    sign_in(tab, cast.viewer)
    for key in ("j", "j", "Enter"):
        tab.keyboard.press(key)
        tab.wait_for_timeout(150)  # A person's pace: faster keys are taken for a scanner's.
    expect(tab.get_by_role("heading", level=1)).to_contain_text(older.fulfillment_number)


def test_it_opens_what_a_scanner_reads(tab: Page, make: Factory, cast: Cast) -> None:
    wanted = make.shipment(tracking_number="9405 5114 6457 0000 0217 67")
    make.shipment()
    sign_in(tab, cast.viewer)
    tab.wait_for_load_state("networkidle")
    for key in "420891029405511464570000021767":
        tab.keyboard.press(key)
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", level=1)).to_contain_text(wanted.fulfillment_number)


def test_it_comes_back_to_the_same_list(tab: Page, make: Factory, cast: Cast) -> None:
    for _ in range(30):
        make.shipment()
    sign_in(tab, cast.viewer)
    tab.goto("/fulfillments?size=25&sort=id")
    numbers = tab.locator("tbody .row-link").all_inner_texts()
    tab.get_by_role("link", name="Next").click()
    expect(tab.locator("tbody .row-link")).to_have_count(5)
    tab.go_back()
    expect(tab.locator("tbody .row-link")).to_have_count(25)
    assert tab.locator("tbody .row-link").all_inner_texts() == numbers


def test_it_works_without_javascript(browser: Browser, site: str, make: Factory, cast: Cast) -> None:
    shipment = make.shipment()
    context = browser.new_context(base_url=site, java_script_enabled=False)
    tab = context.new_page()
    sign_in(tab, cast.operator)
    tab.get_by_role("link", name=shipment.fulfillment_number).click()
    tab.get_by_role("link", name="Edit shipping").first.click()
    tab.locator("[name=tracking_number]").fill("ABC-1")
    tab.get_by_role("button", name=re.compile("Save")).click()
    expect(tab.locator("main")).to_contain_text("ABC-1")
    context.close()
    db.session.expire_all()
    assert db.session.get(Fulfillment, shipment.id).tracking_key == "ABC1"


@pytest.mark.parametrize("width", [360, 820, 1440])
def test_no_page_scrolls_sideways(browser: Browser, site: str, make: Factory, cast: Cast, width: int) -> None:
    shipment = make.shipment(account=make.provider_account(), tracking_number="1Z999AA10123456784")
    context = browser.new_context(base_url=site, viewport={"width": width, "height": 900})
    tab = context.new_page()
    sign_in(tab, cast.admin)
    for address in ("/fulfillments", f"/fulfillments/{shipment.id}", "/runs", "/providers", "/account"):
        tab.goto(address)
        tab.wait_for_load_state("networkidle")
        overflow = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{address} is {overflow} px too wide at {width}"
    context.close()
