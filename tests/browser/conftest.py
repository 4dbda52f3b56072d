"""A real browser over a real server; on SQLite only, since the pages do not differ by database."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from werkzeug.serving import make_server

from tests.cast import PASSWORD
from webapp.extensions import db
from webapp.models import User

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = next((Path(__file__).parents[1] / "vendor").glob("axe-*.min.js"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out the second database; pytest allows no other set of parameters for a fixture that has its own."""
    here = Path(__file__).parent
    items[:] = [item for item in items if here not in item.path.parents or "postgresql" not in item.name]


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield running
        running.close()


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """The address of the application, served on a free port of this machine."""
    # Reading a row again would open a transaction in the test, and on SQLite keep the server waiting.
    db.session().expire_on_commit = False
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def tab(browser: Browser, site: str) -> Iterator[Page]:
    """A fresh browser tab; an error on its console, or a blocked inline script or style, fails the test."""
    context = browser.new_context(base_url=site, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(10_000)
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # The browser itself reports each answer of 400 and above; tests assert on those answers.
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert not complaints


def sign_in(tab: Page, user: User) -> None:
    """Pass the sign-in form."""
    username = user.username
    db.session.commit()  # An open transaction of this thread would keep the server waiting on SQLite.
    tab.goto("/login")
    tab.get_by_label("User name").fill(username)
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_url("**/fulfillments*")


def accessibility_violations(tab: Page) -> list[str]:
    """What axe-core finds on the current page by the rules of WCAG 2.2 AA."""
    tab.evaluate(AXE.read_text())
    # A colour on its way to another one is neither of the two.
    tab.evaluate(
        "Promise.allSettled(document.getAnimations().filter((one) => one instanceof CSSTransition)"
        ".map((one) => one.finished)).then(() => null)"
    )
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = tab.evaluate("tags => axe.run({runOnly: tags})", tags)
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def scan(tab: Page, text: str) -> None:
    """Type as a scanner does: faster than keys sent one by one from here would be on a busy machine."""
    tab.wait_for_load_state("networkidle")
    tab.wait_for_timeout(100)  # A pause, so that the scan begins with its own first key.
    tab.evaluate(
        """keys => keys.forEach(key => document.activeElement.dispatchEvent(
          new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })))""",
        [*text, "Enter"],
    )
