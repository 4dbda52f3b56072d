"""Several shipments at once, as a person does it: select, look what will come of it, confirm, undo."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import accessibility_violations, sign_in
from tests.cast import PASSWORD, Cast
from tests.factories import Factory
from tests.views.test_voiding_rows import begun, work
from webapp.extensions import db
from webapp.models import Fulfillment
from webapp.services.actors import Actor
from webapp.statuses import FulfillmentStatus

pytestmark = pytest.mark.browser


@pytest.fixture
def numbers(tab: Page, make: Factory, cast: Cast) -> list[str]:
    """The numbers of a list of 28 shipments, 25 to a page, the third of which has shipped."""
    shipments = [make.shipment() for _ in range(25)]
    shipments.append(make.shipment(status=FulfillmentStatus.FULFILLED))
    shipments += [make.shipment() for _ in range(2)]
    found = [one.fulfillment_number for one in reversed(shipments)]
    sign_in(tab, cast.supervisor)
    tab.goto("/fulfillments?size=25")
    return found


def voided() -> set[str]:
    found = db.session.query(Fulfillment.fulfillment_number).filter(Fulfillment.voided_at.is_not(None))
    numbers = {number for (number,) in found}
    db.session.rollback()
    return numbers


def select_all(tab: Page) -> None:
    """Row by row, since a phone has no head to the table."""
    for box in tab.locator("[data-row-select]").all():
        box.check()


def open_dialog(tab: Page, label: str) -> None:
    tab.get_by_role("button", name=label, exact=True).click()
    expect(tab.locator("#dialog[open] #bulk-start")).to_be_visible()


def test_three_are_voided_and_restored_and_the_rest_stays_selected(tab: Page, numbers: list[str]) -> None:
    boxes = tab.locator("[data-row-select]")
    boxes.nth(0).click()
    boxes.nth(3).click(modifiers=["Shift"])
    open_dialog(tab, "Void…")
    expect(tab.get_by_role("link", name="Leave them as they are")).to_be_focused()
    expect(tab.locator("#bulk-preview")).to_contain_text("3 will be voided")
    assert accessibility_violations(tab) == []
    tab.get_by_label("Out of stock").check()
    tab.get_by_role("button", name="Void 4 shipments").dblclick()
    tab.wait_for_url("**/runs/*")
    expect(tab.locator("#run-facts")).to_contain_text("3 voided, 1 needs confirmation.")
    assert accessibility_violations(tab) == []
    assert voided() == {numbers[0], numbers[1], numbers[3]}

    tab.goto("/fulfillments?size=25")
    expect(tab.locator("[data-selected-count]")).to_have_text("1 selected")
    expect(tab.get_by_label(f"Select {numbers[2]}")).to_be_checked()
    tab.go_back()
    tab.get_by_role("button", name="Restore the 3 voided").click()
    expect(tab.locator("#run-facts")).to_contain_text("3 restored.")
    assert voided() == set()


def test_esc_closes_the_dialog_and_leaves_everything(tab: Page, numbers: list[str]) -> None:
    tab.locator("[data-row-select]").nth(0).click()
    open_dialog(tab, "Void…")
    tab.keyboard.press("Escape")
    expect(tab.locator("#dialog")).to_be_hidden()
    expect(tab.get_by_role("button", name="Void…", exact=True)).to_be_focused()
    expect(tab.locator("[data-selected-count]")).to_have_text("1 selected")
    assert voided() == set()


def test_a_selected_page_offers_all_that_match(tab: Page, numbers: list[str]) -> None:
    offer = tab.locator("[data-select-all]")
    tab.locator("[data-row-select]").nth(0).click()
    expect(offer).to_be_hidden()
    tab.get_by_label("Select all on this page").click()
    expect(tab.locator("#count")).to_contain_text("28 of 28")
    tab.get_by_label("Select all on this page").click()
    tab.get_by_label("Select all on this page").click()
    expect(offer).to_have_text("Select all 28 matching")
    tab.get_by_label("Select all 28 matching").check()
    expect(tab.locator("[data-selected-count]")).to_have_text("All that match are selected")
    open_dialog(tab, "Archive…")
    expect(tab.locator("#dialog-title")).to_have_text("Archive 28 shipments?")
    tab.get_by_role("button", name="Archive 28 shipments").click()
    tab.wait_for_url("**/runs/*")
    expect(tab.locator("#run-facts")).to_contain_text("28 archived.")


def test_what_has_shipped_is_forced_from_the_outcome(tab: Page, numbers: list[str]) -> None:
    tab.get_by_label(f"Select {numbers[2]}").click()
    open_dialog(tab, "Void…")
    tab.get_by_role("button", name="Void 1 shipment").click()
    tab.get_by_role("link", name="Force the 1 that need confirmation…").click()
    expect(tab.locator("#dialog[open]")).to_contain_text("bring them back as a return instead")
    assert accessibility_violations(tab) == []
    tab.get_by_role("button", name="Void 1 shipped shipment").click()
    expect(tab.locator("#run-facts")).to_contain_text("1 voided.")
    assert voided() == {numbers[2]}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_works_on_a_phone_without_scripts(
    browser: Browser, site: str, make: Factory, cast: Cast, scheme: str
) -> None:
    shipment = make.shipment()
    username, number = cast.supervisor.username, shipment.fulfillment_number
    db.session.commit()
    context = browser.new_context(
        base_url=site, viewport={"width": 360, "height": 800}, java_script_enabled=False, color_scheme=scheme
    )
    tab = context.new_page()
    tab.goto("/login")
    tab.get_by_label("User name").fill(username)
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.get_by_label(f"Select {number}").check()
    tab.get_by_role("button", name="Void…", exact=True).click()
    tab.get_by_label("Duplicate shipment").check()
    tab.get_by_role("button", name="Void 1 shipment").click()
    tab.wait_for_url("**/runs/*")
    expect(tab.locator("#run-facts")).to_contain_text("1 voided.")
    tab.get_by_role("button", name="Restore the 1 voided").click()
    expect(tab.locator("#run-facts")).to_contain_text("1 restored.")
    context.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 360)])
def test_axe_finds_nothing_on_the_new_screens(
    browser: Browser, site: str, make: Factory, cast: Cast, scheme: str, width: int, numbers_of: Callable[..., int]
) -> None:
    context = browser.new_context(
        base_url=site, viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    tab = context.new_page()
    run_id = numbers_of(tab)
    found = {"outcome": accessibility_violations(tab)}
    for address in (f"/runs/{run_id}?bucket=skipped", f"/runs/{run_id}/force"):
        tab.goto(address)
        found[address] = accessibility_violations(tab)
    tab.goto("/fulfillments?tab=all")
    select_all(tab)
    tab.wait_for_load_state("networkidle")
    found["bar"] = accessibility_violations(tab)
    open_dialog(tab, "Void…")
    found["dialog"] = accessibility_violations(tab)
    context.close()
    assert not {screen: violations for screen, violations in found.items() if violations}


@pytest.fixture
def numbers_of(make: Factory, cast: Cast) -> Callable[[Page], int]:
    """Voids a few and gives the number of the run, whose page the tab then shows."""

    def void(tab: Page) -> int:
        make.shipment()
        make.shipment(status=FulfillmentStatus.FULFILLED)
        make.shipment(merged_submission=True)
        sign_in(tab, cast.supervisor)
        tab.goto("/fulfillments")
        select_all(tab)
        open_dialog(tab, "Void…")
        tab.get_by_role("button", name="Void 3 shipments").click()
        tab.wait_for_url("**/runs/*")
        return int(tab.url.rpartition("/")[2])

    return void


def test_rows_of_a_run_at_work_turn_into_what_came_of_them_without_a_reload(
    tab: Page, numbers: list[str], cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipments = db.session.query(Fulfillment).order_by(Fulfillment.id.desc()).limit(2).all()
    claim = begun(shipments, Actor(cast.supervisor.id), monkeypatch)
    tab.reload()
    rows = tab.locator("tbody tr")
    expect(rows.filter(has_text="Voiding…")).to_have_count(2)
    assert accessibility_violations(tab) == []
    rows.nth(0).get_by_role("button", name="Lines").click()
    expect(tab.locator(".line-rows")).to_be_visible()

    work(claim, shipments[0])
    expect(tab.locator(f"#fulfillment-{shipments[0].id}")).to_contain_text("Canceled")
    expect(tab.locator(f"#fulfillment-{shipments[1].id}")).to_contain_text("Voiding…")
    expect(tab.locator(".line-rows")).to_be_visible()
    work(claim, shipments[1])
    expect(tab.locator(f"#fulfillment-{shipments[1].id}")).to_contain_text("Canceled")
