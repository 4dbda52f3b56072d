"""Selecting rows: with the mouse, with Shift, with keys, over several pages, and what a form gets of it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import accessibility_violations, sign_in
from tests.cast import Cast
from tests.factories import Factory

pytestmark = pytest.mark.browser


@pytest.fixture
def boxes(tab: Page, make: Factory, cast: Cast) -> Callable[[int], Locator]:
    """The boxes of a list of thirty shipments, 25 to a page."""
    for _ in range(30):
        make.shipment()
    sign_in(tab, cast.viewer)
    tab.goto("/fulfillments?size=25")
    return lambda number: tab.locator("[data-row-select]").nth(number)


def said(tab: Page, words: str) -> None:
    expect(tab.locator("[data-selected-count]")).to_have_text(words)


def test_a_range_is_selected_with_shift_and_cleared(tab: Page, boxes: Callable[[int], Locator]) -> None:
    expect(tab.locator("#bulk-bar")).to_be_hidden()
    boxes(2).click()
    boxes(6).click(modifiers=["Shift"])
    said(tab, "5 selected")
    boxes(4).click(modifiers=["Shift"])  # Not checked any more, as are those from the last one pressed to here.
    said(tab, "2 selected")
    tab.get_by_role("button", name="Clear selection").click()
    expect(tab.locator("#bulk-bar")).to_be_hidden()
    expect(tab.locator("[data-row-select]:checked")).to_have_count(0)


def test_the_head_selects_the_page(tab: Page, boxes: Callable[[int], Locator]) -> None:
    page = tab.get_by_label("Select all on this page")
    boxes(0).click()
    assert page.evaluate("box => box.indeterminate")
    page.click()
    said(tab, "25 selected")
    page.click()
    expect(tab.locator("#bulk-bar")).to_be_hidden()


def test_a_selection_outlives_paging_reload_and_other_lists(tab: Page, boxes: Callable[[int], Locator]) -> None:
    boxes(0).click()
    tab.get_by_role("link", name="Next").click()
    said(tab, "1 selected, 1 on other pages")
    boxes(1).click()
    ids = tab.evaluate("new FormData(document.querySelector('#bulk')).getAll('ids')")
    assert len(set(ids)) == 2
    tab.go_back()
    said(tab, "2 selected, 1 on other pages")
    tab.reload()
    expect(boxes(0)).to_be_checked()
    tab.get_by_role("link", name="All", exact=True).click()
    expect(tab.locator("#bulk-bar")).to_be_hidden()
    tab.get_by_role("link", name="Active", exact=True).click()
    said(tab, "2 selected, 1 on other pages")


def test_it_is_done_with_the_keyboard_alone(tab: Page, boxes: Callable[[int], Locator]) -> None:
    tab.wait_for_load_state("networkidle")
    for key in ("j", "x", "j", "j", "Shift+X"):
        tab.keyboard.press(key)
        tab.wait_for_timeout(150)  # A person's pace: faster keys are taken for a scanner's.
    said(tab, "3 selected")


def test_a_click_beside_a_box_opens_nothing(tab: Page, boxes: Callable[[int], Locator]) -> None:
    tab.locator("td.tools").first.click(position={"x": 2, "y": 3})
    boxes(0).press("Enter")
    tab.wait_for_timeout(300)  # As long as it takes to go to another page.
    assert tab.url.endswith("/fulfillments?size=25")


def test_the_numbers_are_copied(tab: Page, boxes: Callable[[int], Locator]) -> None:
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    boxes(0).click()
    boxes(1).click()
    tab.get_by_role("button", name="Copy numbers").click()
    expect(tab.locator("#toasts")).to_contain_text("2 shipment numbers copied")
    copied = tab.evaluate("navigator.clipboard.readText()").split()
    assert copied == tab.locator("tbody .row-link").all_inner_texts()[:2]


def test_whoever_signs_in_next_starts_with_none(tab: Page, boxes: Callable[[int], Locator], cast: Cast) -> None:
    boxes(0).click()
    tab.locator(".user-menu summary").click()
    tab.get_by_role("button", name="Sign out").click()
    sign_in(tab, cast.operator)
    tab.goto("/fulfillments?size=25")
    expect(tab.locator("#bulk-bar")).to_be_hidden()


def test_on_a_phone_the_bar_selects_the_page(tab: Page, boxes: Callable[[int], Locator]) -> None:
    tab.set_viewport_size({"width": 360, "height": 740})
    boxes(0).click()
    tab.get_by_role("button", name="Whole page").click()
    said(tab, "25 selected")
    tab.get_by_role("button", name="Clear selection").click()
    expect(tab.locator(".row-link").first).to_be_focused()


def test_axe_finds_nothing_with_the_bar_open(tab: Page, boxes: Callable[[int], Locator]) -> None:
    boxes(0).click()
    assert accessibility_violations(tab) == []
