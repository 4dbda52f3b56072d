"""One shipment voided, undone and restored in a real browser: double click, toast, keys, a stale tab, a phone."""

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import accessibility_violations, sign_in
from tests.cast import Cast
from tests.factories import Factory
from webapp.extensions import db
from webapp.models import CostLayer, Fulfillment, InventoryMovement

pytestmark = pytest.mark.browser


@pytest.fixture
def shipment(make: Factory) -> Fulfillment:
    found: Fulfillment = make.shipment(lines=(("NWP-011", 2, "9.10"),))
    return found


@pytest.fixture
def opened(tab: Page, cast: Cast, shipment: Fulfillment) -> Page:
    address, user = f"/fulfillments/{shipment.id}", cast.supervisor
    sign_in(tab, user)
    tab.goto(address)
    return tab


def void(tab: Page) -> None:
    tab.locator("#void-shipment").click()
    expect(tab.get_by_role("link", name="Keep it")).to_be_focused()
    tab.get_by_role("button", name="Void this shipment").dblclick()
    expect(tab.locator("#toasts")).to_contain_text("is voided. Its stock is back.")


def reversals() -> int:
    count = db.session.query(InventoryMovement).filter(InventoryMovement.reverses_id.is_not(None)).count()
    db.session.rollback()
    return count


def test_undo_is_offered_for_ten_seconds_and_restore_ever_after(opened: Page, shipment: Fulfillment) -> None:
    undo = opened.get_by_role("button", name=f"Undo the void of {shipment.fulfillment_number}")
    db.session.commit()
    opened.clock.install()
    opened.reload()
    void(opened)
    assert reversals() == 1
    opened.locator("#toasts .toast-note").hover()  # Its time stands still meanwhile, however long the check takes.
    assert accessibility_violations(opened) == []
    opened.mouse.move(0, 0)
    opened.clock.run_for(10_000)
    expect(undo).to_be_visible()
    opened.clock.run_for(5_000)
    expect(undo).to_have_count(0)

    opened.get_by_role("button", name="Restore this shipment").click()
    expect(opened.locator("#toasts")).to_contain_text("is restored. It is packed again.")
    expect(opened.locator("#shipment-title")).to_contain_text("Packed")


def test_what_is_undone_does_not_offer_to_be_undone_again(opened: Page) -> None:
    void(opened)
    expect(opened.get_by_role("button", name="Restore this shipment")).to_be_visible()
    opened.keyboard.press("z")

    expect(opened.locator("#toasts .toast-note")).to_have_count(1)
    expect(opened.locator("#toasts")).to_contain_text("is restored. It is packed again.")
    expect(opened.locator("#void-shipment")).to_be_visible()


def test_an_undo_from_a_stale_tab_says_who_did_what_and_asks(opened: Page, shipment: Fulfillment) -> None:
    address = f"/fulfillments/{shipment.id}"
    db.session.commit()
    void(opened)
    other = opened.context.new_page()
    other.goto(f"{address}/shipping-details")
    other.get_by_label("Shipping cost").fill("7.77")
    other.get_by_role("button", name="Save").click()
    other.wait_for_url(f"**{address}")
    other.close()
    opened.locator(".toast-note").get_by_role("button", name="Undo the void").click()

    expect(opened.locator("#banners")).to_contain_text("Nothing was restored yet.")
    expect(opened.locator("#banners")).to_contain_text("$7.77")
    expect(opened.locator("#shipping")).to_contain_text("$7.77")
    assert accessibility_violations(opened) == []
    opened.get_by_role("button", name="Restore it as it stands now").click()
    expect(opened.locator("#shipment-title")).to_contain_text("Packed")
    expect(opened.locator("#banners")).to_be_empty()


def test_the_dialog_on_a_page_of_its_own_leads_to_the_shipment(opened: Page, shipment: Fulfillment) -> None:
    address = f"/fulfillments/{shipment.id}"
    db.session.commit()
    opened.goto(f"{address}/void")
    opened.get_by_label("In your own words").fill("x" * 1000)
    opened.get_by_label("Out of stock").check()
    opened.get_by_role("button", name="Void this shipment").click()
    expect(opened.locator("main [data-error-summary]")).to_contain_text("together this is 1,014")
    expect(opened.locator("#dialog")).to_be_hidden()
    opened.get_by_label("In your own words").fill("by phone")
    opened.get_by_role("button", name="Void this shipment").dblclick()

    opened.wait_for_url(f"**{address}")
    expect(opened.locator("#banners")).to_contain_text("is voided. Its stock is back.")
    assert reversals() == 1


def test_on_a_phone_the_reason_why_it_cannot_be_restored_is_read_without_scrolling_sideways(
    browser: Browser, site: str, cast: Cast, shipment: Fulfillment
) -> None:
    context = browser.new_context(base_url=site, viewport={"width": 360, "height": 800}, color_scheme="dark")
    tab = context.new_page()
    address, user = f"/fulfillments/{shipment.id}", cast.supervisor
    sign_in(tab, user)
    tab.goto(address)
    void(tab)
    db.session.execute(sa.update(CostLayer).values(remaining=1))
    db.session.commit()
    tab.reload()

    reason = "It cannot be restored now. NWP-011: 2 needed, 1 in stock in Reno, NV."
    expect(tab.locator("#restore")).to_have_text(reason)
    assert tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    context.close()


def test_on_a_phone_many_lines_do_not_cover_what_else_will_happen(
    browser: Browser, site: str, make: Factory, cast: Cast
) -> None:
    shipment = make.shipment(lines=tuple((f"NWP-01{number}", 1, "9.10") for number in range(4)))
    address, user = f"/fulfillments/{shipment.id}", cast.supervisor
    context = browser.new_context(base_url=site, viewport={"width": 360, "height": 800})
    tab = context.new_page()
    sign_in(tab, user)
    tab.goto(address)
    tab.locator("#void-shipment").click()
    expect(tab.locator(".consequences")).to_be_visible()
    below, rows = (
        tab.locator(found).evaluate_all("found => found.map(one => one.getBoundingClientRect().toJSON())")
        for found in (".consequences", "#dialog tbody tr")
    )
    assert len(rows) == 4
    assert max(row["bottom"] for row in rows) <= below[0]["top"]
    context.close()
