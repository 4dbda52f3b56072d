"""axe-core finds nothing on any screen, on a wide and light screen and on a narrow and dark one."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import accessibility_violations, sign_in
from tests.cast import Cast
from tests.factories import Factory
from tests.scheduling import make_schedule, make_view
from webapp.statuses import FulfillmentStatus

SCREENS = (
    "/fulfillments",
    "/fulfillments?tab=attention",
    "/fulfillments?q=nothing-has-this",
    "/fulfillments?sort=nonsense",
    "/fulfillments/columns",
    "/fulfillments/export",
    "/exports",
    "/exports/schedules/new",
    "/exports/schedules/{schedule}",
    "/exports/schedules/{schedule}/edit",
    "/fulfillments/{shipment}",
    "/fulfillments/{shipment}/movements",
    "/fulfillments/{shipment}/lines",
    "/fulfillments/{shipment}/shipping-details",
    "/fulfillments/{shipment}/void",
    "/fulfillments/999999999",
    "/runs",
    "/providers",
    "/providers/new",
    "/providers/new/shopify",
    "/providers/{account}",
    "/providers/{account}/edit",
    "/providers/{account}/switch-off",
    "/account",
)


@pytest.mark.browser
@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 360)])
def test_it_finds_nothing_on_any_screen(
    browser: Browser, site: str, make: Factory, cast: Cast, scheme: str, width: int
) -> None:
    account = make.provider_account()
    shipment = make.shipment(
        account=account,
        status=FulfillmentStatus.FULFILLED,
        tracking_number="9405511464570000021767",
        provider_problem="Two items have no customs value.",
    )
    make.provider_order(shipment)
    schedule = make_schedule(cast.admin, make_view(cast.admin))
    context = browser.new_context(
        base_url=site, viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    tab = context.new_page()
    tab.goto("/login")
    found = {"/login": accessibility_violations(tab)}
    sign_in(tab, cast.admin)
    for screen in SCREENS:
        address = screen.format(shipment=shipment.id, schedule=schedule, account=account.id)
        tab.goto(address)
        _settle(tab)
        found[address] = accessibility_violations(tab)
    context.close()
    assert not {address: violations for address, violations in found.items() if violations}


def _settle(tab: Page) -> None:
    tab.wait_for_load_state("networkidle")
