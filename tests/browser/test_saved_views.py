"""Saved views in a real browser: made, changed, saved, started with; usable on a phone and without scripts."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import accessibility_violations, sign_in
from tests.cast import Cast
from tests.factories import Factory
from webapp.extensions import db
from webapp.models import SavedView

pytestmark = pytest.mark.browser


def test_a_filtered_list_becomes_a_view_is_changed_and_saved(tab: Page, make: Factory, cast: Cast) -> None:
    make.shipment()
    sign_in(tab, cast.viewer)
    tab.goto("/fulfillments?filter[status]=packed")
    tab.get_by_role("link", name="Save as view…").click()
    tab.get_by_label("Name").fill("Packed")
    tab.get_by_role("button", name="Save view").dblclick()
    current = tab.locator(".tabs [aria-current=page]")
    expect(current).to_have_text("Packed")
    expect(tab.locator("#dialog")).not_to_be_visible()

    tab.get_by_role("link", name="Status", exact=True).click()
    expect(current).to_contain_text("(changed, not saved)")
    tab.get_by_role("link", name="Discard").click()
    expect(current).to_have_text("Packed")

    tab.get_by_role("link", name="Status", exact=True).click()
    tab.get_by_role("button", name="Save", exact=True).click()
    expect(tab.locator("#save-view")).to_have_count(0)
    tab.reload()
    expect(current).to_have_text("Packed")
    expect(tab.locator("th[aria-sort]")).to_contain_text("Status")
    expect(tab.locator(".chip")).to_contain_text("Status is Packed")
    expect(tab.locator(".tabs a")).to_have_count(7)


def test_a_view_saved_elsewhere_meanwhile_asks_what_to_do(tab: Page, make: Factory, cast: Cast) -> None:
    make.shipment()
    sign_in(tab, cast.viewer)
    tab.goto("/fulfillments?tab=all&sort=cost")
    tab.get_by_role("link", name="Save as view…").click()
    tab.get_by_label("Name").fill("Dear")
    tab.get_by_role("button", name="Save view").click()
    expect(tab.locator(".tabs [aria-current=page]")).to_have_text("Dear")
    tab.get_by_role("link", name="Status", exact=True).click()
    expect(tab.locator("#save-view")).to_be_visible()
    db.session.execute(SavedView.__table__.update().values(version=2))
    db.session.commit()
    tab.get_by_role("button", name="Save", exact=True).click()
    expect(tab.locator("#dialog")).to_contain_text("Vera Viewer saved this view")
    tab.get_by_role("button", name="Save mine anyway").click()
    expect(tab.locator("#dialog")).not_to_be_visible()
    expect(tab.locator(".tabs [aria-current=page]")).to_have_text("Dear")


def test_a_view_is_made_and_started_with_without_javascript(
    browser: Browser, site: str, make: Factory, cast: Cast
) -> None:
    make.shipment()
    context = browser.new_context(base_url=site, java_script_enabled=False)
    tab = context.new_page()
    sign_in(tab, cast.supervisor)
    tab.goto("/fulfillments?sort=cost")
    tab.get_by_role("link", name="Save as view…").click()
    tab.get_by_label("Name").fill("Dear")
    tab.get_by_label("Everyone").check()
    tab.get_by_role("button", name="Save view").click()
    tab.get_by_role("link", name="Manage views").click()
    tab.get_by_role("button", name=re.compile("Start with this")).click()
    tab.get_by_role("link", name="Shipments", exact=True).click()
    expect(tab.locator(".tabs [aria-current=page]")).to_have_text("Dear")
    tab.get_by_role("link", name="Active").click()
    expect(tab.locator(".tabs [aria-current=page]")).to_have_text("Active")
    context.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 360)])
def test_its_screens_are_accessible_and_never_scroll_sideways(
    browser: Browser, site: str, make: Factory, cast: Cast, scheme: str, width: int
) -> None:
    make.shipment()
    state = {"tab": "all", "sort": "cost", "size": 50, "columns": ["status", "gone"], "density": "compact"}
    owner, me = cast.supervisor.id, cast.admin.id
    theirs = SavedView(owner_id=owner, name="W" * 80, is_shared=True, state=state)
    mine = SavedView(owner_id=me, name="Mine", state=state)
    db.session.add_all([theirs, mine])
    db.session.commit()
    context = browser.new_context(
        base_url=site, viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    tab = context.new_page()
    sign_in(tab, cast.admin)
    for address in (
        "/views",
        "/views/new",
        f"/views/{mine.id}/edit",
        f"/views/{theirs.id}/delete",
        f"/fulfillments?view={mine.id}&density=compact&columns=status,gone",
        f"/fulfillments?view={theirs.id}&warehouse=999",
        "/fulfillments?view=999999",
    ):
        tab.goto(address)
        tab.wait_for_load_state("networkidle")
        assert not accessibility_violations(tab), address
        overflow = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{address} is {overflow} px too wide at {width}"
    expect(tab.locator(".tabs [aria-current=page]")).to_have_text(re.compile("Unsaved view"))
    context.close()
