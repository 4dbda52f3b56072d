"""A provider account in a real browser: added, tested against a practice provider, mended, switched off and on."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.conftest import accessibility_violations, sign_in
from tests.cast import Cast
from webapp.extensions import db
from webapp.models import ProviderAccount
from webapp.sandbox import running
from webapp.services.seeding.catalog import PRACTICE_CREDENTIALS

pytestmark = pytest.mark.browser

SECRETS = PRACTICE_CREDENTIALS["shipstation"]


@pytest.fixture(autouse=True)
def _practice_providers(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with running() as url:
        monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], sandbox_url=url))
        yield


def test_an_account_is_added_tested_mended_and_switched_off(tab: Page, cast: Cast) -> None:
    sign_in(tab, cast.admin)
    tab.goto("/providers")
    tab.get_by_role("link", name="Add an account…").click()
    dialog, finding = tab.locator("#dialog"), tab.locator("#connection-finding")
    dialog.get_by_role("link", name="ShipStation", exact=True).click()
    dialog.get_by_label("Name", exact=True).fill("Reno")
    dialog.get_by_role("button", name="Add the account").click()
    expect(dialog.locator("[data-error-summary]")).to_be_focused()
    assert accessibility_violations(tab) == []
    dialog.get_by_label("API key").fill(SECRETS["api_key"])
    dialog.get_by_label("API secret").fill("wrong-secret")
    dialog.get_by_role("button", name="Add the account").dblclick()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Reno")
    tab.get_by_role("button", name="Test the connection").click()
    expect(finding).to_contain_text("Wrong credentials")
    expect(finding).to_contain_text("Check them in the account.")
    assert accessibility_violations(tab) == []

    tab.get_by_role("link", name="Edit…").click()
    expect(dialog.get_by_label("API secret")).to_have_value("")
    dialog.get_by_label("API secret").fill(SECRETS["api_secret"])
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(tab.locator("#banners")).to_contain_text("Saved")
    tab.get_by_role("button", name="Test the connection").click()
    expect(finding).to_contain_text("The connection works")

    tab.get_by_role("link", name="Switch off…").click()
    expect(dialog.get_by_role("link", name="Keep it on")).to_be_focused()
    dialog.get_by_role("button", name="Switch the account off").click()
    expect(tab.locator("#connection")).to_contain_text("Switched off")
    tab.get_by_role("button", name="Switch on").click()
    expect(tab.locator("#account-changes > li")).to_have_count(4)
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count(ProviderAccount.id))) == 1
