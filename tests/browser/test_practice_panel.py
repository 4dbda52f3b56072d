"""The practice panel in a browser: without JavaScript, and to axe-core in either theme and on a narrow window."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from tests.browser.conftest import accessibility_violations, sign_in
from tests.cast import Cast
from webapp.sandbox import SandboxControl, running
from webapp.sandbox.faults import Fault


@pytest.fixture
def sandbox(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[SandboxControl]:
    with running() as url, SandboxControl(url) as control:
        settings = replace(app.extensions["settings"], sandbox_url=url)
        monkeypatch.setitem(app.extensions, "settings", settings)
        control.load(
            "fba", [{"number": f"SO-{each}.1", "lines": [{"sku": "MUG"}]} for each in range(10_400, 10_412)]
        )
        control.fault("fba", Fault.SLOW_BODY, count=3, path="/getFulfillmentOrder")
        yield control


@pytest.mark.browser
def test_an_order_is_moved_along_without_javascript(
    browser: Browser, site: str, cast: Cast, sandbox: SandboxControl
) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False)
    tab = context.new_page()
    sign_in(tab, cast.admin)
    tab.goto("/sandbox?system=fba")
    tab.get_by_label("Order number or id").fill("SO-10405")
    tab.get_by_role("button", name="Search", exact=True).click()
    tab.get_by_label("What happens to SO-10405.1").select_option("Picked")
    tab.get_by_role("button", name="Do it to SO-10405.1").click()

    expect(tab.get_by_text("SO-10405.1: picked.")).to_be_visible()
    expect(tab.locator("#sandbox-orders tbody")).to_contain_text("Processing")
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 360)])
def test_axe_finds_nothing(
    browser: Browser, site: str, cast: Cast, sandbox: SandboxControl, scheme: str, width: int
) -> None:
    context = browser.new_context(
        base_url=site, viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    tab = context.new_page()
    sign_in(tab, cast.admin)
    tab.goto("/sandbox?system=fba")
    tab.wait_for_load_state("networkidle")

    assert accessibility_violations(tab) == []
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    context.close()
