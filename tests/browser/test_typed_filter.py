"""Typing a filter with what is offered below it, and the inputs of the builder that take several values."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import accessibility_violations, sign_in
from tests.cast import Cast
from tests.factories import Factory

pytestmark = pytest.mark.browser


def open_text(tab: Page) -> None:
    tab.goto("/fulfillments?builder=1")
    tab.wait_for_load_state("networkidle")
    tab.locator(".builder-typed summary").click()
    tab.locator("#typed").click()


def test_a_filter_is_typed_with_the_keyboard_alone(tab: Page, make: Factory, cast: Cast) -> None:
    make.shipment()
    sign_in(tab, cast.viewer)
    open_text(tab)
    box, options = tab.locator("#typed"), tab.locator("#typed-words [role=option]")
    tab.keyboard.type("sta")
    expect(options.first).to_contain_text("status:")
    expect(tab.locator("#announcer")).to_have_text("2 words to choose from")
    tab.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-activedescendant", "typed-option-1")
    tab.keyboard.press("Enter")
    expect(box).to_have_value("status:")
    expect(options).to_have_count(9)
    tab.keyboard.press("Escape")
    expect(options).to_have_count(0)
    tab.keyboard.type("pack")
    expect(options).to_have_count(1)
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("Tab")
    expect(box).to_have_value("status:packed")
    tab.keyboard.press("Enter")
    expect(tab.locator("#column-0")).to_have_value("status")
    expect(box).to_be_focused()


def test_leaving_the_text_brings_the_fields_in_step(tab: Page, make: Factory, cast: Cast) -> None:
    make.shipment()
    sign_in(tab, cast.viewer)
    open_text(tab)
    tab.keyboard.type("📦")  # Two places for the browser, one for the server.
    tab.keyboard.press("Backspace")
    tab.keyboard.type('sku:"📦" wareh')
    tab.locator("[role=option]").first.click()
    tab.locator("[role=option]").first.click()
    expect(tab.locator("#typed")).to_have_value('sku:"📦" warehouse:"Reno, NV"')
    tab.get_by_role("heading", name="Filter").click()
    expect(tab.locator(".filter-condition")).to_have_count(2)
    tab.locator("#typed").click()
    tab.keyboard.type(" nonsense")
    tab.get_by_role("heading", name="Filter").click()
    expect(tab.locator("#typed-error")).to_be_focused()
    expect(tab.locator("#typed")).to_have_value('sku:📦 warehouse:"Reno, NV" nonsense')
    expect(tab.locator(".filter-condition")).to_have_count(2)


def test_enter_adds_values_and_a_pasted_list_becomes_one_with_commas(tab: Page, make: Factory, cast: Cast) -> None:
    make.shipment()
    sign_in(tab, cast.viewer)
    tab.goto("/fulfillments?builder=1&filter[warehouse.is_one_of]=Columbus")
    tab.wait_for_load_state("networkidle")
    more = tab.locator("#more-0")
    more.evaluate(
        """(input, text) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", text);
            input.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        "A-1\r\nReno, NV\r\n\r\nB-2,\r\n",
    )
    expect(more).to_have_value('A-1, "Reno, NV", B-2')
    more.press("Enter")
    expect(tab.locator(".filter-chips li")).to_have_text(["Columbus", "A-1", "Reno, NV", "B-2"])
    expect(more).to_be_focused()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 360)])
def test_axe_finds_nothing_on_the_open_list(
    browser: Browser, site: str, make: Factory, cast: Cast, scheme: str, width: int
) -> None:
    make.shipment()
    context = browser.new_context(base_url=site, color_scheme=scheme, viewport={"width": width, "height": 900})
    tab = context.new_page()
    sign_in(tab, cast.viewer)
    open_text(tab)
    tab.keyboard.type("status:")
    expect(tab.locator("[role=option]")).to_have_count(9)
    tab.keyboard.press("ArrowDown")
    tab.wait_for_load_state("networkidle")  # The count has come, and the rows are drawn.
    found = accessibility_violations(tab)
    overflow = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    context.close()
    assert not found
    assert overflow <= 0
