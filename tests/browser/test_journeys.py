"""What people do all day, with the mouse and with the keyboard alone, in a real browser."""

import re

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import scan, sign_in
from tests.cast import Cast
from tests.factories import Factory
from webapp.extensions import db
from webapp.models import Fulfillment

pytestmark = pytest.mark.browser

# A box has its label or a margin of its own around it, and a link to skip there is never touched.
SMALL_TARGETS = """() => {
  const targets = "a, button, select, summary, textarea, input:not([type=hidden], [type=checkbox], [type=radio])";
  const isSmall = ({ width, height }) => width > 1 && Math.min(width, height) < 43.5;
  return [...document.querySelectorAll(targets)]
    .filter((one) => one.checkVisibility() && !one.matches(".skip-link") && isSmall(one.getBoundingClientRect()))
    .map((one) => one.outerHTML.slice(0, 120));
}"""


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
    scan(tab, "420891029405511464570000021767")
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


def test_back_and_reload_find_the_place_and_the_open_lines(tab: Page, make: Factory, cast: Cast) -> None:
    for _ in range(40):
        make.shipment()
    sign_in(tab, cast.viewer)
    tab.goto("/fulfillments?size=50")
    frame = tab.locator(".data-table-frame")
    frame.evaluate("frame => frame.scrollTo(0, 500)")
    tab.locator("[data-disclosure]").nth(20).click()
    expect(tab.locator(".line-rows")).to_be_visible()
    place = frame.evaluate("frame => frame.scrollTop")
    tab.locator(".row-link").nth(18).click()
    expect(tab.get_by_role("heading", name="Lines")).to_be_visible()
    tab.go_back()
    for _ in ("after Back", "after reload"):
        expect(tab.locator(".line-rows")).to_be_visible()
        expect(tab.locator("[data-disclosure]").nth(20)).to_have_attribute("aria-expanded", "true")
        assert frame.evaluate("frame => frame.scrollTop") == place
        tab.reload()


def test_a_slow_list_shows_skeleton_rows_but_a_quick_one_does_not(tab: Page, make: Factory, cast: Cast) -> None:
    shipment = make.shipment()
    sign_in(tab, cast.viewer)
    tab.wait_for_load_state("networkidle")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    tab.route("**/fulfillments?tab=all", hold)
    link = tab.get_by_role("link", name=shipment.fulfillment_number)
    tab.get_by_role("link", name="All", exact=True).click()
    expect(link).to_be_visible()
    expect(link).to_be_hidden()
    held[0].continue_()
    expect(tab.locator(".tabs [aria-current]")).to_have_text("All")
    expect(link).to_be_visible()
    tab.locator("[data-disclosure]").click()
    expect(tab.locator(".line-rows")).to_be_visible()
    expect(link).to_be_visible()


@pytest.mark.parametrize(("setting", "sounds"), [("on", 1), ("off", 0)])
def test_a_scan_that_finds_nothing_says_so_and_beeps_where_that_is_wanted(
    tab: Page, make: Factory, cast: Cast, setting: str, sounds: int
) -> None:
    make.shipment()
    tab.add_init_script(
        "window.sounds = 0; const Audio = window.AudioContext;"
        "window.AudioContext = class extends Audio { constructor() { super(); window.sounds += 1; } };"
    )
    sign_in(tab, cast.viewer)
    tab.wait_for_load_state("networkidle")
    tab.keyboard.press("?")
    box = tab.get_by_label("Beep when a scan finds nothing")
    expect(box).to_be_visible()  # The shortcut waits a moment to be sure that it is none of a scanner's keys.
    box.set_checked(setting == "on")
    tab.keyboard.press("Escape")
    scan(tab, "NOSUCH-4711")
    expect(tab.locator(".empty-title")).to_have_text("Nothing found for “NOSUCH-4711”")
    assert tab.evaluate("sounds") == sounds


def test_on_a_phone_the_present_tab_is_in_sight(browser: Browser, site: str, make: Factory, cast: Cast) -> None:
    make.shipment()
    context = browser.new_context(base_url=site, viewport={"width": 360, "height": 740})
    tab = context.new_page()
    sign_in(tab, cast.viewer)
    tab.goto("/fulfillments?tab=all")
    assert tab.locator(".tabs [aria-current]").evaluate(
        "tab => tab.getBoundingClientRect().right < tab.parentElement.getBoundingClientRect().right + 1"
    )
    context.close()


def test_fingers_find_targets_of_44_pixels(browser: Browser, site: str, make: Factory, cast: Cast) -> None:
    shipment = make.shipment(account=make.provider_account(), tracking_number="1Z999AA10123456784", carrier="UPS")
    context = browser.new_context(
        base_url=site, viewport={"width": 820, "height": 1100}, has_touch=True, is_mobile=True
    )
    tab = context.new_page()
    sign_in(tab, cast.admin)
    for address in ("/fulfillments", "/fulfillments?tab=attention", f"/fulfillments/{shipment.id}", "/views"):
        tab.goto(address)
        tab.wait_for_load_state("networkidle")
        assert tab.evaluate(SMALL_TARGETS) == [], address
    context.close()


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
    account = make.provider_account()
    shipment = make.shipment(account=account, tracking_number="1Z999AA10123456784")
    of_account = f"/providers/{account.id}"
    addresses = ("/fulfillments", f"/fulfillments/{shipment.id}", "/runs", "/providers", "/account")
    context = browser.new_context(base_url=site, viewport={"width": width, "height": 900})
    tab = context.new_page()
    sign_in(tab, cast.admin)
    for address in (*addresses, of_account, f"{of_account}/edit", "/providers/new/shipfusion"):
        tab.goto(address)
        tab.wait_for_load_state("networkidle")
        overflow = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{address} is {overflow} px too wide at {width}"
    context.close()
