"""Mending what is stuck from its row, without leaving the list."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import accessibility_violations, sign_in
from tests.cast import Cast
from tests.factories import Factory
from webapp.extensions import db
from webapp.models import Run
from webapp.schema import now
from webapp.statuses import FulfillmentStatus, RunState

pytestmark = pytest.mark.browser


def test_tracking_is_added_in_the_row_which_is_then_fresh(tab: Page, make: Factory, cast: Cast) -> None:
    shipment = make.shipment(status=FulfillmentStatus.FULFILLED)
    sign_in(tab, cast.operator)
    tab.goto("/fulfillments?tab=attention")
    expect(tab.locator("#attention-count")).to_have_text("1")
    row = tab.locator(f"#fulfillment-{shipment.id}")
    row.locator("[data-disclosure]").click()
    expect(tab.locator(".line-rows")).to_be_visible()
    row.get_by_role("link", name="Add tracking").click()
    tab.locator("[name=tracking_number]").fill("1Z999AA10123456784")
    tab.locator("#dialog").get_by_role("button", name="Save").click()
    expect(row).to_contain_text("1Z999AA10123456784")
    expect(row).not_to_contain_text("Shipped without tracking")
    expect(row.locator(".row-link")).to_be_focused()
    expect(row.locator("[data-disclosure]")).to_have_attribute("aria-expanded", "true")
    expect(tab.locator(".line-rows")).to_be_visible()


def test_a_resync_is_pressed_with_a_key_and_followed_in_the_row(tab: Page, make: Factory, cast: Cast) -> None:
    shipment = make.shipment(account=make.provider_account(), provider_problem="No label")
    sign_in(tab, cast.operator)
    tab.goto("/fulfillments?tab=attention")
    tab.wait_for_load_state("networkidle")
    for key in ("j", "r"):
        tab.keyboard.press(key)
        tab.wait_for_timeout(120)  # A person's pace: faster keys are taken for a scanner's.
    row = tab.locator(f"#fulfillment-{shipment.id}")
    expect(row).to_contain_text("Waiting")
    run = db.session.query(Run).one()
    run.state, run.finished_at = RunState.SUCCEEDED.value, now()
    db.session.commit()
    expect(row.get_by_role("button", name="Resync")).to_be_visible()  # The row as it is now.


def test_axe_finds_nothing(tab: Page, make: Factory, cast: Cast) -> None:
    make.shipment(status=FulfillmentStatus.FULFILLED, account=make.provider_account(), provider_problem="No label")
    sign_in(tab, cast.operator)
    tab.goto("/fulfillments?tab=attention")
    tab.wait_for_load_state("networkidle")
    assert accessibility_violations(tab) == []
