"""The shipment page in a real browser: panels, tabs, the edit dialog, focus, and nothing for axe to find."""

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from tests.browser.conftest import accessibility_violations, sign_in
from tests.cast import Cast
from tests.factories import Factory
from webapp.extensions import db
from webapp.models import Fulfillment, ProviderExchange
from webapp.schema import now
from webapp.statuses import ActivityEvent

pytestmark = pytest.mark.browser


@pytest.fixture
def address(make: Factory) -> str:
    shipment = make.shipment(
        account=make.provider_account(),
        tracking_number="OLD1",
        lines=(("NWP-011", 12, "9.10"), ("NWP-042", 1, "6")),
    )
    make.provider_order(shipment, payload={"orderStatus": "awaiting_shipment"}, url="https://ship.example/1")
    for number in range(20):
        make.activity(shipment, ActivityEvent.PRINTED, note=f"print {number}")
    db.session.add(
        ProviderExchange(
            provider_account_id=shipment.provider_account_id,
            fulfillment_id=shipment.id,
            operation="fetch_order",
            method="GET",
            url="https://ship.example/orders",
            response_status=200,
            response_body='{"orders": []}',
            duration_ms=212,
            outcome="confirmed",
            occurred_at=now(),
        )
    )
    db.session.commit()
    return f"/fulfillments/{shipment.id}"


@pytest.fixture
def opened(tab: Page, cast: Cast, address: str) -> Page:
    """The operator's browser on the shipment's page, with its panels there."""
    user = cast.operator
    db.session.commit()
    sign_in(tab, user)
    tab.goto(address)
    expect(tab.locator(".activity > li")).to_have_count(15)
    expect(tab.locator("#exchanges li")).to_have_count(1)
    return tab


def test_saving_renews_the_card_and_the_history_without_a_reload(opened: Page) -> None:
    opened.evaluate("window.sameWindow = true")
    opened.locator("#edit-shipping-card").click()
    expect(opened.get_by_role("textbox", name="Tracking number")).to_be_focused()

    opened.get_by_role("textbox", name="Tracking number").fill("1Z999AA10123456784")
    opened.keyboard.press("Enter")

    expect(opened.locator("dialog#dialog")).to_be_hidden()
    expect(opened.locator("#shipping")).to_contain_text("1Z999AA10123456784")
    expect(opened.locator(".toast-note")).to_contain_text("Tracking saved")
    expect(opened.locator(".activity > li").first).to_contain_text("Tracking changed by Otto Operator")
    expect(opened.locator("#edit-shipping-card")).to_be_focused()
    assert opened.evaluate("window.sameWindow")


def test_a_mistake_keeps_the_dialog_and_what_was_typed_and_takes_the_focus(opened: Page) -> None:
    opened.locator("#edit-shipping").click()
    opened.get_by_label("Shipping cost").fill("-3")
    opened.get_by_role("button", name="Save").click()

    expect(opened.locator("[data-error-summary]")).to_be_focused()
    expect(opened.locator("#cost-error")).to_have_text("The cost cannot be below 0.")
    expect(opened.get_by_label("Shipping cost")).to_have_value("-3")
    opened.keyboard.press("Escape")
    expect(opened.locator("dialog#dialog")).to_be_hidden()
    expect(opened.locator("#edit-shipping")).to_be_focused()


def test_a_stale_dialog_shows_the_choice_and_saves_mine_when_asked(opened: Page) -> None:
    opened.locator("#edit-shipping").click()
    expect(opened.get_by_role("textbox", name="Tracking number")).to_be_focused()
    db.session.execute(sa.update(Fulfillment).values(tracking_number="THEIRS", tracking_key="THEIRS", version=2))
    db.session.commit()

    opened.get_by_role("textbox", name="Tracking number").fill("MINE")
    opened.get_by_role("button", name="Save").click()
    expect(opened.locator("[data-error-summary]")).to_be_focused()
    opened.get_by_role("button", name="Save mine anyway").click()

    expect(opened.locator("dialog#dialog")).to_be_hidden()
    expect(opened.locator("#shipping")).to_contain_text("MINE")


def test_tabs_filters_and_pages_go_into_the_address_and_back_undoes_them(opened: Page, address: str) -> None:
    opened.get_by_role("link", name="Older").click()
    expect(opened.locator(".activity > li")).to_have_count(6)
    opened.wait_for_url(f"**{address}/activity?page=2")
    opened.locator("#tab-movements").click()
    expect(opened.locator("#history tbody tr")).to_have_count(2)
    opened.get_by_label("Type", exact=True).select_option("transfer")
    opened.locator("#movement-filter").click()
    expect(opened.locator("#history")).to_contain_text("No movement matches")

    opened.go_back()
    expect(opened.locator("#history tbody tr")).to_have_count(2)
    opened.go_back()
    expect(opened.locator(".activity > li")).to_have_count(6)
    opened.reload()
    expect(opened.locator(".activity > li")).to_have_count(6)
    expect(opened.locator("h1")).to_have_count(1)


def test_payload_and_call_open_in_the_dialog(opened: Page) -> None:
    opened.get_by_role("link", name="Show", exact=True).click()
    expect(opened.locator("dialog pre")).to_contain_text('"orderStatus": "awaiting_shipment"')
    opened.keyboard.press("Escape")
    opened.get_by_role("link", name="Fetch order").click()
    expect(opened.locator("dialog pre")).to_contain_text('"orders": []')


def test_a_change_elsewhere_renews_the_page_but_not_what_is_being_typed(opened: Page) -> None:
    opened.get_by_label("Search person, change or value").fill("half a wor")
    db.session.execute(sa.update(Fulfillment).values(status="picked", carrier="UPS"))
    db.session.commit()

    opened.evaluate("document.body.dispatchEvent(new CustomEvent('shipment:changed', {bubbles: true}))")

    expect(opened.locator("#shipment-title")).to_contain_text("Picked")
    expect(opened.locator("#shipping")).to_contain_text("UPS")
    expect(opened.get_by_label("Search person, change or value")).to_have_value("half a wor")


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 360)])
def test_axe_finds_nothing(opened: Page, address: str, theme: str, width: int) -> None:
    opened.emulate_media(color_scheme=theme)
    opened.set_viewport_size({"width": width, "height": 900})
    assert accessibility_violations(opened) == []
    assert opened.evaluate("document.documentElement.scrollWidth") <= width

    opened.locator("#edit-shipping").click()
    opened.get_by_label("Shipping cost").fill("x")
    opened.get_by_role("button", name="Save").click()
    expect(opened.locator("[data-error-summary]")).to_be_focused()
    assert accessibility_violations(opened) == []

    opened.goto(f"{address}/movements")
    assert accessibility_violations(opened) == []
    opened.goto(f"{address}/exchanges")
    assert accessibility_violations(opened) == []
    opened.goto(f"{address}/activity?event=nonsense")
    assert accessibility_violations(opened) == []
