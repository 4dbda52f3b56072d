"""The fulfillment order page and the Fulfil dialog in a real browser: keyboard, focus, mistakes, axe."""

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from tests.browser.conftest import accessibility_violations, sign_in
from tests.cast import Cast
from tests.factories import Factory
from tests.open_orders import Wanted, open_order
from webapp.extensions import db
from webapp.models import FulfillmentOrder

pytestmark = pytest.mark.browser


@pytest.fixture
def address(make: Factory) -> str:
    order = open_order(make, Wanted("NWP-011", 12), Wanted("NWP-042", 5, promised=(2,)))
    make.provider_account(name="Main")
    return f"/fulfillment-orders/{order.id}"


@pytest.fixture
def opened(tab: Page, cast: Cast, address: str) -> Page:
    """The operator's browser on the page of the fulfillment order."""
    user = cast.operator
    db.session.commit()
    sign_in(tab, user)
    tab.goto(address)
    return tab


def test_with_the_keyboard_alone_a_shipment_is_made_and_opens(opened: Page) -> None:
    opened.locator("#fulfil").focus()
    opened.keyboard.press("Enter")
    first = opened.get_by_label("NWP-011")
    expect(first).to_be_focused()
    expect(first).to_have_value("12")
    expect(opened.get_by_label("NWP-042")).to_have_value("2")

    opened.keyboard.press("ControlOrMeta+a")
    opened.keyboard.type("3")
    opened.get_by_role("textbox", name="Tracking number").fill("1Z999AA10123456784")
    opened.keyboard.press("Enter")

    opened.wait_for_url("**/fulfillments/*")
    expect(opened.locator("#banners")).to_contain_text("was made with 5 units. It is ready to ship.")
    expect(opened.locator("#fulfillment-order")).to_contain_text("Open")
    expect(opened.locator("#shipping")).to_contain_text("1Z999AA10123456784")


def test_a_mistake_keeps_the_dialog_and_takes_the_focus_and_esc_gives_it_back(opened: Page) -> None:
    opened.locator("#fulfil").click()
    opened.get_by_label("NWP-042").fill("4")
    opened.get_by_label("Shipping method").fill("By bike")
    opened.get_by_role("button", name="Fulfil", exact=True).click()

    expect(opened.locator("[data-error-summary]")).to_be_focused()
    expect(opened.locator("[data-error-summary]")).to_contain_text(
        "4 requested, 2 allocated, 100 on hand, 2 short"
    )
    expect(opened.get_by_label("NWP-042")).to_have_value("4")
    expect(opened.get_by_label("Shipping method")).to_have_value("By bike")
    opened.keyboard.press("Escape")
    expect(opened.locator("dialog#dialog")).to_be_hidden()
    expect(opened.locator("#fulfil")).to_be_focused()


def test_whoever_was_slower_sees_it_and_goes_on_from_there(opened: Page) -> None:
    opened.locator("#fulfil").click()
    expect(opened.get_by_label("NWP-011")).to_be_focused()
    db.session.execute(sa.update(FulfillmentOrder).values(version=2))
    db.session.commit()

    opened.get_by_role("button", name="Fulfil", exact=True).click()
    expect(opened.locator("#conflict-title")).to_contain_text("Someone changed")
    expect(opened.locator("[data-error-summary]")).to_be_focused()
    opened.get_by_role("button", name="Fulfil with these").click()

    opened.wait_for_url("**/fulfillments/*")
    expect(opened.locator("#banners")).to_contain_text("was made with 14 units")


def test_with_a_provider_the_page_follows_the_sending(opened: Page) -> None:
    opened.locator("#fulfil").click()
    opened.get_by_label("Who ships it").select_option(label="ShipStation: Main")
    opened.get_by_role("button", name="Fulfil", exact=True).click()

    opened.wait_for_url("**/fulfillments/*")
    expect(opened.locator("#shipment-title")).to_contain_text("Submitted")
    expect(opened.locator("#sending-status")).to_contain_text("Waiting")
    expect(opened.locator("#send-to-provider")).to_have_count(0)


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 360)])
def test_axe_finds_nothing(opened: Page, address: str, theme: str, width: int) -> None:
    opened.emulate_media(color_scheme=theme)
    opened.set_viewport_size({"width": width, "height": 900})
    assert accessibility_violations(opened) == []
    assert opened.evaluate("document.documentElement.scrollWidth") <= width

    opened.locator("#fulfil").click()
    expect(opened.get_by_label("NWP-011")).to_be_focused()
    assert accessibility_violations(opened) == []
    opened.get_by_label("NWP-011").fill("x")
    opened.get_by_role("button", name="Fulfil", exact=True).click()
    expect(opened.locator("[data-error-summary]")).to_be_focused()
    assert accessibility_violations(opened) == []
    assert opened.evaluate("document.querySelector('#dialog').scrollWidth") <= width

    opened.goto(f"{address}/fulfil")
    assert accessibility_violations(opened) == []
